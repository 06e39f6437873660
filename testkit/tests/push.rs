//! Notifications are hints: whatever becomes of them, the end is the same.

use earmark_testkit::World;
use serde_json::{Value, json};
use std::collections::BTreeMap;

const ANNA: &str = "anna@fabrikam.test";
const BEN: &str = "ben@fabrikam.test";
const CATEGORY: &str = "Tracked to Dynamics 365";

/// What happens to notifications on their way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    NoPush,
    Undisturbed,
    AllLost,
    HalfLost,
    Tripled,
    Reordered,
    Late,
    Forged,
}

impl Way {
    async fn disturb(self, world: &World) {
        let push = |fault: Value| json!({"target": "push", "fault": fault});
        let rules = match self {
            Self::NoPush | Self::Undisturbed | Self::Forged => return,
            Self::Reordered => {
                world.set_quirk("noticesReordered", true).await.expect("quirk");
                return;
            }
            Self::AllLost => vec![push(json!({"status": 202}))],
            Self::HalfLost => {
                let mut rule = push(json!({"status": 202}));
                rule["probability"] = json!(0.5);
                vec![rule]
            }
            // Told as created and as updated, and each of them twice.
            Self::Tripled => {
                world.set_quirk("createdNoticesTwice", true).await.expect("quirk");
                vec![push(json!({"duplicate": true}))]
            }
            Self::Late => vec![push(json!({"delayMs": 600_000}))],
        };
        world.set_faults(json!(rules)).await.expect("faults");
    }
}

/// What people see in the end: the categories of every item, and the records with what they are
/// linked to. Versions and times of changes differ with the order of work and are left out.
async fn end_state(world: &World) -> BTreeMap<String, String> {
    let mut state = BTreeMap::new();
    for user in [ANNA, BEN] {
        for item in world.items(user, "*", None).await.expect("items") {
            let known = world.item_state(user, &item.id).await.expect("state");
            let known = known.map(|(state, _)| state);
            state.insert(
                format!("{user} {} {}", item.subject, item.id),
                format!("{:?} {known:?}", item.categories),
            );
        }
    }
    use earmark_testkit::world::Activity as Kind;
    for kind in [Kind::Email, Kind::Appointment, Kind::Series, Kind::Task] {
        for record in world.activities(kind, "*", None).await.expect("records") {
            let links = world.links_of(&record.id).await.expect("links").len();
            let text = |name: &str| record.row[name].to_string();
            let fields = ["subject", "location", "scheduledstart", "statecode"].map(text);
            let key = format!("{kind:?} {}", record.row["subject"]);
            let twin = state.insert(key, format!("{fields:?} {links}"));
            assert_eq!(twin, None, "one record for each");
        }
    }
    state
}

async fn play(way: Way) -> BTreeMap<String, String> {
    let world = World::new(11).await.expect("world");
    if way != Way::NoPush {
        world.offer_push().await.expect("push");
    }
    for (address, name) in [(ANNA, "Anna Berg"), (BEN, "Ben Cole")] {
        world.add_user(address, name, false).await.expect("user");
    }
    world.cycle().await;
    way.disturb(&world).await;
    for number in 0..12 {
        let mail = earmark_testkit::world::Mail {
            subject: format!("Note {number}"),
            from: "kim@contoso.test".to_owned(),
            to: vec![ANNA.to_owned(), BEN.to_owned()],
            message_id: Some(format!("<note.{number}@contoso.test>")),
            ..Default::default()
        };
        world.deliver(&mail).await.expect("delivered");
    }
    let event = |subject: &str| {
        json!({
            "subject": subject,
            "start": {"dateTime": "2026-03-10T09:00:00", "timeZone": "UTC"},
            "end": {"dateTime": "2026-03-10T10:00:00", "timeZone": "UTC"},
        })
    };
    world.plan(ANNA, event("Review")).await.expect("planned");
    world.add_task(ANNA, None, json!({"title": "Call"})).await.expect("added");
    world.settle().await;
    for number in 0..12 {
        let subject = format!("Note {number}");
        for (user, every) in [(ANNA, 1), (BEN, 3)] {
            let items = world.items(user, &subject, None).await.expect("items");
            if number % every == 0 {
                world.assign(user, &items[0], CATEGORY).await.expect("assigned");
            }
        }
        if way == Way::Forged {
            let item = world.items(ANNA, &subject, None).await.expect("items").remove(0);
            world.forge(ANNA, &item.id).await.expect("forged");
        }
        if number % 4 == 0 {
            world.settle().await;
        }
    }
    let review = world.events(ANNA, "Review", None).await.expect("events").remove(0);
    world.assign(ANNA, &review, CATEGORY).await.expect("assigned");
    let call = world.tasks(ANNA, "Call").await.expect("tasks").remove(0);
    world.assign(ANNA, &call, CATEGORY).await.expect("assigned");
    world.settle().await;
    // What nobody saw in between did not happen; so everything is seen at least once.
    world.cycle().await;
    for number in [2, 5, 6] {
        let subject = format!("Note {number}");
        let item = world.items(ANNA, &subject, None).await.expect("items").remove(0);
        if item.categories.iter().any(|name| name == CATEGORY) {
            world.unassign(ANNA, &item, CATEGORY).await.expect("removed");
        }
    }
    let review = world.events(ANNA, "Review", None).await.expect("events").remove(0);
    let moved = json!({"location": {"displayName": "Room 5"}});
    world.edit(ANNA, &review, moved).await.expect("edited");
    world.settle().await;
    for _ in 0..5 {
        world.cycle().await;
    }
    end_state(&world).await
}

#[tokio::test(start_paused = true)]
async fn lost_tripled_reordered_late_and_forged_notifications_lead_to_the_same_end() {
    let wanted = play(Way::NoPush).await;
    let tracked = wanted.values().filter(|text| text.contains("tracked")).count();
    assert!(tracked > 10, "something was tracked: {wanted:#?}");
    for way in [
        Way::Undisturbed,
        Way::AllLost,
        Way::HalfLost,
        Way::Tripled,
        Way::Reordered,
        Way::Late,
        Way::Forged,
    ] {
        let found = play(way).await;
        let different: Vec<_> = wanted
            .iter()
            .filter(|(key, value)| found.get(*key) != Some(value))
            .map(|(key, value)| (key, value, found.get(key)))
            .collect();
        assert_eq!(different, [], "{way:?}: name, without push, this way");
        assert_eq!(found.len(), wanted.len(), "{way:?}");
    }
}

/// A flood of forged notifications costs the service no request to anybody.
#[tokio::test(start_paused = true)]
async fn a_flood_of_forged_notifications_leads_nowhere() {
    let world = World::new(3).await.expect("world");
    world.offer_push().await.expect("push");
    world.add_user(ANNA, "Anna Berg", false).await.expect("user");
    world.cycle().await;
    world.settle().await;
    world.clear_counts().await.expect("counts");
    for number in 0..2_000 {
        world.forge(ANNA, &format!("item-{number}")).await.expect("forged");
    }
    world.settle().await;
    assert_eq!(world.counts().await.expect("counts"), [], "nothing was asked");
}
