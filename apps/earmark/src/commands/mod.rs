//! The commands, one file per noun.
//!
//! `demo`, `serve`, `sandbox` and `crm` start servers; `backup` and `restore` work on the files of a
//! data folder; all others talk to a running server.

pub mod addin;
pub mod alert;
pub mod backup;
pub mod completion;
pub mod crm;
pub mod demo;
pub mod doctor;
pub mod held;
pub mod help;
pub mod import;
pub mod item;
pub mod mailbox;
pub mod man;
pub mod message_files;
pub mod reconcile;
pub mod restore;
pub mod sandbox;
pub mod serve;
pub mod setting;
pub mod version;

use crate::{
    arguments::{Arguments, Command},
    failure::CommandError,
    output::Output,
    remote::Remote,
};

/// Carries a command out.
pub async fn run(arguments: Arguments) -> Result<(), CommandError> {
    let global = &arguments.global;
    let output = Output::new(global);
    let remote = || Remote::new(global);
    match arguments.command {
        Command::Demo(arguments) => demo::run(arguments, output).await,
        Command::Serve(arguments) => serve::run(arguments, output).await,
        Command::Sandbox(command) => sandbox::run(command, output).await,
        Command::Crm(command) => crm::run(command, output).await,
        Command::Import(arguments) => import::run(arguments, &remote()?, output).await,
        Command::Mailbox(command) => mailbox::run(command, &remote()?, output).await,
        Command::Item(command) => item::run(command, &remote()?, output).await,
        Command::Alert(command) => alert::run(command, &remote()?, output).await,
        Command::Held(command) => held::run(command, &remote()?, output).await,
        Command::Setting(command) => setting::run(command, &remote()?, output).await,
        Command::Reconcile(arguments) => reconcile::run(arguments, &remote()?, output).await,
        Command::Backup(arguments) => backup::run(&arguments, output),
        Command::Restore(arguments) => restore::run(&arguments, output),
        Command::Doctor => doctor::run(&remote()?, output).await,
        Command::Addin(command) => addin::run(command, &remote()?, output).await,
        Command::Help(arguments) => help::run(&arguments, output),
        Command::Man(arguments) => man::run(&arguments, output),
        Command::Openapi => {
            crate::output::print_line(&format!("{:#}", crate::api::openapi::document()));
            Ok(())
        }
        Command::Version => {
            version::run(output);
            Ok(())
        }
        Command::Completion(arguments) => {
            completion::run(arguments);
            Ok(())
        }
    }
}
