//! How connections become requests: accept, TLS where wanted, limits on waiting, graceful end.

use crate::failure::{CommandError, Exit};
use axum::Router;
use hyper_util::{
    rt::{TokioExecutor, TokioIo, TokioTimer},
    server::{conn::auto::Builder, graceful::GracefulShutdown},
    service::TowerToHyperService,
};
use std::{net::SocketAddr, time::Duration};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::{TcpListener, TcpStream},
    sync::mpsc,
};
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::CancellationToken;

/// How long a client may take for the headers of a request.
const HEADERS_WITHIN: Duration = Duration::from_secs(10);
/// How long a client may take for the TLS handshake.
const HANDSHAKE_WITHIN: Duration = Duration::from_secs(10);
/// How long open requests may take once the server is told to end.
const DRAIN_WITHIN: Duration = Duration::from_secs(10);

/// Takes an address. Errors: it is taken or not of this machine; the message names it.
pub async fn bind(flag: &str, address: &str) -> Result<(TcpListener, SocketAddr), CommandError> {
    let refuse = |error: std::io::Error| {
        let (exit, message) = match error.kind() {
            std::io::ErrorKind::AddrInUse => {
                (Exit::Failure, format!("{flag}: {address} is already taken"))
            }
            std::io::ErrorKind::InvalidInput => {
                (Exit::Usage, format!("{flag}: {address} is not an address with a port"))
            }
            _ => (Exit::Failure, format!("{flag}: cannot listen on {address} ({error})")),
        };
        let hint = match exit {
            Exit::Usage => "Write for example 127.0.0.1:8080".to_owned(),
            _ => format!(
                "Stop what listens there, or choose another address with {flag}; port 0 picks a free one"
            ),
        };
        CommandError::new(exit, "listen", message).hint(hint)
    };
    let listener = TcpListener::bind(address).await.map_err(refuse)?;
    let local = listener.local_addr().map_err(refuse)?;
    Ok((listener, local))
}

/// Serves `router` until `stop`, then lets open requests end for a moment.
pub async fn serve(
    listener: TcpListener,
    tls: Option<TlsAcceptor>,
    router: Router,
    stop: CancellationToken,
) {
    let graceful = GracefulShutdown::new();
    let (shaken_tx, mut shaken) = mpsc::channel(64);
    loop {
        tokio::select! {
            () = stop.cancelled() => break,
            accepted = listener.accept() => match (accepted, &tls) {
                (Ok((stream, _)), None) => handle(stream, &router, &graceful),
                (Ok((stream, _)), Some(tls)) => {
                    tokio::spawn(shake(tls.clone(), stream, shaken_tx.clone()));
                }
                // Out of descriptors or a client that left early: neither ends the server.
                (Err(_), _) => tokio::time::sleep(Duration::from_millis(20)).await,
            },
            Some(stream) = shaken.recv() => handle(stream, &router, &graceful),
        }
    }
    drop(listener);
    let _ = tokio::time::timeout(DRAIN_WITHIN, graceful.shutdown()).await;
}

async fn shake(
    tls: TlsAcceptor,
    stream: TcpStream,
    shaken: mpsc::Sender<tokio_rustls::server::TlsStream<TcpStream>>,
) {
    if let Ok(Ok(stream)) = tokio::time::timeout(HANDSHAKE_WITHIN, tls.accept(stream)).await {
        let _ = shaken.send(stream).await;
    }
}

fn handle<S>(stream: S, router: &Router, graceful: &GracefulShutdown)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let mut builder = Builder::new(TokioExecutor::new());
    builder.http1().timer(TokioTimer::new()).header_read_timeout(HEADERS_WITHIN);
    builder.http2().timer(TokioTimer::new()).keep_alive_interval(Some(Duration::from_secs(30)));
    let service = TowerToHyperService::new(router.clone());
    let connection =
        builder.serve_connection_with_upgrades(TokioIo::new(stream), service).into_owned();
    let watched = graceful.watch(connection);
    tokio::spawn(async move {
        // A connection that breaks is the client's affair.
        let _ = watched.await;
    });
}
