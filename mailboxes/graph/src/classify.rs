//! What an error means: one table from Graph's codes to failure classes.

use crate::wire::error::codes;
use earmark_http::SendError;
use earmark_model::{Cause, Failure, FailureClass};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Verdict {
    Throttled,
    Timeout,
    Unavailable,
    CheckpointExpired,
    Conflict,
    ItemGone,
    ScopeUnreadable,
    Unauthenticated,
    Bug,
}

/// Codes in lower case, because their case varies between services.
/// Source: Microsoft Graph error codes and the Exchange error codes that it passes on.
const CODES: &[(&str, Verdict)] = &[
    // Patience.
    ("activitylimitreached", Verdict::Throttled),
    ("applicationthrottled", Verdict::Throttled),
    ("errorexceededconnectioncount", Verdict::Throttled),
    ("errorserverbusy", Verdict::Throttled),
    ("errortoomanyobjectsopened", Verdict::Throttled),
    ("mailboxconcurrency", Verdict::Throttled),
    ("toomanyrequests", Verdict::Throttled),
    // The item. Nothing else may ever mean that an item is gone.
    ("erroritemnotfound", Verdict::ItemGone),
    // An id that the server cannot read names no item of it, now or later.
    ("errorinvalididmalformed", Verdict::ItemGone),
    ("itemnotfound", Verdict::ItemGone),
    // The mailbox.
    ("accessdenied", Verdict::ScopeUnreadable),
    ("authorization_requestdenied", Verdict::ScopeUnreadable),
    ("erroraccessdenied", Verdict::ScopeUnreadable),
    ("erroraccountdisabled", Verdict::ScopeUnreadable),
    // Tasks of somebody whom the credential does not reach.
    ("errorincorrectroutinghint", Verdict::ScopeUnreadable),
    ("errorinvaliduser", Verdict::ScopeUnreadable),
    ("errormailboxmoveinprogress", Verdict::ScopeUnreadable),
    ("errornonexistentmailbox", Verdict::ScopeUnreadable),
    ("extensionerror", Verdict::ScopeUnreadable),
    ("mailboxnotenabledforrestapi", Verdict::ScopeUnreadable),
    ("mailboxnotsupportedforrestapi", Verdict::ScopeUnreadable),
    ("mailboxnotfound", Verdict::ScopeUnreadable),
    ("notallowed", Verdict::ScopeUnreadable),
    ("request_resourcenotfound", Verdict::ScopeUnreadable),
    ("resourcenotfound", Verdict::ScopeUnreadable),
    // Somebody else was first.
    ("errorirresolvableconflict", Verdict::Conflict),
    ("errorstaleobject", Verdict::Conflict),
    ("resourcemodified", Verdict::Conflict),
    ("categorynameduplicate", Verdict::Conflict),
    ("namealreadyexists", Verdict::Conflict),
    // Feeds.
    ("errorinvalidsyncstatedata", Verdict::CheckpointExpired),
    ("resyncrequired", Verdict::CheckpointExpired),
    ("syncstateinvalid", Verdict::CheckpointExpired),
    ("syncstatenotfound", Verdict::CheckpointExpired),
    // Out of order.
    ("errorinternalservererror", Verdict::Unavailable),
    ("errorinternalservertransienterror", Verdict::Unavailable),
    ("errormailboxstoreunavailable", Verdict::Unavailable),
    ("errorquotaexceeded", Verdict::Unavailable),
    ("errortimeoutexpired", Verdict::Timeout),
    ("generalexception", Verdict::Unavailable),
    ("quotalimitreached", Verdict::Unavailable),
    ("server_error", Verdict::Unavailable),
    ("servicenotavailable", Verdict::Unavailable),
    ("serviceunavailable", Verdict::Unavailable),
    ("temporarily_unavailable", Verdict::Unavailable),
    // Credentials, also as the token endpoint names them.
    ("access_denied", Verdict::Unauthenticated),
    ("invalid_client", Verdict::Unauthenticated),
    ("invalid_grant", Verdict::Unauthenticated),
    ("invalid_request", Verdict::Unauthenticated),
    ("invalid_resource", Verdict::Unauthenticated),
    ("invalid_scope", Verdict::Unauthenticated),
    ("invalidauthenticationtoken", Verdict::Unauthenticated),
    ("unauthenticated", Verdict::Unauthenticated),
    ("unauthorized_client", Verdict::Unauthenticated),
    ("unsupported_grant_type", Verdict::Unauthenticated),
    // Mistakes of ours.
    ("errorinvalidpropertyset", Verdict::Bug),
    ("errorinvalidrequest", Verdict::Bug),
    ("inefficientfilter", Verdict::Bug),
    ("notsupported", Verdict::Bug),
];

