//! Values that markup names: elements, parts of a form, flags of a command.

use std::ops::Range;

use super::super::pack::DSN_PASSWORD;
use super::super::tokens::run;
use super::{Search, With};
use crate::PLACEHOLDER;

impl Search<'_, '_> {
    /// `<password>…</password>`, `<entry name="password">…`, `<add key="password" value="…"/>`.
    pub(super) fn elements(&mut self) {
        let bytes = self.text.as_bytes();
        let mut at = 0;
        while let Some(ahead) = memchr::memchr(b'<', &bytes[at..]) {
            let start = at + ahead + 1;
            at = start;
            if !bytes.get(start).is_some_and(u8::is_ascii_alphabetic) {
                continue;
            }
            let Some(length) = bytes[start..].iter().take(512).position(|&byte| byte == b'>' || byte == b'<') else {
                continue;
            };
            let close = start + length;
            if bytes[close] != b'>' {
                continue;
            }
            let tag = &self.text[start..close];
            let name = tag.split([' ', '/', '\t', '\n']).next().unwrap_or_default();
            let local = name.rsplit(':').next().unwrap_or_default();
            let named = (tag.len() > name.len())
                .then(|| attribute(tag, &["name", "key"]))
                .flatten()
                .and_then(|range| self.rules.names.find(&tag[range]));
            let rule = self.rules.names.find(local).or(named);
            let Some(rule) = rule.cloned() else { continue };
            if named.is_some()
                && let Some(value) = attribute(tag, &["value"])
                && !value.is_empty()
            {
                self.push(start + value.start..start + value.end, &rule, With::Placeholder);
            }
            if !tag.ends_with('/') {
                let end = memchr::memchr(b'<', &bytes[close + 1..]).map_or(bytes.len(), |length| close + 1 + length);
                // CDATA stands in what looks like an element.
                let end = if self.text[close + 1..].starts_with("<![CDATA[") {
                    self.text[close..].find("]]>").map_or(bytes.len(), |length| close + length + 3)
                } else {
                    end
                };
                let value = &self.text[close + 1..end];
                if !value.trim().is_empty() && value.trim() != PLACEHOLDER {
                    self.push(close + 1..end, &rule, With::Placeholder);
                }
            }
        }
    }

    /// Parts of a form that holds files: `Content-Disposition: form-data; name="password"`, an empty line, the value.
    pub(super) fn parts(&mut self) {
        const WIDEST_HEAD: usize = 512;
        const SHORTEST: usize = 40;
        let bytes = self.text.as_bytes();
        if bytes.len() < SHORTEST {
            return;
        }
        for at in memchr::memmem::find_iter(bytes, b"form-data;") {
            let line = memchr::memchr(b'\n', &bytes[at..]).map_or(bytes.len(), |length| at + length);
            let Some(name) = attribute(&self.text[at..line], &["name"]) else { continue };
            let Some(rule) = self.rules.names.find(&self.text[at + name.start..at + name.end]).cloned() else {
                continue;
            };
            let head = &bytes[line..bytes.len().min(line + WIDEST_HEAD)];
            let blank = |mark: &[u8]| memchr::memmem::find(head, mark).map(|length| line + length + mark.len());
            // The end of the first line may be the first half of the empty one.
            let Some(start) = blank(b"\n\r\n").or_else(|| blank(b"\n\n")) else { continue };
            let end = memchr::memmem::find(&bytes[start..], b"\n--").map_or(bytes.len(), |length| start + length);
            let end = end - usize::from(bytes[start..end].ends_with(b"\r"));
            if start < end && &self.text[start..end] != PLACEHOLDER {
                self.push(start..end, &rule, With::Placeholder);
            }
        }
    }

    /// `--password hunter2`, `-u ada:hunter2`.
    pub(super) fn flags(&mut self) {
        let bytes = self.text.as_bytes();
        for at in memchr::memchr_iter(b'-', bytes) {
            if at > 0 && !matches!(bytes[at - 1], b' ' | b'\t' | b'\n' | b'\'' | b'"' | b'`') {
                continue;
            }
            let name_end = run(bytes, at, |byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'));
            if bytes.get(name_end) != Some(&b' ') || name_end < at + 2 {
                continue;
            }
            let start = run(bytes, name_end, |byte| byte == b' ');
            let start = start + usize::from(matches!(bytes.get(start), Some(b'"' | b'\'')));
            let end = run(bytes, start, |byte| !byte.is_ascii_whitespace() && !matches!(byte, b'"' | b'\'' | b'`'));
            let (flag, value) = (&self.text[at..name_end], &self.text[start..end]);
            if value.is_empty() || value.starts_with('-') || value.starts_with(PLACEHOLDER) {
                continue;
            }
            if flag == "-u" || flag == "--user" {
                if let Some(colon) =
                    value.find(':').filter(|&colon| colon + 1 < value.len() && !value[colon..].starts_with("://"))
                    && &value[colon + 1..] != PLACEHOLDER
                {
                    self.push_row(DSN_PASSWORD, start + colon + 1..end);
                }
            } else if flag.starts_with("--")
                && let Some(rule) = self.rules.names.find_at_the_end(flag).cloned()
            {
                self.push(start..end, &rule, With::Placeholder);
            }
        }
    }
}

/// The value of the first of these attributes, in a tag: where it stands.
fn attribute(tag: &str, names: &[&str]) -> Option<Range<usize>> {
    names.iter().find_map(|name| {
        tag.match_indices(name).find_map(|(at, _)| {
            let free = at > 0 && tag.as_bytes()[at - 1].is_ascii_whitespace();
            let after = &tag[at + name.len()..];
            let quoted = after.trim_start().strip_prefix('=')?.trim_start();
            let mark = quoted.chars().next().filter(|mark| matches!(mark, '"' | '\''))?;
            let start = tag.len() - quoted.len() + 1;
            let length = tag[start..].find(mark)?;
            free.then_some(start..start + length)
        })
    })
}
