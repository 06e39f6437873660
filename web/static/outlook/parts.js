// Small parts that several views draw alike.
import { make } from "/assets/common/dom.js";
import { wordsOf } from "/outlook/graph.js";

const SVG = "http://www.w3.org/2000/svg";
const SHAPES = {
  clip: "M10 3.5 5 8.5a2.1 2.1 0 0 0 3 3l5-5a3.5 3.5 0 0 0-5-5L3 6.5a5 5 0 0 0 7 7l4-4",
  lock: "M4 7h8v6H4zM5.5 7V5a2.5 2.5 0 0 1 5 0v2",
  again: "M3 8a5 5 0 0 1 9-3M13 8a5 5 0 0 1-9 3M12 2v3H9M4 14v-3h3",
  closed: "M6 4l4 4-4 4",
  open: "M4 6l4 4 4-4",
};

/** A drawing with the words that it stands for. */
export function icon(name, words) {
  const drawing = document.createElementNS(SVG, "svg");
  for (const [attribute, value] of Object.entries({ viewBox: "0 0 16 16", width: 16, height: 16, "aria-hidden": "true", class: "icon" })) {
    drawing.setAttribute(attribute, String(value));
  }
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", SHAPES[name]);
  drawing.append(path);
  return words ? make("span", { class: "mark", title: words }, drawing, make("span", { class: "unseen", text: words })) : drawing;
}

/** A button. */
export function button(text, heard, with_ = {}) {
  return make("button", { type: "button", text, ...with_, on: { click: heard } });
}

/** What a list says while it has nothing to show. */
export const note = (text) => make("p", { class: "empty", text });

/** What failed, with a button to try again. */
export function failure(what, error, again) {
  return make("div", { class: "notice", data: { mood: "bad" } },
    make("p", { text: `${what}: ${wordsOf(error)}` }), button("Retry", again));
}

/** A fact of a list of facts; nothing where there is no value. */
export function fact(name, ...values) {
  const known = values.filter((value) => value !== null && value !== undefined && value !== "");
  if (!known.length) return [];
  return [make("dt", { text: name }), make("dd", {}, ...known)];
}

/** Draws an element anew and gives the focus back to the part that had it. */
export function redrawn(element, children) {
  const part = element.contains(document.activeElement) ? document.activeElement.dataset.part : null;
  element.replaceChildren(...children);
  if (part) element.querySelector(`[data-part="${part}"]`)?.focus({ preventScroll: true });
}

/** A dialog that is gone when it is closed. It has a title and closes by Escape. */
export function dialog(title, ...children) {
  const element = make("dialog", { "aria-label": title, class: "window" }, make("h2", { text: title }), ...children);
  element.addEventListener("close", () => element.remove());
  document.body.append(element);
  element.showModal();
  return element;
}

/** A labelled field. */
export function field(text, control) {
  return make("label", { class: "field" }, make("span", { text }), control);
}

/** A person as one line. */
export function person(recipient) {
  const { name, address } = recipient?.emailAddress ?? {};
  return name && name !== address ? `${name} <${address ?? ""}>` : (address ?? name ?? "");
}

/** The shorter name of a person. */
export const nameOf = (recipient) => recipient?.emailAddress?.name || recipient?.emailAddress?.address || "(nobody)";
