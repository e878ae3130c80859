// Small helpers: elements, times, messages, dialogs. Text is always text, never markup.

export const byId = (id) => document.getElementById(id);

/** An element: h("p", { class: "soft", onclick: f }, "text", child). */
export function h(tag, props = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name === "class") element.className = value;
    else if (name === "value" || name === "checked" || name === "draggable") element[name] = value;
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

export function icon(name) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
  use.setAttribute("href", `icon.svg#${name}`);
  svg.setAttribute("aria-hidden", "true");
  svg.append(use);
  return svg;
}

export function clock(seconds, decimals = 0) {
  const unit = 10 ** decimals;
  const t = Math.floor(Math.max(seconds, 0) * unit + 1e-6) / unit;
  const two = (n) => String(n).padStart(2, "0");
  const fraction = decimals ? "." + String(Math.round((t % 1) * unit)).padStart(decimals, "0") : "";
  const hours = Math.floor(t / 3600);
  const minutes = Math.floor(t / 60) % 60;
  return (hours ? `${hours}:${two(minutes)}` : String(minutes)) + ":" + two(Math.floor(t) % 60) + fraction;
}

export const span = (seconds) => (seconds < 59.95 ? `${seconds.toFixed(1)} s` : clock(seconds));

export const percent = (chance) => `${Math.round(100 * chance)} %`;

export const face = (key, alt) => h("img", { src: `face/${encodeURIComponent(key)}`, alt, loading: "lazy", decoding: "async", draggable: false });

export function toast(text, { bad = false, action = null, seconds = 4 } = {}) {
  const item = h("div", { class: bad ? "toast bad" : "toast" }, h("span", {}, text));
  if (action) item.append(h("button", { type: "button", onclick: () => (item.remove(), action.run()) }, action.text));
  const box = byId("toasts");
  while (box.childElementCount > 2) box.firstElementChild.remove();
  box.append(item);
  setTimeout(() => item.remove(), seconds * 1000);
}

/** Show a dialog; the promise gives what its buttons return, null when it is dismissed. */
export function dialog(build) {
  const box = byId("dialog");
  const before = document.activeElement;
  return new Promise((resolve) => {
    let result = null;
    const close = (value) => ((result = value), box.close());
    box.replaceChildren(...build(close));
    box.addEventListener("close", () => (resolve(result), before?.isConnected && before.focus()), { once: true });
    box.showModal();
  });
}

/** A list of which only what is seen is in the page. `make` builds an item, `place` puts it. */
export class Virtual {
  constructor(scroller, canvas, { width, height, gap, make, fill = true }) {
    Object.assign(this, { scroller, canvas, width, height, gap, make, fill });
    this.items = [];
    this.shown = new Map();
    this.focused = 0;
    scroller.addEventListener("scroll", () => this.draw(), { passive: true });
    new ResizeObserver(() => this.draw(true)).observe(scroller);
  }

  /** Items with an `id`; those that did not change (`same`) keep their element. */
  set(items, anew = true) {
    this.items = items;
    if (anew) this.clear();
    this.focused = Math.min(this.focused, Math.max(items.length - 1, 0));
    this.draw(true);
  }

  clear() {
    for (const element of this.shown.values()) element.remove();
    this.shown.clear();
  }

  get columns() {
    return Math.max(1, Math.floor((this.canvas.clientWidth + this.gap) / (this.width + this.gap)));
  }

  draw(again = false) {
    const columns = this.columns;
    const wide = this.fill ? (this.canvas.clientWidth - this.gap * (columns - 1)) / columns : this.width;
    const high = this.height === null ? wide : this.height;
    const step = high + this.gap;
    this.step = step;
    const rows = Math.ceil(this.items.length / columns);
    this.canvas.style.height = rows ? `${rows * step + this.gap}px` : "0";
    const first = Math.max(0, Math.floor((this.scroller.scrollTop - this.gap) / step) - 1) * columns;
    const last = Math.min(this.items.length, (Math.ceil((this.scroller.scrollTop + this.scroller.clientHeight) / step) + 1) * columns);
    const keep = new Set();
    const active = document.activeElement;
    for (let i = first; i < last; i++) keep.add(i);
    for (const [i, element] of this.shown) if (!keep.has(i) && element !== active) (element.remove(), this.shown.delete(i));
    for (const i of keep) {
      let element = this.shown.get(i);
      if (!element) {
        element = this.make(this.items[i], i);
        element.setAttribute("aria-setsize", this.items.length);
        element.setAttribute("aria-posinset", i + 1);
        element.tabIndex = i === this.focused ? 0 : -1;
        this.shown.set(i, element);
        this.canvas.append(element);
      } else if (!again) continue;
      element.style.width = `${wide}px`;
      element.style.height = `${high}px`;
      element.style.transform = `translate(${(i % columns) * (wide + this.gap)}px, ${Math.floor(i / columns) * step + this.gap}px)`;
    }
  }

  reveal(i) {
    const top = Math.floor(i / this.columns) * this.step;
    const box = this.scroller;
    if (top < box.scrollTop) box.scrollTop = top;
    else if (top + this.step + this.gap > box.scrollTop + box.clientHeight) box.scrollTop = top + this.step + this.gap - box.clientHeight;
    this.draw();
  }

  focus(i) {
    if (!this.items.length) return;
    i = Math.min(Math.max(i, 0), this.items.length - 1);
    this.shown.get(this.focused)?.setAttribute("tabindex", "-1");
    this.focused = i;
    this.reveal(i);
    const element = this.shown.get(i);
    if (element) ((element.tabIndex = 0), element.focus({ preventScroll: true }));
  }

  /** Arrow keys, Home, End, page keys; the index to go to, or null. */
  moved(key) {
    const page = Math.max(1, Math.floor(this.scroller.clientHeight / this.step)) * this.columns;
    const by = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -this.columns, ArrowDown: this.columns, PageUp: -page, PageDown: page, Home: -Infinity, End: Infinity }[key];
    if (by === undefined) return null;
    return Math.min(Math.max(this.focused + by, 0), this.items.length - 1);
  }
}
