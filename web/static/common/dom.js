// What every page needs to draw itself. Everything from outside goes into the page as text.

/** The element with an id. */
export const by = (id) => document.getElementById(id);

/**
 * A new element.
 * @param {string} tag its name
 * @param {Record<string, unknown>} [with_] attributes; `class`, `text`, `data` (an object) and `on`
 *   (an object of listeners) are what they say; `true` is an empty attribute, `false` and null none
 * @param {...(Node|string|null|undefined|false)} children what is in it
 */
export function make(tag, with_ = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(with_)) {
    if (name === "text") element.textContent = String(value ?? "");
    else if (name === "class") element.className = String(value ?? "");
    else if (name === "data") Object.assign(element.dataset, value);
    else if (name === "on") for (const [event, heard] of Object.entries(value)) element.addEventListener(event, heard);
    else if (value === true) element.setAttribute(name, "");
    else if (value !== false && value !== null && value !== undefined) element.setAttribute(name, String(value));
  }
  element.append(...children.filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

/** Makes `parent` hold exactly one child for each entry, keeping those that are there. */
export function keyed(parent, entries, key, draw, tag = "li") {
  const old = new Map([...parent.children].map((child) => [child.dataset.key, child]));
  entries.forEach((entry, index) => {
    const id = String(key(entry));
    const text = JSON.stringify(entry);
    let child = old.get(id);
    old.delete(id);
    if (!child) {
      child = document.createElement(tag);
      child.dataset.key = id;
    }
    if (child.drawn !== text) {
      draw(child, entry);
      child.drawn = text;
    }
    if (parent.children[index] !== child) parent.insertBefore(child, parent.children[index] ?? null);
  });
  for (const child of old.values()) child.remove();
}

/** An instant in the reader's own words and zone. A day alone is the same day everywhere. */
export function moment(text) {
  if (!text) return make("time");
  const isDay = text.length === "2026-01-31".length;
  const shown = new Date(text).toLocaleString([], isDay
    ? { month: "short", day: "numeric", timeZone: "UTC" }
    : { month: "short", day: "numeric", hour: "2-digit", minute: "2-digit" });
  return make("time", { datetime: text, text: shown, title: new Date(text).toLocaleString() });
}

/** How good each state of an item is. The words are the API's. */
export const MOODS = {
  tracked: "good",
  pending: "wait",
  retrying: "wait",
  held: "wait",
  undeliverable: "bad",
  record_deleted: "bad",
};

/** The badge of a state. */
export function stateBadge(state) {
  const words = (state || "not_tracked").replaceAll("_", " ");
  return make("span", { class: "state", data: { mood: MOODS[state] ?? "none" }, text: words });
}

/** Units: milliseconds between two things that are said, unless they are urgent. */
const SAY_EVERY = 5000;

let lastSaid = 0;
let sayLater = 0;

/**
 * Says something in the page's status line, at most once in five seconds unless it is urgent: the
 * last of what came meanwhile is said when they are over.
 */
export function say(text, urgent = false) {
  const line = by("status");
  if (!line) return;
  clearTimeout(sayLater);
  const wait = urgent ? 0 : lastSaid + SAY_EVERY - Date.now();
  if (wait > 0) {
    sayLater = setTimeout(() => say(text, true), wait);
  } else if (line.textContent !== text) {
    lastSaid = Date.now();
    line.textContent = text;
  }
}

/** Why a request was refused, with the server's own words. */
export class RequestFailed extends Error {
  constructor(status, code, detail, hint, retryAfter) {
    super(hint ? `${detail}. ${hint}.` : detail);
    this.status = status;
    this.code = code;
    this.retryAfter = retryAfter;
  }
}

/**
 * A JSON request. Problem documents (RFC 9457) and the error envelopes of Graph and Dataverse
 * become a `RequestFailed`.
 */
export async function request(path, { method = "GET", headers = {}, body, signal } = {}) {
  const isText = typeof body === "string" || body instanceof Blob;
  const response = await fetch(path, {
    method,
    signal,
    headers: body === undefined || isText ? headers : { "Content-Type": "application/json", ...headers },
    body: body === undefined || isText ? body : JSON.stringify(body),
  });
  const text = await response.text();
  let answer = null;
  try {
    answer = text ? JSON.parse(text) : null;
  } catch {
    answer = null;
  }
  if (response.ok) return answer;
  const inner = answer?.error ?? {};
  throw new RequestFailed(
    response.status,
    answer?.code ?? inner.code ?? String(response.status),
    answer?.detail ?? inner.message ?? `the server answered ${response.status}`,
    answer?.hint,
    Number(response.headers.get("Retry-After")) || 0,
  );
}
