//! The commands in the documents: each one is a command, and those that a newcomer types do what the
//! document says.

mod service;

use clap::Parser;
use earmark::arguments::Arguments;
use reqwest::Method;
use serde_json::json;
use std::{
    io::Write,
    path::{Path, PathBuf},
    process::{Command, Stdio},
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

/// A document's blocks for a shell.
fn blocks_of(name: &str) -> Vec<String> {
    let document = documents().into_iter().find(|(path, _)| path.ends_with(name));
    shell_blocks(&document.unwrap_or_else(|| panic!("{name} is missing")).1)
}

/// Whether the programs that the documents use are there.
fn can_run(programs: &[&str]) -> bool {
    let is_there = |name: &&str| Command::new(name).arg("--version").output().is_ok();
    let all = programs.iter().all(is_there);
    if !all {
        println!("skipped: {} are needed for what the documents do", programs.join(", "));
    }
    all
}

/// A folder in which commands run as somebody types them who follows a document.
struct Reader {
    folder: tempfile::TempDir,
    /// Where `http://127.0.0.1:8080` of the documents is.
    root: String,
    token: String,
}

impl Reader {
    fn new(root: &str, token: &str) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let programs = folder.path().join("bin");
        std::fs::create_dir(&programs).expect("a folder");
        std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_earmark"), programs.join("earmark"))
            .expect("a link");
        Self { folder, root: root.to_owned(), token: token.to_owned() }
    }

    /// The exit code and what was printed, errors last.
    fn runs(&self, script: &str) -> (Option<i32>, String) {
        let path = std::env::var("PATH").unwrap_or_default();
        let script = script.replace("http://127.0.0.1:8080", &self.root);
        let mut bash = Command::new("bash")
            .args(["-c", &format!("set -euo pipefail\n{script}")])
            .current_dir(self.folder.path())
            .env("PATH", format!("{}:{path}", self.folder.path().join("bin").display()))
            .env("HOME", self.folder.path())
            .env("EARMARK_URL", &self.root)
            .env("EARMARK_TOKEN", &self.token)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("bash starts");
        // What is typed where a command asks for a secret.
        bash.stdin.take().expect("piped").write_all(self.token.as_bytes()).expect("typed");
        let ended = bash.wait_with_output().expect("bash ends");
        let said = [ended.stdout, ended.stderr].concat();
        (ended.status.code(), String::from_utf8_lossy(&said).into_owned())
    }

    fn succeeds(&self, script: &str) -> String {
        let (code, said) = self.runs(script);
        assert_eq!(code, Some(0), "{script}\n{said}");
        said
    }
}

/// A demo in which a message of Anna's is tracked, as the quickstart's tour leaves it behind, and
/// somebody who goes on from there.
async fn after_the_tour() -> (service::Demo, tempfile::TempDir, Reader, String) {
    let folder = tempfile::tempdir().expect("a folder");
    let demo = service::Demo::start_with(&folder.path().join("demo"), &[]).await;
    let inbox = format!("/graph/v1.0/users/{ANNA}/mailFolders/inbox/messages?$top=1");
    let (_, found) = demo.admin(Method::GET, &inbox, None).await;
    let id = found["value"][0]["id"].as_str().expect("a message").to_owned();
    let body = json!({"mailbox": ANNA, "items": [{"itemId": id, "idFormat": "restId"}]});
    let (_, tracked) = demo.admin(Method::POST, "/api/v1/items/track", Some(body)).await;
    assert_eq!(tracked["items"][0]["state"], "tracked", "{tracked}");
    let reader = Reader::new(demo.root(), service::ADMIN);
    let item = tracked["items"][0]["graphId"].as_str().expect("an id").to_owned();
    (demo, folder, reader, item)
}

const ANNA: &str = "anna.berger@lindengrove.example";

#[tokio::test(flavor = "multi_thread")]
async fn the_quickstart_does_what_it_says() {
    if !can_run(&["bash", "curl", "jq"]) {
        return;
    }
    let (_demo, _folder, reader, _) = after_the_tour().await;
    let blocks = blocks_of("quickstart.md");
    let told: Vec<&String> = blocks
        .iter()
        .filter(|block| !block.contains("cargo run") && !block.contains("alias earmark"))
        .collect();
    assert_eq!(told.len(), 2, "the command line, and HTTP");
    let said = reader.succeeds(&told.into_iter().cloned().collect::<String>());
    for shown in [ANNA, "tracked", "imported: 1", "Invoices for the portal"] {
        assert!(said.contains(shown), "`{shown}` is missing in: {said}");
    }
}

