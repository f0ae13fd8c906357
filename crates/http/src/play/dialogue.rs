//! Answers a request that waits for a response before it ends: a call of gRPC in which both sides speak.
//!
//! The request is listened to as it comes. What was recorded and agrees with it so far answers, each part when as much was
//! asked as when it was recorded. Where it turns out that another was meant, which said the same up to there, that one goes
//! on. Which were recorded, and what counts of a request, [`tracesnap_record`] knows; what each [waits](Script) for, the
//! recording.

use std::collections::VecDeque;
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

use bytes::Bytes;
use http::{HeaderMap, Method, Response};
use http_body::{Body as _, Frame};
use http_body_util::BodyExt;
use serde_json::{Value, json};
use tokio::time::{Instant, Sleep};
use tracesnap_record::Interaction;
use tracesnap_record::provider::Dialogue;
use tracesnap_record::recorder::BlobFolder;

use super::paced::Paced;
use super::script::{Asked, Script, messages};
use super::{Source, Timing, paced};
use crate::exchange::live::{RequestHead, Telling};
use crate::exchange::message::{self, Content};
use crate::exchange::redact::{Redaction, media_type};
use crate::exchange::spill::Spill;
use crate::exchange::{coding, grpc};
use crate::{Body, BoxError, Error};

/// A request as far as it came, and what may answer it.
pub(crate) struct Conversation {
    telling: Arc<Telling>,
    method: Method,
    url: Arc<str>,
    clean_url: String,
    headers: HeaderMap,
    with_headers: bool,
    /// So many bytes of a request that are not told apart into messages are kept.
    most: usize,
    dialogue: Dialogue,
    /// Those that were not tried.
    left: VecDeque<Arc<Interaction>>,
    /// What agrees so far.
    script: Option<Script>,
    /// How many were tried.
    turn: usize,
    /// Whether the script answers already.
    is_taken: bool,
    /// Whether messages that were compared are not kept.
    forgets: bool,
    /// So many bytes of its body were handed on.
    played: u64,
    heard: Heard,
    failure: Option<Error>,
    waker: Option<Waker>,
}

/// What was asked so far.
#[derive(Default)]
struct Heard {
    /// All of it; of messages, those that are looked at and the rest.
    raw: Vec<u8>,
    /// All of it, counted.
    bytes: u64,
    is_grpc: bool,
    /// Messages, and where in `raw` they end.
    messages: Vec<Value>,
    messages_end: usize,
    /// Whole lines, without secrets, and where in `raw` they end; and how long it all is without secrets.
    lines: Vec<u8>,
    lines_end: usize,
    clean_bytes: u64,
    trailers: Option<HeaderMap>,
    has_ended: bool,
}

/// What became of listening.
pub(crate) enum Listened {
    Answered(Response<Body>),
    /// It is compared as a whole: it ended before anybody had to say something, or need not be listened to.
    Whole(Body),
    /// Nothing that was recorded begins like this.
    Unknown {
        /// The whole request, of which some was heard.
        body: Body,
        /// What was heard.
        asked: Value,
        /// Whether something may still answer when all of it is known.
        has_others: bool,
    },
}

enum Event {
    Frame(Option<Result<Frame<Bytes>, BoxError>>),
    /// The response begins.
    Due,
    /// Nobody knows what to say, and the request waits.
    Silence,
}

impl Conversation {
    pub(crate) fn new(
        telling: &Arc<Telling>,
        head: RequestHead<'_>,
        (url, clean_url): (&Arc<str>, &str),
        with_headers: bool,
        most: usize,
        dialogue: Dialogue,
    ) -> Self {
        let is_grpc = grpc::is_grpc(media_type(head.headers));
        Self {
            telling: Arc::clone(telling),
            method: head.method.clone(),
            url: Arc::clone(url),
            clean_url: clean_url.to_owned(),
            headers: head.headers.clone(),
            with_headers,
            most,
            left: dialogue.candidates().iter().map(Arc::clone).collect(),
            dialogue,
            script: None,
            turn: 0,
            is_taken: false,
            forgets: false,
            played: 0,
            heard: Heard { is_grpc, ..Heard::default() },
            failure: None,
            waker: None,
        }
    }

