//! What every adapter does with a call: names it, asks or answers, notes what passes.

use std::cell::Cell;
use std::collections::HashMap;
use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use bytes::{Bytes, BytesMut};
use http::header::{CONTENT_ENCODING, CONTENT_TYPE};
use http::{HeaderMap, Method, Response, Uri};
use http_body_util::BodyExt;
use tracesnap_record::matching::RequestKey;
use tracesnap_record::provider::{Reply, Step};
use tracesnap_record::{Interaction, Mode, OnMiss, Service, ServiceProvider};

use crate::exchange::live::{CancelGuard, Live, RequestHead, Spare, Telling};
use crate::exchange::message::{self, Content};
use crate::exchange::redact::Redaction;
use crate::exchange::spill::Spill;
use crate::exchange::tee;
use crate::play::{Answer, Conversation, Listened, Ready, respond};
use crate::profile::{Call, Named, Profiles};
use crate::{Body, BoxError, Error, Playback, RecordLayer, ServerLayer, Timing};

/// Of a body, so many bytes are kept in the session file where nothing else is said: 1 MiB. One that is larger lies beside
/// it.
pub const DEFAULT_KEPT_BYTES: usize = 1 << 20;

/// Requests are held back up to so many bytes where they are compared before they are sent, and nothing else is said: 16
/// MiB.
pub const DEFAULT_COMPARED_BYTES: usize = 16 << 20;

/// How HTTP is recorded and played back: see [`Http::builder`].
#[derive(Clone, Debug, Default)]
#[must_use = "a builder does nothing until `build`"]
pub struct HttpBuilder {
    profiles: Profiles,
    timing: Timing,
    kept_bytes: Option<usize>,
    compared_bytes: Option<usize>,
    #[cfg(feature = "tonic")]
    descriptors: Option<prost_reflect::DescriptorPool>,
}

impl HttpBuilder {
    /// What services and operations are called. Default: [`Profiles::default`].
    pub fn profiles(mut self, profiles: Profiles) -> Self {
        self.profiles = profiles;
        self
    }

    /// The pace of what is played back. Default: [`DEFAULT_TIMING`](crate::DEFAULT_TIMING).
    pub fn timing(mut self, timing: Timing) -> Self {
        self.timing = timing;
        self
    }

    /// So many bytes of a body are kept in memory, and in the session file; one that is larger is written beside it, as it
    /// comes. Default: [`DEFAULT_KEPT_BYTES`].
    pub fn kept_bytes(mut self, most: usize) -> Self {
        self.kept_bytes = Some(most);
        self
    }

    /// So many bytes a request that comes piece by piece may have in the mode `hybrid`, where it is compared with the recording
    /// before the service is asked; and one in any mode that is answered before it ends, if it is no call of gRPC. Default:
    /// [`DEFAULT_COMPARED_BYTES`].
    pub fn compared_bytes(mut self, most: usize) -> Self {
        self.compared_bytes = Some(most);
        self
    }

    /// Descriptors of protobuf messages: calls of gRPC that they know are kept, compared and redacted field by field.
    /// Default: none; messages are bytes then, in which texts are redacted.
    #[cfg(feature = "tonic")]
    #[cfg_attr(docsrs, doc(cfg(feature = "tonic")))]
    pub fn descriptors(mut self, pool: prost_reflect::DescriptorPool) -> Self {
        self.descriptors = Some(pool);
        self
    }

    /// In the mode, session and folder of this provider.
    #[must_use]
    pub fn build(self, provider: ServiceProvider) -> Http {
        let telling = Telling {
            policy: provider.policy().clone(),
            kept_bytes: self.kept_bytes.unwrap_or(DEFAULT_KEPT_BYTES),
            spare: Spare::default(),
            #[cfg(feature = "tonic")]
            descriptors: self.descriptors,
        };
        Http(Arc::new(Inner {
            mode: provider.mode(),
            ready: provider.player().filter(|_| self.timing == Timing::None).map(Ready::of),
            remembered: Mutex::default(),
            provider,
            profiles: self.profiles,
            timing: self.timing,
            telling: Arc::new(telling),
            compared_bytes: self.compared_bytes.unwrap_or(DEFAULT_COMPARED_BYTES),
            known: Mutex::default(),
        }))
    }
}

