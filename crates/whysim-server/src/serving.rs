//! Connections: taken, limited, and waited for at the end.

use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use anyhow::Context;
use axum::Router;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;

use crate::app::App;
use crate::routes;
use crate::settings::Settings;

/// How long a client may take to send a request's head, or keep a connection idle.
const HEAD: Duration = Duration::from_secs(60);

/// Serves until SIGTERM or Ctrl-C; then finishes what was accepted.
///
/// # Errors
/// If the address is not free.
pub async fn serve(settings: &Settings, app: Arc<App>) -> anyhow::Result<()> {
    let router = routes::router(settings, &app)?;
    let listener = TcpListener::bind(settings.listen).await.with_context(|| {
        format!("cannot listen at {}: is another server there? --listen chooses another address", settings.listen)
    })?;
    let address = listener.local_addr()?;
    tracing::info!("listening at http://{address}");
    if !address.ip().is_loopback() && !app.keys.are_needed() {
        tracing::warn!("everybody who reaches this address may use this server: --api-key-file asks for a key");
    }
    let graceful = GracefulShutdown::new();
    accept(&listener, router, &graceful, settings.limits.max_connections, ending()?).await;
    drop(listener);
    app.draining.store(true, Ordering::Relaxed);
    tracing::info!("ending: requests under way are finished");
    let drain = Duration::from_secs(settings.limits.drain);
    if tokio::time::timeout(drain, graceful.shutdown()).await.is_err() {
        tracing::warn!("some requests took longer than the {} s of --drain, and were dropped", drain.as_secs());
    }
    Ok(())
}

/// Takes connections until `ending`.
async fn accept(
    listener: &TcpListener,
    router: Router,
    graceful: &GracefulShutdown,
    connections: usize,
    ending: impl Future<Output = ()>,
) {
    let places = Arc::new(Semaphore::new(connections));
    let mut ending = pin!(ending);
    loop {
        let taken = async {
            let place = Arc::clone(&places).acquire_owned().await;
            (place, listener.accept().await)
        };
        let (place, stream) = tokio::select! {
            () = &mut ending => return,
            taken = taken => taken,
        };
        match (place, stream) {
            (Ok(place), Ok((stream, _))) => {
                let connection = graceful.watch(connection(stream, router.clone()));
                tokio::spawn(async move {
                    // A client that leaves or sends nonsense is no fault of ours.
                    let _ = connection.await;
                    drop(place);
                });
            }
            // Out of file descriptors, most likely: connections that end make room.
            (_, Err(error)) => {
                tracing::warn!(%error, "cannot accept a connection");
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
            (Err(_), _) => return,
        }
    }
}

fn connection(stream: TcpStream, router: Router) -> http1::Connection<TokioIo<TcpStream>, TowerToHyperService<Router>> {
    // Answers are written whole, so that waiting for more to send only delays them.
    let _ = stream.set_nodelay(true);
    http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD)
        .serve_connection(TokioIo::new(stream), TowerToHyperService::new(router))
}

/// SIGTERM or Ctrl-C.
#[cfg(unix)]
fn ending() -> anyhow::Result<impl Future<Output = ()>> {
    use tokio::signal::unix::{SignalKind, signal};
    let [mut end, mut interrupt] = [signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?];
    Ok(async move {
        tokio::select! { _ = end.recv() => {}, _ = interrupt.recv() => {} }
    })
}

/// Ctrl-C.
#[cfg(not(unix))]
fn ending() -> anyhow::Result<impl Future<Output = ()>> {
    Ok(async {
        let _ = tokio::signal::ctrl_c().await;
    })
}