/// The examples in the last column of the tables of verbs.
fn examples(text: &str) -> Vec<String> {
    let last = |line: &str| {
        let cell = line.trim_end_matches(" |").rsplit(" | ").next()?;
        cell.strip_prefix("`earmark ")?.strip_suffix('`').map(|rest| format!("earmark {rest}"))
    };
    text.lines().filter(|line| line.starts_with('|')).filter_map(last).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_example_of_a_verb_does_what_the_document_says() {
    if !can_run(&["bash", "jq", "install"]) {
        return;
    }
    let (_demo, folder, reader, item) = after_the_tour().await;
    let mail =
        "From: a@harbourlight.example\r\nMessage-ID: <a@harbourlight.example>\r\n\r\nHello\r\n";
    std::fs::write(reader.folder.path().join("mail.eml"), mail).expect("a file");
    let text = documents().into_iter().find(|(path, _)| path.ends_with("command-line.md"));
    let examples = examples(&text.expect("the document").1);
    assert!(examples.len() > 30, "only {} examples were found", examples.len());
    let data = folder.path().join("demo").display().to_string();
    for line in examples {
        let is_server = ["demo", "serve", "sandbox serve", "crm serve"]
            .iter()
            .any(|verb| line.starts_with(&format!("earmark {verb}")));
        if is_server {
            continue;
        }
        let wanted = match line.split(' ').nth(2) {
            Some("add") => 6,
            Some("answer") => 7,
            Some("check") => 9,
            _ => 0,
        };
        let typed = line
            .replace("ITEM_ID", &item)
            .replace("--data-dir earmark-demo", &format!("--data-dir {data}"));
        let (code, said) = reader.runs(&typed);
        assert_eq!(code, Some(wanted), "`{line}`: {said}");
    }
    // The longer ones: help, a token in a file, lists for programs, completion.
    reader.succeeds("mkdir -p .local/share/bash-completion/completions .zfunc");
    for block in blocks_of("command-line.md") {
        reader.succeeds(&block.replace("https://sync.contoso.example", &reader.root));
    }
    reader.succeeds(&blocks_of("troubleshooting.md")[0].replace("<id>", "1"));
    let (code, said) = reader.runs(&blocks_of("add-in.md")[0]);
    assert_eq!(code, Some(9), "Outlook cannot load the demo's pane: {said}");
    let check = said.lines().filter(|line| line.starts_with("ok ") || line.starts_with("fail "));
    let results: Vec<&str> = check.filter_map(|line| line.split(' ').next()).collect();
    assert_eq!(results, ["ok", "fail", "fail", "ok"], "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_documents_do_over_http_works() {
    if !can_run(&["bash", "curl", "jq", "python3"]) {
        return;
    }
    let (_demo, _folder, reader, _) = after_the_tour().await;
    let blocks = blocks_of("api.md");
    assert_eq!(blocks.len(), 2, "a user's token, and a wish");
    let said = reader.succeeds(&blocks.concat());
    assert!(said.contains("Harbourlight") && said.contains("\"tracked\""), "{said}");

    let steps = blocks_of("plug-in-steps.md");
    let [_, plug_in, register, refused, mend] = &steps[..] else {
        panic!("{} blocks are not five", steps.len())
    };
    let own = free_port();
    let script = format!(
        "( {} ) & trap 'kill $!' EXIT\n\
         until (: < /dev/tcp/127.0.0.1/9000) 2> /dev/null; do sleep 0.1; done\n\
         {register}\n{refused}\n{mend}\n{refused}",
        plug_in.replace("python3", "exec python3")
    );
    let script =
        script.replace("9000", &own.to_string()).replace("Bearer secret", "Bearer $EARMARK_TOKEN");
    let said = reader.succeeds(&script);
    assert_eq!(said.matches("Budget exceeded").count(), 1, "refused once, then mended: {said}");
}

/// A port on which nothing listens now.
fn free_port() -> u16 {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    listener.local_addr().expect("its address").port()
}

#[test]
fn serve_is_tried_backed_up_and_restored_as_the_documents_say() {
    if !can_run(&["bash", "curl", "jq", "install"]) {
        return;
    }
    let (sandbox, own) = (free_port(), free_port());
    let reader = Reader::new(&format!("http://127.0.0.1:{own}"), "letmein");
    let blocks = blocks_of("configuration.md");
    let [exchange, service, first_steps, ..] = &blocks[..] else { panic!("blocks are missing") };
    let backup = &blocks_of("backup.md")[0];
    let backup =
        backup.replace("/backups/", "backups/").replace("earmark.toml", "try/earmark.toml");
    let (make, restore) = backup.split_at(backup.find("earmark restore").expect("a restore"));
    let until = |file: &str| format!("until grep -q '^ready' {file}; do sleep 0.1; done\n");
    let script = format!(
        "trap 'kill $(jobs -p)' EXIT\n( {exchange} ) > sandbox.out &\n{}\
         {} > serve.out &\nserve=$!\n{}{first_steps}\nmkdir backups\n{make}\n\
         kill -INT $serve; wait $serve\n{restore}\n",
        until("sandbox.out"),
        service.trim_end(),
        until("serve.out"),
    );
    let script = script
        .replace("earmark sandbox serve", "exec earmark sandbox serve")
        .replace("127.0.0.1:8090", &format!("127.0.0.1:{sandbox}"))
        .replace(
            "earmark serve --config",
            &format!("EARMARK_LISTEN=127.0.0.1:{own} earmark serve --config"),
        );
    let said = reader.succeeds(&script);
    for shown in ["anna@contoso.example", "is sound", "as of", "TrackCategorizedItems: on"] {
        assert!(said.contains(shown), "`{shown}` is missing in: {said}");
    }
}
