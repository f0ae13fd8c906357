//! JSON inside of a text: read as a document, whatever stands around it.

use std::ops::Range;

use super::{Find, Search, With};
use crate::json;

impl Search<'_, '_> {
    /// JSON in the text, as all of it or as a part: `data: {…}`, `body={…}`.
    pub(super) fn documents(&mut self) {
        let bytes = self.text.as_bytes();
        let mut at = bytes.iter().take_while(|byte| byte.is_ascii_whitespace()).count();
        // Also a string as a document, if it is all of the text.
        if bytes.get(at) == Some(&b'"') && bytes.trim_ascii_end().len() > at + 1 {
            let end = bytes.trim_ascii_end().len();
            if self.document(at..end) == Some(end) {
                return;
            }
        }
        // Text that only begins like JSON, again and again, must not take the square of its length.
        let mut budget = bytes.len() * 4 + 256;
        while let Some(ahead) = memchr::memchr2(b'{', b'[', &bytes[at..]) {
            let start = at + ahead;
            let inner = bytes[start + 1..].iter().find(|byte| !byte.is_ascii_whitespace());
            let begins = match bytes[start] {
                b'{' => matches!(inner, Some(b'"')),
                _ => matches!(inner, Some(b'{' | b'"' | b'[')) || (start == 0 && inner.is_some_and(u8::is_ascii_digit)),
            };
            at = start + 1;
            if begins {
                match self.document(start..bytes.len()) {
                    Some(end) => at = end,
                    None => {
                        let Some(left) = budget.checked_sub(bytes.len() - start) else { return };
                        budget = left;
                    }
                }
            }
        }
    }

    /// The document that begins this range, if one does; where it ends.
    fn document(&mut self, range: Range<usize>) -> Option<usize> {
        let mut clean = Vec::new();
        let (length, report) =
            json::first_document(self.rules, &self.text.as_bytes()[range.clone()], &mut clean, self.context.depth + 1)?;
        let range = range.start..range.start + length;
        if !report.is_clean() {
            let rules = report.redacted().flat_map(|(rule, count)| (0..count).map(move |_| rule.clone())).collect();
            // What is made of valid text is text.
            let with = String::from_utf8(clean).map_or(With::Placeholder, With::Text);
            self.found.push(Find { range: range.clone(), rules, with });
        }
        let end = range.end;
        self.documents.push(range);
        Some(end)
    }
}
