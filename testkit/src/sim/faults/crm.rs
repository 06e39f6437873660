//! Faults of one call of the CRM.

use super::{
    super::{log::CrmMethod, log::Org},
    Faults,
    broken::Broken,
    kind::Kind,
};
use earmark_embedded::classify::classify_answer;
use earmark_engine::Random;
use earmark_model::{ActivityId, Failure, FailureClass, Instant};
use std::time::Duration;

/// What becomes of one call.
#[derive(Debug)]
pub(in crate::sim) enum CrmVerdict {
    /// It is carried out and answered.
    Fine,
    /// It never arrives; this is the answer, after this time.
    Instead(Duration, Failure),
    /// It is carried out, and the answer is lost; the service knows after this time.
    Lost(Duration),
    /// It is carried out twice; the second answer arrives.
    Twice,
    /// It is carried out only after the second time; the service gives up after the first.
    Later(Duration, Duration),
    /// What it makes is not found by queries until then.
    Unseen(Instant),
}

/// How long the service waits for a CRM at most, less a moment. Units: seconds.
const PATIENCE: Duration = Duration::from_secs(110);

/// The share of items with which a plug-in never agrees. Units: percent.
const NEVER_AGREED: u64 = 8;

/// Codes of plug-ins that fail, with their status.
const PLUG_IN: &[(u16, &str)] = &[
    (400, "0x80040265"),
    (500, "0x80040224"),
    (408, "0x80044171"),
    (400, "0x80050203"),
    (504, "0x80044151"),
    (400, "0x8004ffff"),
];

/// Codes of missing privileges.
const PRIVILEGE: &[(u16, &str)] = &[(403, "0x80040220"), (403, "0x80048306"), (403, "0x80040520")];

/// Codes of the limits.
const LIMITS: &[&str] = &["0x80072322", "0x80072321", "0x80072326"];

/// The answer to a call that got none.
pub(in crate::sim) fn no_answer() -> Failure {
    Failure::new(FailureClass::Timeout, "NoAnswer", "the connection broke before the answer came")
}

impl Faults {
    /// Decides about one call, which has just been made. `now` is the present instant by the
    /// service's clock.
    pub(in crate::sim) fn on_call(
        &self,
        organization: Org,
        method: CrmMethod,
        activity: Option<ActivityId>,
        now: Instant,
    ) -> (Option<Kind>, CrmVerdict) {
        let soon = Duration::ZERO;
        if method == "promote" && self.makes_nothing(organization) {
            let refusal = classify_answer(400, Some("0x80040265"), None);
            return (None, CrmVerdict::Instead(soon, refusal));
        }
        if let Some(kind) = self.crm_burst(organization, now) {
            return (Some(kind), CrmVerdict::Instead(soon, self.gateway()));
        }
        if method == "promote" && self.is_never_agreed(activity) {
            let (status, code) = PLUG_IN[0];
            let refusal = classify_answer(status, Some(code), None);
            return (Some(Kind::PlugIn), CrmVerdict::Instead(soon, refusal));
        }
        let fits = |kind: &Kind| kind.is_of_crm() && fits(*kind, method);
        let Some(kind) = self.draw(Kind::ALL.iter().copied().filter(fits)) else {
            return (None, CrmVerdict::Fine);
        };
        if kind == Kind::OutOfOrder {
            let until = now.plus(self.seconds(1, 300));
            self.state().crm_bursts.insert(organization, (kind, until));
        }
        (Some(kind), self.crm_verdict(kind, now))
    }

    fn makes_nothing(&self, organization: Org) -> bool {
        matches!(&self.broken, Some(Broken::Creation { organization: one }) if *one == organization)
    }

    fn crm_burst(&self, organization: Org, now: Instant) -> Option<Kind> {
        let state = self.state();
        let (kind, until) = state.crm_bursts.get(&organization)?;
        (now < *until).then_some(*kind)
    }

    /// Whether it is one of those records that a plug-in refuses each time.
    fn is_never_agreed(&self, activity: Option<ActivityId>) -> bool {
        let Some(activity) = activity.filter(|_| self.rate(Kind::PlugIn) > 0) else { return false };
        let (high, low) = activity.0.as_u64_pair();
        let luck = (high ^ low ^ self.seed).wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 32;
        luck % 100 < NEVER_AGREED
    }

    fn gateway(&self) -> Failure {
        let status = [500, 502, 503, 504];
        classify_answer(status[self.random.below(4) as usize % 4], None, None)
    }

    fn one_of(&self, codes: &[(u16, &'static str)]) -> Failure {
        let at = usize::try_from(self.random.below(codes.len() as u64)).unwrap_or(0);
        classify_answer(codes[at].0, Some(codes[at].1), None)
    }

    fn crm_verdict(&self, kind: Kind, now: Instant) -> CrmVerdict {
        let soon = Duration::ZERO;
        let refused = |failure| CrmVerdict::Instead(soon, failure);
        let until = self.chance(50).then(|| now.plus(self.seconds(1, 300)));
        match kind {
            Kind::Lost => CrmVerdict::Instead(PATIENCE, no_answer()),
            Kind::AnswerLost => CrmVerdict::Lost(soon),
            Kind::Stall => CrmVerdict::Lost(PATIENCE),
            Kind::Late => CrmVerdict::Later(PATIENCE, self.seconds(1, 900)),
            Kind::Twice => CrmVerdict::Twice,
            Kind::Throttled => refused(classify_answer(429, None, until)),
            Kind::OutOfOrder => refused(self.gateway()),
            Kind::Unauthenticated => refused(classify_answer(401, None, None)),
            Kind::PlugIn => refused(self.one_of(PLUG_IN)),
            Kind::Duplicate => refused(classify_answer(412, Some("0x80040333"), None)),
            Kind::Privilege => refused(self.one_of(PRIVILEGE)),
            Kind::Limits => {
                let code = LIMITS[self.random.below(3) as usize % 3];
                refused(classify_answer(429, Some(code), until))
            }
            Kind::Unseen => CrmVerdict::Unseen(now.plus(self.seconds(5, 900))),
            _ => CrmVerdict::Fine,
        }
    }

    /// A record was made that queries do not find before `until`.
    pub(in crate::sim) fn hide(&self, activity: ActivityId, until: Instant) {
        self.state().unseen.insert(activity.0, until);
    }

    /// Whether queries do not find the record yet.
    pub(in crate::sim) fn is_unseen(&self, activity: ActivityId, now: Instant) -> bool {
        self.state().unseen.get(&activity.0).is_some_and(|until| now < *until)
    }
}

/// Whether a fault can strike such a call at all.
fn fits(kind: Kind, method: CrmMethod) -> bool {
    let is_change = matches!(
        method,
        "promote"
            | "update"
            | "link"
            | "put_in_queues"
            | "unlink"
            | "keep_watermark"
            | "record_test"
            | "record_health"
            | "raise"
    );
    match kind {
        Kind::PlugIn | Kind::Duplicate | Kind::Privilege | Kind::Unseen => method == "promote",
        Kind::AnswerLost | Kind::Late | Kind::Twice => is_change,
        _ => true,
    }
}
