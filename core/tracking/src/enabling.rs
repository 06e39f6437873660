//! Test and enable: how each channel of a mailbox ends, and why one fails. A mailbox is one
//! organization's: the stamp in it says whose.
//! Source: test and enable; the organization that a mailbox belongs to.

use crate::Rules;
use earmark_model::{Cause, ChannelStatus, Failure, FailureClass, Obstacle, limits};

macro_rules! causes {
    ($($name:ident $code:literal $text:literal $remedy:literal,)*) => {
        /// Why a channel failed, or was not tested.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum TestCause {
            $(#[doc = $text] $name,)*
        }

        impl TestCause {
            /// Every cause, in the order of this file.
            pub const ALL: &'static [Self] = &[$(Self::$name),*];

            /// The word that is stored and shown to machines.
            pub const fn code(self) -> &'static str {
                match self { $(Self::$name => $code),* }
            }

            /// What it means, in one sentence.
            pub const fn text(self) -> &'static str {
                match self { $(Self::$name => $text),* }
            }

            /// What to do about it, in one sentence.
            pub const fn remedy(self) -> &'static str {
                match self { $(Self::$name => $remedy),* }
            }

            /// The cause that a stored code names.
            pub fn from_code(code: &str) -> Option<Self> {
                match code { $($code => Some(Self::$name),)* _ => None }
            }
        }
    };
}

causes! {
    NoAddress "no_address" "The mailbox has no address." "Enter the primary address, have it approved, and test again.",
    Inactive "mailbox_inactive" "The mailbox is inactive." "Activate it and test again.",
    OwnerInactive "owner_inactive" "The user is disabled, or the queue is inactive." "Enable the user or activate the queue, and test again.",
    NotApproved "not_approved" "The address is not approved." "Have it approved by somebody who may, and test again.",
    NoProfile "no_profile" "The mailbox has no email server profile." "Choose one and test again.",
    ProfileInactive "profile_inactive" "The email server profile of the mailbox is inactive." "Activate it, or choose another one, and test again.",
    ProfileOtherServer "profile_of_another_server" "The email server profile of the mailbox is for POP3 or IMAP, which have no categories." "Choose one for Exchange and test again.",
    OtherAddress "other_address" "The address leads to a mailbox whose primary address is another one." "Enter the primary address, have it approved, and test again.",
    MailboxMissing "mailbox_missing" "There is no mailbox at the address, or it has no licence." "Correct the address, or give the mailbox a licence, and test again.",
    AccessRefused "access_refused" "The mailbox server refuses access to the mailbox." "Give the application its permissions for this mailbox, wait until they have arrived, and test again.",
    SignedOut "signed_out" "The mailbox server does not accept the credential." "Correct the credential of the application, and test again.",
    ServerUnavailable "server_unavailable" "The mailbox server did not answer, asked for a pause, or was out of order." "Test again later.",
    Misunderstood "server_not_understood" "The mailbox server answered in a way that is not documented." "Check the address of the server, and report it if that is right.",
    AnotherOrganization "another_organization" "The mailbox belongs to another organization, and a mailbox is synchronized with one only." "Disable it there, or take it over in a test that says so: the other organization then stops.",
    NotChosen "not_chosen" "Server-side synchronization is not the delivery method." "Choose it where this channel is wanted.",
    NotForQueues "not_for_queues" "Appointments, contacts and tasks of queues are not synchronized." "Nothing has to be done.",
    NeverSent "never_sent" "This service sends no mail." "Nothing has to be done.",
}

/// What is known of a mailbox before anything is asked of its server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Subject {
    /// What about its row stands in the way.
    pub obstacle: Option<Obstacle>,
    /// It is a queue's.
    pub is_queue: bool,
    /// Incoming mail goes through server-side synchronization.
    pub synchronizes_mail: bool,
    /// So do appointments, contacts and tasks.
    pub synchronizes_act: bool,
    /// Whoever asked for the test takes the mailbox away from another organization.
    pub takes_over: bool,
}

impl Subject {
    /// Whether the server is asked about mail.
    pub const fn asks_mail(&self) -> bool {
        self.obstacle.is_none() && self.synchronizes_mail
    }

