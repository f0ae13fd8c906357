//! OTLP/gRPC.

use std::io;
use std::time::Duration;

use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::collector::trace::v1::trace_service_client::TraceServiceClient;
use tokio::runtime::Runtime;
use tonic::metadata::{AsciiMetadataKey, AsciiMetadataValue, MetadataMap};
use tonic::transport::{Channel, Endpoint};
use tonic::{Code, Request, Status};
use tonic_types::StatusExt;

use super::transport::{Accepted, Failure, Transport};

pub(super) struct Grpc {
    /// Of one thread: it runs while a request is under way.
    runtime: Runtime,
    client: TraceServiceClient<Channel>,
    headers: MetadataMap,
    timeout: Duration,
}

impl Grpc {
    /// # Errors
    ///
    /// An endpoint that is no URL, a header that is none, or a runtime that cannot be had; said in words.
    pub(super) fn new(endpoint: &str, headers: &[(String, String)], timeout: Duration) -> Result<Self, String> {
        let invalid = |error: tonic::transport::Error| format!("the endpoint `{endpoint}` is none of gRPC: {error}");
        let address = Endpoint::from_shared(endpoint.to_owned()).map_err(invalid)?;
        let address = secured(address).map_err(invalid)?.connect_timeout(timeout);
        let mut metadata = MetadataMap::new();
        for (name, value) in headers {
            let key = name.to_ascii_lowercase().parse::<AsciiMetadataKey>();
            let value = value.parse::<AsciiMetadataValue>();
            let (Ok(key), Ok(value)) = (key, value) else {
                return Err(format!(
                    "the header `{name}` cannot be sent over gRPC: its name or its value is not ASCII"
                ));
            };
            metadata.insert(key, value);
        }
        let runtime = tokio::runtime::Builder::new_current_thread().enable_io().enable_time().build();
        let runtime = runtime.map_err(|error: io::Error| format!("a runtime for gRPC cannot be started: {error}"))?;
        let channel = {
            // Connects when it is first used, and again when it was lost.
            let _entered = runtime.enter();
            address.connect_lazy()
        };
        Ok(Self { runtime, client: TraceServiceClient::new(channel), headers: metadata, timeout })
    }
}

#[cfg(feature = "tls")]
fn secured(endpoint: Endpoint) -> Result<Endpoint, tonic::transport::Error> {
    if endpoint.uri().scheme_str() != Some("https") {
        return Ok(endpoint);
    }
    endpoint.tls_config(tonic::transport::ClientTlsConfig::new().with_enabled_roots())
}

#[cfg(not(feature = "tls"))]
fn secured(endpoint: Endpoint) -> Result<Endpoint, tonic::transport::Error> {
    Ok(endpoint)
}

impl Transport for Grpc {
    fn send(&mut self, request: &ExportTraceServiceRequest) -> Result<Accepted, Failure> {
        let mut call = Request::new(request.clone());
        *call.metadata_mut() = self.headers.clone();
        let (client, timeout) = (&mut self.client, self.timeout);
        let answer = self.runtime.block_on(async { tokio::time::timeout(timeout, client.export(call)).await });
        match answer {
            Ok(Ok(response)) => Ok(response.into_inner().into()),
            Ok(Err(status)) => Err(failure(&status)),
            Err(_) => {
                Err(Failure { may_pass: true, after: None, message: format!("no answer over gRPC in {timeout:?}") })
            }
        }
    }
}

/// The codes that the protocol calls retryable; an exhausted resource only if the collector says when to come back.
fn failure(status: &Status) -> Failure {
    let after = status.get_details_retry_info().and_then(|info| info.retry_delay);
    let may_pass = match status.code() {
        Code::Cancelled
        | Code::DeadlineExceeded
        | Code::Aborted
        | Code::OutOfRange
        | Code::Unavailable
        | Code::DataLoss => true,
        Code::ResourceExhausted => after.is_some(),
        _ => false,
    };
    Failure { may_pass, after, message: format!("gRPC answered {:?}: {}", status.code(), status.message()) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tonic_types::{ErrorDetails, StatusExt};

    #[test]
    fn an_exhausted_collector_is_asked_again_only_if_it_says_when() {
        assert!(!failure(&Status::resource_exhausted("no")).may_pass);
        let details = ErrorDetails::with_retry_info(Some(Duration::from_secs(3)));
        let failed = failure(&Status::with_error_details(Code::ResourceExhausted, "later", details));
        assert_eq!((failed.may_pass, failed.after), (true, Some(Duration::from_secs(3))));
    }

    #[test]
    fn what_cannot_pass_is_not_retried() {
        for code in [Code::InvalidArgument, Code::Unauthenticated, Code::PermissionDenied, Code::Unimplemented] {
            assert!(!failure(&Status::new(code, "no")).may_pass, "{code:?}");
        }
        assert!(failure(&Status::unavailable("soon")).may_pass);
    }
}
