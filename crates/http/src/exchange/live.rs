//! An exchange that is under way: what passes is noted, and when it is over, told.
//!
//! Noting copies bytes and reads the clock; everything that takes time happens when the exchange is
//! [told](super::message), on a thread of the session's. Of a body, so much is kept in memory as the settings say; one
//! that is larger goes beside the session as it comes.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Version};
use tracesnap_record::provider::Asking;
use tracesnap_record::{Draft, Tell};
use tracesnap_redact::Policy;

use super::coding;
use super::message;
use super::spill::Spill;

/// How exchanges are noted and told.
#[derive(Debug)]
pub(crate) struct Telling {
    pub(crate) policy: Policy,
    /// Bytes of a body that are kept in memory and in the session file.
    pub(crate) kept_bytes: usize,
    pub(crate) spare: Spare,
    #[cfg(feature = "tonic")]
    pub(crate) descriptors: Option<prost_reflect::DescriptorPool>,
}

/// What a request is before its body.
#[derive(Clone, Copy, Debug)]
pub(crate) struct RequestHead<'a> {
    pub(crate) method: &'a Method,
    /// The whole address where it is known, else path and query.
    pub(crate) url: &'a str,
    pub(crate) headers: &'a HeaderMap,
}

/// Headers as they came, copied into memory that is used again. A copy of a value would share the buffer that it was
/// read into, and keep the connection from reading into that once more.
#[derive(Debug, Default)]
pub(crate) struct Headers {
    bytes: Vec<u8>,
    /// Of each: where its name ends, and where its value does.
    ends: Vec<(u32, u32)>,
}

impl Headers {
    fn fill(&mut self, headers: &HeaderMap) {
        self.clear();
        for (name, value) in headers {
            self.bytes.extend_from_slice(name.as_str().as_bytes());
            let name_ends = self.bytes.len() as u32;
            self.bytes.extend_from_slice(value.as_bytes());
            self.ends.push((name_ends, self.bytes.len() as u32));
        }
    }

    fn clear(&mut self) {
        self.bytes.clear();
        self.ends.clear();
    }

    fn shrink(&mut self) {
        self.clear();
        self.bytes.shrink_to(MOST_SPARE_BYTES);
        self.ends.shrink_to(MOST_SPARE_BYTES / size_of::<(u32, u32)>());
    }

    pub(crate) fn to_map(&self) -> HeaderMap {
        let mut from = 0;
        let pairs = self.ends.iter().filter_map(|&(name_ends, ends)| {
            let (name, value) =
                (&self.bytes[from as usize..name_ends as usize], &self.bytes[name_ends as usize..ends as usize]);
            from = ends;
            Some((HeaderName::from_bytes(name).ok()?, HeaderValue::from_bytes(value).ok()?))
        });
        pairs.collect()
    }
}

/// How a direction ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Ending {
    Whole,
    Failed(String),
    /// Whoever read it stopped.
    Cancelled,
}

/// The body of one direction, as it passed.
#[derive(Default)]
pub(crate) struct Half {
    pub(crate) kept: Vec<u8>,
    pub(crate) spill: Option<Spill>,
    pub(crate) bytes: u64,
    /// When each part came, and how long it was.
    pub(crate) parts: Vec<(Duration, u64)>,
    /// So many parts are noted as one.
    stride: u32,
    in_stride: u32,
    pub(crate) trailers: Option<HeaderMap>,
    pub(crate) end: Option<(Duration, Ending)>,
}

/// All of an exchange.
pub(crate) struct Raw {
    pub(crate) begun: Instant,
    pub(crate) method: Method,
    pub(crate) url: Arc<str>,
    pub(crate) request: Headers,
    pub(crate) sent: Half,
    pub(crate) informational: Vec<(Duration, StatusCode, HeaderMap)>,
    /// When its head came.
    pub(crate) response: Option<(Duration, StatusCode, Version)>,
    pub(crate) answered: Headers,
    pub(crate) received: Half,
    /// What came instead of a response: message and type.
    pub(crate) failure: Option<(String, Option<&'static str>)>,
}

impl Raw {
    fn new() -> Self {
        Self {
            begun: Instant::now(),
            method: Method::GET,
            url: Arc::default(),
            request: Headers::default(),
            sent: Half::default(),
            informational: Vec::new(),
            response: None,
            answered: Headers::default(),
            received: Half::default(),
            failure: None,
        }
    }

