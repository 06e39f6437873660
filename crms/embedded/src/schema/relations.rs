//! All collection navigations.

use super::relation::{Relation, Tie};

const fn many(
    from: &'static str,
    name: &'static str,
    to: &'static str,
    lookup: &'static str,
) -> Relation {
    Relation { name, from, to, tie: Tie::Lookup(lookup) }
}

const fn between(
    from: &'static str,
    name: &'static str,
    to: &'static str,
    table: &'static str,
    near: &'static str,
    far: &'static str,
) -> Relation {
    Relation { name, from, to, tie: Tie::Intersect { table, near, far } }
}

/// All collection navigations, grouped by the table they start from.
pub static RELATIONS: &[Relation] = &[
    many("account", "Account_ActivityPointers", "activitypointer", "regardingobjectid"),
    many("account", "Account_Appointments", "appointment", "regardingobjectid"),
    many("account", "Account_Emails", "email", "regardingobjectid"),
    many(
        "account",
        "Account_RecurringAppointmentMasters",
        "recurringappointmentmaster",
        "regardingobjectid",
    ),
    many("account", "Account_Tasks", "task", "regardingobjectid"),
    many("account", "account_activity_parties", "activityparty", "partyid"),
    many("account", "account_parent_account", "account", "parentaccountid"),
    many("account", "contact_customer_accounts", "contact", "parentcustomerid"),
    many("account", "incident_customer_accounts", "incident", "customerid"),
    many("account", "opportunity_customer_accounts", "opportunity", "customerid"),
    many(
        "activitypointer",
        "activity_pointer_activity_mime_attachment",
        "activitymimeattachment",
        "objectid",
    ),
    many("activitypointer", "activitypointer_activity_parties", "activityparty", "activityid"),
    many(
        "appointment",
        "appointment_activity_mime_attachment",
        "activitymimeattachment",
        "objectid",
    ),
    many("appointment", "appointment_activity_parties", "activityparty", "activityid"),
    many(
        "businessunit",
        "business_unit_parent_business_unit",
        "businessunit",
        "parentbusinessunitid",
    ),
    many("businessunit", "business_unit_roles", "role", "businessunitid"),
    many("businessunit", "business_unit_system_users", "systemuser", "businessunitid"),
    many("businessunit", "business_unit_teams", "team", "businessunitid"),
    many("contact", "Contact_ActivityPointers", "activitypointer", "regardingobjectid"),
    many("contact", "Contact_Appointments", "appointment", "regardingobjectid"),
    many("contact", "Contact_Emails", "email", "regardingobjectid"),
    many(
        "contact",
        "Contact_RecurringAppointmentMasters",
        "recurringappointmentmaster",
        "regardingobjectid",
    ),
    many("contact", "Contact_Tasks", "task", "regardingobjectid"),
    many("contact", "account_primary_contact", "account", "primarycontactid"),
    many("contact", "contact_activity_parties", "activityparty", "partyid"),
    many("contact", "contact_customer_contacts", "contact", "parentcustomerid"),
    many("contact", "incident_customer_contacts", "incident", "customerid"),
    many("contact", "opportunity_customer_contacts", "opportunity", "customerid"),
    many("email", "email_QueueItem", "queueitem", "objectid"),
    many("email", "email_activity_mime_attachment", "activitymimeattachment", "objectid"),
    many("email", "email_activity_parties", "activityparty", "activityid"),
    many("emailserverprofile", "TraceLog_EmailServerProfile", "tracelog", "regardingobjectid"),
    many("emailserverprofile", "emailserverprofile_mailbox", "mailbox", "emailserverprofile"),
    many("incident", "Incident_ActivityPointers", "activitypointer", "regardingobjectid"),
    many("incident", "Incident_Appointments", "appointment", "regardingobjectid"),
    many("incident", "Incident_Emails", "email", "regardingobjectid"),
    many(
        "incident",
        "Incident_RecurringAppointmentMasters",
        "recurringappointmentmaster",
        "regardingobjectid",
    ),
    many("incident", "Incident_Tasks", "task", "regardingobjectid"),
    many("lead", "Lead_ActivityPointers", "activitypointer", "regardingobjectid"),
    many("lead", "Lead_Appointments", "appointment", "regardingobjectid"),
    many("lead", "Lead_Emails", "email", "regardingobjectid"),
    many(
        "lead",
        "Lead_RecurringAppointmentMasters",
        "recurringappointmentmaster",
        "regardingobjectid",
    ),
    many("lead", "Lead_Tasks", "task", "regardingobjectid"),
    many("lead", "lead_activity_parties", "activityparty", "partyid"),
    many("mailbox", "mailbox_mailboxtrackingcategory", "mailboxtrackingcategory", "mailboxid"),
    many("mailbox", "tracelog_Mailbox", "tracelog", "regardingobjectid"),
    many("opportunity", "Opportunity_ActivityPointers", "activitypointer", "regardingobjectid"),
    many("opportunity", "Opportunity_Appointments", "appointment", "regardingobjectid"),
    many("opportunity", "Opportunity_Emails", "email", "regardingobjectid"),
    many(
        "opportunity",
        "Opportunity_RecurringAppointmentMasters",
        "recurringappointmentmaster",
        "regardingobjectid",
    ),
    many("opportunity", "Opportunity_Tasks", "task", "regardingobjectid"),
    many("opportunity", "opportunity_activity_parties", "activityparty", "partyid"),
    many("queue", "mailbox_regarding_queue", "mailbox", "regardingobjectid"),
    many("queue", "queue_activity_parties", "activityparty", "partyid"),
    many("queue", "queue_entries", "queueitem", "queueid"),
    between(
        "queue",
        "queuemembership_association",
        "systemuser",
        "queuemembership",
        "queueid",
        "systemuserid",
    ),
    many(
        "recurringappointmentmaster",
        "recurringappointmentmaster_activity_parties",
        "activityparty",
        "activityid",
    ),
    between(
        "privilege",
        "roleprivileges_association",
        "role",
        "roleprivileges",
        "privilegeid",
        "roleid",
    ),
    between(
        "role",
        "roleprivileges_association",
        "privilege",
        "roleprivileges",
        "roleid",
        "privilegeid",
    ),
    between(
        "role",
        "systemuserroles_association",
        "systemuser",
        "systemuserroles",
        "roleid",
        "systemuserid",
    ),
    between("role", "teamroles_association", "team", "teamroles", "roleid", "teamid"),
    many("sdkmessage", "sdkmessageid_sdkmessagefilter", "sdkmessagefilter", "sdkmessageid"),
    many(
        "sdkmessage",
        "sdkmessageid_sdkmessageprocessingstep",
        "sdkmessageprocessingstep",
        "sdkmessageid",
    ),
    many(
        "sdkmessagefilter",
        "sdkmessagefilterid_sdkmessageprocessingstep",
        "sdkmessageprocessingstep",
        "sdkmessagefilterid",
    ),
    many(
        "serviceendpoint",
        "serviceendpoint_sdkmessageprocessingstep",
        "sdkmessageprocessingstep",
        "eventhandler",
    ),
    many("systemuser", "mailbox_regarding_systemuser", "mailbox", "regardingobjectid"),
    between(
        "systemuser",
        "queuemembership_association",
        "queue",
        "queuemembership",
        "systemuserid",
        "queueid",
    ),
    many("systemuser", "system_user_activity_parties", "activityparty", "partyid"),
    between(
        "systemuser",
        "systemuserroles_association",
        "role",
        "systemuserroles",
        "systemuserid",
        "roleid",
    ),
    between(
        "systemuser",
        "teammembership_association",
        "team",
        "teammembership",
        "systemuserid",
        "teamid",
    ),
    many("systemuser", "user_parent_user", "systemuser", "parentsystemuserid"),
    many("task", "task_activity_parties", "activityparty", "activityid"),
    between(
        "team",
        "teammembership_association",
        "systemuser",
        "teammembership",
        "teamid",
        "systemuserid",
    ),
    between("team", "teamroles_association", "role", "teamroles", "teamid", "roleid"),
];

/// The collection navigations that start from `table`.
pub fn relations(table: &str) -> impl Iterator<Item = &'static Relation> {
    let table = table.to_owned();
    RELATIONS.iter().filter(move |relation| relation.from == table)
}

/// The collection navigation `name` of `table`.
pub fn relation(table: &str, name: &str) -> Option<&'static Relation> {
    RELATIONS.iter().find(|relation| relation.from == table && relation.name == name)
}
