//! A category that came with the message itself.

use earmark_model::{Body, BodyKind, CategoryName, Importance, ItemContent, MessageContent};
use earmark_tracking::{Rules, category::Names, eligibility::has_senders_category};

fn message(keywords: &[&str], has_transport: bool) -> ItemContent {
    ItemContent::Message(MessageContent {
        subject: "Offer".to_owned(),
        body: Body { kind: BodyKind::Text, text: String::new() },
        from: None,
        sender: None,
        to: Vec::new(),
        cc: Vec::new(),
        bcc: Vec::new(),
        sent: None,
        received: None,
        importance: Importance::Normal,
        in_reply_to: None,
        conversation_index: None,
        read_receipt_requested: false,
        delivery_receipt_requested: false,
        has_transport,
        keywords: keywords.iter().map(ToString::to_string).collect(),
        attachments: Vec::new(),
        size: 1,
    })
}

#[test]
fn only_the_tracking_category_of_a_message_that_travelled_counts() {
    let names = Names {
        current: Some(CategoryName::new("Tracked")),
        previous: vec![CategoryName::new("Before"), CategoryName::new("Taken")],
        of_others: vec![CategoryName::new("Taken")],
        undeliverable: None,
    };
    let rules = Rules::all();
    for (keywords, has_transport, wanted) in [
        (&["Blue", "TRACKED"][..], true, true),
        (&["before"], true, true),
        (&["Tracked"], false, false),
        (&["Taken", "Tracked to"], true, false),
        (&[], true, false),
    ] {
        let found = has_senders_category(&message(keywords, has_transport), &names, &rules);
        assert_eq!(found, wanted, "{keywords:?} {has_transport}");
    }
    let without = Rules::without("senders_category_ignored").expect("a switch");
    assert!(!has_senders_category(&message(&["Tracked"], true), &names, &without));
}
