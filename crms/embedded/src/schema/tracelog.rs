//! Table `tracelog`.

use super::column::{flag, instant, int, key, lookup, memo, named_flag, options, range, text, to};
use super::table::{Ownership, Table};

pub(super) static TABLE: Table = Table {
    logical: "tracelog",
    schema: "TraceLog",
    set: "tracelogs",
    key: "tracelogid",
    name: Some("text"),
    type_code: 8050,
    is_activity: false,
    ownership: Ownership::Organization,
    privilege: Some("TraceLog"),
    alternate_keys: &[],
    address_columns: &[],
    is_view: false,
    columns: &[
        flag("canbedeleted", "CanBeDeleted", true),
        int("collationlevel", "CollationLevel"),
        lookup("createdby", "CreatedBy", &[to("systemuser", "createdby")]).read_only(),
        instant("createdon", "CreatedOn").read_only(),
        lookup("createdonbehalfby", "CreatedOnBehalfBy", &[to("systemuser", "createdonbehalfby")])
            .read_only(),
        text("errordetails", "ErrorDetails", 2048),
        text("errortypedisplay", "ErrorTypeDisplay", 320),
        flag("isunique", "IsUnique", false),
        options("level", "Level", &[(1, "Information"), (2, "Warning"), (3, "Error")]),
        text("machinename", "MachineName", 320),
        lookup("modifiedby", "ModifiedBy", &[to("systemuser", "modifiedby")]).read_only(),
        instant("modifiedon", "ModifiedOn").read_only(),
        lookup(
            "modifiedonbehalfby",
            "ModifiedOnBehalfBy",
            &[to("systemuser", "modifiedonbehalfby")],
        )
        .read_only(),
        lookup("organizationid", "OrganizationId", &[to("organization", "organizationid")])
            .read_only(),
        lookup("parenttracelogid", "ParentTraceLogId", &[to("tracelog", "parenttracelogid")]),
        lookup(
            "regardingobjectid",
            "RegardingObjectId",
            &[
                to("emailserverprofile", "regardingobjectid_emailserverprofile"),
                to("mailbox", "regardingobjectid_mailbox"),
            ],
        ),
        lookup(
            "regardingobjectownerid",
            "RegardingObjectOwnerId",
            &[to("systemuser", "regardingobjectownerid"), to("team", "regardingobjectownerid")],
        )
        .read_only(),
        lookup(
            "regardingobjectowningbusinessunit",
            "RegardingObjectOwningBusinessUnit",
            &[to("businessunit", "regardingobjectowningbusinessunit")],
        )
        .read_only(),
        text("text", "Text", 2000),
        memo("traceactionxml", "TraceActionXml", 1073741823),
        range("tracecode", "TraceCode", 0, 1000000000),
        memo("tracedetailxml", "TraceDetailXml", 1073741823),
        key("tracelogid", "TraceLogId"),
        int("traceparameterhash", "TraceParameterHash").read_only(),
        memo("traceparameterxml", "TraceParameterXml", 1073741823),
        named_flag("tracestatus", "TraceStatus", false, ["Failure", "Success"]),
    ],
};
