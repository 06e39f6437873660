//! Two workers on one ledger.

use crate::world::{ANNA, BEARING, ORGANIZATION, World, meeting, task};
use earmark_engine::Peers;
use earmark_model::MailboxId;
use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};
use uuid::Uuid;

const ANNAS: MailboxId = MailboxId(Uuid::from_u128(10));
/// Longer than settings are good for without another look.
const WHILE: Duration = Duration::from_secs(20);

#[tokio::test]
async fn settings_that_another_worker_read_are_obeyed() {
    let world = World::new();
    let other = world.another();
    world.cycle().await;
    world.forward(WHILE);
    world.switch(false);
    assert_eq!(other.run_due().await, 1, "the organization only");
    world.forward(Duration::from_secs(1));
    world.put(ANNA, "a", meeting("Review"), BEARING);
    world.engine().wake(ORGANIZATION, ANNAS).await;
    assert_eq!(world.engine().run_due().await, 1, "the mailbox only");
    assert_eq!(world.records(), 0, "category tracking is off");
}

#[tokio::test]
async fn a_mailbox_that_another_worker_scheduled_is_worked_on() {
    let world = World::new();
    let other = world.another();
    world.cycle().await;
    world.enable("carl@fabrikam.test", 12);
    other.refresh(ORGANIZATION).await.expect("read");
    assert_eq!(world.engine().run_due().await, 1);
    assert!(!world.asked("carl@fabrikam.test").is_empty(), "its mailbox was not looked at");
}

#[tokio::test]
async fn a_cycle_that_another_worker_ran_is_not_waited_for_in_vain() {
    let world = World::new();
    let other = world.another();
    world.cycle().await;
    world.put(ANNA, "a", meeting("Review"), BEARING);
    let engine = world.engine();
    // This engine does not run: only the other one can do it.
    let (waited, done) = tokio::join!(engine.cycle_now(ORGANIZATION, ANNAS), other.run_due());
    assert!(done > 0);
    waited.expect("it was done");
    assert_eq!(world.records(), 1);
}

#[tokio::test]
async fn what_was_done_long_before_the_end_of_a_worker_is_recorded() {
    let world = World::new();
    for number in 0..40 {
        world.put(ANNA, &format!("l1/a{number}"), task(&format!("Call {number}")), BEARING);
    }
    // The lease runs out under one of the last: nothing more can be recorded, as after a kill, and
    // whoever claims the mailbox next does again what is not recorded.
    world.slow_down(Duration::from_millis(100), (38, Duration::from_secs(600)));
    world.cycle().await;
    assert_eq!(world.records(), 40);
    let lookups = world.asked_crm().into_iter().filter(|asked| *asked == "lookup").count();
    assert!((41..50).contains(&lookups), "{lookups} times for 40 items");
}

struct Ended(Mutex<Vec<String>>);

impl Peers for Ended {
    fn ended(&self) -> Vec<String> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn forget(&self, worker: &str) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).retain(|known| known != worker);
    }
}

#[tokio::test]
async fn what_an_ended_worker_held_is_worked_on_before_its_leases_run_out() {
    let world = World::new();
    let other = world.another();
    let ended = Arc::new(Ended(Mutex::new(vec!["gone".to_owned()])));
    other.refresh(ORGANIZATION).await.expect("read");
    world.put(ANNA, "a", meeting("Review"), BEARING);
    assert_eq!(world.claim_and_end("gone").await, 3);
    assert_eq!(other.run_due().await, 0, "nobody knows that it ended");
    other.take_over_from(ended.clone());
    assert_eq!(other.run_due().await, 3);
    assert_eq!(world.records(), 1);
    assert!(ended.ended().is_empty(), "it is remembered for ever");
}
