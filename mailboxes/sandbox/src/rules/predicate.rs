//! Whether a message is one that a rule means.

use crate::{
    preview,
    store::{
        fold, insert,
        message::{Address, BodyType, NewMessage},
        user::User,
    },
};
use serde_json::{Map, Value};

/// What `messageActionFlag` and the text of a flag have in common: (member, text).
const FLAGS: &[(&str, &str)] = &[
    ("call", "call"),
    ("doNotForward", "do not forward"),
    ("followUp", "follow up"),
    ("fyi", "for your information"),
    ("forward", "forward"),
    ("noResponseNecessary", "no response necessary"),
    ("read", "read"),
    ("reply", "reply"),
    ("replyToAll", "reply to all"),
    ("review", "review"),
];

/// Units: bytes in a kilobyte of `withinSizeRange`.
const KILOBYTE: u64 = 1024;

/// A message as conditions look at it, everything in lower case.
pub(super) struct Mail<'a> {
    owner: &'a User,
    message: &'a NewMessage,
    subject: String,
    body: String,
    /// Each as `name: value`.
    headers: Vec<String>,
}

impl<'a> Mail<'a> {
    pub(super) fn new(owner: &'a User, message: &'a NewMessage) -> Self {
        let body = match message.body.content_type {
            BodyType::Text => message.body.content.to_lowercase(),
            BodyType::Html => preview::html_to_text(&message.body.content).to_lowercase(),
        };
        let header = |(name, value): &(String, String)| format!("{name}: {value}").to_lowercase();
        Self {
            owner,
            message,
            subject: message.subject.to_lowercase(),
            body,
            headers: message.internet_message_headers.iter().map(header).collect(),
        }
    }

    /// Every condition holds and no exception does.
    pub(super) fn is_meant(
        &self,
        conditions: &Map<String, Value>,
        exceptions: &Map<String, Value>,
    ) -> bool {
        conditions.iter().all(|(name, wanted)| is_idle(wanted) || self.holds(name, wanted))
            && !exceptions.iter().any(|(name, wanted)| !is_idle(wanted) && self.holds(name, wanted))
    }

    fn holds(&self, name: &str, wanted: &Value) -> bool {
        let any = |says: &dyn Fn(&str) -> bool| {
            texts(wanted).iter().any(|text| says(&text.to_lowercase()))
        };
        let message = self.message;
        match name {
            "subjectContains" => any(&|text| self.subject.contains(text)),
            "bodyContains" => any(&|text| self.body.contains(text)),
            "bodyOrSubjectContains" => {
                any(&|text| self.subject.contains(text) || self.body.contains(text))
            }
            "senderContains" => any(&|text| self.senders().any(|one| contains(one, text))),
            "recipientContains" => any(&|text| self.recipients().any(|one| contains(one, text))),
            "headerContains" => any(&|text| self.headers.iter().any(|line| line.contains(text))),
            "categories" => {
                any(&|text| message.categories.iter().any(|name| fold(name) == fold(text)))
            }
            "fromAddresses" => self.senders().any(|one| is_named(wanted, one)),
            "sentToAddresses" => self.recipients().any(|one| is_named(wanted, one)),
            "sentToMe" => message.to.iter().any(|one| self.is_owner(one)),
            "sentCcMe" => message.cc.iter().any(|one| self.is_owner(one)),
            "sentToOrCcMe" => self.recipients().any(|one| self.is_owner(one)),
            "notSentToMe" => !self.recipients().any(|one| self.is_owner(one)),
            "sentOnlyToMe" => self.recipients().count() == 1 && self.holds("sentToMe", wanted),
            "hasAttachments" => message.attachments.iter().any(|one| !one.is_inline),
            "importance" => wanted == message.importance.as_str(),
            "sensitivity" => wanted == self.sensitivity(),
            "messageActionFlag" => self.is_flagged(wanted.as_str().unwrap_or_default()),
            "withinSizeRange" => self.is_within(wanted),
            "isMeetingRequest" => self.is_of_class("ipm.schedule.meeting.request"),
            "isMeetingResponse" => self.is_of_class("ipm.schedule.meeting.resp."),
            "isAutomaticReply" => self.says("auto-submitted", "auto-replied"),
            "isAutomaticForward" => {
                self.says("auto-submitted", "auto-forwarded")
                    || self.header("x-ms-exchange-inbox-rules-loop").is_some()
            }
            "isReadReceipt" => self.is_report("disposition-notification"),
            "isNonDeliveryReport" => self.is_report("delivery-status"),
            "isSigned" => self.says("content-type", "multipart/signed"),
            "isEncrypted" => {
                self.says("content-type", "application/pkcs7-mime")
                    || self.says("content-type", "application/x-pkcs7-mime")
                    || self.says("content-type", "multipart/encrypted")
            }
            "isPermissionControlled" => self.says("content-class", "rpmsg.message"),
            "isVoicemail" => self.says("message-context", "voice-message"),
            _ => false,
        }
    }

