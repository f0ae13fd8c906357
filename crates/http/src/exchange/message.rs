//! An exchange as a session has it: request and response as JSON, redacted, by what they are.
//!
//! ```text
//! request   {"method", "url", "headers": [[name, value], …], "body": {"type", …}, "trailers"?}
//! response  {"status", "version"?, "headers", "body", "encoded"?, "trailers"?}
//! ```
//!
//! `body` is the [`Body`] as it is read. Where it was coded on the wire (`content-encoding`), `encoded` has the bytes of
//! the wire, in Base64. Where it was too large, it is a blob: the bytes of the wire, beside the session. Where it could
//! not be looked through, and so must not be kept, `withheld` says why. When its parts came, the stream of the
//! interaction says.

use std::borrow::Cow;
use std::sync::Arc;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::{HeaderMap, Version};
use serde_json::{Map, Value};
use tracesnap_record::Status;
use tracesnap_record::model::{Body, Direction, GrpcMessage, Moment, Part, Stream};
use tracesnap_record::{Draft, moved_places};

use super::coding::{self, Coding};
use super::grpc;
use super::live::{Ending, Half, Raw, RequestHead, Telling};
use super::redact::{Redaction, media_type, text_of};
use super::spill::Spilled;

/// The field of a message that says why its body was not kept.
pub(crate) const WITHHELD: &str = "withheld";
/// The field of a message that has the bytes of the wire.
pub(crate) const ENCODED: &str = "encoded";

/// What is known of a body.
pub(crate) enum Content<'b> {
    Bytes(&'b [u8]),
    Spilled(Result<Spilled, String>),
}

/// Of which call, and in which direction: what descriptors are looked up by.
#[derive(Clone, Copy)]
#[cfg_attr(not(feature = "tonic"), allow(dead_code, reason = "descriptors come with tonic"))]
pub(crate) struct Place<'a> {
    pub(crate) url: &'a str,
    pub(crate) direction: Direction,
}

/// A body as a session has it.
struct Told {
    body: Body,
    encoded: Option<String>,
    withheld: Option<String>,
    /// How places of parts moved.
    moved: Moved,
    /// Its length on the wire now.
    bytes: u64,
}

/// Where places in the bytes of the wire are in what was kept.
enum Moved {
    /// In the same places, or in so many bytes, evenly.
    Evenly,
    /// A text that was redacted: before and after.
    Text(Vec<u8>, Vec<u8>),
    /// Where messages end, before and after.
    Messages(Vec<(u64, u64)>),
}

impl Told {
    fn of(body: Body, bytes: usize) -> Self {
        Self { body, encoded: None, withheld: None, moved: Moved::Evenly, bytes: bytes as u64 }
    }

    fn withheld(why: String) -> Self {
        Self { withheld: Some(why), ..Self::of(Body::None, 0) }
    }
}

/// The request as it is compared: as it is recorded, but for headers where nobody asks for them. Its URL is clean already.
pub(crate) fn request(
    telling: &Telling,
    head: RequestHead<'_>,
    clean_url: &str,
    content: Content<'_>,
    with_headers: bool,
) -> Value {
    let mut redaction = Redaction::new(&telling.policy);
    let place = Place { url: head.url, direction: Direction::Request };
    let told = tell(&mut redaction, telling, head.headers, content, place);
    request_value(&mut redaction, head, clean_url.to_owned(), &told, with_headers, None)
}

fn request_value(
    redaction: &mut Redaction<'_>,
    head: RequestHead<'_>,
    clean_url: String,
    told: &Told,
    with_headers: bool,
    trailers: Option<&HeaderMap>,
) -> Value {
    let mut fields = Map::new();
    fields.insert("method".to_owned(), head.method.as_str().into());
    fields.insert("url".to_owned(), clean_url.into());
    if with_headers {
        fields.insert("headers".to_owned(), redaction.headers(head.headers));
    }
    body_fields(redaction, &mut fields, told, trailers);
    Value::Object(fields)
}

fn body_fields(
    redaction: &mut Redaction<'_>,
    fields: &mut Map<String, Value>,
    told: &Told,
    trailers: Option<&HeaderMap>,
) {
    fields.insert("body".to_owned(), serde_json::to_value(&told.body).unwrap_or_default());
    if let Some(encoded) = &told.encoded {
        fields.insert(ENCODED.to_owned(), encoded.as_str().into());
    }
    if let Some(why) = &told.withheld {
        fields.insert(WITHHELD.to_owned(), why.as_str().into());
    }
    if let Some(trailers) = trailers {
        fields.insert("trailers".to_owned(), redaction.headers(trailers));
    }
}