/// HTTP in the mode of a [`ServiceProvider`]: makes the adapters. Clones are the same.
#[derive(Clone)]
pub struct Http(Arc<Inner>);

struct Inner {
    mode: Mode,
    provider: ServiceProvider,
    profiles: Profiles,
    timing: Timing,
    telling: Arc<Telling>,
    compared_bytes: usize,
    known: Mutex<HashMap<Box<[u8]>, Arc<Known>, foldhash::quality::RandomState>>,
    /// Where nothing waits for its pace.
    ready: Option<Ready>,
    remembered: Mutex<Remembered>,
}

/// What is known of a call by its method, address and media type.
pub(crate) struct Known {
    /// Which of those that were ever known.
    number: u64,
    service: Service,
    operation: Arc<str>,
    /// As it was asked for.
    pub(crate) address: Arc<str>,
    /// Without secrets.
    url: String,
    /// What a request without a body is found by.
    key: OnceLock<RequestKey>,
}

/// What requests with bodies were found by: of what is known, and the body.
#[derive(Default)]
struct Remembered {
    keys: HashMap<(u64, Bytes), RequestKey>,
    bytes: usize,
}

/// Bodies up to so many bytes are remembered, and so many bytes of them; then all are read anew.
const MOST_OF_BODY: usize = 16 << 10;
const MOST_OF_BODIES: usize = 16 << 20;

/// The address of a request, as its adapter has it.
#[derive(Clone, Copy)]
pub(crate) enum Address<'a> {
    Uri(&'a Uri),
    Text(&'a str),
}

impl Address<'_> {
    fn push_to(self, key: &mut Vec<u8>) {
        match self {
            Self::Text(text) => key.extend_from_slice(text.as_bytes()),
            Self::Uri(uri) => {
                for part in [uri.scheme_str(), uri.authority().map(http::uri::Authority::as_str)] {
                    key.extend_from_slice(part.unwrap_or_default().as_bytes());
                    key.push(0);
                }
                key.extend_from_slice(uri.path_and_query().map_or("", |path| path.as_str()).as_bytes());
            }
        }
    }
}

impl fmt::Display for Address<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => f.write_str(text),
            Self::Uri(uri) => uri.fmt(f),
        }
    }
}

/// So many calls are known; then all are learnt anew.
const MOST_KNOWN: usize = 4_096;

impl Http {
    /// With the defaults.
    #[must_use]
    pub fn new(provider: ServiceProvider) -> Self {
        Self::builder().build(provider)
    }

    /// Says more of how.
    pub fn builder() -> HttpBuilder {
        HttpBuilder::default()
    }

    /// The provider.
    #[must_use]
    pub fn provider(&self) -> &ServiceProvider {
        &self.0.provider
    }

    /// A layer for clients: around a service that sends requests.
    #[must_use]
    pub fn layer(&self) -> RecordLayer {
        RecordLayer::new(self.clone())
    }

    /// A layer for servers: around a service that answers requests, of which this is the name.
    #[must_use]
    pub fn server_layer(&self, service: impl Into<String>) -> ServerLayer {
        ServerLayer::new(self.clone(), service.into())
    }

    /// A service that answers from the recording and asks nobody.
    #[must_use]
    pub fn playback(&self) -> Playback {
        Playback::new(self.clone())
    }

    pub(crate) fn mode(&self) -> Mode {
        self.0.mode
    }

    /// Nobody wants to know of any call. A budget does, in mode real, too.
    pub(crate) fn is_off(&self) -> bool {
        self.0.mode == Mode::Real && !self.0.provider.has_budgets()
    }

