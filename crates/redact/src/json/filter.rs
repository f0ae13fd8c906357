//! The filter: reads tokens, hands on what may be written.

use std::cell::RefCell;
use std::collections::HashMap;
use std::ops::Range;

use super::frame::Frame;
use super::string::{self, End};
use crate::pairs::Role;
use crate::path::{Enter, Trail};
use crate::patterns::{Context, Hint, is_card};
use crate::policy::Rules;
use crate::{PLACEHOLDER, Place, Report, RuleId};

/// Where bytes are no JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Broken {
    pub(crate) line: usize,
    pub(crate) column: usize,
}

// Implementation notes
//
// Bytes are copied in stretches: `copied` says up to where the input was handed on, and only a replacement, or the end of
// the input at hand, closes a stretch. So a document without a secret is copied once, as it stands.
//
// A list or object under a sensitive name is read on, since it must end somewhere, and not handed on (`muted`).
//
// `{"value": …, "name": "password"}` is known for a secret when its value was handed on already. What may still have to
// be taken back stays in the output: `settled` says how much of it can go.

pub(crate) struct Filter<'p> {
    rules: &'p Rules,
    /// In how many writings the documents stand.
    depth: u8,
    /// Stops behind the first document.
    single: bool,
    places: bool,
    out: Vec<u8>,
    frames: Vec<Frame>,
    expects: Expects,
    /// How many lists and objects were open when something was hidden whose end is awaited.
    muted: Option<usize>,
    /// What is known of the value that comes.
    next: Next,
    copied: usize,
    /// Bytes of the output that were taken. Places in the output count from its very beginning.
    drained: usize,
    report: Report,
    names: Names,
    documents: usize,
    lines: usize,
    /// Bytes of the line at hand that were read in earlier runs.
    line_used: usize,
    /// Inside of a string that is too large to be held, and is left out.
    oversized: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Expects {
    /// A document, or the end.
    Document,
    Value,
    ValueOrEnd,
    KeyOrEnd,
    Key,
    Colon,
    CommaOrEnd,
}

#[derive(Debug, Default)]
struct Next {
    rule: Option<RuleId>,
    hint: Hint,
    trail: Trail,
}

/// What a name says.
#[derive(Clone, Debug)]
struct Known {
    rule: Option<RuleId>,
    role: Role,
    hint: Hint,
    /// What is written for the name itself, where it is a value: `{"ada@example.com": …}`.
    instead: Option<(Box<str>, Vec<RuleId>)>,
}

/// More lists and objects in each other than any reader takes.
const DEEPEST: usize = 1024;
/// The largest string that is held to be looked into, where documents come from a reader.
const LARGEST_STRING: usize = 16 << 20;
/// Names of which is remembered what they say.
const MOST_NAMES: usize = 1024;
/// The largest value that is taken back when its name comes behind it, in bytes.
const MOST_WAITING: usize = 1 << 16;
/// Lists of numbers that are looked at as bytes.
const MOST_BYTES: usize = 1 << 20;

/// What is written for a string that is too large.
const TRUNCATED: &[u8] = b"\"[truncated]\"";

type Step = Result<Option<usize>, usize>;

impl<'p> Filter<'p> {
    pub(crate) fn new(rules: &'p Rules, out: Vec<u8>) -> Self {
        debug_assert!(out.is_empty(), "places in the output count from its beginning");
        Self {
            rules,
            names: names_of(rules.serial, 0),
            depth: 0,
            single: false,
            places: false,
            out,
            frames: Vec::new(),
            expects: Expects::Document,
            muted: None,
            next: Next::default(),
            copied: 0,
            drained: 0,
            report: Report::default(),
            documents: 0,
            lines: 0,
            line_used: 0,
            oversized: false,
        }
    }

    /// For one document inside of a text.
    pub(crate) fn inside(mut self, depth: u8) -> Self {
        (self.depth, self.single) = (depth, true);
        self.names = names_of(self.rules.serial, depth);
        self
    }

    pub(crate) fn with_places(mut self, places: bool) -> Self {
        self.places = places;
        self
    }

    pub(crate) fn is_between_documents(&self) -> bool {
        self.expects == Expects::Document
    }

    pub(crate) fn documents(&self) -> usize {
        self.documents
    }

