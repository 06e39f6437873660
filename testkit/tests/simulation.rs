//! Random days by seed. `EARMARK_SEEDS=1000` runs that many seeds; a failing one is shown with
//! everything that happened.

use earmark_testkit::simulation;
use earmark_tracking::Rules;

/// Units: seeds of an ordinary run.
const SEEDS: u64 = 12;

/// Units: rounds of one seed.
const ROUNDS: usize = 5;

#[tokio::test(start_paused = true)]
async fn whatever_goes_wrong_everything_becomes_what_it_should_be() {
    let seeds = std::env::var("EARMARK_SEEDS").ok().and_then(|text| text.parse().ok());
    for seed in 0..seeds.unwrap_or(SEEDS) {
        if let Err(difference) = simulation::run(seed, ROUNDS, Rules::all()).await {
            panic!("{difference:#}");
        }
    }
}
