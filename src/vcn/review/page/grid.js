// The people as cards: select, drag one onto another, search, filter, sort.

import { byId, h, face, percent, span, Virtual } from "./dom.js";
import { store } from "./store.js";
import { merge } from "./operations.js";

const FILTERS = {
  all: ["All", () => true],
  doubtful: ["Doubtful", (p) => store.doubtful(p)],
  unnamed: ["No name", (p) => !p.called && !p.ignored],
  likely: ["Name?", (p) => p.likely && !p.ignored],
  open: ["To confirm", (p) => !p.confirmed && !p.ignored],
  ignored: ["Ignored", (p) => p.ignored],
};
let filter = "all";
let anchor = 0;
let list;

export function shownPeople() {
  return list.items.filter((p) => p.id >= 0);
}

export function start() {
  const scroller = byId("grid");
  list = new Virtual(scroller, scroller.querySelector(".canvas"), { width: 228, height: 122, gap: 12, make: card });
  byId("search").addEventListener("input", refresh);
  byId("sort").addEventListener("change", refresh);
  byId("filter").addEventListener("keydown", (event) => {
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (!step) return;
    const names = Object.keys(FILTERS);
    filter = names[(names.indexOf(filter) + step + names.length) % names.length];
    event.preventDefault();
    refresh();
    byId("filter").querySelector('[aria-checked="true"]').focus();
  });
  scroller.addEventListener("keydown", keys);
  store.addEventListener("state", refresh);
  store.addEventListener("selection", mark);
  store.addEventListener("panel", mark);
}

function refresh() {
  const had = document.activeElement?.dataset?.key;
  drawFilters();
  const words = byId("search").value.trim().toLocaleLowerCase();
  const order = {
    seconds: (a, b) => b.seconds - a.seconds,
    start: (a, b) => a.start - b.start,
    sure: (a, b) => a.sure - b.sure || b.seconds - a.seconds,
    name: (a, b) => a.title.localeCompare(b.title, undefined, { numeric: true }),
  }[byId("sort").value];
  const keep = FILTERS[filter][1];
  const people = store.people.filter((p) => keep(p) && (!words || p.title.toLocaleLowerCase().includes(words)));
  people.sort((a, b) => a.ignored - b.ignored || order(a, b) || a.id - b.id);
  if (store.unknown.tracks.length && filter === "all" && !words) people.push(store.unknown);
  list.set(people);
  const canvas = byId("grid").querySelector(".canvas");
  canvas.querySelector(".empty")?.remove();
  if (!people.length) canvas.append(h("p", { class: "empty" }, filter === "doubtful" ? "Nobody is doubtful." : "Nobody here."));
  const again = had === undefined ? -1 : people.findIndex((p) => p.key === had);
  if (again >= 0) list.focus(again);
  mark();
  store.tell("order");
}

function drawFilters() {
  byId("filter").replaceChildren(
    ...Object.entries(FILTERS).map(([name, [text, keep]]) =>
      h("button", { type: "button", role: "radio", "aria-checked": String(name === filter), tabindex: name === filter ? 0 : -1, onclick: () => ((filter = name), refresh()) },
        text, name !== "all" && h("span", { class: "n" }, String(store.people.filter(keep).length)))),
  );
}

function card(person, i) {
  const many = person.tracks.length === 1 ? "1 track" : `${person.tracks.length} tracks`;
  const key = person.id < 0 ? store.state.tracks.key[person.tracks[0]] : person.key;
  const element = h("div", {
    class: person.ignored ? "card ignored" : "card", role: "option", "data-key": person.key, draggable: person.id >= 0,
    "aria-label": `${person.title}, ${span(person.seconds)}, ${many}${person.confirmed ? ", confirmed" : ""}${store.doubtful(person) ? ", doubtful" : ""}`,
    onclick: (event) => clicked(i, event), ondblclick: () => byId("name")?.select(),
    ondragstart: (event) => event.dataTransfer.setData("application/x-vcn-person", person.key),
    ondragover: (event) => (event.preventDefault(), element.classList.add("target")),
    ondragleave: () => element.classList.remove("target"),
    ondrop: (event) => dropped(event, person, element),
  },
    face(key, ""),
    h("div", { class: person.called ? "name" : "name none", dir: "auto" }, person.title),
    h("div", { class: "meta" }, `${span(person.seconds)} · ${many}`),
    h("div", { class: "badges" },
      person.likely && !person.likely.sure && h("span", { class: "badge", dir: "auto" }, `${person.likely.name}? ${percent(person.likely.chance)}`),
      person.confirmed && h("span", { class: "badge good" }, "Confirmed"),
      person.ignored && h("span", { class: "badge" }, "Ignored"),
      store.doubtful(person) && h("span", { class: "badge warn" }, "Doubtful")),
    strip(person));
  element.setAttribute("aria-selected", String(store.selected.has(person.key)));
  return element;
}