    /// Hands on what will not change any more.
    pub(crate) fn take_settled(&mut self, write: impl FnOnce(&[u8]) -> std::io::Result<()>) -> std::io::Result<()> {
        let end = self.drained + self.out.len();
        let waiting = |frame: &Frame| match (&frame.waiting, &frame.bytes) {
            (Some(range), _) => Some(range.start),
            (None, Some(_)) => Some(frame.start),
            (None, None) => None,
        };
        // A value that is still being read, and may turn out to be a secret's when its name comes.
        let open = self.frames.iter().zip(self.frames.iter().skip(1)).filter_map(|(outer, inner)| {
            (outer.role == Role::Value && end - inner.start <= MOST_WAITING).then_some(inner.start)
        });
        let settled = self.frames.iter().filter_map(waiting).chain(open).min().unwrap_or(end) - self.drained;
        write(&self.out[..settled])?;
        self.out.drain(..settled);
        self.drained += settled;
        Ok(())
    }

    pub(crate) fn into_parts(self) -> (Vec<u8>, Report) {
        keep_names(self.rules.serial, self.depth, self.names);
        (self.out, self.report)
    }

    /// Reads as many tokens as are whole; how many bytes they took. `last`: nothing comes behind these bytes.
    pub(crate) fn run(&mut self, bytes: &[u8], last: bool) -> Result<usize, Broken> {
        self.copied = 0;
        let mut at = 0;
        let mut line_start = 0;
        let used = loop {
            if self.oversized {
                match self.skip_oversized(bytes, at) {
                    Some(end) => at = end,
                    None => break bytes.len(),
                }
            }
            while let Some(&byte) = bytes.get(at) {
                match byte {
                    b' ' | b'\t' | b'\r' => {}
                    b'\n' => {
                        self.lines += 1;
                        self.line_used = 0;
                        line_start = at + 1;
                    }
                    _ => break,
                }
                at += 1;
            }
            if at == bytes.len() || (self.single && self.documents == 1) {
                break at;
            }
            match self.step(bytes, at, last) {
                Ok(Some(end)) => at = end,
                Ok(None)
                    if bytes.len() - at > LARGEST_STRING
                        && bytes[at] == b'"'
                        && self.expects != Expects::Key
                        && self.expects != Expects::KeyOrEnd =>
                {
                    self.begin_oversized(bytes, at);
                    break bytes.len();
                }
                Ok(None) if last => return Err(self.broken(bytes.len() - line_start)),
                Ok(None) => break at,
                Err(place) => return Err(self.broken(place - line_start)),
            }
        };
        if last && self.expects != Expects::Document {
            return Err(self.broken(used - line_start));
        }
        if self.muted.is_none() && !self.oversized {
            let end = if self.single { used - trailing_space(&bytes[..used]) } else { used };
            self.flush(bytes, end.max(self.copied));
            self.line_used += used - line_start;
            return Ok(end);
        }
        self.line_used += used - line_start;
        Ok(used)
    }

    fn broken(&self, column: usize) -> Broken {
        Broken { line: self.lines + 1, column: self.line_used + column + 1 }
    }

    /// Reads the token at `at`: where it ends; `None` where it is not all there; the place where it is none.
    fn step(&mut self, bytes: &[u8], at: usize, last: bool) -> Step {
        match self.expects {
            Expects::Document | Expects::Value => self.value(bytes, at, last),
            Expects::ValueOrEnd if bytes[at] == b']' => self.close(bytes, at),
            Expects::ValueOrEnd => self.value(bytes, at, last),
            Expects::KeyOrEnd if bytes[at] == b'}' => self.close(bytes, at),
            Expects::KeyOrEnd | Expects::Key => self.key(bytes, at),
            Expects::Colon if bytes[at] == b':' => {
                self.expects = Expects::Value;
                Ok(Some(at + 1))
            }
            Expects::Colon => Err(at),
            Expects::CommaOrEnd => {
                let is_object = self.frames.last().is_some_and(|frame| frame.is_object);
                match (bytes[at], is_object) {
                    (b',', _) => {
                        self.expects = if is_object { Expects::Key } else { Expects::Value };
                        Ok(Some(at + 1))
                    }
                    (b'}', true) | (b']', false) => self.close(bytes, at),
                    _ => Err(at),
                }
            }
        }
    }

