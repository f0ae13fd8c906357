//! Walks over a text once and replaces the secrets in it.
//!
//! Which names are sensitive is [`names`](crate::names)' matter, which secrets show by themselves
//! [`secrets`](crate::secrets)'. This module knows how `Debug`, JSON and `name=value` text write a name and its value.

use std::ops::Range;

use crate::names::NameRules;
use crate::secrets::{Kind, Kinds, is_escaped_space};
use crate::{PLACEHOLDER, RuleId};

/// The text without its secrets, or `None` when there are none.
pub(crate) fn scrub(text: &str, names: &NameRules, kinds: Kinds) -> Option<String> {
    let mut scrubbed = String::new();
    let mut copied = 0;
    find(text, names, kinds, |secret, _| {
        if scrubbed.is_empty() {
            scrubbed.reserve(text.len() + PLACEHOLDER.len());
        }
        scrubbed.push_str(&text[copied..secret.start]);
        scrubbed.push_str(PLACEHOLDER);
        copied = secret.end;
    });
    if copied == 0 {
        return None;
    }
    scrubbed.push_str(&text[copied..]);
    Some(scrubbed)
}

/// By what a secret was found.
#[derive(Clone, Copy, Debug)]
pub(crate) enum By<'p> {
    Name(#[cfg_attr(not(feature = "patterns"), expect(dead_code, reason = "nobody reports"))] &'p RuleId),
    Form(#[cfg_attr(not(feature = "patterns"), expect(dead_code, reason = "nobody reports"))] Kind),
}

/// Tells the secrets of a text, from its beginning to its end; none overlap.
pub(crate) fn find<'p>(text: &str, names: &'p NameRules, kinds: Kinds, mut found: impl FnMut(Range<usize>, By<'p>)) {
    if names.is_empty() && kinds == Kinds::NONE {
        return;
    }
    let walk = Walk::new(text, names, kinds);
    let bytes = text.as_bytes();
    let (mut at, mut done) = (0, 0);
    while let Some(ahead) = bytes[at..].iter().position(|&byte| MARKS[usize::from(byte)]) {
        at += ahead;
        at = match walk.secret_at(at) {
            // What starts in a part that is gone already is gone with it.
            Some((secret, by)) if secret.start >= done => {
                let end = secret.end.max(at + 1);
                // Redacting twice is redacting once.
                if &text[secret.clone()] != PLACEHOLDER {
                    done = secret.end;
                    found(secret, by);
                }
                end
            }
            _ => at + 1,
        };
    }
}

// Implementation notes
//
// Most texts hold no secret, and this runs over every text of a tree. So nothing is parsed: the walk stops at the few
// bytes that a secret cannot do without (`MARKS`), and only there looks back for a name, a bounded distance, or around
// for a form. A value is looked at once, when it is replaced, and the walk goes on behind it; together that is linear.
//
// Strings inside strings: the text may be JSON within a `Debug`ged string within another one. A quote there stands behind
// 1, 3, 7 … backslashes, one level each. `Quote::end_of_string` tells from the number before a quote whether it closes a
// string of its level, belongs to it, or closes one further out. No level is remembered, so there is no stack to exhaust.
//
// Brackets: only those of the value's own outermost kind are counted. Counting all kinds would need a stack to be right,
// and miscounting would end a value early, which is the one mistake that leaks.

/// The longest name that is looked for, in bytes. Two of them and a space can be split without an allocation.
const LONGEST_NAME: usize = 60;
/// The widest space between a name, its separator and its value.
const WIDEST_SPACE: usize = 4;
/// The deepest indentation that pretty `Debug` gives a tuple's elements, in bytes.
const WIDEST_INDENT: usize = 256;

/// The bytes at which something may begin or be found.
const MARKS: [bool; 256] = {
    let mut marks = [false; 256];
    let bytes = b":=,(bBJ-I_x";
    let mut at = 0;
    while at < bytes.len() {
        marks[bytes[at] as usize] = true;
        at += 1;
    }
    marks
};

pub(crate) struct Walk<'t, 'p> {
    text: &'t str,
    names: &'p NameRules,
    kinds: Kinds,
}

/// A name in front of its value.
struct Name<'t> {
    text: &'t str,
    /// Where it starts, its quote included.
    start: usize,
    quote: Option<Quote>,
}

