//! Servers of a single face: only the sandbox, only the embedded CRM.

use super::{
    crm_face,
    folder::{self, FolderInUse},
    headers, listener,
    machine::{SystemClock, SystemRandom},
    parts, stop,
};
use crate::{
    demo::start::admin_check,
    failure::{CommandError, Exit},
    output::{Output, print_line},
};
use async_trait::async_trait;
use axum::Router;
use earmark_http::{Face, Target, Wiretap};
use earmark_model::Clock;
use earmark_sandbox::{
    Sandbox, SandboxSettings,
    identity::{self, DirectoryUser, Identity, SigningKey, Users},
};
use earmark_sqlite::Mode;
use secrecy::{ExposeSecret, SecretString};
use serde_json::json;
use std::{net::SocketAddr, path::PathBuf, sync::Arc};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

/// What a single face is served with.
pub struct FaceOptions {
    /// Where it listens.
    pub listen: String,
    /// The folder of its file.
    pub data_dir: PathBuf,
    /// The administrator's token.
    pub admin_token: SecretString,
}

/// A face that is served.
pub struct RunningFace {
    address: SocketAddr,
    admin_token: SecretString,
    tasks: Vec<JoinHandle<()>>,
    _folder: FolderInUse,
}

impl RunningFace {
    /// Prints its addresses, then `ready`.
    pub fn announce(&self, output: Output, paths: &[&str]) {
        let root = format!("http://{}", self.address);
        let token = self.admin_token.expose_secret();
        if output.is_json() {
            print_line(&json!({"http": root, "adminToken": token}).to_string());
        } else if !output.quiet {
            paths.iter().for_each(|path| print_line(&format!("  {root}{path}")));
            print_line(&format!("  token {token}"));
        }
        print_line("ready");
    }

    /// Waits until it was stopped.
    pub async fn wait(self) {
        for task in self.tasks {
            let _ = task.await;
        }
    }
}

/// Serves only the sandbox.
pub async fn serve_sandbox(options: FaceOptions) -> Result<RunningFace, CommandError> {
    let (listener, address) = listener::bind("--listen", &options.listen).await?;
    parts::data_folder(&options.data_dir)?;
    let folder = folder::share(&options.data_dir)?;
    let tap = Wiretap::new(SystemRandom.bits());
    let admin = admin_check(&options.admin_token);
    let settings = SandboxSettings {
        admin: admin.clone(),
        push: Some(parts::transport()?),
        // Whoever develops against it listens on this machine.
        loopback_push: true,
        ..SandboxSettings::default()
    };
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let path = options.data_dir.join("sandbox.db");
    let sandbox = Sandbox::open(Some(&path), Mode::Threaded, clock, 1, tap.clone(), settings)
        .map_err(|error| CommandError::new(Exit::Failure, "database", error.to_string()))?;
    let watch = Face {
        target: Target::Graph,
        tap,
        exempt: admin.clone(),
        envelope: earmark_sandbox::envelope,
    };
    let graph =
        crm_face::at_versions("/graph", &["v1.0", "beta"], &sandbox.graph_router(), Some(&watch));
    let router = graph
        .nest("/login", sandbox.login_router())
        .nest("/sandbox/v1", sandbox.control_router(admin));
    let stop = stop_on_signal();
    let notifier = tokio::spawn(sandbox.run_notifier(stop.clone().cancelled_owned()));
    let mut running = run(listener, address, router, options.admin_token, stop, folder);
    running.tasks.push(notifier);
    Ok(running)
}

/// Serves only the embedded CRM. Tokens come from a token endpoint beside it that knows no user.
pub async fn serve_crm(options: FaceOptions) -> Result<RunningFace, CommandError> {
    let (listener, address) = listener::bind("--listen", &options.listen).await?;
    parts::data_folder(&options.data_dir)?;
    let folder = folder::share(&options.data_dir)?;
    let crm =
        parts::open_crm(&options.data_dir.join("crm.db"), "Lindengrove", Arc::new(SystemClock))?;
    // Whoever develops against it listens on this machine.
    parts::call_webhooks(&crm, true)?;
    let key = SigningKey::generate()
        .map_err(|error| CommandError::new(Exit::Failure, "identity", error.to_string()))?;
    let identity =
        Identity::new(key, Arc::new(SystemClock), Arc::new(Nobody), identity::Settings::default());
    let login = format!("http://{address}/login/demo");
    let token = options.admin_token.clone();
    let router =
        crm_face::router(&crm, Some(identity.clone()), token, login, None, Arc::new(SystemClock))
            .nest("/login", identity.router());
    Ok(run(listener, address, router, options.admin_token, stop_on_signal(), folder))
}

fn run(
    listener: tokio::net::TcpListener,
    address: SocketAddr,
    router: Router,
    admin_token: SecretString,
    stop: CancellationToken,
    folder: FolderInUse,
) -> RunningFace {
    let router = headers::finished(router);
    let task = tokio::spawn(listener::serve(listener, None, router, stop));
    RunningFace { address, admin_token, tasks: vec![task], _folder: folder }
}

fn stop_on_signal() -> CancellationToken {
    let stop = CancellationToken::new();
    stop::on_signal(stop.clone());
    stop
}

/// A directory without people.
struct Nobody;

#[async_trait]
impl Users for Nobody {
    async fn by_mail(&self, _: &str) -> Option<DirectoryUser> {
        None
    }
}