    /// Nothing, in the memory that it had, unless that is much.
    fn clear(&mut self) {
        let (mut request, mut answered) = (std::mem::take(&mut self.request), std::mem::take(&mut self.answered));
        request.shrink();
        answered.shrink();
        let (sent, received) = (self.sent.cleared(), self.received.cleared());
        *self = Self { request, answered, sent, received, ..Self::new() };
    }
}

/// So many parts of a body are told apart; of a longer stream neighbours are told as one.
const MOST_PARTS: usize = 16_384;

/// See the [module](self).
pub(crate) struct Live(Mutex<State>);

struct State {
    /// `None` when it was told.
    asking: Option<Asking>,
    /// `None` while it waits to be used again.
    telling: Option<Arc<Telling>>,
    raw: Raw,
}

/// Exchanges that were told. What is allocated by one thread and freed by another costs the first more than all else here,
/// and a heap that grows and shrinks costs a page fault a call.
#[derive(Default)]
pub(crate) struct Spare(Mutex<Vec<Arc<Live>>>);

/// So many wait to be used again, and keep so many bytes of each body.
const MOST_SPARE: usize = 256;
const MOST_SPARE_BYTES: usize = 8 << 10;

impl std::fmt::Debug for Spare {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Spare").finish_non_exhaustive()
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Side {
    Request,
    Response,
}

impl Live {
    pub(crate) fn begin(asking: Asking, telling: &Arc<Telling>, url: &Arc<str>, head: RequestHead<'_>) -> Arc<Self> {
        let spare = telling.spare.0.lock().unwrap_or_else(PoisonError::into_inner).pop();
        // Whoever reads the end of a body late still has it.
        let mut live = spare
            .filter(|live| Arc::strong_count(live) == 1)
            .unwrap_or_else(|| Arc::new(Self(Mutex::new(State { asking: None, telling: None, raw: Raw::new() }))));
        if let Some(Self(state)) = Arc::get_mut(&mut live) {
            let state = state.get_mut().unwrap_or_else(PoisonError::into_inner);
            state.raw.begun = asking.begun();
            state.raw.method = head.method.clone();
            state.raw.url = Arc::clone(url);
            state.raw.request.fill(head.headers);
            (state.asking, state.telling) = (Some(asking), Some(Arc::clone(telling)));
        }
        live
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Bytes passed; they may be the last ones.
    pub(crate) fn data(self: &Arc<Self>, side: Side, bytes: &[u8], is_end: bool) {
        let state = self.lock();
        let at = state.raw.begun.elapsed();
        self.data_at(state, side, bytes, is_end, at);
    }

    fn data_at(
        self: &Arc<Self>,
        mut state: MutexGuard<'_, State>,
        side: Side,
        bytes: &[u8],
        is_end: bool,
        at: Duration,
    ) {
        // HTTP/2 ends with one that is empty.
        if !bytes.is_empty() {
            self.note(&mut state, side, bytes, at);
        }
        if is_end {
            self.note_end(state, side, at, Ending::Whole);
        }
    }

    fn note(&self, state: &mut State, side: Side, bytes: &[u8], at: Duration) {
        let State { asking: Some(asking), telling: Some(telling), raw } = state else { return };
        let (half, headers) = match side {
            Side::Request => (&mut raw.sent, &raw.request),
            Side::Response => (&mut raw.received, &raw.answered),
        };
        half.note(side, at, bytes.len() as u64);
        match &mut half.spill {
            Some(spill) => spill.push(bytes),
            None if half.kept.len() + bytes.len() <= telling.kept_bytes => half.kept.extend_from_slice(bytes),
            None => {
                half.kept.extend_from_slice(bytes);
                let first = std::mem::take(&mut half.kept);
                let is_coded = coding::codings(&headers.to_map()) != Ok(Vec::new());
                half.spill = Some(Spill::begin(&telling.policy, asking.blobs(), is_coded, &first));
            }
        }
    }

    pub(crate) fn trailers(&self, side: Side, trailers: &HeaderMap) {
        let mut state = self.lock();
        match side {
            Side::Request => state.raw.sent.trailers = Some(trailers.clone()),
            Side::Response => state.raw.received.trailers = Some(trailers.clone()),
        }
    }

    /// A direction is over. When the response is, the exchange is.
    pub(crate) fn end(self: &Arc<Self>, side: Side, ending: Ending) {
        let state = self.lock();
        let at = state.raw.begun.elapsed();
        self.note_end(state, side, at, ending);
    }

    fn note_end(self: &Arc<Self>, mut state: MutexGuard<'_, State>, side: Side, at: Duration, ending: Ending) {
        match side {
            Side::Request => {
                state.raw.sent.end.get_or_insert((at, ending));
            }
            Side::Response => {
                state.raw.received.end.get_or_insert((at, ending));
                self.hand_over(state, at);
            }
        }
    }

    /// A response of before the response, such as 103.
    #[cfg(feature = "hyper")]
    pub(crate) fn informational(&self, status: StatusCode, headers: HeaderMap) {
        let mut state = self.lock();
        let at = state.raw.begun.elapsed();
        state.raw.informational.push((at, status, headers));
    }

    pub(crate) fn response(&self, status: StatusCode, version: Version, headers: &HeaderMap) {
        let mut state = self.lock();
        let at = state.raw.begun.elapsed();
        state.raw.response = Some((at, status, version));
        state.raw.answered.fill(headers);
    }

    /// There is no response.
    pub(crate) fn failed(self: &Arc<Self>, message: String, of_type: Option<&'static str>) {
        let mut state = self.lock();
        let at = state.raw.begun.elapsed();
        state.raw.failure = Some((message, of_type));
        self.hand_over(state, at);
    }

    /// Nobody waits for the response.
    pub(crate) fn cancelled(self: &Arc<Self>) {
        let mut state = self.lock();
        if state.asking.is_some() && state.raw.response.is_none() {
            let at = state.raw.begun.elapsed();
            state.raw.received.end.get_or_insert((at, Ending::Cancelled));
            self.hand_over(state, at);
        }
    }

    fn hand_over(self: &Arc<Self>, mut state: MutexGuard<'_, State>, took: Duration) {
        let Some(asking) = state.asking.take() else { return };
        // What a header takes, and the entry itself.
        let bytes = state.raw.sent.kept.len() + state.raw.received.kept.len() + 2_048;
        drop(state);
        let teller: Arc<dyn Tell> = Arc::clone(self) as _;
        asking.seal_shared(took, bytes, teller);
    }

    /// What it was; then it is free for another.
    fn draft(self: Arc<Self>, telling: &Telling) -> Draft {
        // Taken out, since whoever sends the request may still come by, and must not wait.
        let mut raw = std::mem::replace(&mut self.lock().raw, Raw::new());
        let draft = message::draft(&mut raw, telling);
        raw.clear();
        self.lock().raw = raw;
        let mut spare = telling.spare.0.lock().unwrap_or_else(PoisonError::into_inner);
        if spare.len() < MOST_SPARE {
            spare.push(self);
        }
        draft
    }
}

impl Tell for Live {
    fn tell(self: Arc<Self>) -> Draft {
        let telling = self.lock().telling.take().expect("an exchange is told once");
        self.draft(&telling)
    }
}

impl Half {
    fn cleared(&mut self) -> Self {
        let (mut kept, mut parts) = (std::mem::take(&mut self.kept), std::mem::take(&mut self.parts));
        kept.clear();
        parts.clear();
        kept.shrink_to(MOST_SPARE_BYTES);
        parts.shrink_to(MOST_SPARE_BYTES / size_of::<(Duration, u64)>());
        Self { kept, parts, ..Self::default() }
    }