/// All of an exchange.
pub(crate) fn draft(raw: &mut Raw, telling: &Telling) -> Draft {
    let mut redaction = Redaction::new(&telling.policy);
    let url = Arc::clone(&raw.url);
    let place = |direction| Place { url: &url, direction };
    let headers = raw.request.to_map();
    let sent = half_told(&mut redaction, telling, &headers, &mut raw.sent, place(Direction::Request));
    let clean_url = redaction.url(&url);
    let head = RequestHead { method: &raw.method, url: &url, headers: &headers };
    let request = request_value(&mut redaction, head, clean_url, &sent, true, raw.sent.trailers.as_ref());
    let mut draft = Draft::new(request, Value::Null);
    let mut received = None;
    let headers = raw.answered.to_map();
    if let Some((_, status, version)) = raw.response {
        let told = half_told(&mut redaction, telling, &headers, &mut raw.received, place(Direction::Response));
        let mut fields = Map::new();
        fields.insert("status".to_owned(), status.as_u16().into());
        if let Some(version) = version_text(version) {
            fields.insert("version".to_owned(), version.into());
        }
        fields.insert("headers".to_owned(), redaction.headers(&headers));
        body_fields(&mut redaction, &mut fields, &told, raw.received.trailers.as_ref());
        draft.response = Value::Object(fields);
        received = Some(told);
    }
    let ending = raw.received.end.as_ref().map(|(_, ending)| ending);
    (draft.status, draft.error) = match (&raw.failure, ending, &raw.response) {
        (Some((message, of_type)), ..) => {
            draft.error_type = of_type.map(str::to_owned);
            (Status::Error, Some(message.clone()))
        }
        (None, Some(Ending::Failed(message)), _) => (Status::Error, Some(message.clone())),
        (None, Some(Ending::Cancelled) | None, _) => (Status::Cancelled, None),
        (None, Some(Ending::Whole), Some((_, status, _))) if status.as_u16() >= 400 => {
            (Status::Error, Some(format!("HTTP {status}")))
        }
        (None, Some(Ending::Whole), Some(_)) => match grpc_failure(&headers, raw.received.trailers.as_ref()) {
            Some(message) => (Status::Error, Some(message)),
            None => (Status::Success, None),
        },
        (None, Some(Ending::Whole), None) => (Status::Success, None),
    };
    draft.error = draft.error.map(|message| redaction.text(&message));
    draft.stream = stream(&mut redaction, raw, &sent, received.as_ref());
    draft.redacted = redaction.count;
    draft
}

fn version_text(version: Version) -> Option<&'static str> {
    match version {
        Version::HTTP_09 => Some("HTTP/0.9"),
        Version::HTTP_10 => Some("HTTP/1.0"),
        Version::HTTP_2 => Some("HTTP/2"),
        Version::HTTP_3 => Some("HTTP/3"),
        _ => None,
    }
}

/// What gRPC says in its status, where that is none of success.
fn grpc_failure(headers: &HeaderMap, trailers: Option<&HeaderMap>) -> Option<String> {
    if !grpc::is_grpc(media_type(headers)) {
        return None;
    }
    let find = |name: &str| trailers.and_then(|trailers| trailers.get(name)).or_else(|| headers.get(name));
    let code = find("grpc-status").map(|value| text_of(value).0.into_owned())?;
    if code == "0" {
        return None;
    }
    let message = find("grpc-message").map(|value| format!(": {}", text_of(value).0)).unwrap_or_default();
    Some(format!("gRPC status {code}{message}"))
}

fn half_told(
    redaction: &mut Redaction<'_>,
    telling: &Telling,
    headers: &HeaderMap,
    half: &mut Half,
    place: Place<'_>,
) -> Told {
    let content = match half.spill.take() {
        Some(spill) => Content::Spilled(spill.finish()),
        None => Content::Bytes(&half.kept),
    };
    tell(redaction, telling, headers, content, place)
}

