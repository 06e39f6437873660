//! What is known about one item.

/// One item in one mailbox.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Item {
    pub(super) user: &'static str,
    pub(super) id: String,
    /// Begins with the word that messages with one `Message-ID` have in common.
    pub(super) subject: String,
    /// Other categories, in their order.
    pub(super) foreign: Vec<String>,
    /// It bears the category, under any name.
    pub(super) bears: bool,
    /// It lies in Deleted Items or Junk.
    pub(super) discarded: bool,
    /// It was not deleted for good.
    pub(super) alive: bool,
    /// What was wanted last: tracked, not tracked, or nothing yet.
    pub(super) intent: Option<bool>,
    /// Acts overtook each other: only agreement of both sides is certain.
    pub(super) unclear: bool,
    /// The service has a cause to add the category.
    pub(super) may_add: bool,
    /// The service has a cause to take the category off.
    pub(super) may_remove: bool,
    /// The ledger was lost: what it alone knew about this item is not expected any more.
    pub(super) forgotten: bool,
}

impl Item {
    pub(super) fn new(user: &'static str, id: String, subject: String) -> Self {
        Self {
            user,
            id,
            subject,
            foreign: Vec::new(),
            bears: false,
            discarded: false,
            alive: true,
            intent: None,
            unclear: false,
            may_add: false,
            may_remove: false,
            forgotten: false,
        }
    }

    /// What messages with one `Message-ID` have in common.
    pub(super) fn family(&self) -> &str {
        family(&self.subject)
    }

    /// For people who read a failure.
    pub(super) fn name(&self) -> String {
        let end = self.id.len().saturating_sub(6);
        format!("{} of {} (…{})", self.subject, self.user, &self.id[end..])
    }
}

/// What the subjects of messages with one `Message-ID` have in common.
pub(super) fn family(subject: &str) -> &str {
    subject.split(' ').next().unwrap_or(subject)
}
