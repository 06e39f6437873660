//! Comparing item by item: three sides in, differences and what waits out. Pure.

use super::{Difference, DifferenceKind, Found, Waiting, picture::Picture};
use crate::mailbox::scope::scope_of;
use earmark_ledger::HeldDecision;
use earmark_model::{
    ActivityId, Baseline, CrmSide, Instant, ItemHandle, ItemKind, ItemState, Link, MailboxSide,
    ObservedItem, UndeliverableMark,
};
use earmark_tracking::{
    Reading, Reason, Rules,
    category::{bears_undeliverable, mailbox_side},
    series::{Series, exception_side},
};
use std::collections::BTreeSet;

/// Compares every item of a mailbox.
pub(super) fn compare(picture: &Picture, rules: &Rules, found: &mut Found) {
    let handles: BTreeSet<&ItemHandle> =
        picture.read.keys().chain(picture.linked.keys()).chain(picture.known.keys()).collect();
    for handle in handles {
        let one = One {
            picture,
            handle,
            item: picture.read.get(handle).map(Option::as_ref),
            link: picture.known.get(handle),
            linked: picture.linked.get(handle).map_or(&[], Vec::as_slice),
            rules,
        };
        if !one.is_frozen() {
            one.compare(found);
        }
    }
}

/// Everything about one item.
struct One<'a> {
    picture: &'a Picture,
    handle: &'a ItemHandle,
    /// `None`: it was not read. `Some(None)`: it is not there.
    item: Option<Option<&'a ObservedItem>>,
    link: Option<&'a Link>,
    linked: &'a [ActivityId],
    rules: &'a Rules,
}

