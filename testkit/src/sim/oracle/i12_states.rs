//! I12: what is recorded of an item makes sense by itself, after what was recorded before, and in
//! the world.

use super::{Checker, Truth, story::is_aside};
use crate::sim::log::{Entry, Happening};
use anyhow::{Result, ensure};
use earmark_model::{
    Baseline, CrmSide, Instant, ItemHandle, ItemState as State, Link, MailboxId,
    UndeliverableMark as Mark, limits::MAX_TRACK_RETRIES,
};
use std::collections::BTreeMap;

#[derive(Default)]
pub(super) struct States {
    last: BTreeMap<(MailboxId, ItemHandle), (State, Baseline)>,
    /// When an item of a mailbox was last not found although it was there.
    misled: BTreeMap<String, Instant>,
    count: u64,
}

/// From here nobody gets there in one step. A retry and a mark come after an attempt, and an
/// attempt is written down as pending first; what is not linked is never held. What was left alone
/// may have been given up before that, and is shown so again once nobody wants it tracked.
const NEVER: &[(State, &[State])] = &[
    (
        State::Retrying,
        &[
            State::SourceGone,
            State::RecordDeleted,
            State::Ignored,
            State::Unsupported,
            State::UntrackedByUser,
        ],
    ),
    (State::Undeliverable, &[State::Tracked, State::Dormant, State::Unsupported]),
    (State::Held, &[State::Ignored, State::Unsupported, State::Undeliverable]),
    (State::Tracked, &[State::Unsupported]),
    (State::Ignored, &[State::Tracked, State::Held]),
];

