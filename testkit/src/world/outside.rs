//! Everything that is not the service: the pretend Exchange, the CRM, and their faces.

use super::{http::AUTHORITY, plug_in::PlugIn, postbox::Postbox};
use crate::{SeededRandom, VirtualClock};
use anyhow::{Context, Result};
use async_trait::async_trait;
use axum::{Router, extract::Request, middleware::map_request};
use earmark_crm_port::Crm;
use earmark_embedded::{
    EmbeddedCrm, EmbeddedCrmPort, NewOrganization, Webhooks,
    provision::{DEFAULT_ROLE, NewQueue, NewUser},
};
use earmark_http::{Face, Target, Wiretap, watched};
use earmark_model::{Clock, OrganizationId};
use earmark_sandbox::{
    AdminCheck, Provision, ProvisionCrm, Sandbox, SandboxSettings, UserKind,
    identity::{Identity, Principal as Holder},
};
use earmark_sqlite::Mode;
use earmark_webapi::{Authenticate, FaceSettings, Principal};
use http::{HeaderMap, Uri, header};
use std::{path::Path, sync::Arc};
use uuid::Uuid;

/// The token of the administrator on every face.
pub const ADMIN_TOKEN: &str = "admin-of-the-test-world";

/// The organization that every world serves.
const ORGANIZATION: Uuid = Uuid::from_u128(0x0a61_5b2e_3c4d_4e5f_8091_a2b3_c4d5_e6f7);

/// Sandbox, CRM and the one router over both.
pub(super) struct Outside {
    pub(super) router: Router,
    pub(super) crm: Arc<dyn Crm>,
    pub(super) embedded: Arc<EmbeddedCrm>,
    pub(super) sandbox: Arc<Sandbox>,
    pub(super) postbox: Arc<Postbox>,
    pub(super) plug_in: Arc<PlugIn>,
}

impl Outside {
    pub(super) fn open(
        clock: &Arc<VirtualClock>,
        random: &Arc<SeededRandom>,
        seed: u64,
        crm_file: &Path,
    ) -> Result<Self> {
        let plug_in = Arc::new(PlugIn::new(clock.clone()));
        let clock: Arc<dyn Clock> = clock.clone();
        let ids = ids(random);
        let tap = Wiretap::new(seed);
        let organization = NewOrganization { id: Some(ORGANIZATION), name: "Fabrikam".to_owned() };
        let embedded = EmbeddedCrm::open(
            Some(crm_file),
            Mode::Inline,
            clock.clone(),
            ids.clone(),
            &organization,
        )
        .context("open the CRM")?;
        embedded.call_webhooks(Webhooks { transport: plug_in.clone(), loopback: true });
        let postbox = Arc::<Postbox>::default();
        let settings = SandboxSettings {
            admin: admin(),
            push: Some(postbox.clone()),
            provision: Some(Arc::new(Hook(embedded.clone()))),
            ..SandboxSettings::default()
        };
        let sandbox = Sandbox::open(None, Mode::Inline, clock.clone(), seed, tap.clone(), settings)
            .context("open the sandbox")?;
        let router = faces(&sandbox, &embedded, &clock, &ids, &tap);
        let crm = Arc::new(EmbeddedCrmPort::new(Arc::clone(&embedded), Some(tap)));
        Ok(Self { router, crm, embedded, sandbox, postbox, plug_in })
    }

    pub(super) fn organization(&self) -> OrganizationId {
        self.crm.organization()
    }
}

type Ids = Arc<dyn Fn() -> Uuid + Send + Sync>;

fn ids(random: &Arc<SeededRandom>) -> Ids {
    let random = random.clone();
    Arc::new(move || random.uuid())
}

fn admin() -> AdminCheck {
    let wanted = format!("Bearer {ADMIN_TOKEN}");
    Arc::new(move |headers: &HeaderMap| {
        headers.get(header::AUTHORIZATION).is_some_and(|value| value == wanted.as_str())
    })
}

/// One router, composed as the demo does it.
fn faces(
    sandbox: &Arc<Sandbox>,
    crm: &Arc<EmbeddedCrm>,
    clock: &Arc<dyn Clock>,
    ids: &Ids,
    tap: &Arc<Wiretap>,
) -> Router {
    let face = |target, envelope| Face { target, tap: tap.clone(), exempt: admin(), envelope };
    let tokens =
        Tokens { identity: sandbox.identity().clone(), administrator: crm.administrator().user };
    let login = format!("http://{AUTHORITY}/login/demo");
    let settings = FaceSettings::new(login, clock.clone(), ids.clone());
    let odata = earmark_webapi::router(crm.clone(), Arc::new(tokens), settings);
    let graph = face(Target::Graph, earmark_sandbox::envelope);
    let odata_face = face(Target::Crm, earmark_webapi::envelope);
    Router::new()
        .merge(at_versions("/graph", &["v1.0", "beta"], &sandbox.graph_router(), &graph))
        .merge(at_versions("/api/data", &["v9.0", "v9.1", "v9.2"], &odata, &odata_face))
        .nest("/login", sandbox.login_router())
        .nest("/sandbox/v1", sandbox.control_router(admin()))
}

/// Faults and counts see the path below the version; the face itself sees the version too.
fn at_versions(root: &str, versions: &[&'static str], face: &Router, watch: &Face) -> Router {
    let mut all = Router::new();
    for &version in versions {
        let whole = face
            .clone()
            .layer(map_request(async move |request: Request| with_version(request, version)));
        let below = watched(Router::new().fallback_service(whole), watch.clone());
        all = all.nest(&format!("{root}/{version}"), below);
    }
    all
}

fn with_version(mut request: Request, version: &str) -> Request {
    let below = request.uri().path_and_query().map_or("/", |path| path.as_str());
    if let Ok(uri) = format!("/{version}{below}").parse::<Uri>() {
        *request.uri_mut() = uri;
    }
    request
}

/// Who holds a token, in the CRM.
struct Tokens {
    identity: Identity,
    administrator: Uuid,
}

impl Authenticate for Tokens {
    fn principal(&self, bearer: &str) -> Option<Principal> {
        if bearer == ADMIN_TOKEN {
            return Some(Principal::SystemUser(self.administrator));
        }
        let claims = self.identity.verify(bearer).ok()?;
        Some(match claims.principal {
            Holder::User { .. } => Principal::DirectoryObject(claims.object_id),
            Holder::Application { .. } => Principal::SystemUser(self.administrator),
        })
    }
}

/// Makes the CRM's half of a user.
struct Hook(Arc<EmbeddedCrm>);

#[async_trait]
impl ProvisionCrm for Hook {
    async fn provision(&self, user: &Provision) -> Result<(), String> {
        let (mail, name) = (user.mail.clone(), user.display_name.clone());
        let made = match user.kind {
            UserKind::User => {
                let user = NewUser {
                    mail,
                    display_name: name,
                    directory_id: Some(user.directory_id),
                    role: Some(DEFAULT_ROLE.to_owned()),
                    enabled: true,
                };
                self.0.provision_user(user).await
            }
            UserKind::Shared => {
                let queue = NewQueue { mail, name, owner: None, enabled: true };
                self.0.provision_queue(queue).await
            }
        };
        made.map(drop).map_err(|error| error.to_string())
    }
}