impl One<'_> {
    fn is_frozen(&self) -> bool {
        let kind = self.item.flatten().map(|item| item.kind);
        match kind.or_else(|| self.link.map(|link| link.kind)) {
            Some(kind) => self.picture.frozen.contains(&scope_of(kind)),
            // Nobody knows of which kind it is: it may be in what cannot be read.
            None => !self.picture.frozen.is_empty(),
        }
    }

    fn compare(&self, found: &mut Found) {
        if let Some(waiting) = self.waiting() {
            found.waiting.push(waiting);
            return;
        }
        if self.linked.iter().collect::<BTreeSet<_>>().len() > 1 {
            let records: Vec<String> = self.linked.iter().map(ToString::to_string).collect();
            found.differences.push(self.differs(DifferenceKind::ItemDoubled, records.join(" ")));
            return;
        }
        if let Some(kind) = self.kind() {
            found.differences.push(self.differs(kind, String::new()));
        } else if let Some(kind) = self.undeliverable() {
            found.differences.push(self.differs(kind, String::new()));
        }
    }

    fn kind(&self) -> Option<DifferenceKind> {
        let dangling = self.linked.iter().any(|record| !self.picture.existing.contains(record));
        if dangling {
            return Some(DifferenceKind::RecordMissing);
        }
        match self.link.filter(|link| link.baseline == Baseline::Tracked) {
            Some(link) => self.tracked(link),
            None => self.untracked(),
        }
    }

    /// The ledger has the item as tracked.
    fn tracked(&self, link: &Link) -> Option<DifferenceKind> {
        let Some(record) = self.linked.first() else {
            if self.side() == MailboxSide::Gone {
                return Some(DifferenceKind::RowWithoutItem);
            }
            let exists = link.activity.is_some_and(|id| self.picture.existing.contains(&id));
            return Some(if exists {
                DifferenceKind::LinkMissing
            } else {
                DifferenceKind::RecordMissing
            });
        };
        if link.crm != CrmSide::Linked {
            return Some(DifferenceKind::LinkUnknown);
        }
        if link.activity != Some(*record) {
            return Some(DifferenceKind::LinkElsewhere);
        }
        match self.side() {
            MailboxSide::Gone => Some(DifferenceKind::ItemGone),
            MailboxSide::Without if !link.uncategorized => Some(DifferenceKind::CategoryMissing),
            MailboxSide::Without | MailboxSide::With | MailboxSide::Unreadable => None,
        }
    }

    /// The ledger does not know the item, or not as tracked.
    fn untracked(&self) -> Option<DifferenceKind> {
        let is_linked = !self.linked.is_empty();
        match self.side() {
            MailboxSide::With if is_linked => Some(DifferenceKind::LinkUnknown),
            MailboxSide::With if !self.is_left_alone() => Some(DifferenceKind::BearerNotLinked),
            MailboxSide::Without if is_linked => Some(DifferenceKind::LinkUnknown),
            MailboxSide::Gone if is_linked => {
                let closed = self.link.is_some_and(|link| link.state == ItemState::SourceGone);
                (!closed).then_some(DifferenceKind::LinkOfGoneItem)
            }
            _ => None,
        }
    }

    /// Only what bears the Undeliverable category now is told of: to take it off is everybody's
    /// right.
    fn undeliverable(&self) -> Option<DifferenceKind> {
        let item = self.item.flatten()?;
        let bears = bears_undeliverable(item, &self.picture.names, self.rules);
        if !bears || !self.picture.switch_on || self.side() == MailboxSide::Gone {
            return None;
        }
        let mark = self.link.map_or(UndeliverableMark::None, |link| link.undeliverable);
        let tracked = self.link.is_some_and(|link| link.baseline == Baseline::Tracked);
        match mark {
            UndeliverableMark::None if tracked && self.side() == MailboxSide::With => {
                Some(DifferenceKind::UndeliverableStale)
            }
            UndeliverableMark::None => Some(DifferenceKind::UndeliverableUnknown),
            UndeliverableMark::Intended | UndeliverableMark::Marked => None,
        }
    }

    /// **M**, with what an exception has from its series. Without a category in force every item
    /// that is there is as it should be.
    fn side(&self) -> MailboxSide {
        let Some(item) = self.item else { return MailboxSide::Unreadable };
        let reading = item.map_or(Reading::Gone, Reading::Found);
        let own = mailbox_side(reading, self.link, &self.picture.names, self.rules);
        let own = match item.and_then(|item| item.series.as_ref()) {
            Some(member) => {
                let series = Series::of(self.picture.known.get(&member.master));
                exception_side(own, self.link, series, self.rules).0
            }
            None => own,
        };
        match own {
            MailboxSide::Gone => own,
            _ if !self.picture.switch_on => MailboxSide::Unreadable,
            own => own,
        }
    }

    /// A bearer about which it was decided that nothing is done.
    fn is_left_alone(&self) -> bool {
        let decided = self.link.is_some_and(|link| {
            link.ignored
                || link.state == ItemState::Unsupported
                || link.reason == Reason::SameMessageIdOtherContent.code()
        });
        let kind = self.item.flatten().map(|item| item.kind);
        decided || matches!(kind, Some(ItemKind::MeetingMessage | ItemKind::Contact))
    }

    fn waiting(&self) -> Option<Waiting> {
        let draft = self.item.flatten().is_some_and(|item| item.is_draft);
        let Some(link) = self.link else {
            let bears = draft && self.side() == MailboxSide::With && self.linked.is_empty();
            let reason = Reason::DraftNotSent.code();
            return bears.then(|| self.waits(ItemState::Pending, reason, None, false));
        };
        if let Some(held) = self.picture.held.get(self.handle) {
            let doubtful = held.reason == HeldDecision::MISSING_IN_CRM;
            let needs_person = doubtful && held.released_at.is_none();
            let ripe = held.held_since.plus(self.picture.cycle);
            let until = (!needs_person && held.released_at.is_none()).then_some(ripe);
            return Some(self.waits(ItemState::Held, &held.reason, until, needs_person));
        }
        let is_ending = link.baseline == Baseline::Tracked
            && link.crm != CrmSide::Linked
            && self.linked.is_empty();
        let under_way = link.request.is_some()
            || link.owes_category
            || link.undeliverable == UndeliverableMark::Intended
            || matches!(link.state, ItemState::Pending | ItemState::Retrying)
            || is_ending;
        if under_way {
            return Some(self.waits(link.state, &link.reason, link.not_before, false));
        }
        // No untrack is decided before the list of categories was seen twice as it is now.
        let unsettled = self.picture.unsettled_until.filter(|until| *until > self.picture.now);
        let loses = link.baseline == Baseline::Tracked
            && !link.uncategorized
            && !self.linked.is_empty()
            && self.side() == MailboxSide::Without;
        unsettled.filter(|_| loses).map(|until| {
            self.waits(link.state, Reason::MasterListUnsettled.code(), Some(until), false)
        })
    }

    fn waits(
        &self,
        state: ItemState,
        reason: &str,
        until: Option<Instant>,
        needs_person: bool,
    ) -> Waiting {
        Waiting {
            mailbox: self.picture.mailbox,
            item: self.handle.clone(),
            activity: self.activity(),
            state,
            reason: reason.to_owned(),
            until,
            needs_person,
        }
    }

    fn differs(&self, kind: DifferenceKind, detail: String) -> Difference {
        Difference {
            mailbox: self.picture.mailbox,
            kind,
            item: Some(self.handle.clone()),
            activity: self.activity(),
            reason: self.link.map(|link| link.reason.clone()).filter(|reason| !reason.is_empty()),
            detail,
            repair: kind.repair(),
        }
    }

    fn activity(&self) -> Option<ActivityId> {
        self.linked.first().copied().or_else(|| self.link.and_then(|link| link.activity))
    }
}
