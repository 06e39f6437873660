//! Graph's words in the nouns of the model, and back. Pure.

pub(crate) mod event;

pub(crate) mod task;

pub(crate) mod members;

mod recurrence;

mod zone;

mod keywords;

use crate::wire::users::messages::{Header, Message, get};
use crate::wire::users::outlook::master_categories::OutlookCategory;
use crate::wire::users::{Categories, EmailAddress, ItemBody, Recipient};
use earmark_model::{
    Address, Body, BodyKind, CategoryColor, CategoryId, CategoryName, FolderRole, Importance,
    Instant, ItemHandle, ItemKind, MasterCategory, MessageContent, ObservedItem, Version,
};

/// The item that `message` shows, or `None` where a part is missing without which nothing may
/// be concluded: id, version, or categories. Null categories are none.
pub(crate) fn observed(message: &Message, folder: FolderRole) -> Option<ObservedItem> {
    Some(ObservedItem {
        handle: ItemHandle(message.id.clone().filter(|id| !id.is_empty())?),
        kind: kind(message.odata_type.as_deref()),
        version: version(message)?,
        categories: categories(&message.categories)?,
        folder,
        is_draft: message.is_draft.unwrap_or(false),
        message_id: message.internet_message_id.clone().filter(|id| !id.is_empty()),
        sender: address(message.from.as_ref())
            .map(|from| from.address.trim().to_lowercase())
            .filter(|address| !address.is_empty()),
        created: instant(message.created_date_time.as_deref()),
        modified: instant(message.last_modified_date_time.as_deref()),
        received: instant(message.received_date_time.as_deref()),
        ical_uid: None,
        is_series: false,
        series: None,
        is_organizer: false,
    })
}

/// Whether a list showed too little of `message`, so that it has to be read by id.
pub(crate) fn is_partial(message: &Message) -> bool {
    !matches!(message.categories, Some(Some(_)))
        || message.parent_folder_id.is_none()
        || version(message).is_none()
}

/// The version: the entity tag as it is, or made from the change key as Graph makes it.
pub(crate) fn version(message: &Message) -> Option<Version> {
    tag(message.etag.as_deref(), message.change_key.as_deref())
}

/// The entity tag as it is, or made from the change key as Graph makes it.
pub(crate) fn tag(etag: Option<&str>, change_key: Option<&str>) -> Option<Version> {
    let etag = etag.filter(|etag| !etag.is_empty()).map(Version::from);
    etag.or_else(|| change_key.map(|key| Version(format!("W/\"{key}\""))))
}

/// The category names in their order; `None` where the answer says nothing about them.
pub(crate) fn categories(wire: &Categories) -> Option<Vec<String>> {
    Some(wire.as_ref()?.iter().flatten().flatten().cloned().collect())
}

fn kind(odata_type: Option<&str>) -> ItemKind {
    let name = odata_type.unwrap_or_default().rsplit('.').next().unwrap_or_default();
    if name.to_ascii_lowercase().starts_with("eventmessage") {
        ItemKind::MeetingMessage
    } else {
        ItemKind::Email
    }
}

fn instant(text: Option<&str>) -> Option<Instant> {
    Instant::parse_rfc3339(text?)
}

fn address(recipient: Option<&Recipient>) -> Option<Address> {
    named(recipient?.email_address.as_ref())
}

fn named(wire: Option<&EmailAddress>) -> Option<Address> {
    let wire = wire?.clone();
    let found =
        Address { name: wire.name.unwrap_or_default(), address: wire.address.unwrap_or_default() };
    (found != Address::default()).then_some(found)
}

fn body(wire: Option<&ItemBody>) -> Body {
    let wire = wire.cloned().unwrap_or_default();
    let is_html =
        wire.content_type.as_deref().is_some_and(|kind| kind.eq_ignore_ascii_case("html"));
    let kind = if is_html { BodyKind::Html } else { BodyKind::Text };
    Body { kind, text: wire.content.unwrap_or_default() }
}

