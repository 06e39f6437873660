//! The parts of a mailbox: one that is refused freezes alone; a wish is about any of them.

use crate::world::{ANNA, BEARING, PLAIN, World, meeting, task};
use earmark_mailbox_port::Scope;
use earmark_model::RequestWish;

promises! {
    a_refused_calendar_freezes_alone needs [parts_freeze_alone];
    refused_in_the_middle_it_freezes_alone_too needs [parts_freeze_alone];
    a_refused_mail_is_the_whole_mailbox needs [];
    a_wish_about_an_item_of_an_unknown_kind_finds_it needs [];
    a_comparison_leaves_out_what_cannot_be_read needs [];
}

async fn a_refused_calendar_freezes_alone(world: World) {
    world.put(ANNA, "m", meeting("Offer"), BEARING);
    world.put(ANNA, "l1/t", task("Call Kim"), BEARING);
    world.cycle().await;
    world.refuse(ANNA, Scope::Calendar, true);
    world.unassign(ANNA, "m");
    world.rename(ANNA, "l1/t", "Call Kim today");
    world.cycle().await;
    assert_eq!(world.told(ANNA, "m").await, "tracked because category_assigned");
    assert_eq!(world.subject(ANNA, "l1/t").await, "Call Kim today");
    let memory = world.memory(ANNA).await;
    let failure = memory.last_failure.expect("what froze");
    assert_eq!(
        (failure.class.as_str(), failure.code.as_str()),
        ("scope_unreadable", "calendar/ErrorAccessDenied",)
    );
    world.refuse(ANNA, Scope::Calendar, false);
    world.cycle().await;
    assert_eq!(world.told(ANNA, "m").await, "untracked_by_user because category_removed");
    assert_eq!(world.memory(ANNA).await.last_failure, None);
}

async fn refused_in_the_middle_it_freezes_alone_too(world: World) {
    world.put(ANNA, "m", meeting("Offer"), BEARING);
    world.put(ANNA, "z/t", task("Call Kim"), BEARING);
    crate::mailbox::lock(&world.contents(ANNA)).refused_after =
        Some(("sweep tasks".to_owned(), Scope::Calendar));
    world.cycle().await;
    assert_eq!(world.told(ANNA, "m").await, "pending because attempt_interrupted");
    assert_eq!(world.told(ANNA, "z/t").await, "tracked because category_assigned");
    let failure = world.memory(ANNA).await.last_failure.expect("what froze");
    assert_eq!(failure.code, "calendar/ErrorAccessDenied");
    world.refuse(ANNA, Scope::Calendar, false);
    world.cycle().await;
    assert_eq!(world.told(ANNA, "m").await, "tracked because category_assigned");
}

async fn a_refused_mail_is_the_whole_mailbox(world: World) {
    world.put(ANNA, "m", meeting("Offer"), BEARING);
    world.refuse(ANNA, Scope::Mail, true);
    world.cycle().await;
    assert_eq!(world.records(), 0);
    let failure = world.memory(ANNA).await.last_failure.expect("what failed");
    assert_eq!(failure.code, "ErrorAccessDenied");
}

async fn a_wish_about_an_item_of_an_unknown_kind_finds_it(world: World) {
    world.put(ANNA, "m", meeting("Offer"), PLAIN);
    world.put(ANNA, "l1/t", task("Call Kim"), PLAIN);
    for handle in ["m", "l1/t", "nothing"] {
        world.request(ANNA, handle, RequestWish::Track { regarding: None }).await;
    }
    world.cycle().await;
    assert_eq!(world.told(ANNA, "m").await, "tracked because requested_by_person");
    assert_eq!(world.told(ANNA, "l1/t").await, "tracked because requested_by_person");
    assert_eq!(world.told(ANNA, "nothing").await, "source_gone because source_gone");
}

async fn a_comparison_leaves_out_what_cannot_be_read(world: World) {
    world.put(ANNA, "m", meeting("Offer"), BEARING);
    world.cycle().await;
    world.refuse(ANNA, Scope::Calendar, true);
    let report = world.reconcile().await;
    assert_eq!(report.differences, []);
    assert_eq!(report.unreadable.len(), 1);
}
