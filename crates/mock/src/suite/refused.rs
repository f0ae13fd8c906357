//! Requests with one thing wrong, which an API must refuse.

use bytes::Bytes;
use serde_json::json;
use tracesnap_openapi::{Location, Operation};

use crate::Mock;
use crate::engine::Request;

/// The first of a few faults that the document forbids, and the request that has it. The name is one of a test:
/// `a_missing_body`.
pub(super) fn find(mock: &Mock, operation: Operation<'_>, valid: &Request) -> Option<(String, Request)> {
    let is_refused = |request: &Request| {
        let answer = mock.answer(request);
        answer.index == Some(operation.index()) && answer.status.is_client_error()
    };
    candidates(operation, valid).into_iter().find(|(_, request)| is_refused(request))
}

fn candidates(operation: Operation<'_>, valid: &Request) -> Vec<(String, Request)> {
    let mut all = Vec::new();
    if !valid.body().is_empty() {
        if operation.body().is_some_and(|body| body.json().is_some()) {
            let mut wrong = valid.clone();
            *wrong.body_mut() = Bytes::from(json!({"unexpected": null}).to_string());
            all.push(("a_body_without_its_fields".to_owned(), wrong));
            let mut wrong = valid.clone();
            *wrong.body_mut() = Bytes::from_static(b"[[]]");
            all.push(("a_body_of_another_type".to_owned(), wrong));
        }
        let mut without = valid.clone();
        *without.body_mut() = Bytes::new();
        without.headers_mut().remove("content-type");
        all.push(("a_missing_body".to_owned(), without));
    }
    for parameter in operation.parameters() {
        let name = parameter.name();
        match parameter.location() {
            Location::Query if parameter.is_required() => {
                let target = valid.uri().to_string();
                let (path, query) = target.split_once('?').unwrap_or((&target, ""));
                let kept: Vec<_> = form_urlencoded::parse(query.as_bytes()).filter(|(own, _)| own != name).collect();
                let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(kept).finish();
                all.extend(
                    with_target(valid, &format!("{path}?{query}")).map(|it| ("a_missing_parameter".to_owned(), it)),
                );
            }
            Location::Query => {
                let by = if valid.uri().query().is_some() { '&' } else { '?' };
                let name = percent_encoding::utf8_percent_encode(name, percent_encoding::NON_ALPHANUMERIC);
                let target = format!("{}{by}{name}=not%20one", valid.uri());
                all.extend(with_target(valid, &target).map(|it| ("a_parameter_of_another_type".to_owned(), it)));
            }
            Location::Header if parameter.is_required() => {
                let mut without = valid.clone();
                without.headers_mut().remove(name);
                all.push(("a_missing_header".to_owned(), without));
            }
            Location::Path => {
                let mut sent: Vec<String> = valid.uri().path().split('/').map(str::to_owned).collect();
                let named = format!("{{{name}}}");
                let at = operation.path().split('/').position(|segment| segment == named);
                if let Some(segment) = at.and_then(|at| sent.get_mut(at)) {
                    *segment = "not%20one".to_owned();
                    all.extend(with_target(valid, &sent.join("/")).map(|it| ("a_path_of_another_type".to_owned(), it)));
                }
            }
            _ => {}
        }
    }
    all
}

fn with_target(valid: &Request, target: &str) -> Option<Request> {
    let mut request = valid.clone();
    *request.uri_mut() = target.parse().ok()?;
    Some(request)
}
