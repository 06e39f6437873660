//! Every cell of S × M × C with every kind of request: one named test each, written as
//! `name: S M C request => "reason | effects | baseline afterwards"`.

use earmark_model::{
    Baseline, CrmSide, Instant, ItemHandle, ItemKind, Link, LinkKey, MailboxId, MailboxSide,
    ObservedItem, OrganizationId, PrincipalId, Request, RequestOrigin, RequestWish, Version,
};
use earmark_tracking::{Decision, Facts, MasterView, Reading, Rules, decide};

const S0: Baseline = Baseline::Untracked;
const S1: Baseline = Baseline::Tracked;
const M0: MailboxSide = MailboxSide::Without;
const M1: MailboxSide = MailboxSide::With;
const GONE: MailboxSide = MailboxSide::Gone;
const UNREADABLE: MailboxSide = MailboxSide::Unreadable;
const C0: CrmSide = CrmSide::NotLinked;
const C1: CrmSide = CrmSide::Linked;
const DELETED: CrmSide = CrmSide::RecordDeleted;

#[derive(Clone, Copy)]
enum Kind {
    NoRequest,
    PersonTrack,
    PersonUntrack,
    Automatic,
    Copied,
}
use Kind::{Automatic, Copied, NoRequest, PersonTrack, PersonUntrack};

fn request(kind: Kind) -> Option<Request> {
    let track = RequestWish::Track { regarding: None };
    let (wish, origin) = match kind {
        NoRequest => return None,
        PersonTrack => (track, RequestOrigin::Person),
        PersonUntrack => (RequestWish::Untrack, RequestOrigin::Person),
        Automatic => {
            let accepted_for =
                PrincipalId("11111111-1111-4111-8111-111111111111".parse().expect("valid"));
            (track, RequestOrigin::Automatic { accepted_for })
        }
        Copied => (track, RequestOrigin::Copy),
    };
    Some(Request { wish, origin, at: Instant::from_millis(5) })
}

