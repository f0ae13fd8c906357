//! Documents as CBOR (RFC 8949), for tools that read that.
//!
//! What a document holds is JSON, whatever it is stored as; a form of one's own is two functions and a name.

use std::error::Error;

use serde_json::Value;
use tracesnap_capture::Serializer;

/// Documents as CBOR.
#[derive(Clone, Copy, Debug, Default)]
pub struct Cbor;

impl Serializer for Cbor {
    fn content_type(&self) -> &str {
        "application/cbor"
    }

    fn store(&self, json: &[u8]) -> Result<Vec<u8>, Box<dyn Error + Send + Sync>> {
        let value: Value = serde_json::from_slice(json)?;
        let mut stored = Vec::new();
        ciborium::into_writer(&value, &mut stored)?;
        Ok(stored)
    }

    fn load(&self, stored: &[u8]) -> Result<Vec<u8>, Box<dyn Error + Send + Sync>> {
        let value: Value = ciborium::from_reader(stored)?;
        Ok(serde_json::to_vec(&value)?)
    }
}