/// How a string is quoted: by which character, behind how many backslashes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Quote {
    mark: u8,
    backslashes: usize,
}

/// How a value without quotes ends.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Ends {
    /// At a comma, a closing bracket, the end of the line.
    Clause,
    /// Also at a semicolon: `name = value;`.
    Statement,
    /// Also at a space or `&`: `name=value`.
    Word,
}

impl<'t, 'p> Walk<'t, 'p> {
    pub(crate) fn new(text: &'t str, names: &'p NameRules, kinds: Kinds) -> Self {
        Self { text, names, kinds }
    }

    /// The secret that the byte at `at` gives away, which is one of [`MARKS`].
    pub(crate) fn secret_at(&self, at: usize) -> Option<(Range<usize>, By<'p>)> {
        let bytes = self.text.as_bytes();
        match bytes[at] {
            b':' => self.named_value(at).or_else(|| self.of_kind(Kind::UrlPassword, at)),
            b'=' | b',' | b'(' => self.named_value(at),
            // Most words with a `b` are neither.
            b'b' | b'B' if !matches!(bytes.get(at + 1), Some(b'e' | b'E' | b'a' | b'A')) => None,
            b'b' | b'B' => self.of_kind(Kind::Bearer, at).or_else(|| self.of_kind(Kind::Basic, at)),
            b'J' => self.of_kind(Kind::Jwt, at),
            b'-' => self.of_kind(Kind::PrivateKey, at),
            b'I' => self.of_kind(Kind::AwsKey, at),
            b'_' => self.of_kind(Kind::GithubToken, at).or_else(|| self.of_kind(Kind::StripeKey, at)),
            b'x' => self.of_kind(Kind::SlackToken, at),
            _ => None,
        }
    }

    fn of_kind(&self, kind: Kind, at: usize) -> Option<(Range<usize>, By<'p>)> {
        if self.kinds.has(kind) { Some((kind.find(self.text.as_bytes(), at)?, By::Form(kind))) } else { None }
    }

    /// The value behind the separator at `at`, if the name before it is a sensitive one.
    fn named_value(&self, at: usize) -> Option<(Range<usize>, By<'p>)> {
        let bytes = self.text.as_bytes();
        let next = bytes.get(at + 1).copied();
        let (name, from, ends) = match bytes[at] {
            // A path is no name.
            b':' if next == Some(b':') || (at > 0 && bytes[at - 1] == b':') => return None,
            b':' => (self.name_before(at)?, at + 1, Ends::Clause),
            b'=' => {
                let name = self.name_before(at)?;
                let after = at + 1 + bytes[at + 1..].iter().take(2).take_while(|byte| b"=>".contains(byte)).count();
                let spaced = bytes.get(after) == Some(&b' ');
                (name, after, if spaced { Ends::Statement } else { Ends::Word })
            }
            // A pair: `("password", "hunter2")`.
            b',' if at > 0 && matches!(bytes[at - 1], b'"' | b'\'') => {
                let name = self.name_before(at).filter(|name| name.quote.is_some())?;
                let before = last_solid(bytes, name.start, WIDEST_INDENT)?;
                (name, at + 1, if bytes[before] == b'(' { Ends::Clause } else { return None })
            }
            // A newtype around a string: `Password("hunter2")`.
            b'(' => {
                let inside = first_solid(bytes, at + 1, WIDEST_INDENT)?;
                Quote::opens_at(bytes, inside).filter(|(quote, _)| quote.mark == b'"')?;
                (self.name_before(at).filter(|name| name.quote.is_none())?, at + 1, Ends::Clause)
            }
            _ => return None,
        };
        let rule = self.is_sensitive(&name)?;
        let breaks = matches!(bytes[at], b',' | b'(');
        let from = from
            + bytes[from..]
                .iter()
                .take_while(|&&byte| byte == b' ' || byte == b'\t' || (breaks && byte == b'\n'))
                .count();
        Some((self.value(from, ends, name.quote)?, By::Name(rule)))
    }

