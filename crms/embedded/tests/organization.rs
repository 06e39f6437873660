//! The organization: settings, provisioning, steps, and the file that keeps it all.

mod world;

use async_trait::async_trait;
use earmark_crm_port::{Crm, CrmLink, Promoted, TestOutcome};
use earmark_embedded::provision::{DEFAULT_ROLE, NewQueue};
use earmark_embedded::settings::Stored;
use earmark_embedded::step::{Image, Message, Step};
use earmark_embedded::{
    CrmError, EmbeddedCrm, EmbeddedCrmPort, Filter, Key, Query, Request, Response, Row, Value,
};
use earmark_model::ItemContent;
use earmark_model::activity::{Party, PartyRole, RecordRef};
use earmark_model::{
    ActivityDraft, ActivityId, Address, Attachment, Body, BodyKind, Cause, Direction, Importance,
    ItemKind, MailboxId, MessageContent, PrincipalId,
};
use earmark_sqlite::Mode;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use uuid::Uuid;
use world::{crm, made, read, row, text, update, user};

const OFF: &str = "<OrgSettings><TrackCategorizedItems>false</TrackCategorizedItems></OrgSettings>";

#[tokio::test]
async fn settings_are_merged_into_the_organization_and_reach_the_port() {
    let crm = crm();
    let (admin, id) = (crm.administrator(), crm.organization_id());
    let port = EmbeddedCrmPort::new(Arc::clone(&crm), None);
    let send = |value: &str| update("organization", id, row([("orgdborgsettings", text(value))]));
    assert!(port.settings().await.expect("settings").settings.track_categorized_items);
    crm.execute(send(OFF), &admin).await.expect("off");
    crm.execute(send("<OrgSettings><SSSTaskDeletionSyncBehaviorFromExchange>2</SSSTaskDeletionSyncBehaviorFromExchange></OrgSettings>"), &admin)
        .await
        .expect("merged");
    let stored = read(&crm, "organization", id).await.expect("read");
    let stored = Stored::parse(stored["orgdborgsettings"].as_text().expect("text"));
    assert_eq!(stored.iter().count(), 2);
    assert!(!port.settings().await.expect("settings").settings.track_categorized_items);
    let error = crm.execute(send("<OrgSettings><Nope>1</Nope></OrgSettings>"), &admin).await;
    assert_eq!(error.expect_err("unknown").code, 0x8004_8514);
    crm.execute(send(""), &admin).await.expect("cleared");
    assert!(port.settings().await.expect("settings").settings.track_categorized_items);
    let person = user(&crm, "anna@contoso.test", Some(DEFAULT_ROLE)).await;
    let error = crm.execute(send(OFF), &earmark_embedded::Caller::user(person.principal)).await;
    assert!(error.expect_err("a person").message.contains("prvWriteOrganization"));
}

#[tokio::test]
async fn users_and_queues_have_one_mailbox_each() {
    let crm = crm();
    let admin = crm.administrator();
    let anna = user(&crm, "anna@contoso.test", Some(DEFAULT_ROLE)).await;
    assert_eq!(user(&crm, "ANNA@contoso.test", Some(DEFAULT_ROLE)).await, anna);
    let port = EmbeddedCrmPort::new(Arc::clone(&crm), None);
    let by_hand =
        row([("lastname", text("Dahl")), ("internalemailaddress", text("d@contoso.test"))]);
    made(&crm, &admin, "systemuser", by_hand).await.expect("made");
    let queue = NewQueue {
        mail: "support@contoso.test".to_owned(),
        name: "Support".to_owned(),
        owner: Some(anna.principal),
        enabled: true,
    };
    let first = crm.provision_queue(queue.clone()).await.expect("queue");
    assert_eq!(crm.provision_queue(queue).await.expect("again"), first);
    let rows = port.settings().await.expect("settings").mailboxes;
    let listed: Vec<_> = rows.iter().map(|row| (row.address.as_str(), row.is_enabled)).collect();
    assert_eq!(
        listed,
        [("anna@contoso.test", true), ("d@contoso.test", false), ("support@contoso.test", true)]
    );
    let why = rows[1].disabled_because.as_deref().expect("why");
    assert!(why.contains("emailrouteraccessapproval"), "{why}");
    assert!(crm.retire("anna@contoso.test").await.expect("retired"));
    assert!(!crm.retire("nobody@contoso.test").await.expect("nobody"));
    let rows = port.settings().await.expect("settings").mailboxes;
    assert!(!rows[0].is_enabled);
}

