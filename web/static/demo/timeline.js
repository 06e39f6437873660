// The latest records of the CRM with who takes part in them.

import { by, keyed, make, moment } from "/assets/common/dom.js";

/** What people call the tables of the CRM. */
const TABLES = { systemuser: "user", incident: "case" };

let isReady = false;

/** Draws the records; one that was not there before slides in. */
export function drawTimeline(records) {
  const known = new Set([...by("timeline").children].map((item) => item.dataset.key));
  keyed(by("timeline"), records, (record) => record.id, (item, record) => drawCard(item, record, !known.has(record.id)));
  by("timeline-empty").hidden = records.length > 0;
  by("timeline-empty").textContent = "No record yet. Assign the category to an entry of the mailbox.";
  isReady = true;
}

function drawCard(item, record, isNew) {
  item.className = isNew && isReady ? "card fresh" : "card";
  item.dataset.selected = String(record.isSelected);
  const about = record.regarding ? `Regarding ${record.regarding}` : "No regarding record";
  const subject = make("a", {
    class: "subject",
    href: `/crm/#activitypointer/${encodeURIComponent(record.id)}`,
    text: record.subject || "(no subject)",
  });
  item.replaceChildren(
    make("p", { class: "first" }, subject, moment(record.when)),
    ...peopleLine(record),
    make("p", { class: "quiet", text: `${record.kind} · ${about}` }),
  );
}

function peopleLine(record) {
  if (record.from.length + record.to.length === 0) return [];
  const line = make("p", { class: "quiet" }, ...people(record.from, "unknown sender"));
  if (record.to.length > 0) line.append(" → ", ...people(record.to, "nobody"));
  return [line];
}

/** The people of one role, each with what it is in the CRM. */
function people(all, nobody) {
  if (all.length === 0) return [nobody];
  return all.flatMap((person, index) => {
    const kind = TABLES[person.kind] ?? person.kind ?? "not in the CRM";
    return [index === 0 ? "" : ", ", person.name, " ", make("span", { class: "kind", text: kind })];
  });
}
