//! Mocks in a file: `{service: {operation: response}}`.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::Path;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use tracesnap_store::AtomicFile;

use super::{Answer, Asked, Fallback};
use crate::Error;

/// Responses by service and operation.
///
/// The file is an object of services, each an object of operations, each with its response. A response that is an object
/// with the key `$mock` says more: `{"$mock": {"confidence": 0.9, "observed": 10, "latency_ms": 12.5}, "response": …}`.
/// A top-level key that begins with `$` is none of a service.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Mocks {
    services: BTreeMap<String, BTreeMap<String, Mock>>,
}

/// A response, and how far it is to be trusted.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(from = "Value", into = "Value")]
#[non_exhaustive]
pub struct Mock {
    /// The response.
    pub response: Value,
    /// The error's message, where it is an error.
    pub error: Option<String>,
    /// How sure it is that the service answers so, from 0 to 1: see
    /// [`baseline`](crate::compare::baseline). `None` if a person wrote it.
    pub confidence: Option<f64>,
    /// How many interactions it was made from.
    pub observed: Option<u64>,
    /// What the service takes, the median. **Unit:** milliseconds.
    pub latency_ms: Option<f64>,
    /// Paths of the response that differ from one interaction to the next.
    pub noise: Vec<String>,
}

/// What stands under `$mock`.
#[derive(Serialize, Deserialize)]
struct Said {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    error: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    confidence: Option<f64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    observed: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    latency_ms: Option<f64>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    noise: Vec<String>,
}

const SAID: &str = "$mock";

impl From<Value> for Mock {
    fn from(mut value: Value) -> Self {
        let said = value.as_object_mut().and_then(|fields| {
            let said: Said = serde_json::from_value(fields.get(SAID)?.clone()).ok()?;
            Some((said, fields.remove("response").unwrap_or(Value::Null)))
        });
        match said {
            Some((Said { error, confidence, observed, latency_ms, noise }, response)) => {
                Self { response, error, confidence, observed, latency_ms, noise }
            }
            None => Self { response: value, ..Self::default() },
        }
    }
}

impl From<Mock> for Value {
    fn from(mock: Mock) -> Self {
        let Mock { response, error, confidence, observed, latency_ms, noise } = mock;
        if error.is_none() && confidence.is_none() && observed.is_none() && latency_ms.is_none() && noise.is_empty() {
            return response;
        }
        let said = Said { error, confidence, observed, latency_ms, noise };
        serde_json::json!({ SAID: said, "response": response })
    }
}

impl Mocks {
    /// Reads a file.
    ///
    /// # Errors
    ///
    /// If it cannot be read, or is no such object.
    pub fn load(path: impl AsRef<Path>) -> Result<Self, Error> {
        let path = path.as_ref();
        let bytes = std::fs::read(path).map_err(|source| Error::read(path, source))?;
        Self::parse(&bytes, &path.display().to_string())
    }

    /// Reads the bytes of a file; `origin` is who is to blame.
    ///
    /// # Errors
    ///
    /// If they are no such object.
    pub fn parse(bytes: &[u8], origin: &str) -> Result<Self, Error> {
        let malformed = |why: String| Error::malformed(origin, "file of mocks", why);
        let value: Value = serde_json::from_slice(bytes).map_err(|error| malformed(error.to_string()))?;
        let Value::Object(fields) = value else {
            return Err(malformed("expected `{service: {operation: response}}`".to_owned()));
        };
        if fields.contains_key("interactions") && fields.contains_key("session_id") {
            return Err(malformed("it is a session; make mocks of it with `tracesnap sessions baseline`".to_owned()));
        }
        let mut services = BTreeMap::new();
        for (service, operations) in fields {
            if service.starts_with('$') {
                continue;
            }
            let Value::Object(operations) = operations else {
                return Err(malformed(format!(
                    "`{service}` is {}, expected an object of operations",
                    kind_of(&operations)
                )));
            };
            let operations = operations.into_iter().map(|(operation, response)| (operation, Mock::from(response)));
            services.insert(service, operations.collect());
        }
        Ok(Self { services })
    }

    /// Writes a file, whole or not at all.
    ///
    /// # Errors
    ///
    /// If it cannot be written.
    pub fn save(&self, path: impl AsRef<Path>) -> Result<(), Error> {
        let path = path.as_ref();
        let failed = |source| Error::write(path, source);
        let mut file = AtomicFile::create(path)?;
        serde_json::to_writer_pretty(&mut file, self).map_err(|error| failed(error.into()))?;
        file.write_all(b"\n").map_err(failed)?;
        Ok(file.commit()?)
    }

    /// The mock of an operation.
    #[must_use]
    pub fn get(&self, service: &str, operation: &str) -> Option<&Mock> {
        self.services.get(service)?.get(operation)
    }

    /// Adds a mock, or replaces it.
    pub fn insert(&mut self, service: impl Into<String>, operation: impl Into<String>, mock: Mock) {
        self.services.entry(service.into()).or_default().insert(operation.into(), mock);
    }

    /// All of them, A to Z: service, operation, mock.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str, &Mock)> {
        let services = self.services.iter();
        services.flat_map(|(service, all)| {
            all.iter().map(move |(operation, mock)| (service.as_str(), operation.as_str(), mock))
        })
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.services.values().map(BTreeMap::len).sum()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl Fallback for Mocks {
    fn answer(&self, asked: &Asked<'_>) -> Option<Answer> {
        let mock = self.get(asked.service, asked.operation)?;
        Some(Answer { response: mock.response.clone(), error: mock.error.clone() })
    }
}

fn kind_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a bool",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}
