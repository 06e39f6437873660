// The tables of the CRM that the pages show: their names, columns and where they are listed.

/**
 * A column: its name in the Web API, its heading, and how it is shown: `choice` (the words of an
 * option), `table` (what its rows are called), `instant`, `lookup`, `direction`; as text if nothing
 * is said, and with more room as `mail`, `wide` or `long`.
 * @typedef {[name: string, heading: string, kind?: string]} Column
 *
 * @typedef {object} Table
 * @property {string} set the entity set
 * @property {string} key the primary key
 * @property {string} name the primary name
 * @property {string} one what people call a row
 * @property {string} many what people call the rows
 * @property {Column[]} columns the columns of its list
 * @property {Column[]} fields what its page shows
 * @property {string[]} search the columns that the search looks into
 * @property {string} order how its list is sorted at first
 * @property {boolean} [isActivity]
 * @property {boolean} [isUser] users have neither owner nor state
 * @property {string} [parties] the navigation to the parties of an activity
 */

const OWNER = ["_ownerid_value", "Owner", "lookup"];
const CREATED = ["createdon", "Created", "instant"];
const HISTORY = [CREATED, ["_createdby_value", "Created by", "lookup"], ["modifiedon", "Modified", "instant"]];
const STATUS = ["statuscode", "Status reason", "choice"];
const STATE = ["statecode", "Status", "choice"];
const REGARDING = ["_regardingobjectid_value", "Regarding", "lookup"];
const MEETING = [
  ["scheduledstart", "Start", "instant"],
  ["scheduledend", "End", "instant"],
  ["location", "Location"],
];
const MEETING_FIELDS = [
  ...MEETING,
  ["isalldayevent", "All day", "choice"],
  ["instancetypecode", "Kind", "choice"],
  ["prioritycode", "Priority", "choice"],
];

const activity = (table) => ({
  key: "activityid",
  name: "subject",
  search: ["subject"],
  order: "createdon desc",
  isActivity: true,
  ...table,
});

const record = (table) => ({ name: "name", order: `${table.name ?? "name"} asc`, ...table });