    fn is_sensitive(&self, name: &Name<'_>) -> Option<&'p RuleId> {
        if let Some(rule) = self.names.find_in_text(name.text) {
            return Some(rule);
        }
        // In plain writing, the words of a compound stand apart: `API key: …`.
        let bytes = self.text.as_bytes();
        let apart = name.quote.is_none()
            && name.start >= 2
            && bytes[name.start - 1] == b' '
            && is_of_name(bytes[name.start - 2]);
        if !apart {
            return None;
        }
        let start = self.start_of_name(name.start - 1);
        self.names.find_at_the_end(&self.text[start..name.start + name.text.len()])
    }

    /// The name that ends right before the separator at `at`.
    fn name_before(&self, at: usize) -> Option<Name<'t>> {
        let bytes = self.text.as_bytes();
        let last = last_solid(bytes, at, WIDEST_SPACE)?;
        let mark = bytes[last];
        if mark != b'"' && mark != b'\'' {
            let start = self.start_of_name(last + 1);
            return (start <= last).then(|| Name { text: &self.text[start..=last], start, quote: None });
        }
        let backslashes = bytes[..last].iter().rev().take(LONGEST_NAME).take_while(|&&byte| byte == b'\\').count();
        let end = last - backslashes;
        let far = end.saturating_sub(LONGEST_NAME);
        let start = far + bytes[far..end].iter().rposition(|&byte| matches!(byte, b'"' | b'\'' | b'\\' | b'\n'))? + 1;
        let text = &self.text[start..end];
        // What stands between the end of one string and the beginning of the next is no name.
        let is_name = bytes[start - 1] == mark
            && text.bytes().all(|byte| is_of_name(byte) || byte == b' ' || byte == b'/')
            && text.trim() == text;
        is_name.then(|| Name {
            text,
            start: start - 1 - backslashes.min(start - 1),
            quote: Some(Quote { mark, backslashes }),
        })
    }

    /// Where the name without quotes starts that ends before `end`.
    fn start_of_name(&self, end: usize) -> usize {
        let bytes = self.text.as_bytes();
        let far = end.saturating_sub(LONGEST_NAME);
        let mut start = end - bytes[far..end].iter().rev().take_while(|&&byte| is_of_name(byte)).count();
        // The `n` of an escaped line break is no part of the name.
        if start > 0 && start < end && bytes[start - 1] == b'\\' && is_escaped_space(bytes[start]) {
            start += 1;
        }
        while !self.text.is_char_boundary(start) {
            start += 1;
        }
        start.min(end)
    }

    /// The value that starts at `start`; `None` where there is none, or nothing to hide.
    fn value(&self, start: usize, ends: Ends, of_name: Option<Quote>) -> Option<Range<usize>> {
        let bytes = self.text.as_bytes();
        let level = of_name.map_or(0, |quote| quote.backslashes);
        let end = match Quote::opens_at(bytes, start) {
            // This one closes the string in which the name stands: the value was cut off.
            Some((quote, _)) if quote.mark == b'"' && quote.backslashes < level => return None,
            Some((quote, content)) => quote.end_of_string(bytes, content),
            None => self.end_of_bare_value(start, ends, level),
        };
        let hides_nothing = matches!(&self.text[start..end], "" | "None" | "null" | PLACEHOLDER);
        (!hides_nothing).then_some(start..end)
    }

    fn end_of_bare_value(&self, start: usize, ends: Ends, level: usize) -> usize {
        let bytes = self.text.as_bytes();
        let mut at = start;
        while let Some(&byte) = bytes.get(at) {
            match byte {
                b'\n' | b'\r' | b',' | b')' | b']' | b'}' => break,
                b'(' | b'[' | b'{' => at = end_of_group(bytes, at, level),
                // A key has lines of its own: `private_key: -----BEGIN …`.
                b'-' if self.kinds.has(Kind::PrivateKey) && bytes[at..].starts_with(b"-----BEGIN ") => {
                    at = Kind::PrivateKey.find(bytes, at).map_or(at + 1, |key| key.end);
                }
                b'"' | b'\\' => {
                    let slashes = bytes[at..].iter().take_while(|&&byte| byte == b'\\').count();
                    match bytes.get(at + slashes) {
                        // A string that belongs to the value, `Wrapper "abc"`, or the end of the one around it.
                        Some(b'"') if slashes >= level && self.string_opens(start, at, slashes) => {
                            let quote = Quote { mark: b'"', backslashes: slashes };
                            at = quote.end_of_string(bytes, at + slashes + 1);
                        }
                        Some(b'"') => break,
                        Some(&letter) if slashes > 0 && matches!(letter, b'n' | b'r') => break,
                        _ => at += slashes.max(1),
                    }
                }
                b' ' | b'\t' if ends == Ends::Word => match self.continues_after_space(start, at) {
                    Some(next) => at = next,
                    None => break,
                },
                b';' if ends != Ends::Clause => break,
                b'&' | b'\'' if ends == Ends::Word && at > start => break,
                _ => at += 1,
            }
        }
        // Spaces at its end belong to the text around.
        start + self.text[start..at].trim_end().len()
    }