fn addresses(recipients: Option<&Vec<Recipient>>) -> Vec<Address> {
    recipients.into_iter().flatten().filter_map(|recipient| address(Some(recipient))).collect()
}

/// The content that `message` shows, without attachments. Without a size from the store the
/// size is that of the body.
pub(crate) fn content(message: &Message) -> MessageContent {
    let body = body(message.body.as_ref());
    let from = address(message.from.as_ref());
    let header = |name: &str| {
        message.internet_message_headers.iter().flatten().find(|header| is_called(header, name))
    };
    MessageContent {
        subject: message.subject.clone().unwrap_or_default(),
        sender: address(message.sender.as_ref()).filter(|sender| Some(sender) != from.as_ref()),
        from,
        to: addresses(message.to_recipients.as_ref()),
        cc: addresses(message.cc_recipients.as_ref()),
        bcc: addresses(message.bcc_recipients.as_ref()),
        sent: instant(message.sent_date_time.as_deref()),
        received: instant(message.received_date_time.as_deref()),
        importance: importance(message.importance.as_deref()),
        in_reply_to: property(message, get::IN_REPLY_TO)
            .or_else(|| header("In-Reply-To")?.value.clone())
            .filter(|id| !id.is_empty()),
        conversation_index: message.conversation_index.clone(),
        read_receipt_requested: message.is_read_receipt_requested.unwrap_or(false),
        delivery_receipt_requested: message.is_delivery_receipt_requested.unwrap_or(false),
        has_transport: header("Received").is_some(),
        keywords: message
            .internet_message_headers
            .iter()
            .flatten()
            .filter(|header| is_called(header, "Keywords"))
            .flat_map(|header| keywords::names(header.value.as_deref().unwrap_or_default()))
            .collect(),
        attachments: Vec::new(),
        size: size(message).unwrap_or(body.text.len() as u64),
        body,
    }
}

fn is_called(header: &Header, name: &str) -> bool {
    header.name.as_deref().is_some_and(|found| found.trim().eq_ignore_ascii_case(name))
}

/// The size of the whole message as the store counts it, where the answer has it.
pub(crate) fn size(message: &Message) -> Option<u64> {
    property(message, get::SIZE)?.trim().parse().ok()
}

/// The server may spell an id in another case and with another number of zeros.
fn property(message: &Message, id: &str) -> Option<String> {
    let plain = |id: &str| id.to_ascii_lowercase().replace("0x0", "0x");
    message
        .single_value_extended_properties
        .iter()
        .flatten()
        .find(|property| property.id.as_deref().is_some_and(|found| plain(found) == plain(id)))
        .and_then(|property| property.value.clone())
}

fn importance(text: Option<&str>) -> Importance {
    match text.unwrap_or_default().to_ascii_lowercase().as_str() {
        "low" => Importance::Low,
        "high" => Importance::High,
        _ => Importance::Normal,
    }
}

/// The entry that `category` shows. A colour that is not known is no colour.
pub(crate) fn master_category(category: OutlookCategory) -> MasterCategory {
    let color = category.color.unwrap_or_default().to_ascii_lowercase();
    let preset = color.strip_prefix("preset").and_then(|number| number.parse().ok());
    MasterCategory {
        id: CategoryId(category.id),
        name: CategoryName::new(category.display_name),
        color: preset
            .filter(|preset| *preset < 25)
            .map_or(CategoryColor::None, CategoryColor::Preset),
    }
}

/// The word for `color`.
pub(crate) fn color(color: CategoryColor) -> String {
    match color {
        CategoryColor::None => "none".to_owned(),
        CategoryColor::Preset(number) => format!("preset{number}"),
    }
}

