// Who is signed in, and every request to the server. The cookie belongs to the browser; the
// session's secret lives in this module alone.

import { request } from "/assets/common/dom.js";

const SESSION = "/admin/api/session";

/** @type {{csrf: string, expiresAt: string, environment: string, version: string} | null} */
let session = null;
let lost = () => {};

/** What is known of the session, or null before sign-in. */
export const current = () => session;

/** Says what to do when the server no longer accepts the session. */
export function onLost(heard) {
  lost = heard;
}

/** Finds the session of this browser. Answers whether there is one. */
export async function restore() {
  try {
    const answer = await request(SESSION);
    session = answer?.csrf ? answer : null;
  } catch (error) {
    if (error.status !== 401) throw error;
    session = null;
  }
  return session !== null;
}

/** Begins a session with the administrator's token. */
export async function signIn(token) {
  session = await request(SESSION, { method: "POST", body: { token } });
}

/** Ends the session here and on the server. */
export async function signOut() {
  const headers = proof();
  session = null;
  await request(SESSION, { method: "DELETE", headers });
}

/**
 * A request to the own API with the session's proof.
 * @param {string} path below `/api/v1`, for example `/mailboxes`
 * @param {{method?: string, body?: unknown, signal?: AbortSignal}} [options]
 */
export async function api(path, options = {}) {
  const send = () => request(`/api/v1${path}`, { ...options, headers: proof() });
  try {
    return await send();
  } catch (error) {
    // Another tab signed in anew: the cookie is its, and so is the secret to prove.
    if (error.code === "forged" && await restore()) return send();
    if (error.status === 401 || (error.code === "forged" && !session)) {
      session = null;
      lost();
    }
    throw error;
  }
}

/** A POST to the own API. */
export const post = (path, body, signal) => api(path, { method: "POST", body: body ?? {}, signal });

/** A path with its parameters; those that are empty are left out. */
export function withQuery(path, values) {
  const given = Object.entries(values).filter(([, value]) => value !== "" && value !== null && value !== undefined);
  return given.length ? `${path}?${new URLSearchParams(given)}` : path;
}

/** Whether an error only says that nobody waits for the answer any more. */
export const isAbort = (error) => error?.name === "AbortError";

function proof() {
  return session ? { "X-Earmark-Csrf": session.csrf } : {};
}