    /// Whether the quote behind `slashes` backslashes at `at` opens a string inside the bare value from `start`.
    fn string_opens(&self, start: usize, at: usize, slashes: usize) -> bool {
        let bytes = self.text.as_bytes();
        let behind_gap = at > start && matches!(bytes[at - 1], b' ' | b'=' | b':' | b'&' | b'#' | b'>');
        let content_follows = bytes.get(at + slashes + 1).is_some_and(|byte| !b",;)]} \n\r\\".contains(byte));
        behind_gap && content_follows
    }

    /// After `=`, a value goes on behind a space in `Token { … }` and in `Bearer …`: where it does.
    fn continues_after_space(&self, start: usize, space: usize) -> Option<usize> {
        const SCHEMES: [&str; 5] = ["Bearer", "Basic", "Digest", "Token", "Negotiate"];
        let bytes = self.text.as_bytes();
        let next = first_solid(bytes, space, WIDEST_SPACE)?;
        let word = &self.text[start..space];
        let is_struct = bytes[next] == b'{' && word.starts_with(|c: char| c.is_alphabetic());
        (is_struct || SCHEMES.iter().any(|scheme| word.eq_ignore_ascii_case(scheme))).then_some(next)
    }
}

impl Quote {
    /// The quote of the string that starts at `at`, behind a prefix as in `b"…"`, and where its content starts.
    fn opens_at(bytes: &[u8], at: usize) -> Option<(Self, usize)> {
        let prefix = bytes[at..].iter().take(2).take_while(|byte| b"bcr".contains(byte)).count();
        let backslashes = bytes[at + prefix..].iter().take_while(|&&byte| byte == b'\\').count();
        let place = at + prefix + backslashes;
        let mark = *bytes.get(place)?;
        let is_quote = mark == b'"' || (mark == b'\'' && backslashes == 0);
        is_quote.then_some((Self { mark, backslashes }, place + 1))
    }

    /// The position behind the closing quote of the string whose content starts at `content`; where one further out
    /// closes first, the position of that one; the end of the text, where none does.
    fn end_of_string(self, bytes: &[u8], content: usize) -> usize {
        let mut backslashes = 0;
        for (offset, &byte) in bytes[content..].iter().enumerate() {
            if byte == b'\\' {
                backslashes += 1;
                continue;
            }
            if byte == self.mark {
                let at = content + offset;
                match self.read(backslashes, offset) {
                    Read::Content => {}
                    Read::Closes => return at + 1,
                    Read::ClosesFurtherOut => return at - backslashes,
                }
            }
            backslashes = 0;
        }
        bytes.len()
    }

    /// What a quote means behind so many backslashes, `offset` bytes into the string.
    fn read(self, backslashes: usize, offset: usize) -> Read {
        if self.mark == b'\'' {
            // `Debug` of the text around does not escape this quote, so its level is unknown: any backslash may be its
            // own. In doubt the string goes on, but the character `'\\'` is one.
            let closes = backslashes == 0 || (backslashes == 2 && offset == 2);
            return if closes { Read::Closes } else { Read::Content };
        }
        // With n levels around, the quote stands behind 2^n - 1 backslashes, and each backslash of the content is 2^n.
        let (own, unit) = (self.backslashes, self.backslashes + 1);
        match backslashes.checked_sub(own) {
            Some(more) if more % unit == 0 && (more / unit) % 2 == 1 => Read::Content,
            Some(more) if more % unit == 0 => Read::Closes,
            _ => Read::ClosesFurtherOut,
        }
    }
}

