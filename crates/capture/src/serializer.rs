//! The form in which documents are stored.

use std::error::Error;
use std::fmt::Debug;

/// Another form than JSON: for programs that want documents smaller, or in the form of their own tools.
///
/// `tracesnap captures` reads JSON, and MessagePack where it is built with it.
///
/// ```
/// use std::error::Error;
/// use tracesnap_capture::Serializer;
///
/// /// JSON that people like to read.
/// #[derive(Debug)]
/// struct Pretty;
///
/// impl Serializer for Pretty {
///     fn content_type(&self) -> &str {
///         "application/json; pretty"
///     }
///
///     fn store(&self, json: &[u8]) -> Result<Vec<u8>, Box<dyn Error + Send + Sync>> {
///         let value: serde_json::Value = serde_json::from_slice(json)?;
///         Ok(serde_json::to_vec_pretty(&value)?)
///     }
///
///     fn load(&self, stored: &[u8]) -> Result<Vec<u8>, Box<dyn Error + Send + Sync>> {
///         Ok(stored.to_vec())
///     }
/// }
/// # assert_eq!(Pretty.load(&Pretty.store(b"{}")?)?, b"{}");
/// # Ok::<(), Box<dyn Error + Send + Sync>>(())
/// ```
pub trait Serializer: Debug + Send + Sync {
    /// The media type of the form, by which a stored document is told to be of it.
    fn content_type(&self) -> &str;

    /// Makes what is stored of a document, which is one JSON object.
    ///
    /// # Errors
    ///
    /// If that cannot be done; the capture counts as failed.
    fn store(&self, json: &[u8]) -> Result<Vec<u8>, Box<dyn Error + Send + Sync>>;

    /// Makes the JSON again.
    ///
    /// # Errors
    ///
    /// If that cannot be done; the document is reported as damaged.
    fn load(&self, stored: &[u8]) -> Result<Vec<u8>, Box<dyn Error + Send + Sync>>;
}

/// Documents as MessagePack.
#[cfg(feature = "messagepack")]
#[derive(Clone, Copy, Debug, Default)]
pub struct MessagePack;

#[cfg(feature = "messagepack")]
impl Serializer for MessagePack {
    fn content_type(&self) -> &str {
        "application/msgpack"
    }

    fn store(&self, json: &[u8]) -> Result<Vec<u8>, Box<dyn Error + Send + Sync>> {
        let value: serde_json::Value = serde_json::from_slice(json)?;
        Ok(rmp_serde::to_vec_named(&value)?)
    }

    fn load(&self, stored: &[u8]) -> Result<Vec<u8>, Box<dyn Error + Send + Sync>> {
        let value: serde_json::Value = rmp_serde::from_slice(stored)?;
        Ok(serde_json::to_vec(&value)?)
    }
}