    fn note(&mut self, side: Side, at: Duration, bytes: u64) {
        /// Of several parts that are told as one, the response came with the first of them, and the request with the last:
        /// nothing that is played back waits for more than it waited for.
        fn merged(side: Side, first: Duration, last: Duration) -> Duration {
            if side == Side::Request { last } else { first }
        }
        self.bytes += bytes;
        if self.in_stride > 0
            && let Some((first, sum)) = self.parts.last_mut()
        {
            *first = merged(side, *first, at);
            *sum += bytes;
            self.in_stride -= 1;
            return;
        }
        if self.parts.len() == MOST_PARTS {
            let pairs = self.parts.chunks(2).map(|pair| {
                let (first, last) = (pair[0].0, pair[pair.len() - 1].0);
                (merged(side, first, last), pair.iter().map(|(_, bytes)| bytes).sum())
            });
            self.parts = pairs.collect();
            self.stride = self.stride * 2 + 1;
        }
        self.in_stride = self.stride;
        self.parts.push((at, bytes));
    }
}

/// Tells that nobody waits for the response, unless it came.
pub(crate) struct CancelGuard(pub(crate) Arc<Live>);

impl Drop for CancelGuard {
    fn drop(&mut self) {
        self.0.cancelled();
    }
}

/// All of a body that is in memory, noted as one part.
pub(crate) fn note_whole(live: &Arc<Live>, bytes: &Bytes) {
    // It goes when the exchange begins: nobody has to look at the clock once more.
    live.data_at(live.lock(), Side::Request, bytes, true, Duration::ZERO);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_of_a_long_stream_are_told_in_bounded_memory_and_none_is_lost() {
        let mut half = Half::default();
        for at in 0..1_000_000 {
            half.note(Side::Response, Duration::from_micros(at), 3);
        }
        assert!(half.parts.len() <= MOST_PARTS && half.parts.len() >= MOST_PARTS / 4, "{}", half.parts.len());
        assert_eq!(half.parts.iter().map(|(_, bytes)| bytes).sum::<u64>(), 3_000_000);
        assert!(half.parts.is_sorted());
    }
}