    /// Listens until the response is to begin, or the request has ended.
    pub(crate) async fn listen(
        mut self,
        mut body: Body,
        timing: Timing,
        blobs: Option<BlobFolder>,
    ) -> Result<Listened, Error> {
        let begun = Instant::now();
        let mut pause = Pause::default();
        loop {
            let is_known = self.goes_on();
            let is_large = self.heard.raw.len() > self.telling.kept_bytes.min(self.most);
            let is_enough = is_known && is_large && self.has_heard_all();
            // A large one that is no dialogue is compared by its hash, when all of it is there.
            if !is_enough && if is_known { self.heard.raw.len() > self.most } else { is_large } {
                return Ok(self.unknown(body, true));
            }
            let event = poll_fn(|context| {
                if is_enough || self.heard.has_ended {
                    return pause.poll(self.head_at(timing, begun), context).map(|()| Event::Due);
                }
                match Pin::new(&mut body).poll_frame(context) {
                    Poll::Ready(frame) => Poll::Ready(Event::Frame(frame)),
                    Poll::Pending if !is_known => Poll::Ready(Event::Silence),
                    Poll::Pending if !self.is_due() => Poll::Pending,
                    Poll::Pending => pause.poll(self.head_at(timing, begun), context).map(|()| Event::Due),
                }
            });
            match event.await {
                Event::Frame(Some(Ok(frame))) => self.hear_frame(frame),
                Event::Frame(Some(Err(error))) => return Err(Error::Body(error)),
                Event::Frame(None) => {
                    self.heard.has_ended = true;
                    // What was recorded without an end is a dialogue; all else is a request like any other.
                    let is_dialogue = self.goes_on() && self.has_heard_all();
                    if !is_dialogue || (self.goes_beyond() && self.dialogue.has_others()) {
                        return Ok(Listened::Whole(Body::resumed(self.heard.raw.into(), self.heard.trailers, None)));
                    }
                }
                Event::Silence => {
                    let has_others = self.dialogue.has_others();
                    return Ok(self.unknown(body, has_others));
                }
                Event::Due => match self.begin(body, timing, begun, blobs.clone())? {
                    Ok(response) => return Ok(Listened::Answered(response)),
                    // Another request was faster.
                    Err((conversation, rest)) => (self, body) = (conversation, rest),
                },
            }
        }
    }

    fn unknown(self, rest: Body, has_others: bool) -> Listened {
        let asked = self.asked();
        let body = Body::resumed(self.heard.raw.into(), self.heard.trailers, Some(rest));
        Listened::Unknown { body, asked, has_others }
    }

    /// Begins the response, if what agrees is still free.
    fn begin(
        mut self,
        body: Body,
        timing: Timing,
        begun: Instant,
        blobs: Option<BlobFolder>,
    ) -> Result<Result<Response<Body>, (Self, Body)>, Error> {
        let Some(script) = &self.script else { return Ok(Err((self, body))) };
        if !self.dialogue.take(&script.interaction) {
            self.script = None;
            return Ok(Err((self, body)));
        }
        let answer = script.answer.clone();
        let paced = Paced::of(&answer, timing, begun, blobs.as_ref())?;
        self.is_taken = true;
        // What is compared by other parts than messages is compared as a whole.
        let is_grpc = |interaction: &Arc<Interaction>| interaction.request["body"]["type"] == "grpc";
        self.forgets = self.heard.is_grpc && is_grpc(&script.interaction) && self.left.iter().all(is_grpc);
        self.forget();
        let (turn, has_ended) = (self.turn, self.heard.has_ended);
        let shared = Arc::new(Mutex::new(self));
        let reader = if has_ended { Reader::Over } else { Reader::of(read(body, Arc::clone(&shared))) };
        let said = Said { shared, paced, turn, reader, timing, begun, blobs, is_over: false };
        Ok(Ok(paced::head(&answer, Body::new(said))))
    }

    fn head_at(&self, timing: Timing, begun: Instant) -> Option<Instant> {
        let script = self.script.as_ref().filter(|_| timing != Timing::None)?;
        Some(begun + timing.of(script.answer.head_at))
    }

    fn is_due(&self) -> bool {
        self.script.as_ref().is_some_and(|script| self.has_reached(script, script.head_waits))
    }

