//! Table `systemuserroles`.

use super::column::{bigint, guid, key};
use super::table::{Ownership, Table};

pub(super) static TABLE: Table = Table {
    logical: "systemuserroles",
    schema: "SystemUserRoles",
    set: "systemuserrolescollection",
    key: "systemuserroleid",
    name: None,
    type_code: 15,
    is_activity: false,
    ownership: Ownership::Organization,
    privilege: Some("Role"),
    alternate_keys: &[],
    address_columns: &[],
    is_view: false,
    columns: &[
        guid("roleid", "RoleId").read_only(),
        guid("systemuserid", "SystemUserId").read_only(),
        key("systemuserroleid", "SystemUserRoleId"),
        bigint("versionnumber", "VersionNumber").read_only(),
    ],
};
