//! Table `activitypointer`.

use super::column::{
    bigint, entity_name, flag, guid, instant, int, key, lookup, memo, options, state, status, text,
    to,
};
use super::table::{Ownership, Table};

pub(super) static TABLE: Table = Table {
    logical: "activitypointer",
    schema: "ActivityPointer",
    set: "activitypointers",
    key: "activityid",
    name: Some("subject"),
    type_code: 4200,
    is_activity: true,
    ownership: Ownership::User,
    privilege: Some("Activity"),
    alternate_keys: &[],
    address_columns: &[],
    is_view: true,
    columns: &[
        memo("activityadditionalparams", "ActivityAdditionalParams", 8192),
        key("activityid", "ActivityId"),
        entity_name("activitytypecode", "ActivityTypeCode").read_only(),
        int("actualdurationminutes", "ActualDurationMinutes"),
        instant("actualend", "ActualEnd"),
        instant("actualstart", "ActualStart"),
        lookup("createdby", "CreatedBy", &[to("systemuser", "createdby")]).read_only(),
        instant("createdon", "CreatedOn").read_only(),
        lookup("createdonbehalfby", "CreatedOnBehalfBy", &[to("systemuser", "createdonbehalfby")])
            .read_only(),
        instant("deliverylastattemptedon", "DeliveryLastAttemptedOn").read_only(),
        options(
            "deliveryprioritycode",
            "DeliveryPriorityCode",
            &[(0, "Low"), (1, "Normal"), (2, "High")],
        ),
        memo("description", "Description", 2000),
        text("exchangeitemid", "ExchangeItemId", 200),
        text("exchangeweblink", "ExchangeWebLink", 1250),
        instant("formattedscheduledend", "FormattedScheduledEnd").read_only(),
        instant("formattedscheduledstart", "FormattedScheduledStart").read_only(),
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
        flag("isbilled", "IsBilled", false),
        flag("ismapiprivate", "IsMapiPrivate", false),
        flag("isregularactivity", "IsRegularActivity", true).read_only(),
        flag("isworkflowcreated", "IsWorkflowCreated", false),
        flag("leftvoicemail", "LeftVoiceMail", false),
        lookup("modifiedby", "ModifiedBy", &[to("systemuser", "modifiedby")]).read_only(),
        instant("modifiedon", "ModifiedOn").read_only(),
        lookup(
            "modifiedonbehalfby",
            "ModifiedOnBehalfBy",
            &[to("systemuser", "modifiedonbehalfby")],
        )
        .read_only(),
        lookup("ownerid", "OwnerId", &[to("systemuser", "ownerid"), to("team", "ownerid")]),
        lookup(
            "owningbusinessunit",
            "OwningBusinessUnit",
            &[to("businessunit", "owningbusinessunit")],
        )
        .read_only(),
        instant("postponeactivityprocessinguntil", "PostponeActivityProcessingUntil").read_only(),
        options("prioritycode", "PriorityCode", &[(0, "Low"), (1, "Normal"), (2, "High")]),
        lookup(
            "regardingobjectid",
            "RegardingObjectId",
            &[
                to("account", "regardingobjectid_account"),
                to("contact", "regardingobjectid_contact"),
                to("incident", "regardingobjectid_incident"),
                to("lead", "regardingobjectid_lead"),
                to("opportunity", "regardingobjectid_opportunity"),
            ],
        ),
        int("scheduleddurationminutes", "ScheduledDurationMinutes"),
        instant("scheduledend", "ScheduledEnd"),
        instant("scheduledstart", "ScheduledStart"),
        lookup("sendermailboxid", "SenderMailboxId", &[to("mailbox", "sendermailboxid")])
            .read_only(),
        instant("senton", "SentOn").read_only(),
        guid("seriesid", "SeriesId").read_only(),
        instant("sortdate", "SortDate"),
        state(&[(0, "Open"), (1, "Completed"), (2, "Canceled"), (3, "Scheduled")]),
        status(&[(1, "Open", 0), (2, "Completed", 1), (3, "Canceled", 2), (4, "Scheduled", 3)]),
        text("subject", "Subject", 400),
        bigint("versionnumber", "VersionNumber").read_only(),
    ],
};
