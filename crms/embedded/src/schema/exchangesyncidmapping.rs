//! Table `exchangesyncidmapping`.

use super::column::{bigint, flag, guid, instant, int, key, lookup, text, to};
use super::table::{Ownership, Table};

pub(super) static TABLE: Table = Table {
    logical: "exchangesyncidmapping",
    schema: "ExchangeSyncIdMapping",
    set: "exchangesyncidmappings",
    key: "exchangesyncidmappingid",
    name: None,
    type_code: 4120,
    is_activity: false,
    ownership: Ownership::User,
    privilege: Some("ExchangeSyncIdMapping"),
    alternate_keys: &[],
    address_columns: &[],
    is_view: false,
    columns: &[
        instant("createdon", "CreatedOn").read_only(),
        text("exchangeentryid", "ExchangeEntryId", 1024).required(),
        key("exchangesyncidmappingid", "ExchangeSyncIdmappingId"),
        int("fromcrmchangetype", "FromCrmChangeType"),
        flag("isdeletedinexchange", "IsDeletedInExchange", false),
        flag("isunlinkedincrm", "IsUnlinkedInCRM", false),
        text("itemsubject", "ItemSubject", 2048),
        text("lastsyncerror", "LastSyncError", 2048),
        int("lastsyncerrorcode", "LastSyncErrorCode"),
        instant("lastsyncerroroccurredon", "LastSyncErrorOccurredOn"),
        instant("modifiedon", "ModifiedOn").read_only(),
        guid("objectid", "ObjectId").required(),
        int("objecttypecode", "ObjectTypeCode"),
        lookup("ownerid", "OwnerId", &[to("systemuser", "ownerid"), to("team", "ownerid")]),
        lookup(
            "owningbusinessunit",
            "OwningBusinessUnit",
            &[to("businessunit", "owningbusinessunit")],
        )
        .read_only(),
        int("retries", "Retries"),
        int("tocrmchangetype", "ToCrmChangeType"),
        int("userdecision", "UserDecision"),
        bigint("versionnumber", "VersionNumber").read_only(),
    ],
};