/// Codes, in lower case, that say that there is no mailbox at the address.
const MISSING: &[&str] = &[
    "errorinvaliduser",
    "errornonexistentmailbox",
    "mailboxnotenabledforrestapi",
    "mailboxnotfound",
    "mailboxnotsupportedforrestapi",
    "request_resourcenotfound",
    "resourcenotfound",
];

/// What a status means where no code is known.
const fn by_status(status: u16) -> Verdict {
    match status {
        401 => Verdict::Unauthenticated,
        // An unknown kind of 404 is read as the mailbox's, because a wrong `Gone` closes links.
        403 | 404 | 423 => Verdict::ScopeUnreadable,
        409 | 412 => Verdict::Conflict,
        410 => Verdict::CheckpointExpired,
        408 | 504 => Verdict::Timeout,
        429 | 509 => Verdict::Throttled,
        424 | 500 | 502 | 503 | 507 => Verdict::Unavailable,
        _ => Verdict::Bug,
    }
}

/// The failure that an error answer stands for: by the most specific code that is known, else
/// by status. `has_retry_after` makes patience of an outage. `Throttled` comes without instant.
pub(crate) fn answer(status: u16, body: &[u8], has_retry_after: bool) -> Failure {
    let codes = codes(body);
    let known = codes.iter().rev().find_map(|code| Some((code, verdict(code)?)));
    // 429 is patience whatever the code says; a 2xx never comes here.
    let (code, verdict) = match known {
        Some((code, verdict)) if status != 429 => (Some(code), verdict),
        _ => (codes.last(), by_status(status)),
    };
    let verdict = match verdict {
        Verdict::Unavailable if has_retry_after => Verdict::Throttled,
        other => other,
    };
    let is_missing = code.is_some_and(|code| MISSING.contains(&code.to_ascii_lowercase().as_str()));
    let code = code.cloned().unwrap_or_else(|| format!("Http{status}"));
    let detail = format!("The mailbox server answered {status}: {}.", meaning(verdict));
    let failure = Failure::new(class(verdict), code, detail);
    match verdict {
        Verdict::ScopeUnreadable if is_missing => failure.because(Cause::MailboxMissing),
        Verdict::Timeout if known.is_some() && status != 429 => {
            failure.because(Cause::MailboxTimeout)
        }
        // What answers without a code that is known need not be the mailbox server.
        Verdict::Timeout => failure.because(Cause::Gateway),
        Verdict::Unavailable if known.is_none() && status != 500 => failure.because(Cause::Gateway),
        _ => failure,
    }
}

fn verdict(code: &str) -> Option<Verdict> {
    let code = code.to_ascii_lowercase();
    CODES.iter().find(|(known, _)| *known == code).map(|(_, verdict)| *verdict)
}

fn class(verdict: Verdict) -> FailureClass {
    match verdict {
        Verdict::Throttled => FailureClass::Throttled { until: None },
        Verdict::Timeout => FailureClass::Timeout,
        Verdict::Unavailable => FailureClass::Unavailable,
        Verdict::CheckpointExpired => FailureClass::CheckpointExpired,
        Verdict::Conflict => FailureClass::Conflict,
        Verdict::ItemGone => FailureClass::ItemGone,
        Verdict::ScopeUnreadable => FailureClass::ScopeUnreadable,
        Verdict::Unauthenticated => FailureClass::Unauthenticated,
        Verdict::Bug => FailureClass::Bug,
    }
}