impl Checker for States {
    fn name(&self) -> &'static str {
        "I12"
    }

    fn on(&mut self, entry: &Entry, truth: &Truth) -> Result<()> {
        match &entry.what {
            Happening::Ledger { .. } => self.last.clear(),
            Happening::Fault { kind, number: Some(number) } if *kind == EARLY => {
                let sent = truth.sent.get(number);
                let users = sent.into_iter().flat_map(|sent| sent.users.iter().cloned());
                self.misled.extend(users.map(|user| (user, entry.at)));
            }
            Happening::Recorded { record, is_taken: true, .. } => {
                for link in &record.links {
                    self.count += 1;
                    by_itself(link)?;
                    self.in_the_world(link, truth)?;
                    let key = (link.key.mailbox, link.key.handle.clone());
                    let before = self.last.insert(key, (link.state, link.baseline));
                    after(before, link)?;
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn occasions(&self) -> u64 {
        self.count
    }
}

fn by_itself(link: &Link) -> Result<()> {
    let name = &link.key.handle;
    if link.baseline == Baseline::Tracked {
        ensure!(link.activity.is_some(), "{name} is tracked with no record");
    }
    if link.state == State::Tracked {
        ensure!(link.activity.is_some(), "{name} is shown as tracked with no record");
    }
    if link.crm == CrmSide::Linked {
        ensure!(link.activity.is_some(), "{name} is linked to no record");
    }
    if link.state == State::Undeliverable {
        let is_marked = link.undeliverable == Mark::Marked;
        ensure!(is_marked, "{name} is shown as given up and is not marked");
        ensure!(link.baseline == Baseline::Untracked, "{name} is given up and tracked");
    }
    if link.undeliverable == Mark::Intended {
        ensure!(link.attempts > MAX_TRACK_RETRIES, "{name} is to be given up too early");
    }
    let gone = matches!(link.state, State::SourceGone | State::UntrackedByUser);
    ensure!(!gone || link.baseline == Baseline::Untracked, "{name} has ended and is tracked");
    Ok(())
}

fn after(before: Option<(State, Baseline)>, link: &Link) -> Result<()> {
    let Some((before, baseline)) = before else { return Ok(()) };
    let never = NEVER.iter().find(|(to, _)| *to == link.state).map_or(&[][..], |(_, from)| from);
    // What is wanted of an item that was only not shown is tried again once it is.
    let is_wanted = link.request.is_some() || link.owes_category || link.attempts > 0;
    let may_be = match before {
        State::SourceGone => is_wanted,
        // Its tracking had not come to its end when it was held and the switch was turned off.
        State::Held => link.state == State::Ignored && baseline == Baseline::Untracked,
        _ => false,
    };
    ensure!(
        !never.contains(&before) || may_be,
        "{} went from {before:?} to {:?}",
        link.key.handle,
        link.state
    );
    Ok(())
}

/// What the mailbox server says about single items may be wrong for a while; then nothing is held
/// against the service.
const MISLEADING: &[&str] = &["F8", "F29", "F30", "F40", "F41", "F42", "F46"];

/// What a notification tells of is not found yet. Mail that is not found is closed at once, and
/// linked again when it is seen: only a deletion that would end a record is confirmed first.
const EARLY: &str = "F19";

impl States {
    fn in_the_world(&self, link: &Link, truth: &Truth) -> Result<()> {
        let Some(user) = truth.owners.get(&link.key.mailbox) else { return Ok(()) };
        let name = &link.key.handle;
        let home = truth.home(user);
        let was_switched = home.is_some_and(|home| home.is_off || home.switched.is_some());
        if matches!(link.state, State::Dormant | State::Ignored) {
            ensure!(was_switched, "{name} is {:?}, and the switch was never off", link.state);
        }
        if link.state != State::SourceGone || self.is_misled(user, truth) {
            return Ok(());
        }
        let key = (user.clone(), name.as_str().to_owned());
        let Some(story) = truth.stories.get(&key) else { return Ok(()) };
        let is_here = truth.items.get(&key).is_some_and(|item| !is_aside(&item.folder));
        let was_away = story.discarded.is_some();
        ensure!(!is_here || was_away, "{name} of {user} is taken for gone, and is there");
        Ok(())
    }

    fn is_misled(&self, user: &str, truth: &Truth) -> bool {
        let since = truth.now.minus(truth.longest_cycle() * 2);
        Truth::is_since(self.misled.get(user).copied(), since)
            || MISLEADING.iter().any(|it| truth.faults.contains_key(it))
    }
}

#[cfg(test)]
mod tests {
    use super::super::sample::{ANNA, Tale, bearing};
    use super::*;
    use earmark_ledger::Record;

    fn recorded(tale: &mut Tale, state: State) -> Result<()> {
        let mut link = tale.link(ANNA, "1");
        link.state = state;
        link.activity = Some(super::super::sample::activity(1));
        tale.record(ANNA, Record { links: vec![link], ..Record::default() })
    }

    #[test]
    fn an_impossible_step_is_noticed() {
        let mut tale = Tale::to(States::default());
        recorded(&mut tale, State::Pending).expect("a beginning");
        recorded(&mut tale, State::Retrying).expect("a failure");
        recorded(&mut tale, State::UntrackedByUser).expect("taken back");
        assert!(recorded(&mut tale, State::Retrying).is_err());
    }

    #[test]
    fn an_item_that_is_there_is_not_gone() {
        let mut tale = Tale::to(States::default());
        tale.arrives(ANNA, bearing("1"));
        assert!(recorded(&mut tale, State::SourceGone).is_err());
    }

    #[test]
    fn an_item_that_cannot_be_read_yet_may_be_taken_for_gone() {
        let mut tale = Tale::to(States::default());
        tale.arrives(ANNA, bearing("1"));
        let read = "/users/anna%40fabrikam.test/messages/1";
        let number = tale.request("GET", read, "").expect("read");
        tale.tell(Happening::Fault { kind: EARLY, number: Some(number) }).expect("struck");
        recorded(&mut tale, State::SourceGone).expect("the server said so");
        recorded(&mut tale, State::Pending).expect("it is seen");
        tale.pass(7_200);
        assert!(recorded(&mut tale, State::SourceGone).is_err());
    }

    #[test]
    fn what_was_left_alone_may_have_been_given_up_before() {
        let mut tale = Tale::to(States::default());
        tale.set("TrackCategorizedItems", "false").expect("off");
        tale.set("TrackCategorizedItems", "true").expect("on");
        recorded(&mut tale, State::Ignored).expect("it bore the category before");
        let mut link = tale.link(ANNA, "1");
        link.state = State::Undeliverable;
        link.undeliverable = Mark::Marked;
        let record = Record { links: vec![link], ..Record::default() };
        tale.record(ANNA, record).expect("nobody wants it tracked any more");
    }

    #[test]
    fn a_mark_without_attempts_is_noticed() {
        let mut tale = Tale::to(States::default());
        let mut link = tale.link(ANNA, "1");
        link.undeliverable = Mark::Intended;
        assert!(tale.record(ANNA, Record { links: vec![link], ..Record::default() }).is_err());
    }

    #[test]
    fn nothing_is_ignored_while_the_switch_is_on() {
        let mut tale = Tale::to(States::default());
        assert!(recorded(&mut tale, State::Ignored).is_err());
        let mut tale = Tale::to(States::default());
        tale.set("TrackCategorizedItems", "false").expect("off");
        tale.set("TrackCategorizedItems", "true").expect("on");
        recorded(&mut tale, State::Ignored).expect("it bore the category before");
    }
}
