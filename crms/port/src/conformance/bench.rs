//! What a connector provides so that the cases can arrange a situation and look at the outcome.

use super::seen::{Closing, SeenAlert, SeenAppointment, SeenTask};
use crate::{Crm, CrmLink};
use async_trait::async_trait;
use earmark_model::ItemContent;
use earmark_model::activity::{Party, PartyRole, RecordRef};
use earmark_model::{
    ActivityDraft, ActivityId, Address, Attachment, Body, BodyKind, Direction, Importance, Instant,
    ItemHandle, ItemKind, MailboxId, MessageContent, PrincipalId,
};
use std::sync::Arc;
use uuid::Uuid;

/// A CRM, and the hands of an administrator and of its users beside the connector.
///
/// Errors of every method: a sentence for the report; the case then counts as broken.
#[async_trait]
pub trait Bench: Send + Sync {
    /// The connector under test.
    fn crm(&self) -> Arc<dyn Crm>;

    /// A number that this bench never gave before.
    fn fresh(&self) -> u64;

    /// Makes a user with a role and an enabled mailbox.
    async fn user(&self, address: &str) -> Result<Person, String>;

    /// Makes a queue, owned by a user with a role, with an enabled mailbox.
    async fn queue(&self, address: &str) -> Result<Person, String>;

    /// Makes an active contact.
    async fn contact(&self, address: &str) -> Result<RecordRef, String>;

    /// Takes all roles of a user away.
    async fn strip_roles(&self, user: PrincipalId) -> Result<(), String>;

    /// Disables a user.
    async fn disable_user(&self, user: PrincipalId) -> Result<(), String>;

    /// Makes a contact inactive.
    async fn deactivate_contact(&self, contact: &RecordRef) -> Result<(), String>;

    /// Takes the approval of a mailbox back.
    async fn reject_mailbox(&self, mailbox: MailboxId) -> Result<(), String>;

    /// Asks for a test of a mailbox, and for its take-over where that is so; time passes before a
    /// second one. `false` where the bench cannot.
    async fn ask_for_test(&self, mailbox: MailboxId, takes_over: bool) -> Result<bool, String>;

    /// Deletes a record of any kind, as a person does.
    async fn delete_record(&self, activity: ActivityId) -> Result<(), String>;

    /// Changes a record, as a person does.
    async fn edit_record(&self, activity: ActivityId) -> Result<(), String>;

    /// Takes a link away, as a person does in the CRM.
    async fn unlink_there(&self, link: &CrmLink) -> Result<(), String>;

    /// What time it is for the CRM.
    fn now(&self) -> Instant;

    /// Completes or cancels a record, as a person does.
    async fn close_record(&self, activity: ActivityId, closing: Closing) -> Result<(), String>;

    /// Looks at an appointment, a series or an occurrence; `None` where it is not there.
    async fn look_at_appointment(
        &self,
        activity: ActivityId,
    ) -> Result<Option<SeenAppointment>, String>;

    /// Looks at the occurrences of a series, exceptions among them, by their original start.
    async fn instances(&self, series: ActivityId) -> Result<Vec<SeenAppointment>, String>;

    /// Looks at a task; `None` where it is not there.
    async fn look_at_task(&self, activity: ActivityId) -> Result<Option<SeenTask>, String>;

    /// Looks at an email; `None` where it is not there.
    async fn look(&self, activity: ActivityId) -> Result<Option<Seen>, String>;

    /// The queues that a record waits in, one for each of its places.
    async fn look_at_queues(&self, activity: ActivityId) -> Result<Vec<PrincipalId>, String>;
    /// The alerts about a mailbox, or with `None` about the organization, by their text. `None`
    /// where the CRM shows no alerts.
    async fn look_at_alerts(
        &self,
        mailbox: Option<MailboxId>,
    ) -> Result<Option<Vec<SeenAlert>>, String>;

    /// Forgets all changes up to now. `false` where the bench cannot.
    async fn forget_changes(&self) -> Result<bool, String>;

    /// Makes the next request fail. `false` where the bench cannot.
    async fn fail_next(&self, failing: Failing) -> Result<bool, String>;

    /// Takes every failure away.
    async fn heal(&self) -> Result<(), String>;
}

/// How requests fail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Failing {
    /// Too many requests; try again in some seconds.
    Throttled,
    /// Not available as a whole.
    Unavailable,
    /// A plug-in refuses.
    PlugIn,
    /// The effect happens, the answer is lost.
    AnswerLost,
}

/// A user or a queue with its mailbox.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Person {
    /// The user or queue.
    pub principal: PrincipalId,
    /// Who owns the records of its mailbox.
    pub owner: PrincipalId,
    /// The mailbox.
    pub mailbox: MailboxId,
}

/// A record as a person sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    /// The subject.
    pub subject: String,
    /// Sent or received.
    pub direction: Direction,
    /// Who owns it.
    pub owner: PrincipalId,
    /// What it is about.
    pub regarding: Option<RecordRef>,
    /// Role, address in lower case and record of each party, in any order.
    pub parties: Vec<(PartyRole, String, Option<RecordRef>)>,
    /// Name and size in bytes of each attachment, in any order.
    pub attachments: Vec<(String, u64)>,
}

/// A received message of `person`, tracked.
pub(super) fn draft(bench: &dyn Bench, person: &Person) -> (ActivityDraft, CrmLink) {
    let number = bench.fresh();
    let message_id = format!("<Message-{number}@conformance.test>");
    let sender = format!("sender-{number}@outside.test");
    let party = |role, address: &str, record| Party {
        role,
        address: address.to_owned(),
        name: String::new(),
        record,
    };
    let receiver = RecordRef { table: "systemuser".to_owned(), id: person.owner.0 };
    let draft = ActivityDraft {
        id: ActivityId(Uuid::from_u64_pair(0x00c0_f0c0_f0c0_8f00, (0x8 << 60) | number)),
        kind: ItemKind::Email,
        direction: Direction::Incoming,
        message_id: Some(message_id),
        occurrence: None,
        content: ItemContent::Message(content(number, &sender)),
        parties: vec![
            party(PartyRole::Sender, &sender, None),
            party(PartyRole::To, "receiver@conformance.test", Some(receiver)),
            party(PartyRole::Cc, "somebody@outside.test", None),
        ],
        regarding: None,
        owner: person.owner,
        mailbox: person.mailbox,
        accepted_for: None,
        queues: Vec::new(),
    };
    let handle = ItemHandle(format!("Item-{number}"));
    (draft, CrmLink { mailbox: person.mailbox, handle })
}

fn content(number: u64, sender: &str) -> MessageContent {
    let at = Instant::from_millis(1_790_000_000_000);
    MessageContent {
        subject: format!("Subject {number}"),
        body: Body { kind: BodyKind::Html, text: "<p>Body</p>".to_owned() },
        from: Some(Address { name: "Sender".to_owned(), address: sender.to_owned() }),
        sender: None,
        to: vec![Address { name: String::new(), address: "receiver@conformance.test".to_owned() }],
        cc: vec![Address { name: String::new(), address: "somebody@outside.test".to_owned() }],
        bcc: Vec::new(),
        sent: Some(at),
        received: Some(at),
        importance: Importance::High,
        in_reply_to: None,
        conversation_index: None,
        read_receipt_requested: false,
        delivery_receipt_requested: false,
        has_transport: true,
        keywords: Vec::new(),
        attachments: vec![Attachment {
            name: "plan.txt".to_owned(),
            content_type: "text/plain".to_owned(),
            content_id: None,
            is_inline: false,
            size: 4,
            content: Some(b"plan".to_vec()),
        }],
        size: 2_000,
    }
}
