// The demo page: a mailbox on the left, the CRM's timeline on the right, looked at every second.
// Everything from outside is put into the page as text, never as markup.

const POLL_MS = 1000;
const SAY_MS = 5000;
const token = document.querySelector('meta[name="page-token"]').content;
const by = (id) => document.getElementById(id);

const moods = {
  tracked: "good",
  pending: "wait",
  retrying: "wait",
  held: "wait",
  undeliverable: "bad",
  record_deleted: "bad",
};

/** What people call the tables of the CRM. */
const KINDS = {
  systemuser: "user",
  incident: "case",
};

/** How the lists are read out. */
const LISTS = {
  email: "Messages, newest first",
  appointment: "Calendar, by start",
  task: "Tasks",
};

let mailbox = "";
let selected = "";
let kind = "email";
let live = true;
let lastSaid = 0;
let shown = {};
let failures = 0;
let entries = [];

async function call(path, options = {}) {
  const response = await fetch(path, {
    ...options,
    headers: { "X-Page-Token": token, "Content-Type": "application/json" },
  });
  const answer = await response.json().catch(() => ({}));
  if (!response.ok) throw new Error(answer.detail || `the server answered ${response.status}`);
  return answer;
}

/** Says something to everybody, at most once in five seconds unless it is urgent. */
function say(text, urgent = false) {
  const now = Date.now();
  if (!urgent && now - lastSaid < SAY_MS) return;
  if (by("status").textContent === text) return;
  lastSaid = now;
  by("status").textContent = text;
}

function make(tag, className, text) {
  const element = document.createElement(tag);
  if (className) element.className = className;
  if (text !== undefined) element.textContent = text;
  return element;
}

function moment(text) {
  const element = make("time", "", "");
  if (!text) return element;
  const date = new Date(text);
  element.dateTime = text;
  // A day alone is the same day everywhere.
  element.textContent = date.toLocaleString([], text.length === "2026-01-31".length
    ? { month: "short", day: "numeric", timeZone: "UTC" }
    : { month: "short", day: "numeric", hour: "2-digit", minute: "2-digit" });
  return element;
}

/** Draws a part of the page only when what it shows has changed. */
function changed(part, value) {
  const text = JSON.stringify(value);
  if (shown[part] === text) return false;
  shown[part] = text;
  return true;
}

