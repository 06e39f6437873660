//! Table `sdkmessageprocessingstep`.

use super::column::{
    bigint, flag, guid, instant, int, key, lookup, named_flag, options, state, status, text, to,
};
use super::table::{Ownership, Table};

pub(super) static TABLE: Table = Table {
    logical: "sdkmessageprocessingstep",
    schema: "SdkMessageProcessingStep",
    set: "sdkmessageprocessingsteps",
    key: "sdkmessageprocessingstepid",
    name: Some("name"),
    type_code: 4608,
    is_activity: false,
    ownership: Ownership::Organization,
    privilege: Some("SdkMessageProcessingStep"),
    alternate_keys: &[],
    address_columns: &[],
    is_view: false,
    columns: &[
        flag("asyncautodelete", "AsyncAutoDelete", false),
        flag("canbebypassed", "CanBeBypassed", false),
        text("category", "Category", 100),
        text("configuration", "Configuration", 1073741823),
        lookup("createdby", "CreatedBy", &[to("systemuser", "createdby")]).read_only(),
        instant("createdon", "CreatedOn").read_only(),
        lookup("createdonbehalfby", "CreatedOnBehalfBy", &[to("systemuser", "createdonbehalfby")])
            .read_only(),
        text("description", "Description", 256),
        lookup(
            "eventhandler",
            "EventHandler",
            &[to("serviceendpoint", "eventhandler_serviceendpoint")],
        )
        .required(),
        text("filteringattributes", "FilteringAttributes", 100000),
        lookup(
            "impersonatinguserid",
            "ImpersonatingUserId",
            &[to("systemuser", "impersonatinguserid")],
        ),
        named_flag("ismanaged", "IsManaged", false, ["Unmanaged", "Managed"]).read_only(),
        options("mode", "Mode", &[(0, "Synchronous"), (1, "Asynchronous")]),
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
        int("rank", "Rank"),
        lookup(
            "sdkmessagefilterid",
            "SdkMessageFilterId",
            &[to("sdkmessagefilter", "sdkmessagefilterid")],
        ),
        lookup("sdkmessageid", "SdkMessageId", &[to("sdkmessage", "sdkmessageid")]).required(),
        key("sdkmessageprocessingstepid", "SdkMessageProcessingStepId"),
        guid("sdkmessageprocessingstepidunique", "SdkMessageProcessingStepIdUnique").read_only(),
        options(
            "stage",
            "Stage",
            &[
                (5, "Initial Pre-operation (For internal use only)"),
                (10, "Pre-validation"),
                (15, "Internal_Pre_operation_Before_External_Plugins_For_internal"),
                (20, "Pre-operation"),
                (25, "Internal_Pre_operation_After_External_Plugins_For_internal_u"),
                (30, "Main Operation (For internal use only)"),
                (35, "Internal_Post_operation_Before_External_Plugins_For_internal"),
                (40, "Post-operation"),
                (45, "Internal_Post_operation_After_External_Plugins_For_internal"),
                (50, "Post-operation (Deprecated)"),
                (55, "Final Post-operation (For internal use only)"),
                (80, "Pre_Commit_stage_fired_before_transaction_commit_For_interna"),
                (90, "Post_Commit_stage_fired_after_transaction_commit_For_interna"),
            ],
        )
        .required(),
        state(&[(0, "Enabled"), (1, "Disabled")]),
        status(&[(1, "Enabled", 0), (2, "Disabled", 1)]),
        options(
            "supporteddeployment",
            "SupportedDeployment",
            &[
                (0, "Server Only"),
                (1, "Microsoft Dynamics 365 Client for Outlook Only"),
                (2, "Both"),
            ],
        ),
        bigint("versionnumber", "VersionNumber").read_only(),
    ],
};
