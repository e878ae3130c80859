// All appearances: a lane a person, drawn as far as it is seen.

import { byId, clock } from "./dom.js";
import { store } from "./store.js";
import { shownPeople } from "./grid.js";
import { play } from "./player.js";

const LANE = 22;
const AXIS = 24;
const LABEL = 132;
const STEPS = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200];
let zoom = 1;
let from = 0; // seconds at the left edge
let lanes = [];
let row = 0;
let place = -1;
let wide = 0; // as it was drawn: asking the page for each track would take longer than drawing
let waiting = false;

export function start() {
  const box = byId("lanes");
  for (const name of ["state", "selection", "panel", "order"]) store.addEventListener(name, draw);
  box.addEventListener("scroll", draw, { passive: true });
  new ResizeObserver(draw).observe(box);
  box.addEventListener("click", (event) => {
    const hit = at(event);
    if (!hit) return;
    row = hit.row;
    store.open(lanes[row].key);
    if (hit.track !== null) play(hit.track, hit.seconds);
  });
  box.addEventListener("mousemove", (event) => {
    const hit = at(event);
    box.style.cursor = hit && hit.track !== null ? "pointer" : "default";
    box.title = hit ? `${lanes[hit.row].title}, ${clock(hit.seconds - store.film.start, 1)}` : "";
  });
  box.addEventListener("wheel", (event) => {
    if (!event.ctrlKey && !event.metaKey && !event.shiftKey) return;
    event.preventDefault();
    if (event.shiftKey && !event.ctrlKey) from += ((event.deltaY || event.deltaX) / 800) * shown();
    else setZoom(zoom * (event.deltaY < 0 ? 1.4 : 1 / 1.4), event.offsetX);
    draw();
  }, { passive: false });
  box.addEventListener("keydown", keys);
}

const total = () => Math.max(store.film.end - store.film.start, 1e-6);
const shown = () => total() / zoom;
const width = () => Math.max(wide - LABEL - 12, 50);
const xOf = (seconds) => LABEL + ((seconds - store.film.start - from) / shown()) * width();
const timeOf = (x) => store.film.start + from + ((x - LABEL) / width()) * shown();

function setZoom(next, x = LABEL + width() / 2) {
  const anchor = timeOf(x);
  zoom = Math.min(Math.max(next, 1), Math.max(total() / 5, 1));
  from += anchor - timeOf(x);
}

/** Draw before the next picture, once, whatever changed. */
export function draw() {
  if (waiting) return;
  waiting = true;
  requestAnimationFrame(() => ((waiting = false), paint()));
}

