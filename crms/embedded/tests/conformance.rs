//! The port's suite against the embedded CRM.

mod world;

use async_trait::async_trait;
use earmark_crm_port::conformance::{
    self, Bench, Closing, Failing, Person, Seen, SeenAlert, SeenAppointment, SeenTask,
};
use earmark_crm_port::{Crm, CrmLink};
use earmark_embedded::provision::{DEFAULT_ROLE, NewQueue};
use earmark_embedded::{
    Caller, CrmError, EmbeddedCrm, EmbeddedCrmPort, Filter, Key, Query, Request, Response, Row,
    Value,
};
use earmark_http::{Fault, FaultRule, Target, Wiretap};
use earmark_model::activity::RecordRef;
use earmark_model::{ActivityId, AlertLevel, Clock, Direction, Instant, MailboxId, PrincipalId};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use world::look::{self, id_of, text_of};
use world::{Ticking, made, read, row, text, update, user};

/// All activities as one table.
const ANY: &str = "activitypointer";

struct Embedded {
    crm: Arc<EmbeddedCrm>,
    clock: Arc<Ticking>,
    tap: Arc<Wiretap>,
    port: Arc<EmbeddedCrmPort>,
    next: AtomicU64,
}

impl Embedded {
    fn new() -> Self {
        let (clock, tap) = (world::clock(), Wiretap::new(7));
        let crm = world::crm_at(Arc::clone(&clock));
        let port = Arc::new(EmbeddedCrmPort::new(Arc::clone(&crm), Some(Arc::clone(&tap))));
        Self { crm, clock, tap, port, next: AtomicU64::new(1) }
    }

    fn admin(&self) -> Caller {
        self.crm.administrator()
    }

    async fn rows(&self, table: &str, column: &str, value: Value) -> Result<Vec<Row>, String> {
        let query = Query { filter: Filter::eq(column, value), ..Query::of(table) };
        match self.crm.execute(Request::Query(query), &self.admin()).await.map_err(said)? {
            Response::Rows { rows, .. } => Ok(rows),
            other => Err(format!("{other:?}")),
        }
    }

    async fn parties(&self, activity: ActivityId) -> Result<Vec<Row>, String> {
        self.rows("activityparty", "activityid", Value::Guid(activity.0)).await
    }

    async fn set(&self, table: &str, id: uuid::Uuid, row: Row) -> Result<(), String> {
        self.crm.execute(update(table, id, row), &self.admin()).await.map_err(said).map(|_| ())
    }
}

fn said(error: CrmError) -> String {
    error.to_string()
}

#[async_trait]
impl Bench for Embedded {
    fn crm(&self) -> Arc<dyn Crm> {
        Arc::clone(&self.port) as Arc<dyn Crm>
    }

    fn fresh(&self) -> u64 {
        self.next.fetch_add(1, Ordering::Relaxed)
    }

    async fn user(&self, address: &str) -> Result<Person, String> {
        let made = user(&self.crm, address, Some(DEFAULT_ROLE)).await;
        let principal = PrincipalId(made.principal);
        Ok(Person { principal, owner: principal, mailbox: MailboxId(made.mailbox) })
    }

    async fn queue(&self, address: &str) -> Result<Person, String> {
        let owner = user(&self.crm, &format!("owner-of-{address}"), Some(DEFAULT_ROLE)).await;
        let made = self
            .crm
            .provision_queue(NewQueue {
                mail: address.to_owned(),
                name: "Support".to_owned(),
                owner: Some(owner.principal),
                enabled: true,
            })
            .await
            .map_err(said)?;
        Ok(Person {
            principal: PrincipalId(made.principal),
            owner: PrincipalId(owner.principal),
            mailbox: MailboxId(made.mailbox),
        })
    }

    async fn contact(&self, address: &str) -> Result<RecordRef, String> {
        let row = row([("lastname", text("Contact")), ("emailaddress1", text(address))]);
        let id = made(&self.crm, &self.admin(), "contact", row).await.map_err(said)?;
        Ok(RecordRef { table: "contact".to_owned(), id })
    }

