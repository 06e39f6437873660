//! The script's side: Python in a process of its own, the sandbox and the CRM in two others.

use super::{
    IDLE_CYCLES, MESSAGES, Round,
    ours::{Sandbox, face_of, person},
};
use crate::{
    Plan,
    face::ADMIN,
    process::{Process, Server},
};
use anyhow::{Context, Result, ensure};
use serde::Deserialize;
use std::{
    fs,
    io::{BufRead, BufReader, Write},
    process::{ChildStdin, ChildStdout, Command},
};

const TEXT: &str = include_str!("../../peers/poll.py");

/// What the script answers after a cycle; counts and time are since its start.
#[derive(Debug, Clone, Copy, Deserialize)]
struct Told {
    tracked: usize,
    graph: u64,
    cpu: f64,
}

/// A running script with the CRM that it writes to.
struct Script {
    process: Process,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
    crm: Server,
}

/// Tracks messages in one cycle, then does nothing for some.
pub(super) async fn round(plan: &Plan) -> Result<Round> {
    let sandbox = Sandbox::start(plan, 1).await?;
    let messages = sandbox.face.deliver(&person(0), MESSAGES).await?;
    let mut script = Script::start(plan, &sandbox, 1)?;
    let before = script.cycle()?;
    let crm_before = script.crm.process.cpu()?;
    for message in &messages {
        sandbox.face.assign(message).await?;
    }
    let tracked = script.cycle()?;
    ensure!(tracked.tracked == MESSAGES, "the script tracked {} messages", tracked.tracked);
    let crm = script.crm.process.cpu()? - crm_before;
    let mut idle = tracked;
    for _ in 0..IDLE_CYCLES {
        idle = script.cycle()?;
    }
    Ok(Round::of(
        tracked.cpu - before.cpu + crm.as_secs_f64(),
        tracked.graph - before.graph,
        idle.graph - tracked.graph,
        idle.cpu - tracked.cpu,
    ))
}

/// Units: KiB of memory of the script after two idle cycles of each mailbox.
pub(super) async fn resident(plan: &Plan, mailboxes: usize) -> Result<f64> {
    let sandbox = Sandbox::start(plan, mailboxes).await?;
    let mut script = Script::start(plan, &sandbox, mailboxes)?;
    script.cycle()?;
    script.cycle()?;
    script.process.resident()
}

impl Script {
    fn start(plan: &Plan, sandbox: &Sandbox, mailboxes: usize) -> Result<Self> {
        let folder = sandbox.folder.path();
        let crm = face_of(plan, "crm", &folder.join("crm"))?;
        let file = folder.join("poll.py");
        fs::write(&file, TEXT).context("write the script")?;
        let people: Vec<String> = (0..mailboxes).map(person).collect();
        let mut command = Command::new("python3");
        command
            .arg(&file)
            .env("GRAPH", format!("{}/graph/v1.0", sandbox.server.root))
            .env("LOGIN", format!("{}/login/demo/oauth2/v2.0/token", sandbox.server.root))
            .env("CRM", format!("{}/api/data/v9.2", crm.root))
            .env("CRM_TOKEN", ADMIN)
            .env("MAILBOXES", people.join(","))
            .env("STATE", folder.join("state.db"));
        let mut process = Process::start(&mut command)?;
        let input = process.child.stdin.take().context("the script has an input")?;
        let output = process.child.stdout.take().context("the script has an output")?;
        Ok(Self { process, input, output: BufReader::new(output), crm })
    }

    fn cycle(&mut self) -> Result<Told> {
        self.input.write_all(b"\n").context("start a cycle of the script")?;
        let mut line = String::new();
        self.output.read_line(&mut line).context("read what the script says")?;
        serde_json::from_str(&line).context("the script ended early")
    }
}
