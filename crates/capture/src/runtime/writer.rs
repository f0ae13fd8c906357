//! From what was taken of a call to a document in its store: values are searched, the document is written together,
//! scanned once more, and put.
//!
//! It runs where the call ended, or on a thread of its own behind a bounded queue.

use std::fmt::Write as _;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, TrySendError, bounded};
use tracesnap_redact::Report;

use super::call::Record;
use super::scope;
use super::stats::{add, nanos};
use super::values::{Taken, Tier, Values};
use crate::Error;
use crate::document::VERSION;
use crate::storage::{New, Shelf};

enum Message {
    Record(Box<Record>),
    Flush(Sender<()>),
}

/// The thread that writes, and the queue before it.
#[derive(Debug)]
pub(crate) struct Writer {
    queue: Option<Sender<Message>>,
    thread: Option<JoinHandle<()>>,
}

impl Writer {
    /// Starts the thread. Where the system gives none, nothing is accepted.
    pub(crate) fn start(queue: usize) -> Self {
        let (sender, receiver) = bounded(queue);
        let thread = std::thread::Builder::new().name("tracesnap-capture".into()).spawn(move || run(&receiver));
        match thread {
            Ok(thread) => Self { queue: Some(sender), thread: Some(thread) },
            Err(error) => {
                crate::warn::tell("no thread can be started to write captures", &error);
                Self { queue: None, thread: None }
            }
        }
    }

    /// Puts a record into the queue, if there is room.
    pub(crate) fn send(&self, record: Box<Record>) -> Result<(), ()> {
        let Some(queue) = &self.queue else { return Err(()) };
        queue.try_send(Message::Record(record)).map_err(|error| match error {
            TrySendError::Full(message) | TrySendError::Disconnected(message) => drop(message),
        })
    }

    /// Waits until all that is in the queue is written.
    pub(crate) fn flush(&self) {
        let Some(queue) = &self.queue else { return };
        let (done, wait) = bounded(1);
        if queue.send(Message::Flush(done)).is_ok() {
            let _ = wait.recv();
        }
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.queue = None;
        if let Some(thread) = self.thread.take()
            // The last record may hold the last handle: then this runs on the thread itself, which ends anyway.
            && thread.thread().id() != std::thread::current().id()
        {
            let _ = thread.join();
        }
    }
}

/// How long what was written may lie in memory while nothing else comes.
const IDLE: Duration = Duration::from_millis(500);

fn run(queue: &Receiver<Message>) {
    let _guard = scope::suppress();
    let mut unflushed: Vec<Arc<Shelf>> = Vec::new();
    loop {
        let message = match queue.recv_timeout(if unflushed.is_empty() { Duration::MAX } else { IDLE }) {
            Ok(message) => Some(message),
            Err(RecvTimeoutError::Timeout) => None,
            Err(RecvTimeoutError::Disconnected) => break,
        };
        match message {
            Some(Message::Record(record)) => {
                let rules = Arc::clone(&record.rules);
                if let Some(shelf) = &rules.shelf
                    && !unflushed.iter().any(|one| Arc::ptr_eq(one, shelf))
                {
                    unflushed.push(Arc::clone(shelf));
                }
                if let Err(payload) = catch_unwind(AssertUnwindSafe(|| write(*record))) {
                    std::mem::forget(payload);
                    add(&rules.counters.failed, 1);
                }
            }
            Some(Message::Flush(done)) => drop(done.send(())),
            None => {
                for shelf in unflushed.drain(..) {
                    if let Err(error) = shelf.flush() {
                        crate::warn::tell("captures could not be written", &error);
                    }
                }
            }
        }
    }
}

/// Writes one record, whatever becomes of it.
pub(crate) fn write(record: Record) {
    let rules = Arc::clone(&record.rules);
    if let Err(error) = try_write(record) {
        rules.failed(&error);
    }
}

