//! From word to word, once: names and their values, tokens, numbers, addresses, and what a word may write.

use std::ops::Range;

use super::super::lines::{is_escape, line_break, without_line_breaks};
use super::super::numbers::{self, Hint};
use super::super::pack::{DSN_PASSWORD, EMAIL, ENTROPY, IDS};
use super::super::tokens::{Tokens, run_back};
use super::super::{DEEPEST, decode, email};
use super::classes::{CLASS, JOINT, OTHER, WORD, end_of_class};
use super::{Find, Search, With};
use crate::secrets::{Kind, is_escaped_space};
use crate::text::{By, Walk};
use crate::{PLACEHOLDER, RuleId};

/// The walk of the light rules, and how far it has come.
struct Light<'t, 'p> {
    walk: Walk<'t, 'p>,
    done: usize,
}

impl Search<'_, '_> {
    /// Goes from word to word, once: names and their values, tokens, numbers, addresses, and what a word may write.
    pub(super) fn words(&mut self) {
        let bytes = self.text.as_bytes();
        let mut walk = Light { walk: Walk::new(self.text, &self.rules.names, self.rules.kinds), done: 0 };
        let tokens = (!self.rules.pack.is_empty()).then(Tokens::new);
        // Where the words began that stand together, with nothing but `+/-_` between them.
        let mut together = 0;
        let mut at = 0;
        while at < bytes.len() {
            let byte = bytes[at];
            let class = CLASS[usize::from(byte)];
            if class == WORD {
                let end = end_of_class(bytes, at, WORD);
                let mut next = end;
                // The letter of an escaped line break may stand before the word.
                let escaped = at > 0 && bytes[at - 1] == b'\\' && is_escaped_space(byte) && end > at + 1;
                for start in [Some(at), escaped.then_some(at + 1)].into_iter().flatten() {
                    self.word(&mut walk, tokens.as_ref(), start);
                    next = self.number(start).map_or(next, |number| number.max(next));
                }
                at = next;
                continue;
            }
            let token = match byte {
                b':' | b'-' | b'.' => Some(at),
                b'~' if at > 0 => Some(at - 1),
                _ => None,
            };
            if let Some((row, range)) = token.and_then(|at| tokens.as_ref()?.at(bytes, at)) {
                self.push_row(IDS.len() + row, range);
            }
            if matches!(byte, b':' | b'=' | b',' | b'(' | b'_') || (byte == b'-' && bytes.get(at + 1) == Some(&b'-')) {
                self.light(&mut walk, at);
            }
            if class == JOINT {
                at = if byte == b'+' { self.number(at).unwrap_or(at + 1) } else { at + 1 };
                continue;
            }
            // Neither: the words that stood together end here.
            let end = self.end_words(together, at);
            if end > at {
                at = end;
                together = at;
                continue;
            }
            let number = match byte {
                b'@' => {
                    self.at_sign(at);
                    None
                }
                b'(' => self.number(at),
                _ => None,
            };
            at = number.unwrap_or(at + 1);
            together = at;
        }
        self.end_words(together, at);
    }

    /// A word that begins here, by its first letters.
    fn word(&mut self, walk: &mut Light<'_, '_>, tokens: Option<&Tokens>, start: usize) {
        let bytes = self.text.as_bytes();
        let mark = match bytes[start..] {
            [b'b' | b'B', b'e' | b'E' | b'a' | b'A', ..] | [b'x', b'o', ..] => Some(start),
            [b'e', b'y', b'J', ..] | [b'A', b'K' | b'S', b'I', ..] => Some(start + 2),
            _ => None,
        };
        if let Some(mark) = mark {
            self.light(walk, mark);
        }
        if let Some((row, range)) = tokens.and_then(|tokens| tokens.at(bytes, start)) {
            self.push_row(IDS.len() + row, range);
        }
    }

    /// What follows a sensitive name, and the forms of the light rules.
    fn light(&mut self, walk: &mut Light<'_, '_>, at: usize) {
        // What starts in a part that is gone already is gone with it; so each byte of a value is looked at once.
        if at < walk.done {
            return;
        }
        let Some((range, by)) = walk.walk.secret_at(at).filter(|(range, _)| range.start >= walk.done) else { return };
        if &self.text[range.clone()] == PLACEHOLDER {
            return;
        }
        walk.done = range.end;
        match by {
            By::Name(rule) => self.push(range, rule, With::Placeholder),
            By::Form(kind) => {
                let tagged = !matches!(kind, Kind::UrlPassword | Kind::Bearer | Kind::Basic);
                let id = self.rules.pack.kind_ids.get(kind as usize).cloned().unwrap_or_else(|| RuleId::new(kind.id()));
                self.push(range, &id, if tagged { With::Tag } else { With::Placeholder });
            }
        }
    }

