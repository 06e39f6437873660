//! Earmark's side: `earmark serve` with its embedded CRM, and the sandbox in another process.

use super::{IDLE_CYCLES, MESSAGES, Round};
use crate::{
    Plan,
    face::{ADMIN, Face},
    footprint,
    process::Server,
};
use anyhow::{Context, Result, ensure};
use reqwest::Method;
use serde_json::json;
use std::{path::Path, process::Command};
use tempfile::TempDir;

/// A service over a sandbox, both over sockets.
struct World {
    service: Server,
    face: Face,
    sandbox: Sandbox,
}

/// A pretend Exchange alone, with people and mail.
pub(super) struct Sandbox {
    pub(super) server: Server,
    pub(super) face: Face,
    pub(super) folder: TempDir,
}

/// Tracks messages in one cycle, then does nothing for some.
pub(super) async fn round(plan: &Plan) -> Result<Round> {
    let world = World::start(plan, 1).await?;
    let mail = person(0);
    let messages = world.sandbox.face.deliver(&mail, MESSAGES).await?;
    world.cycle(&mail).await?;
    for message in &messages {
        world.sandbox.face.assign(message).await?;
    }
    world.sandbox.face.take_requests().await?;
    let before = world.service.process.cpu()?;
    let tracked = world.cycle(&mail).await?;
    let cpu = world.service.process.cpu()? - before;
    ensure!(tracked == MESSAGES as u64, "{tracked} of {MESSAGES} messages were tracked");
    let requests = world.sandbox.face.take_requests().await?;
    let before = world.service.process.cpu()?;
    for _ in 0..IDLE_CYCLES {
        world.cycle(&mail).await?;
    }
    let idle_cpu = world.service.process.cpu()? - before;
    let idle = world.sandbox.face.take_requests().await?;
    Ok(Round::of(cpu.as_secs_f64(), requests, idle, idle_cpu.as_secs_f64()))
}

/// Units: KiB of memory of the service after two idle cycles of each mailbox.
pub(super) async fn resident(plan: &Plan, mailboxes: usize) -> Result<f64> {
    let world = World::start(plan, mailboxes).await?;
    for _ in 0..2 {
        for number in 0..mailboxes {
            world.cycle(&person(number)).await?;
        }
    }
    world.service.process.resident()
}

pub(super) fn person(number: usize) -> String {
    format!("person{number}@fabrikam.test")
}

impl Sandbox {
    pub(super) async fn start(plan: &Plan, people: usize) -> Result<Self> {
        let folder = tempfile::tempdir().context("make a folder")?;
        let server = face_of(plan, "sandbox", &folder.path().join("sandbox"))?;
        let face = Face::new(&server.root)?;
        for number in 0..people {
            face.add_person(&person(number), false).await?;
        }
        Ok(Self { server, face, folder })
    }
}

/// `earmark sandbox serve` or `earmark crm serve`.
pub(super) fn face_of(plan: &Plan, which: &str, data: &Path) -> Result<Server> {
    let mut command = Command::new(&plan.binary);
    command.args([which, "serve", "--listen", "127.0.0.1:0", "--data-dir"]).arg(data);
    command.env("EARMARK_ADMIN_TOKEN", ADMIN);
    Server::start(&mut command)
}

impl World {
    async fn start(plan: &Plan, people: usize) -> Result<Self> {
        let sandbox = Sandbox::start(plan, people).await?;
        let data = sandbox.folder.path().join("service");
        let service = footprint::serve(plan, &data, &sandbox.server.root)?;
        let face = Face::new(&service.root)?;
        for number in 0..people {
            let body = json!({"address": person(number)});
            face.ask(Method::POST, "/api/v1/mailboxes", Some(body)).await?;
        }
        Ok(Self { service, face, sandbox })
    }

    /// One cycle; answers how many items it tracked.
    async fn cycle(&self, mail: &str) -> Result<u64> {
        let path = format!("/api/v1/mailboxes/{mail}/sync");
        let answer = self.face.ask(Method::POST, &path, Some(json!({"wait": true}))).await?;
        ensure!(answer["failure"].is_null(), "a cycle failed: {answer}");
        Ok(answer["tracked"].as_u64().unwrap_or_default())
    }
}
