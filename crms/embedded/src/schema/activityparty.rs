//! Table `activityparty`.

use super::column::{
    bigint, decimal, flag, guid, instant, key, lookup, named_flag, options, range, text, to,
};
use super::table::{Ownership, Table};

pub(super) static TABLE: Table = Table {
    logical: "activityparty",
    schema: "ActivityParty",
    set: "activityparties",
    key: "activitypartyid",
    name: None,
    type_code: 135,
    is_activity: false,
    ownership: Ownership::User,
    privilege: Some("Activity"),
    alternate_keys: &[],
    address_columns: &[],
    is_view: false,
    columns: &[
        lookup("activityid", "ActivityId", &[to("activitypointer", "activityid")]),
        key("activitypartyid", "ActivityPartyId"),
        text("addressused", "AddressUsed", 320),
        range("addressusedemailcolumnnumber", "AddressUsedEmailColumnNumber", 1, 2147483647)
            .read_only(),
        named_flag("donotemail", "DoNotEmail", false, ["Allow", "Do Not Allow"]).read_only(),
        named_flag("donotfax", "DoNotFax", false, ["Allow", "Do Not Allow"]).read_only(),
        named_flag("donotphone", "DoNotPhone", false, ["Allow", "Do Not Allow"]).read_only(),
        named_flag("donotpostalmail", "DoNotPostalMail", false, ["Allow", "Do Not Allow"])
            .read_only(),
        decimal("effort", "Effort"),
        text("exchangeentryid", "ExchangeEntryId", 1024),
        text("externalid", "ExternalId", 200),
        text("externalidtype", "ExternalIdType", 200),
        options(
            "instancetypecode",
            "InstanceTypeCode",
            &[
                (0, "Not Recurring"),
                (1, "Recurring Master"),
                (2, "Recurring Instance"),
                (3, "Recurring Exception"),
                (4, "Recurring Future Exception"),
            ],
        )
        .read_only(),
        flag("ispartydeleted", "IsPartyDeleted", false).read_only(),
        lookup("ownerid", "OwnerId", &[to("systemuser", "ownerid"), to("team", "ownerid")])
            .read_only(),
        guid("owningbusinessunit", "OwningBusinessUnit").read_only(),
        options(
            "participationtypemask",
            "ParticipationTypeMask",
            &[
                (1, "Sender"),
                (2, "To Recipient"),
                (3, "CC Recipient"),
                (4, "BCC Recipient"),
                (5, "Required attendee"),
                (6, "Optional attendee"),
                (7, "Organizer"),
                (8, "Regarding"),
                (9, "Owner"),
                (10, "Resource"),
                (11, "Customer"),
                (12, "Chat Participant"),
                (13, "Related"),
            ],
        )
        .required(),
        lookup(
            "partyid",
            "PartyId",
            &[
                to("account", "partyid_account"),
                to("contact", "partyid_contact"),
                to("incident", "partyid_incident"),
                to("lead", "partyid_lead"),
                to("opportunity", "partyid_opportunity"),
                to("queue", "partyid_queue"),
                to("systemuser", "partyid_systemuser"),
            ],
        ),
        instant("scheduledend", "ScheduledEnd").read_only(),
        instant("scheduledstart", "ScheduledStart").read_only(),
        text("unresolvedpartyname", "UnresolvedPartyName", 200),
        bigint("versionnumber", "VersionNumber").read_only(),
    ],
};
