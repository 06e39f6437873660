//! Two workers on one ledger, in processes of their own, killed again and again while people act.
//!
//! Without settings it takes about half a minute; `cargo xtask chaos` runs it for long. Read
//! `options` (how long, how often), `process` (children that end with their owner), `world` (who
//! talks to whom), `people` (the load), `killer`, `watch` (how far the service is behind), `oracle`
//! and `checks` (what must hold in the end), `story` (what happened to one item), `report`.

#[path = "chaos/checks.rs"]
mod checks;
#[path = "chaos/killer.rs"]
mod killer;
#[path = "chaos/mail.rs"]
mod mail;
#[path = "chaos/options.rs"]
mod options;
#[path = "chaos/oracle.rs"]
mod oracle;
#[path = "chaos/people.rs"]
mod people;
#[path = "chaos/process.rs"]
mod process;
#[path = "chaos/random.rs"]
mod random;
#[path = "chaos/report.rs"]
mod report;
#[path = "chaos/run.rs"]
mod run;
#[path = "chaos/story.rs"]
mod story;
#[path = "chaos/watch.rs"]
mod watch;
#[path = "chaos/world.rs"]
mod world;

use options::Options;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_lost_and_nothing_doubled_while_workers_are_killed() {
    let report = run::run(Options::from_environment()).await;
    println!("{}", report.text());
    assert!(report.violations.is_empty(), "{} violations, see above", report.violations.len());
}
