//! Table `privilege`.

use super::column::{bigint, flag, guid, int, key, named_flag, text};
use super::table::{Ownership, Table};

pub(super) static TABLE: Table = Table {
    logical: "privilege",
    schema: "Privilege",
    set: "privileges",
    key: "privilegeid",
    name: Some("name"),
    type_code: 1023,
    is_activity: false,
    ownership: Ownership::Organization,
    privilege: Some("Role"),
    alternate_keys: &[],
    address_columns: &[],
    is_view: false,
    columns: &[
        int("accessright", "AccessRight"),
        flag("canbebasic", "CanBeBasic", false),
        flag("canbedeep", "CanBeDeep", false),
        flag("canbeentityreference", "CanBeEntityReference", false),
        flag("canbeglobal", "CanBeGlobal", false),
        flag("canbelocal", "CanBeLocal", false),
        flag("canbeparententityreference", "CanBeParentEntityReference", false),
        flag("isdisabledwhenintegrated", "IsDisabledWhenIntegrated", false).read_only(),
        named_flag("ismanaged", "IsManaged", false, ["Unmanaged", "Managed"]).read_only(),
        text("name", "Name", 256),
        key("privilegeid", "PrivilegeId"),
        guid("privilegerowid", "PrivilegeRowId"),
        bigint("versionnumber", "VersionNumber").read_only(),
    ],
};