fn tell(
    redaction: &mut Redaction<'_>,
    telling: &Telling,
    headers: &HeaderMap,
    content: Content<'_>,
    place: Place<'_>,
) -> Told {
    let bytes = match content {
        Content::Spilled(Ok(spilled)) => {
            redaction.count += spilled.redacted;
            let bytes = spilled.bytes;
            return Told { bytes, ..Told::of(Body::Blob { sha256: spilled.sha256, bytes }, 0) };
        }
        Content::Spilled(Err(why)) => return Told::withheld(why),
        Content::Bytes(bytes) => bytes,
    };
    let media = media_type(headers);
    if bytes.is_empty() {
        return Told::of(Body::None, 0);
    }
    if grpc::is_grpc(media)
        && let Some(told) = grpc_told(redaction, telling, headers, bytes, place)
    {
        return told;
    }
    let codings = match coding::codings(headers) {
        Ok(codings) => codings,
        Err(_) if telling.policy.is_none() => Vec::new(),
        Err(word) => {
            return Told::withheld(format!("its coding `{word}` is not known, so it was not looked through"));
        }
    };
    let decoded =
        if codings.is_empty() { Some(Cow::Borrowed(bytes)) } else { coding::decode(&codings, bytes).map(Cow::Owned) };
    let Some(decoded) = decoded else {
        if telling.policy.is_none() {
            return Told::of(Body::Binary { base64: STANDARD.encode(bytes) }, bytes.len());
        }
        return Told::withheld("it is not coded as it says, or is very large, so it was not looked through".to_owned());
    };
    let clean = redaction.content(&decoded, media);
    let body = Body::of(&clean, media);
    if codings.is_empty() {
        let moved = match &clean {
            Cow::Borrowed(_) => Moved::Evenly,
            Cow::Owned(clean) => Moved::Text(bytes.to_vec(), clean.clone()),
        };
        return Told { moved, ..Told::of(body, clean.len()) };
    }
    let wire = match &clean {
        Cow::Borrowed(_) => Some(bytes.to_vec()),
        Cow::Owned(clean) => encode(&codings, clean),
    };
    let Some(wire) = wire else { return Told::withheld("it could not be coded again".to_owned()) };
    Told { encoded: Some(STANDARD.encode(&wire)), ..Told::of(body, wire.len()) }
}

fn encode(codings: &[Coding], bytes: &[u8]) -> Option<Vec<u8>> {
    coding::encode(codings, bytes)
}

/// The messages of a gRPC body; `None` if it is not made of them.
fn grpc_told(
    redaction: &mut Redaction<'_>,
    telling: &Telling,
    headers: &HeaderMap,
    bytes: &[u8],
    place: Place<'_>,
) -> Option<Told> {
    let frames = grpc::frames(bytes)?;
    let coding = headers.get("grpc-encoding").map(|value| {
        let named = HeaderMap::from_iter([(http::header::CONTENT_ENCODING, value.clone())]);
        coding::codings(&named)
    });
    let mut messages = Vec::with_capacity(frames.len());
    let mut ends = Vec::with_capacity(frames.len());
    let (mut before, mut length) = (0, 0);
    for frame in frames {
        let codings = match (&coding, frame.is_compressed) {
            (Some(Ok(codings)), true) => codings.as_slice(),
            (_, false) => &[],
            _ if telling.policy.is_none() => &[],
            _ => return Some(Told::withheld("its messages are compressed in an unknown way".to_owned())),
        };
        let plain = if codings.is_empty() {
            Cow::Borrowed(frame.message)
        } else {
            coding::decode(codings, frame.message)?.into()
        };
        let (clean, described) = message_told(redaction, telling, &plain, place);
        let wire = match &clean {
            Cow::Borrowed(_) => Cow::Borrowed(frame.message),
            Cow::Owned(clean) => Cow::Owned(encode(codings, clean)?),
        };
        before += frame.message.len() as u64 + 5;
        length += wire.len() + 5;
        ends.push((before, length as u64));
        let (message, value) = described.unzip();
        messages.push(GrpcMessage { message, value, compressed: frame.is_compressed, base64: STANDARD.encode(&wire) });
    }
    Some(Told { moved: Moved::Messages(ends), ..Told::of(Body::Grpc { messages }, length) })
}

/// A message without secrets, and, where its descriptor is known, its name and fields.
fn message_told<'b>(
    redaction: &mut Redaction<'_>,
    telling: &Telling,
    message: &'b [u8],
    place: Place<'_>,
) -> (Cow<'b, [u8]>, Option<(String, Value)>) {
    #[cfg(feature = "tonic")]
    if let Some(pool) = &telling.descriptors
        && let Some(found) = crate::protobuf::tell(redaction, pool, message, place)
    {
        return found;
    }
    let _ = (telling, place);
    if redaction.policy.is_none() { (Cow::Borrowed(message), None) } else { (redaction.binary(message), None) }
}

