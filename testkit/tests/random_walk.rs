//! Random walks by seed. `EARMARK_WALK_SEED=n` repeats one and `EARMARK_WALK_SEEDS=1000` runs that
//! many; a failing one is shown with everything that happened.

use earmark_testkit::walk;
use earmark_tracking::Rules;

/// Units: rounds of one walk; each ends with healing and comparing.
const ROUNDS: usize = 3;

/// Units: acts of one round.
const ACTS: usize = 70;

/// Walks of an ordinary run: those that found a fault, each named with it.
const FOUND: [(u64, &str); 12] = [
    (4, "a request that ended at other content went on owing its category"),
    (6, "an entry that was renamed and taken out by the switch came back under its old name"),
    (8, "an unlink whose answer was lost was forgotten while the switch was off"),
    (21, "an untrack requested after a lost answer left the link in the CRM"),
    (31, "a request that overtook the feed made a deleted record anew, and so a second one later"),
    (49, "an item kept its category without a link, for the same reason"),
    (75, "a ledger lost while the switch was off made the switch-on ignore what was tracked"),
    (
        174,
        "an item that was deleted before its Undeliverable mark was written was asked for for ever",
    ),
    (178, "a link that a full comparison found for an item in Junk was not remembered"),
    (204, "an untrack before anything was known of the item left no tombstone"),
    (214, "an untrack after a lost ledger left the link in the CRM"),
    (237, "a record made again after a lost ledger was taken for deleted, and a second one made"),
];

async fn walk(seed: u64, known_for: &str) {
    if let Err(difference) = walk::run(seed, ROUNDS, ACTS, Rules::all()).await {
        panic!("EARMARK_WALK_SEED={seed} repeats it ({known_for})\n{difference:#}");
    }
}

fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.parse().ok()
}

#[tokio::test(start_paused = true)]
async fn whatever_people_and_faults_do_both_sides_agree_in_the_end() {
    if let Some(seed) = number("EARMARK_WALK_SEED") {
        return walk(seed, "asked for").await;
    }
    if let Some(seeds) = number("EARMARK_WALK_SEEDS") {
        for seed in 0..seeds {
            walk(seed, "one of many").await;
        }
        return;
    }
    for (seed, known_for) in FOUND {
        walk(seed, known_for).await;
    }
}
