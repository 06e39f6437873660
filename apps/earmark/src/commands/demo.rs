//! `earmark demo`.

use crate::{
    config::cycle,
    demo::start::{self, DemoOptions, RunningDemo},
    failure::{CommandError, Exit},
    output::{Output, print_line},
    service::{browser, machine::SystemRandom, stop},
};
use clap::Args;
use secrecy::{ExposeSecret, SecretString};
use serde_json::json;
use std::{path::PathBuf, time::Duration};
use tokio_util::sync::CancellationToken;

/// What `demo` takes.
#[derive(Debug, Args)]
pub struct DemoArguments {
    /// Where to listen; port 0 picks a free one
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:8080")]
    pub listen: String,
    /// The folder of the demo's files
    #[arg(long, value_name = "DIR", default_value = "./earmark-demo")]
    pub data_dir: PathBuf,
    /// Begin anew: delete the demo's files in the data folder first
    #[arg(long)]
    pub reset: bool,
    /// The time between two cycles, from 1s
    #[arg(long, value_name = "DURATION", default_value = "15m", value_parser = cycle::parse)]
    pub cycle: Duration,
    /// Do without notifications: changes are seen in the next cycle only
    #[arg(long)]
    pub no_push: bool,
    /// Leave the sample organization out
    #[arg(long)]
    pub empty: bool,
    /// Do not open a browser
    #[arg(long)]
    pub no_open: bool,
    /// A second, https listener; its authority is DATA-DIR/tls/ca.pem
    #[arg(long, value_name = "ADDR")]
    pub tls_listen: Option<String>,
    /// The administrator's token (default: a random one)
    #[arg(long, value_name = "TOKEN")]
    pub admin_token: Option<String>,
}

/// Runs the demo until it is told to stop.
pub async fn run(arguments: DemoArguments, output: Output) -> Result<(), CommandError> {
    let stop = CancellationToken::new();
    stop::on_signal(stop.clone());
    let open = !arguments.no_open && !output.is_json();
    let demo = start::start(options(arguments)?, stop).await?;
    announce(&demo, output);
    if open {
        browser::open(&demo.http_root());
    }
    demo.wait().await;
    output.note("stopped; the data was kept");
    Ok(())
}

fn options(arguments: DemoArguments) -> Result<DemoOptions, CommandError> {
    let token = match arguments.admin_token {
        Some(token) if token.trim().is_empty() => {
            return Err(CommandError::new(Exit::Usage, "admin_token", "--admin-token is empty")
                .hint("Leave it out for a random one"));
        }
        Some(token) => token,
        None => SystemRandom.token().map_err(|error| {
            CommandError::new(Exit::Failure, "random", format!("no randomness ({error})"))
        })?,
    };
    Ok(DemoOptions {
        listen: arguments.listen,
        tls_listen: arguments.tls_listen,
        data_dir: arguments.data_dir,
        reset: arguments.reset,
        cycle: arguments.cycle,
        push: !arguments.no_push,
        empty: arguments.empty,
        admin_token: SecretString::from(token),
    })
}

/// Prints the addresses, then `ready`: the last line of the start.
fn announce(demo: &RunningDemo, output: Output) {
    let token = demo.admin_token.expose_secret();
    if output.is_json() {
        let line = json!({
            "http": demo.http_root(),
            "https": demo.https_root(),
            "dataDir": demo.data_dir.display().to_string(),
            "adminToken": token,
        });
        print_line(&line.to_string());
    } else if !output.quiet {
        let root = demo.http_root();
        print_line(&format!("Earmark demo, data in {}", demo.data_dir.display()));
        for (name, path) in [
            ("demo", "/"),
            ("Outlook", "/outlook/"),
            ("CRM", "/crm/"),
            ("console", "/admin/ (sign in with the token)"),
            ("help", "/help/"),
            ("Graph", "/graph/v1.0"),
            ("Web API", "/api/data/v9.2/"),
            ("API", "/api/v1/openapi.json"),
        ] {
            print_line(&format!("  {name:<8} {root}{path}"));
        }
        if let Some(https) = demo.https_root() {
            print_line(&format!("  https    {https}/ (authority: tls/ca.pem in the data folder)"));
        }
        print_line(&format!("  token    {token}"));
        print_line("Ctrl-C stops it and keeps the data; --reset begins anew.");
        print_line(&format!(
            "For the command line: export EARMARK_URL={root} EARMARK_TOKEN={token}"
        ));
    }
    print_line("ready");
}
