//! Which messages are about a meeting.

use mail_parser::{Message, MimeHeaders, PartType};

/// The message class, by the calendar part that the message carries.
pub(super) fn message_class(parsed: &Message<'_>) -> &'static str {
    let calendar = parsed.parts.iter().find_map(|part| match &part.body {
        PartType::Text(text) if part.is_content_type("text", "calendar") => {
            Some((part.content_type().and_then(|kind| kind.attribute("method")), text.as_ref()))
        }
        _ => None,
    });
    let Some((parameter, text)) = calendar else { return "IPM.Note" };
    let method = parameter.or_else(|| property(text, "METHOD")).unwrap_or_default();
    match method.trim().to_ascii_uppercase().as_str() {
        "REQUEST" => "IPM.Schedule.Meeting.Request",
        "CANCEL" => "IPM.Schedule.Meeting.Canceled",
        "REPLY" => answer(text),
        _ => "IPM.Note",
    }
}

fn answer(text: &str) -> &'static str {
    let upper = text.to_ascii_uppercase();
    let says = |word: &str| upper.contains(&format!("PARTSTAT={word}"));
    if says("DECLINED") {
        "IPM.Schedule.Meeting.Resp.Neg"
    } else if says("TENTATIVE") {
        "IPM.Schedule.Meeting.Resp.Tent"
    } else {
        "IPM.Schedule.Meeting.Resp.Pos"
    }
}

fn property<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    text.lines().find_map(|line| {
        let (found, value) = line.split_once(':')?;
        found.trim().eq_ignore_ascii_case(name).then_some(value)
    })
}
