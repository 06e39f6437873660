//! `earmark crm serve`.

use crate::{
    failure::{CommandError, Exit},
    output::Output,
    service::{
        faces::{self, FaceOptions},
        machine::SystemRandom,
    },
};
use clap::{Args, Subcommand};
use secrecy::SecretString;
use std::path::PathBuf;

/// What can be done with the embedded CRM.
#[derive(Debug, Subcommand)]
pub enum CrmCommand {
    /// Serve the embedded CRM: its OData face
    Serve(FaceArguments),
}

/// What serving a single face takes.
#[derive(Debug, Args)]
pub struct FaceArguments {
    /// Where to listen; port 0 picks a free one
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:8080")]
    pub listen: String,
    /// The folder of its file
    #[arg(long, value_name = "DIR", default_value = "./earmark-demo")]
    pub data_dir: PathBuf,
}

impl FaceArguments {
    /// With the administrator's token of `EARMARK_ADMIN_TOKEN`, else a random one.
    pub fn options(self) -> Result<FaceOptions, CommandError> {
        let given = std::env::var("EARMARK_ADMIN_TOKEN").ok().filter(|token| !token.is_empty());
        let token = match given {
            Some(token) => token,
            None => SystemRandom.token().map_err(|error| {
                CommandError::new(Exit::Failure, "random", format!("no randomness ({error})"))
            })?,
        };
        let admin_token = SecretString::from(token);
        Ok(FaceOptions { listen: self.listen, data_dir: self.data_dir, admin_token })
    }
}

/// Runs the CRM until it is told to stop.
pub async fn run(command: CrmCommand, output: Output) -> Result<(), CommandError> {
    let CrmCommand::Serve(arguments) = command;
    let running = faces::serve_crm(arguments.options()?).await?;
    running.announce(output, &["/api/data/v9.2/"]);
    running.wait().await;
    Ok(())
}
