//! Table `queue`.

use super::column::{
    bigint, flag, instant, int, key, lookup, memo, named_flag, options, state, status, text, to,
};
use super::table::{Ownership, Table};

pub(super) static TABLE: Table = Table {
    logical: "queue",
    schema: "Queue",
    set: "queues",
    key: "queueid",
    name: Some("name"),
    type_code: 2020,
    is_activity: false,
    ownership: Ownership::User,
    privilege: Some("Queue"),
    alternate_keys: &[],
    address_columns: &["emailaddress"],
    is_view: false,
    columns: &[
        lookup("businessunitid", "BusinessUnitId", &[to("businessunit", "businessunitid")]),
        lookup("createdby", "CreatedBy", &[to("systemuser", "createdby")]).read_only(),
        instant("createdon", "CreatedOn").read_only(),
        lookup("createdonbehalfby", "CreatedOnBehalfBy", &[to("systemuser", "createdonbehalfby")])
            .read_only(),
        lookup("defaultmailbox", "DefaultMailbox", &[to("mailbox", "defaultmailbox")]).read_only(),
        memo("description", "Description", 2000),
        text("emailaddress", "EMailAddress", 100),
        options(
            "emailrouteraccessapproval",
            "EmailRouterAccessApproval",
            &[(0, "Empty"), (1, "Approved"), (2, "Pending Approval"), (3, "Rejected")],
        ),
        named_flag(
            "ignoreunsolicitedemail",
            "IgnoreUnsolicitedEmail",
            false,
            ["All incoming Emails", "Only specific Emails"],
        ),
        options(
            "incomingemaildeliverymethod",
            "IncomingEmailDeliveryMethod",
            &[
                (0, "None"),
                (2, "Server-Side Synchronization or Email Router"),
                (3, "Forward Mailbox"),
            ],
        ),
        options(
            "incomingemailfilteringmethod",
            "IncomingEmailFilteringMethod",
            &[
                (0, "All email messages"),
                (1, "Email messages in response to Dynamics 365 email"),
                (2, "Email_messages_from_Dynamics_365_Leads_Contacts_and_Accounts"),
                (3, "Email_messages_from_Dynamics_365_records_that_are_email_enab"),
                (4, "No email messages"),
            ],
        ),
        flag("isemailaddressapprovedbyo365admin", "IsEmailAddressApprovedByO365Admin", false)
            .read_only(),
        lookup("modifiedby", "ModifiedBy", &[to("systemuser", "modifiedby")]).read_only(),
        instant("modifiedon", "ModifiedOn").read_only(),
        lookup(
            "modifiedonbehalfby",
            "ModifiedOnBehalfBy",
            &[to("systemuser", "modifiedonbehalfby")],
        )
        .read_only(),
        text("name", "Name", 200).required(),
        int("numberofitems", "NumberOfItems").read_only(),
        int("numberofmembers", "NumberOfMembers").read_only(),
        lookup("organizationid", "OrganizationId", &[to("organization", "organizationid")])
            .read_only(),
        options(
            "outgoingemaildeliverymethod",
            "OutgoingEmailDeliveryMethod",
            &[(0, "None"), (2, "Server-Side Synchronization or Email Router")],
        ),
        instant("overriddencreatedon", "OverriddenCreatedOn"),
        lookup("ownerid", "OwnerId", &[to("systemuser", "ownerid"), to("team", "ownerid")]),
        lookup(
            "owningbusinessunit",
            "OwningBusinessUnit",
            &[to("businessunit", "owningbusinessunit")],
        )
        .read_only(),
        lookup("primaryuserid", "PrimaryUserId", &[to("systemuser", "primaryuserid")]),
        key("queueid", "QueueId"),
        options("queuetypecode", "QueueTypeCode", &[(1, "Default Value")]).read_only(),
        options("queueviewtype", "QueueViewType", &[(0, "Public"), (1, "Private")]),
        state(&[(0, "Active"), (1, "Inactive")]),
        status(&[(1, "Active", 0), (2, "Inactive", 1)]),
        bigint("versionnumber", "VersionNumber").read_only(),
    ],
};
