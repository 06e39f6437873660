//! Table `teamroles`.

use super::column::{bigint, guid, key};
use super::table::{Ownership, Table};

pub(super) static TABLE: Table = Table {
    logical: "teamroles",
    schema: "TeamRoles",
    set: "teamrolescollection",
    key: "teamroleid",
    name: None,
    type_code: 40,
    is_activity: false,
    ownership: Ownership::Organization,
    privilege: Some("Role"),
    alternate_keys: &[],
    address_columns: &[],
    is_view: false,
    columns: &[
        guid("roleid", "RoleId").read_only(),
        guid("teamid", "TeamId").read_only(),
        key("teamroleid", "TeamRoleId"),
        bigint("versionnumber", "VersionNumber").read_only(),
    ],
};
