//! How the CRM refuses.

/// A refusal with the code, name and status that the Dataverse Web API prints for it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{name} (0x{code:08x}): {message}")]
pub struct CrmError {
    /// The code, `0x8004…`.
    pub code: u32,
    /// The name of the code.
    pub name: &'static str,
    /// The HTTP status that goes with it.
    pub status: u16,
    /// What was refused and what to do, for people. Never a subject, body or address.
    pub message: String,
}

/// A code that this CRM answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Code {
    /// The number.
    pub number: u32,
    /// The name.
    pub name: &'static str,
    /// The HTTP status.
    pub status: u16,
}

macro_rules! codes {
    ($($(#[$doc:meta])* $constant:ident = $number:literal $name:literal $status:literal;)*) => {
        /// The codes, as Dataverse numbers them.
        pub mod code {
            use super::Code;
            $($(#[$doc])* pub const $constant: Code =
                Code { number: $number, name: $name, status: $status };)*
            /// All of them.
            pub const ALL: &[Code] = &[$($constant),*];
        }
    };
}

codes! {
    /// A column that must be filled is not.
    REQUIRED_FIELD_MISSING = 0x8004_0200 "RequiredFieldMissing" 400;
    /// A value or a name that makes no sense.
    INVALID_ARGUMENT = 0x8004_0203 "InvalidArgument" 400;
    /// Something went wrong inside.
    UNEXPECTED = 0x8004_0216 "UnExpected" 500;
    /// The row is not there.
    OBJECT_DOES_NOT_EXIST = 0x8004_0217 "ObjectDoesNotExist" 404;
    /// The caller holds no role that allows it.
    PRIVILEGE_DENIED = 0x8004_0220 "PrivilegeDenied" 403;
    /// A plug-in failed in an unexpected way.
    ISV_UNEXPECTED = 0x8004_0224 "IsvUnExpected" 500;
    /// The caller is disabled.
    USER_DISABLED = 0x8004_0225 "unManagedidsusernotenabled" 403;
    /// The CRM keeps the row itself.
    CANNOT_DELETE_READ_ONLY = 0x8004_0228 "CannotDeleteAsItIsReadOnly" 400;
    /// The CRM keeps the column itself.
    CANNOT_UPDATE_READ_ONLY = 0x8004_022e "CannotUpdateBecauseItIsReadOnly" 400;
    /// A principal holds no role that allows it.
    PRINCIPAL_PRIVILEGE_DENIED = 0x8004_0231 "PrincipalPrivilegeDenied" 403;
    /// Other rows rest on the row.
    CANNOT_DELETE_DUE_TO_ASSOCIATION = 0x8004_0227 "CannotDeleteDueToAssociation" 400;
    /// A row of that id is there.
    DUPLICATE_RECORD = 0x8004_0237 "DuplicateRecord" 412;
    /// The operation is not offered for the table.
    INVALID_OPERATION = 0x8004_023b "InvalidOperation" 405;
    /// A plug-in refused.
    ISV_ABORTED = 0x8004_0265 "IsvAborted" 400;
    /// The owner of a queue may not own the record.
    INSUFFICIENT_PRIVILEGE_TO_QUEUE_OWNER = 0x8004_0520 "InsufficientPrivilegeToQueueOwner" 403;
    /// There is no such table.
    QUERY_BUILDER_NO_ENTITY = 0x8004_1102 "QueryBuilderNoEntity" 400;
    /// There is no such column.
    QUERY_BUILDER_NO_ATTRIBUTE = 0x8004_1103 "QueryBuilderNoAttribute" 400;
    /// A team without any role is to own a row.
    TEAM_WITHOUT_ROLES = 0x8004_2f0a "TeamNotAssignedRoles" 403;
    /// The file type is blocked.
    ATTACHMENT_BLOCKED = 0x8004_3e09 "AttachmentBlocked" 400;
    /// Plug-ins call each other without end.
    DEPTH_TOO_HIGH = 0x8004_4182 "SdkCorrelationTokenDepthTooHigh" 400;
    /// A choice has no such value.
    PICKLIST_VALUE_OUT_OF_RANGE = 0x8004_431a "PicklistValueOutOfRange" 400;
    /// A number is out of range.
    INTEGER_VALUE_OUT_OF_RANGE = 0x8004_432f "IntegerValueOutOfRange" 400;
    /// A text is too long.
    STRING_LENGTH_TOO_LONG = 0x8004_4331 "StringLengthTooLong" 400;
    /// A file is larger than the organization allows.
    ATTACHMENT_TOO_LARGE = 0x8004_4a02 "unManagedidsattachmentinvalidfilesize" 400;
    /// The caller may do it, but not to this row.
    ACCESS_DENIED = 0x8004_8306 "unManagedIdsAccessDenied" 403;
    /// The status does not belong to the state.
    INVALID_STATE_STATUS = 0x8004_8408 "InvalidStateCodeStatusCode" 400;
    /// An organization setting has no such name, or not that value.
    INVALID_ORG_DB_ORG_SETTING = 0x8004_8514 "InvalidOrgDBOrgSetting" 400;
    /// The endpoint of a step did not answer with success.
    WEBHOOK_NON_SUCCESS = 0x8005_0201 "WebhooksNonSuccessHttpResponse" 400;
    /// The endpoint of a step did not answer in time.
    WEBHOOK_TIMED_OUT = 0x8005_0202 "WebhooksHttpRequestTimedOut" 400;
    /// The headers for an endpoint are none.
    WEBHOOK_HEADERS = 0x8005_0203 "WebhooksInvalidHttpHeaders" 400;
    /// The parameters for an endpoint are none.
    WEBHOOK_QUERY = 0x8005_0204 "WebhooksInvalidHttpQueryParams" 400;
    /// The endpoint of a step was not reached.
    WEBHOOK_POST_FAILED = 0x8005_0205 "WebhooksPostRequestFailed" 400;
    /// The endpoint of a step may not be asked.
    WEBHOOK_DISABLED = 0x8005_0206 "WebhooksPostDisabled" 400;
    /// The row is there in another version.
    CONCURRENCY_VERSION_MISMATCH = 0x8006_0882 "ConcurrencyVersionMismatch" 412;
    /// No row has that alternate key.
    RECORD_NOT_FOUND_BY_KEY = 0x8006_0891 "RecordNotFoundByEntityKey" 404;
    /// Another row has that alternate key.
    DUPLICATE_RECORD_KEY = 0x8006_0892 "DuplicateRecordEntityKey" 412;
    /// The columns are no alternate key of the table.
    INVALID_KEY_OPERATION = 0x8006_088f "InvalidEntityKeyOperation" 400;
}

impl CrmError {
    /// A refusal.
    pub fn new(code: Code, message: impl Into<String>) -> Self {
        Self { code: code.number, name: code.name, status: code.status, message: message.into() }
    }

    /// Whether it is that code.
    pub fn is(&self, code: Code) -> bool {
        self.code == code.number
    }

    pub(crate) fn no_table(name: &str) -> Self {
        Self::new(code::QUERY_BUILDER_NO_ENTITY, format!("there is no table '{name}'"))
    }

    pub(crate) fn no_column(table: &str, name: &str) -> Self {
        Self::new(
            code::QUERY_BUILDER_NO_ATTRIBUTE,
            format!("'{table}' has no column or navigation with the name '{name}'"),
        )
    }

    pub(crate) fn missing(table: &str, id: uuid::Uuid) -> Self {
        Self::new(
            code::OBJECT_DOES_NOT_EXIST,
            format!("Entity '{table}' With Id = {id} Does Not Exist"),
        )
    }

    pub(crate) fn unexpected(message: impl Into<String>) -> Self {
        Self::new(code::UNEXPECTED, message)
    }
}

impl From<earmark_sqlite::rusqlite::Error> for CrmError {
    fn from(error: earmark_sqlite::rusqlite::Error) -> Self {
        use earmark_sqlite::rusqlite::{Error, ErrorCode};
        match &error {
            Error::SqliteFailure(failure, _) if failure.code == ErrorCode::ConstraintViolation => {
                Self::new(code::DUPLICATE_RECORD, "a record with these key values exists already")
            }
            _ => Self::unexpected(format!("the database refused a statement ({error})")),
        }
    }
}

impl From<earmark_sqlite::Error> for CrmError {
    fn from(error: earmark_sqlite::Error) -> Self {
        match error {
            earmark_sqlite::Error::Sqlite(error) => error.into(),
            earmark_sqlite::Error::Closed => Self::unexpected("the database is closed"),
        }
    }
}
