//! The mailbox port's suite, run by the Graph connector against the sandbox's faces.

use earmark_mailbox_port::conformance;
use earmark_testkit::bench::GraphBench;

#[tokio::test(start_paused = true)]
async fn the_graph_connector_keeps_every_promise_of_the_port() {
    let bench = GraphBench::new().await.expect("a world");
    let report = conformance::run(&bench).await;
    for (name, why) in &report.not_applicable {
        println!("not applicable: {name}: {why}");
    }
    report.verdict().unwrap_or_else(|broken| panic!("{broken}"));
    assert!(report.held.len() + report.not_applicable.len() == conformance::CASES.len());
    assert!(report.not_applicable.len() <= 2, "{:?}", report.not_applicable);
}