/// `names` without `remove` (in any case) and with `add`, each exactly as spelled there unless
/// a name equal to it in any case stays. The order of the names that stay does not change.
pub(crate) fn changed(
    names: &[String],
    add: &[CategoryName],
    remove: &[CategoryName],
) -> Vec<String> {
    let removed = |name: &&String| !remove.iter().any(|gone| gone.is_same(name));
    let mut changed: Vec<String> = names.iter().filter(removed).cloned().collect();
    for name in add {
        if !changed.iter().any(|there| name.is_same(there)) {
            changed.push(name.as_str().to_owned());
        }
    }
    changed
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(json: &str) -> Message {
        serde_json::from_str(json).expect("message")
    }

    #[test]
    fn missing_categories_are_not_empty_ones() {
        let cases = [
            (r#"{"id":"1","changeKey":"k","parentFolderId":"f"}"#, true, None),
            (r#"{"id":"1","changeKey":"k","parentFolderId":"f","categories":null}"#, true, Some(0)),
            (r#"{"id":"1","changeKey":"k","parentFolderId":"f","categories":[]}"#, false, Some(0)),
            (r#"{"id":"1","changeKey":"k","categories":["a"]}"#, true, Some(1)),
            (r#"{"id":"1","categories":["a",null],"parentFolderId":"f"}"#, true, None),
            (r#"{"id":null,"changeKey":"k","categories":[]}"#, true, None),
        ];
        for (json, partial, count) in cases {
            let message = message(json);
            assert_eq!(is_partial(&message), partial, "{json}");
            let observed = observed(&message, FolderRole::Other);
            assert_eq!(observed.map(|item| item.categories.len()), count, "{json}");
        }
    }

    #[test]
    fn meeting_messages_are_told_by_their_type() {
        for name in ["eventMessage", "eventMessageRequest", "EventMessageResponse"] {
            assert_eq!(kind(Some(&format!("#microsoft.graph.{name}"))), ItemKind::MeetingMessage);
        }
        assert_eq!(kind(Some("#microsoft.graph.message")), ItemKind::Email);
        assert_eq!(kind(None), ItemKind::Email);
    }

    #[test]
    fn other_names_and_their_order_are_never_touched() {
        let names = |list: &[&str]| list.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
        let categories =
            |list: &[&str]| list.iter().map(|n| CategoryName::new(*n)).collect::<Vec<_>>();
        type Names = &'static [&'static str];
        let cases: &[(Names, Names, Names, Names)] = &[
            (&["Red", "Blue"], &["Tracked"], &[], &["Red", "Blue", "Tracked"]),
            (&["Red", "tracked", "Blue"], &[], &["TRACKED"], &["Red", "Blue"]),
            (&["tracked"], &["Tracked"], &[], &["tracked"]),
            (&["Tracked", "Red"], &["Undeliverable"], &["Tracked"], &["Red", "Undeliverable"]),
            (&["Red"], &[], &["Tracked"], &["Red"]),
            (&["tracked"], &["Tracked"], &["tracked"], &["Tracked"]),
        ];
        for (before, add, remove, after) in cases {
            let result = changed(&names(before), &categories(add), &categories(remove));
            assert_eq!(result, names(after), "{before:?} {add:?} {remove:?}");
        }
    }

    #[test]
    fn content_takes_anything_that_is_missing_or_unknown() {
        let content = content(&message(
            r#"{"subject":null,"body":null,"importance":"urgent","toRecipients":[{"emailAddress":null},{"emailAddress":{"address":"B@x.test","name":null}}],
               "internetMessageHeaders":[{"name":"received","value":"by x"},{"name":null}],"singleValueExtendedProperties":[{"id":"Integer 0xe08","value":"4711"}]}"#,
        ));
        assert_eq!(content.importance, Importance::Normal);
        assert_eq!(content.to.len(), 1);
        assert!(content.has_transport);
        assert_eq!(content.size, 4711);
        assert_eq!(content.in_reply_to, None);
    }

    #[test]
    fn colours_are_read_in_any_case() {
        let color_of = |color: Option<&str>| {
            let color = color.map(str::to_owned);
            master_category(OutlookCategory { id: "1".into(), display_name: "n".into(), color })
                .color
        };
        assert_eq!(color_of(Some("Preset9")), CategoryColor::Preset(9));
        assert_eq!(color_of(Some("preset25")), CategoryColor::None);
        assert_eq!(color_of(None), CategoryColor::None);
        assert_eq!(color(CategoryColor::Preset(24)), "preset24");
    }
}
