//! Table `mailboxtrackingcategory`.

use super::column::{guid, instant, int, key, lookup, range, text, to};
use super::table::{Ownership, Table};

pub(super) static TABLE: Table = Table {
    logical: "mailboxtrackingcategory",
    schema: "MailboxTrackingCategory",
    set: "mailboxtrackingcategories",
    key: "mailboxtrackingcategoryid",
    name: None,
    type_code: 9609,
    is_activity: false,
    ownership: Ownership::User,
    privilege: Some("Mailbox"),
    alternate_keys: &[],
    address_columns: &[],
    is_view: false,
    columns: &[
        int("categoryonboardingstatus", "CategoryOnboardingStatus"),
        instant("createdon", "CreatedOn").read_only(),
        range("exchangecategorycolor", "ExchangeCategoryColor", 0, 25),
        guid("exchangecategoryid", "ExchangeCategoryId"),
        text("exchangecategoryname", "ExchangeCategoryName", 512),
        lookup("mailboxid", "MailboxId", &[to("mailbox", "mailboxid")]).required(),
        key("mailboxtrackingcategoryid", "MailboxTrackingCategoryId").read_only(),
        instant("modifiedon", "ModifiedOn").read_only(),
        lookup("ownerid", "OwnerId", &[to("systemuser", "ownerid"), to("team", "ownerid")]),
        lookup(
            "owningbusinessunit",
            "OwningBusinessUnit",
            &[to("businessunit", "owningbusinessunit")],
        )
        .read_only(),
    ],
};
