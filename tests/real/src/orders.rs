//! A real server: `axum` routes behind the `TraceLayer` of `tower-http`, and clients that all ask at once.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use axum::Router;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::routing::get;
use http_body_util::{BodyExt, Empty};
use hyper::Request;
use hyper::body::Bytes;
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Barrier, oneshot};
use tokio::task::JoinSet;
use tower_http::trace::TraceLayer;
use tracing::{Instrument, info, info_span, instrument};

/// Number of requests that are in the server at the same time.
pub const REQUESTS: usize = 20;

/// Serves [`REQUESTS`] requests at once and gives the bodies of the answers, by the number that was asked for. When it
/// returns, the server is shut down and every connection closed.
///
/// # Panics
///
/// When a request fails.
pub async fn serve_all_at_once() -> Vec<String> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("a port");
    let address = listener.local_addr().expect("it is bound");
    let app = Router::new()
        .route("/orders/{id}", get(show_order))
        .layer(TraceLayer::new_for_http())
        .with_state(Arc::new(Barrier::new(REQUESTS)));
    let (shut_down, told_to) = oneshot::channel::<()>();
    let server = axum::serve(listener, app).with_graceful_shutdown(async { told_to.await.unwrap_or_default() });
    let server = tokio::spawn(server.into_future());

    let mut clients: JoinSet<(u64, String)> = JoinSet::new();
    for id in 0..REQUESTS as u64 {
        clients.spawn(async move { (id, ask(address, id).await) });
    }
    let mut answers = clients.join_all().await;
    answers.sort();
    let _ = shut_down.send(());
    server.await.expect("no panic").expect("the server ends in order");
    answers.into_iter().map(|(_, answer)| answer).collect()
}

/// One request over a connection of its own.
async fn ask(address: SocketAddr, id: u64) -> String {
    let stream = TcpStream::connect(address).await.expect("a connection");
    let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await.expect("a client");
    let connection = tokio::spawn(connection);
    let request = Request::builder().uri(format!("/orders/{id}")).header("host", "localhost");
    let request = request.body(Empty::<Bytes>::new()).expect("a request");
    let response = sender.send_request(request).await.expect("an answer");
    let body = response.into_body().collect().await.expect("a whole body").to_bytes();
    drop(sender);
    connection.await.expect("no panic").expect("the client ends in order");
    String::from_utf8_lossy(&body).into_owned()
}

/// Every third order is not there.
async fn show_order(State(all_here): State<Arc<Barrier>>, Path(id): Path<u64>) -> Result<String, StatusCode> {
    // Until every request is in its handler, so that they do run at the same time.
    all_here.wait().await;
    let audited = tokio::spawn(audit(id).instrument(info_span!("audit", id)));
    let order = find(id).await;
    audited.await.expect("no panic");
    order.map_err(|_| StatusCode::NOT_FOUND)
}

#[instrument(ret, err)]
async fn find(id: u64) -> Result<String, String> {
    tokio::task::yield_now().await;
    if id % 3 == 2 { Err(format!("no order {id}")) } else { Ok(format!("order {id} costs {}", price(id))) }
}

#[instrument]
fn price(id: u64) -> u64 {
    info!(currency = "EUR", "priced");
    id * 10
}

/// Writes on a task of its own that somebody asked.
async fn audit(id: u64) {
    tokio::task::yield_now().await;
    info!(id, "asked for");
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::runtime::Flavor;

    #[test]
    fn every_request_is_answered_on_both_runtimes() {
        for flavor in [Flavor::CurrentThread, Flavor::MultiThread] {
            let answers = flavor.block_on(|| (), serve_all_at_once());
            assert_eq!(answers.len(), REQUESTS);
            assert_eq!(answers[1], "order 1 costs 10");
            assert_eq!(answers[2], "");
        }
    }
}
