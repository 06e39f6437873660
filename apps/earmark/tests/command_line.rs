//! The program as scripts see it: exit codes, streams, forms.

use serde_json::Value;
use std::process::{Command, Output, Stdio};

fn earmark(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_earmark"))
        .args(arguments)
        .env_remove("EARMARK_TOKEN")
        .env_remove("EARMARK_URL")
        .stdin(Stdio::null())
        .output()
        .expect("the binary starts")
}

fn error(output: &Output) -> Value {
    let text = String::from_utf8_lossy(&output.stderr);
    let told: Value = serde_json::from_str(text.trim()).unwrap_or_else(|_| panic!("{text}"));
    told["error"].clone()
}

#[test]
fn results_go_to_stdout_and_errors_to_stderr_as_json_where_wanted() {
    let version = earmark(&["version", "--json"]);
    assert!(version.status.success() && version.stderr.is_empty());
    let told: Value = serde_json::from_slice(&version.stdout).expect("JSON");
    assert_eq!(told["schema"], "earmark.version/1");

    let misspelt = earmark(&["mailbox", "lst", "--json"]);
    assert_eq!(misspelt.status.code(), Some(2));
    assert!(misspelt.stdout.is_empty());
    assert_eq!(error(&misspelt)["code"], "usage");
}

#[test]
fn a_server_that_is_not_there_is_a_temporary_error_with_a_remedy() {
    // Port 9 of this machine discards; nothing listens on it here.
    let output = earmark(&["mailbox", "list", "--url", "http://127.0.0.1:9", "--json"]);
    assert_eq!(output.status.code(), Some(5), "{output:?}");
    let told = error(&output);
    assert_eq!(told["code"], "unreachable");
    assert!(told["hint"].as_str().expect("a remedy").contains("earmark demo"));
}

#[test]
fn a_taken_port_is_an_error_that_names_it() {
    let holder = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = holder.local_addr().expect("an address").to_string();
    let folder = tempfile::tempdir().expect("folder");
    let data = folder.path().join("demo");
    let data = data.to_str().expect("text");
    let output = earmark(&["demo", "--no-open", "--listen", &address, "--data-dir", data]);
    assert_eq!(output.status.code(), Some(1));
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(told.contains(&address) && told.contains("--listen"), "{told}");
    assert!(!std::path::Path::new(data).exists(), "nothing was made");
}

#[test]
fn a_damaged_file_is_named_and_left_alone() {
    let folder = tempfile::tempdir().expect("folder");
    let file = folder.path().join("crm.db");
    std::fs::write(&file, "this is certainly not a database file at all").expect("written");
    let data = folder.path().to_str().expect("text");
    let arguments =
        ["demo", "--no-open", "--empty", "--listen", "127.0.0.1:0", "--data-dir", data, "--json"];
    let output = earmark(&arguments);
    assert_eq!(output.status.code(), Some(1));
    let told = error(&output);
    assert!(told["message"].as_str().expect("text").contains("crm.db"), "{told}");
    assert!(std::fs::read_to_string(&file).expect("there").starts_with("this is"));
}

#[test]
fn every_shell_gets_a_completion_script() {
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let output = earmark(&["completion", shell]);
        assert!(output.status.success() && !output.stdout.is_empty(), "{shell}");
    }
}
