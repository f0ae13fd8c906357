//! What can go wrong before a mock answers; afterwards everything is an answer.

use std::fmt;
use std::net::SocketAddr;

/// Why there is no mock.
#[derive(Debug)]
#[non_exhaustive]
pub enum Error {
    /// The document cannot be read at all. What is wrong in a document that can be is among its faults.
    Document(tracesnap_openapi::Error),
    /// An operation that the document does not have.
    UnknownOperation {
        /// As it was asked for.
        asked: String,
        /// Operations with names like that.
        near: Vec<String>,
    },
    /// The address cannot be listened on.
    Bind {
        /// The address.
        address: String,
        /// Why not.
        source: std::io::Error,
    },
    /// Others could reach the server, and everybody its admin routes.
    OpenAdmin {
        /// The address.
        address: SocketAddr,
    },
    /// The inferred document cannot be written as YAML.
    #[cfg(feature = "infer")]
    Yaml(Box<dyn std::error::Error + Send + Sync>),
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Document(_) => f.write_str("cannot read the API document"),
            Self::UnknownOperation { asked, near } => {
                write!(f, "the document has no operation `{asked}`; name one by its id, or as `GET /path`")?;
                if near.is_empty() { Ok(()) } else { write!(f, "; near to it: `{}`", near.join("`, `")) }
            }
            Self::Bind { address, .. } => {
                write!(f, "cannot listen on `{address}`; port 0 takes one that is free")
            }
            Self::OpenAdmin { address } => write!(
                f,
                "`{address}` can be reached from other machines, and so could its admin routes; set an admin token, or \
                 listen on 127.0.0.1"
            ),
            #[cfg(feature = "infer")]
            Self::Yaml(_) => f.write_str("cannot write the inferred document as YAML; write it as JSON"),
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Document(source) => Some(source),
            Self::Bind { source, .. } => Some(source),
            #[cfg(feature = "infer")]
            Self::Yaml(source) => Some(&**source),
            Self::UnknownOperation { .. } | Self::OpenAdmin { .. } => None,
        }
    }
}

impl From<tracesnap_openapi::Error> for Error {
    fn from(source: tracesnap_openapi::Error) -> Self {
        Self::Document(source)
    }
}
