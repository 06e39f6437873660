//! P5: what a service with nothing to do takes: memory, time to start, size.

use crate::{
    Plan,
    face::{ADMIN, Face},
    process::Server,
    report::Row,
};
use anyhow::{Context, Result};
use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

const ID: &str = "P5";
const RESIDENT_MIB: f64 = 40.0;
const START_MS: f64 = 200.0;
const BINARY_MB: f64 = 30.0;

/// Units: starts of which the median is reported.
const STARTS: usize = 7;

/// How long a service has nothing to do before its memory is read.
const IDLE: Duration = Duration::from_secs(5);

/// Runs it.
///
/// Errors: a service does not get ready.
pub async fn run(plan: &Plan) -> Result<Vec<Row>> {
    let folder = tempfile::tempdir().context("make a folder")?;
    // Once uncounted, so that the program itself is in memory.
    drop(start(plan, &folder.path().join("first")).await?);
    let (mut cold, mut warm) = (Vec::new(), Vec::new());
    for number in 0..STARTS {
        let data = folder.path().join(number.to_string());
        cold.push(start(plan, &data).await?.started_in);
        warm.push(start(plan, &data).await?.started_in);
    }
    let server = start(plan, &folder.path().join("first")).await?;
    tokio::time::sleep(IDLE).await;
    let resident = server.process.resident()? / 1_024.0;
    let bytes = fs::metadata(&plan.binary).context("look at the program")?.len();
    #[expect(clippy::cast_precision_loss, reason = "a program is smaller than 2^52 bytes")]
    let size = bytes as f64 / 1_000_000.0;
    let mut rows = vec![Row::at_most(
        ID,
        "serve with nothing to do, VmRSS",
        resident,
        RESIDENT_MIB,
        format!("{resident:.1} MiB"),
    )];
    for (what, mut times) in [("start to ready, new data folder", cold), ("again", warm)] {
        times.sort_unstable();
        let millis = times[times.len() / 2].as_secs_f64() * 1_000.0;
        let what = format!("{what}, median of {STARTS}");
        rows.push(Row::at_most(ID, &what, millis, START_MS, format!("{millis:.0} ms")));
    }
    rows.push(Row::at_most(ID, "the program itself", size, BINARY_MB, format!("{size:.1} MB")));
    Ok(rows)
}

/// A service whose mailbox server does not exist and which serves no mailbox.
async fn start(plan: &Plan, data: &Path) -> Result<Server> {
    let server = serve(plan, data, "http://127.0.0.1:9")?;
    Face::new(&server.root)?.text("/readyz").await?;
    Ok(server)
}

/// `earmark serve` of one organization over `data`, with its mailboxes at `mailboxes`.
///
/// Errors: it does not get ready.
pub fn serve(plan: &Plan, data: &Path, mailboxes: &str) -> Result<Server> {
    let file: PathBuf = data.with_extension("toml");
    let text = format!(
        "listen = \"127.0.0.1:0\"\ndata_dir = {data:?}\ncycle = \"1h\"\n\
         [[organization]]\nslug = \"contoso\"\ncrm = {{ kind = \"embedded\" }}\n\
         [organization.mailboxes]\nkind = \"graph\"\nroot = \"{mailboxes}/graph/v1.0\"\n\
         authority = \"{mailboxes}/login\"\ntenant = \"demo\"\nclient_id = \"demo\"\n\
         client_secret_env = \"BENCH_SECRET\"\n"
    );
    fs::write(&file, text).context("write a configuration")?;
    let mut command = Command::new(&plan.binary);
    command.arg("serve").arg("--config").arg(&file);
    command.env("EARMARK_ADMIN_TOKEN", ADMIN).env("BENCH_SECRET", "demo");
    Server::start(&mut command)
}