    fn key(&mut self, bytes: &[u8], at: usize) -> Step {
        if bytes[at] != b'"' {
            return Err(at);
        }
        let (end, escaped) = match string::end_of_string(bytes, at + 1) {
            End::At(end, escaped) => (end, escaped),
            End::Missing => return Ok(None),
            End::Broken(place) => return Err(place),
        };
        let content = std::str::from_utf8(&bytes[at + 1..end]).map_err(|error| at + 1 + error.valid_up_to())?;
        self.expects = Expects::Colon;
        if self.muted.is_some() {
            return Ok(Some(end + 1));
        }
        let known = match self.names.get(content.as_bytes()) {
            Some(known) => known.clone(),
            None => self.learn(content, escaped),
        };
        let mut next = Next { rule: known.rule, hint: known.hint, trail: Trail::default() };
        let Some(frame) = self.frames.last_mut() else { return Err(at) };
        frame.count += 1;
        frame.role = known.role;
        if !self.rules.paths.is_empty() {
            let (trail, by_place) =
                self.rules.paths.enter(&frame.trail, Enter::Name(&string::unescape(content, escaped)));
            next.trail = trail;
            next.rule = next.rule.or(by_place.cloned());
        }
        if known.role == Role::Value && next.rule.is_none() {
            next.rule.clone_from(&frame.of_pair);
        }
        if self.places {
            let name = string::unescape(content, escaped);
            frame.key = known.instead.as_ref().map_or_else(|| name.into_owned(), |(instead, _)| instead.to_string());
        }
        self.next = next;
        if let Some((instead, rules)) = known.instead {
            rules.iter().for_each(|rule| self.found(rule));
            self.replace(bytes, at..end + 1, &instead);
        }
        Ok(Some(end + 1))
    }

    /// What a name says, which is mostly asked again.
    fn learn(&mut self, content: &str, escaped: bool) -> Known {
        let name = string::unescape(content, escaped);
        let instead = self.rules.clean(&name, Context { depth: self.depth, ..Context::default() });
        let known = Known {
            rule: self.rules.names.find(&name).cloned(),
            role: Role::of(&name),
            hint: hint_of(&name),
            instead: instead.map(|(text, rules)| (text.into_boxed_str(), rules)),
        };
        // A name that is a value is not remembered: it may be met once, and is nobody's to keep.
        if self.names.len() < MOST_NAMES && content.len() <= 64 && known.instead.is_none() {
            self.names.insert(content.as_bytes().into(), known.clone());
        }
        known
    }

    fn value(&mut self, bytes: &[u8], at: usize, last: bool) -> Step {
        match bytes[at] {
            b'{' | b'[' => self.open(bytes, at),
            b'"' => {
                let (end, escaped) = match string::end_of_string(bytes, at + 1) {
                    End::At(end, escaped) => (end, escaped),
                    End::Missing => return Ok(None),
                    End::Broken(place) => return Err(place),
                };
                let content = std::str::from_utf8(&bytes[at + 1..end]).map_err(|error| at + 1 + error.valid_up_to())?;
                self.begin_value();
                if self.muted.is_none() {
                    self.string(bytes, at..end + 1, content, escaped);
                }
                self.end_value();
                Ok(Some(end + 1))
            }
            b'-' | b'0'..=b'9' => {
                let end = match end_of_number(bytes, at) {
                    Ok(end) => end,
                    Err(place) if place == bytes.len() && !last => return Ok(None),
                    Err(place) => return Err(place),
                };
                if end == bytes.len() && !last {
                    return Ok(None);
                }
                self.begin_value();
                if self.muted.is_none() {
                    self.number(bytes, at..end);
                }
                self.end_value();
                Ok(Some(end))
            }
            b't' | b'f' | b'n' => {
                let word: &[u8] = match bytes[at] {
                    b't' => b"true",
                    b'f' => b"false",
                    _ => b"null",
                };
                let there = &bytes[at..bytes.len().min(at + word.len())];
                if there != word {
                    return if word.starts_with(there) && !last { Ok(None) } else { Err(at) };
                }
                let end = at + word.len();
                self.begin_value();
                if self.muted.is_none() {
                    self.no_byte();
                    if word != b"null"
                        && let Some(rule) = self.next.rule.take()
                    {
                        self.hide(bytes, at..end, &rule);
                    } else {
                        self.wait(bytes, at..end);
                    }
                }
                self.end_value();
                Ok(Some(end))
            }
            _ => Err(at),
        }
    }