/** @type {Record<string, Table>} */
export const TABLES = {
  account: record({
    set: "accounts", key: "accountid", one: "Account", many: "Accounts",
    search: ["name", "emailaddress1", "accountnumber", "address1_city"],
    columns: [["name", "Name"], ["accountnumber", "Number"], ["emailaddress1", "Email", "mail"], ["address1_city", "City"]],
    fields: [
      ["accountnumber", "Number"], ["emailaddress1", "Email", "mail"], ["telephone1", "Telephone"],
      ["websiteurl", "Website"], ["address1_city", "City"], ["_primarycontactid_value", "Primary contact", "lookup"],
      ["description", "Description", "long"],
    ],
  }),
  contact: record({
    set: "contacts", key: "contactid", name: "fullname", one: "Contact", many: "Contacts",
    search: ["fullname", "emailaddress1", "jobtitle"],
    columns: [["fullname", "Name"], ["_parentcustomerid_value", "Company", "lookup"], ["jobtitle", "Job title"], ["emailaddress1", "Email", "mail"]],
    fields: [
      ["jobtitle", "Job title"], ["_parentcustomerid_value", "Company", "lookup"], ["emailaddress1", "Email", "mail"],
      ["emailaddress2", "Email 2", "mail"], ["telephone1", "Telephone"], ["mobilephone", "Mobile"],
    ],
  }),
  opportunity: record({
    set: "opportunities", key: "opportunityid", one: "Opportunity", many: "Opportunities",
    search: ["name"],
    columns: [["name", "Topic"], ["_customerid_value", "Customer", "lookup"], ["estimatedvalue", "Value", "choice"], STATUS],
    fields: [
      ["_customerid_value", "Customer", "lookup"], ["estimatedvalue", "Estimated value", "choice"],
      ["estimatedclosedate", "Estimated close", "instant"], ["description", "Description", "long"],
    ],
  }),
  lead: record({
    set: "leads", key: "leadid", name: "fullname", one: "Lead", many: "Leads",
    search: ["fullname", "companyname", "subject", "emailaddress1"],
    columns: [["fullname", "Name"], ["companyname", "Company"], ["subject", "Topic"], ["emailaddress1", "Email", "mail"]],
    fields: [["subject", "Topic"], ["companyname", "Company"], ["emailaddress1", "Email", "mail"], ["leadsourcecode", "Source", "choice"]],
  }),
  incident: record({
    set: "incidents", key: "incidentid", name: "title", one: "Case", many: "Cases",
    search: ["title", "ticketnumber"],
    columns: [["title", "Title"], ["_customerid_value", "Customer", "lookup"], ["prioritycode", "Priority", "choice"], STATUS],
    fields: [
      ["ticketnumber", "Number"], ["_customerid_value", "Customer", "lookup"], ["prioritycode", "Priority", "choice"],
      ["caseorigincode", "Origin", "choice"], ["description", "Description", "long"],
    ],
  }),
  queue: record({
    set: "queues", key: "queueid", one: "Queue", many: "Queues",
    search: ["name", "emailaddress"],
    columns: [["name", "Name"], ["emailaddress", "Email", "mail"], ["queueviewtype", "Kind", "choice"], OWNER],
    fields: [
      ["emailaddress", "Email", "mail"], ["queueviewtype", "Kind", "choice"], ["_defaultmailbox_value", "Mailbox", "lookup"],
      ["incomingemailfilteringmethod", "Takes in", "choice"],
    ],
  }),
  systemuser: record({
    set: "systemusers", key: "systemuserid", name: "fullname", one: "User", many: "Users",
    search: ["fullname", "internalemailaddress"],
    columns: [
      ["fullname", "Name"], ["internalemailaddress", "Email", "mail"],
      ["_businessunitid_value", "Business unit", "lookup"], ["isdisabled", "Disabled", "choice"],
    ],
    fields: [
      ["internalemailaddress", "Email", "mail"], ["title", "Title"],
      ["_businessunitid_value", "Business unit", "lookup"], ["isdisabled", "Disabled", "choice"],
    ],
    isUser: true,
  }),
  activitypointer: activity({
    set: "activitypointers", one: "Activity", many: "Activities",
    columns: [["subject", "Subject"], ["activitytypecode", "Kind", "table"], REGARDING, STATE, OWNER, CREATED],
    fields: [],
  }),
  email: activity({
    set: "emails", one: "Email", many: "Emails", parties: "email_activity_parties",
    search: ["subject", "sender"],
    columns: [["subject", "Subject"], ["sender", "From"], REGARDING, STATUS, ["senton", "Sent", "instant"], CREATED],
    fields: [
      ["directioncode", "Direction", "direction"], ["senton", "Sent", "instant"], ["prioritycode", "Priority", "choice"],
      ["messageid", "Message-ID", "wide"], ["inreplyto", "In reply to", "wide"], ["correlationmethod", "Correlated by", "choice"],
      ["_receivingmailboxid_value", "Received by mailbox", "lookup"], ["_sendermailboxid_value", "Sent by mailbox", "lookup"],
    ],
  }),
  appointment: activity({
    set: "appointments", one: "Appointment", many: "Appointments", parties: "appointment_activity_parties",
    search: ["subject", "location"],
    columns: [["subject", "Subject"], ...MEETING.slice(0, 2), REGARDING, STATUS, CREATED],
    fields: [...MEETING_FIELDS, ["originalstartdate", "Originally at", "instant"]],
  }),
  recurringappointmentmaster: activity({
    set: "recurringappointmentmasters", one: "Series", many: "Series", parties: "recurringappointmentmaster_activity_parties",
    columns: [
      ["subject", "Subject"], ["effectivestartdate", "From", "instant"], ["effectiveenddate", "Until", "instant"],
      REGARDING, STATUS, CREATED,
    ],
    fields: [
      ["effectivestartdate", "From", "instant"], ["effectiveenddate", "Until", "instant"], ["starttime", "First start", "instant"],
      ["recurrencepatterntype", "Repeats", "choice"], ["location", "Location"],
    ],
  }),
  task: activity({
    set: "tasks", one: "Task", many: "Tasks", parties: "task_activity_parties",
    columns: [["subject", "Subject"], ["scheduledend", "Due", "instant"], ["percentcomplete", "Done %"], REGARDING, STATUS, CREATED],
    fields: [
      ["scheduledstart", "Start", "instant"], ["scheduledend", "Due", "instant"], ["percentcomplete", "Done %"],
      ["actualend", "Completed", "instant"], ["prioritycode", "Priority", "choice"],
    ],
  }),
};

/** The groups of the navigation. */
export const GROUPS = [
  ["Customers", ["account", "contact", "lead"]],
  ["Work", ["opportunity", "incident"]],
  ["Activities", ["activitypointer", "email", "appointment", "recurringappointmentmaster", "task"]],
  ["Service", ["queue", "systemuser"]],
];

/** The columns that every page of a record ends with. */
export function commonFields(table) {
  return table.isUser ? [CREATED, HISTORY[2]] : [OWNER, STATE, STATUS, ...HISTORY];
}

/** A table by its logical name; nothing that every object has by birth is one. */
export const tableOf = (name) => (Object.hasOwn(TABLES, name) ? TABLES[name] : null);