    /// Whether the server is asked about calendar and tasks.
    pub const fn asks_act(&self) -> bool {
        self.obstacle.is_none() && self.synchronizes_act && !self.is_queue
    }
}

/// What the server said.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Answers {
    /// Why mail could not be read, or the mailbox not be stamped.
    pub mail: Option<Failure>,
    /// Why calendar or tasks could not be read.
    pub act: Option<Failure>,
    /// The mailbox has another primary address.
    pub is_other_address: bool,
    /// Whose the mailbox was before the test.
    pub whose: Whose,
}

/// To whom a mailbox belongs, by its stamp.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Whose {
    /// It has no stamp.
    #[default]
    Nobodys,
    /// The stamp is this organization's.
    Ours,
    /// The stamp is another organization's.
    Others,
}

/// What to do about a mailbox by its stamp.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StampStep {
    /// It is ours, or nothing is to be done about it.
    Leave,
    /// Write our stamp.
    Write,
    /// It is another's: nothing of it may be written.
    Stop,
}

/// Whose a stamp is. `ours` is this organization's.
pub fn whose(stamp: Option<&str>, ours: &str) -> Whose {
    match stamp.map(str::trim) {
        None | Some("") => Whose::Nobodys,
        Some(stamp) if stamp.eq_ignore_ascii_case(ours) => Whose::Ours,
        Some(_) => Whose::Others,
    }
}

/// What a stamp calls for. `takes_over` is a person's word that it does not count.
pub const fn stamp_step(whose: Whose, takes_over: bool, rules: &Rules) -> StampStep {
    match whose {
        Whose::Ours => StampStep::Leave,
        Whose::Nobodys if rules.stamp_written => StampStep::Write,
        Whose::Others if takes_over && rules.stamp_taken_over => StampStep::Write,
        Whose::Others if rules.stamp_respected => StampStep::Stop,
        Whose::Nobodys | Whose::Others => StampStep::Leave,
    }
}

/// How the test of one channel ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Channel {
    /// Not run, success or failure.
    pub status: ChannelStatus,
    /// Why it failed or was not run.
    pub cause: Option<TestCause>,
}

impl Channel {
    const fn not_run(cause: TestCause) -> Self {
        Self { status: ChannelStatus::NotRun, cause: Some(cause) }
    }

    const fn ran(cause: Option<TestCause>) -> Self {
        let status = match cause {
            Some(_) => ChannelStatus::Failure,
            None => ChannelStatus::Success,
        };
        Self { status, cause }
    }

    /// Why it failed; `None` where it did not.
    pub fn failure(&self) -> Option<TestCause> {
        self.cause.filter(|_| self.status == ChannelStatus::Failure)
    }
}

/// How a test ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TestResult {
    /// Incoming mail.
    pub incoming: Channel,
    /// Outgoing mail, which is never tested.
    pub outgoing: Channel,
    /// Appointments, contacts and tasks.
    pub act: Channel,
}

impl TestResult {
    /// The failure that people are told of first, with the words for its channel.
    pub fn failure(&self) -> Option<(&'static str, TestCause)> {
        let incoming = self.incoming.failure().map(|cause| ("incoming mail", cause));
        let act = || self.act.failure().map(|cause| ("appointments, contacts and tasks", cause));
        incoming.or_else(act)
    }

    /// Whether the test is to be repeated before it counts: what failed may pass. `repeated` is
    /// how often it was repeated already.
    pub fn is_repeated(&self, repeated: u32, rules: &Rules) -> bool {
        let channels = [&self.incoming, &self.act];
        let may_pass = channels
            .into_iter()
            .any(|channel| channel.failure() == Some(TestCause::ServerUnavailable));
        may_pass && rules.test_repeated && repeated < limits::TEST_RETRIES_MAX
    }
}

