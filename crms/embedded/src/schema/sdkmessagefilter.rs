//! Table `sdkmessagefilter`.

use super::column::{
    bigint, entity_name, flag, guid, instant, int, key, lookup, named_flag, range, text, to,
};
use super::table::{Ownership, Table};

pub(super) static TABLE: Table = Table {
    logical: "sdkmessagefilter",
    schema: "SdkMessageFilter",
    set: "sdkmessagefilters",
    key: "sdkmessagefilterid",
    name: Some("name"),
    type_code: 4607,
    is_activity: false,
    ownership: Ownership::Organization,
    privilege: Some("SdkMessage"),
    alternate_keys: &[],
    address_columns: &[],
    is_view: false,
    columns: &[
        int("availability", "Availability"),
        lookup("createdby", "CreatedBy", &[to("systemuser", "createdby")]).read_only(),
        instant("createdon", "CreatedOn").read_only(),
        flag("iscustomprocessingstepallowed", "IsCustomProcessingStepAllowed", false),
        named_flag("ismanaged", "IsManaged", false, ["Unmanaged", "Managed"]).read_only(),
        flag("isvisible", "IsVisible", false).read_only(),
        lookup("modifiedby", "ModifiedBy", &[to("systemuser", "modifiedby")]).read_only(),
        instant("modifiedon", "ModifiedOn").read_only(),
        text("name", "Name", 256),
        lookup("organizationid", "OrganizationId", &[to("organization", "organizationid")])
            .read_only(),
        entity_name("primaryobjecttypecode", "PrimaryObjectTypeCode").read_only(),
        range("restrictionlevel", "RestrictionLevel", 0, 255),
        key("sdkmessagefilterid", "SdkMessageFilterId"),
        guid("sdkmessagefilteridunique", "SdkMessageFilterIdUnique").read_only(),
        lookup("sdkmessageid", "SdkMessageId", &[to("sdkmessage", "sdkmessageid")]).required(),
        entity_name("secondaryobjecttypecode", "SecondaryObjectTypeCode").read_only(),
        bigint("versionnumber", "VersionNumber").read_only(),
        flag("workflowsdkstepenabled", "WorkflowSdkStepEnabled", false).read_only(),
    ],
};
