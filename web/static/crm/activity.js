// The page of an activity: who takes part, what it is about, its text, files and links.

import { make, moment, say } from "/assets/common/dom.js";
import { change, lookup, query, read, shown } from "./client.js";
import { facts, kindTag, recordLink } from "./parts.js";
import { crumbs, drawHead } from "./record.js";
import { commonFields, tableOf } from "./tables.js";
import { bodyText } from "./text.js";
import { partyKind, partyName, timelineOf } from "./timeline.js";

/** What a completed activity of each kind has as its status reason. */
const COMPLETED = { appointment: 3, task: 5 };

const OPEN = 0;
const SCHEDULED = 3;
const COMPLETE = 1;
const KILOBYTE = 1024;

/**
 * Opens an activity.
 * @param {Element} main where it goes
 * @param {string} name the table's logical name
 * @param {string} id the activity
 * @param {() => void} reload asks for `load` to be called now
 */
export function openActivity(main, name, id, reload) {
  const table = tableOf(name);
  const head = make("div", { class: "top" }, make("h2", { tabindex: -1, text: "Loading …" }));
  const parties = panel("Parties");
  const regarding = panel("Regarding");
  const body = panel("Text");
  const files = panel("Attachments");
  const links = panel("Links to mailboxes");
  const details = panel("Details");
  const times = name === "recurringappointmentmaster" ? timelineOf(name, id) : null;
  main.replaceChildren(
    crumbs(name),
    head,
    make(
      "div",
      { class: "sides" },
      make("div", { class: "stack" }, regarding.box, details.box, links.box),
      make("div", { class: "stack" }, parties.box, body.box, files.box, times?.element),
    ),
  );
  const columns = [...table.fields, ...commonFields(table)];
  const select = [table.key, table.name, "description", "_regardingobjectid_value", ...columns.map(([column]) => column)];
  if (name === "email") select.push("mimetype");
  const path = query(`${table.set}(${id})`, {
    select: [...new Set(select)].join(","),
    expand: `${table.parties}($select=participationtypemask,addressused,unresolvedpartyname,_partyid_value)`,
  });

  return {
    title: table.one,
    async load(signal) {
      const [row, attachments, mappings] = await Promise.all([
        read(path, { signal }),
        rowsOrNone(attachmentsOf(id), signal),
        rowsOrNone(query("exchangesyncidmappings", { filter: `objectid eq ${id}` }), signal),
        times?.load(signal),
      ]);
      this.title = row[table.name] || table.one;
      const isNew = head.drawn !== JSON.stringify(row);
      if (isNew) {
        head.drawn = JSON.stringify(row);
        drawHead(head, name, row, table);
        head.append(commands(name, row, table, reload));
        say(`${table.one} ${this.title}`, true);
      }
      parties.draw(row[table.parties], (all) => partyTable(all));
      regarding.draw([lookup(row, "_regardingobjectid_value")], ([record]) => regardingLine(record));
      details.draw([row], () => facts(row, columns));
      body.draw([row.description, row.mimetype], ([text, type]) => bodyBox(bodyText(text, type)));
      files.draw(attachments, fileList);
      links.draw(mappings, linkList);
      return this;
    },
  };
}

const attachmentsOf = (id) => query("activitymimeattachments", {
  select: "filename,filesize,mimetype",
  filter: `_objectid_value eq ${id}`,
  orderby: "attachmentnumber asc",
});

/** A box with a heading that draws its content only when that has changed. */
function panel(words) {
  const box = make("section", { class: "panel", "aria-label": words }, make("h3", { text: words }));
  const content = make("div", {}, make("p", { class: "empty", text: "Loading …" }));
  box.append(content);
  let drawn = "";
  const draw = (data, view) => {
    const text = JSON.stringify(data);
    if (text === drawn) return;
    drawn = text;
    content.replaceChildren(view(data));
  };
  return { box, draw };
}

