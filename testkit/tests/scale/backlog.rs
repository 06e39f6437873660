//! Many items assigned at once: within the limits of the server, and nobody starves.

use super::{
    ANNA, CRM_ANSWER, MAILBOX_ANSWER, add_user, assign, at_once, bound, calls, count, in_time,
    receive, size, tracked, within_limits, world,
};
use earmark_model::{Instant, limits};
use earmark_testkit::World;
use std::time::Duration;

/// Units: items of the one mailbox.
const ITEMS: usize = size(5_000, 300);

/// Units: mailboxes beside it.
const OTHERS: usize = size(200, 8);

/// Units: mailboxes with a backlog each, and its items.
const MAILBOXES: usize = size(1_000, 20);
const EACH: usize = size(100, 12);

const LOOK: Duration = Duration::from_secs(2);

fn user(number: usize) -> String {
    format!("u{number}@fabrikam.test")
}

/// Waits until so many items of a mailbox are tracked. Answers how long that took since `since`.
async fn until(world: &World, mailbox: &str, wanted: usize, since: Instant) -> Duration {
    loop {
        let took = world.now().since(since);
        if tracked(world, mailbox).await == wanted {
            return took;
        }
        assert!(took < 4 * limits::CYCLE, "{mailbox} is not tracked after {} s", took.as_secs());
        tokio::time::sleep(LOOK).await;
    }
}

/// How much longer than the answers alone it took. No more than this is lost between them.
fn over_bound(took: Duration, bound: Duration) -> f64 {
    let ratio = (took.as_secs_f64() - LOOK.as_secs_f64()) / bound.as_secs_f64();
    assert!(ratio <= 1.3, "{took:?} instead of {bound:?}");
    ratio
}

#[tokio::test(start_paused = true)]
async fn one_backlog_holds_up_nobody() {
    let world = world().await;
    add_user(&world, ANNA).await;
    for number in 0..OTHERS {
        add_user(&world, &user(number)).await;
        receive(&world, &user(number), "Offer").await;
    }
    world.cycle().await;
    for number in 0..ITEMS {
        receive(&world, ANNA, &format!("Note {number}")).await;
    }
    assign(&world, ANNA, "Note *").await;
    // Everybody is due.
    world.advance(limits::CYCLE);
    count(&world).await;
    world
        .live(MAILBOX_ANSWER, CRM_ANSWER, async {
            let started = world.now();
            let others = async {
                // They were all served once when these assign, and the backlog is worked off.
                tokio::time::sleep(Duration::from_secs(30)).await;
                let assigned = world.now();
                for number in 0..OTHERS.min(8) {
                    assign(&world, &user(number), "Offer").await;
                }
                let mut worst = Duration::ZERO;
                for number in 0..OTHERS.min(8) {
                    worst = worst.max(until(&world, &user(number), 1, assigned).await);
                }
                worst
            };
            let backlog = async {
                let all = until(&world, ANNA, ITEMS, started).await;
                let asked = world.answers().by_mailbox[ANNA];
                (all, bound(asked, calls(&world, Some("/emails")).await, at_once(1)))
            };
            let ((all, bound), worst) = tokio::join!(backlog, others);
            let ratio = over_bound(all, bound);
            println!(
                "{ITEMS} items: {} s, {ratio:.2} of the bound; others: at most {} s",
                all.as_secs(),
                worst.as_secs()
            );
            assert!(worst <= in_time(), "somebody waited for {} s", worst.as_secs());
            assert!(all <= limits::CYCLE, "the backlog took {} s", all.as_secs());
        })
        .await;
    let (answers, throttled) = within_limits(&world);
    println!("{answers} answers, {throttled} of them 429");
}

#[tokio::test(start_paused = true)]
async fn many_backlogs_starve_nobody() {
    let world = world().await;
    add_user(&world, ANNA).await;
    for number in 0..MAILBOXES {
        add_user(&world, &user(number)).await;
    }
    world.cycle().await;
    for number in 0..MAILBOXES {
        for item in 0..EACH {
            receive(&world, &user(number), &format!("Note {item}")).await;
        }
        assign(&world, &user(number), "Note *").await;
    }
    receive(&world, ANNA, "Offer").await;
    assign(&world, ANNA, "Offer").await;
    world.advance(limits::CYCLE);
    count(&world).await;
    let before = world.requests_to_mailboxes();
    let last = world
        .live(MAILBOX_ANSWER, CRM_ANSWER, async {
            let started = world.now();
            let single = until(&world, ANNA, 1, started).await;
            let mut last = single;
            for number in 0..MAILBOXES {
                last = until(&world, &user(number), EACH, started).await;
            }
            println!(
                "{MAILBOXES} mailboxes with {EACH} items each: {} s; a single item elsewhere: {} s",
                last.as_secs(),
                single.as_secs()
            );
            assert!(single <= in_time() && last <= in_time(), "{single:?} {last:?}");
            last
        })
        .await;
    let (answers, throttled) = within_limits(&world);
    let requests = world.requests_to_mailboxes() - before;
    let ratio = over_bound(last, bound(requests, calls(&world, None).await, at_once(MAILBOXES)));
    println!("{answers} answers, {throttled} of them 429; {ratio:.2} of the bound");
}
