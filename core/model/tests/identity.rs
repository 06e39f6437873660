//! The twelve test vectors of the record id. They were computed by another program, from this
//! formula, and never change: a different result means a second record for every tracked item.
//!
//! ```text
//! field(text) = big-endian u32 of the length of text in bytes, then text in UTF-8
//! digest      = SHA-256( field("earmark/1") field(organization) field(kind)
//!                        field(source key) field(discriminator) field(epoch in decimal) )
//! id          = the first 16 bytes of digest; the high half of byte 6 set to 8 (version),
//!               the top two bits of byte 8 set to 10 (variant)
//! ```
//!
//! In Python: `d = bytearray(hashlib.sha256(b"".join(len(f).to_bytes(4, "big") + f for f in
//! fields)).digest()[:16]); d[6] = d[6] & 0x0F | 0x80; d[8] = d[8] & 0x3F | 0x80`.

use earmark_model::identity::{
    appointment_source_key, discriminator, email_source_key, record_id, task_source_key,
};
use earmark_model::{
    Address, Body, BodyKind, Direction, Importance, Instant, ItemKind, MailboxId, MessageContent,
    OrganizationId,
};

const ORGANIZATION: &str = "5d1f3b2c-8a40-4c6e-9b7d-0e2f4a6c8d10";
const OFFER: &str = "<offer.4711@mail.example>";
const ICAL_UID: &str = "040000008200E00074C5B7101A82E008";

fn organization() -> OrganizationId {
    ORGANIZATION.parse().expect("a valid id")
}

fn address(address: &str) -> Address {
    Address { name: String::from("not part of the key"), address: address.to_owned() }
}

fn content() -> MessageContent {
    MessageContent {
        subject: String::from("Offer: garden house"),
        body: Body { kind: BodyKind::Text, text: String::from("not part of the key") },
        from: Some(address("Mara.Lind@example.org")),
        sender: None,
        to: vec![address("zoe@example.org")],
        cc: vec![address("adam@Example.org")],
        bcc: vec![address("carl@example.org")],
        sent: Instant::parse_rfc3339("2026-03-14T09:26:53Z"),
        received: None,
        importance: Importance::Normal,
        in_reply_to: None,
        conversation_index: None,
        read_receipt_requested: false,
        delivery_receipt_requested: false,
        has_transport: true,
        keywords: Vec::new(),
        attachments: Vec::new(),
        size: 1,
    }
}

fn email(message_id: &str, direction: Direction, two_activities: bool, epoch: u32) -> String {
    let key = email_source_key(Some(message_id), &content());
    let discriminator = discriminator(direction, two_activities);
    record_id(organization(), ItemKind::Email, &key, discriminator, epoch).to_string()
}

fn incoming(message_id: &str, epoch: u32) -> String {
    email(message_id, Direction::Incoming, false, epoch)
}

#[test]
fn vector_01_an_email_with_brackets_and_an_empty_discriminator() {
    assert_eq!(incoming(OFFER, 0), "171c6a9f-901f-81fe-990c-b97fd4d53209");
}

#[test]
fn vector_02_brackets_and_space_around_the_message_id_change_nothing() {
    for spelling in [
        " \t<offer.4711@mail.example> \r\n",
        "offer.4711@mail.example",
        "< offer.4711@mail.example >",
    ] {
        assert_eq!(incoming(spelling, 0), "171c6a9f-901f-81fe-990c-b97fd4d53209", "{spelling:?}");
    }
}

#[test]
fn vector_03_the_sent_copy_while_two_activities_are_on() {
    let id = email(OFFER, Direction::Outgoing, true, 0);
    assert_eq!(id, "c98bf831-1fe6-801d-baf8-9889d9e23cc0");
}

#[test]
fn vector_04_the_first_epoch_after_a_deleted_record() {
    assert_eq!(incoming(OFFER, 1), "f340c59c-4885-88a1-9627-2c510cb2c4f3");
}

