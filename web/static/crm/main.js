// The CRM's pages: who is signed in, which page is shown, and looking at it again and again.

import { by, make, say } from "/assets/common/dom.js";
import { openActivity } from "./activity.js";
import { query, read, signInAs } from "./client.js";
import { openList } from "./list.js";
import { addressOf, failure, icon } from "./parts.js";
import { openRecord } from "./record.js";
import { GROUPS, tableOf } from "./tables.js";

const POLL_MS = 3000;
const DEFAULT_USER = "anna.berger@lindengrove.example";
const USER_KEY = "earmark.crm.user";
const ID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

const main = by("main");
let page = null;
let asking = null;
let isLive = true;
let isInterrupted = false;

function remember(user) {
  try {
    sessionStorage.setItem(USER_KEY, user);
  } catch {
    // Storage may be switched off; the choice then lasts as long as the page.
  }
}

function remembered() {
  try {
    return sessionStorage.getItem(USER_KEY) || DEFAULT_USER;
  } catch {
    return DEFAULT_USER;
  }
}

/** The table and the record that the address asks for. */
function route() {
  const [name, id = ""] = decodeURIComponent(location.hash.slice(1)).split("/");
  const isKnown = (!name || tableOf(name)) && (!id || ID.test(id));
  return isKnown ? { name: name || "account", id: id.toLowerCase() } : { name: "", id: "" };
}

async function open(takesFocus) {
  asking?.abort();
  const { name, id } = route();
  for (const link of by("tables").querySelectorAll("a")) {
    if (link.dataset.table === name) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
  if (!name) {
    page = null;
    main.replaceChildren(
      make("h2", { tabindex: -1, text: "Nothing here" }),
      make("p", { class: "empty", text: "There is no such page. Choose a table." }),
    );
  } else if (id && name === "activitypointer") {
    page = { title: "Activity", load: (signal) => redirect(id, signal) };
  } else if (id) {
    page = tableOf(name).isActivity ? openActivity(main, name, id, again) : openRecord(main, name, id);
  } else {
    page = openList(main, name, again);
  }
  main.scrollTop = 0;
  if (takesFocus) main.querySelector("h2")?.focus({ preventScroll: true });
  await look(true);
}

/** An activity whose kind is not known yet: its own page takes the place of this one. */
async function redirect(id, signal) {
  const row = await read(query(`activitypointers(${id})`, { select: "activitytypecode" }), { signal });
  location.replace(addressOf(row.activitytypecode, id));
}

const again = () => look(false, true);

/** Reads what the page shows. A later question takes the place of an earlier one. */
async function look(isFirst, isWanted = isFirst) {
  if (!page || (asking && !isWanted)) return;
  asking?.abort();
  const mine = new AbortController();
  const shown = page;
  asking = mine;
  try {
    await shown.load(mine.signal);
    document.title = `${shown.title} – Earmark`;
    if (isInterrupted) say("The live view is back.", true);
    isInterrupted = false;
  } catch (error) {
    if (error.name === "AbortError" || asking !== mine) return;
    if (isFirst) fail(error);
    else interrupt(error);
  } finally {
    if (asking === mine) asking = null;
  }
}

function fail(error) {
  page = null;
  main.replaceChildren(make("h2", { tabindex: -1, text: "That cannot be shown" }), failure(error, () => open(true)));
  say(`That cannot be shown: ${error.message}`, true);
}

function interrupt(error) {
  if (!isInterrupted) say(`The live view is interrupted: ${error.message}`, true);
  isInterrupted = true;
}

function drawTables() {
  by("tables").replaceChildren(...GROUPS.map(([words, names]) => make(
    "div",
    {},
    make("p", { class: "group", text: words }),
    make("ul", {}, ...names.map((name) => make(
      "li",
      {},
      make("a", { href: `#${name}`, data: { table: name } }, icon(name), tableOf(name).many),
    ))),
  )));
}

async function drawUsers(chosen) {
  const answer = await read(query("systemusers", {
    select: "fullname,internalemailaddress",
    filter: "internalemailaddress ne null and isdisabled eq false",
    orderby: "fullname asc",
  }));
  by("user").replaceChildren(...answer.value.map((row) => make("option", {
    value: row.internalemailaddress,
    text: row.fullname,
    selected: row.internalemailaddress.toLowerCase() === chosen.toLowerCase(),
  })));
}

/** Signs in and draws everything; without that user, asks for another address. */
async function start(user, takesFocus) {
  signInAs(user);
  const users = drawUsers(user);
  users.catch(() => {});
  await open(takesFocus);
  try {
    await users;
    remember(user);
  } catch (error) {
    page = null;
    askForUser(user, error);
  }
}

function askForUser(user, error) {
  const address = make("input", { type: "email", id: "address", required: true, autocomplete: "off" });
  address.value = user;
  const form = make(
    "form",
    { class: "panel" },
    make("label", { for: "address", text: "Email address of a user of this CRM" }),
    address,
    make("button", { class: "primary", text: "Sign in" }),
  );
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    start(address.value.trim(), true);
  });
  main.replaceChildren(make("h2", { tabindex: -1, text: "Sign in" }), failure(error, () => start(user, true)), form);
  say("Nobody is signed in.", true);
}

by("user").addEventListener("change", (event) => start(event.target.value, false));
by("pause").addEventListener("click", () => {
  isLive = !isLive;
  by("pause").setAttribute("aria-pressed", String(!isLive));
  by("pause").textContent = isLive ? "Pause live view" : "Resume live view";
  say(isLive ? "The live view goes on." : "The live view is paused.", true);
  if (isLive) look(false);
});
window.addEventListener("hashchange", () => open(true));
document.addEventListener("visibilitychange", () => {
  if (isLive && !document.hidden) look(false);
});

drawTables();
await start(remembered(), false);
setInterval(() => {
  if (isLive && !document.hidden) look(false);
}, POLL_MS);
