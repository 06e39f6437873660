//! `earmark serve`.

use crate::{
    config::{self, ConfigurationError},
    failure::{CommandError, Exit},
    output::{Output, print_line},
    service::{serve, stop},
};
use clap::Args;
use std::path::PathBuf;
use tokio_util::sync::CancellationToken;

/// What `serve` takes.
#[derive(Debug, Args)]
pub struct ServeArguments {
    /// The configuration file
    #[arg(long, value_name = "FILE", env = "EARMARK_CONFIG", default_value = "earmark.toml")]
    pub config: PathBuf,
}

/// Runs the service until it is told to stop.
pub async fn run(arguments: ServeArguments, output: Output) -> Result<(), CommandError> {
    let environment = |name: &str| std::env::var(name).ok();
    let configuration = config::load(&arguments.config, &environment)?;
    let stop = CancellationToken::new();
    stop::on_signal(stop.clone());
    let running = serve::start(configuration, stop).await?;
    if !output.quiet {
        print_line(&format!("Earmark listens on http://{}/", running.address));
    }
    print_line("ready");
    running.wait().await;
    Ok(())
}

impl From<ConfigurationError> for CommandError {
    fn from(error: ConfigurationError) -> Self {
        Self::new(Exit::Usage, "configuration", error.to_string())
    }
}
