//! Takes connections, and speaks HTTP over them.

use std::convert::Infallible;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use http::{Request, Response};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpListener;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc, watch};

use super::Limits;
use super::answerer::Answerer;
#[cfg(feature = "tls")]
use super::tunnel::Tunnels;
use crate::{Body, BoxError, Error};

/// What stands before a connection.
#[derive(Clone)]
pub(super) struct Front {
    pub(super) answerer: Answerer,
    /// Where `CONNECT` is answered.
    #[cfg(feature = "tls")]
    pub(super) tunnels: Option<Arc<Tunnels>>,
}

impl From<Answerer> for Front {
    fn from(answerer: Answerer) -> Self {
        Self {
            answerer,
            #[cfg(feature = "tls")]
            tunnels: None,
        }
    }
}

/// What a connection is held by, and what is spoken within it.
#[derive(Clone)]
pub(super) struct Hold {
    pub(super) limits: Limits,
    /// Closed when what is under way is to end.
    stopped: watch::Receiver<()>,
    /// Closed when all has ended.
    _alive: mpsc::Sender<()>,
    /// One connection of those that there may be.
    _permit: Arc<OwnedSemaphorePermit>,
}

/// Takes connections until `stop` is there.
pub(super) async fn run(
    front: Front,
    listener: TcpListener,
    limits: Limits,
    stop: impl Future<Output = ()>,
) -> Result<(), Error> {
    let (stopping, stopped) = watch::channel(());
    let (alive, mut ended) = mpsc::channel(1);
    let room = Arc::new(Semaphore::new(limits.connections));
    let mut stop = std::pin::pin!(stop);
    loop {
        let accepted = tokio::select! {
            () = &mut stop => break,
            accepted = async {
                let permit = Arc::clone(&room).acquire_owned().await;
                (listener.accept().await, permit)
            } => accepted,
        };
        let (stream, permit) = match accepted {
            (Ok((stream, _)), Ok(permit)) => (stream, permit),
            // Nobody closes it.
            (_, Err(_)) => break,
            // The client has gone, or there are too many files open: others may have better luck.
            (Err(error), _) => {
                tracing::warn!(target: "tracesnap_http", error = &error as &dyn std::error::Error, "no connection was taken");
                tokio::time::sleep(Duration::from_millis(50)).await;
                continue;
            }
        };
        let _ = stream.set_nodelay(true);
        let hold = Hold { limits, stopped: stopped.clone(), _alive: alive.clone(), _permit: Arc::new(permit) };
        let connection = speak(stream, front.clone(), hold);
        tokio::spawn(async move {
            if let Err(error) = connection.await {
                tracing::debug!(target: "tracesnap_http", error, "a connection ended");
            }
        });
    }
    drop((listener, stopping, alive));
    let _ = tokio::time::timeout(Duration::from_secs(5), ended.recv()).await;
    Ok(())
}

/// Speaks HTTP, in the version that the client begins with, until it has enough.
// By its type, since a connection may have another one within.
pub(super) fn speak<I>(
    stream: I,
    front: Front,
    hold: Hold,
) -> Pin<Box<dyn Future<Output = Result<(), BoxError>> + Send>>
where
    I: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let limits = hold.limits;
    let mut stopped = hold.stopped.clone();
    let service = service_fn(move |request| {
        let (front, hold) = (front.clone(), hold.clone());
        async move { Ok::<_, Infallible>(front.answer(request, hold).await) }
    });
    let mut builder = auto::Builder::new(TokioExecutor::new());
    builder.http1().timer(TokioTimer::new()).header_read_timeout(limits.head_time);
    builder.http2().timer(TokioTimer::new());
    let mut connection = Box::pin(builder.serve_connection_with_upgrades(TokioIo::new(stream), service).into_owned());
    Box::pin(async move {
        tokio::select! {
            ended = connection.as_mut() => return ended,
            // Nothing is ever sent: it is closed.
            _ = stopped.changed() => {}
        }
        connection.as_mut().graceful_shutdown();
        connection.await
    })
}

impl Front {
    async fn answer(self, request: Request<Incoming>, hold: Hold) -> Response<Body> {
        #[cfg(feature = "tls")]
        if let Some(tunnels) = &self.tunnels
            && request.method() == http::Method::CONNECT
        {
            return tunnels.open(&self.answerer.http, request, hold);
        }
        self.answerer.answer(request, hold.limits).await
    }
}
