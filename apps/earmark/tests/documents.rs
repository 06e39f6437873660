//! The commands in the documents: each one is a command, and the quickstart's do what it says.

mod service;

use clap::Parser;
use earmark::arguments::Arguments;
use reqwest::Method;
use serde_json::json;
use std::{
    path::{Path, PathBuf},
    process::Command,
};

fn documents() -> Vec<(PathBuf, String)> {
    let docs = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs");
    let mut files: Vec<PathBuf> = std::fs::read_dir(docs)
        .expect("the documents")
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "md"))
        .collect();
    files.push(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../README.md"));
    files.sort();
    let read = |path: PathBuf| {
        let text = std::fs::read_to_string(&path).expect("a document");
        (path, text)
    };
    files.into_iter().map(read).collect()
}

/// The blocks for a shell, in order.
fn shell_blocks(text: &str) -> Vec<String> {
    let mut blocks = Vec::new();
    let mut block: Option<String> = None;
    for line in text.lines() {
        match &mut block {
            None if line.trim() == "```sh" => block = Some(String::new()),
            Some(_) if line.trim() == "```" => blocks.extend(block.take()),
            Some(open) => {
                open.push_str(line);
                open.push('\n');
            }
            None => {}
        }
    }
    blocks
}

/// The lines of `earmark` in a document: those of its blocks, and those that stand in a sentence.
fn commands(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    for block in shell_blocks(text) {
        found.extend(block.replace("\\\n", " ").lines().map(|line| line.trim().to_owned()));
    }
    let mut in_block = false;
    for line in text.lines() {
        in_block ^= line.trim_start().starts_with("```");
        if !in_block {
            found.extend(line.split('`').skip(1).step_by(2).map(str::to_owned));
        }
    }
    // What leaves something open is a pattern and no command.
    let is_whole =
        |line: &String| line.starts_with("earmark ") && !line.contains('|') && !line.contains('…');
    found.into_iter().filter(is_whole).collect()
}

#[test]
fn every_command_in_the_documents_is_one() {
    let mut count = 0;
    let mut wrong = Vec::new();
    for (path, text) in documents() {
        for line in commands(&text) {
            // Names in capitals and in angle brackets stand for somebody's own.
            let mut plain = line.clone();
            while let Some((before, rest)) = plain.clone().split_once('<') {
                let Some((_, after)) = rest.split_once('>') else { break };
                plain = format!("{before}1{after}");
            }
            let plain = plain.replace("[--wait]", "--wait").replace("[--take-over]", "--take-over");
            let Some(words) = shlex::split(&plain) else { continue };
            let end = words.iter().position(|word| word == ">" || word == "2>");
            let words = &words[..end.unwrap_or(words.len())];
            count += 1;
            match Arguments::try_parse_from(words) {
                Ok(_) => {}
                // Half a command, such as `earmark mailbox`, prints its help.
                Err(error) if !error.use_stderr() => {}
                Err(error)
                    if error.kind()
                        == clap::error::ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => {}
                Err(error)
                    if error.kind() == clap::error::ErrorKind::MissingRequiredArgument
                        && words.len() <= 4 => {}
                Err(error) => wrong.push(format!(
                    "{}: `{line}`: {}",
                    path.file_name().unwrap_or_default().display(),
                    error.to_string().lines().next().unwrap_or_default()
                )),
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(count > 80, "only {count} commands were found");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_quickstart_does_what_it_says() {
    let is_there = |name: &str| Command::new(name).arg("--version").output().is_ok();
    if !["bash", "curl", "jq"].iter().all(|name| is_there(name)) {
        println!("skipped: bash, curl and jq are needed for what the quickstart does");
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let demo = service::Demo::start_with(&folder.path().join("demo"), &[]).await;
    // Step 2 is done with a mouse; this is what it leaves behind.
    let anna = "anna.berger@lindengrove.example";
    let inbox = format!("/graph/v1.0/users/{anna}/mailFolders/inbox/messages?$top=1");
    let (_, found) = demo.admin(Method::GET, &inbox, None).await;
    let id = found["value"][0]["id"].as_str().expect("a message").to_owned();
    let body = json!({"mailbox": anna, "items": [{"itemId": id, "idFormat": "restId"}]});
    let (_, tracked) = demo.admin(Method::POST, "/api/v1/items/track", Some(body)).await;
    assert_eq!(tracked["items"][0]["state"], "tracked", "{tracked}");
    let message = "From: Maya <maya@harbourlight.example>\r\nTo: anna.berger@lindengrove.example\r\n\
        Subject: My own\r\nMessage-ID: <own@harbourlight.example>\r\n\r\nHello\r\n";
    std::fs::write(folder.path().join("mail.eml"), message).expect("a file");
    let quickstart = documents().into_iter().find(|(path, _)| path.ends_with("quickstart.md"));
    let blocks = shell_blocks(&quickstart.expect("the quickstart").1);
    let told: Vec<&String> = blocks
        .iter()
        .filter(|block| !block.contains("cargo run") && !block.contains("alias earmark"))
        .collect();
    assert_eq!(told.len(), 2, "the command line, and HTTP");
    let mut script =
        format!("set -euo pipefail\nearmark() {{ '{}' \"$@\"; }}\n", env!("CARGO_BIN_EXE_earmark"));
    for block in told {
        script.push_str(&block.replace("http://127.0.0.1:8080", demo.root()));
    }
    let ended = Command::new("bash")
        .args(["-c", &script])
        .current_dir(folder.path())
        .env("EARMARK_URL", demo.root())
        .env("EARMARK_TOKEN", service::ADMIN)
        .output()
        .expect("bash starts");
    let said = String::from_utf8_lossy(&ended.stdout).into_owned();
    assert!(ended.status.success(), "{said}\n{}", String::from_utf8_lossy(&ended.stderr));
    for shown in [anna, "tracked", "Invoices for the portal"] {
        assert!(said.contains(shown), "`{shown}` is missing in: {said}");
    }
}
