//! `earmark sandbox serve`.

use super::crm::FaceArguments;
use crate::{failure::CommandError, output::Output, service::faces};
use clap::Subcommand;

/// What can be done with the sandbox.
#[derive(Debug, Subcommand)]
pub enum SandboxCommand {
    /// Serve the pretend Exchange: Graph face, token endpoint and control
    Serve(FaceArguments),
}

/// Runs the sandbox until it is told to stop.
pub async fn run(command: SandboxCommand, output: Output) -> Result<(), CommandError> {
    let SandboxCommand::Serve(arguments) = command;
    let options = arguments.options()?;
    let running = faces::serve_sandbox(options).await?;
    running.announce(output, &["/graph/v1.0", "/login", "/sandbox/v1"]);
    running.wait().await;
    Ok(())
}