/** Rows, or why they cannot be read. The rest of the page does not depend on them. */
async function rowsOrNone(path, signal) {
  try {
    return (await read(path, { signal })).value;
  } catch (error) {
    if (error.name === "AbortError") throw error;
    return { refused: `${error.message} (${error.code ?? "no answer"})` };
  }
}

const note = (text) => make("p", { class: "empty", text });

function regardingLine(record) {
  if (!record) return note("No regarding record. Set one in the add-in pane of the message.");
  return make("p", {}, recordLink(record), " ", kindTag(record.table));
}

function partyTable(parties) {
  if (parties.length === 0) return note("Nobody takes part.");
  const ordered = [...parties].sort((one, other) => one.participationtypemask - other.participationtypemask);
  return make(
    "table",
    {},
    make("thead", {}, make("tr", {}, ...["Role", "Address", "In the CRM"].map((text) => make("th", { scope: "col", text })))),
    make("tbody", {}, ...ordered.map((party) => make(
      "tr",
      {},
      make("td", { data: { label: "Role" }, text: shown(party, "participationtypemask") }),
      make("td", { data: { label: "Address" }, text: party.addressused ?? "" }),
      make("td", { data: { label: "In the CRM" } }, lookup(party, "_partyid_value") ? partyName(party) : "unresolved", " ", partyKind(party)),
    ))),
  );
}

function bodyBox(text) {
  if (!text) return note("No text.");
  return make("pre", { class: "body", tabindex: 0, "aria-label": "Text", text });
}

function fileList(files) {
  if (files.refused) return note(`The attachments cannot be read: ${files.refused}`);
  if (files.length === 0) return note("No attachments.");
  return make("ul", { class: "files" }, ...files.map((file) => make(
    "li",
    {},
    make("strong", { text: file.filename || "(no name)" }),
    make("span", { class: "quiet", text: ` ${file.mimetype ?? ""} ${size(file.filesize)}` }),
  )));
}

function size(bytes) {
  if (!Number.isFinite(bytes)) return "";
  if (bytes < KILOBYTE) return `${bytes} B`;
  return bytes < KILOBYTE * KILOBYTE
    ? `${Math.round(bytes / KILOBYTE)} KB`
    : `${(bytes / KILOBYTE / KILOBYTE).toFixed(1)} MB`;
}

function linkList(mappings) {
  if (mappings.refused) return note(`The links cannot be read: ${mappings.refused}`);
  if (mappings.length === 0) {
    return note("The CRM keeps no link of its own for this activity. The Console shows which mailbox items it belongs to.");
  }
  return make("ul", { class: "files" }, ...mappings.map((one) => make(
    "li",
    {},
    make("span", { text: one.itemsubject || "Mailbox item " }),
    make("code", { text: one.exchangeentryid }),
    make("p", { class: "quiet" }, linkWords(one), " ", moment(one.createdon)),
  )));
}

function linkWords(one) {
  const words = [one.isunlinkedincrm ? "Unlinked." : "Linked."];
  if (one.isdeletedinexchange) words.push("Deleted in the mailbox.");
  if (one.lastsyncerror) words.push(one.lastsyncerror);
  return words.join(" ");
}

/** What can be done with an activity: a task or appointment that is not over can be completed. */
function commands(name, row, table, reload) {
  const isOver = row.statecode !== OPEN && row.statecode !== SCHEDULED;
  if (!COMPLETED[name] || isOver) return make("span");
  const complete = make("button", { type: "button", text: "Mark complete" });
  complete.addEventListener("click", async () => {
    complete.disabled = true;
    try {
      await change(`${table.set}(${row[table.key]})`, { statecode: COMPLETE, statuscode: COMPLETED[name] });
      say("Completed.", true);
      reload();
    } catch (error) {
      complete.disabled = false;
      say(`It could not be completed: ${error.message}`, true);
    }
  });
  return make("p", { class: "actions" }, complete);
}