fn item() -> ObservedItem {
    ObservedItem {
        handle: ItemHandle::from("AAkItem"),
        kind: ItemKind::Email,
        version: Version::from("v1"),
        categories: Vec::new(),
        folder: earmark_model::FolderRole::Inbox,
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

fn link(baseline: Baseline, crm: CrmSide, kind: Kind) -> Link {
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
    link.request = request(kind);
    link
}

fn cell(baseline: Baseline, mailbox: MailboxSide, crm: CrmSide, kind: Kind) -> Decision {
    let item = item();
    let link = link(baseline, crm, kind);
    let reading = match mailbox {
        MailboxSide::Gone => Reading::Gone,
        MailboxSide::Unreadable => Reading::Unreadable,
        MailboxSide::With | MailboxSide::Without => Reading::Found(&item),
    };
    let facts = Facts {
        reading,
        mailbox,
        inherited: false,
        bears_undeliverable: false,
        link: Some(&link),
        crm,
        switch_on: true,
        first_sweep_after_switch_on: false,
        master: MasterView::Settled,
        tombstone: false,
        copy_of_linked: false,
        is_internal: false,
        is_field_source: false,
        now: Instant::from_millis(10),
    };
    decide(&facts, &Rules::all())
}

fn told(decision: &Decision) -> String {
    use earmark_tracking::Effect as E;
    let effects: Vec<&str> = decision
        .effects
        .iter()
        .map(|effect| match effect {
            E::Track { raise_epoch: true, .. } => "track in a new epoch",
            E::Track { .. } => "track",
            E::SetRegarding(_) => "set regarding",
            E::Update => "update",
            E::TakeOver => "take over",
            E::PutBackLink => "put back link",
            E::Unlink => "unlink",
            E::AddCategory => "add category",
            E::RemoveCategory => "remove category",
            E::MarkUndeliverable => "mark undeliverable",
            E::RemoveUndeliverable => "remove undeliverable",
        })
        .collect();
    let baseline = match decision.settle.baseline {
        None => "-",
        Some(Baseline::Untracked) => "0",
        Some(Baseline::Tracked) => "1",
    };
    format!("{} | {} | {baseline}", decision.reason.code(), effects.join(", "))
}

macro_rules! cells {
    ($($name:ident: $s:ident $m:ident $c:ident $request:ident => $expected:literal;)*) => {
        $(#[test]
        fn $name() {
            assert_eq!(told(&cell($s, $m, $c, $request)), $expected);
        })*

        #[test]
        fn the_table_names_every_cell_once() {
            let names: std::collections::BTreeSet<&str> = [$(stringify!($name)),*].into();
            assert_eq!(names.len(), 2 * 4 * 3 * 5);
        }
    };
}

cells! {
    s0_m0_c0_without_request: S0 M0 C0 NoRequest => "no_category |  | -";
    s0_m0_c0_person_tracks: S0 M0 C0 PersonTrack => "requested_by_person | track, add category | 1";
    s0_m0_c0_person_untracks: S0 M0 C0 PersonUntrack => "untrack_requested_by_person |  | 0";
    s0_m0_c0_accepted_automatically: S0 M0 C0 Automatic => "accepted_automatically | track, add category | 1";
    s0_m0_c0_copy_tracked: S0 M0 C0 Copied => "copy_of_tracked_message | track, add category | 1";
    s0_m0_c1_without_request: S0 M0 C1 NoRequest => "category_taken_back | unlink | 0";
    s0_m0_c1_person_tracks: S0 M0 C1 PersonTrack => "requested_by_person | add category | 1";
    s0_m0_c1_person_untracks: S0 M0 C1 PersonUntrack => "untrack_requested_by_person | unlink | 0";
    s0_m0_c1_accepted_automatically: S0 M0 C1 Automatic => "accepted_automatically | add category | 1";
    s0_m0_c1_copy_tracked: S0 M0 C1 Copied => "copy_of_tracked_message | add category | 1";
    s0_m0_deleted_without_request: S0 M0 DELETED NoRequest => "record_deleted_in_crm |  | -";
    s0_m0_deleted_person_tracks: S0 M0 DELETED PersonTrack => "requested_by_person | track in a new epoch, add category | 1";
    s0_m0_deleted_person_untracks: S0 M0 DELETED PersonUntrack => "untrack_requested_by_person |  | 0";
    s0_m0_deleted_accepted_automatically: S0 M0 DELETED Automatic => "record_deleted_in_crm |  | -";
    s0_m0_deleted_copy_tracked: S0 M0 DELETED Copied => "record_deleted_in_crm |  | -";
    s0_m1_c0_without_request: S0 M1 C0 NoRequest => "category_assigned | track | 1";
    s0_m1_c0_person_tracks: S0 M1 C0 PersonTrack => "requested_by_person | track | 1";
    s0_m1_c0_person_untracks: S0 M1 C0 PersonUntrack => "untrack_requested_by_person | remove category | 0";
    s0_m1_c0_accepted_automatically: S0 M1 C0 Automatic => "category_assigned | track | 1";
    s0_m1_c0_copy_tracked: S0 M1 C0 Copied => "category_assigned | track | 1";
    s0_m1_c1_without_request: S0 M1 C1 NoRequest => "both_sides_agree |  | 1";
    s0_m1_c1_person_tracks: S0 M1 C1 PersonTrack => "requested_by_person |  | 1";
    s0_m1_c1_person_untracks: S0 M1 C1 PersonUntrack => "untrack_requested_by_person | unlink, remove category | 0";
    s0_m1_c1_accepted_automatically: S0 M1 C1 Automatic => "both_sides_agree |  | 1";
    s0_m1_c1_copy_tracked: S0 M1 C1 Copied => "both_sides_agree |  | 1";
    s0_m1_deleted_without_request: S0 M1 DELETED NoRequest => "reassigned_after_deletion | track in a new epoch | 1";
    s0_m1_deleted_person_tracks: S0 M1 DELETED PersonTrack => "requested_by_person | track in a new epoch | 1";
    s0_m1_deleted_person_untracks: S0 M1 DELETED PersonUntrack => "untrack_requested_by_person | remove category | 0";
    s0_m1_deleted_accepted_automatically: S0 M1 DELETED Automatic => "reassigned_after_deletion | track in a new epoch | 1";
    s0_m1_deleted_copy_tracked: S0 M1 DELETED Copied => "reassigned_after_deletion | track in a new epoch | 1";
    s0_gone_c0_without_request: S0 GONE C0 NoRequest => "source_gone |  | 0";
    s0_gone_c0_person_tracks: S0 GONE C0 PersonTrack => "source_gone |  | -";
    s0_gone_c0_person_untracks: S0 GONE C0 PersonUntrack => "source_gone |  | -";
    s0_gone_c0_accepted_automatically: S0 GONE C0 Automatic => "source_gone |  | -";
    s0_gone_c0_copy_tracked: S0 GONE C0 Copied => "source_gone |  | -";
    s0_gone_c1_without_request: S0 GONE C1 NoRequest => "source_gone |  | 0";
    s0_gone_c1_person_tracks: S0 GONE C1 PersonTrack => "source_gone |  | -";
    s0_gone_c1_person_untracks: S0 GONE C1 PersonUntrack => "source_gone |  | -";
    s0_gone_c1_accepted_automatically: S0 GONE C1 Automatic => "source_gone |  | -";
    s0_gone_c1_copy_tracked: S0 GONE C1 Copied => "source_gone |  | -";
    s0_gone_deleted_without_request: S0 GONE DELETED NoRequest => "source_gone |  | 0";
    s0_gone_deleted_person_tracks: S0 GONE DELETED PersonTrack => "source_gone |  | -";
    s0_gone_deleted_person_untracks: S0 GONE DELETED PersonUntrack => "source_gone |  | -";
    s0_gone_deleted_accepted_automatically: S0 GONE DELETED Automatic => "source_gone |  | -";
    s0_gone_deleted_copy_tracked: S0 GONE DELETED Copied => "source_gone |  | -";
    s0_unreadable_c0_without_request: S0 UNREADABLE C0 NoRequest => "mailbox_unreadable |  | -";
    s0_unreadable_c0_person_tracks: S0 UNREADABLE C0 PersonTrack => "mailbox_unreadable |  | -";
    s0_unreadable_c0_person_untracks: S0 UNREADABLE C0 PersonUntrack => "mailbox_unreadable |  | -";
    s0_unreadable_c0_accepted_automatically: S0 UNREADABLE C0 Automatic => "mailbox_unreadable |  | -";
    s0_unreadable_c0_copy_tracked: S0 UNREADABLE C0 Copied => "mailbox_unreadable |  | -";
    s0_unreadable_c1_without_request: S0 UNREADABLE C1 NoRequest => "mailbox_unreadable |  | -";
    s0_unreadable_c1_person_tracks: S0 UNREADABLE C1 PersonTrack => "mailbox_unreadable |  | -";
    s0_unreadable_c1_person_untracks: S0 UNREADABLE C1 PersonUntrack => "mailbox_unreadable |  | -";
    s0_unreadable_c1_accepted_automatically: S0 UNREADABLE C1 Automatic => "mailbox_unreadable |  | -";
    s0_unreadable_c1_copy_tracked: S0 UNREADABLE C1 Copied => "mailbox_unreadable |  | -";
    s0_unreadable_deleted_without_request: S0 UNREADABLE DELETED NoRequest => "mailbox_unreadable |  | -";
    s0_unreadable_deleted_person_tracks: S0 UNREADABLE DELETED PersonTrack => "mailbox_unreadable |  | -";
    s0_unreadable_deleted_person_untracks: S0 UNREADABLE DELETED PersonUntrack => "mailbox_unreadable |  | -";
    s0_unreadable_deleted_accepted_automatically: S0 UNREADABLE DELETED Automatic => "mailbox_unreadable |  | -";
    s0_unreadable_deleted_copy_tracked: S0 UNREADABLE DELETED Copied => "mailbox_unreadable |  | -";
    s1_m0_c0_without_request: S1 M0 C0 NoRequest => "ended_on_both_sides |  | 0";
    s1_m0_c0_person_tracks: S1 M0 C0 PersonTrack => "requested_by_person | track, add category | 1";
    s1_m0_c0_person_untracks: S1 M0 C0 PersonUntrack => "untrack_requested_by_person |  | 0";
    s1_m0_c0_accepted_automatically: S1 M0 C0 Automatic => "ended_on_both_sides |  | 0";
    s1_m0_c0_copy_tracked: S1 M0 C0 Copied => "ended_on_both_sides |  | 0";
    s1_m0_c1_without_request: S1 M0 C1 NoRequest => "category_removed | unlink | 0";
    s1_m0_c1_person_tracks: S1 M0 C1 PersonTrack => "requested_by_person | add category | 1";
    s1_m0_c1_person_untracks: S1 M0 C1 PersonUntrack => "untrack_requested_by_person | unlink | 0";
    s1_m0_c1_accepted_automatically: S1 M0 C1 Automatic => "category_removed | unlink | 0";
    s1_m0_c1_copy_tracked: S1 M0 C1 Copied => "category_removed | unlink | 0";
    s1_m0_deleted_without_request: S1 M0 DELETED NoRequest => "record_deleted_in_crm |  | 0";
    s1_m0_deleted_person_tracks: S1 M0 DELETED PersonTrack => "requested_by_person | track in a new epoch, add category | 1";
    s1_m0_deleted_person_untracks: S1 M0 DELETED PersonUntrack => "untrack_requested_by_person |  | 0";
    s1_m0_deleted_accepted_automatically: S1 M0 DELETED Automatic => "record_deleted_in_crm |  | 0";
    s1_m0_deleted_copy_tracked: S1 M0 DELETED Copied => "record_deleted_in_crm |  | 0";
    s1_m1_c0_without_request: S1 M1 C0 NoRequest => "untracked_in_crm | remove category | 0";
    s1_m1_c0_person_tracks: S1 M1 C0 PersonTrack => "requested_by_person | track | 1";
    s1_m1_c0_person_untracks: S1 M1 C0 PersonUntrack => "untrack_requested_by_person | remove category | 0";
    s1_m1_c0_accepted_automatically: S1 M1 C0 Automatic => "untracked_in_crm | remove category | 0";
    s1_m1_c0_copy_tracked: S1 M1 C0 Copied => "untracked_in_crm | remove category | 0";
    s1_m1_c1_without_request: S1 M1 C1 NoRequest => "steady |  | -";
    s1_m1_c1_person_tracks: S1 M1 C1 PersonTrack => "requested_by_person |  | 1";
    s1_m1_c1_person_untracks: S1 M1 C1 PersonUntrack => "untrack_requested_by_person | unlink, remove category | 0";
    s1_m1_c1_accepted_automatically: S1 M1 C1 Automatic => "steady |  | -";
    s1_m1_c1_copy_tracked: S1 M1 C1 Copied => "steady |  | -";
    s1_m1_deleted_without_request: S1 M1 DELETED NoRequest => "record_deleted_in_crm | remove category | 0";
    s1_m1_deleted_person_tracks: S1 M1 DELETED PersonTrack => "requested_by_person | track in a new epoch | 1";
    s1_m1_deleted_person_untracks: S1 M1 DELETED PersonUntrack => "untrack_requested_by_person | remove category | 0";
    s1_m1_deleted_accepted_automatically: S1 M1 DELETED Automatic => "record_deleted_in_crm | remove category | 0";
    s1_m1_deleted_copy_tracked: S1 M1 DELETED Copied => "record_deleted_in_crm | remove category | 0";
    s1_gone_c0_without_request: S1 GONE C0 NoRequest => "source_gone |  | 0";
    s1_gone_c0_person_tracks: S1 GONE C0 PersonTrack => "source_gone |  | 0";
    s1_gone_c0_person_untracks: S1 GONE C0 PersonUntrack => "source_gone |  | 0";
    s1_gone_c0_accepted_automatically: S1 GONE C0 Automatic => "source_gone |  | 0";
    s1_gone_c0_copy_tracked: S1 GONE C0 Copied => "source_gone |  | 0";
    s1_gone_c1_without_request: S1 GONE C1 NoRequest => "source_gone |  | 0";
    s1_gone_c1_person_tracks: S1 GONE C1 PersonTrack => "source_gone |  | 0";
    s1_gone_c1_person_untracks: S1 GONE C1 PersonUntrack => "source_gone |  | 0";
    s1_gone_c1_accepted_automatically: S1 GONE C1 Automatic => "source_gone |  | 0";
    s1_gone_c1_copy_tracked: S1 GONE C1 Copied => "source_gone |  | 0";
    s1_gone_deleted_without_request: S1 GONE DELETED NoRequest => "source_gone |  | 0";
    s1_gone_deleted_person_tracks: S1 GONE DELETED PersonTrack => "source_gone |  | 0";
    s1_gone_deleted_person_untracks: S1 GONE DELETED PersonUntrack => "source_gone |  | 0";
    s1_gone_deleted_accepted_automatically: S1 GONE DELETED Automatic => "source_gone |  | 0";
    s1_gone_deleted_copy_tracked: S1 GONE DELETED Copied => "source_gone |  | 0";
    s1_unreadable_c0_without_request: S1 UNREADABLE C0 NoRequest => "mailbox_unreadable |  | -";
    s1_unreadable_c0_person_tracks: S1 UNREADABLE C0 PersonTrack => "mailbox_unreadable |  | -";
    s1_unreadable_c0_person_untracks: S1 UNREADABLE C0 PersonUntrack => "mailbox_unreadable |  | -";
    s1_unreadable_c0_accepted_automatically: S1 UNREADABLE C0 Automatic => "mailbox_unreadable |  | -";
    s1_unreadable_c0_copy_tracked: S1 UNREADABLE C0 Copied => "mailbox_unreadable |  | -";
    s1_unreadable_c1_without_request: S1 UNREADABLE C1 NoRequest => "mailbox_unreadable |  | -";
    s1_unreadable_c1_person_tracks: S1 UNREADABLE C1 PersonTrack => "mailbox_unreadable |  | -";
    s1_unreadable_c1_person_untracks: S1 UNREADABLE C1 PersonUntrack => "mailbox_unreadable |  | -";
    s1_unreadable_c1_accepted_automatically: S1 UNREADABLE C1 Automatic => "mailbox_unreadable |  | -";
    s1_unreadable_c1_copy_tracked: S1 UNREADABLE C1 Copied => "mailbox_unreadable |  | -";
    s1_unreadable_deleted_without_request: S1 UNREADABLE DELETED NoRequest => "mailbox_unreadable |  | -";
    s1_unreadable_deleted_person_tracks: S1 UNREADABLE DELETED PersonTrack => "mailbox_unreadable |  | -";
    s1_unreadable_deleted_person_untracks: S1 UNREADABLE DELETED PersonUntrack => "mailbox_unreadable |  | -";
    s1_unreadable_deleted_accepted_automatically: S1 UNREADABLE DELETED Automatic => "mailbox_unreadable |  | -";
    s1_unreadable_deleted_copy_tracked: S1 UNREADABLE DELETED Copied => "mailbox_unreadable |  | -";
}
