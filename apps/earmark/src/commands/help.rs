//! `earmark help`: about commands, and about the codes that items, alerts and mailboxes show.

use crate::{
    arguments::Arguments,
    failure::{CommandError, Exit},
    output::{Output, print_line},
    pages::help,
};
use clap::{Args, CommandFactory};
use serde_json::json;

/// What `help` takes.
#[derive(Debug, Args)]
pub struct HelpArguments {
    /// A command, such as `mailbox add`, or a code, such as `undeliverable`
    pub topic: Vec<String>,
}

/// Prints what is known about the topic.
pub fn run(arguments: &HelpArguments, output: Output) -> Result<(), CommandError> {
    let mut command = Arguments::command();
    command.build();
    if let [code] = arguments.topic.as_slice()
        && command.find_subcommand(code).is_none()
        && let Some((explanation, advice)) = help::explained(code)
    {
        let view = json!({
            "schema": "earmark.help/1", "code": code, "explanation": explanation,
            "advice": advice,
        });
        output.value(&view, || {
            let advice = advice.join("\n\n").replace("**", "");
            format!("{code}\n\n{explanation}\n\n{advice}\n")
        });
        return Ok(());
    }
    let mut found = &mut command;
    for name in &arguments.topic {
        found = found.find_subcommand_mut(name).ok_or_else(|| {
            let message = format!("there is no command and no code called `{name}`");
            CommandError::new(Exit::Usage, "topic", message)
                .hint("`earmark help` lists the commands; /help/troubleshooting lists the codes")
        })?;
    }
    print_line(found.render_long_help().to_string().trim_end());
    Ok(())
}
