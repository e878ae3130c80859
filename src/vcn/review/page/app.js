// Puts the page together; keys that work everywhere.

import { byId, h, toast, clock } from "./dom.js";
import { store } from "./store.js";
import * as grid from "./grid.js";
import * as op from "./operations.js";
import * as person from "./person.js";
import * as player from "./player.js";
import * as question from "./question.js";
import * as timeline from "./timeline.js";

try {
  const theme = localStorage.getItem("vcn:theme");
  if (theme) document.documentElement.dataset.theme = theme;
} catch {
  // no storage: the system's choice
}

store.addEventListener("state", () => {
  const { state, film, people } = store;
  document.title = `${film.title} · vcn review`;
  byId("title").textContent = film.title;
  const confirmed = people.filter((p) => p.confirmed || p.ignored).length;
  byId("facts").textContent = `${clock(film.end - film.start)} · ${people.length} people · ${state.tracks.key.length} tracks · ${state.corrections} ${state.corrections === 1 ? "correction" : "corrections"} · ${confirmed} of ${people.length} done`;
  byId("facts").title = byId("facts").textContent;
  byId("undo").disabled = !state.undo;
  byId("redo").disabled = !state.redo;
});

function actions() {
  const keys = [...store.selected];
  const box = byId("actions");
  box.hidden = keys.length < 2;
  if (box.hidden) return void box.replaceChildren();
  box.replaceChildren(
    h("strong", {}, `${keys.length} people`),
    h("button", { type: "button", class: "primary", id: "merge", onclick: () => op.merge(keys) }, "Merge", h("kbd", {}, "m")),
    h("button", { type: "button", onclick: () => op.confirm(keys) }, "All are right", h("kbd", {}, "c")),
    h("button", { type: "button", onclick: () => op.ignore(keys) }, "Ignore", h("kbd", {}, "i")),
    h("button", { type: "button", onclick: () => store.select([]) }, "None", h("kbd", {}, "Esc")));
}
store.addEventListener("selection", actions);
store.addEventListener("state", actions);

byId("undo").addEventListener("click", op.undo);
byId("redo").addEventListener("click", op.redo);
byId("help").addEventListener("click", op.help);
byId("cut").addEventListener("click", cut);
byId("theme").addEventListener("click", () => {
  const root = document.documentElement;
  const dark = root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  root.dataset.theme = dark ? "light" : "dark";
  try {
    localStorage.setItem("vcn:theme", root.dataset.theme);
  } catch {
    // it lasts as long as the page
  }
  store.tell("state");
});

matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => store.state && store.tell("state"));

function cut() {
  const at = player.moment();
  if (!at) return toast("Play a track first, and stop where the person changes.");
  store.do("cut", at, { done: "The track is two people." });
}

const tracks = () => {
  const selected = person.chosen();
  const focused = person.focusedTrack();
  return selected.length ? selected : focused ? [focused] : [];
};

const panel = () => (store.panel?.id >= 0 ? [store.panel.key] : []);
const people = () => (store.selected.size > 1 || !panel().length ? grid.about() : panel());

const KEYS = {
  y: () => question.answer("yes"), n: () => question.answer("no"), d: () => question.answer("unsure"),
  m: () => op.merge(grid.about()), w: () => people()[0] && op.mergeWith(people()[0]), c: () => people().length && op.confirm(people()),
  i: () => people().length && op.ignore(people()), e: () => named(), s: () => op.split(tracks()), v: () => op.moveTo(tracks()),
  x: () => op.notAFace(tracks()), p: player.toggle, k: cut, u: op.undo, U: op.redo, "?": op.help,
  "/": () => byId("search").select(), g: () => byId("grid").querySelector('[tabindex="0"]')?.focus(),
  t: () => byId("lanes").focus(), b: () => byId("tiles")?.querySelector('[tabindex="0"]')?.focus(),
};

function named() {
  const [key] = people();
  if (key && store.panel?.key !== key) store.open(key);
  op.focusName();
}

addEventListener("keydown", (event) => {
  const typing = event.target.matches("input, select, textarea") || byId("dialog").open;
  const command = event.ctrlKey || event.metaKey;
  if (command && !typing && ["z", "Z", "y"].includes(event.key)) {
    event.preventDefault();
    return event.key === "z" ? op.undo() : op.redo();
  }
  if (event.key === "Escape" && event.target.id === "search") return ((event.target.value = ""), event.target.dispatchEvent(new Event("input")), event.target.blur());
  if (typing || command || event.altKey || event.repeat) return;
  if (event.key === "Escape") {
    store.tracks.clear();
    store.select([]);
    return store.tell("panel");
  }
  if (KEYS[event.key]) {
    event.preventDefault();
    KEYS[event.key]();
  }
});

for (const part of [grid, person, player, question, timeline]) part.start();
try {
  await store.load();
  store.listen();
} catch (error) {
  toast(String(error.message ?? error), { bad: true, seconds: 60 });
}
document.documentElement.dataset.ready = "yes";
