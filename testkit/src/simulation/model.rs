//! What should be, by what people did.

/// The name of the category before anybody renames it.
const FIRST_NAME: &str = "Tracked to Dynamics 365";

/// One copy of a message in one mailbox.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Copy {
    pub(super) user: &'static str,
    /// It bears the category.
    pub(super) bears: bool,
    /// It is linked in the CRM.
    pub(super) linked: bool,
    /// It lies in Deleted Items.
    pub(super) discarded: bool,
    /// It was untracked, or its record deleted: only its own user tracks it again.
    pub(super) ended: bool,
    /// Other categories, in their order.
    pub(super) foreign: Vec<String>,
}

/// One message with its copies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Message {
    pub(super) subject: String,
    pub(super) copies: Vec<Copy>,
    /// Its record is in the CRM.
    pub(super) has_record: bool,
    /// Somebody acted on it in this round.
    pub(super) is_taken: bool,
}

/// Everything that people did, summed up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Model {
    pub(super) messages: Vec<Message>,
    /// The names that the category has or had, per user, the present one last.
    names: Vec<(&'static str, Vec<String>)>,
}

impl Default for Model {
    fn default() -> Self {
        let names = super::USERS.iter().map(|user| (*user, vec![FIRST_NAME.to_owned()])).collect();
        Self { messages: Vec::new(), names }
    }
}

impl Model {
    /// The names of a user's category, the present one last.
    pub(super) fn names(&self, user: &str) -> &[String] {
        let found = self.names.iter().find(|(known, _)| *known == user);
        found.map_or(&[], |(_, names)| names.as_slice())
    }

    /// The present name of a user's category.
    pub(super) fn name(&self, user: &str) -> String {
        self.names(user).last().cloned().unwrap_or_default()
    }

    pub(super) fn rename(&mut self, user: &str, to: &str) {
        if let Some((_, names)) = self.names.iter_mut().find(|(known, _)| *known == user) {
            names.push(to.to_owned());
        }
    }

    /// Whether `name` is, or was, the category of a user.
    pub(super) fn is_ours(&self, user: &str, name: &str) -> bool {
        self.names(user).iter().any(|one| one.eq_ignore_ascii_case(name))
    }
}

impl Message {
    pub(super) fn new(subject: String, users: &[&'static str]) -> Self {
        let copy = |user: &&'static str| Copy {
            user,
            bears: false,
            linked: false,
            discarded: false,
            ended: false,
            foreign: Vec::new(),
        };
        Self {
            subject,
            copies: users.iter().map(copy).collect(),
            has_record: false,
            is_taken: false,
        }
    }

    /// A copy is tracked from now on, and with it those of the other recipients.
    pub(super) fn track(&mut self, copy: usize) {
        self.copies[copy].ended = false;
        for copy in self.copies.iter_mut().filter(|copy| !copy.ended && !copy.discarded) {
            copy.bears = true;
            copy.linked = true;
        }
        self.has_record = true;
    }

    /// A copy is not tracked any more; the record stays.
    pub(super) fn untrack(&mut self, copy: usize) {
        self.copies[copy].bears = false;
        self.copies[copy].linked = false;
        self.copies[copy].ended = true;
    }

    /// The record is deleted: every copy that can be written to loses its category.
    pub(super) fn delete_record(&mut self) {
        self.has_record = false;
        for copy in &mut self.copies {
            copy.ended |= copy.linked;
            copy.linked = false;
            copy.bears = false;
        }
    }
}
