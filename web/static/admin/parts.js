// Small parts that the pages are made of.

import { make, say } from "/assets/common/dom.js";
import { isAbort } from "./session.js";

/** A state with its sign and its word; neither the colour nor the sign says anything alone. */
export function mark(mood, word) {
  return make("span", { class: "state sign", data: { mood }, text: word });
}

/**
 * A button that cannot be pressed again while its work goes on, and tells when that fails.
 * @param {string} text its name
 * @param {() => unknown} act what it does
 * @param {Record<string, unknown>} [attributes] more of the element, such as `class`
 */
export function button(text, act, attributes = {}) {
  const element = make("button", { type: "button", text, ...attributes });
  element.addEventListener("click", async () => {
    if (element.getAttribute("aria-busy") === "true") return;
    element.setAttribute("aria-busy", "true");
    try {
      await act();
    } catch (error) {
      if (!isAbort(error)) say(`${text}: ${error.message}`, true);
    } finally {
      element.removeAttribute("aria-busy");
    }
  });
  return element;
}

/** What failed, why, and a way to try again. */
export function failed(what, error, again) {
  return make("div", { class: "notice", data: { mood: "bad" } },
    make("p", {}, make("strong", { text: what })),
    make("p", { text: error.message }),
    make("p", {}, "Code: ", make("code", { text: error.code ?? "network" })),
    again && make("p", { class: "actions" }, button("Retry", again)));
}

/** That there is nothing, and what to do next. */
export function nothing(text, ...more) {
  return make("div", { class: "empty card" }, make("p", { text }), ...more);
}

/** A text with a button that copies it. */
export function copyable(text, what) {
  if (!text) return make("span", { class: "quiet", text: "none" });
  return make("span", { class: "copyable" }, make("code", { text }), copyButton(() => text, what));
}

/** A button that copies what `read` answers. */
export function copyButton(read, what) {
  return button("Copy", async () => {
    await navigator.clipboard.writeText(read());
    say(`${what} is copied.`, true);
  }, { class: "plain small", "aria-label": `Copy ${what}` });
}

/** Facts, each with its name. */
export function facts(entries) {
  const shown = entries.filter(([, value]) => value !== undefined && value !== null);
  return make("dl", { class: "facts" }, ...shown.map(([name, value]) =>
    make("div", {}, make("dt", { text: name }), make("dd", {}, value))));
}

/** A part of a page under its own heading. */
export function section(title, ...children) {
  const heading = make("h3", { text: title });
  return make("section", { class: "part" }, heading, ...children);
}

/**
 * Replaces what an element holds by what `draw` answers, but only when `value` differs from the last
 * time. What was folded open stays open, and the control that had the focus has it again.
 */
export function fill(element, value, draw) {
  const text = JSON.stringify(value);
  if (element.shown === text) return;
  element.shown = text;
  const isOpen = new Map(folds(element).map((fold) => [nameOf(fold), fold.open]));
  const focused = element.contains(document.activeElement) ? document.activeElement : null;
  element.replaceChildren(...draw().filter(Boolean));
  for (const fold of folds(element)) fold.open = isOpen.get(nameOf(fold)) ?? fold.open;
  if (focused) [...element.querySelectorAll(focused.tagName)].find((one) => nameOf(one) === nameOf(focused))?.focus();
}

const folds = (element) => [...element.querySelectorAll("details")];

/** What tells a control or a fold from the others around it. */
function nameOf(element) {
  return element.getAttribute("aria-label") ?? (element.querySelector("summary") ?? element).textContent;
}

/** A field with its label; `control` needs no id of its own. */
export function field(label, control, note) {
  return make("label", { class: "field" }, make("span", { text: label }), control,
    note && make("span", { class: "quiet", text: note }));
}

/** A box to choose one of several words; `options` are pairs of value and label. */
export function choice(options, value, chosen, attributes = {}) {
  const select = make("select", attributes, ...options.map(([key, label]) =>
    make("option", { value: key, text: label, selected: key === value })));
  select.addEventListener("change", () => chosen(select.value));
  return select;
}

/** Calls `act` once nothing was typed for a moment. */
export function afterTyping(act, milliseconds = 200) {
  let timer;
  return (...given) => {
    clearTimeout(timer);
    timer = setTimeout(() => act(...given), milliseconds);
  };
}
