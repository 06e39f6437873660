//! Random walks by seed. `EARMARK_WALK_SEED=n` repeats one; a failing one is shown with everything
//! that happened.

use earmark_testkit::walk;
use earmark_tracking::Rules;

/// Units: seeds of an ordinary run.
const SEEDS: u64 = 12;

/// Units: rounds of one walk; each ends with healing and comparing.
const ROUNDS: usize = 3;

/// Units: acts of one round.
const ACTS: usize = 70;

async fn walk(seed: u64) {
    if let Err(difference) = walk::run(seed, ROUNDS, ACTS, Rules::all()).await {
        panic!("EARMARK_WALK_SEED={seed} repeats it\n{difference:#}");
    }
}

fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.parse().ok()
}

#[tokio::test(start_paused = true)]
async fn whatever_people_and_faults_do_both_sides_agree_in_the_end() {
    if let Some(seed) = number("EARMARK_WALK_SEED") {
        return walk(seed).await;
    }
    for seed in 0..number("EARMARK_WALK_SEEDS").unwrap_or(SEEDS) {
        walk(seed).await;
    }
}
