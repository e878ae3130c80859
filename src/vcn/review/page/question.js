// The question whose answer is likely to change most.

import { byId, h, face, clock } from "./dom.js";
import { store } from "./store.js";
import { play } from "./player.js";

export function start() {
  store.addEventListener("state", draw);
}

function draw() {
  const box = byId("question");
  const question = store.state.questions[0];
  const had = box.contains(document.activeElement);
  box.hidden = !question;
  if (!question) {
    if (had) byId("grid").querySelector('[tabindex="0"]')?.focus();
    return void box.replaceChildren();
  }
  const t = store.state.tracks;
  const side = (track) => {
    const person = t.person[track] < 0 ? null : store.people[t.person[track]];
    return h("button", { type: "button", class: "side", title: "Play", onclick: () => play(track), "aria-label": `Play ${person ? person.title : "unknown"} at ${clock(t.start[track] - store.film.start)}` },
      face(t.key[track], ""), h("span", { dir: "auto" }, person ? person.title : "Unknown", " · ", clock(t.start[track] - store.film.start)));
  };
  const chance = Math.round(100 * question.chance);
  const words = chance < 1 ? "most likely two people" : chance > 99 ? "most likely one person" : `${chance} in 100 that they are`;
  box.replaceChildren(
    h("div", { class: "pair" }, side(question.a), side(question.b)),
    h("div", { class: "ask" },
      h("h2", {}, "Same person?"),
      h("p", { class: "why" }, question.inside ? `They are together now; ${words}.` : `They are apart now; ${words}.`),
      h("div", { class: "answers" },
        h("button", { type: "button", class: "primary", id: "yes", onclick: () => answer("yes") }, "Yes", h("kbd", {}, "y")),
        h("button", { type: "button", id: "no", onclick: () => answer("no") }, "No", h("kbd", {}, "n")),
        h("button", { type: "button", id: "unsure", onclick: () => answer("unsure") }, "Do not know", h("kbd", {}, "d")))));
  if (had) byId("yes").focus();
}

let busy = false;

export async function answer(what) {
  const question = store.state.questions[0];
  if (!question || busy) return;
  busy = true;
  const t = store.state.tracks;
  const before = t.person.slice();
  const [a, b] = [t.key[question.a], t.key[question.b]];
  const people = store.people.length;
  const done = { yes: "Same person.", no: "Two people.", unsure: "Left open." }[what];
  try {
    await store.do("answer", { a, b, answer: what }, { done });
    const change = store.people.length - people;
    if (change || before.length !== store.state.tracks.key.length) byId("question").dataset.changed = String(change);
  } finally {
    busy = false;
  }
}