    /// The service and operation of a call, and its URL without secrets.
    pub(crate) fn known(
        &self,
        method: &Method,
        address: Address<'_>,
        headers: &HeaderMap,
        service: Option<&str>,
    ) -> Arc<Known> {
        thread_local! {
            /// The text of a call, in memory that is used again.
            static TEXT: Cell<Vec<u8>> = const { Cell::new(Vec::new()) };
        }
        // Taken out, since a profile may ask somebody while it looks for a name.
        let mut text = TEXT.try_with(Cell::take).unwrap_or_default();
        let kind = headers.get(CONTENT_TYPE).map_or(&b""[..], |kind| kind.as_bytes());
        text.clear();
        for part in [method.as_str().as_bytes(), service.unwrap_or_default().as_bytes(), kind] {
            text.extend_from_slice(part);
            text.push(0);
        }
        address.push_to(&mut text);
        let lock = || self.0.known.lock().unwrap_or_else(PoisonError::into_inner);
        let found = lock().get(text.as_slice()).map(Arc::clone);
        let known = found.unwrap_or_else(|| {
            let known = Arc::new(self.learn(method, &address.to_string(), headers, service));
            let mut all = lock();
            // Addresses that are never asked again are not worth an order of use.
            if all.len() >= MOST_KNOWN {
                all.clear();
            }
            all.insert(text.as_slice().into(), Arc::clone(&known));
            known
        });
        let _ = TEXT.try_with(|own| own.set(text));
        known
    }

    fn learn(&self, method: &Method, address: &str, headers: &HeaderMap, service: Option<&str>) -> Known {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let call = Call::new(method, address, headers);
        let Named { service: named, operation } = self.0.profiles.name(&call);
        let mut redaction = Redaction::new(&self.0.telling.policy);
        Known {
            service: self.0.provider.service(service.unwrap_or(&named)),
            // A part of the path may be a secret.
            operation: redaction.text(&operation).into(),
            url: redaction.url(address),
            address: address.into(),
            number: NEXT.fetch_add(1, Relaxed),
            key: OnceLock::new(),
        }
    }

    /// What the recording answers to a request that was asked before.
    pub(crate) fn recall(&self, known: &Known, headers: &HeaderMap, body: &mut Body) -> Option<Arc<Interaction>> {
        if !self.0.mode.plays() {
            return None;
        }
        let body = body.whole()?;
        let key = if body.is_empty() {
            *known.key.get()?
        } else if is_rememberable(&body, headers) {
            let remembered = self.0.remembered.lock().unwrap_or_else(PoisonError::into_inner);
            *remembered.keys.get(&(known.number, body))?
        } else {
            return None;
        };
        known.service.recall(key)
    }

    fn remember(&self, known: &Known, headers: &HeaderMap, body: &mut Body, key: RequestKey) {
        let Some(body) = body.whole() else { return };
        if body.is_empty() {
            let _ = known.key.set(key);
        } else if is_rememberable(&body, headers) {
            let mut remembered = self.0.remembered.lock().unwrap_or_else(PoisonError::into_inner);
            let room = body.len() + 64;
            if remembered.bytes + room > MOST_OF_BODIES {
                *remembered = Remembered::default();
            }
            remembered.bytes += room;
            // A slice would keep all of what it is a slice of.
            remembered.keys.insert((known.number, Bytes::copy_from_slice(&body)), key);
        }
    }

    /// A recorded response that is ready.
    pub(crate) fn ready(&self, played: &Arc<Interaction>, method: &Method) -> Option<Response<Body>> {
        self.0.ready.as_ref()?.response(played, method)
    }