/// Its parts, where they tell more than that a response came at once.
fn stream(redaction: &mut Redaction<'_>, raw: &Raw, sent: &Told, received: Option<&Told>) -> Option<Stream> {
    /// A body that comes later than its head by less comes with it.
    const AT_ONCE: Duration = Duration::from_millis(1);
    let (head_at, ..) = raw.response.as_ref()?;
    let (end_at, ending) = raw.received.end.as_ref()?;
    let is_plain = raw.received.parts.len() <= 1
        && raw.sent.parts.len() <= 1
        && raw.received.trailers.is_none()
        && raw.sent.trailers.is_none()
        && raw.informational.is_empty()
        && !is_dialogue(raw, *head_at)
        && *ending == Ending::Whole
        && end_at.saturating_sub(*head_at) < AT_ONCE;
    if is_plain {
        return None;
    }
    let mut moments = Vec::new();
    for (at, status, headers) in &raw.informational {
        let headers = headers.iter().map(|(name, value)| {
            let text = text_of(value).0;
            (name.as_str().to_owned(), redaction.policy.redact_header(name.as_str(), &text).into_owned())
        });
        let part = Part::Headers { status: Some(status.as_u16()), headers: headers.collect() };
        moments.push(Moment::new(*at, Direction::Response, part));
    }
    if is_dialogue(raw, *head_at) {
        moments.push(Moment::new(Duration::ZERO, Direction::Request, Part::Start));
    }
    if raw.sent.parts.len() > 1 || raw.sent.trailers.is_some() || is_dialogue(raw, *head_at) {
        parts(&mut moments, Direction::Request, &raw.sent, sent);
        if let Some((at, Ending::Whole)) = raw.sent.end {
            moments.push(Moment::new(at, Direction::Request, Part::End));
        }
    }
    moments.push(Moment::new(*head_at, Direction::Response, Part::Start));
    if let Some(received) = received {
        parts(&mut moments, Direction::Response, &raw.received, received);
    }
    let end = match ending {
        Ending::Whole => Part::End,
        Ending::Failed(message) => Part::Error(redaction.text(message)),
        Ending::Cancelled => Part::Cancelled,
    };
    moments.push(Moment::new(*end_at, Direction::Response, end));
    // Both directions as they went past each other.
    moments.sort_by_key(|moment| moment.at);
    Some(Stream::new(moments))
}

/// Whether a request had not ended when its response began. Whoever has answered may let go of the rest before that is read.
fn is_dialogue(raw: &Raw, head_at: Duration) -> bool {
    !matches!(raw.sent.end, Some((at, Ending::Whole)) if at <= head_at)
}

/// When each part of a body came; lengths are those of what was kept.
fn parts(moments: &mut Vec<Moment>, direction: Direction, half: &Half, told: &Told) {
    let mut at = 0;
    let ends: Vec<u64> = half
        .parts
        .iter()
        .map(|(_, bytes)| {
            at += bytes;
            at
        })
        .collect();
    let places: Vec<u64> = match &told.moved {
        Moved::Text(before, after) => match (std::str::from_utf8(before), std::str::from_utf8(after)) {
            (Ok(before), Ok(after)) => {
                let places = ends.iter().map(|&at| at as usize);
                moved_places(before, after, places).into_iter().map(|at| at as u64).collect()
            }
            _ => scaled(&ends, at, told.bytes),
        },
        Moved::Messages(messages) => ends.iter().map(|&at| within(messages, at)).collect(),
        Moved::Evenly => scaled(&ends, at, told.bytes),
    };
    let mut from = 0;
    for ((at, _), to) in half.parts.iter().zip(places) {
        moments.push(Moment::new(*at, direction, Part::Passed(to.saturating_sub(from))));
        from = to.max(from);
    }
}

/// A place within messages that end there: the end of one is its end, and what is within one stays within it.
fn within(messages: &[(u64, u64)], at: u64) -> u64 {
    let next = messages.partition_point(|(before, _)| *before <= at);
    let (from, to) = next.checked_sub(1).map_or((0, 0), |last| messages[last]);
    messages.get(next).map_or(to, |(_, end)| (to + (at - from)).min(end.saturating_sub(1)))
}

/// Places in as many bytes as there are now.
fn scaled(ends: &[u64], before: u64, after: u64) -> Vec<u64> {
    if before == after {
        return ends.to_vec();
    }
    let scale = |at: u64| (u128::from(at) * u128::from(after) / u128::from(before.max(1))) as u64;
    ends.iter().map(|&at| scale(at)).collect()
}