#[tokio::test]
async fn approving_an_address_takes_a_privilege_and_is_noted_until_the_address_changes() {
    const APPROVAL: &str = "emailrouteraccessapproval";
    let crm = crm();
    let admin = crm.administrator();
    let anna = user(&crm, "anna@contoso.test", Some(DEFAULT_ROLE)).await;
    let set = |columns: Row| update("mailbox", anna.mailbox, columns);
    let noted = async || {
        let row = read(&crm, "mailbox", anna.mailbox).await.expect("read");
        let value = |column: &str| row.get(column).cloned().unwrap_or(Value::Null);
        (
            value(APPROVAL),
            value("emailaddressapprovedby"),
            value("emailaddressapprovedon").is_null(),
        )
    };
    let by_admin = Value::lookup("systemuser", admin.user);
    crm.execute(set(row([(APPROVAL, Value::Int(3))])), &admin).await.expect("rejected");
    assert_eq!(noted().await, (Value::Int(3), Value::Null, true));
    // Her own mailbox she may change, but not approve.
    let herself = earmark_embedded::Caller::user(anna.principal);
    let error = crm.execute(set(row([(APPROVAL, Value::Int(1))])), &herself).await;
    let error = error.expect_err("a person");
    assert!(error.message.contains("prvApproveRejectEmailAddress"), "{error:?}");
    crm.execute(set(row([(APPROVAL, Value::Int(3))])), &herself).await.expect("nothing changes");
    crm.execute(set(row([(APPROVAL, Value::Int(1))])), &admin).await.expect("approved");
    assert_eq!(noted().await, (Value::Int(1), by_admin.clone(), false));
    let address = |text: &str| row([("emailaddress", Value::text(text))]);
    crm.execute(set(address("anna@contoso.test")), &herself).await.expect("the same address");
    assert_eq!(noted().await, (Value::Int(1), by_admin.clone(), false));
    crm.execute(set(address("anna.berg@contoso.test")), &herself).await.expect("another address");
    assert_eq!(noted().await, (Value::Int(2), Value::Null, true));
    crm.execute(set(row([(APPROVAL, Value::Int(1))])), &admin).await.expect("approved again");
    let user_row = row([("internalemailaddress", text("a.berg@contoso.test"))]);
    let change = update("systemuser", anna.principal, user_row);
    crm.execute(change, &admin).await.expect("the user's address");
    assert_eq!(noted().await, (Value::Int(2), Value::Null, true));
}

#[tokio::test]
async fn whoever_asks_for_a_test_is_noted_and_it_begins_anew() {
    let crm = crm();
    let anna = user(&crm, "anna@contoso.test", Some(DEFAULT_ROLE)).await;
    let port = EmbeddedCrmPort::new(Arc::clone(&crm), None);
    let herself = earmark_embedded::Caller::user(anna.principal);
    let ask = || {
        let columns = row([("testemailconfigurationscheduled", Value::Bool(true))]);
        crm.execute(update("mailbox", anna.mailbox, columns), &herself)
    };
    let test = async || {
        let rows = port.settings().await.expect("settings").mailboxes;
        rows[0].test.expect("a test is asked for")
    };
    ask().await.expect("asked");
    let first = test().await;
    let row = read(&crm, "mailbox", anna.mailbox).await.expect("read");
    let by = row.get("testandenablelastattemptedby");
    assert_eq!(by, Some(&Value::lookup("systemuser", anna.principal)));
    let until = earmark_model::Instant::from_millis(1_900_000_000_000);
    let postponed = TestOutcome::Postponed { until, repeated: 4 };
    port.record_test(MailboxId(anna.mailbox), first.asked, postponed).await.expect("postponed");
    assert_eq!((test().await.repeated, test().await.not_before), (4, Some(until)));
    ask().await.expect("asked anew");
    let second = test().await;
    assert_eq!((second.repeated, second.not_before), (0, None));
    assert_ne!(second.asked, first.asked);
}

#[tokio::test]
async fn a_file_opens_again_as_the_same_organization() {
    let folder = tempfile::tempdir().expect("folder");
    let path = folder.path().join("crm.db");
    let mut seen = Vec::new();
    for mode in [Mode::Threaded, Mode::Inline] {
        let crm = EmbeddedCrm::open(
            Some(&path),
            mode,
            world::clock(),
            world::ids(),
            &world::organization(),
        )
        .expect("opened");
        let name = read(&crm, "organization", crm.organization_id()).await.expect("read");
        assert_eq!(name["name"], text("Contoso"));
        seen.push((crm.organization_id(), crm.administrator(), crm.service_caller()));
    }
    assert_eq!(seen[0], seen[1]);
}