    /// Whether so much was asked.
    fn has_reached(&self, script: &Script, waits: u64) -> bool {
        self.heard.has_ended || self.count(script) >= waits
    }

    /// Whether all was asked that was asked of a dialogue whose request did not end.
    fn has_heard_all(&self) -> bool {
        self.script.as_ref().is_some_and(|script| script.is_open && self.count(script) >= script.total)
    }

    /// Whether more was asked than that.
    fn goes_beyond(&self) -> bool {
        self.script.as_ref().is_some_and(|script| self.count(script) > script.total)
    }

    fn count(&self, script: &Script) -> u64 {
        match script.asked {
            Asked::Messages(_) => self.heard.messages.len() as u64,
            Asked::Text(_) => self.heard.clean_bytes,
            Asked::Bytes => self.heard.bytes,
        }
    }

    fn head(&self) -> RequestHead<'_> {
        RequestHead { method: &self.method, url: &self.url, headers: &self.headers }
    }

    /// The request with this body.
    fn request(&self, content: Content<'_>) -> Value {
        message::request(&self.telling, self.head(), &self.clean_url, content, self.with_headers)
    }

    fn with_body(&self, body: Value) -> Value {
        let mut request = self.request(Content::Bytes(b""));
        request["body"] = body;
        request
    }

    /// What was asked so far, to be told.
    fn asked(&self) -> Value {
        if self.heard.is_grpc && self.heard.raw.len() == self.heard.messages_end {
            self.with_body(messages(0, &self.heard.messages))
        } else {
            self.request(Content::Bytes(&self.heard.raw))
        }
    }

    fn hear_frame(&mut self, frame: Frame<Bytes>) {
        match frame.into_data() {
            Ok(data) => self.hear(&data),
            Err(frame) => self.heard.trailers = frame.into_trailers().ok(),
        }
    }

    fn hear(&mut self, data: &[u8]) {
        self.heard.raw.extend_from_slice(data);
        self.heard.bytes += data.len() as u64;
        if self.heard.is_grpc {
            let new = &self.heard.raw[self.heard.messages_end..];
            let whole = grpc::whole(new);
            if whole > 0 {
                let mut told = self.request(Content::Bytes(&new[..whole]));
                let count = grpc::frames(&new[..whole]).map_or(0, |frames| frames.len());
                let found = told["body"]["messages"].as_array_mut().map(std::mem::take).unwrap_or_default();
                self.heard.messages_end += whole;
                let at = self.heard.messages.len() + count;
                self.heard.messages.extend(found);
                // Those that cannot be looked into count all the same.
                self.heard.messages.resize(at, Value::Null);
            }
        } else {
            self.hear_text();
        }
    }

    fn hear_text(&mut self) {
        let heard = &mut self.heard;
        let mut redaction = Redaction::new(&self.telling.policy);
        let kind = media_type(&self.headers);
        let new = &heard.raw[heard.lines_end..];
        let lines = new.iter().rposition(|&byte| byte == b'\n').map_or(0, |at| at + 1);
        heard.lines.extend_from_slice(&redaction.content(&new[..lines], kind));
        let rest = redaction.content(&new[lines..], kind).len();
        heard.lines_end += lines;
        heard.clean_bytes = (heard.lines.len() + rest) as u64;
    }

    /// Lets go of what will not be looked at again.
    fn forget(&mut self) {
        if self.forgets {
            let end = std::mem::take(&mut self.heard.messages_end);
            self.heard.raw.drain(..end);
        }
    }

    /// Whether something agrees with what was asked so far. What does not is let go.
    fn goes_on(&mut self) -> bool {
        let Some(mut script) = self.script.take() else { return self.goes_on_as_another(None) };
        if !self.agrees(&mut script) {
            return self.goes_on_as_another(Some(&script));
        }
        // What goes beyond is nobody's business, unless another knows it.
        let is_told = script.is_open && self.count(&script) > script.total && self.goes_on_as_another(Some(&script));
        if !is_told {
            self.script = Some(script);
        }
        true
    }

    /// Looks for another that agrees, and has said the same so far.
    fn goes_on_as_another(&mut self, script: Option<&Script>) -> bool {
        let is_beyond = script.is_some_and(|script| script.is_open && self.count(script) > script.total);
        while let Some(next) = self.left.pop_front() {
            // One that cannot be sent is none that answers.
            let Ok(mut other) = Script::of(&next, &self.method) else { continue };
            if !self.agrees(&mut other) || (is_beyond && self.count(&other) > other.total) {
                continue;
            }
            if let (true, Some(script)) = (self.is_taken, script)
                && !(said_the_same(script, &other, self.played)
                    && self.dialogue.swap(&script.interaction, &other.interaction))
            {
                continue;
            }
            self.script = Some(other);
            self.turn += 1;
            return true;
        }
        false
    }

    /// Whether a script agrees with what was asked and was not compared yet.
    fn agrees(&self, script: &mut Script) -> bool {
        let heard = &self.heard;
        let from = script.agreed as usize;
        if heard.has_ended {
            return self.agrees_as_a_whole(script);
        }
        let compared = match &script.asked {
            Asked::Messages(all) => {
                let to = if script.is_open { heard.messages.len().min(all.len()) } else { heard.messages.len() };
                (to > from).then(|| {
                    let asked = self.with_body(messages(from, &heard.messages[from..to]));
                    (to, script.messages(from, to).unwrap_or_default(), asked)
                })
            }
            Asked::Text(all) => {
                let to = if script.is_open { heard.lines.len().min(all.len()) } else { heard.lines.len() };
                (to > from).then(|| {
                    let text = |bytes: &[u8]| {
                        let some = bytes.get(from..to.min(bytes.len())).unwrap_or_default();
                        json!({"type": "text", "text": String::from_utf8_lossy(some)})
                    };
                    (to, text(all), self.with_body(text(&heard.lines)))
                })
            }
            Asked::Bytes => None,
        };
        let Some((to, recorded, asked)) = compared else { return true };
        script.agreed = to as u64;
        self.dialogue.agrees(&script.with_body(recorded), &asked)
    }

    /// Whether a script agrees with a request that has ended.
    fn agrees_as_a_whole(&self, script: &Script) -> bool {
        let heard = &self.heard;
        if script.is_open && self.count(script) < script.total {
            return false;
        }
        match &script.asked {
            Asked::Messages(all) => {
                let from = script.agreed as usize;
                let rest = usize::from(heard.raw.len() > heard.messages_end);
                let to = if script.is_open { all.len() } else { heard.messages.len() + rest };
                let some = heard.messages.get(from..to.min(heard.messages.len())).unwrap_or_default();
                let mut asked = messages(from, some);
                if let (1, Some(all)) = (rest, asked["messages"].as_array_mut().filter(|_| !script.is_open)) {
                    all.push(Value::Null);
                }
                let recorded = script.messages(from, all.len()).unwrap_or_default();
                self.dialogue.agrees(&script.with_body(recorded), &self.with_body(asked))
            }
            Asked::Text(_) | Asked::Bytes if script.is_open => true,
            Asked::Text(_) | Asked::Bytes => {
                let content = if heard.raw.len() > self.telling.kept_bytes {
                    let is_coded = coding::codings(&self.headers) != Ok(Vec::new());
                    Content::Spilled(Spill::begin(&self.telling.policy, None, is_coded, &heard.raw).finish())
                } else {
                    Content::Bytes(&heard.raw)
                };
                self.dialogue.agrees(&script.interaction.request, &self.request(content))
            }
        }
    }

    /// Some more of the request came, while the response is under way.
    fn went_on(&mut self, heard: impl FnOnce(&mut Self)) -> bool {
        heard(self);
        if self.failure.is_none() && !self.goes_on() {
            let asked = self.asked();
            self.failure = Some(Error::Refused(self.dialogue.miss(&asked)));
        } else if self.heard.raw.len() > self.most {
            self.failure = Some(Error::TooLarge { what: "the request", most: self.most as u64 });
        }
        self.forget();
        if let Some(waker) = self.waker.take() {
            waker.wake();
        }
        self.failure.is_none()
    }
}