/** Makes `parent` hold exactly one child for each entry, keeping those that are there. */
function keyed(parent, entries, key, draw) {
  const old = new Map([...parent.children].map((child) => [child.dataset.key, child]));
  entries.forEach((entry, index) => {
    const id = key(entry);
    const text = JSON.stringify(entry);
    let child = old.get(id);
    old.delete(id);
    if (!child) {
      child = make("li");
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

function chips(parent, categories) {
  parent.replaceChildren(...categories.map((name) => make("span", "chip", name)));
}

function badge(element, state) {
  element.textContent = state ? state.replaceAll("_", " ") : "not tracked";
  element.dataset.mood = moods[state] ?? "none";
}

function drawRow(item, entry) {
  let button = item.firstElementChild;
  if (!button) {
    button = make("button", "row");
    button.type = "button";
    button.append(make("span"), make("span"), make("span"));
    button.addEventListener("click", () => select(item.dataset.key));
    item.append(button);
  }
  const [first, second, third] = button.children;
  const weight = entry.isUnread ? "clip unread" : "clip";
  first.replaceChildren(make("span", weight, entry.lead), moment(entry.when));
  second.replaceChildren(make("span", weight, entry.subject || "(no subject)"));
  const marks = make("span", "clip");
  chips(marks, entry.categories);
  const state = make("span", "state");
  badge(state, entry.state);
  third.replaceChildren(marks, ...(entry.state ? [state] : []));
  if (entry.hasAttachments) second.append(make("span", "quiet", "file"));
}

/** Shows the entries of the chosen kind, and how many there are of each. */
function drawList(entries) {
  for (const button of by("kinds").children) {
    const count = entries.filter((entry) => entry.kind === button.dataset.kind).length;
    button.querySelector(".count").textContent = count;
  }
  const wanted = entries.filter((entry) => entry.kind === kind);
  keyed(by("list"), wanted, (entry) => entry.id, drawRow);
  for (const item of by("list").children) {
    const current = item.dataset.key === selected;
    item.firstElementChild.setAttribute("aria-current", String(current));
  }
}

function clearReading() {
  by("subject").textContent = "Nothing selected";
  by("addresses").replaceChildren();
  by("chips").replaceChildren();
  by("state").textContent = "–";
  by("state").dataset.mood = "none";
  by("reason").textContent = "";
  by("explanation").textContent = "Select an entry to see why it is, or is not, tracked.";
  by("body").textContent = "";
  by("attachments").replaceChildren();
}

function drawReading(entry, trackedName) {
  by("assign").disabled = !entry || entry.isAssigned;
  by("remove").disabled = !entry || !entry.isAssigned;
  if (!changed("reading", [entry, trackedName])) return;
  if (!entry) {
    clearReading();
    return;
  }
  by("subject").textContent = entry.subject || "(no subject)";
  by("addresses").replaceChildren(
    ...entry.facts.flatMap((fact) => {
      const detail = make("dd");
      detail.append(fact.text ?? moment(fact.at));
      return [make("dt", "", fact.name), detail];
    }),
  );
  chips(by("chips"), entry.categories);
  by("assign").textContent = `Assign “${trackedName}”`;
  badge(by("state"), entry.state);
  by("reason").textContent = entry.reason ?? "";
  by("explanation").textContent = entry.explanation;
  by("body").textContent = entry.body ?? "";
  by("attachments").replaceChildren(
    ...entry.attachments.map((name) => make("li", "", `File: ${name}`)),
  );
}

/** The people of one role, each with what it is in the CRM. */
function party(people, nobody) {
  if (people.length === 0) return [nobody];
  return people.flatMap((person, index) => {
    const kind = KINDS[person.kind] ?? person.kind ?? "not in the CRM";
    return [index === 0 ? "" : ", ", person.name, make("span", "kind", kind)];
  });
}

/** Who takes part, where anybody does. */
function people(record) {
  if (record.from.length + record.to.length === 0) return [];
  const line = make("p", "quiet", "");
  line.append(...party(record.from, "unknown sender"));
  if (record.to.length > 0) line.append(" → ", ...party(record.to, "nobody"));
  return [line];
}

function drawCard(item, record) {
  const isNew = !item.firstElementChild && shown.timelineReady;
  item.className = isNew ? "card fresh" : "card";
  item.dataset.selected = String(record.isSelected);
  const head = make("p", "head");
  head.append(make("strong", "", record.subject || "(no subject)"), moment(record.when));
  const about = record.regarding ? `Regarding ${record.regarding}` : "No regarding record";
  const facts = make("p", "quiet", `${record.kind} · ${about}`);
  item.replaceChildren(head, ...people(record), facts);
}

function drawTimeline(records) {
  if (!changed("timeline", records)) return;
  if (records.length === 0) {
    const text = "No record yet. Assign the category to an entry of the mailbox.";
    by("timeline").replaceChildren(make("li", "empty", text));
  } else {
    for (const empty of by("timeline").querySelectorAll(".empty")) empty.remove();
    keyed(by("timeline"), records, (record) => record.id, drawCard);
  }
  shown.timelineReady = true;
}

function drawMailboxes(mailboxes) {
  if (!changed("mailboxes", mailboxes)) return;
  by("mailbox").replaceChildren(
    ...mailboxes.map((one) => {
      const option = make("option", "", one.kind === "queue" ? `${one.address} (queue)` : one.address);
      option.value = one.address;
      option.selected = one.address === mailbox;
      return option;
    }),
  );
}

let asking = false;

async function look() {
  if (asking) return;
  asking = true;
  // Something else was selected while the answer was under way.
  let isOld = false;
  try {
    const query = new URLSearchParams({ mailbox, kind, item: selected });
    const state = await call(`/demo/api/state?${query}`);
    isOld = query.get("item") !== selected;
    if (!mailbox || state.mailbox === mailbox) {
      mailbox = state.mailbox ?? "";
      drawMailboxes(state.mailboxes);
      entries = state.entries;
      drawList(entries);
      if (!isOld && (!selected || state.selected)) drawReading(state.selected, state.trackedName);
      drawTimeline(state.timeline);
      const count = entries.filter((entry) => entry.state === "tracked").length;
      say(`${entries.length} entries, ${count} tracked, ${state.timeline.length} records`, failures > 0);
    }
    failures = 0;
  } catch (error) {
    failures += 1;
    if (failures > 1) say(`The live view is interrupted: ${error.message}`, failures === 2);
  } finally {
    asking = false;
  }
  if (isOld) await look();
}

async function select(id) {
  selected = id;
  for (const item of by("list").children) {
    item.firstElementChild.setAttribute("aria-current", String(item.dataset.key === id));
  }
  await look();
}

async function setCategory(assigned) {
  by("assign").disabled = true;
  by("remove").disabled = true;
  say(assigned ? "Assigning the category …" : "Removing the category …", true);
  try {
    const body = JSON.stringify({ mailbox, kind, item: selected, assigned });
    await call("/demo/api/category", { method: "POST", body });
    say(assigned ? "Category assigned; tracking follows." : "Category removed; the record stays.", true);
  } catch (error) {
    say(`That did not work: ${error.message}`, true);
  }
  shown.reading = "";
  await look();
  // The pressed button is disabled now and has lost the focus; its counterpart takes it over.
  const counterpart = by(assigned ? "remove" : "assign");
  if (document.activeElement === document.body && !counterpart.disabled) counterpart.focus();
}

by("assign").addEventListener("click", () => setCategory(true));
by("remove").addEventListener("click", () => setCategory(false));
by("mailbox").addEventListener("change", (event) => {
  mailbox = event.target.value;
  selected = "";
  by("list").replaceChildren();
  look();
});
by("kinds").addEventListener("click", (event) => {
  const button = event.target.closest("button");
  if (!button || button.dataset.kind === kind) return;
  kind = button.dataset.kind;
  selected = "";
  for (const one of by("kinds").children) one.setAttribute("aria-pressed", String(one === button));
  by("list").setAttribute("aria-label", LISTS[kind]);
  by("list").scrollTop = 0;
  drawList(entries);
  look();
});
by("pause").addEventListener("click", () => {
  live = !live;
  by("pause").setAttribute("aria-pressed", String(!live));
  by("pause").textContent = live ? "Pause live view" : "Resume live view";
  say(live ? "The live view goes on." : "The live view is paused.", true);
});
by("list").addEventListener("keydown", (event) => {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (!step) return;
  const rows = [...by("list").querySelectorAll(".row")];
  const at = rows.indexOf(document.activeElement);
  const next = rows[Math.min(rows.length - 1, Math.max(0, at + step))];
  if (next) {
    event.preventDefault();
    next.focus();
    next.click();
  }
});

await look();
setInterval(() => {
  if (live && !document.hidden) look();
}, POLL_MS);
