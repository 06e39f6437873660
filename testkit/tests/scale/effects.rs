//! With every notification lost, each effect is there one cycle and ten seconds later.

use super::{
    CRM_ANSWER, KIM, MAILBOX_ANSWER, TRACKED, add_user, assign, in_time, items, receive, size,
    world,
};
use earmark_model::{Instant, limits};
use earmark_testkit::{World, world::Mail};
use serde_json::json;
use std::time::Duration;

const MAILBOXES: usize = size(1_000, 24);

/// How often somebody looks whether an effect is there.
const LOOK: Duration = Duration::from_secs(2);

const UNDELIVERABLE: &str = "Tracked to Dynamics 365 (Undeliverable)";

fn user(number: usize) -> String {
    format!("u{number}@fabrikam.test")
}

/// Something that somebody did, and by what it is seen.
struct Effect {
    what: &'static str,
    user: String,
    subject: &'static str,
    state: &'static str,
    /// The categories that the item has then.
    categories: &'static [&'static str],
    acted: Instant,
}

impl Effect {
    async fn is_there(&self, world: &World) -> bool {
        let found = items(world, &self.user, self.subject).await;
        let [item] = found.as_slice() else { return false };
        let state = world.item_state(&self.user, &item.id).await.expect("the ledger");
        item.categories == self.categories && state.is_some_and(|(state, _)| state == self.state)
    }
}

/// What takes many cycles is prepared while there are few mailboxes.
async fn prepared() -> World {
    let world = world().await;
    world.offer_push().await.expect("push");
    for number in 0..6 {
        add_user(&world, &user(number)).await;
        receive(&world, &user(number), "Offer").await;
    }
    for number in [6, 7] {
        add_user(&world, &user(number)).await;
    }
    let to_both = Mail {
        subject: "Offer".to_owned(),
        from: KIM.to_owned(),
        to: vec![user(6), user(7)],
        message_id: Some("<offer@contoso.test>".to_owned()),
        ..Mail::default()
    };
    world.deliver(&to_both).await.expect("delivered");
    world.cycle().await;
    assign(&world, &user(4), "Offer").await;
    let fault = json!({"status": 400, "code": "0x80040265"});
    let refused = json!({"target": "crm", "method": "POST", "path": "emails", "fault": fault});
    world.add_fault(refused.clone()).await.expect("a fault");
    for _ in 0..7 {
        world.cycle().await;
    }
    world.clear_faults().await.expect("no faults");
    for number in [1, 3] {
        assign(&world, &user(number), "Offer").await;
    }
    world.cycle().await;
    world.add_fault(refused).await.expect("a fault");
    assign(&world, &user(5), "Offer").await;
    for number in 8..MAILBOXES {
        add_user(&world, &user(number)).await;
    }
    world
}

/// What people do, each in a mailbox of their own, and what comes of it.
async fn acts(world: &World) -> Vec<Effect> {
    let mut effects = Vec::new();
    let mut done = |what, number, state, categories| {
        let (user, acted) = (user(number), world.now());
        effects.push(Effect { what, user, subject: "Offer", state, categories, acted });
    };
    assign(world, &user(0), "Offer").await;
    done("assigned", 0, "tracked", &[TRACKED][..]);
    let item = items(world, &user(1), "Offer").await.remove(0);
    world.unassign(&user(1), &item, TRACKED).await.expect("removed");
    done("removed", 1, "untracked_by_user", &[]);
    world.rename_category(&user(2), TRACKED, "In our CRM", false).await.expect("renamed");
    let item = items(world, &user(2), "Offer").await.remove(0);
    world.assign(&user(2), &item, "In our CRM").await.expect("assigned");
    done("renamed and assigned", 2, "tracked", &["In our CRM"]);
    let link = world.links(&user(3)).await.expect("links").remove(0);
    let activity = link.activity.expect("a record").to_string();
    for link in world.links_of(&activity).await.expect("links") {
        world.unlink(&link).await.expect("unlinked");
    }
    done("unlinked in the CRM", 3, "untracked_by_user", &[]);
    world.clear_faults().await.expect("no faults");
    let item = items(world, &user(4), "Offer").await.remove(0);
    assert_eq!(item.categories, [UNDELIVERABLE]);
    world.assign(&user(4), &item, TRACKED).await.expect("assigned");
    done("assigned again after Undeliverable", 4, "tracked", &[TRACKED]);
    done("retried", 5, "tracked", &[TRACKED]);
    assign(world, &user(6), "Offer").await;
    done("assigned to one of two copies", 6, "tracked", &[TRACKED]);
    done("the other copy", 7, "tracked", &[TRACKED]);
    effects
}

#[tokio::test(start_paused = true)]
async fn without_notifications_every_effect_is_there_after_one_cycle() {
    let world = prepared().await;
    world
        .live(MAILBOX_ANSWER, CRM_ANSWER, async {
            // Everybody is served once, and in the middle of the next cycle somebody acts.
            tokio::time::sleep(limits::CYCLE / 2).await;
            let mut waiting = acts(&world).await;
            while !waiting.is_empty() {
                tokio::time::sleep(LOOK).await;
                let mut still = Vec::new();
                for effect in waiting {
                    let took = world.now().since(effect.acted);
                    if effect.is_there(&world).await {
                        println!("{}: after {} s", effect.what, took.as_secs());
                    } else {
                        assert!(
                            took <= in_time(),
                            "{}: not after {} s",
                            effect.what,
                            took.as_secs()
                        );
                        still.push(effect);
                    }
                }
                waiting = still;
            }
            let off = world.setting("TrackCategorizedItems", "false").expect("an act");
            world.perform(off).await.expect("switched off");
            tokio::time::sleep(in_time()).await;
            for number in 0..MAILBOXES {
                let list = world.category_list(&user(number)).await.expect("the list");
                assert!(
                    !list.iter().any(|name| name == TRACKED || name == "In our CRM"),
                    "{number}"
                );
            }
        })
        .await;
}