const fn meaning(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Throttled => "it asks for a pause",
        Verdict::Timeout => "it took too long",
        Verdict::Unavailable => "it is out of order",
        Verdict::CheckpointExpired => "the checkpoint is not known any more",
        Verdict::Conflict => "somebody else changed it first",
        Verdict::ItemGone => "there is no such item",
        Verdict::ScopeUnreadable => {
            "the mailbox is unknown, disabled or refused; check its address, its license and the \
             application's permissions"
        }
        Verdict::Unauthenticated => {
            "the credential is not accepted; check tenant, client id, secret and consent"
        }
        Verdict::Bug => "it does not understand the request",
    }
}

/// The failure that a missing answer stands for.
pub(crate) fn transport(error: &SendError) -> Failure {
    let (class, code) = match error {
        // A cut-off answer may have had its effect, as a late one may.
        SendError::Timeout => (FailureClass::Timeout, "Timeout"),
        SendError::Interrupted { .. } => (FailureClass::Timeout, "Interrupted"),
        SendError::Connect { .. } => (FailureClass::Unavailable, "CannotConnect"),
        SendError::Redirect { .. } => (FailureClass::Unavailable, "Redirected"),
        SendError::BodyTooLarge { .. } => (FailureClass::Bug, "AnswerTooLarge"),
        SendError::HostNotAllowed { .. } => (FailureClass::Bug, "HostNotAllowed"),
        SendError::Bug { .. } => (FailureClass::Bug, "MalformedRequest"),
    };
    let failure = Failure::new(class, code, error.to_string());
    match error {
        SendError::Connect { .. } => failure.because(Cause::NoConnection),
        _ => failure,
    }
}

