//! Table `serviceendpoint`.

use super::column::{flag, guid, instant, key, lookup, memo, named_flag, options, text, to};
use super::table::{Ownership, Table};

pub(super) static TABLE: Table = Table {
    logical: "serviceendpoint",
    schema: "ServiceEndpoint",
    set: "serviceendpoints",
    key: "serviceendpointid",
    name: Some("name"),
    type_code: 4618,
    is_activity: false,
    ownership: Ownership::Organization,
    privilege: Some("ServiceEndpoint"),
    alternate_keys: &[],
    address_columns: &[],
    is_view: false,
    columns: &[
        options(
            "authtype",
            "AuthType",
            &[
                (1, "ACS"),
                (2, "SAS Key"),
                (3, "SAS Token"),
                (4, "Webhook Key"),
                (5, "Http Header"),
                (6, "Http Query String"),
                (7, "Connection String"),
                (8, "Access Key"),
            ],
        )
        .required(),
        text("authvalue", "AuthValue", 2048),
        options("connectionmode", "ConnectionMode", &[(1, "Normal"), (2, "Federated")]),
        options(
            "contract",
            "Contract",
            &[
                (1, "OneWay"),
                (2, "Queue"),
                (3, "Rest"),
                (4, "TwoWay"),
                (5, "Topic"),
                (6, "Queue (Persistent)"),
                (7, "Event Hub"),
                (8, "Webhook"),
                (9, "Event Grid"),
                (10, "Managed Data Lake"),
            ],
        )
        .required(),
        lookup("createdby", "CreatedBy", &[to("systemuser", "createdby")]).read_only(),
        instant("createdon", "CreatedOn").read_only(),
        lookup("createdonbehalfby", "CreatedOnBehalfBy", &[to("systemuser", "createdonbehalfby")])
            .read_only(),
        memo("description", "Description", 2000),
        flag("isauthvalueset", "IsAuthValueSet", false).read_only(),
        named_flag("ismanaged", "IsManaged", false, ["Unmanaged", "Managed"]).read_only(),
        options("messagecharset", "MessageCharset", &[(0, "Default"), (1, "UTF8")]),
        options(
            "messageformat",
            "MessageFormat",
            &[(1, "Binary XML"), (2, "Json"), (3, "Text XML")],
        ),
        lookup("modifiedby", "ModifiedBy", &[to("systemuser", "modifiedby")]).read_only(),
        instant("modifiedon", "ModifiedOn").read_only(),
        lookup(
            "modifiedonbehalfby",
            "ModifiedOnBehalfBy",
            &[to("systemuser", "modifiedonbehalfby")],
        )
        .read_only(),
        text("name", "Name", 256).required(),
        lookup("organizationid", "OrganizationId", &[to("organization", "organizationid")])
            .read_only(),
        key("serviceendpointid", "ServiceEndpointId"),
        guid("serviceendpointidunique", "ServiceEndpointIdUnique").read_only(),
        text("url", "Url", 2000).required(),
        options("userclaim", "UserClaim", &[(1, "None"), (2, "UserId"), (3, "UserInfo")]),
    ],
};
