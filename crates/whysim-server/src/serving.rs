//! Connections: taken, limited, and waited for at the end.

use std::future::{Future, poll_fn};
use std::num::NonZeroUsize;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::Poll;
use std::time::Duration;

use anyhow::Context;
use axum::Router;
use hyper::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::{GracefulConnection, GracefulShutdown};
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio_io_timeout::TimeoutStream;
use tower::ServiceExt;

use crate::app::App;
use crate::routes;
use crate::settings::Settings;

/// How long a client may take to send a request's head, or keep a connection idle.
const HEAD: Duration = Duration::from_secs(60);

/// How long a client may take nothing of its answer.
const STUCK: Duration = Duration::from_secs(60);

/// How long a client that has connected may take to begin its first request, once the server ends.
const UNUSED: Duration = Duration::from_secs(1);

/// Loads what is to be served, and serves it until SIGTERM or Ctrl-C; then finishes what was
/// accepted, or ends at once where it is told so again. threads: for embeddings.
///
/// # Errors
/// If the address is not free, or a model cannot be loaded.
pub async fn serve(settings: &Settings, threads: Option<NonZeroUsize>) -> anyhow::Result<()> {
    // First, since models take longer to load.
    let listener = TcpListener::bind(settings.listen).await.with_context(|| {
        format!("cannot listen at {}: is another server there? --listen chooses another address", settings.listen)
    })?;
    let mut ending = Ending::new()?;
    let own = settings.clone();
    let loading = tokio::task::spawn_blocking(move || App::new(&own, threads));
    let app = tokio::select! {
        () = ending.come() => return Ok(()),
        app = loading => app??,
    };
    let address = listener.local_addr()?;
    let connections = Connections::new(routes::router(settings, &app)?, settings.limits.max_connections);
    tracing::info!("listening at http://{address}");
    if !address.ip().is_loopback() && !app.keys.are_needed() {
        tracing::warn!("everybody who reaches this address may use this server: --api-key-file asks for a key");
    }
    connections.accept(&listener, ending.come()).await;
    connections.accept_those_that_wait(&listener).await;
    drop(listener);
    tracing::info!("ending: requests under way are finished");
    let drain = Duration::from_secs(settings.limits.drain);
    tokio::select! {
        () = connections.end() => {}
        () = ending.come() => tracing::warn!("ended at once: requests under way were dropped"),
        () = tokio::time::sleep(drain) => {
            tracing::warn!("some requests took longer than the {} s of --drain, and were dropped", drain.as_secs());
        }
    }
    Ok(())
}

/// Open connections.
struct Connections {
    router: Router,
    places: Arc<Semaphore>,
    graceful: GracefulShutdown,
    ended: watch::Sender<bool>,
}

impl Connections {
    /// most: how many are open at a time.
    fn new(router: Router, most: usize) -> Self {
        let places = Arc::new(Semaphore::new(most));
        Self { router, places, graceful: GracefulShutdown::new(), ended: watch::Sender::new(false) }
    }

    /// Takes connections until `ending`.
    async fn accept(&self, listener: &TcpListener, ending: impl Future<Output = ()>) {
        let mut ending = pin!(ending);
        loop {
            let taken = async {
                let place = Arc::clone(&self.places).acquire_owned().await;
                (place, listener.accept().await)
            };
            let (place, stream) = tokio::select! {
                () = &mut ending => return,
                taken = taken => taken,
            };
            match (place, stream) {
                (Ok(place), Ok((stream, _))) => self.open(stream, place),
                // Out of file descriptors, most likely: connections that end make room.
                (_, Err(error)) => {
                    tracing::warn!(%error, "cannot accept a connection");
                    tokio::time::sleep(Duration::from_millis(100)).await;
                }
                (Err(_), _) => return,
            }
        }
    }

    /// Takes connections that the system has accepted for us already, whose requests would be lost
    /// otherwise.
    async fn accept_those_that_wait(&self, listener: &TcpListener) {
        while let Ok(place) = Arc::clone(&self.places).try_acquire_owned() {
            let next = poll_fn(|context| match listener.poll_accept(context) {
                Poll::Ready(Ok((stream, _))) => Poll::Ready(Some(stream)),
                _ => Poll::Ready(None),
            });
            // Not ready means none is there, not that others are to have a turn.
            match tokio::task::unconstrained(next).await {
                Some(stream) => self.open(stream, place),
                None => return,
            }
        }
    }

    fn open(&self, stream: TcpStream, place: OwnedSemaphorePermit) {
        let used = Arc::new(AtomicBool::new(false));
        let connection = self.graceful.watch(connection(stream, self.router.clone(), Arc::clone(&used)));
        let unused = unused(self.ended.subscribe(), used);
        tokio::spawn(async move {
            // A client that leaves or sends nonsense is no fault of ours.
            tokio::select! { _ = connection => {}, () = unused => {} }
            drop(place);
        });
    }

    /// Ends when all requests that were begun are answered.
    async fn end(self) {
        self.ended.send_replace(true);
        self.graceful.shutdown().await;
    }
}

/// Ends when the server does, if the connection is not used until then, and for a moment after.
/// hyper closes those that wait for their next request, but waits for the first.
async fn unused(mut ended: watch::Receiver<bool>, used: Arc<AtomicBool>) {
    if ended.wait_for(|has_ended| *has_ended).await.is_ok() {
        tokio::time::sleep(UNUSED).await;
    }
    if used.load(Ordering::Relaxed) {
        std::future::pending().await
    }
}

/// A connection that notes in `used` that a request was made.
fn connection(
    stream: TcpStream,
    router: Router,
    used: Arc<AtomicBool>,
) -> impl GracefulConnection<Error = hyper::Error> + Send {
    // Answers are written whole, so that waiting for more to send only delays them.
    let _ = stream.set_nodelay(true);
    let noted = router.map_request(move |request: Request<Incoming>| {
        used.store(true, Ordering::Relaxed);
        request
    });
    let mut stream = TimeoutStream::new(stream);
    stream.set_write_timeout(Some(STUCK));
    http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD)
        .serve_connection(TokioIo::new(Box::pin(stream)), TowerToHyperService::new(noted))
}

/// SIGTERM or Ctrl-C, as often as they come.
#[cfg(unix)]
struct Ending([tokio::signal::unix::Signal; 2]);

#[cfg(unix)]
impl Ending {
    fn new() -> anyhow::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self([signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?]))
    }

    async fn come(&mut self) {
        let [end, interrupt] = &mut self.0;
        tokio::select! { _ = end.recv() => {}, _ = interrupt.recv() => {} }
    }
}

/// Ctrl-C, as often as it comes.
#[cfg(not(unix))]
struct Ending;

#[cfg(not(unix))]
impl Ending {
    fn new() -> anyhow::Result<Self> {
        Ok(Self)
    }

    async fn come(&mut self) {
        let _ = tokio::signal::ctrl_c().await;
    }
}