/// How the test of a mailbox ended.
pub fn result(subject: &Subject, answers: &Answers, rules: &Rules) -> TestResult {
    let blocked = subject.obstacle.map(by_obstacle).or_else(|| {
        let is_other = answers.is_other_address && rules.test_compares_address;
        is_other.then_some(TestCause::OtherAddress)
    });
    let is_lost = subject.asks_mail()
        && stamp_step(answers.whose, subject.takes_over, rules) == StampStep::Stop;
    let taken = is_lost.then_some(TestCause::AnotherOrganization);
    let channel = |failure: Option<&Failure>| {
        Channel::ran(blocked.or_else(|| failure.map(by_failure)).or(taken))
    };
    TestResult {
        incoming: if subject.synchronizes_mail {
            channel(answers.mail.as_ref())
        } else {
            Channel::not_run(TestCause::NotChosen)
        },
        outgoing: Channel::not_run(TestCause::NeverSent),
        act: if subject.is_queue {
            Channel::not_run(TestCause::NotForQueues)
        } else if subject.synchronizes_act {
            channel(answers.act.as_ref())
        } else {
            Channel::not_run(TestCause::NotChosen)
        },
    }
}

/// How the channels of a mailbox stand that another organization took over.
pub const fn lost(is_queue: bool) -> TestResult {
    let taken = Channel::ran(Some(TestCause::AnotherOrganization));
    TestResult {
        incoming: taken,
        outgoing: Channel::not_run(TestCause::NeverSent),
        act: if is_queue { Channel::not_run(TestCause::NotForQueues) } else { taken },
    }
}

const fn by_obstacle(obstacle: Obstacle) -> TestCause {
    match obstacle {
        Obstacle::NoAddress => TestCause::NoAddress,
        Obstacle::Inactive => TestCause::Inactive,
        Obstacle::OwnerInactive => TestCause::OwnerInactive,
        Obstacle::NotApproved => TestCause::NotApproved,
        Obstacle::NoProfile => TestCause::NoProfile,
        Obstacle::ProfileInactive => TestCause::ProfileInactive,
        Obstacle::ProfileOtherServer => TestCause::ProfileOtherServer,
    }
}