    /// A number that begins here: where it ends.
    fn number(&mut self, at: usize) -> Option<usize> {
        let bytes = self.text.as_bytes();
        match bytes[at] {
            // Nearly all are too short, or have letters right behind.
            b'0'..=b'9' if is_short(bytes, at) => return None,
            b'0'..=b'9' => {}
            b'A'..=b'Z' if bytes.get(at + 1).is_some_and(u8::is_ascii_uppercase) => {}
            b'+' | b'(' if bytes.get(at + 1).is_some_and(u8::is_ascii_digit) => {
                if at > 0 && bytes[at - 1].is_ascii_alphanumeric() && !is_escape(bytes, at - 1) {
                    return None;
                }
            }
            _ => return None,
        }
        // A fraction, a part of a version: `0.4111…`.
        if at > 1 && bytes[at - 1] == b'.' && bytes[at - 2].is_ascii_digit() {
            return None;
        }
        let (kind, range) = numbers::find_at(bytes, at, || self.hint_before(at))?;
        self.push_row(kind.row(), range.clone());
        Some(range.end)
    }

    fn at_sign(&mut self, at: usize) {
        let bytes = self.text.as_bytes();
        if let Some(range) = email::find_at(bytes, at) {
            self.push_row(EMAIL, range);
        } else if let Some(range) = dsn_password(bytes, at) {
            self.push_row(DSN_PASSWORD, range);
        }
    }

    /// What words that stand together may write, or be; gives where they end, padding and further lines included.
    fn end_words(&mut self, start: usize, end: usize) -> usize {
        if end < start + 8 {
            return end;
        }
        let bytes = self.text.as_bytes();
        let joined = |from: usize| {
            bytes[from..].iter().position(|&byte| CLASS[usize::from(byte)] == OTHER).map_or(bytes.len(), |n| from + n)
        };
        // Lines of mail and certificates: it goes on behind the break.
        let (mut whole, mut folded) = (end, false);
        while whole - start >= 60 {
            let gap = line_break(&bytes[whole..]);
            let next = joined(whole + gap);
            if gap == 0 || next == whole + gap {
                break;
            }
            (whole, folded) = (next, true);
        }
        whole += bytes[whole..].iter().take(2).take_while(|&&byte| byte == b'=').count();
        // The letter of an escape is none of a word: `\nQWRh…` in a `Debug` print.
        let begin = if is_escape(bytes, start) { start + 1 } else { start };
        if self.context.depth < DEEPEST {
            self.decoded(begin, whole, folded);
        }
        self.random(begin, whole);
        // Further lines are looked at one by one too.
        if folded { end } else { whole }
    }

    /// What the words before a number say of it.
    fn hint_before(&self, at: usize) -> Hint {
        const WIDTH: usize = 28;
        let mut hint = self.context.hint;
        let mut far = at.saturating_sub(WIDTH);
        while !self.text.is_char_boundary(far) {
            far += 1;
        }
        let mut room = [0; WIDTH];
        let bytes = &mut room[..at - far];
        bytes.copy_from_slice(&self.text.as_bytes()[far..at]);
        bytes.make_ascii_lowercase();
        let bytes = &*bytes;
        let word = |word: &str| {
            memchr::memmem::find_iter(bytes, word).any(|at| {
                let letter = |at: usize| bytes.get(at).is_some_and(u8::is_ascii_alphabetic);
                (at == 0 || !letter(at - 1)) && !letter(at + word.len())
            })
        };
        hint.phone |= ["phone", "telephone", "tel", "mobile", "fax", "sms", "whatsapp"].into_iter().any(word);
        hint.ssn |= ["ssn", "social security", "social-security", "itin"].into_iter().any(word);
        hint
    }

    /// Looks into what this run writes, as a whole or between its slashes and dashes.
    fn decoded(&mut self, start: usize, end: usize, folded: bool) {
        let bytes = self.text.as_bytes();
        let whole;
        let run = if folded {
            whole = without_line_breaks(&bytes[start..end]);
            &whole
        } else {
            &bytes[start..end]
        };
        if self.decoded_part(run, start..end) || folded {
            return;
        }
        let mut from = start;
        while from < end {
            let mut to = end_of_class(bytes, from, WORD);
            while to < end && matches!(bytes[to], b'+' | b'=') {
                to = end_of_class(bytes, to + 1, WORD);
            }
            let to = to.min(end);
            if to - from >= 8 && to - from < end - start {
                self.decoded_part(&bytes[from..to], from..to);
            }
            from = to + 1;
        }
    }

