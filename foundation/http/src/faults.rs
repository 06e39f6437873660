//! Faults and counts: what a face is told to do wrong, and what it was asked.

use crate::{glob, route};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Which face a rule or a count is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Target {
    /// The mailbox server.
    Graph,
    /// The CRM, also the engine's operations inside the process.
    Crm,
    /// The notifications that the mailbox server sends.
    Push,
}

/// One rule: which requests fail, how often, and how.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct FaultRule {
    /// The face.
    pub target: Target,
    /// The method, in any case; any method without one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub method: Option<String>,
    /// A pattern over the path below the target's root, see [`glob::covers`]; any without one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// Units: share of the matching requests, 0 to 1.
    #[serde(default = "always")]
    pub probability: f64,
    /// How often the rule strikes before it is spent; for ever without one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub times: Option<u32>,
    /// What goes wrong.
    pub fault: Fault,
}

fn always() -> f64 {
    1.0
}

/// What goes wrong with one request.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Fault {
    /// The status to answer, without carrying the request out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// The error code in the face's own envelope; the face's choice without one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// Units: seconds, may be fractional; sent as `Retry-After` with `status`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retry_after: Option<f64>,
    /// Units: milliseconds to wait first.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub delay_ms: Option<u64>,
    /// Carries the request out and loses the answer.
    #[serde(skip_serializing_if = "is_false")]
    pub drop_response: bool,
    /// Carries the request out twice and answers the second time.
    #[serde(skip_serializing_if = "is_false")]
    pub duplicate: bool,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn is_false(value: &bool) -> bool {
    !value
}

/// How often one route was asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RequestCount {
    /// The face.
    pub target: Target,
    /// The method, upper case.
    pub method: String,
    /// The path below the root with `{id}` for each id.
    pub route: String,
    /// Units: requests.
    pub count: u64,
}

/// The faults and the counts of a process. Repeatable: equal seeds and equal requests give
/// equal faults.
pub struct Wiretap {
    state: Mutex<State>,
}

struct State {
    rules: Vec<FaultRule>,
    random: u64,
    counts: BTreeMap<(Target, String, String), u64>,
}

impl Wiretap {
    /// No faults, no counts; `seed` decides which requests a probability hits.
    pub fn new(seed: u64) -> Arc<Self> {
        let state = State { rules: Vec::new(), random: seed, counts: BTreeMap::new() };
        Arc::new(Self { state: Mutex::new(state) })
    }

    /// Replaces the rules; they are tried in order.
    ///
    /// Errors: one sentence that names the first wrong rule and field; nothing is changed then.
    pub fn set_faults(&self, rules: Vec<FaultRule>) -> Result<(), String> {
        for (index, rule) in rules.iter().enumerate() {
            check(rule).map_err(|problem| format!("faults[{index}].{problem}"))?;
        }
        self.state().rules = rules;
        Ok(())
    }

    /// The rules; `times` shows what is left.
    pub fn faults(&self) -> Vec<FaultRule> {
        self.state().rules.clone()
    }

    /// Takes every rule away.
    pub fn clear_faults(&self) {
        self.state().rules.clear();
    }

    /// The fault of the first rule that covers the request, still has `times`, and whose
    /// probability hits. Uses up one of its `times`.
    pub fn strike(&self, target: Target, method: &str, path: &str) -> Option<Fault> {
        let mut state = self.state();
        let State { rules, random, .. } = &mut *state;
        let rule = rules.iter_mut().find(|rule| {
            rule.times != Some(0)
                && rule.target == target
                && rule.method.as_ref().is_none_or(|wanted| wanted.eq_ignore_ascii_case(method))
                && rule.path.as_ref().is_none_or(|pattern| glob::covers(pattern, path))
                && hits(rule.probability, random)
        })?;
        rule.times = rule.times.map(|left| left.saturating_sub(1));
        Some(rule.fault.clone())
    }

    /// Counts one request; `path` is the path below the root, with or without a query.
    pub fn count(&self, target: Target, method: &str, path: &str) {
        let key = (target, method.to_ascii_uppercase(), route::route(path));
        *self.state().counts.entry(key).or_insert(0) += 1;
    }

    /// The counts, sorted by target, method and route.
    pub fn counts(&self) -> Vec<RequestCount> {
        self.state()
            .counts
            .iter()
            .map(|((target, method, route), count)| RequestCount {
                target: *target,
                method: method.clone(),
                route: route.clone(),
                count: *count,
            })
            .collect()
    }

