//! The mailbox port's suite, run by the Graph connector against the sandbox's faces.

use earmark_mailbox_port::conformance;
use earmark_testkit::bench::GraphBench;

#[tokio::test(start_paused = true)]
async fn the_graph_connector_keeps_every_promise_with_a_server_as_documented() {
    every_promise_is_kept("documented").await;
}

#[tokio::test(start_paused = true)]
async fn the_graph_connector_keeps_every_promise_with_a_kind_server() {
    every_promise_is_kept("kind").await;
}

#[tokio::test(start_paused = true)]
async fn the_graph_connector_keeps_every_promise_with_a_hostile_server() {
    every_promise_is_kept("hostile").await;
}

async fn every_promise_is_kept(profile: &str) {
    let bench = GraphBench::new(profile).await.expect("a world");
    let report = conformance::run(&bench).await;
    for (name, why) in &report.not_applicable {
        println!("not applicable: {name}: {why}");
    }
    report.verdict().unwrap_or_else(|broken| panic!("{broken}"));
    assert!(report.held.len() + report.not_applicable.len() == conformance::CASES.len());
    assert!(report.not_applicable.len() <= 2, "{:?}", report.not_applicable);
}
