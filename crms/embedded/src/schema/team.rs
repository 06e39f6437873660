//! Table `team`.

use super::column::{bigint, flag, guid, instant, key, lookup, memo, options, text, to};
use super::table::{Ownership, Table};

pub(super) static TABLE: Table = Table {
    logical: "team",
    schema: "Team",
    set: "teams",
    key: "teamid",
    name: Some("name"),
    type_code: 9,
    is_activity: false,
    ownership: Ownership::BusinessUnit,
    privilege: Some("Team"),
    alternate_keys: &[&["azureactivedirectoryobjectid"]],
    address_columns: &["emailaddress"],
    is_view: false,
    columns: &[
        lookup("administratorid", "AdministratorId", &[to("systemuser", "administratorid")]),
        guid("azureactivedirectoryobjectid", "AzureActiveDirectoryObjectId"),
        lookup("businessunitid", "BusinessUnitId", &[to("businessunit", "businessunitid")]),
        lookup("createdby", "CreatedBy", &[to("systemuser", "createdby")]).read_only(),
        instant("createdon", "CreatedOn").read_only(),
        lookup("createdonbehalfby", "CreatedOnBehalfBy", &[to("systemuser", "createdonbehalfby")])
            .read_only(),
        memo("description", "Description", 2000),
        text("emailaddress", "EMailAddress", 100),
        flag("isdefault", "IsDefault", false).read_only(),
        flag("issastokenset", "IsSasTokenSet", false).read_only(),
        options(
            "membershiptype",
            "MembershipType",
            &[(0, "Members and guests"), (1, "Members"), (2, "Owners"), (3, "Guests")],
        ),
        lookup("modifiedby", "ModifiedBy", &[to("systemuser", "modifiedby")]).read_only(),
        instant("modifiedon", "ModifiedOn").read_only(),
        lookup(
            "modifiedonbehalfby",
            "ModifiedOnBehalfBy",
            &[to("systemuser", "modifiedonbehalfby")],
        )
        .read_only(),
        text("name", "Name", 160).required(),
        guid("organizationid", "OrganizationId").read_only(),
        instant("overriddencreatedon", "OverriddenCreatedOn"),
        lookup("queueid", "QueueId", &[to("queue", "queueid")]),
        lookup(
            "regardingobjectid",
            "RegardingObjectId",
            &[to("opportunity", "regardingobjectid_opportunity")],
        ),
        text("sastoken", "SasToken", 50).read_only(),
        text("sharelinkqualifier", "ShareLinkQualifier", 1250).read_only(),
        flag("systemmanaged", "SystemManaged", false).read_only(),
        key("teamid", "TeamId"),
        options(
            "teamtype",
            "TeamType",
            &[(0, "Owner"), (1, "Access"), (2, "Security Group"), (3, "Office Group")],
        ),
        bigint("versionnumber", "VersionNumber").read_only(),
    ],
};
