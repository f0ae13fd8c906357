//! How a client is set up.

use std::path::PathBuf;

use http::{HeaderName, HeaderValue};
use tower_service::Service;
use tracesnap_config::{Source, Sources};
use tracesnap_http::{BaseUrl, Body, BoxError, Http, HttpBuilder, Transport};
use tracesnap_record::provider::ServiceProviderBuilder;
use tracesnap_record::{Mode, ServiceProvider};

use super::live::{Live, Marked, Nonce};
use super::smart::SmartClient;
use crate::{Error, Mock};

/// Sets up a [`SmartClient`].
#[derive(Debug)]
#[must_use = "nobody is asked until `build`"]
pub struct SmartClientBuilder {
    base: String,
    mode: Option<Mode>,
    default_mode: Mode,
    mock: Option<Mock>,
    provider: ServiceProviderBuilder,
    http: HttpBuilder,
    live: Option<Live>,
    headers: Vec<(HeaderName, HeaderValue)>,
    mock_when_unreachable: bool,
}

impl SmartClientBuilder {
    pub(super) fn new(base: String) -> Self {
        Self {
            base,
            mode: None,
            default_mode: Mode::default(),
            mock: None,
            provider: ServiceProvider::builder(),
            http: Http::builder(),
            live: None,
            headers: Vec::new(),
            mock_when_unreachable: false,
        }
    }

    /// The mode, whatever the environment says. Default: that of `TEST_MODE`, `MOCK_MODE` or `tracesnap.toml`, else the
    /// [default mode](Self::default_mode).
    pub fn mode(mut self, mode: Mode) -> Self {
        self.mode = Some(mode);
        self
    }

    /// The mode where nobody says one. Default: [`Mode::default`], which plays back.
    pub fn default_mode(mut self, mode: Mode) -> Self {
        self.default_mode = mode;
        self
    }

    /// Who answers in the modes `mock` and `hybrid:mock`. Default: nobody.
    pub fn mock(mut self, mock: Mock) -> Self {
        self.mock = Some(mock);
        self
    }

    /// Whether the mock answers where the service was asked and could not be reached. What it says is not recorded.
    /// Default: no.
    pub fn mock_when_unreachable(mut self, mocked: bool) -> Self {
        self.mock_when_unreachable = mocked;
        self
    }

    /// What the session is called, and so which recording is played back. Default: the name of the test.
    pub fn session(mut self, name: impl Into<String>) -> Self {
        self.provider = self.provider.session(name);
        self
    }

    /// The folder of recordings. Default: as [`ServiceProviderBuilder::dir`] has it.
    pub fn dir(mut self, dir: impl Into<PathBuf>) -> Self {
        self.provider = self.provider.dir(dir);
        self
    }

    /// Everything else about recording: budgets, matching, what is redacted. Mode and fallback are those of the client.
    pub fn provider(mut self, change: impl FnOnce(ServiceProviderBuilder) -> ServiceProviderBuilder) -> Self {
        self.provider = change(self.provider);
        self
    }

    /// Everything else about HTTP: names of operations, the pace of playback, bounds.
    pub fn http(mut self, change: impl FnOnce(HttpBuilder) -> HttpBuilder) -> Self {
        self.http = change(self.http);
        self
    }

    /// A header that all requests have, as `authorization` with a key. One that is not allowed in HTTP is left out.
    /// Default: none.
    pub fn header(mut self, name: &str, value: &str) -> Self {
        if let (Ok(name), Ok(value)) = (HeaderName::from_bytes(name.as_bytes()), HeaderValue::from_str(value)) {
            self.headers.push((name, value));
        }
        self
    }

    /// What sends requests to the service: any client that is a service of tower. Default: one of hyper, for `http://`
    /// addresses, and with the feature `tls` for `https://` too.
    pub fn transport<S, B>(mut self, service: S) -> Self
    where
        S: Service<http::Request<Body>, Response = http::Response<B>> + Clone + Send + Sync + 'static,
        S::Error: Into<BoxError>,
        S::Future: Send,
        B: http_body::Body<Data = bytes::Bytes> + Send + 'static,
        B::Error: Into<BoxError>,
    {
        self.live = Some(Live(Transport::new(service)));
        self
    }

    /// The client.
    ///
    /// # Errors
    /// [`Error::BaseUrl`] if the address of the service is none; [`Error::Record`] if the mode is unknown, or it plays back
    /// and there is no recording.
    pub fn build(self) -> Result<SmartClient, Error> {
        let wrong = |_| Error::BaseUrl {
            found: self.base.split('@').next_back().unwrap_or_default().chars().take(200).collect(),
        };
        let base: BaseUrl = self.base.parse().map_err(wrong)?;
        let sources = Sources::process("record").map_err(tracesnap_record::Error::from)?;
        let found = Mode::resolve(&sources, self.mode)?;
        let mode = if matches!(found.source, Source::Default) { self.default_mode } else { found.value };
        let nonce = Nonce::new();
        let mut provider = self.provider.mode(mode);
        if let Some(mock) = &self.mock {
            provider = provider.fallback(Marked { mock: mock.clone(), nonce: nonce.clone() });
        }
        let provider = provider.build()?;
        let live = match self.live {
            Some(live) => live,
            None => Live::of_this_build()?,
        };
        let mock = self.mock.filter(|_| self.mock_when_unreachable);
        Ok(SmartClient::new(base, self.http.build(provider), live, mock, nonce, self.headers))
    }
}
