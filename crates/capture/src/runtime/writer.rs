//! From what was taken of a call to a document in its store: values are searched, the document is written together,
//! scanned once more, and put.
//!
//! It runs where the call ended, or on a thread of its own behind a bounded [`queue`](super::queue).

use std::fmt::Write as _;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Instant;

use tracesnap_redact::Report;

use super::call::Facts;
use super::held::Held;
use super::local::Room;
use super::settled::Rules;
use super::stats::{add, nanos};
use super::values::{Taken, Tier, Values};
use crate::Error;
use crate::document::VERSION;
use crate::storage::New;

/// One call as it is written.
struct Writing<'w> {
    rules: &'w Rules,
    thread: &'w str,
    facts: &'w Facts,
}

/// Writes a call, whatever becomes of it. `taken` are its values in `json`; `held` those that are yet to be serialised.
pub(crate) fn write(
    rules: &Rules,
    thread: &str,
    facts: &Facts,
    json: &[u8],
    taken: &mut [Taken],
    held: Vec<(usize, Held)>,
) {
    let writing = Writing { rules, thread, facts };
    let written = catch_unwind(AssertUnwindSafe(|| {
        if held.is_empty() {
            return writing.write(json, taken);
        }
        let mut room = writing.serialise_held(json, taken, held);
        writing.write(&room.json, &mut room.taken)
    }));
    match written {
        Ok(Ok(())) => {}
        Ok(Err(error)) => rules.failed(&error),
        Err(payload) => {
            std::mem::forget(payload);
            add(&rules.counters.failed, 1);
        }
    }
}

impl Writing<'_> {
    fn write(&self, raw: &[u8], taken: &mut [Taken]) -> Result<(), Error> {
        let Self { rules, facts, .. } = self;
        let counters = &rules.counters;
        let start = Instant::now();
        let mut json = self.framed(raw, &spans_of(taken), taken);
        // What is of our own making follows later: it says beside the names of secrets what became of them.
        json.push(b'}');
        let mut searched = Vec::with_capacity(json.len());
        let is_clean = rules.policy.redact_json(&json, &mut searched)?.is_clean() && searched == json;
        json.pop();
        let mut findings = Vec::new();
        // Of what is clean, the look at the whole record was the last one, too.
        if !is_clean {
            json = self.searched_one_by_one(raw, taken)?;
            // Whatever slipped through every rule before must not slip through here.
            json.push(b'}');
            findings = rules.policy.scan(&json);
            json.pop();
        }
        self.metadata(taken, &mut json);
        json.extend_from_slice(b"}}");
        let scanned = Instant::now();
        add(&counters.redact_ns, nanos(scanned - start));
        if let Some(finding) = findings.first() {
            add(&counters.quarantined, 1);
            return Err(Error::Document {
                origin: facts.id.to_string(),
                why: format!("rule {finding} still finds a secret in it; it was not written"),
            });
        }
        let Some(shelf) = &rules.shelf else { return Ok(()) };
        let put = shelf.put(&New {
            name: &rules.name,
            json: &json,
            time: facts.time,
            tags: self.tags(),
            at_once: !rules.background,
        });
        add(&counters.store_ns, nanos(scanned.elapsed()));
        put?;
        add(&counters.captured, 1);
        add(&counters.bytes, json.len() as u64);
        if rules.settings.debug_mode.value {
            let kept_back: Vec<_> = taken.iter().flat_map(|taken| &taken.rules).cloned().collect();
            let told =
                if kept_back.is_empty() { String::new() } else { format!(", kept back by {}", kept_back.join(", ")) };
            crate::warn::say(&format!("captured `{}` as {}: {} bytes{told}", rules.name, facts.id, json.len()));
        }
        Ok(())
    }

    /// What can be asked of a document without reading it.
    fn tags(&self) -> Vec<(String, String)> {
        let mut tags = self.rules.tags.clone();
        tags.push(("id".into(), self.facts.id.to_string()));
        tags.push(("thread".into(), self.thread.to_owned()));
        if let Some((kind, _)) = self.facts.outcome {
            tags.push(("outcome".into(), kind.as_str().into()));
        }
        tags
    }

    /// Serialises what was only cloned when the function was called.
    fn serialise_held(&self, before: &[u8], taken: &mut [Taken], held: Vec<(usize, Held)>) -> Room {
        let mut held = held.into_iter().peekable();
        let room = Room { json: Vec::with_capacity(before.len() + 256), taken: Vec::with_capacity(taken.len()) };
        let mut values = Values::new(self.rules, self.facts.site.spec.parameters, room);
        let mut start = 0;
        for (at, taken) in taken.iter_mut().enumerate() {
            let end = taken.end;
            match held.next_if(|(of, _)| *of == at) {
                Some((_, held)) => held.keep(&mut values),
                None => values.copy(&before[start..end], taken.tier, std::mem::take(&mut taken.rules)),
            }
            start = end;
        }
        values.into_parts().0
    }
}