#[test]
fn vector_05_the_second_epoch_of_a_sent_copy() {
    let id = email(OFFER, Direction::Outgoing, true, 2);
    assert_eq!(id, "0a3d2968-978f-8ee8-b812-97f342fc2d33");
}

#[test]
fn vector_06_upper_case_stays_upper_case() {
    let id = incoming("<OFFER.4711@mail.example>", 0);
    assert_eq!(id, "160113fc-6581-8e32-bfba-5f627b3f1fb7");
}

#[test]
fn vector_07_letters_beyond_ascii_count_as_utf_8_bytes() {
    let id = incoming("<grüße.日本.🦉@bücher.example>", 0);
    assert_eq!(id, "b368ea3b-01b3-8769-b176-49d040d28bd9");
}

#[test]
fn vector_08_a_message_id_as_long_as_a_header_line_may_be() {
    let long = format!("<{}@{}.example>", "a".repeat(900), "b".repeat(86));
    assert_eq!(incoming(&long, 0), "9755ded4-95ba-8322-a873-308de7f5e945");
}

#[test]
fn vector_09_without_a_message_id_the_headers_are_the_key() {
    for missing in [None, Some(""), Some("  "), Some("<>")] {
        let key = email_source_key(missing, &content());
        assert_eq!(key, "no-message-id:8ea250bbf7ea204f6ffcc1c711241925", "{missing:?}");
        let id = record_id(organization(), ItemKind::Email, &key, "", 0).to_string();
        assert_eq!(id, "15c782fb-ba5a-8d5e-a8f4-acefe36731ce");
    }
}

#[test]
fn vector_10_an_appointment_by_its_calendar_uid() {
    let key = appointment_source_key(ICAL_UID, None);
    let id = record_id(organization(), ItemKind::Appointment, &key, "", 0).to_string();
    assert_eq!(id, "b66f35fd-e0e6-87ce-b7d0-e55f8f22ae54");
}

#[test]
fn vector_11_one_occurrence_by_its_original_start_in_utc() {
    let start = Instant::parse_rfc3339("2026-03-14T10:26:53+01:00");
    let key = appointment_source_key(ICAL_UID, start);
    let id = record_id(organization(), ItemKind::Appointment, &key, "", 0).to_string();
    assert_eq!(id, "c86b007f-68fc-89dc-a3fb-dfc1106dc012");
}

#[test]
fn vector_12_a_task_by_its_mailbox_and_id() {
    let mailbox: MailboxId = "0b9c7a52-1f3e-4d68-8a91-c2d4e6f80123".parse().expect("a valid id");
    let key = task_source_key(mailbox, "AAMkAGI2-task=");
    let id = record_id(organization(), ItemKind::Task, &key, "", 1).to_string();
    assert_eq!(id, "8060b564-d27b-888c-8fe2-867057c2c07b");
}

#[test]
fn the_length_before_each_field_keeps_neighbours_apart() {
    let key = "offer.4711@mail.examples";
    let shifted = record_id(organization(), ItemKind::Email, key, "ent", 0).to_string();
    assert_eq!(shifted, "bb0d9508-56d4-8b91-a33e-cfbca8e0d17a");
    assert_ne!(shifted, email(OFFER, Direction::Outgoing, true, 0));
}

#[test]
fn the_order_of_recipients_and_the_case_of_addresses_do_not_change_the_headers_key() {
    let mut other = content();
    other.from = Some(address("MARA.LIND@EXAMPLE.ORG"));
    (other.to, other.cc) = (other.cc, other.to);
    assert_eq!(email_source_key(None, &other), email_source_key(None, &content()));
}

#[test]
fn one_activity_for_both_directions_while_two_activities_are_off() {
    let sent = email(OFFER, Direction::Outgoing, false, 0);
    assert_eq!(sent, incoming(OFFER, 0));
    assert_eq!(email(OFFER, Direction::Incoming, true, 0), sent);
}
