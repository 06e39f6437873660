// A client of the Dataverse Web API under a user's own token. The token lives in this module alone.

import { RequestFailed, request } from "/assets/common/dom.js";

const ROOT = "/api/data/v9.2/";
const SIGN_IN = "/login/demo/oauth2/v2.0/token";
const FORMATTED = "@OData.Community.Display.V1.FormattedValue";
const TABLE = "@Microsoft.Dynamics.CRM.lookuplogicalname";

let user = "";
let token = null;

/** Makes every later request one of this user. */
export function signInAs(address) {
  user = address;
  token = null;
}

function signedIn() {
  token ??= request(SIGN_IN, {
    method: "POST",
    headers: { "Content-Type": "application/x-www-form-urlencoded" },
    body: new URLSearchParams({
      grant_type: "password",
      client_id: "demo",
      username: user,
      password: "demo",
      scope: `${location.origin}/.default`,
    }).toString(),
  }).then((answer) => answer.access_token);
  const mine = token;
  mine.catch(() => {
    if (token === mine) token = null;
  });
  return mine;
}

/**
 * Reads rows or one row. An expired token is renewed once.
 * @param {string} path below the root of the Web API, made with `query`
 * @param {{rows?: number, signal?: AbortSignal}} [options] rows is the largest page wanted
 */
export async function read(path, { rows, signal } = {}) {
  const preferences = ['odata.include-annotations="*"'];
  if (rows) preferences.push(`odata.maxpagesize=${rows}`);
  return send(path, { signal, headers: { Accept: "application/json", Prefer: preferences.join(",") } });
}

/** Changes columns of a row. */
export async function change(path, columns) {
  return send(path, { method: "PATCH", headers: { "If-Match": "*" }, body: columns });
}

async function send(path, options, isSecond = false) {
  const asked = user;
  const bearer = await signedIn();
  try {
    const headers = { ...options.headers, Authorization: `Bearer ${bearer}` };
    return await request(ROOT + path, { ...options, headers });
  } catch (error) {
    const isStale = error instanceof RequestFailed && error.status === 401;
    if (!isStale || isSecond || asked !== user) throw error;
    token = null;
    return send(path, options, true);
  }
}

/** The path of a collection or row with its query options, each encoded. */
export function query(path, options) {
  const parts = Object.entries(options)
    .filter(([, value]) => value !== undefined && value !== "")
    .map(([name, value]) => `$${name}=${encodeURIComponent(value)}`);
  return `${path}?${parts.join("&")}`;
}

/** The path of the page that a `nextLink` names, whatever host it was written for. */
export function nextPath(link) {
  if (!link) return "";
  const address = new URL(link, location.origin);
  const at = address.pathname.indexOf(ROOT);
  return at < 0 ? "" : address.pathname.slice(at + ROOT.length) + address.search;
}

/** A text as an OData literal. */
export const quoted = (text) => `'${text.replaceAll("'", "''")}'`;

/** A condition that a lookup column holds one of these ids. */
export function among(column, ids) {
  const values = ids.map((id) => `'${id}'`).join(",");
  return `Microsoft.Dynamics.CRM.In(PropertyName='${column}',PropertyValues=[${values}])`;
}

/** What people read for a column: its display text where it has one. */
export function shown(row, column) {
  const value = row[column + FORMATTED] ?? row[column];
  return value === null || value === undefined ? "" : String(value);
}

/** The record that a lookup column names, or null. */
export function lookup(row, column) {
  const id = row[column];
  if (!id) return null;
  return { id, table: row[column + TABLE] ?? "", name: row[column + FORMATTED] ?? "" };
}