    fn senders(&self) -> impl Iterator<Item = &Address> {
        self.message.from.iter().chain(&self.message.sender)
    }

    fn recipients(&self) -> impl Iterator<Item = &Address> {
        self.message.to.iter().chain(&self.message.cc)
    }

    fn is_owner(&self, address: &Address) -> bool {
        fold(&address.address) == fold(&self.owner.mail)
    }

    /// The value of a header, in lower case.
    fn header(&self, name: &str) -> Option<&str> {
        let value = |line: &'_ str| line.strip_prefix(name)?.strip_prefix(": ").map(str::len);
        self.headers.iter().find_map(|line| value(line).map(|length| &line[line.len() - length..]))
    }

    fn says(&self, name: &str, start: &str) -> bool {
        self.header(name).is_some_and(|value| value.starts_with(start))
    }

    fn is_report(&self, kind: &str) -> bool {
        self.says("content-type", "multipart/report")
            && self.header("content-type").is_some_and(|value| {
                value.contains(&format!("report-type={kind}"))
                    || value.contains(&format!("report-type=\"{kind}\""))
            })
    }

    fn is_of_class(&self, start: &str) -> bool {
        self.message.message_class.to_ascii_lowercase().starts_with(start)
    }

    fn sensitivity(&self) -> &'static str {
        match self.header("sensitivity") {
            Some("personal") => "personal",
            Some("private") => "private",
            Some("company-confidential") => "confidential",
            _ => "normal",
        }
    }

    fn is_flagged(&self, wanted: &str) -> bool {
        let Some(flag) = self.header("x-message-flag") else { return false };
        let text = FLAGS.iter().find(|(name, _)| *name == wanted).map(|(_, text)| *text);
        wanted == "any" || text == Some(flag)
    }

    fn is_within(&self, range: &Value) -> bool {
        let size = insert::size_of(self.message);
        let end = |name: &str| range[name].as_u64().map(|size| size.saturating_mul(KILOBYTE));
        size >= end("minimumSize").unwrap_or(0) && size <= end("maximumSize").unwrap_or(u64::MAX)
    }
}

/// A list without entries asks for nothing, and neither does `false`.
fn is_idle(wanted: &Value) -> bool {
    *wanted == Value::Bool(false) || wanted.as_array().is_some_and(Vec::is_empty)
}

fn texts(wanted: &Value) -> Vec<&str> {
    wanted.as_array().into_iter().flatten().filter_map(Value::as_str).collect()
}

fn contains(address: &Address, text: &str) -> bool {
    address.address.to_lowercase().contains(text) || address.name.to_lowercase().contains(text)
}

fn is_named(wanted: &Value, address: &Address) -> bool {
    let named = |one: &Value| one["emailAddress"]["address"].as_str().map(fold);
    wanted.as_array().into_iter().flatten().any(|one| named(one) == Some(fold(&address.address)))
}
