//! Rows as they may be written: times instead of ticks, and values as the rules of the policy leave them.
//!
//! How they stand in the file is told in [`file::stream`](crate::file::stream).

use std::borrow::Cow;
use std::sync::Arc;

use crate::file::stream::{CallRef, FieldBuffer, Row, RowKind};
use crate::layer::clock;
use crate::layer::fields::{Fields, ReadField, Tag};
use crate::layer::memory::Resident;
use crate::layer::ring::Ring;
use crate::layer::row::{self, Kind, PANICKED, Ref, TRUNCATED};
use crate::layer::session::Session;
use crate::tree::Value;

/// Gives rows the form of the file.
pub(super) struct Form {
    session: Arc<Session>,
    resident: Option<Resident>,
    /// Of the row that was read last.
    pub(super) fields: FieldBuffer,
    text: Vec<u64>,
    /// Values that a rule has changed.
    pub(super) scrubbed: u64,
    /// Text that was gone.
    pub(super) lost_bytes: u64,
}

impl Form {
    pub(super) fn new(session: Arc<Session>, resident: Option<Resident>) -> Self {
        Self { session, resident, fields: FieldBuffer::default(), text: Vec::new(), scrubbed: 0, lost_bytes: 0 }
    }

    /// The name of the thread of a ring.
    pub(super) fn thread_name<'r>(&self, ring: &'r Ring) -> Option<Cow<'r, str>> {
        ring.thread.name.as_deref().map(|name| self.session.plan.policy.scrub_debug(name))
    }

    /// A row of a ring.
    pub(super) fn row(&self, ring: &Ring, seq: u64, kind: RowKind, row: &row::Row) -> Row {
        let since = |stamp: u64| (stamp != 0).then(|| clock::nanos_between(self.session.started, stamp));
        let memory = match &self.resident {
            Some(resident) if row.start() != 0 => resident.at(row.start()),
            _ if row.end() != 0 && kind != RowKind::Follows => ring.read_memory(seq),
            _ => None,
        };
        Row {
            seq,
            kind,
            callsite: if matches!(kind, RowKind::Span | RowKind::Event) { row.callsite() } else { 0 },
            about: reference(row.about()),
            start: since(row.start()),
            end: if kind == RowKind::Follows { None } else { since(row.end()) },
            other: match kind {
                RowKind::Follows => reference(row.end()),
                RowKind::Again => reference(row.own()),
                _ => None,
            },
            memory: memory.filter(|_| matches!(kind, RowKind::Span | RowKind::Stay | RowKind::Again)),
            panicked: row.has(PANICKED),
            truncated: row.has(TRUNCATED),
        }
    }

    /// Reads the fields of a row into `fields`. Gives the end of their text in the ring, 0 where there is none.
    pub(super) fn read_fields(&mut self, ring: &Ring, row: &row::Row) -> u64 {
        self.fields.clear();
        let Some((at, len)) = row.text() else { return 0 };
        if !ring.read_text(at, len, false, &mut self.text) {
            self.lost_bytes += len as u64 * 8;
            return 0;
        }
        let policy = &self.session.plan.policy;
        for field in Fields(&self.text) {
            let clean;
            let (value, cut) = match field.tag {
                Tag::Str | Tag::CutStr | Tag::Text | Tag::CutText => {
                    clean = policy.scrub_debug(field.str());
                    self.scrubbed += u64::from(matches!(clean, Cow::Owned(_)));
                    let is_str = matches!(field.tag, Tag::Str | Tag::CutStr);
                    let value = if is_str { Value::Str(&clean) } else { Value::Text(&clean) };
                    (value, matches!(field.tag, Tag::CutStr | Tag::CutText))
                }
                _ => (plain(&field), false),
            };
            self.fields.push(field.index, cut, value);
        }
        at + len as u64
    }
}

/// What a row tells, if that is told in files.
pub(super) fn kind(row: &row::Row) -> Option<RowKind> {
    Some(match row.kind()? {
        Kind::Span => RowKind::Span,
        Kind::Stay => RowKind::Stay,
        Kind::Event => RowKind::Event,
        Kind::Record => RowKind::Record,
        Kind::Follows => RowKind::Follows,
        Kind::Again => RowKind::Again,
        // It orders what a registry's ids name.
        Kind::Moment => return None,
    })
}

fn reference(bits: u64) -> Option<CallRef> {
    let row = Ref::from_bits(bits);
    row.has_row().then(|| CallRef { ring: row.ring(), seq: row.seq() })
}

/// A value that is no text.
fn plain<'f>(field: &ReadField<'f>) -> Value<'f> {
    match field.tag {
        Tag::Bool => Value::Bool(field.number() != 0),
        Tag::I64 => Value::I64(field.number().cast_signed()),
        Tag::U64 => Value::U64(field.number()),
        Tag::F64 => Value::F64(f64::from_bits(field.number())),
        Tag::I128 => Value::I128(field.str().parse().unwrap_or_default()),
        Tag::U128 => Value::U128(field.str().parse().unwrap_or_default()),
        Tag::Panicked => Value::Panicked,
        Tag::Redacted | Tag::Str | Tag::CutStr | Tag::Text | Tag::CutText => Value::Redacted,
    }
}
