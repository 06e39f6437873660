// The page of a record: its main fields and its timeline.

import { make, say } from "/assets/common/dom.js";
import { lookup, query, read, shown } from "./client.js";
import { facts, icon, recordLink, stateWords } from "./parts.js";
import { commonFields, tableOf } from "./tables.js";
import { timelineOf } from "./timeline.js";

/**
 * Opens a record.
 * @param {Element} main where it goes
 * @param {string} name the table's logical name
 * @param {string} id the record
 */
export function openRecord(main, name, id) {
  const table = tableOf(name);
  const head = make("div", { class: "top" }, make("h2", { tabindex: -1, text: "Loading …" }));
  const summary = make("section", { class: "panel", "aria-label": "Summary" });
  const timeline = timelineOf(name, id);
  main.replaceChildren(crumbs(name), head, make("div", { class: "sides" }, summary, timeline.element));
  const columns = [...table.fields, ...commonFields(table)];
  const select = [table.key, table.name, ...columns.map(([column]) => column)];
  let drawn = "";
  return {
    title: table.one,
    async load(signal) {
      const path = query(`${table.set}(${id})`, { select: [...new Set(select)].join(",") });
      const [row] = await Promise.all([read(path, { signal }), timeline.load(signal)]);
      const text = JSON.stringify(row);
      if (text === drawn) return this;
      drawn = text;
      drawHead(head, name, row, table);
      summary.replaceChildren(make("h3", { text: "Summary" }), facts(row, columns));
      this.title = row[table.name] || table.one;
      say(`${table.one} ${this.title}`, true);
      return this;
    },
  };
}

/** The way back to the list. */
export function crumbs(name) {
  const table = tableOf(name);
  return make("p", { class: "crumbs" }, make("a", { href: `#${name}`, text: table.many }));
}

/** The head of a page: icon, name, what it is, whose it is and how it stands. */
export function drawHead(head, name, row, table) {
  const owner = lookup(row, "_ownerid_value");
  const heading = head.querySelector("h2");
  heading.replaceChildren(row[table.name] || "(no name)");
  const side = make("dl", { class: "keys" });
  const add = (words, ...content) => side.append(make("div", {}, make("dt", { text: words }), make("dd", {}, ...content)));
  if (owner) add("Owner", recordLink(owner));
  if (row.statecode !== undefined) add("Status", stateWords(shown(row, "statecode"), shown(row, "statuscode")));
  head.replaceChildren(icon(name), make("div", { class: "name" }, heading, make("p", { class: "quiet", text: table.one })), side);
}