function paint() {
  if (!store.state) return;
  lanes = shownPeople();
  const box = byId("lanes");
  const canvas = box.querySelector("canvas");
  const ratio = devicePixelRatio || 1;
  const high = box.clientHeight;
  wide = box.clientWidth;
  box.querySelector(".tall").style.height = `${AXIS + lanes.length * LANE + 6}px`;
  from = Math.min(Math.max(from, 0), total() - shown());
  canvas.width = Math.round(wide * ratio);
  canvas.height = Math.round(high * ratio);
  canvas.style.height = `${high}px`;
  const c = canvas.getContext("2d");
  const style = getComputedStyle(document.documentElement);
  const colour = (name) => style.getPropertyValue(name);
  c.scale(ratio, ratio);
  c.font = "12px system-ui, sans-serif";
  c.textBaseline = "middle";
  const t = store.state.tracks;
  const open = store.panel;
  const top = box.scrollTop;
  const first = Math.max(0, Math.floor(top / LANE));
  for (let i = first; i < lanes.length && AXIS + i * LANE - top < high; i++) {
    const y = AXIS + i * LANE - top;
    const person = lanes[i];
    const active = person === open || store.selected.has(person.key);
    if (active) ((c.fillStyle = colour("--accent-soft")), c.fillRect(0, y, wide, LANE));
    c.fillStyle = colour("--lane");
    c.fillRect(LABEL, y + 6, width(), LANE - 12);
    c.fillStyle = active ? colour("--accent") : colour("--bar");
    c.globalAlpha = person.ignored ? 0.3 : active ? 1 : 0.8;
    for (const track of person.tracks) {
      const x1 = Math.max(xOf(t.start[track]), LABEL);
      const x2 = Math.min(xOf(t.end[track]), LABEL + width());
      if (x2 > LABEL && x1 < LABEL + width()) c.fillRect(x1, y + 5, Math.max(x2 - x1, 1.5), LANE - 10);
    }
    c.globalAlpha = 1;
    c.fillStyle = active ? colour("--ink") : colour("--soft");
    c.save();
    c.beginPath();
    c.rect(0, y, LABEL - 10, LANE);
    c.clip();
    c.fillText(person.title, 14, y + LANE / 2 + 1);
    c.restore();
    if (document.activeElement === box && i === row) {
      c.strokeStyle = colour("--accent");
      c.strokeRect(LABEL - 2, y + 2, width() + 4, LANE - 4);
      const track = spans(i)[place];
      if (track !== undefined) c.strokeRect(xOf(t.start[track]) - 2, y + 3, Math.max(xOf(t.end[track]) - xOf(t.start[track]), 2) + 4, LANE - 6);
    }
  }
  c.fillStyle = colour("--card");
  c.fillRect(0, 0, wide, AXIS);
  c.fillStyle = colour("--soft");
  c.font = "11px system-ui, sans-serif";
  const step = STEPS.find((s) => (s / shown()) * width() > 80) ?? STEPS.at(-1);
  c.textAlign = "center";
  for (let s = Math.ceil(from / step) * step; s <= from + shown(); s += step) {
    const x = LABEL + ((s - from) / shown()) * width();
    c.fillText(clock(s), Math.min(Math.max(x, LABEL + 12), LABEL + width() - 12), AXIS / 2);
  }
  c.textAlign = "start";
  c.fillText(`${lanes.length} ${lanes.length === 1 ? "person" : "people"}`, 14, AXIS / 2);
  c.fillStyle = colour("--line");
  c.fillRect(0, AXIS - 1, wide, 1);
}

function at(event) {
  const box = byId("lanes");
  const inside = box.getBoundingClientRect();
  const x = event.clientX - inside.left;
  const y = event.clientY - inside.top;
  const i = Math.floor((y + box.scrollTop - AXIS) / LANE);
  if (y < AXIS || i < 0 || i >= lanes.length) return null;
  const seconds = timeOf(x);
  const reach = (4 / width()) * shown();
  const t = store.state.tracks;
  const track = x < LABEL ? undefined : lanes[i].tracks.find((k) => t.start[k] - reach <= seconds && seconds <= t.end[k] + reach);
  return { row: i, track: track ?? null, seconds: track === undefined ? seconds : Math.min(Math.max(seconds, t.start[track]), t.end[track] - 0.05) };
}

const spans = (i) => [...(lanes[i]?.tracks ?? [])].sort((a, b) => store.state.tracks.start[a] - store.state.tracks.start[b]);

function keys(event) {
  const t = store.state.tracks;
  if (event.key === "+" || event.key === "-") ((event.preventDefault()), setZoom(zoom * (event.key === "+" ? 1.5 : 1 / 1.5)), draw());
  const down = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  const along = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
  if (!lanes.length || (!down && !along && event.key !== "Enter")) return;
  event.preventDefault();
  if (down) ((row = Math.min(Math.max(row + down, 0), lanes.length - 1)), (place = -1));
  const here = spans(row);
  if (along) place = Math.min(Math.max(place + along, 0), here.length - 1);
  const track = here[place];
  if (event.key === "Enter") {
    store.open(lanes[row].key);
    if (here.length) play(track ?? here[0]);
  }
  const box = byId("lanes");
  box.scrollTop = Math.min(Math.max(box.scrollTop, (row + 2) * LANE + AXIS - box.clientHeight), row * LANE);
  if (track !== undefined && zoom > 1) from = t.start[track] - store.film.start - shown() / 2;
  const person = lanes[row];
  byId("lanes").setAttribute("aria-label", track === undefined ? `${person.title}, ${here.length} appearances` : `${person.title} at ${clock(t.start[track] - store.film.start, 1)} to ${clock(t.end[track] - store.film.start, 1)}`);
  draw();
}