    /// Starts counting anew.
    pub fn clear_counts(&self) {
        self.state().counts.clear();
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Every change is complete before anything can panic, so a poisoned lock is sound.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Units: milliseconds. A longer delay is a mistake in the rule.
const DELAY_MAX_MS: u64 = 10 * 60 * 1000;

fn check(rule: &FaultRule) -> Result<(), String> {
    let fault = &rule.fault;
    if !(0.0..=1.0).contains(&rule.probability) {
        return Err("probability: must be between 0 and 1".into());
    }
    if rule
        .method
        .as_ref()
        .is_some_and(|method| http::Method::from_bytes(method.as_bytes()).is_err())
    {
        return Err("method: must be an HTTP method".into());
    }
    if fault.status.is_some_and(|status| !(200..=599).contains(&status)) {
        return Err("fault.status: must be between 200 and 599".into());
    }
    if fault.status.is_none() && (fault.code.is_some() || fault.retry_after.is_some()) {
        return Err("fault.status: must be there for code and retryAfter".into());
    }
    if fault.retry_after.is_some_and(|seconds| !(0.0..=86_400.0).contains(&seconds)) {
        return Err("fault.retryAfter: must be between 0 and 86400 seconds".into());
    }
    if fault.delay_ms.is_some_and(|delay| delay > DELAY_MAX_MS) {
        return Err(format!("fault.delayMs: must be at most {DELAY_MAX_MS}"));
    }
    if fault.status.is_some() && fault.duplicate {
        return Err("fault.duplicate: cannot be combined with status".into());
    }
    if *fault == Fault::default() {
        return Err("fault: must name at least one thing that goes wrong".into());
    }
    Ok(())
}

fn hits(probability: f64, random: &mut u64) -> bool {
    if probability >= 1.0 {
        return true;
    }
    // 53 bits, the whole numbers that a double holds exactly.
    let share = (next(random) >> 11) as f64 / (1_u64 << 53) as f64;
    share < probability
}

/// SplitMix64: tiny, seedable, good enough to pick requests.
fn next(random: &mut u64) -> u64 {
    *random = random.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mut value = *random;
    value = (value ^ (value >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    value = (value ^ (value >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    value ^ (value >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rules(json: &str) -> Vec<FaultRule> {
        serde_json::from_str(json).expect("rules")
    }

    fn tap(json: &str) -> Arc<Wiretap> {
        let tap = Wiretap::new(7);
        tap.set_faults(rules(json)).expect("valid");
        tap
    }

    #[test]
    fn the_first_matching_rule_strikes_until_it_is_spent() {
        let tap = tap(
            r#"[{"target":"graph","method":"patch","path":"users/*/messages/*","times":2,"fault":{"status":412}},
                {"target":"graph","path":"users/**","fault":{"status":503,"retryAfter":1.5}},
                {"target":"crm","fault":{"dropResponse":true}}]"#,
        );
        let status = |method, path| tap.strike(Target::Graph, method, path).and_then(|f| f.status);
        assert_eq!(status("PATCH", "/users/a/messages/1"), Some(412));
        assert_eq!(status("GET", "/users/a/messages/1"), Some(503));
        assert_eq!(status("PATCH", "/users/a/messages/1"), Some(412));
        assert_eq!(status("PATCH", "/users/a/messages/1"), Some(503));
        assert_eq!(status("POST", "/$batch"), None);
        assert_eq!(tap.faults()[0].times, Some(0));
        assert!(tap.strike(Target::Crm, "POST", "emails").expect("fault").drop_response);
        assert_eq!(tap.strike(Target::Push, "POST", "emails"), None);
        tap.clear_faults();
        assert_eq!(status("GET", "/users/a/messages/1"), None);
    }

    #[test]
    fn a_probability_follows_the_seed() {
        let run = |seed| {
            let tap = Wiretap::new(seed);
            tap.set_faults(rules(
                r#"[{"target":"crm","probability":0.25,"fault":{"status":500}}]"#,
            ))
            .expect("valid");
            (0..400).map(|_| tap.strike(Target::Crm, "GET", "x").is_some()).collect::<Vec<_>>()
        };
        assert_eq!(run(1), run(1));
        assert_ne!(run(1), run(2));
        let hits = run(1).into_iter().filter(|hit| *hit).count();
        assert!((60..140).contains(&hits), "{hits}");
    }

    #[test]
    fn a_wrong_rule_changes_nothing_and_names_its_field() {
        let tap = tap(r#"[{"target":"push","fault":{"status":500}}]"#);
        let cases = [
            (r#"[{"target":"crm","probability":2,"fault":{"status":500}}]"#, "probability"),
            (r#"[{"target":"crm","fault":{}}]"#, "fault:"),
            (r#"[{"target":"crm","fault":{"status":9}}]"#, "status"),
            (r#"[{"target":"crm","fault":{"code":"x"}}]"#, "status"),
            (r#"[{"target":"crm","method":"GE T","fault":{"status":500}}]"#, "method"),
            (r#"[{"target":"crm","fault":{"status":429,"retryAfter":-1}}]"#, "retryAfter"),
        ];
        for (json, field) in cases {
            let problem = tap.set_faults(rules(json)).expect_err(json);
            assert!(problem.contains(field), "{problem}");
        }
        assert_eq!(tap.faults().len(), 1);
        assert!(
            serde_json::from_str::<Vec<FaultRule>>(r#"[{"target":"crm","oops":1,"fault":{}}]"#)
                .is_err()
        );
    }

    #[test]
    fn rules_read_back_as_they_were_written() {
        let json = r#"[{"target":"graph","path":"**","probability":1.0,"times":1,"fault":{"delayMs":5,"dropResponse":true}}]"#;
        assert_eq!(serde_json::to_string(&rules(json)).expect("json"), json);
    }

    #[test]
    fn requests_are_counted_by_route() {
        let tap = Wiretap::new(0);
        tap.count(Target::Graph, "get", "/users/a@a.test/messages?$skip=1");
        tap.count(Target::Graph, "GET", "/users/b@a.test/messages");
        tap.count(Target::Crm, "GET", "/WhoAmI");
        let shown: Vec<_> = tap
            .counts()
            .into_iter()
            .map(|c| format!("{:?} {} {} {}", c.target, c.method, c.route, c.count))
            .collect();
        assert_eq!(shown, ["Graph GET /users/{id}/messages 2", "Crm GET /WhoAmI 1"]);
        tap.clear_counts();
        assert!(tap.counts().is_empty());
    }
}
