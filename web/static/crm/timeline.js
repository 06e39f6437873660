// The activities of a record, newest first; the times of a series by their start.

import { keyed, make, moment, say } from "/assets/common/dom.js";
import { lookup, nextPath, query, read, shown } from "./client.js";
import { addressOf, icon, kindTag, recordLink, stateWords } from "./parts.js";
import { activitiesOf } from "./related.js";
import { tableOf } from "./tables.js";

const PAGE_ROWS = 20;

const SELECT = [
  "activityid", "activitytypecode", "subject", "createdon", "senton", "scheduledstart", "scheduledend", "statecode",
  "instancetypecode", "seriesid", "_regardingobjectid_value", "_ownerid_value",
].join(",");
const EXPAND = "activitypointer_activity_parties($select=participationtypemask,addressused,unresolvedpartyname,_partyid_value)";

/** The roles that a line of the timeline names, in order. */
const ROLES = [
  [[1, 7], "From"],
  [[2, 5], "To"],
  [[3, 6], "Cc"],
  [[4], "Bcc"],
];

/** The column that says when an activity was, starts or is due, and the word for it. */
const TIMES = {
  email: ["senton", "sent"],
  appointment: ["scheduledstart", "starts"],
  recurringappointmentmaster: ["scheduledstart", "first"],
  task: ["scheduledend", "due"],
};

/**
 * A timeline.
 * @param {string} table the logical name of the record's table
 * @param {string} id the record's id
 */
export function timelineOf(table, id) {
  const source = activitiesOf(table, id);
  const isSeries = table === "recurringappointmentmaster";
  const order = isSeries ? "scheduledstart asc" : "createdon desc";
  const label = isSeries ? "Times, by start" : "Activities, newest first";
  const list = make("ol", { class: "timeline", "aria-label": label });
  const empty = make("p", { class: "empty", text: "Loading …" });
  const count = make("span", { class: "quiet" });
  const more = make("button", { type: "button", text: "Show more", hidden: true, on: { click: showMore } });
  const words = isSeries ? "Times of the series" : "Timeline";
  const element = make("section", { class: "panel", "aria-label": words }, make("h3", {}, words, " ", count), empty, list, more);
  let activities = [];
  let wanted = PAGE_ROWS;
  let next = "";
  let isReady = false;

  function draw(rows, link) {
    const known = new Set(activities.map((row) => row.activityid));
    const fresh = new Set(rows.filter((row) => isReady && !known.has(row.activityid)).map((row) => row.activityid));
    const newest = rows.find((row) => fresh.has(row.activityid));
    activities = rows;
    keyed(list, rows.map((row) => ({ ...row, why: source.why(row) })), (row) => row.activityid, drawEntry);
    for (const line of list.children) line.classList.toggle("fresh", fresh.has(line.dataset.key));
    if (newest) say(`New: ${newest.subject || "an activity without a subject"}`, true);
    next = link ?? "";
    more.hidden = !next;
    empty.hidden = rows.length > 0;
    empty.textContent = "No activity yet. Track a message, appointment or task of these people in Outlook, or set its regarding to this record.";
    isReady = true;
  }

  async function showMore() {
    more.disabled = true;
    try {
      const answer = await read(nextPath(next), { rows: PAGE_ROWS });
      const rows = [...activities, ...answer.value];
      wanted = rows.length;
      isReady = false;
      draw(rows, answer["@odata.nextLink"]);
    } catch (error) {
      say(`No more could be read: ${error.message}`, true);
    } finally {
      more.disabled = false;
    }
  }

  return {
    element,
    async load(signal) {
      const filter = await source.ask(signal);
      const path = query("activitypointers", { select: SELECT, expand: EXPAND, filter, orderby: order, count: true });
      const answer = await read(path, { rows: wanted, signal });
      count.textContent = String(answer["@odata.count"] ?? answer.value.length);
      draw(answer.value, answer["@odata.nextLink"]);
    },
  };
}

function drawEntry(line, activity) {
  line.className = "entry";
  const kind = activity.activitytypecode;
  const subject = make("a", {
    class: "subject",
    href: addressOf(kind, activity.activityid),
    text: activity.subject || "(no subject)",
  });
  line.replaceChildren(
    icon(kind),
    make(
      "div",
      { class: "what" },
      make("p", { class: "first" }, subject, moment(activity.createdon)),
      partyLine(activity.activitypointer_activity_parties),
      make("p", { class: "quiet" }, kindWords(activity), ...timeParts(activity), " ", stateWords(shown(activity, "statecode"))),
      ...activity.why.map(reasonLine),
    ),
  );
}

/** When it was, starts or is due, where it says so. */
function timeParts(activity) {
  const [column, word] = TIMES[activity.activitytypecode] ?? [];
  return activity[column] ? [` · ${word} `, moment(activity[column])] : [];
}

function reasonLine({ words, record }) {
  const line = make("p", { class: "quiet", text: words });
  if (record) line.append(" ", recordLink(record), " ", kindTag(record.table));
  return line;
}

function kindWords(activity) {
  if (activity.instancetypecode === 3) return "Exception of a series";
  return tableOf(activity.activitytypecode)?.one ?? activity.activitytypecode;
}

/** Who takes part, each with what it is in the CRM. */
function partyLine(parties) {
  const line = make("p", { class: "parties" });
  for (const [masks, word] of ROLES) {
    const people = parties.filter((one) => masks.includes(one.participationtypemask));
    if (people.length === 0) continue;
    line.append(make("span", { class: "role", text: `${word} ` }));
    people.forEach((one, index) => line.append(index ? ", " : "", partyName(one), " ", partyKind(one)));
    line.append(" ");
  }
  return line.childNodes.length > 0 ? line : null;
}

/** The record that an address resolved to, or the address. */
export function partyName(party) {
  const record = lookup(party, "_partyid_value");
  return record ? recordLink(record) : make("span", { text: party.unresolvedpartyname || party.addressused || "(nobody)" });
}

/** What a party is in the CRM, in a word. */
export function partyKind(party) {
  return kindTag(lookup(party, "_partyid_value")?.table ?? "");
}
