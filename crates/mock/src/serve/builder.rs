//! How a server is set up.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::Path;
use std::sync::Arc;

use tokio::net::TcpListener;
use tracesnap_openapi::Document;

use super::faults::Schedule;
use super::server::Answering;
use super::{Faults, Limits, MockServer, RateLimit};
use crate::Error;
use crate::engine::{Mock, MockBuilder, Validation};
use crate::generate::Quality;
#[cfg(feature = "cache")]
use crate::responder::Responder;

/// Sets up a [`MockServer`]. What is said of answers is the same as for a [`MockBuilder`].
#[derive(Clone, Debug)]
#[must_use = "nothing listens until `start`"]
pub struct MockServerBuilder {
    what: What,
    pub(crate) host: IpAddr,
    pub(crate) port: u16,
    pub(crate) limits: Limits,
    pub(crate) faults: Faults,
    pub(crate) rate_limit: Option<RateLimit>,
    pub(crate) admin_token: Option<String>,
}

#[derive(Clone, Debug)]
enum What {
    ToBuild(MockBuilder),
    Built(Mock),
    #[cfg(feature = "cache")]
    Responder(Responder),
}

impl MockServer {
    /// A server for the API that a file describes.
    ///
    /// # Errors
    /// The file cannot be read as an API document at all; see [`Document::open`].
    pub fn from_openapi(path: impl AsRef<Path>) -> Result<MockServerBuilder, Error> {
        Ok(MockServerBuilder::new(What::ToBuild(Mock::from_openapi(path)?)))
    }

    /// A server for the API of a document.
    pub fn from_document(document: impl Into<Arc<Document>>) -> MockServerBuilder {
        MockServerBuilder::new(What::ToBuild(Mock::from_document(document)))
    }

    /// A server for the API that a file of GraphQL SDL describes.
    ///
    /// # Errors
    /// As [`Mock::from_graphql`].
    #[cfg(feature = "graphql")]
    pub fn from_graphql(path: impl AsRef<Path>) -> Result<MockServerBuilder, Error> {
        Ok(MockServerBuilder::new(What::ToBuild(Mock::from_graphql(path)?)))
    }

    /// A server for a mock, which may answer elsewhere at the same time. The builder's settings of answers do nothing.
    pub fn from_mock(mock: Mock) -> MockServerBuilder {
        MockServerBuilder::new(What::Built(mock))
    }

    /// A server that answers by the mode that holds, from what is stored and kept, too. The builder's settings of answers
    /// do nothing.
    #[cfg(feature = "cache")]
    pub fn from_responder(responder: Responder) -> MockServerBuilder {
        MockServerBuilder::new(What::Responder(responder))
    }
}

impl MockServerBuilder {
    /// Only this machine can reach it.
    pub const DEFAULT_HOST: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

    fn new(what: What) -> Self {
        Self {
            what,
            host: Self::DEFAULT_HOST,
            port: 0,
            limits: Limits::default(),
            faults: Faults::default(),
            rate_limit: None,
            admin_token: None,
        }
    }

    fn with(mut self, change: impl FnOnce(MockBuilder) -> MockBuilder) -> Self {
        if let What::ToBuild(builder) = self.what {
            self.what = What::ToBuild(change(builder));
        }
        self
    }

    /// As [`MockBuilder::quality`].
    pub fn quality(self, quality: Quality) -> Self {
        self.with(|mock| mock.quality(quality))
    }

    /// As [`MockBuilder::seed`].
    pub fn seed(self, seed: u64) -> Self {
        self.with(|mock| mock.seed(seed))
    }

    /// As [`MockBuilder::strict`].
    pub fn strict(self, strict: bool) -> Self {
        self.with(|mock| mock.strict(strict))
    }

    /// As [`MockBuilder::credential`].
    pub fn credential(self, credential: impl Into<String>) -> Self {
        self.with(|mock| mock.credential(credential))
    }

    /// As [`MockBuilder::validation`].
    pub fn validation(self, validation: Validation) -> Self {
        self.with(|mock| mock.validation(validation))
    }

    /// As [`MockBuilder::check_every`].
    pub fn check_every(self, answers: u64) -> Self {
        self.with(|mock| mock.check_every(answers))
    }

    /// As [`MockBuilder::stateful`].
    pub fn stateful(self, stateful: bool) -> Self {
        self.with(|mock| mock.stateful(stateful))
    }

    /// As [`MockBuilder::start_items`].
    pub fn start_items(self, items: usize) -> Self {
        self.with(|mock| mock.start_items(items))
    }

    /// The address to listen on. Default: [`Self::DEFAULT_HOST`].
    pub fn host(mut self, host: IpAddr) -> Self {
        self.host = host;
        self
    }

    /// The port; 0 takes one that is free. Default: 0.
    pub fn port(mut self, port: u16) -> Self {
        self.port = port;
        self
    }

    /// Bounds. Default: [`Limits::default`].
    pub fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// What goes wrong on purpose. Default: nothing.
    pub fn faults(mut self, faults: Faults) -> Self {
        self.faults = faults;
        self
    }

    /// How often each address may ask. Default: as often as it likes.
    pub fn rate_limit(mut self, limit: RateLimit) -> Self {
        self.rate_limit = Some(limit);
        self
    }

    /// What callers of `/__mock/…` must send in `x-mock-admin-token`. Default: none is asked for, which only an address
    /// that no other machine reaches allows.
    pub fn admin_token(mut self, token: impl Into<String>) -> Self {
        self.admin_token = Some(token.into());
        self
    }

    /// Listens, in tasks of the current tokio runtime.
    ///
    /// # Errors
    /// The address cannot be listened on, or is one that other machines reach while there is no admin token; a
    /// fault is for an operation that the document does not have.
    ///
    /// # Panics
    /// Outside of a tokio runtime.
    pub async fn start(self) -> Result<MockServer, Error> {
        let address = SocketAddr::new(self.host, self.port);
        if !self.host.is_loopback() && self.admin_token.as_deref().unwrap_or_default().is_empty() {
            return Err(Error::OpenAdmin { address });
        }
        let bind = |source| Error::Bind { address: address.to_string(), source };
        let listener = TcpListener::bind(address).await.map_err(bind)?;
        let address = listener.local_addr().map_err(bind)?;
        let by = match self.what.clone() {
            What::ToBuild(builder) => Answering::new(builder.build()),
            What::Built(mock) => Answering::new(mock),
            #[cfg(feature = "cache")]
            What::Responder(responder) => Answering::by_responder(responder),
        };
        let schedule = Schedule::new(self.faults.clone(), &by.mock)?;
        Ok(MockServer::run(listener, address, by, schedule, self))
    }
}