    /// Begins a call: says what the answer is, or that the service is to be asked, with which body.
    pub(crate) async fn begin(
        &self,
        method: &Method,
        headers: &HeaderMap,
        known: &Known,
        mut body: Body,
    ) -> Result<Begun, Error> {
        if self.is_off() {
            return Ok(Begun::Ask(None, body));
        }
        let service = &known.service;
        let operation = || Arc::clone(&known.operation);
        let head = RequestHead { method, url: &known.address, headers };
        let (step, body) = if service.needs_request() {
            if let Some(played) = self.recall(known, headers, &mut body) {
                return Ok(Begun::Answered(self.played(method, &played).await?));
            }
            let is_stream = body.whole().is_none();
            if is_stream && self.0.mode == Mode::Verify {
                // It is compared when it is over: whoever asks may wait for a response before it is.
                (service.begin_exchange(operation(), None), body)
            } else {
                let heard =
                    if is_stream { Box::pin(self.listen(head, known, body)).await? } else { Listened::Whole(body) };
                match heard {
                    Listened::Answered(response) => return Ok(Begun::Answered(response)),
                    // Its end may wait for an answer, and would change nothing.
                    Listened::Unknown { body, asked, has_others: false }
                        if self.0.mode != Mode::Hybrid(OnMiss::Mock) =>
                    {
                        (service.begin_exchange(operation(), Some(&asked)), body)
                    }
                    Listened::Whole(body) | Listened::Unknown { body, .. } => {
                        let (request, mut body) = self.read_request(head, known, body).await?;
                        if !service.needs_headers()
                            && let Some(key) = service.request_key(&known.operation, &request)
                        {
                            self.remember(known, headers, &mut body, key);
                            if let Some(played) = service.recall(key) {
                                return Ok(Begun::Answered(self.played(method, &played).await?));
                            }
                        }
                        (service.begin_exchange(operation(), Some(&request)), body)
                    }
                }
            }
        } else {
            (service.begin_exchange(operation(), None), body)
        };
        let asking = match step.map_err(Error::from)? {
            Step::Answer(reply) => return Ok(Begun::Answered(self.answer(method, &reply).await?)),
            Step::Ask(asking) => asking,
        };
        if !asking.is_watched() {
            return Ok(Begun::Ask(None, body));
        }
        let live = Live::begin(asking, &self.0.telling, &known.address, head);
        let body = tee::request(&live, body);
        Ok(Begun::Ask(Some(CancelGuard(live)), body))
    }

    /// Ends it: what the service answered is noted while it is read.
    pub(crate) fn end<B, E>(watch: Option<CancelGuard>, answered: Result<Response<B>, E>) -> Result<Response<Body>, E>
    where
        B: http_body::Body<Data = Bytes> + Send + 'static,
        B::Error: Into<BoxError>,
        E: Told,
    {
        let Some(watch) = watch else { return answered.map(|response| response.map(Body::new)) };
        let live = &watch.0;
        match answered {
            Ok(response) => {
                let (parts, body) = response.into_parts();
                live.response(parts.status, parts.version, &parts.headers);
                let body = tee::response(Arc::clone(live), body);
                Ok(Response::from_parts(parts, body))
            }
            Err(error) => {
                live.failed(error.told(), Some(std::any::type_name::<E>()));
                Err(error)
            }
        }
    }

    /// Listens to a request that comes piece by piece: a dialogue is answered before it ends.
    async fn listen(&self, head: RequestHead<'_>, known: &Known, body: Body) -> Result<Listened, Error> {
        let (service, telling) = (&known.service, &self.0.telling);
        let with_headers = service.needs_headers();
        let begun = message::request(telling, head, &known.url, Content::Bytes(b""), with_headers);
        let Some(dialogue) = service.dialogue(Arc::clone(&known.operation), &begun) else {
            return Ok(Listened::Whole(body));
        };
        if dialogue.candidates().is_empty() && dialogue.has_others() {
            return Ok(Listened::Whole(body));
        }
        let url = (&known.address, known.url.as_str());
        let conversation = Conversation::new(telling, head, url, with_headers, self.0.compared_bytes, dialogue);
        conversation.listen(body, self.0.timing, self.0.provider.blobs()).await
    }

