//! Exchange rates, and the service that knows them: HTTP/2 in both directions, in the memory of this process.
//!
//! `h2`, which carries it, tells each of its steps as a span; a tracer that looks at its modules sees them.

use std::convert::Infallible;

use bytes::Bytes;
use http_body_util::{BodyExt, Empty, Full};
use hyper::body::Incoming;
use hyper::client::conn::http2::SendRequest;
use hyper::service::service_fn;
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::{TokioExecutor, TokioIo};
use serde_json::{Value, json};
use tracing::instrument;

use crate::PipelineError;

/// The currencies that have a rate.
pub const CURRENCIES: [&str; 4] = ["CHF", "EUR", "NOK", "USD"];

/// What one of it is worth in euro.
const RATES: [f64; 4] = [1.05, 1.0, 0.085, 0.92];

/// A client of the service. A clone asks over the same connection.
#[derive(Clone, Debug)]
pub struct Rates {
    sender: SendRequest<Empty<Bytes>>,
}

impl Rates {
    /// Starts the service, and connects to it. Both end with the last clone.
    ///
    /// # Errors
    ///
    /// If the two do not come to terms.
    pub async fn connect() -> Result<Self, hyper::Error> {
        let (client, server) = tokio::io::duplex(64 * 1024);
        let serving = hyper::server::conn::http2::Builder::new(TokioExecutor::new())
            .auto_date_header(false)
            .serve_connection(TokioIo::new(server), service_fn(answer));
        // They end when nobody asks any more; nobody waits for what they say then.
        tokio::spawn(async move { drop(serving.await) });
        let (sender, connection) =
            hyper::client::conn::http2::handshake(TokioExecutor::new(), TokioIo::new(client)).await?;
        tokio::spawn(async move { drop(connection.await) });
        Ok(Self { sender })
    }

    /// What one of a currency is worth in euro.
    #[instrument(skip(self), err)]
    pub(crate) async fn to_euro(&self, currency: &str) -> Result<f64, PipelineError> {
        self.ask(currency).await.map_err(|source| PipelineError::Rates { currency: currency.to_owned(), source })
    }

    async fn ask(&self, currency: &str) -> Result<f64, Box<dyn std::error::Error + Send + Sync>> {
        let mut sender = self.sender.clone();
        sender.ready().await?;
        let request = Request::get(format!("http://rates.example/{currency}")).body(Empty::new())?;
        let answer = sender.send_request(request).await?.into_body().collect().await?.to_bytes();
        let answer: Value = serde_json::from_slice(&answer)?;
        answer["euro"].as_f64().ok_or_else(|| "the service does not know it".into())
    }
}

async fn answer(request: Request<Incoming>) -> Result<Response<Full<Bytes>>, Infallible> {
    let currency = request.uri().path().trim_start_matches('/');
    let found = CURRENCIES.iter().zip(RATES).find(|(name, _)| **name == currency);
    let (status, body) = match found {
        Some((name, euro)) => (StatusCode::OK, json!({"currency": name, "euro": euro})),
        None => (StatusCode::NOT_FOUND, json!({"error": "no such currency"})),
    };
    let mut response = Response::new(Full::from(body.to_string()));
    *response.status_mut() = status;
    Ok(response)
}
