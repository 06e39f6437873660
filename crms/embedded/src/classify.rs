//! Codes of the CRM as classes of failure: one table.

use crate::error::{CrmError, code};
use earmark_model::{Failure, FailureClass, Instant, RefusalPolicy};

/// What a code means for the engine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Class {
    Counted,
    Final,
    Field(&'static str),
    RecordGone,
    Conflict,
    Throttled,
    Unauthenticated,
}

/// Codes with a meaning of their own. Counted are plug-in refusals and errors, webhooks, sandbox
/// and SQL time-outs, and owners without the privilege; whatever is not here counts as well,
/// because nobody decided yet that repeating it is useless.
const TABLE: &[(u32, Class)] = &[
    (0x8004_0203, Class::Final),
    (0x8004_0200, Class::Final),
    (0x8004_0216, Class::Counted),
    (0x8004_0217, Class::RecordGone),
    (0x8004_020d, Class::Counted),
    (0x8004_0220, Class::Counted),
    (0x8004_0224, Class::Counted),
    (0x8004_0225, Class::Unauthenticated),
    (0x8004_022e, Class::Final),
    (0x8004_0231, Class::Counted),
    (0x8004_0237, Class::Conflict),
    (0x8004_023b, Class::Final),
    (0x8004_0256, Class::Counted),
    (0x8004_0265, Class::Counted),
    (0x8004_0274, Class::Conflict),
    (0x8004_0520, Class::Counted),
    (0x8004_2f0a, Class::Counted),
    (0x8004_3e09, Class::Field("attachments")),
    (0x8004_4151, Class::Counted),
    (0x8004_4171, Class::Counted),
    (0x8004_4172, Class::Counted),
    (0x8004_4173, Class::Counted),
    (0x8004_4302, Class::Unauthenticated),
    (0x8004_4331, Class::Field("text")),
    (0x8004_4a02, Class::Field("attachments")),
    (0x8004_8306, Class::Counted),
    (0x8004_8405, Class::Counted),
    (0x8004_8408, Class::Final),
    (0x8004_8514, Class::Final),
    (0x8005_0201, Class::Counted),
    (0x8005_0202, Class::Counted),
    (0x8005_0203, Class::Counted),
    (0x8005_0204, Class::Counted),
    (0x8005_0205, Class::Counted),
    (0x8005_e237, Class::Field("size")),
    (0x8005_f103, Class::Throttled),
    (0x8006_0882, Class::Conflict),
    (0x8006_0891, Class::RecordGone),
    (0x8006_0892, Class::Conflict),
    (0x8006_0916, Class::Throttled),
    (0x8006_0917, Class::Throttled),
    (0x8007_2321, Class::Throttled),
    (0x8007_2322, Class::Throttled),
    (0x8007_2326, Class::Throttled),
    (0x8008_1111, Class::Counted),
    (0x8008_1116, Class::Counted),
];

/// A refusal as the engine sees it. `until` is when the CRM allows the next request, where it
/// said so.
pub fn classify(error: &CrmError, until: Option<Instant>) -> Failure {
    let printed = format!("0x{:08x}", error.code);
    Failure::new(class_of(error.code, error.status, until), printed, error.message.clone())
}

/// An answer as the engine sees it: the code where there is one, else the bare status. A status
/// without a code says nothing about the item.
pub fn classify_answer(status: u16, code: Option<&str>, until: Option<Instant>) -> Failure {
    let number = code.and_then(parse_code);
    let class = match (number, status) {
        (Some(number), _) => class_of(number, status, until),
        (None, 408 | 504) => FailureClass::Timeout,
        (None, 429) => FailureClass::Throttled { until },
        (None, 401) => FailureClass::Unauthenticated,
        (None, 404) => FailureClass::RecordGone,
        (None, 412) => FailureClass::Conflict,
        (None, 500..) => FailureClass::Unavailable,
        (None, _) => FailureClass::Refused { policy: RefusalPolicy::Final },
    };
    let code = code.map_or_else(|| status.to_string(), str::to_owned);
    Failure::new(class, code, format!("the CRM answered with status {status}"))
}

fn class_of(code: u32, status: u16, until: Option<Instant>) -> FailureClass {
    let found = TABLE.iter().find(|(number, _)| *number == code).map(|(_, class)| *class);
    match found {
        _ if status == 429 => FailureClass::Throttled { until },
        _ if status == 401 => FailureClass::Unauthenticated,
        Some(Class::Final) => FailureClass::Refused { policy: RefusalPolicy::Final },
        Some(Class::Field(field)) => FailureClass::Unacceptable { field: field.to_owned() },
        Some(Class::RecordGone) => FailureClass::RecordGone,
        Some(Class::Conflict) => FailureClass::Conflict,
        Some(Class::Throttled) => FailureClass::Throttled { until },
        Some(Class::Unauthenticated) => FailureClass::Unauthenticated,
        Some(Class::Counted) | None => FailureClass::Refused { policy: RefusalPolicy::Counted },
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
    fn codes_and_statuses_have_their_class() {
        let counted = FailureClass::Refused { policy: RefusalPolicy::Counted };
        let final_ = FailureClass::Refused { policy: RefusalPolicy::Final };
        for (status, code, class) in [
            (400, Some("0x80040265"), counted.clone()),
            (403, Some("0x80040520"), counted.clone()),
            (500, Some("0x80040216"), counted.clone()),
            (400, Some("0x80048408"), final_.clone()),
            (400, Some("0x8004ffff"), counted),
            (400, None, final_),
            (404, Some("0x80040217"), FailureClass::RecordGone),
            (412, Some("0x80040237"), FailureClass::Conflict),
            (429, Some("0x80072322"), FailureClass::Throttled { until: None }),
            (429, None, FailureClass::Throttled { until: None }),
            (401, None, FailureClass::Unauthenticated),
            (408, None, FailureClass::Timeout),
            (502, None, FailureClass::Unavailable),
            (503, None, FailureClass::Unavailable),
            (504, None, FailureClass::Timeout),
        ] {
            assert_eq!(classify_answer(status, code, None).class, class, "{status} {code:?}");
        }
    }
}
