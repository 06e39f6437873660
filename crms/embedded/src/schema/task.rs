//! Table `task`.

use super::column::{
    bigint, entity_name, flag, guid, instant, int, key, lookup, memo, options, range, state,
    status, text, to,
};
use super::table::{Ownership, Table};

pub(super) static TABLE: Table = Table {
    logical: "task",
    schema: "Task",
    set: "tasks",
    key: "activityid",
    name: Some("subject"),
    type_code: 4212,
    is_activity: true,
    ownership: Ownership::User,
    privilege: Some("Activity"),
    alternate_keys: &[],
    address_columns: &[],
    is_view: false,
    columns: &[
        memo("activityadditionalparams", "ActivityAdditionalParams", 8192),
        key("activityid", "ActivityId"),
        entity_name("activitytypecode", "ActivityTypeCode").read_only(),
        int("actualdurationminutes", "ActualDurationMinutes"),
        instant("actualend", "ActualEnd"),
        instant("actualstart", "ActualStart"),
        text("category", "Category", 250),
        lookup("createdby", "CreatedBy", &[to("systemuser", "createdby")]).read_only(),
        instant("createdon", "CreatedOn").read_only(),
        lookup("createdonbehalfby", "CreatedOnBehalfBy", &[to("systemuser", "createdonbehalfby")])
            .read_only(),
        guid("crmtaskassigneduniqueid", "CrmTaskAssignedUniqueId"),
        memo("description", "Description", 2000),
        flag("isbilled", "IsBilled", false),
        flag("isregularactivity", "IsRegularActivity", false).read_only(),
        flag("isworkflowcreated", "IsWorkflowCreated", false),
        lookup("modifiedby", "ModifiedBy", &[to("systemuser", "modifiedby")]).read_only(),
        instant("modifiedon", "ModifiedOn").read_only(),
        lookup(
            "modifiedonbehalfby",
            "ModifiedOnBehalfBy",
            &[to("systemuser", "modifiedonbehalfby")],
        )
        .read_only(),
        instant("overriddencreatedon", "OverriddenCreatedOn"),
        lookup("ownerid", "OwnerId", &[to("systemuser", "ownerid"), to("team", "ownerid")]),
        lookup(
            "owningbusinessunit",
            "OwningBusinessUnit",
            &[to("businessunit", "owningbusinessunit")],
        )
        .read_only(),
        range("percentcomplete", "PercentComplete", 0, 100),
        options("prioritycode", "PriorityCode", &[(0, "Low"), (1, "Normal"), (2, "High")]),
        lookup(
            "regardingobjectid",
            "RegardingObjectId",
            &[
                to("account", "regardingobjectid_account_task"),
                to("contact", "regardingobjectid_contact_task"),
                to("incident", "regardingobjectid_incident_task"),
                to("lead", "regardingobjectid_lead_task"),
                to("opportunity", "regardingobjectid_opportunity_task"),
            ],
        ),
        int("scheduleddurationminutes", "ScheduledDurationMinutes").read_only(),
        instant("scheduledend", "ScheduledEnd"),
        instant("scheduledstart", "ScheduledStart"),
        instant("sortdate", "SortDate"),
        state(&[(0, "Open"), (1, "Completed"), (2, "Canceled")]),
        status(&[
            (2, "Not Started", 0),
            (3, "In Progress", 0),
            (4, "Waiting on someone else", 0),
            (5, "Completed", 1),
            (6, "Canceled", 2),
            (7, "Deferred", 0),
        ]),
        text("subcategory", "Subcategory", 250),
        text("subject", "Subject", 200),
        guid("subscriptionid", "SubscriptionId"),
        bigint("versionnumber", "VersionNumber").read_only(),
    ],
};
