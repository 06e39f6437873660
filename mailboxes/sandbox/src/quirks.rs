//! Behaviours of the original that nobody could verify, each behind a switch.

use serde::{Deserialize, Serialize};

/// A named set of quirks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Profile {
    /// As the documents say, or as the best report says where they are silent.
    #[default]
    Documented,
    /// The easiest reading for a client.
    Kind,
    /// The hardest reading for a client that was reported or cannot be ruled out.
    Hostile,
}

impl Profile {
    /// From its name.
    pub fn parse(name: &str) -> Option<Self> {
        match name {
            "documented" => Some(Self::Documented),
            "kind" => Some(Self::Kind),
            "hostile" => Some(Self::Hostile),
            _ => None,
        }
    }

    /// The quirks of this profile.
    pub fn quirks(self) -> Quirks {
        match self {
            Self::Documented => Quirks::documented(),
            Self::Kind => Quirks {
                inefficient_filter: false,
                exceptions_inherit_categories: true,
                throttling: false,
                subscription_week: true,
                subscription_clamps: true,
                ..Quirks::documented()
            },
            Self::Hostile => Quirks::hostile(),
        }
    }
}

/// The switches. Source: the list of behaviours to emulate and the open questions for a live
/// tenant in the Graph facts, sections 22 and 23.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Quirks {
    /// A change of categories alone raises `lastModifiedDateTime`.
    pub category_bumps_modified: bool,
    /// A move raises `lastModifiedDateTime`.
    pub move_bumps_modified: bool,
    /// A change of `isRead` alone raises `lastModifiedDateTime` and `changeKey`.
    pub read_bumps_modified: bool,
    /// `categories/any(c:c eq 'x')` compares in any case.
    pub category_match_ignores_case: bool,
    /// Two `any` clauses over categories may be joined by `or`.
    pub category_or: bool,
    /// The HTTP status of a second master category of the same name: 409 or 400.
    pub duplicate_category_status: u16,
    /// With immutable ids, a moved message never shows up in the delta of its new folder.
    pub immutable_moves_hidden: bool,
    /// `$orderby` beside `$filter` is held to the documented rule (`InefficientFilter`).
    pub inefficient_filter: bool,
    /// Now and then a page of a delta is empty but for its next link.
    pub delta_empty_pages: bool,
    /// A delta page repeats the last item of the page before.
    pub delta_repeats: bool,
    /// After `isRead` alone changed, a delta answers only id, isRead and parentFolderId.
    pub delta_partial_read_state: bool,
    /// Delivered mail keeps the categories that its sender wrote into the `Keywords` header.
    pub keep_external_categories: bool,
    /// Rules change a message right after it was delivered, instead of before.
    pub rules_change_after_delivery: bool,
    /// One id that means nothing refuses a whole translation of ids.
    pub translation_all_or_nothing: bool,
    /// For twenty minutes after a change of its categories, lists and reads of a message show it
    /// to applications as it was before.
    pub stale_reads: bool,
    /// Error codes start with a small letter, as some services of the original do.
    pub lower_case_codes: bool,
    /// `$filter` over the categories of tasks is refused.
    #[serde(default)]
    pub task_filter_unsupported: bool,
    /// The documented limit of four requests at once for each application and mailbox holds.
    pub mailbox_concurrency: bool,
    /// An exception whose categories were never written shows those of its series; otherwise
    /// they were copied when it was made.
    pub exceptions_inherit_categories: bool,
    /// The documented limits of requests and uploads over time hold.
    pub throttling: bool,
    /// Some refusals for too many requests do not say how long to wait.
    pub retry_after_missing: bool,
    /// A batch is answered in another order than it was asked.
    pub batch_reordered: bool,
    /// A subscription may last 10,080 minutes instead of 4,230.
    pub subscription_week: bool,
    /// A subscription that would last too long is shortened instead of refused.
    pub subscription_clamps: bool,
    /// An application may subscribe to tasks by itself, without a user.
    pub todo_app_subscriptions: bool,
    /// What is made is told as `created` and then as `updated`.
    pub created_notices_twice: bool,
    /// With immutable ids, a move is told as `deleted` alone.
    pub move_notices_partial: bool,
    /// Within one post, notices stand in another order than things happened.
    pub notices_reordered: bool,
}

impl Quirks {
    fn documented() -> Self {
        Self {
            category_bumps_modified: true,
            move_bumps_modified: true,
            read_bumps_modified: false,
            category_match_ignores_case: true,
            category_or: true,
            duplicate_category_status: 409,
            immutable_moves_hidden: false,
            inefficient_filter: true,
            delta_empty_pages: false,
            delta_repeats: false,
            delta_partial_read_state: true,
            keep_external_categories: false,
            rules_change_after_delivery: false,
            translation_all_or_nothing: false,
            stale_reads: false,
            lower_case_codes: false,
            task_filter_unsupported: false,
            mailbox_concurrency: false,
            exceptions_inherit_categories: false,
            throttling: true,
            retry_after_missing: false,
            batch_reordered: false,
            subscription_week: false,
            subscription_clamps: false,
            todo_app_subscriptions: true,
            created_notices_twice: false,
            move_notices_partial: false,
            notices_reordered: false,
        }
    }

    fn hostile() -> Self {
        Self {
            category_bumps_modified: false,
            move_bumps_modified: false,
            category_match_ignores_case: false,
            category_or: false,
            duplicate_category_status: 400,
            immutable_moves_hidden: true,
            rules_change_after_delivery: true,
            translation_all_or_nothing: true,
            delta_empty_pages: true,
            delta_repeats: true,
            lower_case_codes: true,
            task_filter_unsupported: true,
            mailbox_concurrency: true,
            retry_after_missing: true,
            batch_reordered: true,
            todo_app_subscriptions: false,
            created_notices_twice: true,
            move_notices_partial: true,
            notices_reordered: true,
            ..Self::documented()
        }
    }
}

impl Default for Quirks {
    fn default() -> Self {
        Self::documented()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_an_older_file_does_not_name_is_as_documented() {
        let kept = r#"{"categoryOr":false}"#;
        let quirks: Quirks = serde_json::from_str(kept).expect("quirks");
        assert_eq!(quirks, Quirks { category_or: false, ..Quirks::documented() });
        assert!(serde_json::from_str::<Quirks>(r#"{"other":true}"#).is_err());
    }
}