fn try_write(mut record: Record) -> Result<(), Error> {
    serialise_held(&mut record);
    let rules = Arc::clone(&record.rules);
    let counters = &rules.counters;
    let start = Instant::now();
    let mut json = values_of(&mut record)?;
    // Whatever slipped through every rule before must not slip through here. What follows is of our own making, and says
    // beside the names of secrets what became of them.
    json.push(b'}');
    let findings = rules.policy.scan(&json);
    json.pop();
    metadata(&record, &mut json);
    json.extend_from_slice(b"}}");
    let scanned = Instant::now();
    add(&counters.redact_ns, nanos(scanned - start));
    if let Some(finding) = findings.first() {
        add(&counters.quarantined, 1);
        return Err(Error::Document {
            origin: record.id.to_string(),
            why: format!("rule {finding} still finds a secret in it; it was not written"),
        });
    }
    let Some(shelf) = &rules.shelf else { return Ok(()) };
    let put = shelf.put(&New {
        name: &rules.name,
        json: &json,
        time: record.time,
        tags: tags(&record),
        at_once: !rules.background,
    });
    add(&counters.store_ns, nanos(scanned.elapsed()));
    put?;
    add(&counters.captured, 1);
    add(&counters.bytes, json.len() as u64);
    if rules.settings.debug_mode.value {
        let kept_back: Vec<_> = record.taken.iter().flat_map(|taken| &taken.rules).cloned().collect();
        let told =
            if kept_back.is_empty() { String::new() } else { format!(", kept back by {}", kept_back.join(", ")) };
        crate::warn::say(&format!("captured `{}` as {}: {} bytes{told}", rules.name, record.id, json.len()));
    }
    Ok(())
}

/// What can be asked of a document without reading it.
fn tags(record: &Record) -> Vec<(String, String)> {
    let mut tags = record.rules.tags.clone();
    tags.push(("id".into(), record.id.to_string()));
    tags.push(("thread".into(), record.thread.to_string()));
    if let Some((kind, _)) = record.outcome {
        tags.push(("outcome".into(), kind.as_str().into()));
    }
    tags
}

/// Serialises what was only cloned when the function was called.
fn serialise_held(record: &mut Record) {
    if record.held.is_empty() {
        return;
    }
    let rules = Arc::clone(&record.rules);
    let (before, taken) = (std::mem::take(&mut record.json), std::mem::take(&mut record.taken));
    let mut held = std::mem::take(&mut record.held).into_iter().peekable();
    let json = Vec::with_capacity(before.len() + 256);
    let mut values = Values::new(&rules, record.site.spec.parameters, json, Vec::with_capacity(taken.len()));
    let mut start = 0;
    for (at, taken) in taken.into_iter().enumerate() {
        let end = taken.end;
        match held.next_if(|(of, _)| *of == at) {
            Some((_, held)) => held.keep(&mut values),
            None => values.copy(&before[start..end], taken),
        }
        start = end;
    }
    let (json, taken, _) = values.into_parts();
    (record.json, record.taken) = (json, taken);
}

