//! The parts of a mailbox, and what happens when one of them alone cannot be read.

use super::{Cycle, observe::Readings};
use crate::Engine;
use earmark_mailbox_port::Scope;
use earmark_model::{Failure, FailureClass, FailureNote, ItemKind, Link};

/// The part that holds items of this kind.
pub(crate) const fn scope_of(kind: ItemKind) -> Scope {
    match kind {
        ItemKind::Appointment => Scope::Calendar,
        ItemKind::Task => Scope::Tasks,
        ItemKind::Email | ItemKind::MeetingMessage | ItemKind::Contact => Scope::Mail,
    }
}

/// The kind as which the items of a part are read.
pub(super) const fn kind_in(scope: Scope) -> ItemKind {
    match scope {
        Scope::Mail => ItemKind::Email,
        Scope::Calendar => ItemKind::Appointment,
        Scope::Tasks => ItemKind::Task,
    }
}

/// How people call a part.
const fn name(scope: Scope) -> &'static str {
    match scope {
        Scope::Mail => "the mail",
        Scope::Calendar => "the calendar",
        Scope::Tasks => "the tasks",
    }
}

/// Stands between the part and the server's own code in the note about a frozen part.
const OF_PART: char = '/';

impl Engine {
    /// The parts that mailboxes of this server have.
    pub(crate) fn scopes(&self) -> Vec<Scope> {
        let tasks = self.parts.mailboxes.capabilities().tasks.then_some(Scope::Tasks);
        [Scope::Mail, Scope::Calendar].into_iter().chain(tasks).collect()
    }
}

impl Cycle<'_> {
    /// The parts that are read beside the mail.
    pub(super) fn scopes_beside_mail(&self) -> Vec<Scope> {
        self.engine.scopes().into_iter().filter(|scope| *scope != Scope::Mail).collect()
    }

    /// A part that is refused freezes alone: its links are neither read nor concluded about, and
    /// the mailbox goes on. Answers every other failure.
    pub(super) fn freeze(&mut self, scope: Scope, failure: Failure) -> Result<(), Failure> {
        let alone = scope != Scope::Mail && failure.class == FailureClass::ScopeUnreadable;
        if !alone || !self.rules().parts_freeze_alone {
            return Err(failure);
        }
        if self.frozen.insert(scope, failure.clone()).is_none() {
            tracing::warn!(mailbox.id = %self.row.id, scope = scope.as_str(),
                code = %failure.code, "a part of the mailbox cannot be read");
            self.report.unreadable.push((scope, failure));
        }
        Ok(())
    }

    /// What cannot be read is not empty: without that rule a failed reading shows nothing.
    pub(super) fn or_empty<T: Default>(&self, read: Result<T, Failure>) -> Result<T, Failure> {
        read.or_else(|failure| match self.rules().row_unreadable {
            true => Err(failure),
            false => Ok(T::default()),
        })
    }

    /// Whether nothing is concluded about the link in this cycle.
    pub(super) fn is_frozen(&self, link: &Link) -> bool {
        self.frozen.contains_key(&scope_of(link.kind))
    }

    /// Takes out what was read of a part before it froze.
    pub(super) fn without_frozen(&self, readings: &mut Readings) {
        readings.retain(|handle, item| {
            let kind = item.as_ref().map(|item| item.kind);
            let kind = kind.or_else(|| self.links.get(handle).map(|link| link.kind));
            !kind.is_some_and(|kind| self.frozen.contains_key(&scope_of(kind)))
        });
    }

    /// What is remembered about frozen parts after a cycle that was complete otherwise.
    pub(super) fn frozen_note(&self) -> Option<FailureNote> {
        let (scope, failure) = self.frozen.first_key_value()?;
        Some(FailureNote {
            class: failure.class.as_str().to_owned(),
            code: format!("{}{OF_PART}{}", scope.as_str(), failure.code),
            detail: format!(
                "{} cannot be read, so its items are left as they are: {}",
                name(*scope),
                failure.detail
            ),
        })
    }

    /// Whether the last cycle ended before the mail was dealt with.
    pub(super) fn mail_was_lost(&self) -> bool {
        let of_part = |note: &FailureNote| {
            note.code.split_once(OF_PART).is_some_and(|(scope, _)| {
                [Scope::Calendar, Scope::Tasks].iter().any(|part| part.as_str() == scope)
            })
        };
        self.memory.last_failure.as_ref().is_some_and(|note| !of_part(note))
    }
}
