"use strict";
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const byId = (id) => document.getElementById(id);
  const people = new Map(data.people.map((person) => [person.id, person]));
  const storeKey = "vcn:names:" + data.key;

  // ---- Names: kept in this browser, exported on demand -------------------------------

  const names = new Map();
  let stored = true;
  try {
    const kept = JSON.parse(localStorage.getItem(storeKey) || "{}");
    for (const [id, name] of Object.entries(kept)) {
      if (people.has(Number(id)) && typeof name === "string") names.set(Number(id), name);
    }
  } catch {
    stored = false;
  }
  const nameOf = (id) => names.get(id) || people.get(id).label;

  function showName(id) {
    for (const label of document.querySelectorAll(`[data-name="${id}"]`)) {
      label.textContent = nameOf(id);
      label.title = nameOf(id);
    }
  }

  function keepNames() {
    try {
      localStorage.setItem(storeKey, JSON.stringify(Object.fromEntries(names)));
    } catch {
      stored = false;
    }
    if (!stored) sayNotStored();
  }

  function sayNotStored() {
    const state = byId("names-state");
    if (state) state.textContent = "This browser keeps nothing for this page: export the names before you close it.";
  }

  if (!stored) sayNotStored();
  for (const input of document.querySelectorAll("input.name")) {
    const id = Number(input.dataset.id);
    input.value = names.get(id) || "";
    showName(id);
    input.addEventListener("input", () => {
      const name = input.value.trim();
      if (name) names.set(id, name);
      else names.delete(id);
      showName(id);
      keepNames();
    });
    input.addEventListener("keydown", (event) => {
      if (event.key === "Enter") input.blur();
    });
  }

  function save(name, type, text) {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([text], { type }));
    link.download = name;
    document.body.append(link);
    link.click();
    link.remove();
    setTimeout(() => URL.revokeObjectURL(link.href), 1000);
  }

  const cell = (value) => (/[",\r\n]/.test(value) ? `"${String(value).replaceAll('"', '""')}"` : String(value));
  const ordered = () => [...data.people].sort((a, b) => a.id - b.id);

  byId("export-csv")?.addEventListener("click", () => {
    const rows = [["person", "name", "screen_time_seconds", "first_seconds", "last_seconds"]];
    for (const person of ordered()) {
      rows.push([person.id, names.get(person.id) || "", person.shown / 1000, person.spans[0][0] / 1000, person.spans.at(-1)[1] / 1000]);
    }
    save("names.csv", "text/csv", rows.map((row) => row.map(cell).join(",")).join("\r\n") + "\r\n");
  });

  byId("export-json")?.addEventListener("click", () => {
    const given = Object.fromEntries(ordered().map((person) => [person.id, names.get(person.id) || null]));
    save("names.json", "application/json", JSON.stringify({ schema_version: "1.0", result: data.key, video: data.video, names: given }, null, 1) + "\n");
  });

  byId("sort")?.addEventListener("change", (event) => {
    const keys = {
      shown: (a, b) => people.get(b).shown - people.get(a).shown,
      first: (a, b) => people.get(a).spans[0][0] - people.get(b).spans[0][0],
      name: (a, b) => nameOf(a).localeCompare(nameOf(b), undefined, { numeric: true }),
    };
    const order = keys[event.target.value];
    const idOf = (card) => Number(card.dataset.id);
    const cards = [...byId("cards").children].sort((a, b) => order(idOf(a), idOf(b)) || idOf(a) - idOf(b));
    byId("cards").append(...cards);
    const before = document.querySelector(".lane.unknown") || byId("cross");
    for (const card of cards) before.before(byId("row-" + idOf(card)));
  });

  // ---- Timeline ----------------------------------------------------------------------

  const scroll = byId("scroll");
  if (!scroll) return;
  const lanes = byId("lanes");
  const ticks = byId("ticks");
  const cross = byId("cross");
  const tip = byId("tip");
  const length = Math.max(data.end - data.begin, 1);
  const steps = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 28800];
  let zoom = 1;

  function clock(ms, decimals = 0) {
    const sign = ms < 0 ? "-" : "";
    const unit = 10 ** (3 - decimals);
    const t = Math.floor(Math.abs(ms) / unit) * unit;
    const two = (n) => String(n).padStart(2, "0");
    const fraction = decimals ? "." + String(t % 1000).padStart(3, "0").slice(0, decimals) : "";
    return `${sign}${Math.floor(t / 3600000)}:${two(Math.floor(t / 60000) % 60)}:${two(Math.floor(t / 1000) % 60)}${fraction}`;
  }

  /** Index of the last element of a sorted list that is not after the value; -1 if none. */
  function lastBefore(list, value, key = (x) => x) {
    let low = 0;
    let high = list.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (key(list[middle]) <= value) low = middle + 1;
      else high = middle;
    }
    return low - 1;
  }

  function drawTicks(width = ticks.getBoundingClientRect().width) {
    const room = Math.max(Math.floor(width / 88), 1);
    const step = 1000 * (steps.find((s) => length / 1000 / s <= room) || steps.at(-1));
    const svg = "http://www.w3.org/2000/svg";
    const marks = [];
    for (let t = Math.ceil(data.begin / step) * step; t < data.end; t += step) {
      const x = (100 * (t - data.begin)) / length;
      const text = document.createElementNS(svg, "text");
      text.setAttribute("x", x.toFixed(3) + "%");
      text.setAttribute("y", "14");
      text.textContent = clock(t);
      // A label that would be cut at the edge starts or ends at its tick instead.
      const px = (x / 100) * width;
      text.style.textAnchor = px < 26 ? "start" : px > width - 26 ? "end" : "middle";
      const line = document.createElementNS(svg, "line");
      for (const [name, value] of [["x1", x + "%"], ["x2", x + "%"], ["y1", "19"], ["y2", "24"]]) line.setAttribute(name, value);
      marks.push(text, line);
    }
    ticks.replaceChildren(...marks);
  }

  const maxZoom = () => {
    // Far enough to see single frames, and not wider than browsers draw well.
    const base = trackWidth();
    let most = 1;
    while ((base * most * 1000) / length < 60 && base * most * 2 <= 60000 && most < 1024) most *= 2;
    return most;
  };
  // Where the bars begin inside the lanes: after the names, or at the edge on a phone.
  const barsLeft = () => ticks.getBoundingClientRect().left - lanes.getBoundingClientRect().left;
  const aside = () => lanes.getBoundingClientRect().width - ticks.getBoundingClientRect().width;
  const trackWidth = () => scroll.clientWidth - aside();

  function setZoom(next, anchor) {
    const most = maxZoom();
    next = Math.min(Math.max(next, 1), most);
    const old = ticks.getBoundingClientRect().width;
    const at = anchor ?? trackWidth() / 2;
    const place = (scroll.scrollLeft + at) / old;
    zoom = next;
    const width = Math.round(trackWidth() * zoom) + aside();
    if (zoom === 1) lanes.style.removeProperty("width");
    else lanes.style.width = width + "px";
    scroll.scrollLeft = place * ticks.getBoundingClientRect().width - at;
    byId("zoom-level").textContent = zoom + "\u00d7";
    byId("zoom-out").disabled = zoom === 1;
    byId("zoom-in").disabled = zoom >= most;
    hide();
    drawTicks();
  }

  function spansOf(lane) {
    const row = Number(lane.dataset.row);
    return row < 0 ? data.unknown : data.people[row].spans;
  }

  function titleOf(lane) {
    const row = Number(lane.dataset.row);
    return row < 0 ? "Unknown" : nameOf(data.people[row].id);
  }

  function hide() {
    cross.hidden = tip.hidden = true;
  }

  /** Show the time under a place and, where the row has one, the span there. */
  function show(lane, time, clientX, clientY) {
    const spans = spansOf(lane);
    const box = ticks.getBoundingClientRect();
    // A span narrower than a finger or a pointer is still hit.
    const reach = (3 * length) / box.width;
    const i = lastBefore(spans, time + reach, (span) => span[0]);
    const span = i >= 0 && time - reach <= spans[i][1] ? spans[i] : null;
    const shot = lastBefore(data.shots, span ? Math.min(Math.max(time, span[0]), span[1] - 1) : time) + 1;
    const title = document.createElement("strong");
    title.textContent = span ? titleOf(lane) : clock(time, 1);
    const lines = [title];
    if (span) {
      lines.push(`${clock(span[0], 2)} to ${clock(span[1], 2)} (${((span[1] - span[0]) / 1000).toFixed(1)} s)`, document.createElement("br"));
    }
    lines.push(`Shot ${Math.max(shot, 1)}`);
    tip.replaceChildren(...lines);
    cross.hidden = tip.hidden = false;
    cross.style.transform = `translateX(${box.left - lanes.getBoundingClientRect().left + ((time - data.begin) / length) * box.width}px)`;
    const size = tip.getBoundingClientRect();
    const left = Math.min(Math.max(clientX + 14, 8), document.documentElement.clientWidth - size.width - 8);
    const top = clientY - size.height - 14;
    tip.style.transform = `translate(${left}px, ${top < 8 ? clientY + 20 : top}px)`;
  }

  function point(event) {
    const lane = event.target.closest(".lane.person");
    const box = ticks.getBoundingClientRect();
    const inside = event.clientX >= Math.max(box.left, scroll.getBoundingClientRect().left + barsLeft()) && event.clientX <= box.right;
    if (!lane || !inside) return hide();
    show(lane, data.begin + ((event.clientX - box.left) / box.width) * length, event.clientX, event.clientY);
  }

  lanes.addEventListener("pointermove", point);
  lanes.addEventListener("pointerdown", point);
  lanes.addEventListener("pointerleave", (event) => {
    if (event.pointerType === "mouse") hide();
  });
  scroll.addEventListener("scroll", hide, { passive: true });
  addEventListener("scroll", hide, { passive: true });

  // Keyboard: up and down go from row to row (one of them is in the Tab order), left and
  // right from span to span of the row.
  function focusRow(lane) {
    for (const other of lanes.querySelectorAll(".lane.person")) other.tabIndex = other === lane ? 0 : -1;
    lane.focus();
  }

  const places = new WeakMap();
  lanes.addEventListener("keydown", (event) => {
    const lane = event.target.closest(".lane.person");
    if (event.key === "Escape") hide();
    const rows = [...lanes.querySelectorAll(".lane.person")];
    const row = rows[rows.indexOf(lane) + ({ ArrowUp: -1, ArrowDown: 1 }[event.key] || 0)];
    if (lane && row && row !== lane) {
      event.preventDefault();
      focusRow(row);
      return;
    }
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (!lane || !step) return;
    event.preventDefault();
    const spans = spansOf(lane);
    const next = Math.min(Math.max((places.get(lane) ?? (step > 0 ? -1 : spans.length)) + step, 0), spans.length - 1);
    places.set(lane, next);
    const [from, to] = spans[next];
    const middle = (from + to) / 2;
    const share = (middle - data.begin) / length;
    const width = ticks.getBoundingClientRect().width;
    if (zoom > 1) scroll.scrollLeft = share * width - trackWidth() / 2;
    // After the scroll event, which hides the tip.
    requestAnimationFrame(() => requestAnimationFrame(() => {
      const box = ticks.getBoundingClientRect();
      show(lane, middle, box.left + share * box.width, lane.getBoundingClientRect().top + 6);
    }));
  });
  lanes.addEventListener("focusout", hide);

  byId("zoom").hidden = false;
  byId("zoom-in").addEventListener("click", () => setZoom(zoom * 2));
  byId("zoom-out").addEventListener("click", () => setZoom(zoom / 2));
  scroll.addEventListener("wheel", (event) => {
    if (!event.ctrlKey && !event.metaKey) return;
    event.preventDefault();
    setZoom(event.deltaY < 0 ? zoom * 2 : zoom / 2, event.clientX - scroll.getBoundingClientRect().left - barsLeft());
  }, { passive: false });
  let resized = 0;
  addEventListener("resize", () => {
    cancelAnimationFrame(resized);
    resized = requestAnimationFrame(() => setZoom(zoom));
  });
  addEventListener("beforeprint", () => {
    setZoom(1);
    drawTicks(480); // the timeline on paper, whose width is not known yet
    for (const details of document.querySelectorAll("details")) details.open = true;
  });
  addEventListener("afterprint", () => drawTicks());
  setZoom(1);
})();
