//! Makes a client: for which mode, at which address, asked by whom, through what.

use std::fmt;

use tower::{Layer, ServiceExt};
use tower_service::Service;
use tracesnap_http::profile::{Call, Named, Profile, Profiles};
use tracesnap_http::{BaseUrl, Body, BoxError, Http, Transport};
use tracesnap_record::{Mode, ServiceProvider};

use crate::connection::Connection;
use crate::{Credential, Error, transport};

/// Of an answer, or of one part of it where it comes in parts, so many bytes are read where nothing else is said: 64 MiB.
pub const DEFAULT_ANSWER_BYTES: usize = 64 << 20;

/// A client that a [`Builder`] makes: [`FirestoreClient`](crate::FirestoreClient) or [`GeminiClient`](crate::GeminiClient).
pub trait Client: sealed::Sealed + 'static {}

pub(crate) mod sealed {
    use super::Connection;
    use crate::Error;

    /// What a client says of itself.
    pub trait Sealed: Sized {
        const SERVICE: &'static str;
        const ADDRESS: &'static str;
        type Settings: Default + Clone;

        fn of(connection: Connection, settings: Self::Settings) -> Result<Self, Error>;

        /// Names a call as it is named on the service's own host, whatever host this is.
        fn name(call: &super::Call<'_>) -> Option<super::Named>;
    }
}

/// How a client is made: see [`Services`](crate::Services).
#[must_use = "a builder does nothing until `connect`"]
pub struct Builder<C: Client> {
    recording: Recording,
    pub(crate) settings: C::Settings,
    address: Option<String>,
    credential: Option<Credential>,
    transport: Option<Transport>,
    answer_bytes: usize,
}

enum Recording {
    Provider(ServiceProvider),
    Http(Http),
}

impl<C: Client> Builder<C> {
    pub(crate) fn of_provider(provider: ServiceProvider, settings: C::Settings) -> Self {
        Self::new(Recording::Provider(provider), settings)
    }

    pub(crate) fn of_http(http: Http, settings: C::Settings) -> Self {
        Self::new(Recording::Http(http), settings)
    }

    fn new(recording: Recording, settings: C::Settings) -> Self {
        Self {
            recording,
            settings,
            address: None,
            credential: None,
            transport: None,
            answer_bytes: DEFAULT_ANSWER_BYTES,
        }
    }

    /// Where the service is: `http://127.0.0.1:8080` for an emulator. Default: where Google has it.
    pub fn address(mut self, address: impl Into<String>) -> Self {
        self.address = Some(address.into());
        self
    }

    /// Who asks. Default: what `TEST_FIRESTORE_API_KEY` or `TEST_GEMINI_API_KEY` says, by [its looks](Credential::of).
    pub fn credential(mut self, credential: Credential) -> Self {
        self.credential = Some(credential);
        self
    }

    /// What sends requests, in modes that ask the service: any service of tower. Default: a client over TLS, with the
    /// feature `tls`; else there is none.
    pub fn transport<S, B>(mut self, service: S) -> Self
    where
        S: Service<http::Request<Body>, Response = http::Response<B>> + Clone + Send + Sync + 'static,
        S::Error: Into<BoxError>,
        S::Future: Send,
        B: http_body::Body<Data = bytes::Bytes> + Send + 'static,
        B::Error: Into<BoxError>,
    {
        self.transport = Some(Transport::new(service));
        self
    }

    /// The program's own client sends requests, in modes that ask the service.
    #[cfg(feature = "reqwest")]
    #[cfg_attr(docsrs, doc(cfg(feature = "reqwest")))]
    pub fn reqwest(mut self, client: reqwest::Client) -> Self {
        self.transport = Some(transport::of_reqwest(client));
        self
    }

    /// Of an answer, or of one part of it where it comes in parts, so many bytes are read. Default:
    /// [`DEFAULT_ANSWER_BYTES`].
    pub fn answer_bytes(mut self, most: usize) -> Self {
        self.answer_bytes = most;
        self
    }

    /// Makes the client. Nothing is sent yet.
    ///
    /// # Errors
    ///
    /// In modes that ask the service: [`Error::Refused`] with a [missing key](Error::is_missing_key) where none was given,
    /// [`Error::NoTransport`]. In all: [`Error::Setting`] for an address that is none.
    pub fn connect(self) -> Result<C, Error> {
        let address = self.address.unwrap_or_else(|| C::ADDRESS.to_owned());
        let base: BaseUrl = address.parse().map_err(Error::of_setting)?;
        let http = match self.recording {
            Recording::Http(http) => http,
            Recording::Provider(provider) => {
                let profile = AtAddress::<C>(base.authority().to_ascii_lowercase(), std::marker::PhantomData);
                Http::builder().profiles(Profiles::default().with(profile)).build(provider)
            }
        };
        let service = if asks(http.provider().mode()) {
            let credential = match self.credential {
                Some(credential) => credential,
                None => http.provider().api_key(C::SERVICE)?.map_or(Credential::None, Credential::of),
            };
            let transport = self.transport.or_else(transport::default_transport);
            let transport = transport.ok_or(Error::NoTransport { service: C::SERVICE })?;
            let mark = credential.mark()?;
            let scrubbing = mark.clone();
            let marked = transport.map_request(move |request| mark.put_on(request));
            let marked = marked.map_err(move |error| scrubbing.scrub(error));
            Transport::new(http.layer().layer(marked))
        } else {
            Transport::new(http.playback())
        };
        C::of(Connection::new(service, base, self.answer_bytes), self.settings)
    }
}

fn asks(mode: Mode) -> bool {
    mode.asks_service()
}

/// Calls to this host are those of the service, though it is not the service's own.
struct AtAddress<C>(String, std::marker::PhantomData<fn() -> C>);

impl<C: Client> Profile for AtAddress<C> {
    fn name(&self, call: &Call<'_>) -> Option<Named> {
        (call.host == self.0).then(|| C::name(call)).flatten()
    }
}

impl<C: Client> fmt::Debug for Builder<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Builder")
            .field("service", &C::SERVICE)
            .field("address", &self.address)
            .field("credential", &self.credential)
            .finish_non_exhaustive()
    }
}
