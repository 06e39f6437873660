// Shortcuts. They can be turned off, and never act while somebody types.

import { make, say } from "/assets/common/dom.js";
import { dialog } from "./dialog.js";
import { button } from "./parts.js";
import { href } from "./place.js";
import { current } from "./session.js";

const OFF = "earmark.keys.off";
const SECOND_KEY_MS = 1500;
const PLACES = { o: "overview", m: "mailboxes", i: "items", f: "failures", a: "alerts", s: "settings" };
const LIST = [
  [["/"], "Search or filter this page"],
  [["g", "o"], "Overview"],
  [["g", "m"], "Mailboxes"],
  [["g", "i"], "Items"],
  [["g", "f"], "Failures"],
  [["g", "a"], "Alerts"],
  [["g", "s"], "Settings"],
  [["j"], "Next row"],
  [["k"], "Previous row"],
  [["Enter"], "Open the row"],
  [["?"], "This list"],
];

let isOff = read();
let afterG = 0;

/** Begins to listen. */
export function listenToKeys() {
  addEventListener("keydown", (event) => {
    if (isOff || !current() || event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
    if (act(event.key)) event.preventDefault();
  });
}

/** Shows the list of shortcuts, and the switch that turns them off. */
export async function showKeys() {
  await dialog("Keyboard shortcuts", (close) => {
    const on = make("input", { type: "checkbox", checked: !isOff });
    on.addEventListener("change", () => {
      isOff = !on.checked;
      write();
      say(isOff ? "Shortcuts are off." : "Shortcuts are on.", true);
    });
    return [
      make("dl", { class: "keys" }, ...LIST.map(([keys, text]) => make("div", {},
        make("dt", {}, ...keys.flatMap((key) => [make("kbd", { text: key }), " "])), make("dd", { text })))),
      make("label", { class: "check" }, on, "Use shortcuts"),
      make("div", { class: "actions" }, button("Close", () => close(), { class: "primary" })),
    ];
  });
}

function act(key) {
  if (Date.now() - afterG < SECOND_KEY_MS && PLACES[key]) {
    afterG = 0;
    location.hash = href(PLACES[key]);
    return true;
  }
  afterG = 0;
  if (document.querySelector("dialog[open]")) return false;
  if (key === "g") afterG = Date.now();
  else if (key === "/") return toSearch();
  else if (key === "j") return toRow(1);
  else if (key === "k") return toRow(-1);
  else if (key === "?") showKeys();
  else return false;
  return true;
}

function toSearch() {
  const search = document.querySelector("main input[type=search]");
  search?.focus();
  return Boolean(search);
}

function toRow(step) {
  const rows = [...document.querySelectorAll("main .row")].filter((row) => row.checkVisibility());
  const here = rows.findIndex((row) => row.closest("tr, li").contains(document.activeElement));
  const next = here < 0 ? (step > 0 ? 0 : rows.length - 1) : here + step;
  rows[Math.min(Math.max(next, 0), rows.length - 1)]?.focus();
  return rows.length > 0;
}

function isTyping(target) {
  return target instanceof Element && Boolean(target.closest("textarea, select, [contenteditable], input:not([type=checkbox], [type=radio])"));
}

function read() {
  try {
    return sessionStorage.getItem(OFF) === "yes";
  } catch {
    return false;
  }
}

function write() {
  try {
    sessionStorage.setItem(OFF, isOff ? "yes" : "no");
  } catch {
    // Where nothing can be stored the choice holds until the page is left.
  }
}
