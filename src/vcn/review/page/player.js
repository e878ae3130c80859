// A stretch of the film: from the film itself, or a small copy where the browser cannot decode it.

import { byId, icon, clock } from "./dom.js";
import { store } from "./store.js";

const video = () => byId("video");
let current = null; // { track, key, start, end, offset }
let proxied = false;
let boxes = null;

export function start() {
  byId("play").addEventListener("click", toggle);
  byId("close-player").addEventListener("click", close);
  const v = video();
  for (const name of ["play", "pause", "ended"]) v.addEventListener(name, drawPlay);
  v.addEventListener("timeupdate", () => {
    if (current && v.currentTime + current.offset >= current.end && !v.paused) v.pause();
  });
  v.addEventListener("error", fallBack);
  v.addEventListener("loadedmetadata", () => {
    if (!proxied && v.videoWidth === 0) fallBack(); // it plays the sound only
  });
  const tick = () => (drawOverlay(), requestAnimationFrame(tick));
  requestAnimationFrame(tick);
}

export async function play(track, from = null) {
  if (!store.film.playable) return;
  const t = store.state.tracks;
  const key = t.key[track];
  current = { track, key, start: from ?? t.start[track], end: t.end[track], offset: 0 };
  byId("player").hidden = false;
  byId("novideo").hidden = true;
  boxes = null;
  fetch(`boxes/${encodeURIComponent(key)}`).then((answer) => answer.json()).then((found) => (boxes = { key, ...found })).catch(() => {});
  if (proxied) return loadStretch();
  const v = video();
  if (!v.getAttribute("src")) {
    v.src = "film";
    v.addEventListener("loadedmetadata", seek, { once: true });
  } else seek();
}

function seek() {
  if (!current || proxied) return;
  const v = video();
  v.currentTime = Math.max(current.start + 0.001, 0);
  v.play().catch(() => {});
}

function fallBack() {
  if (proxied) {
    byId("novideo").textContent = "This stretch cannot be shown.";
    byId("novideo").hidden = false;
    return;
  }
  proxied = true;
  if (current) loadStretch();
}

function loadStretch() {
  const v = video();
  const { start, end } = store.film;
  const from = Math.max(start, current.start - 0.2);
  current.offset = from;
  v.src = `stretch?start=${from}&end=${Math.min(current.end + 0.3, end + 1)}`;
  v.play().catch(() => {});
}

export function toggle() {
  const v = video();
  if (!current) return;
  if (!v.paused) return v.pause();
  if (now() >= current.end - 0.02) v.currentTime = Math.max(current.start - current.offset, 0);
  v.play().catch(() => {});
}

export function close() {
  video().pause();
  byId("player").hidden = true;
  current = null;
}

const now = () => video().currentTime + (current?.offset ?? 0);

/** The track that plays and the moment, for a split. */
export const moment = () => (current && !byId("player").hidden ? { track: current.key, seconds: now() } : null);

function drawPlay() {
  byId("play").firstElementChild.replaceWith(icon(video().paused ? "play" : "pause"));
}

function drawOverlay() {
  if (!current || byId("player").hidden) return;
  byId("clock").textContent = clock(now() - store.film.start, 1);
  const canvas = byId("overlay");
  const box = canvas.getBoundingClientRect();
  const ratio = devicePixelRatio || 1;
  if (canvas.width !== Math.round(box.width * ratio)) canvas.width = Math.round(box.width * ratio);
  if (canvas.height !== Math.round(box.height * ratio)) canvas.height = Math.round(box.height * ratio);
  const context = canvas.getContext("2d");
  context.clearRect(0, 0, canvas.width, canvas.height);
  if (!boxes || boxes.key !== current.key) return;
  const at = now();
  const i = boxes.seconds.findLastIndex((s) => s <= at + 0.02);
  if (i < 0 || at > current.end + 0.05) return;
  const { width, height } = store.film;
  const scale = Math.min(canvas.width / width, canvas.height / height);
  const left = (canvas.width - width * scale) / 2;
  const top = (canvas.height - height * scale) / 2;
  const [x1, y1, x2, y2] = boxes.xyxy[i];
  context.strokeStyle = "#ffd60a";
  context.lineWidth = 2 * ratio;
  context.beginPath();
  context.roundRect(left + x1 * scale, top + y1 * scale, (x2 - x1) * scale, (y2 - y1) * scale, 6 * ratio);
  context.stroke();
}
