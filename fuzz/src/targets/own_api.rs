//! Earmark's own API, whose mailbox server cannot be reached.

use super::world;
use crate::faces::{SECRET, drive, problem_code};
use crate::target::Target;
use axum::Router;
use earmark::api::{self, notifications::Inbox};
use earmark::service::latency::Latency;
use earmark::service::state::{Organization, Service};
use earmark_embedded::EmbeddedCrmPort;
use earmark_engine::{Engine, Parts, Random, Settings};
use earmark_ledger::SqliteStore;
use earmark_model::OrganizationId;
use earmark_sqlite::Mode;
use earmark_tracking::Rules;
use secrecy::SecretString;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

/// Requests to the API.
pub const OWN: Target = Target {
    name: "own_api",
    about: "requests to Earmark's own API, deliveries of notifications among them",
    words: &[
        "\n====\n",
        "GET /api/v1/",
        "POST /api/v1/",
        "PATCH ",
        "DELETE ",
        "PUT ",
        "items",
        "/track",
        "/untrack",
        "/status",
        "/retry",
        "mailboxes/ana.ruiz@fabrikam.test",
        "/category",
        "/enable",
        "/sync",
        "alerts",
        "held",
        "settings",
        "reconcile",
        "doctor",
        "regarding?search=",
        "limit=",
        "cursor=",
        "state=",
        "organization=demo",
        "\"mailbox\":\"ana.ruiz@fabrikam.test\"",
        "\"items\":[{\"itemId\":\"AAk\"}]",
        "\"idFormat\":\"ewsId\"",
        "\"regarding\":",
        "{\"table\":\"account\",\"id\":\"00000000-0000-0000-0000-000000000001\"}",
        "null",
        "{}",
        "[]",
        "POST /notifications",
        "validationToken=",
        "{\"value\":[{\"subscriptionId\":\"s\"}]}",
        "%ff",
        "%00",
        "\"name\":",
        "\"color\":\"preset4\"",
        "\"value\":",
        "true",
        "metrics",
    ],
    outside: &[],
    make: || {
        let runtime = world::runtime();
        let router = runtime.block_on(whole());
        Box::new(move |input| runtime.block_on(drive(&router, "", input, problem_code)))
    },
};

struct Zero;

impl Random for Zero {
    fn below(&self, _: u64) -> u64 {
        0
    }
}

async fn whole() -> Router {
    let crm = world::crm().await;
    let clock: Arc<dyn earmark_model::Clock> = Arc::new(world::Standing);
    let store = SqliteStore::open(None, Mode::Inline, clock.clone()).expect("a ledger in memory");
    let store: Arc<dyn earmark_ledger::Store> = Arc::new(store);
    let mailboxes: Arc<dyn earmark_mailbox_port::MailboxServer> =
        Arc::new(world::connector(world::Deaf::shared()));
    let port: Arc<dyn earmark_crm_port::Crm> = Arc::new(EmbeddedCrmPort::new(crm.clone(), None));
    let engine = Engine::new(Parts {
        store: store.clone(),
        crms: vec![port.clone()],
        mailboxes: mailboxes.clone(),
        clock: clock.clone(),
        random: Arc::new(Zero),
        settings: Settings::default(),
        rules: Rules::all(),
    });
    let latency = Arc::new(Latency::default());
    engine.measure(latency.clone());
    let organization = Organization {
        slug: "demo".to_owned(),
        id: OrganizationId(crm.organization_id()),
        crm,
        port,
        mailboxes,
        store,
        engine,
        latency,
    };
    let service = Service {
        sessions: Default::default(),
        addin: None,
        organizations: vec![organization],
        clock,
        admin_token: SecretString::from(SECRET),
        cycle: Duration::from_secs(900),
        data_dir: PathBuf::from("."),
        inbox: Inbox::default(),
    };
    // Whatever nobody answers is no part of the API.
    api::router(Arc::new(service)).fallback(async || {
        (http::StatusCode::NOT_FOUND, axum::Json(serde_json::json!({"code": "none"})))
    })
}