/// Where the values stand in what was taken.
fn spans_of(taken: &[Taken]) -> Vec<(usize, usize)> {
    let mut start = 0;
    taken.iter().map(|taken| (std::mem::replace(&mut start, taken.end), taken.end)).collect()
}

impl Writing<'_> {
    /// The document with each value searched by itself, so that it is known which of them held something.
    fn searched_one_by_one(&self, raw: &[u8], taken: &mut [Taken]) -> Result<Vec<u8>, Error> {
        let rules = self.rules;
        let spans = spans_of(taken);
        let mut clean = Vec::with_capacity(raw.len() + 64);
        let mut values = Vec::with_capacity(spans.len());
        for (taken, (start, end)) in taken.iter_mut().zip(spans) {
            let from = clean.len();
            let report = rules.policy.redact_json(&raw[start..end], &mut clean)?;
            note(rules, taken, &report);
            values.push((from, clean.len()));
        }
        Ok(self.framed(&clean, &values, taken))
    }

    /// The document of a record up to what is known of the call, its values being parts of `clean`.
    fn framed(&self, clean: &[u8], values: &[(usize, usize)], taken: &[Taken]) -> Vec<u8> {
        let Facts { site, id, time, outcome, .. } = self.facts;
        let parameters = site.spec.parameters;
        let mut out = Vec::with_capacity(clean.len() + 1_024);
        let mut head = String::with_capacity(128);
        let _ = write!(
            head,
            r#"{{"version":{VERSION},"id":"{}","function_name":"{}","timestamp":"{}","args":["#,
            id,
            site.spec.name,
            humantime::format_rfc3339_nanos(*time),
        );
        out.extend_from_slice(head.as_bytes());
        let of = |named: bool| {
            let pairs = parameters.iter().zip(values);
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
        if let Some((kind, duration)) = *outcome {
            let _ = std::io::Write::write_fmt(&mut out, format_args!(r#","outcome":{{"kind":"{kind}""#));
            if let (Some(taken), Some(&(from, to))) = (taken.get(parameters.len()), values.get(parameters.len())) {
                let _ = std::io::Write::write_fmt(&mut out, format_args!(r#","tier":"{}","value":"#, taken.tier));
                out.extend_from_slice(&clean[from..to]);
                if !taken.rules.is_empty() {
                    out.extend_from_slice(b",\"redacted\":");
                    let _ = serde_json::to_writer(&mut out, &taken.rules);
                }
            }
            let _ = std::io::Write::write_fmt(&mut out, format_args!(r#","duration_ns":{}}}"#, nanos(duration)));
        }
        out
    }

    /// Everything else that is said of a call, up to the last two braces.
    fn metadata(&self, taken: &[Taken], out: &mut Vec<u8>) {
        let Facts { site, place, span, .. } = self.facts;
        let _ =
            std::io::Write::write_fmt(out, format_args!(r#","metadata":{{"call_depth":{},"thread_id":"#, place.depth));
        quoted(self.thread, out);
        if let Some(parent) = place.parent {
            let _ = std::io::Write::write_fmt(out, format_args!(r#","parent":"{parent}""#));
        }
        if let Some(span) = span {
            out.extend_from_slice(b",\"span\":");
            quoted(span, out);
        }
        let parameters = site.spec.parameters;
        out.extend_from_slice(b",\"tiers\":{");
        for (at, (parameter, taken)) in parameters.iter().zip(taken).enumerate() {
            if at > 0 {
                out.push(b',');
            }
            quoted(parameter.name, out);
            let _ = std::io::Write::write_fmt(out, format_args!(r#":"{}""#, taken.tier));
        }
        out.push(b'}');
        let mut redacted = parameters.iter().zip(taken).filter(|(_, taken)| !taken.rules.is_empty()).peekable();
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
        if !self.rules.tags.is_empty() {
            out.extend_from_slice(b",\"tags\":{");
            for (at, (name, value)) in self.rules.tags.iter().enumerate() {
                if at > 0 {
                    out.push(b',');
                }
                quoted(name, out);
                out.push(b':');
                quoted(value, out);
            }
            out.push(b'}');
        }
        out.extend_from_slice(self.rules.constant.as_bytes());
    }
}

fn quoted(text: &str, out: &mut Vec<u8>) {
    // A string into memory does not fail.
    let _ = serde_json::to_writer(out, text);
}

/// What rules over texts found becomes part of what is said of a value.
fn note(rules: &Rules, taken: &mut Taken, report: &Report) {
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
