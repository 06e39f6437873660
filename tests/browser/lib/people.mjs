// The organization that the programs find: the one of a demo's sample, or a small one of the same
// names made here where the demo began empty.

import { anna, ben, call, clara, createRecord, deliver, eventually, support, user } from "./server.mjs";

const COLLEAGUES = [
  { mail: anna, displayName: "Anna Berger", kind: "user" },
  { mail: ben, displayName: "Ben Okafor", kind: "user" },
  { mail: clara, displayName: "Clara Novak", kind: "user" },
  { mail: support, displayName: "Lindengrove Support", kind: "shared" },
];

const ACCOUNTS = ["Harbourlight Ferries", "Quillon Instruments", "Tidewater Textiles"];

/** First name, last name, domain, and which of the accounts. */
const CONTACTS = [
  ["Maya", "Lindqvist", "harbourlight.example", 0],
  ["Rupert", "Osei", "quillon.example", 1],
  ["Sofia", "Keller", "tidewater.example", 2],
];

const MAIL = [
  ["Maya Lindqvist <maya.lindqvist@harbourlight.example>", anna, "Portal for the ferry fleet"],
  ["Sofia Keller <sofia.keller@tidewater.example>", anna, "Signed order form"],
  ["Maya Lindqvist <maya.lindqvist@harbourlight.example>", anna, "Workshop on Thursday"],
  ["Rupert Osei <rupert.osei@quillon.example>", anna, "Second site"],
  ["Rupert Osei <rupert.osei@quillon.example>", ben, "Calibration room"],
  ["Sofia Keller <sofia.keller@tidewater.example>", clara, "Twelve more seats"],
  ["Sofia Keller <sofia.keller@tidewater.example>", support, "Export stops after the first page"],
];

/** Makes the organization where it is not there. */
export async function meetPeople() {
  const { value } = await call("GET", "/graph/v1.0/users?$top=100");
  if (value.some((one) => (one.mail ?? one.userPrincipalName) === anna)) return;
  const accounts = [];
  for (const name of ACCOUNTS) accounts.push(await createRecord("accounts", { name }));
  for (const [firstname, lastname, domain, account] of CONTACTS) {
    const emailaddress1 = `${firstname}.${lastname}@${domain}`.toLowerCase();
    await createRecord("contacts", {
      firstname, lastname, emailaddress1, "parentcustomerid_account@odata.bind": `/accounts(${accounts[account]})`,
    });
  }
  await createRecord("opportunities", { name: "Service portal", "customerid_account@odata.bind": `/accounts(${accounts[0]})` });
  await createRecord("incidents", { title: "Export stops", "customerid_account@odata.bind": `/accounts(${accounts[2]})` });
  for (const one of COLLEAGUES) await call("POST", "/sandbox/v1/users", { ...one, systemUser: true });
  for (const [from, to, subject] of MAIL) await deliver({ from, to, subject });
  await call("POST", `${user(anna)}/events`, meeting("Review with Maya", 26));
  await eventually("the service of everybody", async () => {
    const { items } = await call("GET", "/api/v1/mailboxes");
    return items.filter((one) => one.standing === "ok").length >= COLLEAGUES.length;
  });
}

/** An appointment that begins in so many hours and takes one. */
export function meeting(subject, hours, more = {}) {
  const at = (plus) => ({ dateTime: new Date(Date.now() + (hours + plus) * 3_600_000).toISOString().slice(0, 19), timeZone: "UTC" });
  return { subject, start: at(0), end: at(1), ...more };
}