    async fn strip_roles(&self, user: PrincipalId) -> Result<(), String> {
        for tie in self.rows("systemuserroles", "systemuserid", Value::Guid(user.0)).await? {
            let role = id_of(&tie, "roleid").ok_or("no role")?;
            let request = Request::Disassociate {
                table: "systemuser".to_owned(),
                key: Key::Id(user.0),
                relation: "systemuserroles_association".to_owned(),
                target: Some(RecordRef { table: "role".to_owned(), id: role }),
            };
            self.crm.execute(request, &self.admin()).await.map_err(said)?;
        }
        Ok(())
    }

    async fn disable_user(&self, user: PrincipalId) -> Result<(), String> {
        self.set("systemuser", user.0, row([("isdisabled", Value::Bool(true))])).await
    }

    async fn deactivate_contact(&self, contact: &RecordRef) -> Result<(), String> {
        self.set("contact", contact.id, row([("statecode", Value::Int(1))])).await
    }

    async fn reject_mailbox(&self, mailbox: MailboxId) -> Result<(), String> {
        self.set("mailbox", mailbox.0, row([("emailrouteraccessapproval", Value::Int(3))])).await
    }

    async fn ask_for_test(&self, mailbox: MailboxId, takes_over: bool) -> Result<bool, String> {
        let columns = row([
            ("testemailconfigurationscheduled", Value::Bool(true)),
            ("orgmarkedasprimaryforexchangesync", Value::Bool(takes_over)),
        ]);
        self.set("mailbox", mailbox.0, columns).await.map(|()| true)
    }

    async fn delete_record(&self, activity: ActivityId) -> Result<(), String> {
        let request = Request::Delete {
            table: ANY.to_owned(),
            key: Key::Id(activity.0),
            if_match: earmark_embedded::IfMatch::Unconditional,
        };
        self.crm.execute(request, &self.admin()).await.map_err(said).map(|_| ())
    }

    async fn edit_record(&self, activity: ActivityId) -> Result<(), String> {
        self.set(ANY, activity.0, row([("category", text("Edited"))])).await
    }

    fn now(&self) -> Instant {
        self.clock.now()
    }

    async fn close_record(&self, activity: ActivityId, closing: Closing) -> Result<(), String> {
        let state = match closing {
            Closing::Completed => 1,
            Closing::Cancelled => 2,
        };
        self.set(ANY, activity.0, row([("statecode", Value::Int(state))])).await
    }

    async fn look_at_appointment(
        &self,
        activity: ActivityId,
    ) -> Result<Option<SeenAppointment>, String> {
        for table in ["appointment", "recurringappointmentmaster"] {
            if let Ok(row) = read(&self.crm, table, activity.0).await {
                let parties = self.parties(activity).await?;
                return look::appointment(&row, &parties).map(Some);
            }
        }
        Ok(None)
    }

    async fn instances(&self, series: ActivityId) -> Result<Vec<SeenAppointment>, String> {
        let mut seen = Vec::new();
        for row in self.rows("appointment", "seriesid", Value::Guid(series.0)).await? {
            let id = id_of(&row, "activityid").ok_or("no id")?;
            seen.push(look::appointment(&row, &self.parties(ActivityId(id)).await?)?);
        }
        seen.sort_by_key(|instance| instance.original_start);
        Ok(seen)
    }

    async fn look_at_task(&self, activity: ActivityId) -> Result<Option<SeenTask>, String> {
        match read(&self.crm, "task", activity.0).await {
            Ok(row) => look::task(&row).map(Some),
            Err(_) => Ok(None),
        }
    }

    async fn unlink_there(&self, link: &CrmLink) -> Result<(), String> {
        let handle = text(link.handle.as_str());
        let rows = self.rows("exchangesyncidmapping", "exchangeentryid", handle).await?;
        let id = rows.first().and_then(|row| id_of(row, "exchangesyncidmappingid"));
        let id = id.ok_or("the item has no mapping")?;
        self.set("exchangesyncidmapping", id, row([("isunlinkedincrm", Value::Bool(true))])).await
    }

