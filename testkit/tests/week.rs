//! A week of one meeting that five people show in five ways: at most one write for each real change,
//! on each side, and no message but those that a person caused or a setting allowed.
//!
//! It is no file of `scenarios/`, because there each is run without every rule in turn, and a week is
//! long.

use earmark_testkit::scenario;

#[test]
fn five_attendees_write_what_somebody_changed_and_nothing_else() {
    let text = include_str!("week/five-attendees.scenario");
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .expect("a runtime");
    runtime.block_on(scenario::run(text)).unwrap_or_else(|error| panic!("{error:#}"));
}