    /// What a list says of its next element.
    fn begin_value(&mut self) {
        if self.muted.is_some() {
            return;
        }
        match self.frames.last_mut() {
            None => self.next = Next { trail: self.rules.paths.start(), ..Next::default() },
            Some(frame) if !frame.is_object => {
                let mut next = Next::default();
                if !self.rules.paths.is_empty() {
                    let (trail, rule) = self.rules.paths.enter(&frame.trail, Enter::Index(frame.count));
                    next = Next { trail, rule: rule.cloned(), hint: Hint::default() };
                }
                frame.count += 1;
                self.next = next;
            }
            Some(_) => {}
        }
    }

    fn end_value(&mut self) {
        self.expects = if self.frames.is_empty() {
            self.documents += 1;
            Expects::Document
        } else {
            Expects::CommaOrEnd
        };
    }

    fn open(&mut self, bytes: &[u8], at: usize) -> Step {
        if self.frames.len() >= DEEPEST {
            return Err(at);
        }
        let is_object = bytes[at] == b'{';
        self.expects = if is_object { Expects::KeyOrEnd } else { Expects::ValueOrEnd };
        self.begin_value();
        if self.muted.is_some() {
            self.frames.push(Frame { is_object, ..Frame::default() });
            return Ok(Some(at + 1));
        }
        let start = self.position(at);
        let in_list = self.frames.last().is_some_and(|frame| !frame.is_object);
        let rule = self.next.rule.take();
        if let Some(frame) = self.frames.last_mut() {
            frame.bytes = None;
            frame.after_name = None;
        }
        if let Some(rule) = rule {
            self.found(&rule);
            self.replace(bytes, at..at + 1, PLACEHOLDER);
            self.muted = Some(self.frames.len());
        }
        let trail = std::mem::take(&mut self.next.trail);
        let bytes = (!is_object && !self.rules.pack.is_empty()).then(Vec::new);
        self.frames.push(Frame { is_object, start, trail, in_list, bytes, ..Frame::default() });
        Ok(Some(at + 1))
    }

    fn close(&mut self, bytes: &[u8], at: usize) -> Step {
        let Some(mut frame) = self.frames.pop() else { return Err(at) };
        if let Some(depth) = self.muted {
            if depth == self.frames.len() {
                self.muted = None;
                self.copied = at + 1;
            }
            self.end_value();
            return Ok(Some(at + 1));
        }
        if let Some(held) = frame.bytes.take().filter(|held| held.len() >= 6) {
            self.list_of_bytes(bytes, at, &frame, held);
        }
        if let Some(outer) = self.frames.last_mut()
            && outer.is_object
            && outer.role == Role::Value
            && outer.of_pair.is_none()
        {
            // The bracket itself is the last byte of it.
            let end = self.position(at) + 1;
            if end - frame.start <= MOST_WAITING {
                // It must stand in the output to be taken back.
                self.flush(bytes, at + 1);
                if let Some(outer) = self.frames.last_mut() {
                    outer.waiting = Some(frame.start..end);
                }
            }
        }
        self.end_value();
        Ok(Some(at + 1))
    }

