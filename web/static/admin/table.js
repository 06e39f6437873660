// Tables whose cells are drawn again only when what they show has changed.

import { keyed, make } from "/assets/common/dom.js";

/**
 * @typedef {object} Column
 * @property {string} label its heading
 * @property {(entry: any) => Node|string} draw what a cell holds
 * @property {(entry: any) => unknown} of what a cell depends on
 * @property {boolean} [isShort] whether its words are short enough to be kept whole
 * @property {boolean} [isQuiet] whether the heading is only read out
 */

/**
 * A table.
 * @param {string} caption what it lists, read out
 * @param {Column[]} columns
 * @param {(entry: any) => string} key what makes an entry the same one
 * @returns {{element: Element, show: (entries: any[]) => void}}
 */
export function table(caption, columns, key) {
  const body = make("tbody", { role: "rowgroup" });
  const heads = columns.map(({ label, isQuiet }) => make("th", { scope: "col", role: "columnheader" },
    isQuiet ? make("span", { class: "unseen", text: label }) : label));
  const element = make("table", { role: "table" },
    make("caption", { class: "unseen", text: caption }),
    make("thead", { role: "rowgroup" }, make("tr", { role: "row" }, ...heads)),
    body);
  const draw = (row, entry) => {
    row.setAttribute("role", "row");
    columns.forEach((column, index) => {
      const cell = row.cells[index] ?? row.appendChild(make("td", {
        role: "cell",
        class: column.isShort ? "short" : "",
        "data-label": column.isQuiet ? null : column.label,
      }));
      const text = JSON.stringify(column.of(entry) ?? null);
      if (cell.shown === text) return;
      cell.shown = text;
      cell.replaceChildren(column.draw(entry));
    });
  };
  return { element, show: (entries) => keyed(body, entries, key, draw, "tr") };
}
