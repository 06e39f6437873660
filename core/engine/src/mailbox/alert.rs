//! What a cycle tells people about its mailbox.

use super::{Cycle, apply::Applied};
use crate::EngineError;
use earmark_ledger::{ExpectedCopy, Record};
use earmark_model::{Alert, CategoryName, Failure, FailureClass, Link, MasterCategory};
use earmark_tracking::{
    AlertKind,
    alert::{self, Occasion, Outcome},
    booking,
};

/// What people are asked about.
const ASKING: [AlertKind; 2] = [AlertKind::MeetingUpdateHeld, AlertKind::SchedulingConflict];

impl Cycle<'_> {
    /// Raises an alert that is recorded together with the mailbox as a whole.
    fn raise(&mut self, occasion: Occasion) {
        let alert = self.alert_here(occasion);
        self.raised.push(alert);
    }

    fn alert_here(&self, occasion: Occasion) -> Option<Alert> {
        let organization = self.lease.organization;
        self.engine.alert(occasion, organization, Some(self.row.id), &self.settings)
    }

    fn ended(&mut self, kind: AlertKind) {
        let organization = self.lease.organization;
        let end = self.engine.alert_end(kind, organization, Some(self.row.id), &self.settings);
        self.raised.end(end);
    }

    /// The alerts of what became of single items, to be recorded together with it.
    pub(super) fn alerts_of_items(&mut self, applied: &[Applied]) -> Vec<Alert> {
        let rules = self.rules();
        let alerts: Vec<Alert> = applied
            .iter()
            .filter_map(|item| alert::for_item(item.before.as_ref(), &item.link, rules))
            .filter_map(|occasion| self.alert_here(occasion))
            .collect();
        self.raised.note(!alerts.is_empty());
        alerts
    }

    /// A copy that was expected here did not come.
    pub(super) fn alert_of_missing(&self, copy: &ExpectedCopy) -> Option<Alert> {
        let occasion = alert::for_missing_copy(copy.opened_at, &copy.source_key, self.rules())?;
        self.alert_here(occasion)
    }

    /// The entry is there, be it made or found: for the first time, again after the switch, or in
    /// the place of one that went missing.
    pub(super) fn raise_for_new_entry(&mut self, entry: &MasterCategory, was_known: bool) {
        if !self.rules().alerts_of_the_entry {
            return;
        }
        let kind = if was_known && !self.memory.saw_switch_off {
            AlertKind::CategoryRecreated
        } else {
            AlertKind::CategoryEnabled
        };
        self.raise(Occasion::new(kind, entry.id.as_str(), entry.name.as_str()));
    }

    /// Somebody renamed the entry.
    pub(super) fn raise_for_renamed_entry(&mut self, entry: &MasterCategory) {
        if self.rules().alerts_of_the_entry {
            let episode = format!("{} {}", entry.id.as_str(), self.now().as_millis());
            self.raise(Occasion::new(AlertKind::CategoryRenamed, episode, entry.name.as_str()));
        }
    }

    /// The switch is off, and the entry was taken out.
    pub(super) fn raise_for_dropped_entry(&mut self, entry: &MasterCategory) {
        if self.rules().alerts_of_the_entry {
            let kind = AlertKind::CategoryDisabled;
            self.raise(Occasion::new(kind, entry.id.as_str(), entry.name.as_str()));
        }
    }

    /// The mailbox as a whole cannot be worked on. What merely asks for patience is no alert.
    pub(super) fn raise_for_failure(&mut self, failure: &Failure, opens_circuit: bool) {
        let kind = match failure.class {
            FailureClass::ScopeUnreadable if Self::is_lost(failure) => AlertKind::MailboxOfAnother,
            FailureClass::ScopeUnreadable => AlertKind::MailboxUnreadable,
            _ if opens_circuit => AlertKind::MailboxOutOfOrder,
            _ => return,
        };
        self.note_failing(kind);
        if self.rules().alerts_of_what_lasts {
            let outcome = Some(Outcome { word: failure.code.clone(), number: None });
            let occasion = Occasion::new(kind, self.now().as_millis().to_string(), "");
            self.raise(Occasion { outcome, ..occasion });
        }
    }

    /// The mailbox was worked on as a whole. Asked before the last failure is forgotten.
    pub(super) fn end_failures(&mut self) {
        if self.memory.last_failure.is_some() && self.rules().alerts_of_what_lasts {
            self.ended(AlertKind::MailboxUnreadable);
            self.ended(AlertKind::MailboxOfAnother);
            self.ended(AlertKind::MailboxOutOfOrder);
        }
    }

    /// What began to wait for an answer with these items.
    pub(super) fn raise_for_answers(&mut self, applied: &[Applied]) {
        for kind in ASKING {
            let begins = |item: &Applied| asked(&item.link) == Some(kind) && begins_to_wait(item);
            if self.rules().alerts_of_what_lasts && applied.iter().any(begins) {
                let episode = self.now().as_millis().to_string();
                let outcome = (kind == AlertKind::SchedulingConflict)
                    .then(|| Outcome { word: booking::OUTCOME.to_owned(), number: None });
                self.raise(Occasion { outcome, ..Occasion::new(kind, episode, "") });
            }
        }
    }

    /// Something does not wait any longer; perhaps it was the last. Rare enough to ask for all.
    pub(super) async fn end_for_answers(&mut self) -> Result<(), EngineError> {
        let store = &self.engine.parts.store;
        let links = store.links(self.lease.organization, self.row.id).await?;
        for kind in ASKING {
            let waits = links.iter().any(|link| asked(link) == Some(kind));
            if self.rules().alerts_of_what_lasts && !waits {
                self.ended(kind);
            }
        }
        Ok(())
    }

    /// Decisions are held.
    pub(super) fn raise_for_held(&mut self) {
        if self.rules().alerts_of_what_lasts {
            let episode = self.now().as_millis().to_string();
            self.raise(Occasion::new(AlertKind::TrackingHeld, episode, ""));
        }
    }

    /// The last decision that was held is settled.
    pub(super) fn end_held(&mut self) {
        if self.rules().alerts_of_what_lasts {
            self.ended(AlertKind::TrackingHeld);
        }
    }

    /// A delegate knows the category by another name, or none does any more.
    pub(super) fn tell_of_other_name(&mut self, other: Option<&CategoryName>) {
        match other {
            Some(name) => {
                let episode = self.now().as_millis().to_string();
                let kind = AlertKind::DelegateNameDiffers;
                self.raise(Occasion::new(kind, episode, name.as_str()));
            }
            None => self.ended(AlertKind::DelegateNameDiffers),
        }
    }

    /// The CRM as a whole is out of order.
    pub(super) fn raise_for_crm(&mut self) {
        if !self.rules().alerts_of_what_lasts {
            return;
        }
        let episode = self.now().as_millis().to_string();
        let occasion = Occasion::new(AlertKind::CrmOutOfOrder, episode, "");
        let organization = self.lease.organization;
        self.raised.push(self.engine.alert(occasion, organization, None, &self.settings));
    }

    /// Puts what was raised so far into a record.
    pub(super) fn record_raised(&mut self, record: &mut Record) {
        self.raised.record(record);
    }
}

/// What the link waits for an answer about.
fn asked(link: &Link) -> Option<AlertKind> {
    let kind = if booking::is_asked(link) {
        AlertKind::SchedulingConflict
    } else {
        AlertKind::MeetingUpdateHeld
    };
    link.edits.is_held.then_some(kind)
}

/// It waits for an answer from now on.
fn begins_to_wait(item: &Applied) -> bool {
    asked(&item.link) != item.before.as_ref().and_then(asked)
}

/// It waited for an answer, and does not any more.
pub(super) fn waits_no_longer(item: &Applied) -> bool {
    let waited = item.before.as_ref().and_then(asked);
    waited.is_some() && asked(&item.link) != waited
}