fn by_failure(failure: &Failure) -> TestCause {
    match &failure.class {
        FailureClass::ScopeUnreadable if failure.cause == Cause::MailboxMissing => {
            TestCause::MailboxMissing
        }
        FailureClass::ScopeUnreadable | FailureClass::ItemGone => TestCause::AccessRefused,
        FailureClass::Unauthenticated => TestCause::SignedOut,
        FailureClass::Throttled { .. }
        | FailureClass::Timeout
        | FailureClass::Unavailable
        | FailureClass::CheckpointExpired
        | FailureClass::Conflict => TestCause::ServerUnavailable,
        FailureClass::Refused
        | FailureClass::RecordGone
        | FailureClass::Unacceptable { .. }
        | FailureClass::Bug => TestCause::Misunderstood,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    const USER: Subject = Subject {
        obstacle: None,
        is_queue: false,
        synchronizes_mail: true,
        synchronizes_act: true,
        takes_over: false,
    };

    fn failing(class: FailureClass) -> Option<Failure> {
        Some(Failure::new(class, "code", "detail"))
    }

    fn causes(subject: &Subject, answers: &Answers) -> (Option<TestCause>, Option<TestCause>) {
        let result = result(subject, answers, &Rules::all());
        assert_eq!(result.outgoing, Channel::not_run(TestCause::NeverSent));
        (result.incoming.cause, result.act.cause)
    }

    #[test]
    fn codes_are_unique_and_lead_back() {
        let codes: BTreeSet<_> = TestCause::ALL.iter().map(|cause| cause.code()).collect();
        assert_eq!(codes.len(), TestCause::ALL.len());
        for cause in TestCause::ALL {
            assert_eq!(TestCause::from_code(cause.code()), Some(*cause));
            assert!(cause.text().ends_with('.') && cause.remedy().ends_with('.'), "{cause:?}");
        }
    }

    #[test]
    fn everything_readable_is_success() {
        assert_eq!(causes(&USER, &Answers::default()), (None, None));
    }

    #[test]
    fn an_obstacle_fails_both_channels_before_anything_is_asked() {
        for (obstacle, cause) in [
            (Obstacle::NoAddress, TestCause::NoAddress),
            (Obstacle::Inactive, TestCause::Inactive),
            (Obstacle::OwnerInactive, TestCause::OwnerInactive),
            (Obstacle::NotApproved, TestCause::NotApproved),
            (Obstacle::NoProfile, TestCause::NoProfile),
            (Obstacle::ProfileInactive, TestCause::ProfileInactive),
            (Obstacle::ProfileOtherServer, TestCause::ProfileOtherServer),
        ] {
            let subject = Subject { obstacle: Some(obstacle), ..USER };
            assert!(!subject.asks_mail() && !subject.asks_act());
            assert_eq!(causes(&subject, &Answers::default()), (Some(cause), Some(cause)));
        }
    }

    #[test]
    fn a_channel_that_is_not_ours_is_not_run() {
        let subject = Subject { synchronizes_mail: false, synchronizes_act: false, ..USER };
        let result = result(&subject, &Answers::default(), &Rules::all());
        assert_eq!(result.incoming, Channel::not_run(TestCause::NotChosen));
        assert_eq!(result.act, Channel::not_run(TestCause::NotChosen));
        assert_eq!(result.failure(), None);
    }

    #[test]
    fn a_queue_has_mail_only() {
        let subject = Subject { is_queue: true, ..USER };
        assert!(subject.asks_mail() && !subject.asks_act());
        assert_eq!(causes(&subject, &Answers::default()), (None, Some(TestCause::NotForQueues)));
    }

    #[test]
    fn each_failure_has_a_cause_of_its_channel_alone() {
        let missing = Failure::new(FailureClass::ScopeUnreadable, "code", "detail");
        let missing = Some(missing.because(Cause::MailboxMissing));
        for (mail, cause) in [
            (failing(FailureClass::ScopeUnreadable), TestCause::AccessRefused),
            (missing, TestCause::MailboxMissing),
            (failing(FailureClass::Unauthenticated), TestCause::SignedOut),
            (failing(FailureClass::Unavailable), TestCause::ServerUnavailable),
            (failing(FailureClass::Throttled { until: None }), TestCause::ServerUnavailable),
            (failing(FailureClass::Bug), TestCause::Misunderstood),
        ] {
            let answers = Answers { mail: mail.clone(), ..Answers::default() };
            assert_eq!(causes(&USER, &answers), (Some(cause), None));
            let answers = Answers { act: mail, ..Answers::default() };
            assert_eq!(causes(&USER, &answers), (None, Some(cause)));
        }
    }

    #[test]
    fn another_primary_address_comes_before_what_is_read_there() {
        let answers = Answers {
            is_other_address: true,
            mail: failing(FailureClass::Unavailable),
            ..Answers::default()
        };
        let other = Some(TestCause::OtherAddress);
        assert_eq!(causes(&USER, &answers), (other, other));
    }

    #[test]
    fn anothers_stamp_fails_unless_it_is_taken_over() {
        let answers = Answers { whose: Whose::Others, ..Answers::default() };
        let taken = Some(TestCause::AnotherOrganization);
        assert_eq!(causes(&USER, &answers), (taken, taken));
        assert_eq!(causes(&Subject { takes_over: true, ..USER }, &answers), (None, None));
        let ours = Answers { whose: Whose::Ours, ..Answers::default() };
        assert_eq!(causes(&USER, &ours), (None, None));
    }

    #[test]
    fn a_stamp_is_compared_in_any_case() {
        let ours = "2f6c1e0a-0000-4000-8000-00000000000a";
        assert_eq!(whose(None, ours), Whose::Nobodys);
        assert_eq!(whose(Some(" "), ours), Whose::Nobodys);
        assert_eq!(whose(Some("2F6C1E0A-0000-4000-8000-00000000000A"), ours), Whose::Ours);
        assert_eq!(whose(Some("anything"), ours), Whose::Others);
    }

    #[test]
    fn only_what_may_pass_is_repeated_and_not_for_ever() {
        let repeated = |failure, times| {
            let answers = Answers { mail: failure, ..Answers::default() };
            result(&USER, &answers, &Rules::all()).is_repeated(times, &Rules::all())
        };
        assert!(repeated(failing(FailureClass::Timeout), 0));
        assert!(repeated(failing(FailureClass::Timeout), limits::TEST_RETRIES_MAX - 1));
        assert!(!repeated(failing(FailureClass::Timeout), limits::TEST_RETRIES_MAX));
        assert!(!repeated(failing(FailureClass::ScopeUnreadable), 0));
        assert!(!repeated(None, 0));
    }
}