/** When a person is on screen, over the whole film. */
function strip(person) {
  const canvas = h("canvas", { width: 460, height: 8, "aria-hidden": "true" });
  const style = getComputedStyle(document.documentElement);
  const context = canvas.getContext("2d");
  const { start, end } = store.film;
  context.fillStyle = style.getPropertyValue("--lane");
  context.fillRect(0, 0, 460, 8);
  context.fillStyle = person.id < 0 ? style.getPropertyValue("--soft") : style.getPropertyValue("--bar");
  const t = store.state.tracks;
  for (const track of person.tracks) {
    const x = (460 * (t.start[track] - start)) / Math.max(end - start, 1e-9);
    context.fillRect(x, 0, Math.max((460 * (t.end[track] - t.start[track])) / Math.max(end - start, 1e-9), 1.5), 8);
  }
  return canvas;
}

function clicked(i, event) {
  const person = list.items[i];
  if (person.id < 0) store.open("unknown");
  else if (event.shiftKey) store.select([...store.selected, ...range(anchor, i)]);
  else if (event.ctrlKey || event.metaKey) toggle(person.key);
  else store.select([person.key]);
  if (!event.shiftKey) anchor = i;
  list.focus(i);
}

function range(a, b) {
  return list.items.slice(Math.min(a, b), Math.max(a, b) + 1).filter((p) => p.id >= 0).map((p) => p.key);
}

function toggle(key) {
  const keys = new Set(store.selected);
  if (!keys.delete(key)) keys.add(key);
  store.select(keys);
}

function dropped(event, person, element) {
  event.preventDefault();
  element.classList.remove("target");
  const other = event.dataTransfer.getData("application/x-vcn-person");
  const tracks = event.dataTransfer.getData("application/x-vcn-tracks");
  if (other && other !== person.key && person.id >= 0) merge([person.key, other]);
  else if (tracks && person.id >= 0) store.do("move", { tracks: JSON.parse(tracks), to: person.key }, { done: `Moved to ${person.title}.` });
}

function keys(event) {
  const to = list.moved(event.key);
  if (to !== null && !event.altKey) {
    event.preventDefault();
    if (event.shiftKey) store.select([...store.selected, ...range(list.focused, to)]);
    list.focus(to);
  } else if (event.key === " ") {
    event.preventDefault();
    const person = list.items[list.focused];
    if (person?.id >= 0) (toggle(person.key), (anchor = list.focused));
  } else if (event.key === "Enter") {
    const person = list.items[list.focused];
    if (!person) return;
    event.preventDefault();
    if (person.id < 0) store.open("unknown");
    else store.select([person.key]);
    byId("tiles")?.querySelector('[tabindex="0"]')?.focus();
  } else if (event.key === "a" && (event.ctrlKey || event.metaKey)) {
    event.preventDefault();
    store.select(shownPeople().map((p) => p.key));
  }
}

/** Keys of the people that an action is about: the selected ones, or the focused one. */
export function about() {
  if (store.selected.size) return [...store.selected];
  const person = list.items[list.focused];
  return person?.id >= 0 ? [person.key] : [];
}

function mark() {
  for (const [i, element] of list.shown) element.setAttribute("aria-selected", String(store.selected.has(list.items[i]?.key)));
}
