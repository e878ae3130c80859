// The panel: one person, all tracks.

import { byId, h, face, percent, span, clock, Virtual } from "./dom.js";
import { store } from "./store.js";
import * as op from "./operations.js";
import { play } from "./player.js";

let tiles = null;
let order = "time";
let anchor = 0;

export function start() {
  store.addEventListener("panel", draw);
  store.addEventListener("state", draw);
  draw();
}

export const chosen = () => [...store.tracks];

function draw() {
  if (!store.state) return;
  const person = store.panel;
  const box = byId("person");
  const focused = box.contains(document.activeElement) ? document.activeElement : null;
  const typing = focused?.id === "name" ? focused.value : null;
  const inTiles = Boolean(focused?.classList.contains("tile"));
  const scrolled = byId("tiles")?.scrollTop ?? 0;
  if (!person || !person.tracks.length) return void box.replaceChildren(...welcome());
  const scroller = h("div", { class: "tiles", id: "tiles", role: "listbox", "aria-multiselectable": "true", "aria-label": "Tracks", onkeydown: keys }, h("div", { class: "canvas" }));
  const same = box.dataset.key === person.key;
  box.dataset.key = person.key;
  box.replaceChildren(head(person), buttons(person), h("div", { class: "row tracks", id: "of-tracks", role: "toolbar", "aria-label": "Selected tracks" }), scroller);
  const before = same && tiles ? tiles.focused : 0;
  tiles = new Virtual(scroller, scroller.firstChild, { width: 84, height: null, gap: 8, make: tile });
  tiles.focused = before;
  const t = store.state.tracks;
  const by = order === "time" ? (a, b) => t.start[a] - t.start[b] : (a, b) => (t.sure[a] ?? 99) - (t.sure[b] ?? 99);
  tiles.set([...person.tracks].sort(by));
  if (same) scroller.scrollTop = scrolled;
  trackButtons();
  if (typing !== null) {
    byId("name").value = typing;
    byId("name").focus();
  } else if (inTiles) tiles.focus(tiles.focused);
}

function head(person) {
  const many = person.tracks.length === 1 ? "1 track" : `${person.tracks.length} tracks`;
  const t = store.state.tracks;
  const input = h("input", {
    id: "name", value: person.name || "", placeholder: person.title, maxlength: 200, autocomplete: "off", spellcheck: "false", dir: "auto",
    "aria-label": `Name of ${person.title}`, disabled: person.id < 0,
    onkeydown: (event) => {
      if (event.key === "Enter") input.blur();
      if (event.key === "Escape") ((input.value = person.name || ""), input.blur());
      event.stopPropagation();
    },
    onchange: () => op.name(person.key, input.value),
  });
  return h("div", { class: "head" }, face(person.id < 0 ? t.key[person.tracks[0]] : person.key, ""), input, h("p", {}, `${span(person.seconds)} · ${many} · first at ${clock(person.start - store.film.start)}`));
}

function buttons(person) {
  if (person.id < 0) return h("div", { class: "row" }, h("span", { class: "soft" }, "Nobody was sure of these. Move those that you know to their person."));
  const key = [person.key];
  const { likely } = person;
  return h("div", { class: "row" },
    likely && h("button", { type: "button", id: "likely", dir: "auto", title: "By photographs or other films; the name is then kept", onclick: () => op.name(person.key, likely.name) }, `${likely.sure ? "Is" : "Perhaps"} ${likely.name}, ${percent(likely.chance)}: yes`),
    h("button", { type: "button", class: person.confirmed ? "" : "primary", disabled: person.confirmed, onclick: () => op.confirm(key) }, person.confirmed ? "Confirmed" : "All are right", h("kbd", {}, "c")),
    h("button", { type: "button", onclick: () => op.mergeWith(person.key) }, "Merge with…", h("kbd", {}, "w")),
    h("button", { type: "button", onclick: () => op.ignore(key) }, person.ignored ? "Do not ignore" : "Ignore", h("kbd", {}, "i")));
}

