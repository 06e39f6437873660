//! How a server is told to end: Ctrl-C or the system's termination signal.

use tokio_util::sync::CancellationToken;

/// Cancels `stop` at the first signal; a second one ends the process at once with 130.
pub fn on_signal(stop: CancellationToken) {
    tokio::spawn(async move {
        signal().await;
        stop.cancel();
        signal().await;
        std::process::exit(i32::from(crate::failure::Exit::Interrupted.code()));
    });
}

#[cfg(unix)]
async fn signal() {
    use tokio::signal::unix::{SignalKind, signal};
    let Ok(mut terminate) = signal(SignalKind::terminate()) else {
        let _ = tokio::signal::ctrl_c().await;
        return;
    };
    tokio::select! {
        _ = tokio::signal::ctrl_c() => {}
        _ = terminate.recv() => {}
    }
}

#[cfg(not(unix))]
async fn signal() {
    let _ = tokio::signal::ctrl_c().await;
}
