// What the server says, and what is selected. People are known by their tracks' keys, which
// outlive their numbers.

import { toast, dialog, h } from "./dom.js";

export const UNKNOWN = -1;

class Store extends EventTarget {
  film = null;
  state = null;
  people = [];
  unknown = null;
  selected = new Set(); // keys of faces
  opened = null; // key of a track of the person in the panel, or "unknown"
  tracks = new Set(); // keys of selected tracks in the panel
  told = 0; // version that the server told of last
  asking = 0; // operations on their way: each brings the state along

  async load() {
    const answer = await fetch("state");
    if (!answer.ok) throw new Error("the server does not answer");
    const { film, ...state } = await answer.json();
    this.film = film;
    this.take(state);
  }

  take(state) {
    if (this.state && state.version < this.state.version) return;
    const t = state.tracks;
    this.state = state;
    this.index = new Map(t.key.map((key, i) => [key, i]));
    this.people = state.people.map((person, id) => ({
      ...person, id, tracks: [], seconds: 0, start: Infinity, sure: Infinity,
      key: t.key[person.face], called: person.name || (person.likely?.sure ? person.likely.name : null), title: person.name || (person.likely?.sure ? person.likely.name : person.label),
    }));
    this.unknown = { id: UNKNOWN, key: "unknown", title: "Unknown", name: null, tracks: [], seconds: 0, start: Infinity, sure: Infinity, ignored: false, confirmed: false };
    for (let i = 0; i < t.key.length; i++) {
      const person = t.person[i] < 0 ? this.unknown : this.people[t.person[i]];
      person.tracks.push(i);
      person.seconds += t.end[i] - t.start[i];
      person.start = Math.min(person.start, t.start[i]);
      if (t.sure[i] !== null) person.sure = Math.min(person.sure, t.sure[i]);
    }
    const faceOf = (key) => (this.index.has(key) ? this.personOf(key)?.key : null);
    this.selected = new Set([...this.selected].map(faceOf).filter((key) => key && key !== "unknown"));
    this.tracks = new Set([...this.tracks].filter((key) => this.index.has(key)));
    if (this.opened && this.opened !== "unknown" && !this.index.has(this.opened)) this.opened = null;
    this.tell("state");
  }

  tell(what) {
    this.dispatchEvent(new Event(what));
  }

  personOf(key) {
    if (key === "unknown") return this.unknown;
    const i = this.index.get(key);
    if (i === undefined) return null;
    const id = this.state.tracks.person[i];
    return id < 0 ? this.unknown : this.people[id];
  }

  get panel() {
    return this.opened ? this.personOf(this.opened) : null;
  }

  doubtful(person) {
    return person.sure < this.film.doubt && !person.confirmed && !person.ignored;
  }

  select(keys) {
    this.selected = new Set(keys);
    if (this.selected.size === 1) this.open([...keys][0]);
    this.tell("selection");
  }

  open(key) {
    if (this.opened !== key) this.tracks.clear();
    this.opened = key;
    this.tell("panel");
  }

  /** Ask the server to do something; true where it did. */
  async do(op, values = {}, { quiet = false, done = null } = {}) {
    const version = this.state.version;
    let answer;
    let body;
    this.asking += 1;
    try {
      answer = await fetch("do", { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ op, ...values }) });
      body = await answer.json();
    } catch {
      toast("The server does not answer: nothing was kept.", { bad: true, seconds: 8 });
      return false;
    } finally {
      this.asking -= 1;
    }
    if (answer.status === 409) return this.resolve(op, values, body);
    if (!answer.ok) {
      toast(body.hint ? `${body.error}. ${body.hint}` : body.error, { bad: true, seconds: 8 });
      return false;
    }
    const changed = body.version !== version;
    this.take(body);
    this.follow();
    if (changed && !quiet && done) toast(done, { action: { text: "Undo", run: () => this.do("undo", {}, { quiet: true }) } });
    return true;
  }

  async resolve(op, values, conflict) {
    const choice = await dialog((close) => [
      h("h2", {}, "This contradicts an earlier correction"),
      h("p", {}, conflict.conflict),
      h("p", { class: "soft" }, "Nothing was changed."),
      h("div", { class: "buttons" },
        h("button", { type: "button", onclick: () => close(false) }, "Leave it"),
        conflict.entries.length > 0 && h("button", { type: "button", class: "primary", onclick: () => close(true) }, "Replace the earlier one")),
    ]);
    if (!choice) return false;
    return this.do(op, { ...values, replace: [...(values.replace || []), ...conflict.entries] });
  }

  /** Take over what others did, unless an answer that is on its way may bring it. */
  follow() {
    if (!this.asking && this.told > this.state.version) this.load().catch(() => {});
  }

  /** Listen for what other pages and processes do; the open line also tells that we are here. */
  listen() {
    const events = new EventSource("events");
    events.onmessage = (event) => {
      this.told = Number(event.data);
      this.follow();
    };
    let lost = false;
    events.onerror = () => {
      if (!lost) toast("The connection to the server is lost. What was confirmed is kept.", { bad: true, seconds: 10 });
      lost = true;
    };
    events.onopen = () => (lost = false);
  }
}

export const store = new Store();