    fn string(&mut self, bytes: &[u8], token: Range<usize>, content: &str, escaped: bool) {
        self.no_byte();
        if let Some(rule) = self.next.rule.take() {
            if content != PLACEHOLDER {
                self.hide(bytes, token, &rule);
            }
            return;
        }
        let frame = self.frames.last_mut();
        let (mut is_name, mut after_name) = (false, None);
        let mut in_list_of_lists = false;
        if let Some(frame) = frame {
            is_name = frame.is_object && frame.role == Role::Name;
            after_name = frame.after_name.take();
            in_list_of_lists = frame.in_list;
            if is_name || !frame.is_object {
                let text = string::unescape(content, escaped);
                let rule = if is_name_like(&text) { self.rules.names.find(text.trim_start_matches('-')) } else { None };
                if is_name {
                    if let Some(rule) = rule {
                        frame.of_pair = Some(rule.clone());
                        if let Some(range) = frame.waiting.take() {
                            let rule = rule.clone();
                            self.take_back(bytes, token.start, range, &rule);
                        }
                    }
                } else if after_name.is_none() {
                    frame.after_name = rule.cloned();
                }
            }
        }
        // `["Cookie", "…"]`: in a list of such lists surely; elsewhere, where it is no word: `["password", "email"]`.
        if let Some(rule) = after_name
            && content != PLACEHOLDER
            && (in_list_of_lists || !content.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_'))
        {
            if let Some(frame) = self.frames.last_mut() {
                frame.after_name = None;
            }
            self.hide(bytes, token, &rule);
            return;
        }
        let text = string::unescape(content, escaped);
        let context = Context { depth: self.depth, hint: if is_name { Hint::default() } else { self.next.hint } };
        match self.rules.clean(&text, context) {
            Some((clean, rules)) => {
                rules.iter().for_each(|rule| self.found(rule));
                self.replace(bytes, token.clone(), &clean);
                self.wait(bytes, token.end..token.end);
            }
            None => self.wait(bytes, token),
        }
    }

    fn number(&mut self, bytes: &[u8], token: Range<usize>) {
        let digits = &bytes[token.clone()];
        if let Some(rule) = self.next.rule.take() {
            self.no_byte();
            self.hide(bytes, token, &rule);
            return;
        }
        if let Some(frame) = self.frames.last_mut() {
            frame.after_name = None;
            match (&mut frame.bytes, byte_of(digits)) {
                (Some(held), Some(byte)) if held.len() < MOST_BYTES => held.push(byte),
                _ => frame.bytes = None,
            }
        }
        // Too short for anything.
        if digits.len() < 7 || self.rules.pack.is_empty() {
            self.wait(bytes, token);
            return;
        }
        let mut whole = [0; 24];
        let found = whole_number(digits, &mut whole).and_then(|digits| {
            let hint = self.next.hint;
            let values: Vec<u8> = digits.iter().map(|digit| digit - b'0').collect();
            let card = self.rules.card_rule().filter(|_| is_card(&values));
            let ssn = self.rules.ssn_rule().filter(|_| hint.ssn && digits.len() == 9);
            let phone = self.rules.phone_rule().filter(|_| hint.phone && digits.len() <= 15);
            let rule = card.or(ssn).or(phone)?.clone();
            Some((self.rules.tag(&rule, std::str::from_utf8(digits).unwrap_or_default()), rule))
        });
        match found {
            Some((instead, rule)) => {
                self.found(&rule);
                self.replace(bytes, token, &instead);
            }
            None => self.wait(bytes, token),
        }
    }

    /// A list that was all bytes: the text they are.
    fn list_of_bytes(&mut self, bytes: &[u8], at: usize, frame: &Frame, held: Vec<u8>) {
        let Ok(text) = String::from_utf8(held) else { return };
        let Some((clean, rules)) = self.rules.clean(&text, Context { depth: self.depth + 1, ..Context::default() })
        else {
            return;
        };
        rules.iter().for_each(|rule| self.found(rule));
        self.flush(bytes, at);
        self.out.truncate(frame.start - self.drained);
        let numbers: Vec<String> = clean.bytes().map(|byte| byte.to_string()).collect();
        self.out.push(b'[');
        self.out.extend(numbers.join(",").bytes());
    }

    /// The list at hand is none of bytes.
    fn no_byte(&mut self) {
        if let Some(frame) = self.frames.last_mut() {
            frame.bytes = None;
        }
    }

    /// A value beside a name that may still come: where it stands is remembered.
    fn wait(&mut self, bytes: &[u8], token: Range<usize>) {
        let waits = self
            .frames
            .last()
            .is_some_and(|frame| frame.is_object && frame.role == Role::Value && frame.of_pair.is_none());
        if !waits {
            return;
        }
        // Replaced already: the replacement ends the output.
        let start = if token.is_empty() { None } else { Some(self.position(token.start)) };
        self.flush(bytes, token.end);
        let end = self.drained + self.out.len();
        if let (Some(start), Some(frame)) = (start, self.frames.last_mut()) {
            frame.waiting = Some(start..end).filter(|range| range.len() <= MOST_WAITING);
        }
    }

    /// Hides what was handed on before its name was known.
    fn take_back(&mut self, bytes: &[u8], upto: usize, range: Range<usize>, rule: &RuleId) {
        if matches!(&self.out[range.start - self.drained..range.end - self.drained], b"null" | b"\"[redacted]\"") {
            return;
        }
        self.flush(bytes, upto);
        self.found(rule);
        self.splice(range, b"\"[redacted]\"");
    }

    fn splice(&mut self, range: Range<usize>, instead: &[u8]) {
        let (removed, added, end) = (range.len(), instead.len(), range.end);
        self.out.splice(range.start - self.drained..range.end - self.drained, instead.iter().copied());
        let moved = |at: usize| if at >= end { at - removed + added } else { at };
        for frame in &mut self.frames {
            frame.start = moved(frame.start);
            if let Some(waiting) = &mut frame.waiting {
                *waiting = moved(waiting.start)..moved(waiting.end);
            }
        }
    }

    fn hide(&mut self, bytes: &[u8], token: Range<usize>, rule: &RuleId) {
        self.found(rule);
        self.replace(bytes, token, PLACEHOLDER);
    }

    /// Writes a string instead of these bytes.
    fn replace(&mut self, bytes: &[u8], token: Range<usize>, text: &str) {
        self.flush(bytes, token.start);
        string::write(text, &mut self.out);
        self.copied = token.end;
    }

    fn flush(&mut self, bytes: &[u8], upto: usize) {
        self.out.extend_from_slice(&bytes[self.copied..upto]);
        self.copied = upto;
    }

    /// Where this byte of the input will stand in the output.
    fn position(&self, at: usize) -> usize {
        self.drained + self.out.len() + (at - self.copied)
    }

    fn found(&mut self, rule: &RuleId) {
        if self.places {
            self.report.add_at(rule, Place::Path(self.path()));
        } else {
            self.report.add(rule);
        }
    }

    fn path(&self) -> String {
        use std::fmt::Write as _;
        let mut path = "$".to_owned();
        for frame in &self.frames {
            let plain = |key: &str| {
                key.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-') && !key.is_empty()
            };
            let _ = match (frame.is_object, &*frame.key) {
                (true, key) if plain(key) => write!(path, ".{key}"),
                (true, key) => write!(path, "['{}']", key.escape_default()),
                (false, _) => write!(path, "[{}]", frame.count.saturating_sub(1)),
            };
        }
        path
    }

    fn begin_oversized(&mut self, bytes: &[u8], at: usize) {
        self.begin_value();
        self.oversized = true;
        if self.muted.is_none() {
            self.no_byte();
            self.next.rule = None;
            self.report.add_truncated();
            self.flush(bytes, at);
            self.out.extend_from_slice(TRUNCATED);
        }
        // The opening quote is none that closes it.
        if let Some(end) = self.skip_oversized(bytes, at + 1) {
            self.copied = end;
        }
    }

    /// Where the string ends that is left out.
    fn skip_oversized(&mut self, bytes: &[u8], from: usize) -> Option<usize> {
        let mut at = from;
        while let Some(ahead) = memchr::memchr2(b'"', b'\\', &bytes[at..]) {
            at += ahead;
            if bytes[at] == b'"' {
                self.oversized = false;
                self.copied = at + 1;
                self.end_value();
                return Some(at + 1);
            }
            at += 2;
            if at > bytes.len() {
                break;
            }
        }
        None
    }
}

/// What names say, by the policy and the depth of the document.
type Names = HashMap<Box<[u8]>, Known>;

thread_local! {
    // Documents are mostly small and many, and have the same names: records that are written, a log each line of which
    // holds one.
    static NAMES: RefCell<[(u64, Names); 8]> = RefCell::new(std::array::from_fn(|_| (u64::MAX, Names::new())));
}

fn names_of(serial: u64, depth: u8) -> Names {
    let taken = NAMES.try_with(|names| {
        let mut names = names.borrow_mut();
        let slot = names.get_mut(usize::from(depth)).filter(|(of, _)| *of == serial)?;
        Some(std::mem::take(&mut slot.1))
    });
    taken.ok().flatten().unwrap_or_default()
}

fn keep_names(serial: u64, depth: u8, known: Names) {
    let _ = NAMES.try_with(|names| {
        // Where there is no room for another, it is begun anew: names that come once must not keep out those that come often.
        if let Some(slot) = names.borrow_mut().get_mut(usize::from(depth)).filter(|_| known.len() < MOST_NAMES) {
            *slot = (serial, known);
        }
    });
}

/// Whether a text can be the name of something; what was redacted never is.
fn is_name_like(text: &str) -> bool {
    const LONGEST: usize = 64;
    let belongs = |byte: u8| byte.is_ascii_alphanumeric() || b"_-.$ :".contains(&byte);
    text.len() <= LONGEST && text.bytes().all(belongs)
}

fn trailing_space(bytes: &[u8]) -> usize {
    bytes.iter().rev().take_while(|byte| byte.is_ascii_whitespace()).count()
}

/// What a name says of numbers and random words under it.
pub(crate) fn hint_of(name: &str) -> Hint {
    // Most names have none of these letters together.
    let lower = name.to_ascii_lowercase();
    let holds = |words: &[&str]| words.iter().any(|word| lower.contains(word));
    let words = || crate::words::snake_case(name);
    let has_word = |wanted: &[&str]| words().split('_').any(|word| wanted.contains(&word));
    let last_is = |wanted: &[&str]| words().rsplit('_').next().is_some_and(|word| wanted.contains(&word));
    const PHONES: [&str; 8] = ["phone", "phones", "telephone", "tel", "mobile", "msisdn", "fax", "whatsapp"];
    const KEYS: [&str; 8] = ["key", "keys", "sig", "signature", "auth", "hmac", "nonce", "pass"];
    const NO_KEYS: [&str; 18] = [
        "sort",
        "primary",
        "foreign",
        "partition",
        "cache",
        "idempotency",
        "public",
        "object",
        "storage",
        "routing",
        "row",
        "map",
        "index",
        "group",
        "dedup",
        "deduplication",
        "unique",
        "natural",
    ];
    Hint {
        phone: holds(&["phone", "tel", "mobile", "msisdn", "fax", "whatsapp"])
            && has_word(&PHONES)
            && !last_is(&["id", "count", "type", "model", "status", "at"]),
        ssn: holds(&["ssn", "social", "itin"]) && has_word(&["ssn", "itin", "social"]),
        keyish: holds(&["key", "sig", "auth", "hmac", "nonce", "pass"]) && last_is(&KEYS) && !has_word(&NO_KEYS),
    }
}

/// The end of a number by the grammar of JSON, or where it breaks it.
fn end_of_number(bytes: &[u8], from: usize) -> Result<usize, usize> {
    let digits = |at: usize| {
        let end = bytes[at..].iter().position(|byte| !byte.is_ascii_digit()).map_or(bytes.len(), |length| at + length);
        if end == at { Err(at) } else { Ok(end) }
    };
    let mut at = from + usize::from(bytes[from] == b'-');
    at = if bytes.get(at) == Some(&b'0') { at + 1 } else { digits(at)? };
    if bytes.get(at) == Some(&b'.') {
        at = digits(at + 1)?;
    }
    if matches!(bytes.get(at), Some(b'e' | b'E')) {
        at += 1;
        at += usize::from(matches!(bytes.get(at), Some(b'+' | b'-')));
        at = digits(at)?;
    }
    match bytes.get(at) {
        Some(byte) if byte.is_ascii_alphanumeric() || *byte == b'.' => Err(at),
        _ => Ok(at),
    }
}

fn byte_of(digits: &[u8]) -> Option<u8> {
    if digits.len() > 3 {
        return None;
    }
    digits
        .iter()
        .try_fold(0_u16, |number, digit| digit.is_ascii_digit().then(|| number * 10 + u16::from(digit - b'0')))?
        .try_into()
        .ok()
}

/// The digits of a number that is whole, however it is written: `4111111111111111`, `….0`, `4.111…e15`.
fn whole_number<'d>(token: &'d [u8], room: &'d mut [u8; 24]) -> Option<&'d [u8]> {
    if token.iter().all(u8::is_ascii_digit) {
        return (token.len() <= 19).then_some(token);
    }
    // No card has a fraction, and whole numbers up to 2⁵³ come through exactly.
    let number: f64 = std::str::from_utf8(token).ok()?.parse().ok()?;
    if number.fract() != 0.0 || !(1e6..1e19).contains(&number) {
        return None;
    }
    let digits = format!("{number:.0}");
    let room = room.get_mut(..digits.len())?;
    room.copy_from_slice(digits.as_bytes());
    Some(room)
}
