// The small parts that every page of the CRM is made of.

import { make, moment } from "/assets/common/dom.js";
import { lookup, shown } from "./client.js";
import { tableOf } from "./tables.js";

const DIRECTIONS = { true: "Outgoing", false: "Incoming" };

/** How good each state is. The words stand beside the colour. */
const MOODS = { Completed: "good", Active: "good", Canceled: "bad", Scheduled: "wait" };

/** The address of a record's page. */
export const addressOf = (table, id) => `#${table}/${id}`;

/** A link to a record where there is a page for it, its name alone where there is none. */
export function recordLink({ table, id, name }) {
  const text = name || "(no name)";
  if (!tableOf(table)) return make("span", { text });
  return make("a", { href: addressOf(table, id), text });
}

/** What people call a record's table, as a small tag. */
export function kindTag(table) {
  const words = tableOf(table)?.one.toLowerCase() ?? table;
  return make("span", { class: "kind", text: words || "not in the CRM", data: { known: String(Boolean(words)) } });
}

/** The icon of a table. */
export function icon(table) {
  const name = tableOf(table) ? table : "record";
  const box = make("span", { class: "icon", data: { table: name }, "aria-hidden": "true" });
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("viewBox", "0 0 16 16");
  const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
  use.setAttribute("href", `/crm/icons.svg#${name}`);
  svg.append(use);
  box.append(svg);
  return box;
}

/** A state in words. */
export function stateWords(state, reason) {
  const words = reason && reason !== state ? `${state} · ${reason}` : state;
  return make("span", { class: "state", text: words, data: { mood: MOODS[state] ?? "none" } });
}

/** The value of a column as it is read. Empty where there is none. */
export function value(row, [name, , kind]) {
  if (kind === "lookup") {
    const record = lookup(row, name);
    return record ? recordLink(record) : "";
  }
  if (kind === "instant") return row[name] ? moment(row[name]) : "";
  if (kind === "direction") return DIRECTIONS[row[name]] ?? "";
  if (kind === "table") return tableOf(row[name])?.one ?? shown(row, name);
  return kind === "choice" ? shown(row, name) : String(row[name] ?? "");
}

/** A list of names and values; what has no value is left out. */
export function facts(row, columns) {
  const list = make("dl", { class: "facts" });
  for (const column of columns) {
    const content = value(row, column);
    if (content === "") continue;
    list.append(make("div", {}, make("dt", { text: column[1] }), make("dd", { class: column[2] }, content)));
  }
  return list;
}

/** A box that says why something is not there, and a way to try again. */
export function failure(error, retry) {
  const code = error.code ? ` (${error.code})` : "";
  return make(
    "div",
    { class: "notice", data: { mood: "bad" } },
    make("p", { text: `${error.message}${code}` }),
    make("p", { class: "actions" }, make("button", { type: "button", text: "Retry", on: { click: retry } })),
  );
}
