//! Table `emailsearch`.

use super::column::{bigint, key, lookup, text, to};
use super::table::{Ownership, Table};

pub(super) static TABLE: Table = Table {
    logical: "emailsearch",
    schema: "EmailSearch",
    set: "emailsearches",
    key: "emailsearchid",
    name: None,
    type_code: 4299,
    is_activity: false,
    ownership: Ownership::Organization,
    privilege: None,
    alternate_keys: &[],
    address_columns: &[],
    is_view: false,
    columns: &[
        text("emailaddress", "EmailAddress", 100),
        key("emailsearchid", "EmailSearchId"),
        lookup(
            "parentobjectid",
            "ParentObjectId",
            &[
                to("account", "parentobjectid_account"),
                to("businessunit", "parentobjectid_businessunit"),
                to("contact", "parentobjectid_contact"),
                to("incident", "parentobjectid_incident"),
                to("lead", "parentobjectid_lead"),
                to("opportunity", "parentobjectid_opportunity"),
                to("queue", "parentobjectid_queue"),
                to("systemuser", "parentobjectid_systemuser"),
                to("team", "parentobjectid_team"),
            ],
        ),
        bigint("versionnumber", "VersionNumber").read_only(),
    ],
};
