//! Table `sdkmessage`.

use super::column::{bigint, flag, guid, instant, int, key, lookup, text, to};
use super::table::{Ownership, Table};

pub(super) static TABLE: Table = Table {
    logical: "sdkmessage",
    schema: "SdkMessage",
    set: "sdkmessages",
    key: "sdkmessageid",
    name: Some("name"),
    type_code: 4606,
    is_activity: false,
    ownership: Ownership::Organization,
    privilege: Some("SdkMessage"),
    alternate_keys: &[],
    address_columns: &[],
    is_view: false,
    columns: &[
        flag("autotransact", "AutoTransact", false),
        int("availability", "Availability"),
        text("categoryname", "CategoryName", 25),
        lookup("createdby", "CreatedBy", &[to("systemuser", "createdby")]).read_only(),
        instant("createdon", "CreatedOn").read_only(),
        flag("isactive", "IsActive", true),
        flag("isprivate", "IsPrivate", false),
        flag("isreadonly", "IsReadOnly", false),
        flag("isvalidforexecuteasync", "IsValidForExecuteAsync", false).read_only(),
        lookup("modifiedby", "ModifiedBy", &[to("systemuser", "modifiedby")]).read_only(),
        instant("modifiedon", "ModifiedOn").read_only(),
        text("name", "Name", 256).required(),
        lookup("organizationid", "OrganizationId", &[to("organization", "organizationid")])
            .read_only(),
        key("sdkmessageid", "SdkMessageId"),
        guid("sdkmessageidunique", "SdkMessageIdUnique").read_only(),
        flag("template", "Template", false),
        bigint("versionnumber", "VersionNumber").read_only(),
        flag("workflowsdkstepenabled", "WorkflowSdkStepEnabled", false).read_only(),
    ],
};
