// What can be done to people and tracks; each asks what has to be asked first.

import { byId, h, dialog, face, toast } from "./dom.js";
import { store } from "./store.js";

const fold = (name) => name.normalize("NFKC").toLocaleLowerCase();

export async function merge(keys) {
  const people = [...new Set(keys.map((key) => store.personOf(key)))].filter((p) => p && p.id >= 0);
  if (people.length < 2) return toast("Select two people or more to merge them.");
  const names = [...new Map(people.filter((p) => p.name).map((p) => [fold(p.name), p.name])).values()];
  let name = names[0];
  if (names.length > 1) {
    name = await dialog((close) => [
      h("h2", {}, "Which name is right?"),
      ...names.map((one) => h("button", { type: "button", class: "choice", dir: "auto", onclick: () => close(one) }, one)),
      h("div", { class: "buttons" }, h("button", { type: "button", onclick: () => close(null) }, "Cancel")),
    ]);
    if (!name) return;
  }
  await store.do("merge", { tracks: people.map((p) => p.key), name }, { done: `${people.length} people are one.` });
}

export const ignore = (keys) => {
  const on = keys.some((key) => !store.personOf(key).ignored);
  return store.do("ignore", { tracks: keys, value: on }, { done: on ? "Ignored." : "Not ignored any more." });
};

export const confirm = (keys) => store.do("confirm", { tracks: keys }, { done: "Confirmed." });

export async function name(key, text) {
  const person = store.personOf(key);
  if (!person || text.trim() === (person.name || "")) return true;
  const twin = text.trim() && store.people.find((p) => p.id !== person.id && p.called && fold(p.called) === fold(text.trim()));
  const ok = await store.do("name", { track: key === "unknown" ? "" : key, name: text }, { done: text.trim() ? `Called ${text.trim()}.` : "Without a name." });
  if (ok && twin) {
    const yes = await dialog((close) => [
      h("h2", {}, "Somebody else is called so"),
      h("p", {}, h("bdi", {}, twin.called), " is there already. Are they one person?"),
      h("div", { class: "buttons" }, h("button", { type: "button", onclick: () => close(false) }, "No, two people"), h("button", { type: "button", class: "primary", onclick: () => close(true) }, "Merge them")),
    ]);
    if (yes) await store.do("merge", { tracks: [twin.key, key], name: text.trim() }, { done: "Merged." });
  }
  return ok;
}

export const notAFace = (tracks) => tracks.length && store.do("not_a_face", { tracks }, { done: tracks.length === 1 ? "Not a face." : `${tracks.length} are not faces.` });

export const split = (tracks) => tracks.length && store.do("move", { tracks }, { done: "A person of their own." });

export async function moveTo(tracks) {
  if (!tracks.length) return;
  const to = await choosePerson("Move to");
  if (to) await store.do("move", { tracks, to: to.key }, { done: `Moved to ${to.title}.` });
}

export async function mergeWith(key) {
  const to = await choosePerson("Merge with", store.personOf(key));
  if (to) await merge([to.key, key]);
}

export const undo = () => store.do("undo", {}, { quiet: true }).then((ok) => ok && toast("Undone."));
export const redo = () => store.do("redo", {}, { quiet: true }).then((ok) => ok && toast("Done again."));

function choosePerson(title, without = null) {
  return dialog((close) => {
    let found = [];
    let at = 0;
    const list = h("div", { class: "list", role: "listbox", "aria-label": "People" });
    const input = h("input", { type: "search", placeholder: "Name", "aria-label": "Name", autocomplete: "off" });
    const draw = () => {
      const words = input.value.trim().toLocaleLowerCase();
      const all = store.people.filter((p) => p !== without && !p.ignored && p.title.toLocaleLowerCase().includes(words));
      found = all.sort((a, b) => Boolean(b.name) - Boolean(a.name) || b.seconds - a.seconds).slice(0, 60);
      at = Math.min(at, Math.max(found.length - 1, 0));
      list.replaceChildren(...found.map((p, i) => h("button", { type: "button", class: "choice", role: "option", tabindex: -1, "aria-selected": String(i === at), onclick: () => close(p) }, face(p.key, ""), h("span", { dir: "auto" }, p.title))));
      list.children[at]?.scrollIntoView({ block: "nearest" });
    };
    input.addEventListener("input", () => ((at = 0), draw()));
    input.addEventListener("keydown", (event) => {
      const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
      if (step) (event.preventDefault(), (at = Math.min(Math.max(at + step, 0), found.length - 1)), draw());
      if (event.key === "Enter" && found[at]) (event.preventDefault(), close(found[at]));
    });
    draw();
    setTimeout(() => input.focus());
    return [h("h2", {}, title), input, list];
  });
}

export function help() {
  const keys = [
    ["y / n / d", "same person: yes, no, do not know"], ["arrows", "from person to person"], ["Space", "select or not"],
    ["Enter", "to the tracks of the person"], ["e", "give a name"], ["m", "merge the selected people"], ["w", "merge with ..."],
    ["c", "confirm: all tracks are right"], ["i", "ignore the person"], ["s", "split the selected tracks off"], ["v", "move the selected tracks to ..."],
    ["x", "not a face"], ["p", "play or pause"], ["k", "the person changes here: split the track"], ["u / Shift+U", "undo, redo"],
    ["/", "search"], ["g / t / b", "to the people, the timeline, the tracks"], ["Esc", "select nothing"],
  ];
  return dialog((close) => [
    h("h2", {}, "Keys"),
    h("dl", { class: "keys" }, keys.flatMap(([key, text]) => [h("dt", {}, h("kbd", {}, key)), h("dd", {}, text)])),
    h("div", { class: "buttons" }, h("button", { type: "button", class: "primary", onclick: () => close(null) }, "Close")),
  ]);
}

export const focusName = () => byId("name")?.select();
