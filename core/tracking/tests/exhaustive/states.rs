//! Every combination of facts about a message.

use earmark_model::{
    ActivityId, Baseline, CrmSide, FolderRole, Instant, ItemHandle, ItemKind, ItemState, Link,
    LinkKey, MailboxId, MailboxSide, ObservedItem, OrganizationId, OwnWrite, PrincipalId, Request,
    RequestOrigin, RequestWish, UndeliverableMark, Version,
};
use earmark_tracking::{
    Decision, Effect, Facts, MasterView, Reading, Rules, TombstoneChange,
    record::{Confirmed, begin, confirm, settle},
};

pub const NOW: Instant = Instant::from_millis(1_000_000);

/// The facts about one message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Situation {
    pub mailbox: MailboxSide,
    pub bears_undeliverable: bool,
    /// `None` without a row in the ledger.
    pub link: Option<Link>,
    pub crm: CrmSide,
    pub switch_on: bool,
    pub first_sweep: bool,
    pub master: MasterView,
    pub tombstone: bool,
    pub copy_of_linked: bool,
    pub is_internal: bool,
    /// Units: changes of the item.
    pub version: u32,
}

const REQUESTS: usize = 5;
const MAILBOX: [MailboxSide; 4] =
    [MailboxSide::With, MailboxSide::Without, MailboxSide::Gone, MailboxSide::Unreadable];
const CRM: [CrmSide; 3] = [CrmSide::NotLinked, CrmSide::Linked, CrmSide::RecordDeleted];
const MARKS: [UndeliverableMark; 3] =
    [UndeliverableMark::None, UndeliverableMark::Intended, UndeliverableMark::Marked];
const MASTER: [MasterView; 3] = [MasterView::Settled, MasterView::Unsettled, MasterView::NotRead];

/// Takes a number apart, digit by digit of changing base.
struct Digits(u64);

impl Digits {
    fn of(&mut self, base: usize) -> usize {
        let digit = self.0 % base as u64;
        self.0 /= base as u64;
        usize::try_from(digit).unwrap_or(0)
    }

    fn flag(&mut self) -> bool {
        self.of(2) == 1
    }
}

/// Units: combinations without the facts of a link.
const OUTSIDE: u64 = 4 * 3 * 3 * 3 * (1 << 4);
/// Units: combinations of the facts of a link.
const OF_LINK: u64 = 2 * REQUESTS as u64 * 3 * 3 * (1 << 3);

/// Every situation: without a link, and with each one.
pub fn all() -> impl Iterator<Item = Situation> {
    let without = (0..OUTSIDE).map(|number| situation(number, None));
    let with = (0..OUTSIDE)
        .flat_map(|outside| (0..OF_LINK).map(move |link| situation(outside, Some(link))));
    without.chain(with)
}

fn situation(outside: u64, link: Option<u64>) -> Situation {
    let mut digits = Digits(outside);
    let kept_out = digits.of(3);
    let mut situation = Situation {
        mailbox: MAILBOX[digits.of(4)],
        crm: CRM[digits.of(3)],
        master: MASTER[digits.of(3)],
        switch_on: digits.flag(),
        first_sweep: digits.flag(),
        tombstone: digits.flag(),
        copy_of_linked: kept_out == 1,
        is_internal: kept_out == 2,
        bears_undeliverable: digits.flag(),
        link: None,
        version: 1,
    };
    // There is no first sweep while the switch is off.
    situation.first_sweep &= situation.switch_on;
    if let Some(number) = link {
        situation.link = Some(a_link(number, situation.crm));
    }
    situation
}

fn a_link(number: u64, crm: CrmSide) -> Link {
    let mut digits = Digits(number);
    let mut link = empty_link("AAkItem");
    link.baseline = if digits.flag() { Baseline::Tracked } else { Baseline::Untracked };
    link.request = request(digits.of(REQUESTS));
    link.undeliverable = MARKS[digits.of(3)];
    link.owes_category = digits.flag();
    link.ignored = digits.flag();
    link.uncategorized = digits.flag();
    match digits.of(3) {
        0 => {}
        1 => link.not_before = Some(Instant::from_millis(2_000_000)),
        _ => link.own_write = Some(OwnWrite { base: version(1), result: Some(version(1)) }),
    }
    link.crm = crm;
    if crm != CrmSide::NotLinked {
        link.activity = Some(ActivityId(uuid(9)));
        link.linked_at = Some(Instant::from_millis(5));
    }
    link.state = match link.baseline {
        Baseline::Tracked => ItemState::Tracked,
        Baseline::Untracked => ItemState::NotTracked,
    };
    link
}

