//! Table `roleprivileges`.

use super::column::{bigint, guid, int, key, named_flag};
use super::table::{Ownership, Table};

pub(super) static TABLE: Table = Table {
    logical: "roleprivileges",
    schema: "RolePrivileges",
    set: "roleprivilegescollection",
    key: "roleprivilegeid",
    name: None,
    type_code: 12,
    is_activity: false,
    ownership: Ownership::Organization,
    privilege: Some("Role"),
    alternate_keys: &[],
    address_columns: &[],
    is_view: false,
    columns: &[
        named_flag("ismanaged", "IsManaged", false, ["Unmanaged", "Managed"]).read_only(),
        int("privilegedepthmask", "PrivilegeDepthMask"),
        guid("privilegeid", "PrivilegeId").read_only(),
        guid("roleid", "RoleId").read_only(),
        key("roleprivilegeid", "RolePrivilegeId"),
        guid("roleprivilegeidunique", "RolePrivilegeIdUnique").read_only(),
        bigint("versionnumber", "VersionNumber").read_only(),
    ],
};
