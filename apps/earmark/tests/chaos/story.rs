//! What happened to one item, from both sides, for whoever has to find out why.

use super::{oracle::Picture, world::World};
use reqwest::Method;
use std::fmt::Write;

/// The story of the item `id` of a mailbox.
pub async fn tell(world: &World, picture: &Picture, mailbox: usize, id: &str) -> String {
    let mailbox = &world.mailboxes[mailbox];
    let mut text = format!("  {} {id}\n", mailbox.address);
    let mut message_id = String::new();
    if let Some(item) = mailbox.book.lock().await.items.get(id) {
        message_id.clone_from(&item.message_id);
        let _ = writeln!(text, "  the person wants: {:?}", item.wish);
        for line in &item.story {
            let _ = writeln!(text, "    {line}");
        }
    }
    let path = format!(
        "/users/{}/messages/{id}?$select=categories,internetMessageId,lastModifiedDateTime",
        mailbox.address
    );
    let _ = writeln!(text, "  mailbox: {}", world.graph(Method::GET, &path, None).await);
    let records = picture.emails.iter().filter(|(_, email)| email.message_id == message_id);
    let _ = writeln!(text, "  records: {:?}", records.collect::<Vec<_>>());
    let _ = writeln!(text, "  links: {:?}", picture.links.get(id));
    let path = format!("/api/v1/items?mailbox={}&messageId={message_id}", mailbox.address);
    let known = world.insist(0, Method::GET, &path, None).await;
    for item in known["items"].as_array().into_iter().flatten() {
        let _ = writeln!(text, "  ledger: {item}");
        let path = format!("/api/v1/items/{}/history", item["id"].as_str().unwrap_or_default());
        let history = world.insist(0, Method::GET, &path, None).await;
        for entry in history["items"].as_array().into_iter().flatten() {
            let _ = writeln!(text, "    {entry}");
        }
    }
    text
}
