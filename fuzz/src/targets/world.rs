//! What targets are made of: a clock that stands, servers in memory, and nobody at the other end.

use crate::faces::SECRET;
use async_trait::async_trait;
use bytes::Bytes;
use earmark_embedded::provision::NewUser;
use earmark_embedded::{EmbeddedCrm, NewOrganization};
use earmark_graph::{GraphServer, GraphSettings};
use earmark_http::{SendError, SendOptions, Transport, Wiretap};
use earmark_model::{Clock, Instant};
use earmark_sandbox::{Sandbox, SandboxSettings, UserKind};
use earmark_sqlite::Mode;
use http::{HeaderMap, Request, Response, header};
use secrecy::SecretString;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use tokio::runtime::Runtime;
use uuid::Uuid;

/// 2026-11-22T10:00:00Z.
pub const NOW: i64 = 1_795_341_600_000;

/// Somebody who has a mailbox and a user in the CRM.
pub const ANA: &str = "ana.ruiz@fabrikam.test";

/// Somebody else.
pub const LI: &str = "li.wei@fabrikam.test";

/// A clock that stands.
pub struct Standing;

impl Clock for Standing {
    fn now(&self) -> Instant {
        Instant::from_millis(NOW)
    }
}

/// A runtime on this thread whose timers run out at once.
pub fn runtime() -> Runtime {
    let mut builder = tokio::runtime::Builder::new_current_thread();
    builder.enable_all().start_paused(true).build().expect("a runtime")
}

/// Nobody is at the other end.
pub struct Deaf;

impl Deaf {
    /// For whoever wants a transport.
    pub fn shared() -> Arc<dyn Transport> {
        Arc::new(Self)
    }
}

#[async_trait]
impl Transport for Deaf {
    async fn send(&self, _: Request<Bytes>, _: &SendOptions) -> Result<Response<Bytes>, SendError> {
        Err(SendError::Connect { detail: "nobody listens".to_owned() })
    }
}

/// The root of the Graph that connectors ask.
pub const GRAPH_ROOT: &str = "https://graph.example.test/v1.0";

/// A connector to Graph over a transport.
pub fn connector(transport: Arc<dyn Transport>) -> GraphServer {
    let url = |text: &str| text.parse().expect("an address");
    let settings = GraphSettings::new(
        url(GRAPH_ROOT),
        url("https://login.example.test"),
        "contoso",
        "client",
        SecretString::from(SECRET),
    );
    GraphServer::new(settings, transport, Arc::new(Standing))
}

fn is_admin(headers: &HeaderMap) -> bool {
    let wanted = format!("Bearer {SECRET}");
    headers.get(header::AUTHORIZATION).is_some_and(|value| value.as_bytes() == wanted.as_bytes())
}

/// A pretend Exchange with two mailboxes and a little in them.
pub async fn sandbox() -> Arc<Sandbox> {
    let settings = SandboxSettings { admin: Arc::new(is_admin), ..SandboxSettings::default() };
    let clock: Arc<dyn Clock> = Arc::new(Standing);
    let sandbox = Sandbox::open(None, Mode::Inline, clock, 7, Wiretap::new(7), settings);
    let sandbox = sandbox.expect("a sandbox in memory");
    for (mail, name) in [(ANA, "Ana Ruiz"), (LI, "Li Wei")] {
        sandbox.create_user(mail, name, UserKind::User, false).await.expect("a user");
    }
    let message = format!(
        "From: {LI}\r\nTo: {ANA}\r\nSubject: Offer\r\nMessage-ID: <offer@fabrikam.test>\r\n\r\nHello.\r\n"
    );
    let message = earmark_sandbox::mime::parse(message.as_bytes()).expect("a message");
    sandbox.deliver(message, Vec::new()).await.expect("delivered");
    sandbox
}

/// The guard of the control API.
pub fn admin_check() -> earmark_sandbox::AdminCheck {
    Arc::new(is_admin)
}

/// Ids that count up.
pub fn ids() -> Arc<dyn Fn() -> Uuid + Send + Sync> {
    let next = AtomicU64::new(1);
    Arc::new(move || {
        let number = next.fetch_add(1, Ordering::Relaxed);
        Uuid::from_u64_pair(0x1000_0000_0000_4000, 0x8000_0000_0000_0000 | number)
    })
}

/// A CRM with one user who is served.
pub async fn crm() -> Arc<EmbeddedCrm> {
    let organization = NewOrganization { id: None, name: "Example".to_owned() };
    let crm = EmbeddedCrm::open(None, Mode::Inline, Arc::new(Standing), ids(), &organization);
    let crm = crm.expect("a CRM in memory");
    let user = NewUser {
        mail: ANA.to_owned(),
        display_name: "Ana Ruiz".to_owned(),
        directory_id: Some(Uuid::from_u128(0xabcd)),
        role: None,
        enabled: true,
    };
    crm.provision_user(user).await.expect("a user");
    crm
}
