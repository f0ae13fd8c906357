//! Reads a request as the document describes it, and says all that is wrong with it.
//!
//! Values are taken out of texts here ([`values`]) and bodies out of bytes ([`bodies`]), so whoever answers has them
//! typed. What follows from a fault is not decided here.

mod bodies;
mod schemas;
mod values;

pub(crate) use bodies::{Body, Upload};
pub(crate) use schemas::Schemas;
pub(crate) use values::scalar;

use std::borrow::Cow;

use bytes::Bytes;
use http::HeaderMap;
use serde_json::{Map, Value};
use tracesnap_openapi::{Location, Operation, Parameter, RequestBody};

use super::Answers;
use crate::engine::{Place, Reason};

/// A request, taken apart.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Parts<'r> {
    /// Parameters of the path, decoded.
    pub(crate) path: &'r [(&'r str, String)],
    pub(crate) query: &'r [(Cow<'r, str>, Cow<'r, str>)],
    pub(crate) headers: &'r HeaderMap,
    pub(crate) body: &'r Bytes,
}

/// What a request says, typed as far as the document tells, and what is wrong with it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Said {
    pub(crate) path: Map<String, Value>,
    pub(crate) query: Map<String, Value>,
    pub(crate) body: Body,
    pub(crate) reasons: Vec<Reason>,
    /// The body is of a media type that the operation does not take.
    pub(crate) unsupported: Option<String>,
    /// The body is not what its media type says, so nothing can be read out of it.
    pub(crate) malformed: bool,
}

/// Reasons that are told of one request.
const MAX_REASONS: usize = 50;

/// What an operation takes.
#[derive(Debug)]
pub(crate) struct Inputs<'d> {
    parameters: Vec<values::Input<'d>>,
    takes_body: bool,
}

impl<'d> Inputs<'d> {
    pub(crate) fn new(operation: Operation<'d>, body: Option<&RequestBody<'d>>) -> Self {
        let parameters = operation.parameters();
        // What they would say belongs to negotiation and security.
        let ours = |parameter: &Parameter<'d>| {
            parameter.location() != Location::Header
                || !["accept", "content-type", "authorization"]
                    .iter()
                    .any(|name| parameter.name().eq_ignore_ascii_case(name))
        };
        Self {
            parameters: parameters.into_iter().filter(ours).map(values::Input::new).collect(),
            takes_body: body.is_some(),
        }
    }

    /// Reads a request. With `check` unset only what it says is taken, and nothing is said of faults.
    pub(crate) fn read(
        &self,
        parts: &Parts<'_>,
        body: Option<&RequestBody<'d>>,
        answers: &Answers,
        schemas: &Schemas,
        check: bool,
    ) -> Said {
        let mut said = Said::default();
        for input in &self.parameters {
            let (place, into) = match input.parameter().location() {
                Location::Path => (Place::Path, Some(&mut said.path)),
                Location::Query => (Place::Query, Some(&mut said.query)),
                Location::Header => (Place::Header, None),
                Location::Cookie => (Place::Cookie, None),
                _ => continue,
            };
            if !check && into.is_none() {
                continue;
            }
            let name = input.parameter().name();
            let reason = |message: String| Reason { place, name: name.to_owned(), message };
            match input.read(parts, answers) {
                Some(Ok(value)) => {
                    if check {
                        said.reasons.extend(input.check(&value, answers).into_iter().map(reason));
                    }
                    if let Some(into) = into {
                        into.insert(name.to_owned(), value);
                    }
                }
                Some(Err(message)) => said.reasons.push(reason(message)),
                // Some declare for the path what stands nowhere in it.
                None if place != Place::Path && input.parameter().is_required() => {
                    said.reasons.push(reason("is required".to_owned()));
                }
                None => {}
            }
        }
        // What the template has and nobody declared.
        for (name, value) in parts.path {
            if !said.path.contains_key(*name) {
                said.path.insert((*name).to_owned(), Value::from(value.as_str()));
            }
        }
        if self.takes_body {
            bodies::read(parts, body, schemas, check, &mut said);
        }
        said.reasons.truncate(MAX_REASONS);
        said
    }
}

#[cfg(feature = "record")]
impl Said {
    /// Takes back what is said of values that were redacted before the request came here: what stands for an address is
    /// none, and the caller had sent one.
    pub(crate) fn forgive_redacted(&mut self, parts: &Parts<'_>) {
        let (reasons, body) = (&mut self.reasons, &self.body);
        let is_redacted = |reason: &Reason| {
            let name = reason.name.as_str();
            let text: Option<Cow<'_, str>> = match reason.place {
                Place::Path => parts.path.iter().find(|(known, _)| *known == name).map(|(_, text)| text.into()),
                Place::Query => parts.query.iter().find(|(known, _)| known == name).map(|(_, text)| (&**text).into()),
                Place::Header => parts.headers.get(name).map(|value| String::from_utf8_lossy(value.as_bytes())),
                Place::Cookie => Some(crate::recorded::REDACTED.into()),
                Place::Body => match body {
                    Body::Value(value, _) => value.pointer(name).and_then(Value::as_str).map(Into::into),
                    _ => None,
                },
            };
            text.is_some_and(|text| crate::recorded::redacted_kind(&text).is_some())
        };
        reasons.retain(|reason| !is_redacted(reason));
    }
}