    /// Whether these bytes write a text; what was found in it stands for `range`.
    pub(super) fn decoded_part(&mut self, run: &[u8], range: Range<usize>) -> bool {
        let Some((writing, text)) = decode::decode(run) else { return false };
        if let Some((clean, rules)) = self.rules.clean(&text, self.deeper()) {
            let inside =
                self.documents.iter().any(|document| document.start <= range.start && range.end <= document.end);
            if !inside {
                self.found.push(Find { range, rules, with: With::Text(writing.encode(&clean)) });
            }
        }
        true
    }

    /// A random word beside one that says that it is a key.
    fn random(&mut self, start: usize, end: usize) {
        let bytes = &self.text.as_bytes()[start..end];
        if bytes.len() < 20 || bytes.len() > 512 {
            return;
        }
        let has = |test: fn(&u8) -> bool| bytes.iter().any(test);
        let mixed = has(u8::is_ascii_lowercase) && has(u8::is_ascii_uppercase) && has(u8::is_ascii_digit);
        if mixed && (self.context.hint.keyish || self.key_before(start)) && bits_a_byte(bytes) >= 3.5 {
            self.push_row(ENTROPY, start..end);
        }
    }

    fn key_before(&self, at: usize) -> bool {
        const WIDTH: usize = 24;
        const WORDS: [&str; 8] = ["key", "token", "secret", "password", "passwd", "credential", "signature", "auth"];
        let mut far = at.saturating_sub(WIDTH);
        while !self.text.is_char_boundary(far) {
            far += 1;
        }
        // Not across a line, nor in an earlier clause.
        let before = self.text[far..at]
            .rsplit(['\n', ',', ';', '&', '{', '}', '<'])
            .next()
            .unwrap_or_default()
            .to_ascii_lowercase();
        let bytes = before.as_bytes();
        WORDS.iter().any(|word| {
            before.match_indices(word).any(|(at, _)| {
                let ends = !bytes.get(at + word.len()).is_some_and(u8::is_ascii_alphanumeric);
                (at == 0 || !(bytes[at - 1].is_ascii_alphanumeric() || matches!(bytes[at - 1], b'_' | b'-'))) && ends
            })
        })
    }
}

/// `user:password@tcp(host)/db`, as Go's drivers write it: at the `@`. Gives the password.
fn dsn_password(text: &[u8], at: usize) -> Option<Range<usize>> {
    let is_address = [&b"tcp("[..], b"unix(", b"udp("].iter().any(|network| text[at + 1..].starts_with(network));
    let start = run_back(text, at, |byte| !byte.is_ascii_whitespace() && !matches!(byte, b':' | b'"' | b'\'' | b'='));
    let is_password = start > 0 && text[start - 1] == b':' && start < at && &text[start..at] != PLACEHOLDER.as_bytes();
    (is_address && is_password).then_some(start..at)
}

/// Shannon's entropy of the bytes of a word.
fn bits_a_byte(bytes: &[u8]) -> f64 {
    let mut counts = [0_u32; 256];
    bytes.iter().for_each(|&byte| counts[usize::from(byte)] += 1);
    let length = bytes.len() as f64;
    counts
        .iter()
        .filter(|&&count| count > 0)
        .map(|&count| f64::from(count) / length)
        .map(|share| -share * share.log2())
        .sum()
}

/// Whether the number that begins here has too few digits to be anybody's.
fn is_short(text: &[u8], at: usize) -> bool {
    // A date.
    if matches!(text[at..], [_, _, _, _, b'-', _, _, b'-', _, _, ref rest @ ..] if !rest.first().is_some_and(u8::is_ascii_digit))
    {
        return true;
    }
    let (mut digits, mut index) = (0, at);
    while let Some(&byte) = text.get(index) {
        match byte {
            b'0'..=b'9' => digits += 1,
            b' ' | b'-' | b'.' | b'/' | b'(' | b')' => {}
            b'A'..=b'Z' | b'a'..=b'z' | b'_' if digits == index - at => return true,
            _ => break,
        }
        if digits >= 7 {
            return false;
        }
        index += 1;
    }
    true
}