fn uuid<T: std::str::FromStr>(digit: u8) -> T
where
    T::Err: std::fmt::Debug,
{
    format!("{digit}1111111-1111-4111-8111-111111111111").parse().expect("valid")
}

/// A link about which nothing is known.
pub fn empty_link(handle: &str) -> Link {
    let key = LinkKey {
        organization: OrganizationId(uuid(1)),
        mailbox: MailboxId(uuid(2)),
        handle: ItemHandle::from(handle),
    };
    Link::new(key, ItemKind::Email, Instant::from_millis(0))
}

/// No request, or one of each kind.
pub fn request(kind: usize) -> Option<Request> {
    let track = RequestWish::Track { regarding: None };
    let (wish, origin) = match kind {
        0 => return None,
        1 => (track, RequestOrigin::Person),
        2 => (RequestWish::Untrack, RequestOrigin::Person),
        3 => (track, RequestOrigin::Automatic { accepted_for: PrincipalId(uuid(3)) }),
        _ => (track, RequestOrigin::Copy),
    };
    Some(Request { wish, origin, at: Instant::from_millis(5) })
}

fn version(number: u32) -> Version {
    Version::from(format!("v{number}").as_str())
}

impl Situation {
    fn item(&self) -> ObservedItem {
        ObservedItem {
            handle: ItemHandle::from("AAkItem"),
            kind: ItemKind::Email,
            version: version(self.version),
            categories: Vec::new(),
            folder: FolderRole::Inbox,
            is_draft: false,
            message_id: None,
            sender: None,
            created: None,
            modified: None,
            received: None,
            ical_uid: None,
            is_series: false,
            series: None,
            is_organizer: false,
        }
    }

    /// Shows these facts to somebody.
    pub fn with_facts<T>(&self, see: impl FnOnce(&Facts<'_>) -> T) -> T {
        let item = self.item();
        let reading = match self.mailbox {
            MailboxSide::Gone => Reading::Gone,
            MailboxSide::Unreadable => Reading::Unreadable,
            MailboxSide::With | MailboxSide::Without => Reading::Found(&item),
        };
        see(&Facts {
            reading,
            mailbox: self.mailbox,
            inherited: false,
            bears_undeliverable: self.bears_undeliverable,
            link: self.link.as_ref(),
            crm: self.crm,
            switch_on: self.switch_on,
            first_sweep_after_switch_on: self.first_sweep,
            master: self.master,
            tombstone: self.tombstone,
            copy_of_linked: self.copy_of_linked,
            is_internal: self.is_internal,
            is_field_source: false,
            now: NOW,
        })
    }

    /// Everything that was decided succeeds.
    pub fn carry_out(&mut self, decision: &Decision, rules: &Rules) {
        let mut link = self.link.take().unwrap_or_else(|| empty_link("AAkItem"));
        begin(&mut link, decision, None, NOW);
        for effect in &decision.effects {
            let confirmed = self.carried_out(effect);
            confirm(&mut link, effect, &confirmed, NOW, rules);
        }
        settle(&mut link, decision, None, NOW);
        match decision.settle.tombstone {
            TombstoneChange::Keep => {}
            TombstoneChange::Write => self.tombstone = true,
            TombstoneChange::Clear => self.tombstone = false,
        }
        self.first_sweep = false;
        self.link = Some(link);
    }

    fn carried_out(&mut self, effect: &Effect) -> Confirmed {
        match effect {
            Effect::Track { .. } => {
                self.crm = CrmSide::Linked;
                return Confirmed::Linked(ActivityId(uuid(9)));
            }
            Effect::SetRegarding(_) => return Confirmed::RegardingSet,
            Effect::Unlink => {
                self.crm = CrmSide::NotLinked;
                return Confirmed::Unlinked;
            }
            Effect::Update | Effect::TakeOver => {
                return Confirmed::OtherFields { version: version(self.version) };
            }
            Effect::PutBackLink => return Confirmed::BackLinked,
            Effect::AddCategory => self.mailbox = MailboxSide::With,
            Effect::RemoveCategory => self.mailbox = MailboxSide::Without,
            Effect::MarkUndeliverable => {
                self.mailbox = MailboxSide::Without;
                self.bears_undeliverable = true;
            }
            Effect::RemoveUndeliverable => self.bears_undeliverable = false,
        }
        let base = version(self.version);
        self.version += 1;
        Confirmed::Categories { base, result: version(self.version) }
    }
}
