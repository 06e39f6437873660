// Finding the record that something is about: a combobox with a list, by the ARIA pattern. The last
// records chosen come first.

import { by, make } from "/assets/common/dom.js";
import { regarding as find } from "./service.js";
import { tableWords } from "./reasons.js";

const PAUSE_MS = 250;
const LETTERS_MIN = 2;
const RECENT_MAX = 5;

const recent = [];
const names = new Map();

/** The name of a record, as far as this pane has seen it. */
export const nameOf = (record) => record.name ?? names.get(record.id) ?? null;

/** A symbol of the pane's own file. */
export function symbol(name) {
  const icon = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
  icon.setAttribute("class", "icon");
  icon.setAttribute("aria-hidden", "true");
  use.setAttribute("href", `/addin/icons.svg#${name}`);
  icon.append(use);
  return icon;
}

/**
 * Makes the search work.
 * @param {{picked: (record: object) => void, failed: (error: Error) => void, told: (text: string) => void}} on
 */
export function regardingSearch(on) {
  const input = by("query");
  const list = by("found");
  let shown = [];
  let next = null;
  let active = -1;
  let timer = 0;
  let asking = null;

  const isOpen = () => !list.hidden;

  function open(isShown) {
    list.hidden = !isShown;
    input.setAttribute("aria-expanded", String(isShown));
    if (!isShown) activate(-1);
  }

  function activate(index) {
    active = index;
    const options = list.querySelectorAll("[role=option]");
    options.forEach((option, at) => option.setAttribute("aria-selected", String(at === index)));
    const option = options[index];
    if (!option) input.removeAttribute("aria-activedescendant");
    else {
      input.setAttribute("aria-activedescendant", option.id);
      option.scrollIntoView({ block: "nearest" });
    }
  }

  /** Groups in the order in which their first record came. */
  function draw(title) {
    const groups = new Map();
    for (const record of shown) {
      const name = title ?? tableWords(record.table)[1];
      groups.set(name, [...(groups.get(name) ?? []), record]);
    }
    shown = [...groups.values()].flat();
    const text = input.value.trim();
    const option = (record, index) => make("div", {
      role: "option", id: `option-${index}`, "aria-selected": "false", data: { index },
    }, symbol(record.table), make("span", {}, ...marked(record.name, text),
      make("span", { class: "unseen", text: `, ${tableWords(record.table)[0]}` })));
    let index = 0;
    list.replaceChildren(...[...groups].map(([name, records], at) => make("div", { role: "group", "aria-labelledby": `group-${at}` },
      make("div", { class: "group", role: "presentation", id: `group-${at}`, text: name }),
      ...records.map((record) => option(record, index++)))));
    if (next) list.append(make("div", { role: "option", id: "option-more", "aria-selected": "false", data: { index }, text: "Show more…" }));
    activate(-1);
    open(shown.length > 0);
  }

  /** What was typed, marked in the name: that is why the record is there. */
  function marked(name, text) {
    const at = text.length >= LETTERS_MIN ? name.toLowerCase().indexOf(text.toLowerCase()) : -1;
    if (at < 0) return [name];
    return [name.slice(0, at), make("mark", { text: name.slice(at, at + text.length) }), name.slice(at + text.length)];
  }

  async function ask(cursor = null) {
    asking?.abort();
    asking = new AbortController();
    const { signal } = asking;
    const text = input.value.trim();
    try {
      const answer = await find(text, cursor, signal);
      const found = answer.items.filter((record) => record.id && record.name);
      for (const record of found) names.set(record.id, record.name);
      shown = cursor ? [...shown, ...found] : found;
      next = answer.next;
      draw();
      if (cursor && found.length > 0) activate(shown.indexOf(found[0]));
      on.told(shown.length === 0 ? `No record has “${text}” in its name.` : `${shown.length}${next ? " or more" : ""} records.`);
      by("query-hint").textContent = shown.length === 0 ? `No record has “${text}” in its name.` : "Choose with the arrow keys and Enter.";
    } catch (error) {
      if (error.name === "AbortError") return;
      open(false);
      by("query-hint").textContent = `The search failed: ${error.message}`;
      on.failed(error);
    }
  }

  function typed() {
    clearTimeout(timer);
    asking?.abort();
    const text = input.value.trim();
    if (text.length >= LETTERS_MIN) {
      timer = setTimeout(ask, PAUSE_MS);
      return;
    }
    next = null;
    shown = [...recent];
    by("query-hint").textContent = `Type at least ${LETTERS_MIN} letters of a name.`;
    draw("Recent");
  }

  function pick(index) {
    if (next && index === shown.length) {
      ask(next);
      return;
    }
    const record = shown[index];
    if (!record) return;
    const old = recent.findIndex((one) => one.id === record.id);
    if (old >= 0) recent.splice(old, 1);
    recent.unshift(record);
    recent.length = Math.min(recent.length, RECENT_MAX);
    reset();
    on.picked(record);
  }

  function reset() {
    clearTimeout(timer);
    asking?.abort();
    input.value = "";
    shown = [];
    next = null;
    open(false);
    by("query-hint").textContent = `Type at least ${LETTERS_MIN} letters of a name.`;
  }

  input.addEventListener("input", typed);
  input.addEventListener("focus", () => { if (!input.value) typed(); });
  input.addEventListener("blur", () => open(false));
  input.addEventListener("keydown", (event) => {
    const count = shown.length + (next ? 1 : 0);
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      if (!isOpen() && count > 0) open(true);
      const step = event.key === "ArrowDown" ? 1 : -1;
      if (isOpen()) activate(active < 0 && step < 0 ? count - 1 : (active + step + count) % count);
    } else if (event.key === "Enter") {
      event.preventDefault();
      if (isOpen() && active >= 0) pick(active);
    } else if (event.key === "Escape") {
      if (isOpen()) open(false);
      else reset();
      event.stopPropagation();
    }
  });
  // The list must not take the focus from the text.
  list.addEventListener("mousedown", (event) => event.preventDefault());
  list.addEventListener("click", (event) => {
    const option = event.target.closest("[role=option]");
    if (option) pick(Number(option.dataset.index));
  });

  return { reset };
}
