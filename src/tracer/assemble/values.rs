//! Values of fields, as the session may show them: up to its limit, without what its policy keeps out.

use std::borrow::Cow;

use super::{Assembly, Source};
use crate::layer::fields::{Fields, ReadField, Tag, floor_char};
use crate::layer::ring::Ring;
use crate::layer::row::Row;
use crate::tree::{Field, Stored, TextAt, TreeBuilder};

/// What happened to the values of one row.
pub(super) struct Shared {
    pub(super) node: u32,
    pub(super) cut: u64,
    pub(super) redacted: u64,
    pub(super) panicked: u64,
}

impl Assembly<'_> {
    pub(super) fn fields(&mut self, ring: &Ring, row: &Row) -> Vec<Field> {
        let mut fields = Vec::new();
        self.each_field(ring, row, |_, field| fields.push(field));
        fields
    }

    /// Reads the fields of a row one after the other.
    pub(super) fn each_field(&mut self, ring: &Ring, row: &Row, mut take: impl FnMut(&mut TreeBuilder, Field)) {
        let Some((at, len)) = row.text() else { return };
        // Copied first: they may be written over meanwhile.
        let mut words = std::mem::take(&mut self.text);
        if ring.read_text(at, len, self.freed, &mut words) {
            for field in Fields(&words) {
                let field = self.field(&field);
                take(&mut self.builder, field);
            }
        } else {
            self.stats.lost_bytes += len as u64 * 8;
        }
        self.text = words;
    }

    #[inline(never)]
    pub(super) fn read_fields_into(&mut self, node: u32, source: &Source, row: &Row) {
        let start = self.builder.next_field();
        self.each_field(&source.ring, row, TreeBuilder::push_field);
        let mask = self.known[self.builder.get(node).callsite as usize].decision.redact;
        let fields = self.builder.own_fields(node, start);
        if source.commons {
            let scrubbed = std::mem::take(&mut self.scrubbed);
            self.shared.push(shared(node, fields, mask, scrubbed));
        }
    }

    /// [`shared`] of fields that are not the node's yet.
    pub(super) fn share(&mut self, node: u32, fields: &mut [Field], scrubbed: u64) {
        let mask = self.known[self.builder.get(node).callsite as usize].decision.redact;
        self.shared.push(shared(node, fields, mask, scrubbed));
    }

    fn field(&mut self, field: &ReadField<'_>) -> Field {
        let mut cut = false;
        let value = match field.tag {
            Tag::Bool => Stored::Bool(field.number() != 0),
            Tag::I64 => Stored::I64(field.number() as i64),
            Tag::U64 => Stored::U64(field.number()),
            Tag::F64 => Stored::F64(f64::from_bits(field.number())),
            Tag::I128 => Stored::I128(self.builder.text(field.str())),
            Tag::U128 => Stored::U128(self.builder.text(field.str())),
            Tag::Str | Tag::CutStr => {
                let text = self.within_limit(field, &mut cut);
                Stored::Str(self.scrubbed(text))
            }
            Tag::Text | Tag::CutText => {
                let text = self.within_limit(field, &mut cut);
                Stored::Text(self.scrubbed(text))
            }
            Tag::Redacted => Stored::Redacted,
            Tag::Panicked => Stored::Panicked,
        };
        Field { name: u16::from(field.index), cut, value }
    }

    /// The text of a field up to the session's limit; that of the commons is higher.
    fn within_limit<'f>(&mut self, field: &ReadField<'f>, cut: &mut bool) -> &'f str {
        *cut = matches!(field.tag, Tag::CutStr | Tag::CutText);
        within(self.session.plan.value_limit, field.str(), cut)
    }

    /// Text as the value rules of the policy leave it.
    fn scrubbed(&mut self, text: &str) -> TextAt {
        let clean = self.policy.scrub_debug(text);
        if matches!(clean, Cow::Owned(_)) {
            self.scrubbed += 1;
        }
        self.builder.text(&clean)
    }
}

/// Keeps out of fields from the commons what the session's policy names, by `mask`: they were written under the layer's
/// own. What happened to their values is counted once it is known whose they are.
fn shared(node: u32, fields: &mut [Field], mask: u64, scrubbed: u64) -> Shared {
    fields.iter_mut().filter(|field| mask >> (field.name & 63) & 1 == 1).for_each(|f| f.value = Stored::Redacted);
    let count = |is: &dyn Fn(&Field) -> bool| fields.iter().filter(|field| is(field)).count() as u64;
    Shared {
        node,
        cut: count(&|field| field.cut),
        redacted: count(&|field| field.value == Stored::Redacted) + scrubbed,
        panicked: count(&|field| field.value == Stored::Panicked),
    }
}

/// The text up to a limit; notes whether it was longer.
pub(in crate::tracer) fn within<'t>(limit: usize, text: &'t str, cut: &mut bool) -> &'t str {
    if text.len() <= limit {
        return text;
    }
    *cut = true;
    &text[..floor_char(text, limit)]
}
