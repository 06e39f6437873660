//! Table `role`.

use super::column::{bigint, guid, instant, key, lookup, memo, named_flag, options, text, to};
use super::table::{Ownership, Table};

pub(super) static TABLE: Table = Table {
    logical: "role",
    schema: "Role",
    set: "roles",
    key: "roleid",
    name: Some("name"),
    type_code: 1036,
    is_activity: false,
    ownership: Ownership::BusinessUnit,
    privilege: Some("Role"),
    alternate_keys: &[],
    address_columns: &[],
    is_view: false,
    columns: &[
        text("appliesto", "AppliesTo", 2000),
        lookup("businessunitid", "BusinessUnitId", &[to("businessunit", "businessunitid")]),
        lookup("createdby", "CreatedBy", &[to("systemuser", "createdby")]).read_only(),
        instant("createdon", "CreatedOn").read_only(),
        lookup("createdonbehalfby", "CreatedOnBehalfBy", &[to("systemuser", "createdonbehalfby")])
            .read_only(),
        text("description", "Description", 2000),
        options("isautoassigned", "IsAutoAssigned", &[(0, "No"), (1, "Yes")]),
        options(
            "isinherited",
            "IsInherited",
            &[
                (0, "Team privileges only"),
                (1, "Direct User (Basic) access level and Team privileges"),
            ],
        ),
        named_flag("ismanaged", "IsManaged", false, ["Unmanaged", "Managed"]).read_only(),
        lookup("modifiedby", "ModifiedBy", &[to("systemuser", "modifiedby")]).read_only(),
        instant("modifiedon", "ModifiedOn").read_only(),
        lookup(
            "modifiedonbehalfby",
            "ModifiedOnBehalfBy",
            &[to("systemuser", "modifiedonbehalfby")],
        )
        .read_only(),
        text("name", "Name", 100).required(),
        guid("organizationid", "OrganizationId").read_only(),
        instant("overriddencreatedon", "OverriddenCreatedOn"),
        lookup("parentroleid", "ParentRoleId", &[to("role", "parentroleid")]).read_only(),
        lookup("parentrootroleid", "ParentRootRoleId", &[to("role", "parentrootroleid")])
            .read_only(),
        key("roleid", "RoleId"),
        guid("roleidunique", "RoleIdUnique").read_only(),
        memo("summaryofcoretablepermissions", "SummaryofCoreTablePermissions", 2000),
        bigint("versionnumber", "VersionNumber").read_only(),
    ],
};
