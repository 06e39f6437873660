//! Codes of the CRM as causes of failure: one table.

use crate::error::{CrmError, code};
use earmark_model::{Cause, Failure, FailureClass, Instant};

/// Codes with a meaning of their own, in the order of their numbers. A code that is not here is
/// an unknown decision: nobody decided yet that repeating it is useless.
/// Source: the Web service error codes of Dataverse.
const TABLE: &[(u32, Cause)] = &[
    (0x8004_0200, Cause::InvalidRequest),
    (0x8004_0203, Cause::InvalidRequest),
    (0x8004_020d, Cause::PrivilegeMissing),
    (0x8004_0216, Cause::UnexpectedError),
    (0x8004_0217, Cause::Gone),
    (0x8004_0220, Cause::PrivilegeMissing),
    (0x8004_0224, Cause::PlugInFailed),
    (0x8004_0225, Cause::Unauthenticated),
    (0x8004_022e, Cause::InvalidRequest),
    (0x8004_0231, Cause::PrivilegeMissing),
    (0x8004_0237, Cause::Conflict),
    (0x8004_023b, Cause::InvalidRequest),
    (0x8004_0256, Cause::PrivilegeMissing),
    (0x8004_0265, Cause::PlugInRefused),
    (0x8004_0274, Cause::Conflict),
    (0x8004_0333, Cause::Conflict),
    (0x8004_0520, Cause::QueueOwnerUnprivileged),
    (0x8004_0523, Cause::Conflict),
    (0x8004_2f0a, Cause::QueueOwnerUnprivileged),
    (0x8004_3e09, Cause::UnacceptableValue),
    (0x8004_4151, Cause::DatabaseTimeout),
    (0x8004_4171, Cause::PlugInTimeout),
    (0x8004_4172, Cause::PlugInTimeout),
    (0x8004_4173, Cause::PlugInTimeout),
    (0x8004_4302, Cause::Unauthenticated),
    (0x8004_4331, Cause::UnacceptableValue),
    (0x8004_4a02, Cause::UnacceptableValue),
    (0x8004_8306, Cause::PrivilegeMissing),
    (0x8004_8405, Cause::PrivilegeMissing),
    (0x8004_8408, Cause::InvalidRequest),
    (0x8004_8514, Cause::InvalidRequest),
    (0x8004_d24b, Cause::Unauthenticated),
    (0x8005_0201, Cause::WebhookFailed),
    (0x8005_0202, Cause::WebhookFailed),
    (0x8005_0203, Cause::WebhookFailed),
    (0x8005_0204, Cause::WebhookFailed),
    (0x8005_0205, Cause::WebhookFailed),
    (0x8005_0206, Cause::WebhookFailed),
    (0x8005_0207, Cause::WebhookFailed),
    (0x8005_0208, Cause::WebhookFailed),
    (0x8005_e237, Cause::UnacceptableValue),
    (0x8005_f103, Cause::Throttled),
    (0x8006_0882, Cause::Conflict),
    (0x8006_0883, Cause::InvalidRequest),
    (0x8006_0888, Cause::InvalidRequest),
    (0x8006_0891, Cause::Gone),
    (0x8006_0892, Cause::Conflict),
    (0x8006_0916, Cause::Throttled),
    (0x8006_0917, Cause::Throttled),
    (0x8007_2321, Cause::Throttled),
    (0x8007_2322, Cause::Throttled),
    (0x8007_2326, Cause::Throttled),
    (0x8007_2491, Cause::InvalidRequest),
    (0x8008_1111, Cause::PlugInTimeout),
    (0x8008_1116, Cause::PlugInTimeout),
];

/// Which field a code says cannot be taken.
const FIELDS: &[(u32, &str)] = &[
    (0x8004_3e09, "attachments"),
    (0x8004_4331, "text"),
    (0x8004_4a02, "attachments"),
    (0x8005_e237, "size"),
];

/// A refusal as the engine sees it. `until` is when the CRM allows the next request, where it
/// said so.
pub fn classify(error: &CrmError, until: Option<Instant>) -> Failure {
    let printed = format!("0x{:08x}", error.code);
    let cause = cause_of(error.code, error.status);
    Failure::new(class_of(cause, error.code, until), printed, error.message.clone()).because(cause)
}

/// An answer as the engine sees it: the code where there is one, else the bare status. A status
/// without a code says nothing about the item.
pub fn classify_answer(status: u16, code: Option<&str>, until: Option<Instant>) -> Failure {
    let number = code.and_then(parse_code);
    let (class, cause) = match (number, status) {
        (Some(number), _) => {
            let cause = cause_of(number, status);
            (class_of(cause, number, until), cause)
        }
        // The effect may be there all the same.
        (None, 408 | 504) => (FailureClass::Timeout, Cause::Gateway),
        (None, 429) => (FailureClass::Throttled { until }, Cause::Throttled),
        (None, 401) => (FailureClass::Unauthenticated, Cause::Unauthenticated),
        (None, 404) => (FailureClass::RecordGone, Cause::Gone),
        (None, 412) => (FailureClass::Conflict, Cause::Conflict),
        (None, 500..) => (FailureClass::Unavailable, Cause::Gateway),
        (None, _) => (FailureClass::Refused, Cause::InvalidRequest),
    };
    let code = code.map_or_else(|| status.to_string(), str::to_owned);
    Failure::new(class, code, format!("the CRM answered with status {status}")).because(cause)
}