    async fn look(&self, activity: ActivityId) -> Result<Option<Seen>, String> {
        let Ok(email) = read(&self.crm, "email", activity.0).await else { return Ok(None) };
        let id = Value::Guid(activity.0);
        let parties = self.parties(activity).await?;
        let files = self.rows("activitymimeattachment", "objectid", id).await?;
        let outgoing = email.get("directioncode").and_then(Value::as_bool) == Some(true);
        Ok(Some(Seen {
            subject: text_of(&email, "subject"),
            direction: if outgoing { Direction::Outgoing } else { Direction::Incoming },
            owner: PrincipalId(id_of(&email, "ownerid").ok_or("no owner")?),
            regarding: email.get("regardingobjectid").and_then(Value::as_lookup).cloned(),
            parties: look::parties(&parties),
            attachments: files
                .iter()
                .map(|file| {
                    let size = file.get("filesize").and_then(Value::as_int).unwrap_or_default();
                    (text_of(file, "filename"), u64::try_from(size).unwrap_or_default())
                })
                .collect(),
        }))
    }

    async fn look_at_queues(&self, activity: ActivityId) -> Result<Vec<PrincipalId>, String> {
        let rows = self.rows("queueitem", "objectid", Value::Guid(activity.0)).await?;
        Ok(rows.iter().filter_map(|row| id_of(row, "queueid")).map(PrincipalId).collect())
    }

    async fn look_at_alerts(
        &self,
        mailbox: Option<MailboxId>,
    ) -> Result<Option<Vec<SeenAlert>>, String> {
        let about = mailbox.map_or(self.crm.email_server_profile(), |mailbox| mailbox.0);
        let rows = self.rows("tracelog", "regardingobjectid", Value::Guid(about)).await?;
        let seen = |row: &Row| SeenAlert {
            level: match row.get("level").and_then(Value::as_int) {
                Some(1) => AlertLevel::Information,
                Some(2) => AlertLevel::Warning,
                _ => AlertLevel::Error,
            },
            text: text_of(row, "text"),
        };
        Ok(Some(rows.iter().map(seen).collect()))
    }

    async fn forget_changes(&self) -> Result<bool, String> {
        let future = Instant::from_millis(4_000_000_000_000);
        self.crm.prune_changes(future).await.map_err(said)?;
        Ok(true)
    }

    async fn fail_next(&self, failing: Failing) -> Result<bool, String> {
        let fault = match failing {
            Failing::Throttled => {
                Fault { status: Some(429), retry_after: Some(30.0), ..Fault::default() }
            }
            Failing::Unavailable => Fault { status: Some(503), ..Fault::default() },
            Failing::PlugIn => {
                Fault { status: Some(400), code: Some("0x80040265".to_owned()), ..Fault::default() }
            }
            Failing::AnswerLost => Fault { drop_response: true, ..Fault::default() },
        };
        self.tap.set_faults(vec![FaultRule {
            target: Target::Crm,
            method: None,
            path: None,
            probability: 1.0,
            times: Some(1),
            fault,
        }])?;
        Ok(true)
    }

    async fn heal(&self) -> Result<(), String> {
        self.tap.clear_faults();
        Ok(())
    }
}

#[tokio::test]
async fn the_embedded_crm_keeps_every_promise_of_the_port() {
    let report = conformance::run(&Embedded::new()).await;
    report.verdict().expect("every promise");
    assert_eq!(report.not_applicable, Vec::new());
    assert_eq!(report.held.len(), conformance::CASES.len());
}

#[tokio::test]
async fn operations_are_counted_as_the_requests_they_stand_for() {
    let bench = Embedded::new();
    bench.crm().settings().await.expect("settings");
    bench.crm().changes(None).await.expect("changes");
    let id = ActivityId(uuid::Uuid::from_u128(9));
    let link = CrmLink { mailbox: MailboxId(uuid::Uuid::from_u128(8)), handle: "x".into() };
    bench.crm().unlink(&link, id).await.expect("unlinked");
    let counts: Vec<_> = bench
        .tap
        .counts()
        .into_iter()
        .map(|count| format!("{} {} {}", count.method, count.route, count.count))
        .collect();
    assert_eq!(
        counts,
        [
            "DELETE /exchangesyncidmappings({id}) 1",
            "GET /activitypointers 1",
            "GET /organizations 1"
        ]
    );
}
