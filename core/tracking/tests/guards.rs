//! The guards around the table: switch, own writes, master list, drafts, marks, retries.

use earmark_model::{
    ActivityId, Baseline, CategoryName, Cause, CrmSide, Failure, FailureClass, FolderRole, Instant,
    ItemHandle, ItemKind, ItemState, Link, LinkKey, MailboxId, MailboxSide, ObservedItem,
    OrganizationId, OwnWrite, Request, RequestOrigin, RequestWish, UndeliverableMark, Version,
};
use earmark_tracking::{
    Effect, Facts, MasterView, Reading, Reason, Rules,
    category::{Names, mailbox_side},
    decide, record,
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
fn a_person_who_asks_waits_until_the_category_that_we_took_off_is_not_shown_any_more() {
    let item = item(&["Tracked to Dynamics 365"], FolderRole::Inbox);
    let mut link = link(Baseline::Untracked, CrmSide::RecordDeleted);
    let wish = RequestWish::Track { regarding: None };
    link.request =
        Some(Request { wish, origin: RequestOrigin::Person, at: Instant::from_millis(1) });
    let took_off = OwnWrite { base: item.version.clone(), result: Some(Version::from("v3")) };
    link.own_write = Some(took_off);
    let decided = |link: &Link, side| {
        let facts = Facts { crm: CrmSide::RecordDeleted, ..facts(&item, link, side) };
        decide(&facts, &Rules::all())
    };
    let decision = decided(&link, MailboxSide::With);
    assert_eq!((decision.reason, decision.effects.len()), (Reason::OwnWrite, 0));
    assert!(!decision.settle.serve_request, "the request stays");
    link.own_write = None;
    assert_eq!(decided(&link, MailboxSide::With).reason, Reason::RequestedByPerson);
}

#[test]
fn what_our_own_write_took_off_is_unlinked_where_the_crm_has_it_again() {
    let item = item(&[], FolderRole::Inbox);
    let mut link = link(Baseline::Untracked, CrmSide::Linked);
    link.own_write =
        Some(OwnWrite { base: Version::from("v1"), result: Some(Version::from("v2")) });
    let decision = decide(&facts(&item, &link, MailboxSide::Without), &Rules::all());
    assert_eq!(decision.effects, [Effect::Unlink]);
    link.own_write = Some(OwnWrite { base: Version::from("v2"), result: None });
    let decision = decide(&facts(&item, &link, MailboxSide::Without), &Rules::all());
    assert_eq!((decision.reason, decision.effects.len()), (Reason::OwnWrite, 0));
}

#[test]
fn what_our_own_write_left_goes_with_a_link_that_ended_unseen() {
    let item = item(&["Sales"], FolderRole::Inbox);
    let mut link = link(Baseline::Untracked, CrmSide::NotLinked);
    let (before, after) = (Version::from("v1"), item.version.clone());
    link.own_write = Some(OwnWrite { base: before, result: Some(after.clone()) });
    let decided = |link: &Link, crm| {
        let facts = Facts { crm, ..facts(&item, link, MailboxSide::With) };
        decide(&facts, &Rules::all())
    };
    // It was never linked: it bears the category under a name that it got since.
    assert_eq!(decided(&link, CrmSide::NotLinked).reason, Reason::CategoryAssigned);
    let record = "44444444-4444-4444-8444-444444444444".parse().expect("valid");
    link.activity = Some(ActivityId(record));
    assert_eq!(decided(&link, CrmSide::NotLinked).reason, Reason::UntrackedInCrm);
    assert_eq!(decided(&link, CrmSide::RecordDeleted).effects, [Effect::RemoveCategory]);
    link.state = ItemState::Retrying;
    assert_eq!(decided(&link, CrmSide::NotLinked).reason, Reason::CategoryAssigned);
    link.own_write = Some(OwnWrite { base: after, result: Some(Version::from("v3")) });
    assert_eq!(decided(&link, CrmSide::NotLinked).reason, Reason::OwnWrite);
}

#[test]
fn a_write_that_changed_nothing_guards_no_link_that_is_left_over() {
    let item = item(&[], FolderRole::Inbox);
    let mut link = link(Baseline::Untracked, CrmSide::Linked);
    let version = item.version.clone();
    link.own_write = Some(OwnWrite { base: version.clone(), result: Some(version) });
    let decision = decide(&facts(&item, &link, MailboxSide::Without), &Rules::all());
    assert_eq!(decision.effects, [Effect::Unlink]);
}

#[test]
fn a_reading_from_before_our_write_ends_nothing() {
    let item = item(&[], FolderRole::Inbox);
    for crm in [CrmSide::NotLinked, CrmSide::RecordDeleted] {
        let mut link = link(Baseline::Tracked, crm);
        link.own_write =
            Some(OwnWrite { base: item.version.clone(), result: Some(Version::from("v3")) });
        let decision = decide(&facts(&item, &link, MailboxSide::Without), &Rules::all());
        assert_eq!((decision.reason, decision.settle.baseline), (Reason::OwnWrite, None));
        link.request = Some(Request {
            wish: RequestWish::Untrack,
            origin: RequestOrigin::Person,
            at: Instant::from_millis(0),
        });
        let decision = decide(&facts(&item, &link, MailboxSide::Without), &Rules::all());
        assert!(!decision.settle.serve_request, "the category is still to be taken off");
    }
}

#[test]
fn a_bearer_that_was_left_alone_comes_back_as_one() {
    let item = item(&["Sales"], FolderRole::Inbox);
    let mut link = link(Baseline::Untracked, CrmSide::NotLinked);
    link.ignored = true;
    link.state = ItemState::SourceGone;
    link.reason = Reason::SourceGone.code().to_owned();
    let decision = decide(&facts(&item, &link, MailboxSide::With), &Rules::all());
    assert_eq!(decision.reason, Reason::LeftAloneBefore);
    assert_eq!(decision.settle.state, ItemState::NotTracked);
    assert!(decision.effects.is_empty());
}

#[test]
fn what_is_linked_is_tracked_although_it_was_to_be_left_alone() {
    let item = item(&["Sales"], FolderRole::Inbox);
    let mut link = link(Baseline::Untracked, CrmSide::Linked);
    link.ignored = true;
    link.state = ItemState::Pending;
    let decision = decide(&facts(&item, &link, MailboxSide::With), &Rules::all());
    assert_eq!(decision.settle.state, ItemState::Tracked);
    assert_eq!(decision.settle.ignored, Some(false));
    let off = Facts { switch_on: false, ..facts(&item, &link, MailboxSide::With) };
    assert_eq!(decide(&off, &Rules::all()).settle.ignored, None);
}

#[test]
fn a_category_whose_write_is_open_is_looked_for_by_who_untracks() {
    let item = item(&[], FolderRole::Inbox);
    let mut link = link(Baseline::Untracked, CrmSide::NotLinked);
    let (origin, at) = (RequestOrigin::Person, Instant::from_millis(0));
    link.request = Some(Request { wish: RequestWish::Untrack, origin, at });
    for (result, effects) in
        [(None, &[Effect::RemoveCategory][..]), (Some(item.version.clone()), &[][..])]
    {
        link.own_write = Some(OwnWrite { base: Version::from("v1"), result });
        let decision = decide(&facts(&item, &link, MailboxSide::Without), &Rules::all());
        assert_eq!(decision.effects, effects);
        assert!(decision.settle.serve_request);
    }
}

#[test]
fn a_bearer_that_is_ignored_is_not_told_for_ever_that_the_switch_is_off() {
    let item = item(&["Sales"], FolderRole::Inbox);
    let mut link = link(Baseline::Untracked, CrmSide::NotLinked);
    link.ignored = true;
    link.state = ItemState::Ignored;
    link.reason = Reason::SwitchedOff.code().to_owned();
    let decision = decide(&facts(&item, &link, MailboxSide::With), &Rules::all());
    assert_eq!(decision.reason, Reason::BoreCategoryBeforeSwitchOn);
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
fn a_request_that_ends_at_a_bearer_of_undeliverable_finds_the_mark_again() {
    let item = item(&[], FolderRole::Inbox);
    let mut link = link(Baseline::Untracked, CrmSide::NotLinked);
    let wish = RequestWish::Track { regarding: None };
    let request = Request { wish, origin: RequestOrigin::Copy, at: Instant::from_millis(500) };
    link.request = Some(request);
    let mut facts = facts(&item, &link, MailboxSide::Without);
    facts.bears_undeliverable = true;
    let decision = decide(&facts, &Rules::all());
    assert_eq!(decision.reason, Reason::UndeliverableBefore);
    assert_eq!(decision.settle.undeliverable, Some(UndeliverableMark::Marked));
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

#[test]
fn what_was_given_up_before_is_given_up_again_after_six_attempts() {
    let item = item(&["Sales", "Undeliverable"], FolderRole::Inbox);
    let mut link = link(Baseline::Untracked, CrmSide::NotLinked);
    link.undeliverable = UndeliverableMark::Intended;
    link.not_before = Some(Instant::from_millis(2_000));
    let decided = |link: &Link, mailbox| {
        let facts = Facts { bears_undeliverable: true, ..facts(&item, link, mailbox) };
        decide(&facts, &Rules::all())
    };
    assert_eq!(decided(&link, MailboxSide::With).effects, [Effect::MarkUndeliverable]);
    // Sent, and not written.
    link.own_write = Some(OwnWrite { base: item.version.clone(), result: None });
    assert_eq!(decided(&link, MailboxSide::With).effects, [Effect::MarkUndeliverable]);
    // Written after all; then somebody assigned the category again.
    link.own_write = Some(OwnWrite { base: Version::from("v1"), result: None });
    let decision = decided(&link, MailboxSide::With);
    assert!(decision.fresh_episode);
    // The next six attempts have a mark of their own, and nothing was sent for that yet.
    let mut next = link.clone();
    record::begin(&mut next, &decision, None, Instant::from_millis(3_000));
    next.undeliverable = UndeliverableMark::Intended;
    assert_eq!(decided(&next, MailboxSide::With).effects, [Effect::MarkUndeliverable]);
    // A request has no category on the item that could be taken off.
    let wish = RequestWish::Track { regarding: None };
    let (origin, at) = (RequestOrigin::Person, Instant::from_millis(1));
    link.request = Some(Request { wish, origin, at });
    let decision = decided(&link, MailboxSide::Without);
    assert!(decision.settle.serve_request && !decision.fresh_episode);
}

#[test]
fn a_wish_outlasts_a_miss_for_half_an_hour() {
    let item = item(&[], FolderRole::Inbox);
    let mut link = link(Baseline::Untracked, CrmSide::Linked);
    link.owes_category = true;
    let missed = |link: &Link, now: i64| {
        let now = Instant::from_millis(now * 60_000);
        let facts = Facts { reading: Reading::Gone, now, ..facts(&item, link, MailboxSide::Gone) };
        decide(&facts, &Rules::all())
    };
    let first = missed(&link, 5);
    assert!(!first.settle.serve_request);
    assert_eq!(first.settle.state, ItemState::SourceGone);
    record::settle(&mut link, &first, None, Instant::from_millis(5 * 60_000));
    assert!(link.owes_category);
    let again = missed(&link, 34);
    record::settle(&mut link, &again, None, Instant::from_millis(34 * 60_000));
    assert!(link.owes_category, "it is missed since the first time");
    assert!(missed(&link, 35).settle.serve_request);
}

#[test]
fn an_untrack_by_a_person_ends_a_mark_that_is_still_to_be_written() {
    let item = item(&["Sales"], FolderRole::Inbox);
    let mut link = link(Baseline::Untracked, CrmSide::NotLinked);
    let (origin, at) = (RequestOrigin::Person, Instant::from_millis(1));
    link.request = Some(Request { wish: RequestWish::Untrack, origin, at });
    for (mark, left) in [
        (UndeliverableMark::Intended, Some(UndeliverableMark::None)),
        (UndeliverableMark::Marked, None),
    ] {
        link.undeliverable = mark;
        let decision = decide(&facts(&item, &link, MailboxSide::With), &Rules::all());
        assert_eq!(decision.settle.undeliverable, left);
    }
}

#[test]
fn what_a_person_had_untracked_is_assigned_anew() {
    let item = item(&["Sales"], FolderRole::Inbox);
    let mut link = link(Baseline::Untracked, CrmSide::NotLinked);
    link.ignored = true;
    let (origin, at) = (RequestOrigin::Person, Instant::from_millis(1));
    link.request = Some(Request { wish: RequestWish::Untrack, origin, at });
    let on = facts(&item, &link, MailboxSide::With);
    assert_eq!(decide(&on, &Rules::all()).settle.ignored, Some(false));
    // While the switch is off the category stays on the item, which is no assignment later.
    let off = Facts { switch_on: false, ..on };
    assert_eq!(decide(&off, &Rules::all()).settle.ignored, Some(true));
}
