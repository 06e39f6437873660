// Words for what the API says in codes, and for instants.

import { make } from "/assets/common/dom.js";

/** The states of an item, in the order in which people ask for them. */
export const ITEM_STATES = [
  "tracked", "pending", "retrying", "undeliverable", "held", "not_tracked", "untracked_by_user",
  "ignored", "dormant", "source_gone", "record_deleted", "unsupported",
];

/** A code as people read it. */
export const plain = (code) => String(code ?? "").replaceAll("_", " ");

/** The same, beginning with a capital. */
export function capital(code) {
  const words = plain(code);
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** A number with its noun: `counted(2, "item")` is "2 items". */
export function counted(number, noun, plural = `${noun}s`) {
  return `${number.toLocaleString()} ${number === 1 ? noun : plural}`;
}

const UNITS = [[86_400, "day"], [3600, "hour"], [60, "minute"], [1, "second"]];
const relative = new Intl.RelativeTimeFormat([], { numeric: "always", style: "short" });

/** An instant as its distance from now, with the full time as a tip; `none` where there is none. */
export function when(text, none = "never") {
  if (!text) return make("span", { class: "quiet", text: none });
  const seconds = Math.round((Date.parse(text) - Date.now()) / 1000);
  const [size, unit] = UNITS.find(([size]) => Math.abs(seconds) >= size) ?? UNITS.at(-1);
  const shown = seconds === 0 ? "now" : relative.format(Math.trunc(seconds / size), unit);
  return make("time", { datetime: text, title: new Date(text).toLocaleString(), text: shown });
}

/** An instant to the second, as a story needs it. */
export function instant(text) {
  const shown = new Date(text).toLocaleString([], { month: "short", day: "numeric", hour: "2-digit", minute: "2-digit", second: "2-digit" });
  return make("time", { datetime: text, title: text, text: shown });
}

/** How long it is from one instant to another, in the unit that fits. */
export function between(from, to) {
  const milliseconds = Date.parse(to) - Date.parse(from);
  if (milliseconds < 1000) return `${milliseconds} ms`;
  const seconds = milliseconds / 1000;
  const [size, unit] = UNITS.find(([size]) => seconds >= size) ?? UNITS.at(-1);
  return counted(Math.round(seconds / size), unit);
}

/** A value that depends on the clock, so that what shows it is drawn again each time. */
export const ticking = (text) => text && [text, Math.round(Date.now() / 1000)];

const KINDS = { email: "Email", appointment: "Appointment", task: "Task", meeting_message: "Meeting message", contact: "Contact" };

/** The word for the kind of an item. */
export const kindWord = (kind) => KINDS[kind] ?? capital(kind);

/** A setting's value as people read it. */
export function valueWord(value) {
  if (value === null || value === undefined) return "not set";
  if (value === true) return "on";
  if (value === false) return "off";
  return value === "" ? "(empty text)" : String(value);
}

/** The values that a setting takes, in words. */
export function rangeOf({ type, min, max }) {
  if (type === "boolean") return "on or off";
  if (type === "number" || type === "double") {
    const noun = type === "number" ? "whole number" : "number";
    if (min !== null && max !== null) return `${noun} from ${min} to ${max}`;
    if (min !== null) return `${noun}, at least ${min}`;
    if (max !== null) return `${noun}, at most ${max}`;
    return noun;
  }
  return type === "word" ? "one of several words" : "text";
}

/** The help about every other code. */
export const TROUBLESHOOTING = "/help/troubleshooting";

/** The help about a reason. */
export const helpOf = (code) => `/help/${encodeURIComponent(code)}`;