enum Read {
    Content,
    Closes,
    ClosesFurtherOut,
}

/// The position behind the bracket that closes the one at `open`; where a string closes that is further out than
/// `level` backslashes, the position of its quote; the end of the text, where neither comes.
fn end_of_group(bytes: &[u8], open: usize, level: usize) -> usize {
    let opening = bytes[open];
    let closing = match opening {
        b'(' => b')',
        b'[' => b']',
        _ => b'}',
    };
    let mut depth = 0_usize;
    let mut at = open;
    let mut backslashes = 0;
    while let Some(&byte) = bytes.get(at) {
        let behind = backslashes;
        backslashes = if byte == b'\\' { behind + 1 } else { 0 };
        let starts_string = match byte {
            b'"' if behind < level => return at - behind,
            b'"' => true,
            // Elsewhere it is an apostrophe or a lifetime.
            b'\'' => matches!(bytes[at - 1], b' ' | b'[' | b'(' | b'{' | b',' | b':' | b'=' | b'\n' | b'b'),
            _ => false,
        };
        if starts_string {
            at = Quote { mark: byte, backslashes: behind }.end_of_string(bytes, at + 1);
            continue;
        }
        at += 1;
        if byte == opening {
            depth += 1;
        } else if byte == closing {
            depth -= 1;
            if depth == 0 {
                return at;
            }
        }
    }
    bytes.len()
}

/// The last byte before `end` that is no space, at most `width` of them away.
fn last_solid(bytes: &[u8], end: usize, width: usize) -> Option<usize> {
    let far = end.saturating_sub(width + 1);
    bytes[far..end].iter().rposition(|byte| !byte.is_ascii_whitespace()).map(|offset| far + offset)
}

/// The first byte from `start` on that is no space, at most `width` of them away.
fn first_solid(bytes: &[u8], start: usize, width: usize) -> Option<usize> {
    bytes[start..].iter().take(width + 1).position(|byte| !byte.is_ascii_whitespace()).map(|offset| start + offset)
}

