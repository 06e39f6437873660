//! `cargo xtask sim`: seeds of the fault simulator.

use earmark_testkit::sim::{Plan, run};

fn main() -> anyhow::Result<()> {
    let seeds: Vec<u64> =
        std::env::args().skip(1).filter_map(|argument| argument.parse().ok()).collect();
    for seed in seeds {
        let plan = Plan::of(seed);
        let begun = std::time::Instant::now();
        let outcome = run(&plan, None)?;
        println!("seed {seed}: {:?} ms {outcome:?}", begun.elapsed().as_millis());
    }
    Ok(())
}
