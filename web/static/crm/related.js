// Which activities belong to a record, and why.

import { among, lookup, query, read } from "./client.js";
import { tableOf } from "./tables.js";

/** Units: milliseconds that the records around an account are believed. */
const BELIEVED_MS = 15_000;

/** Where records name the customer that they belong to. */
const BELONGINGS = [
  ["contact", "_parentcustomerid_value"],
  ["opportunity", "_customerid_value"],
  ["incident", "_customerid_value"],
];

/** The tables whose rows others belong to. */
const CUSTOMERS = new Set(["account", "contact"]);

/** The times that a series made by its pattern are on its own page alone. */
const NO_INSTANCES = "(instancetypecode eq null or instancetypecode ne 2)";

/**
 * The question for the activities of a record.
 * @returns {{ask: (signal?: AbortSignal) => Promise<string>, why: (activity: object) => object[]}} a
 *   filter for `activitypointers`, and the reasons why an activity is among the answers, each with
 *   `words` and the `record` they speak of unless it is the asked one
 */
export function activitiesOf(table, id) {
  let around = new Map();
  let askedAt = 0;

  async function ask(signal) {
    if (CUSTOMERS.has(table) && Date.now() - askedAt > BELIEVED_MS) {
      around = await belongings(id, signal);
      askedAt = Date.now();
    }
    if (table === "recurringappointmentmaster") return `seriesid eq ${id}`;
    if (table === "systemuser") return `${party([id])} and ${NO_INSTANCES}`;
    const ids = [id, ...around.keys()];
    return `(${among("regardingobjectid", ids)} or ${party(ids)}) and ${NO_INSTANCES}`;
  }

  function why(activity) {
    const reasons = [];
    const regarding = lookup(activity, "_regardingobjectid_value");
    const own = tableOf(table).one.toLowerCase();
    if (activity.seriesid === id) reasons.push({ words: "A time of this series" });
    if (regarding?.id === id) reasons.push({ words: `Regarding this ${own}` });
    else if (regarding && around.has(regarding.id)) reasons.push({ words: "Regarding", record: regarding });
    if (reasons.length > 0) return reasons;
    const people = activity.activitypointer_activity_parties.map((one) => lookup(one, "_partyid_value"));
    if (people.some((one) => one?.id === id)) return [{ words: `This ${own} takes part` }];
    const known = people.find((one) => one && around.has(one.id));
    return known ? [{ words: "Takes part:", record: known }] : [];
  }

  return { ask, why };
}

function party(ids) {
  return `activitypointer_activity_parties/any(p:${among("partyid", ids)})`;
}

/** The contacts, opportunities and cases of a customer, by id. */
async function belongings(id, signal) {
  const answers = await Promise.all(BELONGINGS.map(async ([name, column]) => {
    const table = tableOf(name);
    const answer = await read(
      query(table.set, { select: `${table.key},${table.name}`, filter: `${column} eq ${id}` }),
      { signal },
    );
    return answer.value.map((row) => [row[table.key], { table: name, id: row[table.key], name: row[table.name] }]);
  }));
  return new Map(answers.flat());
}
