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
    /// A file that is no GraphQL schema, or has nothing that could be asked for.
    #[cfg(feature = "graphql")]
    GraphQl {
        /// The file, or what stands for it.
        file: String,
        /// What is wrong, by line and column.
        faults: Vec<String>,
        /// Why it cannot be read.
        source: Option<std::io::Error>,
    },
    /// A file that is no pact.
    #[cfg(feature = "pact")]
    Pact {
        /// What stands for it.
        name: String,
        /// What is wrong.
        message: String,
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
    /// The address of a service is none.
    #[cfg(feature = "client")]
    BaseUrl {
        /// What was given.
        found: String,
    },
    /// A header that is not allowed in HTTP.
    #[cfg(feature = "client")]
    Header {
        /// Its name.
        name: String,
    },
    /// A body that is not JSON, or not of the type that was asked for.
    #[cfg(feature = "client")]
    Json {
        /// Whose body it is.
        url: String,
        /// What is wrong.
        source: serde_json::Error,
    },
    /// Nobody answered.
    #[cfg(feature = "client")]
    Ask {
        /// What was asked.
        url: String,
        /// Why not.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The mode is unknown, or its recording cannot be used.
    #[cfg(feature = "record")]
    Record(Box<tracesnap_record::Error>),
    /// The inferred document cannot be written as YAML.
    #[cfg(feature = "infer")]
    Yaml(Box<dyn std::error::Error + Send + Sync>),
    /// A setting has a value that it does not take.
    #[cfg(feature = "cache")]
    Setting(Box<tracesnap_config::Error>),
    /// What a setting asks for was not compiled in.
    #[cfg(feature = "cache")]
    NotBuilt {
        /// What is asked for.
        what: &'static str,
        /// The feature of the crate that brings it.
        feature: &'static str,
    },
    /// A setting that the database cannot hold.
    #[cfg(feature = "database")]
    UnknownSetting {
        /// As it was asked for.
        found: String,
        /// Those it can hold.
        known: Vec<&'static str>,
    },
    /// What stands for Redis is no URL of it.
    #[cfg(feature = "redis")]
    Redis {
        /// What was found, without a password.
        url: String,
        /// Why not.
        source: Box<redis::RedisError>,
    },
    /// The database cannot be reached, or refuses something.
    #[cfg(feature = "database")]
    Database {
        /// What was tried, as in `save a response`.
        doing: &'static str,
        /// The database, without a password.
        url: String,
        /// Why not.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The database has no such thing.
    #[cfg(feature = "database")]
    Missing {
        /// What was looked for, as in ``version 7 of `GET /orders` ``.
        what: String,
        /// What there is, or what to do.
        hint: String,
    },
    /// What is to be stored is not of the form that is expected.
    #[cfg(feature = "database")]
    Form {
        /// What it is, as in `the rule`.
        what: &'static str,
        /// What was found, and what was expected.
        message: String,
    },
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Document(_) => f.write_str("cannot read the API document"),
            Self::UnknownOperation { asked, near } => {
                write!(f, "the document has no operation `{asked}`; name one by its id, or as `GET /path`")?;
                if near.is_empty() { Ok(()) } else { write!(f, "; near to it: `{}`", near.join("`, `")) }
            }
            #[cfg(feature = "graphql")]
            Self::GraphQl { file, faults, .. } => {
                write!(f, "cannot read `{file}` as a GraphQL schema")?;
                if faults.is_empty() { Ok(()) } else { write!(f, ": {}", faults.join("; ")) }
            }
            #[cfg(feature = "pact")]
            Self::Pact { name, message } => write!(f, "`{name}` is no pact: {message}"),
            Self::Bind { address, .. } => {
                write!(f, "cannot listen on `{address}`; port 0 takes one that is free")
            }
            Self::OpenAdmin { address } => write!(
                f,
                "`{address}` can be reached from other machines, and so could its admin routes; set an admin token, or \
                 listen on 127.0.0.1"
            ),
            #[cfg(feature = "client")]
            Self::BaseUrl { found } => {
                write!(f, "`{found}` is no address of a service; expected one as in `https://api.shop.example/v1`")
            }
            #[cfg(feature = "client")]
            Self::Header { name } => {
                write!(f, "the header `{name}` is not allowed in HTTP; send letters, digits and spaces")
            }
            #[cfg(feature = "client")]
            Self::Json { url, .. } => {
                write!(f, "the body of `{url}` is not the JSON that was expected; look at its bytes")
            }
            #[cfg(feature = "client")]
            Self::Ask { url, .. } => write!(f, "nobody answered `{url}`; `MOCK_MODE` says who is asked"),
            #[cfg(feature = "record")]
            Self::Record(_) => f.write_str("cannot use the recording, or the mode that asks for it"),
            #[cfg(feature = "infer")]
            Self::Yaml(_) => f.write_str("cannot write the inferred document as YAML; write it as JSON"),
            #[cfg(feature = "cache")]
            Self::Setting(_) => f.write_str("a setting of the mock cannot be used"),
            #[cfg(feature = "cache")]
            Self::NotBuilt { what, feature } => {
                write!(f, "this build has no {what}; build it with the feature `{feature}`")
            }
            #[cfg(feature = "database")]
            Self::UnknownSetting { found, known } => {
                write!(f, "the database holds no setting `{found}`; it takes `{}`", known.join("`, `"))
            }
            #[cfg(feature = "redis")]
            Self::Redis { url, .. } => write!(f, "`{url}` leads to no Redis, expected `redis://HOST:PORT`"),
            #[cfg(feature = "database")]
            Self::Database { doing, url, .. } => write!(f, "cannot {doing}; the database is `{url}`"),
            #[cfg(feature = "database")]
            Self::Missing { what, hint } => write!(f, "the database has no {what}; {hint}"),
            #[cfg(feature = "database")]
            Self::Form { what, message } => write!(f, "{what} cannot be stored: {message}"),
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Document(source) => Some(source),
            #[cfg(feature = "graphql")]
            Self::GraphQl { source, .. } => source.as_ref().map(|source| source as _),
            Self::Bind { source, .. } => Some(source),
            #[cfg(feature = "client")]
            Self::Json { source, .. } => Some(source),
            #[cfg(feature = "client")]
            Self::Ask { source, .. } => Some(&**source),
            #[cfg(feature = "client")]
            Self::BaseUrl { .. } | Self::Header { .. } => None,
            #[cfg(feature = "record")]
            Self::Record(source) => Some(&**source),
            #[cfg(feature = "infer")]
            Self::Yaml(source) => Some(&**source),
            #[cfg(feature = "cache")]
            Self::Setting(source) => Some(source),
            #[cfg(feature = "redis")]
            Self::Redis { source, .. } => Some(source),
            #[cfg(feature = "database")]
            Self::Database { source, .. } => Some(&**source),
            #[cfg(feature = "cache")]
            Self::NotBuilt { .. } => None,
            #[cfg(feature = "database")]
            Self::UnknownSetting { .. } | Self::Missing { .. } | Self::Form { .. } => None,
            #[cfg(feature = "pact")]
            Self::Pact { .. } => None,
            Self::UnknownOperation { .. } | Self::OpenAdmin { .. } => None,
        }
    }
}

impl From<tracesnap_openapi::Error> for Error {
    fn from(source: tracesnap_openapi::Error) -> Self {
        Self::Document(source)
    }
}

#[cfg(feature = "record")]
impl From<tracesnap_record::Error> for Error {
    fn from(source: tracesnap_record::Error) -> Self {
        Self::Record(Box::new(source))
    }
}

#[cfg(feature = "cache")]
impl From<tracesnap_config::Error> for Error {
    fn from(source: tracesnap_config::Error) -> Self {
        Self::Setting(Box::new(source))
    }
}
