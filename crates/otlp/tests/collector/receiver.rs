//! A small OTLP receiver: gRPC through tonic, HTTP through axum, messages decoded by the official crate.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use opentelemetry_proto::tonic::collector::trace::v1::trace_service_server::{TraceService, TraceServiceServer};
use opentelemetry_proto::tonic::collector::trace::v1::{
    ExportTracePartialSuccess, ExportTraceServiceRequest, ExportTraceServiceResponse,
};
use opentelemetry_proto::tonic::trace::v1::Span;
use prost::Message;
use tokio::net::TcpListener;
use tokio::runtime::Runtime;
use tokio_stream::wrappers::TcpListenerStream;
use tonic_types::{ErrorDetails, StatusExt};

/// How a receiver is spoken to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wire {
    Grpc,
    Http,
}

/// What a receiver does with a request.
#[derive(Clone, Debug)]
pub(crate) enum Answer {
    Take,
    /// Takes all but so many.
    Reject(i64),
    /// «Come back», perhaps after so many seconds.
    Away(Option<u64>),
    /// «Never».
    Refuse,
}

#[derive(Clone, Default)]
struct Shared {
    taken: Arc<Mutex<Vec<ExportTraceServiceRequest>>>,
    /// Headers of every request, taken or not.
    tokens: Arc<Mutex<Vec<Option<String>>>>,
    /// What to do next; then everything is taken.
    answers: Arc<Mutex<VecDeque<Answer>>>,
}

impl Shared {
    fn meet(&self, request: ExportTraceServiceRequest, token: Option<String>) -> Answer {
        self.tokens.lock().unwrap().push(token);
        let answer = self.answers.lock().unwrap().pop_front().unwrap_or(Answer::Take);
        if matches!(answer, Answer::Take | Answer::Reject(_)) {
            self.taken.lock().unwrap().push(request);
        }
        answer
    }
}

fn partial(rejected: i64) -> ExportTraceServiceResponse {
    let error_message = "too old".to_owned();
    let partial_success = Some(ExportTracePartialSuccess { rejected_spans: rejected, error_message });
    ExportTraceServiceResponse { partial_success }
}

#[tonic::async_trait]
impl TraceService for Shared {
    async fn export(
        &self,
        request: tonic::Request<ExportTraceServiceRequest>,
    ) -> Result<tonic::Response<ExportTraceServiceResponse>, tonic::Status> {
        let token = request.metadata().get("authorization").and_then(|token| Some(token.to_str().ok()?.to_owned()));
        match self.meet(request.into_inner(), token) {
            Answer::Take => Ok(tonic::Response::new(ExportTraceServiceResponse::default())),
            Answer::Reject(spans) => Ok(tonic::Response::new(partial(spans))),
            Answer::Away(None) => Err(tonic::Status::unavailable("away")),
            Answer::Away(Some(seconds)) => {
                let details = ErrorDetails::with_retry_info(Some(Duration::from_secs(seconds)));
                Err(tonic::Status::with_error_details(tonic::Code::Unavailable, "away", details))
            }
            Answer::Refuse => Err(tonic::Status::invalid_argument("no")),
        }
    }
}

async fn over_http(State(shared): State<Shared>, headers: HeaderMap, body: Bytes) -> Response {
    if headers.get("content-type") != Some(&HeaderValue::from_static("application/x-protobuf")) {
        return StatusCode::UNSUPPORTED_MEDIA_TYPE.into_response();
    }
    let Ok(request) = ExportTraceServiceRequest::decode(body) else {
        return StatusCode::BAD_REQUEST.into_response();
    };
    let token = headers.get("authorization").and_then(|token| Some(token.to_str().ok()?.to_owned()));
    match shared.meet(request, token) {
        Answer::Take => ExportTraceServiceResponse::default().encode_to_vec().into_response(),
        Answer::Reject(spans) => partial(spans).encode_to_vec().into_response(),
        Answer::Away(None) => StatusCode::SERVICE_UNAVAILABLE.into_response(),
        Answer::Away(Some(seconds)) => {
            (StatusCode::SERVICE_UNAVAILABLE, [("retry-after", seconds.to_string())]).into_response()
        }
        Answer::Refuse => StatusCode::BAD_REQUEST.into_response(),
    }
}

/// Listens until it is dropped.
pub(crate) struct Receiver {
    shared: Shared,
    address: SocketAddr,
    _runtime: Runtime,
}

impl Receiver {
    pub(crate) fn start(wire: Wire) -> Self {
        Self::start_at(wire, SocketAddr::from(([127, 0, 0, 1], 0)))
    }

    pub(crate) fn start_at(wire: Wire, address: SocketAddr) -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let shared = Shared::default();
        let listener = runtime.block_on(TcpListener::bind(address)).unwrap();
        let address = listener.local_addr().unwrap();
        let state = shared.clone();
        runtime.spawn(async move {
            match wire {
                Wire::Grpc => {
                    let service = TraceServiceServer::new(state);
                    let incoming = TcpListenerStream::new(listener);
                    tonic::transport::Server::builder()
                        .add_service(service)
                        .serve_with_incoming(incoming)
                        .await
                        .unwrap();
                }
                Wire::Http => {
                    let router = axum::Router::new().route("/v1/traces", axum::routing::post(over_http));
                    axum::serve(listener, router.with_state(state)).await.unwrap();
                }
            }
        });
        Self { shared, address, _runtime: runtime }
    }

    /// An address where nobody listens now.
    pub(crate) fn nobody() -> SocketAddr {
        std::net::TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).unwrap()
    }

    pub(crate) fn answering(self, answers: impl IntoIterator<Item = Answer>) -> Self {
        self.shared.answers.lock().unwrap().extend(answers);
        self
    }

    pub(crate) fn endpoint(&self) -> String {
        format!("http://{}", self.address)
    }

    /// How often it was asked.
    pub(crate) fn asked(&self) -> usize {
        self.shared.tokens.lock().unwrap().len()
    }

    pub(crate) fn tokens(&self) -> Vec<Option<String>> {
        self.shared.tokens.lock().unwrap().clone()
    }

    pub(crate) fn requests(&self) -> Vec<ExportTraceServiceRequest> {
        self.shared.taken.lock().unwrap().clone()
    }

    /// The spans it took, in the order they came.
    pub(crate) fn spans(&self) -> Vec<Span> {
        let requests = self.requests();
        let scopes = requests.into_iter().flat_map(|request| request.resource_spans).flat_map(|r| r.scope_spans);
        scopes.flat_map(|scope| scope.spans).collect()
    }
}