/// Whether this can stand in a name without quotes. Letters beyond ASCII can; so can brackets, for `user[password]=`.
fn is_of_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.' | b'$' | b'[' | b']') || !byte.is_ascii()
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;
    use std::fmt;

    use proptest::prelude::*;

    use crate::Policy;

    fn scrub(text: &str) -> String {
        Policy::default().scrub_debug(text).into_owned()
    }

    #[test]
    fn the_value_of_a_sensitive_name_goes_and_all_else_stays() {
        let table = [
            // `Debug`
            (r#"User { password: "hunter2", id: 7 }"#, "User { password: [redacted], id: 7 }"),
            (r#"User { password: Some("hunter2"), id: 7 }"#, "User { password: [redacted], id: 7 }"),
            (r#"User { password: "a\"b", id: "c" }"#, r#"User { password: [redacted], id: "c" }"#),
            (r#"User { password: "a\\", id: "c" }"#, r#"User { password: [redacted], id: "c" }"#),
            (r#"Card { number: 1, cvv: 123 }"#, "Card { number: 1, cvv: [redacted] }"),
            (r#"A { token: Token { inner: "x}", n: [1, 2] }, b: 1 }"#, "A { token: [redacted], b: 1 }"),
            (r#"A { secrets: ["a]", "b"], b: 1 }"#, "A { secrets: [redacted], b: 1 }"),
            (r#"A { secrets: ['a', ']', '\'', '\\', '"'], b: 1 }"#, "A { secrets: [redacted], b: 1 }"),
            (r#"A { secrets: [&'a str, x], b: 1 }"#, "A { secrets: [redacted], b: 1 }"),
            (r#"A { password: b"hunter2", b: 1 }"#, "A { password: [redacted], b: 1 }"),
            (r#"A { password: Wrapper "hunter2", b: 1 }"#, "A { password: [redacted], b: 1 }"),
            (r#"A { pwd: 'x', b: ',' }"#, "A { pwd: [redacted], b: ',' }"),
            (r#"{"password": "x", "n": 1}"#, r#"{"password": [redacted], "n": 1}"#),
            (r#"Password("hunter2")"#, "Password([redacted])"),
            (r#"[("user", "ada"), ("password", "hunter2")]"#, r#"[("user", "ada"), ("password", [redacted])]"#),
            (
                "A {\n    password: Some(\n        \"x\",\n    ),\n    n: 1,\n}",
                "A {\n    password: [redacted],\n    n: 1,\n}",
            ),
            ("(\n    \"password\",\n    \"x\",\n)", "(\n    \"password\",\n    [redacted],\n)"),
            ("Password(\n    \"x\",\n)", "Password(\n    [redacted],\n)"),
            // JSON, also inside strings
            (r#"{"apiKey":"abc","n":1}"#, r#"{"apiKey":[redacted],"n":1}"#),
            (r#"{"api key" : {"a": "}"}, "n": 1}"#, r#"{"api key" : [redacted], "n": 1}"#),
            (
                r#"B { body: "{\"token\":\"a\\\"b\",\"n\":1}", n: 1 }"#,
                r#"B { body: "{\"token\":[redacted],\"n\":1}", n: 1 }"#,
            ),
            (r#"B { body: "{\"token\":{\"a\":\"}\"}}", n: 1 }"#, r#"B { body: "{\"token\":[redacted]}", n: 1 }"#),
            (r#""{\\\"token\\\":\\\"x\\\",""#, r#""{\\\"token\\\":[redacted],""#),
            ("{'password': 'it\\'s', 'n': 1}", "{'password': [redacted], 'n': 1}"),
            // Lines, headers, forms
            ("token=abc", "token=[redacted]"),
            (
                "password: -----BEGIN PRIVATE KEY-----\nMIIE\n-----END PRIVATE KEY-----\nn: 1",
                "password: [redacted]\nn: 1",
            ),
            ("user=ada password=hunter2 n=1", "user=ada password=[redacted] n=1"),
            (r#"password="hunter two" n=1"#, "password=[redacted] n=1"),
            (r#"token=Token { a: "x" } n=1"#, "token=[redacted] n=1"),
            ("authorization=Bearer abc n=1", "authorization=[redacted] n=1"),
            ("/login?token=abc&n=1", "/login?token=[redacted]&n=1"),
            ("user[password]=abc&n=1", "user[password]=[redacted]&n=1"),
            ("Server=db;Password=abc;Port=1", "Server=db;Password=[redacted];Port=1"),
            ("password = hunter two\nport = 1", "password = [redacted]\nport = 1"),
            ("password => 'x', n => 1", "password => [redacted], n => 1"),
            ("Authorization: Digest a b\r\nHost: x", "Authorization: [redacted]\r\nHost: x"),
            (r#""Cookie: a=b; c=d\r\nHost: x""#, r#""Cookie: [redacted]\r\nHost: x""#),
            (r#""a\ntoken: x\n""#, r#""a\ntoken: [redacted]\n""#),
            (r#"F { line: "password: hunter two", n: 1 }"#, r#"F { line: "password: [redacted]", n: 1 }"#),
            ("the API key: abc", "the API key: [redacted]"),
            ("größe: 1, contraseña_token: x", "größe: 1, contraseña_token: [redacted]"),
        ];
        for (text, expected) in table {
            assert_eq!(scrub(text), expected, "{text}");
        }
    }

    #[test]
    fn text_without_a_secret_stays_and_is_not_copied() {
        let texts = [
            "",
            "Point { x: 1, y: -2.5 }",
            r#"Monkey { keyboard: "qwerty", author: Some("ada"), sort_key: "a", max_tokens: 5, token_count: 1 }"#,
            "token::Kind::Ident, secret::Store::open()",
            r#"["password", "email"]"#,
            r#"Error("no password given")"#,
            "password: None, token: null, secret:",
            "password: [redacted], token=[redacted]",
            "a b: c, 12:30:05, C:\\dir, x==y, e=mc",
            "passwords are hashed; tokens are not (yet)",
            r#"{"token": "#,
            "the password hint: none needed",
            ":=,(bBJ-I_x",
        ];
        for text in texts {
            assert!(matches!(Policy::default().scrub_debug(text), Cow::Borrowed(same) if same == text), "{text}");
        }
    }

    #[test]
    fn a_value_cut_by_the_end_of_the_text_goes_to_the_end() {
        let table = [
            (r#"A { password: "hun"#, "A { password: [redacted]"),
            (r#"A { password: "hun\"#, "A { password: [redacted]"),
            (r#"A { password: Some("hun"#, "A { password: [redacted]"),
            (r#"A { token: B { c: [1, "x", {"#, "A { token: [redacted]"),
            ("A { password: hun", "A { password: [redacted]"),
            // Cut inside, while the text around goes on.
            (r#"B { body: "{\"token\": \"abc", n: "x" }"#, r#"B { body: "{\"token\": [redacted]", n: "x" }"#),
            (r#"B { body: "{\"token\": [1, 2", n: "x" }"#, r#"B { body: "{\"token\": [redacted]", n: "x" }"#),
            (r#"B { body: "{\"token\":", n: "x" }"#, r#"B { body: "{\"token\":", n: "x" }"#),
        ];
        for (text, expected) in table {
            assert_eq!(scrub(text), expected, "{text}");
        }
    }

    #[test]
    fn hostile_text_takes_no_longer_than_linear_time() {
        let seeds = [
            "(",
            "[{(",
            "password:",
            "password:(",
            "password: [",
            "\"",
            "\\",
            "\\\"",
            "a:",
            "token=",
            "eyJ",
            "eyJ-",
            "eyJ.",
            "eyJhbGciOiJub25l.a",
            "a://b:c",
            "a://b:c/",
            "://",
            "Bearer ",
            "Basic dXNl",
            "-----BEGIN ",
            "-----BEGIN PRIVATE KEY",
            "ghp_",
            "github_pat_",
            "xoxb-",
            "sk_live_",
            "AKIA",
            "'",
            "\"password\":\\\"",
            "(\"password\",",
            "=\\",
            "password=\\",
            "password: \"",
            "password=Bearer ",
            "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA:",
        ];
        for seed in seeds {
            let text = seed.repeat((1 << 18) / seed.len());
            let start = std::time::Instant::now();
            let _ = Policy::default().scrub_debug(&text);
            // Quadratic time would be minutes for a quarter of a megabyte; a slow machine without optimisation stays below.
            assert!(start.elapsed().as_secs() < 10, "{seed} took {:?}", start.elapsed());
        }
    }

    /// A value as a program may hold it, printed by the standard library's own `Debug` builders.
    #[derive(Clone, Debug)]
    enum Tree {
        Number(i64),
        Text(String),
        Some(Box<Tree>),
        List(Vec<Tree>),
        Struct(Vec<(&'static str, Tree)>),
        Map(Vec<(&'static str, Tree)>),
        /// The `Debug` text of a tree as a string.
        Printed(Box<Tree>),
    }

    const CLEAN: [&str; 8] =
        ["name", "author", "sort_key", "max_tokens", "monkey", "größe", "tokenizer", "token_count"];
    const SECRET: [&str; 5] = ["password", "api_key", "clientSecret", "X-Auth-Token", "cvv"];
    const MARK: &str = "Hunt3r";

    /// How a tree looks, before or after.
    struct Shown<'a> {
        tree: &'a Tree,
        redacted: bool,
    }

    impl fmt::Debug for Shown<'_> {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            let show = |tree| Shown { tree, redacted: self.redacted };
            let field = |name: &str, tree| -> Box<dyn fmt::Debug + '_> {
                if self.redacted && SECRET.contains(&name) { Box::new(Gone) } else { Box::new(show(tree)) }
            };
            match self.tree {
                Tree::Number(number) => number.fmt(f),
                Tree::Text(text) => fmt::Debug::fmt(text, f),
                Tree::Some(tree) => f.debug_tuple("Some").field(&show(tree)).finish(),
                Tree::List(trees) => f.debug_list().entries(trees.iter().map(show)).finish(),
                Tree::Struct(fields) => {
                    let mut shown = f.debug_struct("Thing");
                    for (name, tree) in fields {
                        shown.field(name, &field(name, tree));
                    }
                    shown.finish()
                }
                Tree::Map(entries) => {
                    f.debug_map().entries(entries.iter().map(|(name, tree)| (name, field(name, tree)))).finish()
                }
                Tree::Printed(tree) => fmt::Debug::fmt(&format!("{:?}", show(tree)), f),
            }
        }
    }

    struct Gone;

    impl fmt::Debug for Gone {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("[redacted]")
        }
    }

    /// Text that would end a value early, if the scan were fooled by it.
    const ODD_TEXT: &str = r#"[abc"'\\{}()\[\],:=;& \n]{0,10}"#;

    fn leaf(marked: bool) -> impl Strategy<Value = Tree> + Clone {
        let text = (ODD_TEXT, ODD_TEXT).prop_map(move |(before, after)| match marked {
            true => Tree::Text(format!("{MARK}{before}{MARK}{after}{MARK}")),
            false => Tree::Text(before + &after),
        });
        prop_oneof![any::<i64>().prop_map(Tree::Number), text]
    }

    /// Any tree over these leaves, its names all clean.
    fn branches(leaf: BoxedStrategy<Tree>) -> BoxedStrategy<Tree> {
        let name = || prop::sample::select(&CLEAN[..]);
        leaf.prop_recursive(3, 16, 4, move |inner| {
            let named = || prop::collection::vec((name(), inner.clone()), 0..4);
            prop_oneof![
                inner.clone().prop_map(|tree| Tree::Some(Box::new(tree))),
                prop::collection::vec(inner.clone(), 0..4).prop_map(Tree::List),
                named().prop_map(Tree::Struct),
                named().prop_map(Tree::Map),
                inner.clone().prop_map(|tree| Tree::Printed(Box::new(tree))),
            ]
        })
        .boxed()
    }

    /// A tree in which the mark stands under sensitive names only.
    fn planted() -> impl Strategy<Value = Tree> {
        let clean = branches(leaf(false).boxed());
        let secret = branches(leaf(true).boxed());
        let fields = (prop::sample::select(&SECRET[..]), secret, clean.clone())
            .prop_map(|(name, secret, clean)| vec![("name", clean.clone()), (name, secret), ("sort_key", clean)]);
        let holder = prop_oneof![fields.clone().prop_map(Tree::Struct), fields.prop_map(Tree::Map)].boxed();
        branches(prop_oneof![holder, clean].boxed())
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(1_000))]

        #[test]
        fn exactly_the_values_of_sensitive_names_go(tree in planted()) {
            let before = format!("{:?}", Shown { tree: &tree, redacted: false });
            prop_assert_eq!(scrub(&before), format!("{:?}", Shown { tree: &tree, redacted: true }));
            let pretty = format!("{:#?}", Shown { tree: &tree, redacted: false });
            prop_assert_eq!(scrub(&pretty), format!("{:#?}", Shown { tree: &tree, redacted: true }));
        }

        #[test]
        fn a_planted_secret_never_survives_wherever_the_text_is_cut(tree in planted(), cut in any::<prop::sample::Index>()) {
            let text = format!("{:?}", Shown { tree: &tree, redacted: false });
            let characters = text.chars().count();
            let text: String = text.chars().take(cut.index(characters + 1)).collect();
            prop_assert!(!scrub(&text).contains(MARK), "{}", scrub(&text));
        }

        #[test]
        fn clean_text_is_unchanged_and_borrowed(tree in branches(leaf(false).boxed())) {
            let text = format!("{tree:?}");
            prop_assert!(matches!(Policy::default().scrub_debug(&text), Cow::Borrowed(same) if same == text));
        }

        #[test]
        fn clean_prose_is_unchanged_and_borrowed(words in prop::collection::vec((prop::sample::select(&PROSE[..]), prop::sample::select(&MARKS[..])), 0..40)) {
            let text: String = words.iter().flat_map(|(word, mark)| [*word, *mark]).collect();
            prop_assert!(matches!(Policy::default().scrub_debug(&text), Cow::Borrowed(same) if same == text));
        }

        #[test]
        fn no_text_makes_the_scan_panic(text in any::<String>(), odd in "(password|token|[\"'\\\\(){}\\[\\]:=, \nx🦀]){0,40}") {
            let _ = scrub(&text);
            let _ = scrub(&odd);
        }
    }

    const PROSE: [&str; 16] = [
        "the", "monkey", "sorts", "keys", "of", "an", "author", "basic", "tokens", "http", "key", "Größe", "keyboard",
        "12", "bypass", "x",
    ];
    const MARKS: [&str; 10] = [" ", ", ", ": ", "=", " = ", ". ", " - ", "\n", " (", "::"];
}