/// The document of a record up to what is known of the call, its texts searched.
fn values_of(record: &mut Record) -> Result<Vec<u8>, Error> {
    let rules = Arc::clone(&record.rules);
    let json = std::mem::take(&mut record.json);
    let mut values: Vec<(usize, usize)> = Vec::with_capacity(record.taken.len());
    let mut clean = Vec::with_capacity(json.len() + 512);
    let mut start = 0;
    for taken in &mut record.taken {
        let from = clean.len();
        let report = rules.policy.redact_json(&json[start..taken.end], &mut clean)?;
        start = taken.end;
        note(&rules, taken, &report);
        values.push((from, clean.len()));
    }
    let parameters = record.site.spec.parameters;
    let mut out = Vec::with_capacity(clean.len() + 1_024);
    let mut head = String::with_capacity(128);
    let _ = write!(
        head,
        r#"{{"version":{VERSION},"id":"{}","function_name":"{}","timestamp":"{}","args":["#,
        record.id,
        record.site.spec.name,
        humantime::format_rfc3339_nanos(record.time),
    );
    out.extend_from_slice(head.as_bytes());
    let of = |named: bool| {
        let pairs = parameters.iter().zip(&values);
        pairs.filter(move |(parameter, _)| parameter.named == named)
    };
    for (at, (_, &(from, to))) in of(false).enumerate() {
        if at > 0 {
            out.push(b',');
        }
        out.extend_from_slice(&clean[from..to]);
    }
    out.extend_from_slice(b"],\"kwargs\":{");
    for (at, (parameter, &(from, to))) in of(true).enumerate() {
        if at > 0 {
            out.push(b',');
        }
        quoted(parameter.name, &mut out);
        out.push(b':');
        out.extend_from_slice(&clean[from..to]);
    }
    out.push(b'}');
    if let Some((kind, duration)) = record.outcome {
        let _ = std::io::Write::write_fmt(&mut out, format_args!(r#","outcome":{{"kind":"{kind}""#));
        if let (Some(taken), Some(&(from, to))) = (record.taken.get(parameters.len()), values.get(parameters.len())) {
            let _ = std::io::Write::write_fmt(&mut out, format_args!(r#","tier":"{}","value":"#, taken.tier));
            out.extend_from_slice(&clean[from..to]);
            if !taken.rules.is_empty() {
                out.extend_from_slice(b",\"redacted\":");
                let _ = serde_json::to_writer(&mut out, &taken.rules);
            }
        }
        let _ = std::io::Write::write_fmt(&mut out, format_args!(r#","duration_ns":{}}}"#, nanos(duration)));
    }
    Ok(out)
}

/// Everything else that is said of a call, up to the last two braces.
fn metadata(record: &Record, out: &mut Vec<u8>) {
    let _ = std::io::Write::write_fmt(
        out,
        format_args!(r#","metadata":{{"call_depth":{},"thread_id":"#, record.place.depth),
    );
    quoted(&record.thread, out);
    if let Some(parent) = record.place.parent {
        let _ = std::io::Write::write_fmt(out, format_args!(r#","parent":"{parent}""#));
    }
    if let Some(span) = &record.span {
        out.extend_from_slice(b",\"span\":");
        quoted(span, out);
    }
    let parameters = record.site.spec.parameters;
    out.extend_from_slice(b",\"tiers\":{");
    for (at, (parameter, taken)) in parameters.iter().zip(&record.taken).enumerate() {
        if at > 0 {
            out.push(b',');
        }
        quoted(parameter.name, out);
        let _ = std::io::Write::write_fmt(out, format_args!(r#":"{}""#, taken.tier));
    }
    out.push(b'}');
    let mut redacted = parameters.iter().zip(&record.taken).filter(|(_, taken)| !taken.rules.is_empty()).peekable();
    if redacted.peek().is_some() {
        out.extend_from_slice(b",\"redacted\":{");
        for (at, (parameter, taken)) in redacted.enumerate() {
            if at > 0 {
                out.push(b',');
            }
            quoted(parameter.name, out);
            out.push(b':');
            let _ = serde_json::to_writer(&mut *out, &taken.rules);
        }
        out.push(b'}');
    }
    if !record.rules.tags.is_empty() {
        out.extend_from_slice(b",\"tags\":{");
        for (at, (name, value)) in record.rules.tags.iter().enumerate() {
            if at > 0 {
                out.push(b',');
            }
            quoted(name, out);
            out.push(b':');
            quoted(value, out);
        }
        out.push(b'}');
    }
    out.extend_from_slice(record.rules.constant.as_bytes());
}

fn quoted(text: &str, out: &mut Vec<u8>) {
    // A string into memory does not fail.
    let _ = serde_json::to_writer(out, text);
}

/// What rules over texts found becomes part of what is said of a value.
fn note(rules: &super::settled::Rules, taken: &mut Taken, report: &Report) {
    if report.is_clean() {
        return;
    }
    add(&rules.counters.redacted, report.count());
    for (rule, _) in report.redacted() {
        let rule = rule.to_string();
        if !taken.rules.contains(&rule) {
            taken.rules.push(rule);
        }
    }
    if taken.tier == Tier::Value || taken.tier == Tier::Lossy {
        taken.tier = Tier::Redacted;
    }
}