    /// The request as it is compared, and its body, to be sent where that is asked for.
    async fn read_request(
        &self,
        head: RequestHead<'_>,
        known: &Known,
        mut body: Body,
    ) -> Result<(serde_json::Value, Body), Error> {
        let telling = &self.0.telling;
        let with_headers = known.service.needs_headers();
        let request = |content: Content<'_>| message::request(telling, head, &known.url, content, with_headers);
        let may_be_sent = self.0.mode.asks_service();
        let mut trailers = None;
        let whole = match body.whole() {
            Some(bytes) => bytes,
            None => {
                let mut bytes = BytesMut::new();
                let mut spill: Option<Spill> = None;
                while let Some(frame) = body.frame().await {
                    let data = match frame.map_err(Error::Body)?.into_data() {
                        Ok(data) => data,
                        Err(frame) => {
                            trailers = frame.into_trailers().ok();
                            continue;
                        }
                    };
                    match &mut spill {
                        Some(spill) => spill.push(&data),
                        None if !may_be_sent && bytes.len() + data.len() > telling.kept_bytes => {
                            bytes.extend_from_slice(&data);
                            spill = Some(self.hash(head.headers, &bytes));
                            bytes.clear();
                        }
                        None if bytes.len() + data.len() > self.0.compared_bytes => {
                            let most = self.0.compared_bytes as u64;
                            return Err(Error::TooLarge { what: "the request", most });
                        }
                        None => bytes.extend_from_slice(&data),
                    }
                }
                if let Some(spill) = spill {
                    let content = Content::Spilled(spill.finish());
                    return Ok((request(content), Body::empty()));
                }
                bytes.freeze()
            }
        };
        let content = if whole.len() > telling.kept_bytes {
            Content::Spilled(self.hash(head.headers, &whole).finish())
        } else {
            Content::Bytes(&whole)
        };
        Ok((request(content), Body::resumed(whole, trailers, None)))
    }

    fn hash(&self, headers: &HeaderMap, first: &[u8]) -> Spill {
        let is_coded = crate::exchange::coding::codings(headers) != Ok(Vec::new());
        Spill::begin(&self.0.telling.policy, None, is_coded, first)
    }

    pub(crate) async fn played(
        &self,
        method: &Method,
        interaction: &Arc<Interaction>,
    ) -> Result<Response<Body>, Error> {
        if let Some(ready) = self.ready(interaction, method) {
            return Ok(ready);
        }
        let answer = Answer::played(interaction, method)?;
        respond(answer, self.0.timing, self.0.provider.blobs().as_ref()).await
    }

    async fn answer(&self, method: &Method, reply: &Reply) -> Result<Response<Body>, Error> {
        match reply {
            Reply::Played(interaction) => self.played(method, interaction).await,
            Reply::Mocked(answer) => {
                if let (Some(message), true) = (&answer.error, answer.response.is_null()) {
                    return Err(Error::Recorded { message: message.clone() });
                }
                let sent = Answer::of(&answer.response, method, true);
                let sent = sent.map_err(|why| Error::Response { interaction: "mock".to_owned(), why })?;
                respond(sent, Timing::None, self.0.provider.blobs().as_ref()).await
            }
            _ => Err(Error::Response { interaction: "answer".to_owned(), why: "it is of an unknown kind".to_owned() }),
        }
    }
}

/// Whether a request with this body is the same request whenever it has it. Headers that say how it is coded are not part
/// of what is known of a call.
fn is_rememberable(body: &Bytes, headers: &HeaderMap) -> bool {
    body.len() <= MOST_OF_BODY && !headers.contains_key(CONTENT_ENCODING) && !headers.contains_key("grpc-encoding")
}

impl fmt::Debug for Http {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Http").field("mode", &self.0.mode).field("timing", &self.0.timing).finish_non_exhaustive()
    }
}

/// What is to be done with a call.
pub(crate) enum Begun {
    /// This is the answer.
    Answered(Response<Body>),
    /// The service is asked, with this body; somebody may watch.
    Ask(Option<CancelGuard>, Body),
}

/// An error that is told in a recording.
pub(crate) trait Told {
    fn told(&self) -> String;
}

impl Told for BoxError {
    fn told(&self) -> String {
        tee::chain(&**self)
    }
}

#[cfg(feature = "reqwest")]
impl Told for reqwest_middleware::Error {
    fn told(&self) -> String {
        tee::chain(self)
    }
}