/// The failure of an answer that makes no sense.
pub(crate) fn nonsense(code: &str, detail: &str) -> Failure {
    Failure::new(FailureClass::Bug, code, detail)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_most_specific_known_code_decides_and_the_status_only_without_one() {
        let cases: &[(u16, &str, bool, FailureClass, &str)] = &[
            (
                404,
                r#"{"error":{"code":"ErrorItemNotFound"}}"#,
                false,
                FailureClass::ItemGone,
                "ErrorItemNotFound",
            ),
            (
                404,
                r#"{"error":{"code":"itemNotFound"}}"#,
                false,
                FailureClass::ItemGone,
                "itemNotFound",
            ),
            (
                404,
                r#"{"error":{"code":"MailboxNotEnabledForRESTAPI"}}"#,
                false,
                FailureClass::ScopeUnreadable,
                "MailboxNotEnabledForRESTAPI",
            ),
            (
                404,
                r#"{"error":{"code":"Request_ResourceNotFound"}}"#,
                false,
                FailureClass::ScopeUnreadable,
                "Request_ResourceNotFound",
            ),
            (
                404,
                r#"{"error":{"code":"ResourceNotFound"}}"#,
                false,
                FailureClass::ScopeUnreadable,
                "ResourceNotFound",
            ),
            (
                404,
                r#"{"error":{"code":"ErrorInvalidUser"}}"#,
                false,
                FailureClass::ScopeUnreadable,
                "ErrorInvalidUser",
            ),
            (404, "<html>not here</html>", false, FailureClass::ScopeUnreadable, "Http404"),
            (
                404,
                r#"{"error":{"code":"NeverHeardOf"}}"#,
                false,
                FailureClass::ScopeUnreadable,
                "NeverHeardOf",
            ),
            (
                403,
                r#"{"error":{"code":"ErrorAccessDenied","message":"x"}}"#,
                false,
                FailureClass::ScopeUnreadable,
                "ErrorAccessDenied",
            ),
            (
                410,
                r#"{"error":{"code":"syncStateNotFound"}}"#,
                false,
                FailureClass::CheckpointExpired,
                "syncStateNotFound",
            ),
            (
                400,
                r#"{"error":{"code":"BadRequest","innererror":{"code":"SyncStateNotFound"}}}"#,
                false,
                FailureClass::CheckpointExpired,
                "SyncStateNotFound",
            ),
            (
                400,
                r#"{"error":{"code":"invalidRequest","innerError":{"code":"x","innerError":{"code":"ErrorAccessDenied"}}}}"#,
                false,
                FailureClass::ScopeUnreadable,
                "ErrorAccessDenied",
            ),
            (
                429,
                r#"{"error":{"code":"TooManyRequests","innerError":{"code":"429"}}}"#,
                false,
                FailureClass::Throttled { until: None },
                "429",
            ),
            (
                429,
                r#"{"error":{"code":"ErrorItemNotFound"}}"#,
                false,
                FailureClass::Throttled { until: None },
                "ErrorItemNotFound",
            ),
            (503, "", true, FailureClass::Throttled { until: None }, "Http503"),
            (503, "", false, FailureClass::Unavailable, "Http503"),
            (
                503,
                r#"{"error":{"code":"ErrorServerBusy"}}"#,
                false,
                FailureClass::Throttled { until: None },
                "ErrorServerBusy",
            ),
            (504, "<html>", false, FailureClass::Timeout, "Http504"),
            (500, r#"{"error":null}"#, false, FailureClass::Unavailable, "Http500"),
            (
                412,
                r#"{"error":{"code":"ErrorIrresolvableConflict"}}"#,
                false,
                FailureClass::Conflict,
                "ErrorIrresolvableConflict",
            ),
            (
                401,
                r#"{"error":"invalid_client","error_description":"x"}"#,
                false,
                FailureClass::Unauthenticated,
                "invalid_client",
            ),
            (
                400,
                r#"{"error":"invalid_request"}"#,
                false,
                FailureClass::Unauthenticated,
                "invalid_request",
            ),
            (
                400,
                r#"{"error":{"code":"InefficientFilter"}}"#,
                false,
                FailureClass::Bug,
                "InefficientFilter",
            ),
            (418, "[]", false, FailureClass::Bug, "Http418"),
        ];
        for (status, body, has_retry_after, class, code) in cases {
            let failure = answer(*status, body.as_bytes(), *has_retry_after);
            assert_eq!((&failure.class, failure.code.as_str()), (class, *code), "{status} {body}");
        }
    }

    #[test]
    fn the_table_is_in_lower_case_and_has_no_code_twice() {
        let mut seen = std::collections::BTreeSet::new();
        for (code, _) in CODES {
            assert_eq!(*code, code.to_ascii_lowercase());
            assert!(seen.insert(code), "{code}");
        }
    }

    #[test]
    fn a_time_out_is_the_servers_own_only_under_a_code_of_it() {
        let cause = |status, body: &str| answer(status, body.as_bytes(), false).cause;
        let named = r#"{"error":{"code":"ErrorTimeoutExpired"}}"#;
        assert_eq!(cause(504, named), Cause::MailboxTimeout);
        assert_eq!(cause(504, ""), Cause::Gateway);
        assert_eq!(cause(408, "<html>"), Cause::Gateway);
        assert_eq!(cause(502, ""), Cause::Gateway);
        assert_eq!(cause(500, ""), Cause::OutOfOrder);
        let named = r#"{"error":{"code":"ServiceUnavailable"}}"#;
        assert_eq!(cause(503, named), Cause::OutOfOrder);
        assert_eq!(transport(&SendError::Timeout).cause, Cause::NoAnswer);
        let refused = SendError::Connect { detail: String::new() };
        assert_eq!(transport(&refused).cause, Cause::NoConnection);
    }

    #[test]
    fn a_missing_answer_tells_what_is_known_about_its_effect() {
        let class = |error| transport(&error).class;
        assert_eq!(class(SendError::Timeout), FailureClass::Timeout);
        assert_eq!(class(SendError::Interrupted { detail: String::new() }), FailureClass::Timeout);
        assert_eq!(class(SendError::Connect { detail: String::new() }), FailureClass::Unavailable);
        assert_eq!(class(SendError::BodyTooLarge { limit: 1 }), FailureClass::Bug);
    }
}
