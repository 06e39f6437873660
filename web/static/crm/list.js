// The list of a table: search, sorting, and more of it page by page.

import { keyed, make, say } from "/assets/common/dom.js";
import { nextPath, query, quoted, read } from "./client.js";
import { addressOf, icon, value } from "./parts.js";
import { tableOf } from "./tables.js";

const PAGE_ROWS = 25;
const TYPING_MS = 250;

/** What was searched and how it was sorted, for the way back. */
const remembered = new Map();

/**
 * Opens the list of a table.
 * @param {Element} main where it goes
 * @param {string} name the table's logical name
 * @param {() => void} reload asks for `load` to be called now
 */
export function openList(main, name, reload) {
  const table = tableOf(name);
  const wish = remembered.get(name) ?? { search: "", order: table.order };
  remembered.set(name, wish);
  let wanted = PAGE_ROWS;
  let next = "";
  let isReady = false;

  const count = make("span", { class: "quiet" });
  const search = searchBox(table, wish, () => {
    wanted = PAGE_ROWS;
    isReady = false;
    reload();
  });
  const head = make("tr", {}, ...table.columns.map((column) => heading(column, wish, sortBy)));
  const body = make("tbody");
  const grid = make("table", { "aria-label": table.many }, make("thead", {}, head), body);
  const empty = make("p", { class: "empty", text: "Loading …" });
  const more = make("button", { type: "button", text: "Show more", hidden: true, on: { click: showMore } });
  main.replaceChildren(
    make("div", { class: "top" }, make("h2", { tabindex: -1 }, table.many, " ", count), search),
    make("div", { class: "sheet" }, grid, empty),
    more,
  );
  drawOrder();

  function sortBy(column) {
    wish.order = wish.order === `${column} asc` ? `${column} desc` : `${column} asc`;
    drawOrder();
    reload();
  }

  function drawOrder() {
    const [column, way] = wish.order.split(" ");
    for (const cell of head.children) {
      const isSorted = cell.dataset.column === column;
      if (isSorted) cell.setAttribute("aria-sort", way === "asc" ? "ascending" : "descending");
      else cell.removeAttribute("aria-sort");
    }
  }

  async function showMore() {
    more.disabled = true;
    try {
      const answer = await read(nextPath(next), { rows: PAGE_ROWS });
      wanted = shownRows.length + answer.value.length;
      draw([...shownRows, ...answer.value], answer["@odata.nextLink"]);
    } catch (error) {
      say(`No more could be read: ${error.message}`, true);
    } finally {
      more.disabled = false;
    }
  }

  let shownRows = [];

  function draw(rows, link) {
    const known = new Set(shownRows.map((row) => row[table.key]));
    const isFresh = (row) => isReady && !known.has(row[table.key]);
    const fresh = new Set(rows.filter(isFresh).map((row) => row[table.key]));
    shownRows = rows;
    keyed(body, rows, (row) => row[table.key], (line, row) => drawRow(line, row, name), "tr");
    for (const line of body.children) line.classList.toggle("fresh", fresh.has(line.dataset.key));
    next = link ?? "";
    more.hidden = !next;
    grid.hidden = rows.length === 0;
    empty.hidden = rows.length > 0;
    empty.textContent = wish.search
      ? `No ${table.many.toLowerCase()} with “${wish.search}”. Search for something else.`
      : nothing(table);
    isReady = true;
  }

  return {
    title: table.many,
    async load(signal) {
      const path = query(table.set, {
        select: columns(table).join(","),
        filter: filter(table, wish.search),
        orderby: wish.order,
        count: true,
      });
      const answer = await read(path, { rows: wanted, signal });
      const total = answer["@odata.count"] ?? answer.value.length;
      count.textContent = String(total);
      draw(answer.value, answer["@odata.nextLink"]);
      say(`${total} ${total === 1 ? table.one.toLowerCase() : table.many.toLowerCase()}`, true);
    },
  };
}

/** What to do where a table has no rows. */
function nothing(table) {
  return table.isActivity
    ? `No ${table.many.toLowerCase()} yet. Assign the tracking category to an item in Outlook, and its record shows up here.`
    : `No ${table.many.toLowerCase()} that you may read.`;
}

function columns(table) {
  return [...new Set([table.key, ...table.columns.map(([name]) => name)])];
}

function filter(table, search) {
  const text = search.trim();
  if (!text) return undefined;
  return table.search.map((column) => `contains(${column},${quoted(text)})`).join(" or ");
}

function searchBox(table, wish, changed) {
  let timer = 0;
  const input = make("input", {
    type: "search",
    "aria-label": `Search ${table.many.toLowerCase()}`,
    placeholder: "Search",
    autocomplete: "off",
  });
  input.value = wish.search;
  input.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(() => {
      wish.search = input.value;
      changed();
    }, TYPING_MS);
  });
  return input;
}

/** A heading; what people cannot read in order, as the id of a lookup, has no order. */
function heading([column, words, kind], wish, sortBy) {
  const cell = make("th", { scope: "col", data: { column } });
  if (kind === "lookup" || column === "activitytypecode") cell.append(words);
  else cell.append(make("button", { type: "button", class: "plain", text: words, on: { click: () => sortBy(column) } }));
  return cell;
}

function drawRow(line, row, name) {
  const table = tableOf(name);
  const kind = row.activitytypecode ?? name;
  line.replaceChildren(...table.columns.map((column, index) => {
    const cell = make("td", { data: { label: column[1] } });
    if (index > 0) cell.append(value(row, column));
    else cell.append(icon(kind), make("a", { href: addressOf(kind, row[table.key]), text: row[column[0]] || "(no name)" }));
    cell.classList.toggle("void", index > 0 && cell.textContent === "");
    return cell;
  }));
}