function trackButtons() {
  const row = byId("of-tracks");
  if (!row) return;
  const tracks = chosen();
  if (!tracks.length) {
    return row.replaceChildren(h("span", { class: "soft grow" }, "Tracks"),
      ...[["time", "By time"], ["sure", "Doubtful first"]].map(([name, text]) => h("button", { type: "button", "aria-pressed": String(order === name), onclick: () => ((order = name), draw()), disabled: order === name }, text)));
  }
  row.replaceChildren(
    h("strong", {}, String(tracks.length)),
    h("button", { type: "button", onclick: () => op.split(tracks) }, "Someone else", h("kbd", {}, "s")),
    h("button", { type: "button", onclick: () => op.moveTo(tracks) }, "Move to…", h("kbd", {}, "v")),
    h("button", { type: "button", onclick: () => op.notAFace(tracks) }, "Not a face", h("kbd", {}, "x")));
}

function tile(track, i) {
  const t = store.state.tracks;
  const key = t.key[track];
  const doubtful = t.sure[track] !== null && t.sure[track] < store.film.doubt && !store.panel?.confirmed;
  const at = clock(t.start[track] - store.film.start);
  const why = t.reason[track] ? store.film.reasons[t.reason[track]][0] : null;
  const element = h("div", {
    class: "tile", role: "option", draggable: true, "data-track": key, title: why ? `${at}: ${why}` : at,
    "aria-label": `Track at ${at}, ${span(t.end[track] - t.start[track])}${doubtful ? ", doubtful" : ""}${why ? `, ${why}` : ""}`,
    "aria-selected": String(store.tracks.has(key)),
    onclick: (event) => clicked(i, event), ondblclick: () => play(track),
    ondragstart: (event) => {
      if (!store.tracks.has(key)) ((store.tracks = new Set([key])), mark());
      event.dataTransfer.setData("application/x-vcn-tracks", JSON.stringify(chosen()));
    },
  }, face(key, ""), doubtful && h("i", {}), h("span", { "aria-hidden": "true" }, at));
  return element;
}

function clicked(i, event) {
  const key = store.state.tracks.key[tiles.items[i]];
  if (event.shiftKey) for (const k of keysOf(anchor, i)) store.tracks.add(k);
  else if (event.ctrlKey || event.metaKey) store.tracks.delete(key) || store.tracks.add(key);
  else {
    const only = store.tracks.size === 1 && store.tracks.has(key);
    store.tracks = new Set(only ? [] : [key]);
    if (!only) play(tiles.items[i]);
  }
  anchor = i;
  mark();
  tiles.focus(i);
}

const keysOf = (a, b) => tiles.items.slice(Math.min(a, b), Math.max(a, b) + 1).map((track) => store.state.tracks.key[track]);

function mark() {
  for (const [i, element] of tiles.shown) element.setAttribute("aria-selected", String(store.tracks.has(store.state.tracks.key[tiles.items[i]])));
  trackButtons();
}

function keys(event) {
  const to = tiles.moved(event.key);
  if (to !== null) {
    event.preventDefault();
    if (event.shiftKey) for (const key of keysOf(tiles.focused, to)) store.tracks.add(key);
    tiles.focus(to);
    mark();
  } else if (event.key === " ") {
    event.preventDefault();
    const key = store.state.tracks.key[tiles.items[tiles.focused]];
    if (!store.tracks.delete(key)) store.tracks.add(key);
    mark();
  } else if (event.key === "Enter") {
    event.preventDefault();
    play(tiles.items[tiles.focused]);
  } else if (event.key === "a" && (event.ctrlKey || event.metaKey)) {
    event.preventDefault();
    store.tracks = new Set(tiles.items.map((track) => store.state.tracks.key[track]));
    mark();
  }
}

/** The track that an action is about where none is selected. */
export function focusedTrack() {
  if (!tiles || !byId("tiles")?.contains(document.activeElement)) return null;
  return store.state.tracks.key[tiles.items[tiles.focused]];
}

function welcome() {
  const { problems, can_ask: canAsk } = store.state;
  return [h("div", { class: "welcome" },
    h("h2", {}, "Who is who?"),
    h("ul", {},
      canAsk && h("li", {}, "Answer the questions: each is the one that is likely to change most."),
      h("li", {}, "Choose a person to see every track, to name it, or to say that all are right."),
      h("li", {}, "Drag one person onto another to merge them, a track onto a person to move it."),
      h("li", {}, "Everything works with the keyboard: press ", h("kbd", {}, "?"))),
    problems.length > 0 && h("div", { class: "problems" }, h("strong", {}, "Corrections that do not hold here"), h("ul", {}, problems.slice(0, 20).map((p) => h("li", {}, p.text)))))];
}
