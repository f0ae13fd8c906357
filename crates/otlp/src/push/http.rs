//! OTLP/HTTP with protobuf.

use std::time::{Duration, SystemTime};

use opentelemetry_proto::tonic::collector::trace::v1::{ExportTraceServiceRequest, ExportTraceServiceResponse};
use prost::Message;
use ureq::Agent;
use ureq::http::Response;
use ureq::http::header::RETRY_AFTER;

use super::transport::{Accepted, Failure, Transport};

/// Answers are short; what is longer is no collector's.
const MAX_ANSWER: u64 = 1 << 20;

pub(super) struct Http {
    agent: Agent,
    url: String,
    headers: Vec<(String, String)>,
}

impl Http {
    pub(super) fn new(url: String, headers: &[(String, String)], timeout: Duration) -> Self {
        let config = Agent::config_builder()
            .timeout_global(Some(timeout))
            // Statuses are answers here; and a redirect of a POST would be followed as a GET.
            .http_status_as_error(false)
            .max_redirects(0)
            .max_redirects_will_error(false)
            .user_agent(concat!("tracesnap-otlp/", env!("CARGO_PKG_VERSION")));
        Self { agent: config.build().new_agent(), url, headers: headers.to_vec() }
    }
}

impl Transport for Http {
    fn send(&mut self, request: &ExportTraceServiceRequest) -> Result<Accepted, Failure> {
        let mut post = self.agent.post(&self.url).header("content-type", "application/x-protobuf");
        for (name, value) in &self.headers {
            post = post.header(name, value);
        }
        let mut answer = post.send(&request.encode_to_vec()[..]).map_err(|error| Failure {
            may_pass: true,
            after: None,
            message: format!("{}: {error}", self.url),
        })?;
        let status = answer.status().as_u16();
        if (200..300).contains(&status) {
            // What cannot be read of an answer that says yes changes nothing.
            let body = answer.body_mut().with_config().limit(MAX_ANSWER).read_to_vec().unwrap_or_default();
            return Ok(ExportTraceServiceResponse::decode(&body[..]).unwrap_or_default().into());
        }
        Err(Failure {
            may_pass: matches!(status, 429 | 502 | 503 | 504),
            after: retry_after(&answer),
            message: format!("{} answered {}", self.url, answer.status()),
        })
    }
}

/// Seconds or a date.
fn retry_after<B>(answer: &Response<B>) -> Option<Duration> {
    let value = answer.headers().get(RETRY_AFTER)?.to_str().ok()?.trim();
    if let Ok(seconds) = value.parse() {
        return Some(Duration::from_secs(seconds));
    }
    httpdate::parse_http_date(value).ok()?.duration_since(SystemTime::now()).ok()
}