/// What a code says went wrong. Two statuses mean the same whatever the code is.
fn cause_of(code: u32, status: u16) -> Cause {
    let found = TABLE.iter().find(|(number, _)| *number == code).map(|(_, cause)| *cause);
    match status {
        429 => Cause::Throttled,
        401 => Cause::Unauthenticated,
        _ => found.unwrap_or(Cause::UnknownDecision),
    }
}

/// The class of an answer with a code. A code of the CRM's own never says that the CRM as a whole
/// is out of order.
fn class_of(cause: Cause, code: u32, until: Option<Instant>) -> FailureClass {
    match cause {
        Cause::Throttled => FailureClass::Throttled { until },
        Cause::Unauthenticated => FailureClass::Unauthenticated,
        Cause::Conflict => FailureClass::Conflict,
        Cause::Gone => FailureClass::RecordGone,
        Cause::UnacceptableValue => {
            let field = FIELDS.iter().find(|(number, _)| *number == code);
            let field = field.map_or("", |(_, field)| *field).to_owned();
            FailureClass::Unacceptable { field }
        }
        Cause::PlugInRefused
        | Cause::PlugInFailed
        | Cause::WebhookFailed
        | Cause::PlugInTimeout
        | Cause::DatabaseTimeout
        | Cause::UnexpectedError
        | Cause::NoAnswer
        | Cause::MailboxTimeout
        | Cause::InvalidSender
        | Cause::UnknownDecision
        | Cause::QueueOwnerUnprivileged
        | Cause::PrivilegeMissing
        | Cause::ReferenceMissing
        | Cause::InvalidRequest
        | Cause::NoConnection
        | Cause::Gateway
        | Cause::OutOfOrder
        | Cause::CircuitOpen
        | Cause::ScopeUnreadable
        | Cause::MailboxMissing
        | Cause::CheckpointExpired
        | Cause::Bug => FailureClass::Refused,
    }
}

fn parse_code(text: &str) -> Option<u32> {
    let hex = text.strip_prefix("0x").or_else(|| text.strip_prefix("0X"))?;
    u32::from_str_radix(hex, 16).ok()
}

/// The code that a fault without one stands for, by its status; `None`: the gateway answered, not
/// the CRM.
pub fn code_of_status(status: u16) -> Option<&'static str> {
    Some(match status {
        400 => "0x80040203",
        401 => "0x80044302",
        403 => "0x80040220",
        404 => "0x80040217",
        412 => "0x80060882",
        429 => "0x80072322",
        500 => "0x80040216",
        _ => return None,
    })
}

/// A queue's owner that may not own the record has a code of its own.
pub(crate) fn for_queue_owner(error: CrmError) -> CrmError {
    if error.is(code::PRIVILEGE_DENIED) {
        return CrmError::new(code::INSUFFICIENT_PRIVILEGE_TO_QUEUE_OWNER, error.message);
    }
    error
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_and_statuses_have_their_class_and_cause() {
        for (status, code, class, cause) in [
            (400, Some("0x80040265"), FailureClass::Refused, Cause::PlugInRefused),
            (403, Some("0x80040520"), FailureClass::Refused, Cause::QueueOwnerUnprivileged),
            (500, Some("0x80040216"), FailureClass::Refused, Cause::UnexpectedError),
            (504, Some("0x80044151"), FailureClass::Refused, Cause::DatabaseTimeout),
            (408, Some("0x80044171"), FailureClass::Refused, Cause::PlugInTimeout),
            (400, Some("0x80048408"), FailureClass::Refused, Cause::InvalidRequest),
            (400, Some("0x8004ffff"), FailureClass::Refused, Cause::UnknownDecision),
            (400, None, FailureClass::Refused, Cause::InvalidRequest),
            (404, Some("0x80040217"), FailureClass::RecordGone, Cause::Gone),
            (412, Some("0x80040237"), FailureClass::Conflict, Cause::Conflict),
            (429, Some("0x80072322"), FailureClass::Throttled { until: None }, Cause::Throttled),
            (429, None, FailureClass::Throttled { until: None }, Cause::Throttled),
            (401, None, FailureClass::Unauthenticated, Cause::Unauthenticated),
            (408, None, FailureClass::Timeout, Cause::Gateway),
            (502, None, FailureClass::Unavailable, Cause::Gateway),
            (503, None, FailureClass::Unavailable, Cause::Gateway),
            (504, None, FailureClass::Timeout, Cause::Gateway),
        ] {
            let failure = classify_answer(status, code, None);
            assert_eq!((failure.class, failure.cause), (class, cause), "{status} {code:?}");
        }
    }

    #[test]
    fn a_value_that_cannot_be_taken_names_its_field() {
        for (number, cause) in TABLE.iter().filter(|(_, cause)| *cause == Cause::UnacceptableValue)
        {
            let class = class_of(*cause, *number, None);
            let named = matches!(&class, FailureClass::Unacceptable { field } if !field.is_empty());
            assert!(named, "0x{number:08x}");
        }
    }

    #[test]
    fn the_table_is_in_order_and_has_no_code_twice() {
        assert!(TABLE.is_sorted_by(|one, next| one.0 < next.0));
    }
}