/// Whether two say the same in so many bytes.
fn said_the_same(a: &Script, b: &Script, played: u64) -> bool {
    let said = |script: &Script| match &script.answer.body {
        Source::Bytes(bytes) => {
            usize::try_from(played).ok().and_then(|played| bytes.get(..played).map(Bytes::copy_from_slice))
        }
        Source::Blob(..) => (played == 0).then(Bytes::new),
    };
    a.answer.status == b.answer.status && said(a).is_some_and(|said_by_a| said(b) == Some(said_by_a))
}

fn lock(shared: &Mutex<Conversation>) -> MutexGuard<'_, Conversation> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Reads a request to its end, for whoever answers it.
async fn read(mut body: Body, shared: Arc<Mutex<Conversation>>) {
    loop {
        let frame = body.frame().await;
        let is_last = frame.is_none();
        let goes_on = lock(&shared).went_on(|conversation| match frame {
            Some(Ok(frame)) => conversation.hear_frame(frame),
            Some(Err(error)) => conversation.failure = Some(Error::Body(error)),
            None => conversation.heard.has_ended = true,
        });
        if is_last || !goes_on {
            return;
        }
    }
}

/// Who reads the request: a task, since whoever asks may wait for it to be read; without a runtime, whoever reads the
/// response.
enum Reader {
    Task(tokio::task::AbortHandle),
    Own(Pin<Box<dyn Future<Output = ()> + Send>>),
    Over,
}

