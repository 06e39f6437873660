//! The guards around the table: switch, own writes, master list, drafts, marks, retries.

use earmark_model::{
    Baseline, CategoryName, Cause, CrmSide, Failure, FailureClass, FolderRole, Instant, ItemHandle,
    ItemKind, ItemState, Link, LinkKey, MailboxId, MailboxSide, ObservedItem, OrganizationId,
    OwnWrite, Request, RequestOrigin, RequestWish, UndeliverableMark, Version,
};
use earmark_tracking::{
    Effect, Facts, MasterView, Reading, Reason, Rules,
    category::{Names, mailbox_side},
    decide,
    retry::{Verdict, after_failure},
};
use std::time::Duration;

const CYCLE: Duration = Duration::from_secs(900);

fn item(categories: &[&str], folder: FolderRole) -> ObservedItem {
    ObservedItem {
        handle: ItemHandle::from("AAkItem"),
        kind: ItemKind::Email,
        version: Version::from("v2"),
        categories: categories.iter().map(ToString::to_string).collect(),
        folder,
        is_draft: folder == FolderRole::Drafts,
        message_id: Some("<a@b.test>".to_owned()),
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

fn link(baseline: Baseline, crm: CrmSide) -> Link {
    let key = LinkKey {
        organization: OrganizationId(
            "22222222-2222-4222-8222-222222222222".parse().expect("valid"),
        ),
        mailbox: MailboxId("33333333-3333-4333-8333-333333333333".parse().expect("valid")),
        handle: ItemHandle::from("AAkItem"),
    };
    let mut link = Link::new(key, ItemKind::Email, Instant::from_millis(0));
    link.baseline = baseline;
    link.crm = crm;
    link.state = ItemState::Tracked;
    link
}

fn facts<'a>(item: &'a ObservedItem, link: &'a Link, mailbox: MailboxSide) -> Facts<'a> {
    Facts {
        reading: Reading::Found(item),
        mailbox,
        inherited: false,
        bears_undeliverable: false,
        link: Some(link),
        crm: link.crm,
        switch_on: true,
        first_sweep_after_switch_on: false,
        master: MasterView::Settled,
        tombstone: false,
        copy_of_linked: false,
        is_internal: false,
        is_field_source: false,
        now: Instant::from_millis(1_000),
    }
}

fn names() -> Names {
    Names {
        current: Some(CategoryName::new("Sales")),
        previous: vec![CategoryName::new("Tracked to Dynamics 365")],
        of_others: Vec::new(),
        undeliverable: Some(CategoryName::new("Undeliverable")),
    }
}

#[test]
fn an_untrack_waits_for_a_settled_master_list() {
    let (item, link) = (item(&[], FolderRole::Inbox), link(Baseline::Tracked, CrmSide::Linked));
    let mut facts = facts(&item, &link, MailboxSide::Without);
    for (view, reason) in [
        (MasterView::Unsettled, Reason::MasterListUnsettled),
        (MasterView::NotRead, Reason::MasterListNotRead),
    ] {
        facts.master = view;
        let decision = decide(&facts, &Rules::all());
        assert_eq!((decision.reason, decision.effects.len()), (reason, 0));
    }
}

#[test]
fn what_our_own_write_shows_is_nobodys_act() {
    let item = item(&[], FolderRole::Inbox);
    let mut link = link(Baseline::Tracked, CrmSide::Linked);
    for write in [
        OwnWrite { base: Version::from("v2"), result: None },
        OwnWrite { base: Version::from("v1"), result: Some(Version::from("v2")) },
    ] {
        link.own_write = Some(write);
        let decision = decide(&facts(&item, &link, MailboxSide::Without), &Rules::all());
        assert_eq!((decision.reason, decision.effects.len()), (Reason::OwnWrite, 0));
    }
    link.own_write =
        Some(OwnWrite { base: Version::from("v0"), result: Some(Version::from("v1")) });
    let decision = decide(&facts(&item, &link, MailboxSide::Without), &Rules::all());
    assert_eq!(decision.reason, Reason::CategoryRemoved);
}

#[test]
fn nothing_is_decided_by_category_while_the_switch_is_off() {
    let item = item(&["Sales"], FolderRole::Inbox);
    for (baseline, crm) in
        [(Baseline::Untracked, CrmSide::NotLinked), (Baseline::Tracked, CrmSide::Linked)]
    {
        let link = link(baseline, crm);
        for mailbox in [MailboxSide::With, MailboxSide::Without] {
            let mut facts = facts(&item, &link, mailbox);
            facts.switch_on = false;
            assert!(decide(&facts, &Rules::all()).effects.is_empty());
        }
    }
}

#[test]
fn a_person_still_tracks_while_the_switch_is_off_and_no_category_is_written() {
    let item = item(&[], FolderRole::Inbox);
    let mut link = link(Baseline::Untracked, CrmSide::NotLinked);
    link.request = Some(Request {
        wish: RequestWish::Track { regarding: None },
        origin: RequestOrigin::Person,
        at: Instant::from_millis(1),
    });
    let mut facts = facts(&item, &link, MailboxSide::Without);
    facts.switch_on = false;
    let decision = decide(&facts, &Rules::all());
    assert_eq!(decision.effects, [Effect::Track { raise_epoch: false, regarding: None }]);
    assert!(!decision.owes_category);
}

#[test]
fn bearers_from_before_the_switch_went_on_are_ignored_until_assigned_anew() {
    let item = item(&["Sales"], FolderRole::Inbox);
    let mut link = link(Baseline::Untracked, CrmSide::NotLinked);
    link.state = ItemState::NotTracked;
    let mut facts = facts(&item, &link, MailboxSide::With);
    facts.first_sweep_after_switch_on = true;
    let decision = decide(&facts, &Rules::all());
    assert_eq!(decision.settle.ignored, Some(true));
    assert!(decision.effects.is_empty());
}

#[test]
fn links_without_the_category_stay_tracked_when_the_switch_goes_on() {
    let (item, link) = (item(&[], FolderRole::Inbox), link(Baseline::Tracked, CrmSide::Linked));
    let mut facts = facts(&item, &link, MailboxSide::Without);
    facts.first_sweep_after_switch_on = true;
    let decision = decide(&facts, &Rules::all());
    assert_eq!(decision.settle.uncategorized, Some(true));
    assert!(decision.effects.is_empty() && decision.settle.baseline.is_none());
}

#[test]
fn a_draft_waits_until_it_is_sent() {
    let (item, link) =
        (item(&["Sales"], FolderRole::Drafts), link(Baseline::Untracked, CrmSide::NotLinked));
    let decision = decide(&facts(&item, &link, MailboxSide::With), &Rules::all());
    assert_eq!(decision.reason, Reason::DraftNotSent);
    assert!(decision.effects.is_empty());
}

#[test]
fn deleted_items_and_junk_read_as_gone() {
    for folder in [FolderRole::DeletedItems, FolderRole::Junk, FolderRole::RecoverableItems] {
        let item = item(&["Sales"], folder);
        let side = mailbox_side(Reading::Found(&item), None, &names(), &Rules::all());
        assert_eq!(side, MailboxSide::Gone);
    }
}

#[test]
fn names_count_in_any_case() {
    let item = item(&["SALES "], FolderRole::Inbox);
    let side = mailbox_side(Reading::Found(&item), None, &names(), &Rules::all());
    assert_eq!(side, MailboxSide::With);
}

#[test]
fn an_old_name_counts_only_for_links_confirmed_under_it() {
    let item = item(&["Tracked to Dynamics 365"], FolderRole::Inbox);
    let mut link = link(Baseline::Tracked, CrmSide::Linked);
    let side = |link: Option<&Link>, names: &Names| {
        mailbox_side(Reading::Found(&item), link, names, &Rules::all())
    };
    assert_eq!(side(None, &names()), MailboxSide::Without);
    assert_eq!(side(Some(&link), &names()), MailboxSide::Without);
    link.confirmed_name = Some(CategoryName::new("tracked to dynamics 365"));
    assert_eq!(side(Some(&link), &names()), MailboxSide::With);
    let taken = Names { of_others: vec![CategoryName::new("Tracked to Dynamics 365")], ..names() };
    assert_eq!(side(Some(&link), &taken), MailboxSide::Without);
}

fn refusal() -> Failure {
    Failure::refused(Cause::PlugInRefused, "0x80040265", "a plug-in refused")
}

#[test]
fn six_attempts_a_cycle_apart_then_the_mark_is_intended() {
    let effect = Effect::Track { raise_epoch: false, regarding: None };
    let mut link = link(Baseline::Untracked, CrmSide::NotLinked);
    for attempt in 1..=6_i64 {
        let now = Instant::from_millis(attempt * 900_000);
        let verdict = after_failure(&mut link, &effect, &refusal(), now, CYCLE, &Rules::all());
        assert_eq!(verdict, Verdict::Counted);
        assert_eq!(link.not_before, Some(now.plus(CYCLE)));
        let mark = if attempt == 6 { UndeliverableMark::Intended } else { UndeliverableMark::None };
        assert_eq!(link.undeliverable, mark, "attempt {attempt}");
    }
}

#[test]
fn outages_throttling_and_conflicts_never_count() {
    let effect = Effect::Track { raise_epoch: false, regarding: None };
    for class in [
        FailureClass::Throttled { until: None },
        FailureClass::Unavailable,
        FailureClass::Unauthenticated,
        FailureClass::Conflict,
        FailureClass::ScopeUnreadable,
        FailureClass::Bug,
    ] {
        let mut link = link(Baseline::Untracked, CrmSide::NotLinked);
        let failure = Failure::new(class, "x", "y");
        after_failure(&mut link, &effect, &failure, Instant::from_millis(0), CYCLE, &Rules::all());
        assert_eq!((link.attempts, link.not_before), (0, None));
    }
}

#[test]
fn a_failed_link_waits_and_an_undeliverable_one_starts_over_when_assigned_again() {
    let item = item(&["Sales"], FolderRole::Inbox);
    let mut link = link(Baseline::Untracked, CrmSide::NotLinked);
    link.not_before = Some(Instant::from_millis(2_000));
    let decision = decide(&facts(&item, &link, MailboxSide::With), &Rules::all());
    assert_eq!(decision.reason, Reason::WaitingForRetry);
    link.undeliverable = UndeliverableMark::Marked;
    let decision = decide(&facts(&item, &link, MailboxSide::With), &Rules::all());
    assert!(decision.fresh_episode && decision.needs_record());
    let still = decide(&facts(&item, &link, MailboxSide::Without), &Rules::all());
    assert_eq!(still.reason, Reason::UndeliverableBefore);
}

#[test]
fn meeting_messages_and_contacts_never_enter() {
    let link = link(Baseline::Untracked, CrmSide::NotLinked);
    for kind in [ItemKind::MeetingMessage, ItemKind::Contact] {
        let item = ObservedItem { kind, ..item(&["Sales"], FolderRole::Inbox) };
        let decision = decide(&facts(&item, &link, MailboxSide::With), &Rules::all());
        assert!(decision.effects.is_empty());
        assert_eq!(decision.settle.state, ItemState::Unsupported);
    }
}

#[test]
fn automatic_requests_end_at_a_tombstone_and_a_person_does_not() {
    let item = item(&[], FolderRole::Inbox);
    let mut link = link(Baseline::Untracked, CrmSide::NotLinked);
    let wish = RequestWish::Track { regarding: None };
    for (origin, expected) in [
        (RequestOrigin::Copy, Reason::UntrackedByUserBefore),
        (RequestOrigin::Person, Reason::RequestedByPerson),
    ] {
        link.request = Some(Request { wish: wish.clone(), origin, at: Instant::from_millis(1) });
        let mut facts = facts(&item, &link, MailboxSide::Without);
        facts.tombstone = true;
        assert_eq!(decide(&facts, &Rules::all()).reason, expected);
    }
}

#[test]
fn without_a_ledger_row_an_item_without_the_category_is_left_alone() {
    let item = item(&[], FolderRole::Inbox);
    let link = link(Baseline::Untracked, CrmSide::Linked);
    let mut facts = facts(&item, &link, MailboxSide::Without);
    facts.link = None;
    facts.crm = CrmSide::NotLinked;
    let decision = decide(&facts, &Rules::all());
    assert_eq!((decision.reason, decision.effects.len()), (Reason::NoCategory, 0));
}

#[test]
fn a_request_whose_retries_are_used_up_ends_with_the_mark() {
    let item = item(&[], FolderRole::Inbox);
    let mut link = link(Baseline::Untracked, CrmSide::NotLinked);
    link.undeliverable = UndeliverableMark::Intended;
    link.not_before = Some(Instant::from_millis(2_000));
    for origin in [RequestOrigin::Person, RequestOrigin::Copy] {
        let wish = RequestWish::Track { regarding: None };
        link.request = Some(Request { wish, origin, at: Instant::from_millis(1) });
        let decision = decide(&facts(&item, &link, MailboxSide::Without), &Rules::all());
        assert_eq!(decision.effects, [Effect::MarkUndeliverable]);
        assert!(decision.settle.serve_request);
    }
    // A newer request of a person has cleared the waiting time.
    link.not_before = None;
    let wish = RequestWish::Track { regarding: None };
    let origin = RequestOrigin::Person;
    link.request = Some(Request { wish, origin, at: Instant::from_millis(3) });
    let decision = decide(&facts(&item, &link, MailboxSide::Without), &Rules::all());
    assert!(decision.fresh_episode && decision.needs_record());
}

#[test]
fn a_last_attempt_that_succeeded_after_all_is_no_failure() {
    let item = item(&["Sales"], FolderRole::Inbox);
    let mut link = link(Baseline::Untracked, CrmSide::Linked);
    link.undeliverable = UndeliverableMark::Intended;
    let decision = decide(&facts(&item, &link, MailboxSide::With), &Rules::all());
    assert_eq!(decision.reason, Reason::BothSidesAgree);
    assert_eq!(decision.settle.undeliverable, Some(UndeliverableMark::None));
}