/// Refuses subjects with a word, and stamps the others; on first sight of an update it changes
/// the row behind the back of the request.
struct Stamp {
    crm: Mutex<Option<Arc<EmbeddedCrm>>>,
    seen: AtomicU32,
}

#[async_trait]
impl Step for Stamp {
    fn applies(&self, table: &str, message: Message) -> bool {
        table == "email" && message != Message::Delete
    }

    async fn run(&self, image: &Image) -> Result<Row, CrmError> {
        if image.target.get("subject") == Some(&text("Forbidden")) {
            let code = earmark_embedded::error::code::ISV_ABORTED;
            return Err(CrmError::new(code, "the step said no"));
        }
        let first = self.seen.fetch_add(1, Ordering::Relaxed) == 0;
        let crm = self.crm.lock().expect("lock").clone();
        if let (Message::Update, true, Some(crm), Some(id)) = (image.message, first, crm, image.id)
        {
            let change = row([("contactid", Value::Guid(id)), ("lastname", text("Unrelated"))]);
            made(&crm, &crm.administrator(), "contact", change).await?;
            self.crm.lock().expect("lock").take();
            crm.execute(
                update("email", id, row([("category", text("Raced"))])),
                &crm.administrator(),
            )
            .await?;
        }
        Ok(row([("submittedby", text("Stamped"))]))
    }
}

#[tokio::test]
async fn steps_see_a_change_before_it_is_made() {
    let crm = crm();
    let admin = crm.administrator();
    let step = Arc::new(Stamp { crm: Mutex::new(Some(Arc::clone(&crm))), seen: AtomicU32::new(0) });
    let id = made(&crm, &admin, "email", row([("subject", text("Before"))])).await.expect("made");
    crm.add_step(Arc::clone(&step) as Arc<dyn Step>);
    let error = made(&crm, &admin, "email", row([("subject", text("Forbidden"))])).await;
    assert_eq!(error.expect_err("refused").code, 0x8004_0265);
    crm.execute(update("email", id, row([("subject", text("After"))])), &admin)
        .await
        .expect("raced");
    let row = read(&crm, "email", id).await.expect("read");
    assert_eq!(row["submittedby"], text("Stamped"));
    assert_eq!(row["category"], text("Raced"));
    assert_eq!(row["subject"], text("After"));
    assert_eq!(step.seen.load(Ordering::Relaxed), 3, "once, for the race, and again");
}

fn draft(owner: Uuid, mailbox: Uuid) -> (ActivityDraft, CrmLink) {
    let file = |name: &str, size: usize| Attachment {
        name: name.to_owned(),
        content_type: "application/octet-stream".to_owned(),
        content_id: None,
        is_inline: false,
        size: size as u64,
        content: Some(vec![7; size]),
    };
    let gone = RecordRef { table: "contact".to_owned(), id: Uuid::from_u128(404) };
    let content = MessageContent {
        subject: "s".repeat(900),
        body: Body { kind: BodyKind::Html, text: "<p>Hello</p>".to_owned() },
        from: Some(Address { name: String::new(), address: "x@outside.test".to_owned() }),
        sender: None,
        to: Vec::new(),
        cc: Vec::new(),
        bcc: Vec::new(),
        sent: None,
        received: Some(earmark_model::Instant::from_millis(1_790_000_000_000)),
        importance: Importance::Low,
        in_reply_to: Some("<earlier@outside.test>".to_owned()),
        conversation_index: None,
        read_receipt_requested: true,
        delivery_receipt_requested: false,
        has_transport: true,
        keywords: Vec::new(),
        attachments: vec![file("plan.txt", 10), file("run.EXE", 10), file("big.bin", 2_000)],
        size: 4_000,
    };
    let draft = ActivityDraft {
        id: ActivityId(Uuid::from_u128(12)),
        kind: ItemKind::Email,
        direction: Direction::Incoming,
        message_id: Some(format!("<{}@outside.test>", "m".repeat(400))),
        occurrence: None,
        content: ItemContent::Message(content),
        parties: vec![Party {
            role: PartyRole::Sender,
            address: "x@outside.test".to_owned(),
            name: "X".to_owned(),
            record: Some(gone.clone()),
        }],
        regarding: Some(gone),
        owner: PrincipalId(owner),
        mailbox: MailboxId(mailbox),
        accepted_for: None,
        queues: Vec::new(),
    };
    (draft, CrmLink { mailbox: MailboxId(mailbox), handle: "AAMk".into() })
}

