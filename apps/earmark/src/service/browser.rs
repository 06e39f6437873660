//! Opens the page for people who have a screen.

use std::{
    io::IsTerminal,
    process::{Command, Stdio},
};

/// Opens `address` in a browser if somebody sits at a terminal with a display. Never fails: the
/// address was printed.
pub fn open(address: &str) {
    if !std::io::stdout().is_terminal() {
        return;
    }
    let opener = if cfg!(target_os = "macos") {
        "open"
    } else if cfg!(windows) {
        "explorer"
    } else if has_display() {
        "xdg-open"
    } else {
        return;
    };
    let started = Command::new(opener)
        .arg(address)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn();
    drop(started);
}

fn has_display() -> bool {
    ["DISPLAY", "WAYLAND_DISPLAY"]
        .iter()
        .any(|name| std::env::var_os(name).is_some_and(|value| !value.is_empty()))
}
