// The five requests that the pane makes, under the person's own token.

import { SignedOut, token } from "./session.js";

/** How long an answer may take. The server itself answers within two seconds. */
const ANSWER_MS = 15000;

/** Why a request was refused, or that nothing answered (`code` is then `offline`). */
export class Refused extends Error {
  constructor(code, message, { status = 0, hint = "", requestId = "", retryAfter = 0 } = {}) {
    super(message);
    Object.assign(this, { code, status, hint, requestId, retryAfter });
    /** Whether waiting helps. */
    this.isPassing = code === "offline" || status === 429 || status >= 500;
  }
}

async function send(path, { method = "POST", body, signal, isWish = false } = {}) {
  for (const isSecond of [false, true]) {
    const bearer = await token(isSecond).catch((error) => {
      throw error instanceof SignedOut ? error : new Refused("offline", "The server cannot be reached.");
    });
    const response = await reach(path, {
      method,
      headers: { Authorization: `Bearer ${bearer}`, ...(body ? { "Content-Type": "application/json" } : {}) },
      body: body && JSON.stringify(body),
      signal: AbortSignal.any([AbortSignal.timeout(ANSWER_MS), ...(signal ? [signal] : [])]),
      // A wish outlives the pane that is closed right after it.
      keepalive: isWish,
    });
    if (response.ok) return response.json();
    if (response.status === 401 && !isSecond) continue;
    if (response.status === 401) throw new SignedOut("The server does not accept this sign-in.");
    const told = await response.json().catch(() => ({}));
    throw new Refused(told.code ?? String(response.status), told.detail ? `${capital(told.detail)}.` : `The server answered ${response.status}.`, {
      status: response.status,
      hint: told.hint,
      requestId: told.requestId,
      retryAfter: Number(response.headers.get("Retry-After")) || 0,
    });
  }
  return null;
}

async function reach(path, options) {
  try {
    return await fetch(path, options);
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Refused("offline", "The server cannot be reached.");
  }
}

const capital = (text) => text.charAt(0).toUpperCase() + text.slice(1);

/** Ids that the mailbox did not know; for these alone the Message-ID is sent too, because two copies share it. */
const strangers = new Set();

const chosen = ({ itemId, idFormat, internetMessageId }) => ({
  itemId,
  idFormat,
  ...(strangers.has(itemId) && internetMessageId ? { internetMessageId } : {}),
});

async function about(path, mailbox, items, more = {}, isWish = true) {
  const post = async () => (await send(path, { body: { mailbox, items: items.map(chosen), ...more }, isWish })).items;
  const answers = await post();
  const lost = items.filter((item, index) => answers[index].error && item.internetMessageId && !strangers.has(item.itemId));
  if (lost.length === 0 || isWish) return answers;
  for (const item of lost) strangers.add(item.itemId);
  return post();
}

/** The state of each item, in the order given. */
export const status = (mailbox, items) => about("/api/v1/items/status", mailbox, items, {}, false);

/** Tracks; `regarding` is a record, null to take it off, or left out to leave it as it is. */
export const track = (mailbox, items, regarding) => about("/api/v1/items/track", mailbox, items, regarding === undefined ? {} : { regarding });

/** Ends tracking; the records stay. */
export const untrack = (mailbox, items) => about("/api/v1/items/untrack", mailbox, items);

/** Tries again now. */
export const retry = (mailbox, items) => about("/api/v1/items/retry", mailbox, items);

/** Records whose name has a text in it: `{items, next}`. */
export function regarding(text, cursor, signal) {
  const query = new URLSearchParams({ q: text, ...(cursor ? { cursor } : {}) });
  return send(`/api/v1/regarding?${query}`, { method: "GET", signal });
}