#[tokio::test]
async fn a_promotion_adapts_what_the_crm_cannot_take() {
    let crm = crm();
    let anna = user(&crm, "anna@contoso.test", Some(DEFAULT_ROLE)).await;
    let limit = row([("maxuploadfilesize", Value::Int(1_000))]);
    crm.execute(update("organization", crm.organization_id(), limit), &crm.administrator())
        .await
        .expect("limit");
    let port = EmbeddedCrmPort::new(Arc::clone(&crm), None);
    let (draft, link) = draft(anna.principal, anna.mailbox);
    let answer = port.promote(&draft, &link).await.expect("promoted");
    assert_eq!(answer, Promoted::Created(draft.id));
    let row = read(&crm, "email", draft.id.0).await.expect("read");
    assert_eq!(row["subject"].as_text().map(str::len), Some(800));
    assert_eq!(row["messageid"].as_text().map(str::len), Some(320));
    assert_eq!(row["notifications"], Value::Int(1));
    assert_eq!(row["attachmentcount"], Value::Int(1));
    assert_eq!(row["regardingobjectid"], Value::Null);
    assert_eq!(row["mimetype"], text("text/html"));
    assert_eq!(row["inreplyto"], text("<earlier@outside.test>"));
    assert_eq!(row["senton"], Value::Instant(1_790_000_000_000));
    assert_eq!((&row["statecode"], &row["statuscode"]), (&Value::Int(1), &Value::Int(4)));
    assert_eq!(row["receivingmailboxid"].as_id(), Some(anna.mailbox));
}

#[tokio::test]
async fn a_queue_gets_an_item_and_its_owner_needs_the_role() {
    let crm = crm();
    let port = EmbeddedCrmPort::new(Arc::clone(&crm), None);
    for (keeps_role, mail) in [(true, "one@contoso.test"), (false, "two@contoso.test")] {
        let owner = user(&crm, &format!("owner-{mail}"), Some(DEFAULT_ROLE)).await;
        let queue = crm
            .provision_queue(NewQueue {
                mail: mail.to_owned(),
                name: "Queue".to_owned(),
                owner: Some(owner.principal),
                enabled: true,
            })
            .await
            .expect("queue");
        let (mut draft, link) = draft(owner.principal, queue.mailbox);
        draft.id = ActivityId(owner.principal);
        draft.queues = vec![PrincipalId(queue.principal)];
        if !keeps_role {
            strip(&crm, owner.principal).await;
        }
        let answer = port.promote(&draft, &link).await;
        if !keeps_role {
            let failure = answer.expect_err("no role");
            assert_eq!(failure.code, "0x80040520");
            assert_eq!(failure.cause, Cause::QueueOwnerUnprivileged);
            continue;
        }
        answer.expect("promoted");
        let waiting = Query {
            filter: Filter::eq("queueid", Value::Guid(queue.principal)),
            ..Query::of("queueitem")
        };
        let answer = crm.execute(Request::Query(waiting), &crm.administrator()).await;
        let Response::Rows { rows, .. } = answer.expect("rows") else { panic!("rows") };
        assert_eq!(rows.len(), 1);
        assert_eq!(rows[0]["objectid"].as_id(), Some(draft.id.0));
        assert_eq!(rows[0]["sender"], text("x@outside.test"));
    }
}

async fn strip(crm: &Arc<EmbeddedCrm>, user: Uuid) {
    let roles = Query { filter: Filter::eq("name", text(DEFAULT_ROLE)), ..Query::of("role") };
    let answer = crm.execute(Request::Query(roles), &crm.administrator()).await.expect("roles");
    let Response::Rows { rows, .. } = answer else { panic!("rows") };
    let role = RecordRef { table: "role".to_owned(), id: rows[0]["roleid"].as_id().expect("id") };
    let untie = Request::Disassociate {
        table: "systemuser".to_owned(),
        key: Key::Id(user),
        relation: "systemuserroles_association".to_owned(),
        target: Some(role),
    };
    crm.execute(untie, &crm.administrator()).await.expect("untied");
}