impl Reader {
    fn of(reading: impl Future<Output = ()> + Send + 'static) -> Self {
        match tokio::runtime::Handle::try_current() {
            Ok(runtime) => Self::Task(runtime.spawn(reading).abort_handle()),
            Err(_) => Self::Own(Box::pin(reading)),
        }
    }

    fn poll(&mut self, context: &mut Context<'_>) {
        if let Self::Own(reading) = self
            && reading.as_mut().poll(context).is_ready()
        {
            *self = Self::Over;
        }
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        if let Self::Task(task) = self {
            task.abort();
        }
    }
}

/// The body of the response.
struct Said {
    shared: Arc<Mutex<Conversation>>,
    paced: Paced,
    turn: usize,
    reader: Reader,
    timing: Timing,
    begun: Instant,
    blobs: Option<BlobFolder>,
    is_over: bool,
}

impl http_body::Body for Said {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        let this = &mut *self;
        if this.is_over {
            return Poll::Ready(None);
        }
        this.reader.poll(context);
        // Held until a part is handed on, so that it is of the dialogue that is played.
        let mut conversation = lock(&this.shared);
        let conversation = &mut *conversation;
        if let Some(failure) = conversation.failure.take() {
            this.is_over = true;
            return Poll::Ready(Some(Err(failure.into())));
        }
        let Some(script) = &conversation.script else { return Poll::Ready(None) };
        if this.turn != conversation.turn {
            this.turn = conversation.turn;
            let other = Paced::of(&script.answer, this.timing, this.begun, this.blobs.as_ref());
            let other = other.map_err(BoxError::from).and_then(|mut other| {
                other.skip(conversation.played)?;
                Ok(other)
            });
            match other {
                Ok(other) => this.paced = other,
                Err(error) => {
                    this.is_over = true;
                    return Poll::Ready(Some(Err(error)));
                }
            }
        }
        if !conversation.has_reached(script, script.waits_at(conversation.played)) {
            conversation.waker = Some(context.waker().clone());
            return Poll::Pending;
        }
        let polled = Pin::new(&mut this.paced).poll_frame(context);
        match &polled {
            Poll::Pending => {
                // It may turn out to be another meanwhile.
                conversation.waker = Some(context.waker().clone());
            }
            Poll::Ready(Some(Ok(frame))) => {
                conversation.played += frame.data_ref().map_or(0, |data| data.len() as u64);
            }
            Poll::Ready(Some(Err(_)) | None) => this.is_over = true,
        }
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.is_over
    }
}

/// Waits for a moment, if there is one to wait for.
#[derive(Default)]
struct Pause(Option<Pin<Box<Sleep>>>);

impl Pause {
    fn poll(&mut self, until: Option<Instant>, context: &mut Context<'_>) -> Poll<()> {
        let Some(until) = until else { return Poll::Ready(()) };
        let sleep = self.0.get_or_insert_with(|| Box::pin(tokio::time::sleep_until(until)));
        if sleep.deadline() != until {
            sleep.as_mut().reset(until);
        }
        sleep.as_mut().poll(context)
    }
}
