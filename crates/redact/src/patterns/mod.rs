//! Finds values by what they look like, wherever in a text they stand and however they are written.
//!
//! Names in texts are [`text`](crate::text)'s matter, documents [`json`](crate::json)'s; this module brings all of them
//! together.

mod decode;
mod email;
mod numbers;
mod replace;
mod tokens;

use std::ops::Range;

pub(crate) use decode::{escape_percent, unescaped};
pub(crate) use numbers::{Hint, is_card};
pub(crate) use replace::Key;
pub use replace::Replacement;
use replace::end_of_tag;

use crate::json;
use crate::policy::Rules;
use crate::secrets::Kind;
use crate::text::{self, By};
use crate::{PLACEHOLDER, RuleId};
use numbers::Number;
use tokens::{TOKENS, run, run_back};

/// How many writings in each other are looked through: Base64 of a form in a string of JSON is three.
pub(crate) const DEEPEST: u8 = 6;

/// The patterns of one policy.
pub(crate) struct Pack {
    /// For each of [`IDS`] and [`TOKENS`]: its id, `None` where it is off.
    ids: Vec<Option<RuleId>>,
    /// Of [`Kind::ALL`].
    kind_ids: Vec<RuleId>,
    pub(crate) key: Key,
    pub(crate) replacement: Replacement,
}

/// Patterns beside the tokens.
const IDS: [&str; 9] = [
    "value/email",
    "value/card",
    "value/iban",
    "value/us_ssn",
    "value/phone",
    "value/cpf",
    "value/uk_nino",
    "value/entropy",
    "value/dsn_password",
];
const EMAIL: usize = 0;
const ENTROPY: usize = 7;
const DSN_PASSWORD: usize = 8;

impl Number {
    fn row(self) -> usize {
        match self {
            Self::Card => 1,
            Self::Iban => 2,
            Self::UsSsn => 3,
            Self::Phone => 4,
            Self::Cpf => 5,
            Self::Nino => 6,
        }
    }
}

/// The ids of all patterns.
pub(crate) fn ids() -> impl Iterator<Item = &'static str> {
    IDS.into_iter().chain(TOKENS.iter().map(|token| token.id))
}

impl Pack {
    pub(crate) fn none() -> Self {
        Self { ids: Vec::new(), kind_ids: Vec::new(), key: Key::random(), replacement: Replacement::default() }
    }

    pub(crate) fn built_in(key: Key, replacement: Replacement) -> Self {
        let ids = ids().map(|id| Some(RuleId::new(id))).collect();
        Self { ids, kind_ids: Kind::ALL.iter().map(|kind| RuleId::new(kind.id())).collect(), key, replacement }
    }

    /// Switches the pattern of this id off, if there is one.
    pub(crate) fn switch_off(&mut self, id: &str) -> bool {
        match self.ids.iter_mut().find(|on| on.as_ref().is_some_and(|on| *on == *id)) {
            Some(on) => {
                *on = None;
                true
            }
            None => false,
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.ids.is_empty()
    }

    pub(crate) fn on(&self) -> impl Iterator<Item = &RuleId> {
        self.ids.iter().flatten()
    }
}

/// What is known of a text that is searched.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Context {
    /// In how many writings it stands.
    pub(crate) depth: u8,
    pub(crate) hint: Hint,
}

/// Something that must not be written.
#[derive(Debug)]
pub(crate) struct Find {
    pub(crate) range: Range<usize>,
    /// Mostly one; several where a text inside the text holds several.
    pub(crate) rules: Vec<RuleId>,
    with: With,
}

/// What takes its place.
#[derive(Debug)]
enum With {
    Placeholder,
    /// The tag of this kind, the last part of a rule's id.
    Tag,
    /// The text around, with replacements in it.
    Text(String),
}

impl Rules {
    /// All that must not be written of this text, from its beginning to its end; none overlap.
    pub(crate) fn find(&self, text: &str, context: Context) -> Vec<Find> {
        let bytes = text.as_bytes();
        if !may_hold(bytes, context.hint) {
            return Vec::new();
        }
        let mut search = Search { rules: self, text, context, found: Vec::new(), documents: Vec::new() };
        if context.depth < DEEPEST {
            search.documents();
            if search.documents.first().is_some_and(|document| text[document.clone()].len() == text.trim().len()) {
                return search.found;
            }
        }
        search.names();
        search.forms();
        search.runs();
        if context.depth < DEEPEST {
            search.views();
        }
        search.finish()
    }

    /// The text without what must not be written, and the rules that say so; `None` where there is nothing.
    pub(crate) fn clean(&self, text: &str, context: Context) -> Option<(String, Vec<RuleId>)> {
        let found = self.find(text, context);
        let mut rules: Vec<RuleId> = Vec::new();
        let mut clean = None;
        if !found.is_empty() {
            clean = Some(self.apply(text, &found));
            rules.extend(found.into_iter().flat_map(|find| find.rules));
        }
        for (id, rule) in &self.own {
            if let Some(changed) = crate::policy::run_own(&**rule, clean.as_deref().unwrap_or(text)) {
                rules.push(id.clone());
                clean = Some(changed);
            }
        }
        clean.map(|clean| (clean, rules))
    }

    pub(crate) fn apply(&self, text: &str, found: &[Find]) -> String {
        let mut clean = String::with_capacity(text.len() + found.len() * 16);
        let mut copied = 0;
        for find in found {
            clean.push_str(&text[copied..find.range.start]);
            clean.push_str(&self.instead(text, find));
            copied = find.range.end;
        }
        clean.push_str(&text[copied..]);
        clean
    }

    fn instead<'f>(&self, text: &str, find: &'f Find) -> std::borrow::Cow<'f, str> {
        match &find.with {
            With::Text(text) => text.into(),
            With::Tag if self.pack.replacement == Replacement::Tag => {
                self.pack.key.tag(kind_of(&find.rules[0]), &text[find.range.clone()]).into()
            }
            With::Tag | With::Placeholder => PLACEHOLDER.into(),
        }
    }

    /// What is written for a number that is a card's.
    pub(crate) fn card_rule(&self) -> Option<&RuleId> {
        self.pack.ids.get(1)?.as_ref()
    }

    /// The rule for phone numbers.
    pub(crate) fn phone_rule(&self) -> Option<&RuleId> {
        self.pack.ids.get(4)?.as_ref()
    }

    /// The rule for social security numbers.
    pub(crate) fn ssn_rule(&self) -> Option<&RuleId> {
        self.pack.ids.get(3)?.as_ref()
    }

    /// The tag of a value, or what stands for it.
    pub(crate) fn tag(&self, rule: &RuleId, value: &str) -> String {
        match self.pack.replacement {
            Replacement::Tag => self.pack.key.tag(kind_of(rule), value),
            Replacement::Placeholder => PLACEHOLDER.to_owned(),
        }
    }
}

/// `email` of `value/email`.
fn kind_of(rule: &RuleId) -> &str {
    rule.as_str().rsplit('/').next().unwrap_or_default()
}

/// One search through one text.
struct Search<'r, 't> {
    rules: &'r Rules,
    text: &'t str,
    context: Context,
    found: Vec<Find>,
    /// Where JSON stands in it; all there has been found.
    documents: Vec<Range<usize>>,
}

impl Search<'_, '_> {
    fn push(&mut self, range: Range<usize>, rule: &RuleId, with: With) {
        if !self.documents.iter().any(|document| document.start <= range.start && range.end <= document.end) {
            self.found.push(Find { range, rules: vec![rule.clone()], with });
        }
    }

    fn push_row(&mut self, row: usize, range: Range<usize>) {
        if let Some(Some(id)) = self.rules.pack.ids.get(row) {
            let with = if row == DSN_PASSWORD { With::Placeholder } else { With::Tag };
            self.push(range, &id.clone(), with);
        }
    }

    fn deeper(&self) -> Context {
        Context { depth: self.context.depth + 1, hint: self.context.hint }
    }

    /// JSON in the text, as all of it or as a part: `data: {…}`, `body={…}`.
    fn documents(&mut self) {
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

    /// What follows a sensitive name, and the forms of the light rules.
    fn names(&mut self) {
        let (text, rules) = (self.text, self.rules);
        text::find(text, &rules.names, rules.kinds, |range, by| match by {
            By::Name(rule) => self.push(range, rule, With::Placeholder),
            By::Form(kind) => {
                let tagged = !matches!(kind, Kind::UrlPassword | Kind::Bearer | Kind::Basic);
                let id = rules.pack.kind_ids.get(kind as usize).cloned().unwrap_or_else(|| RuleId::new(kind.id()));
                self.push(range, &id, if tagged { With::Tag } else { With::Placeholder });
            }
        });
        self.elements();
        self.flags();
    }

    /// `<password>…</password>`, `<entry name="password">…`, `<add key="password" value="…"/>`.
    fn elements(&mut self) {
        let bytes = self.text.as_bytes();
        let mut at = 0;
        while let Some(ahead) = memchr::memchr(b'<', &bytes[at..]) {
            let start = at + ahead + 1;
            at = start;
            let Some(length) = bytes[start..].iter().take(512).position(|&byte| byte == b'>' || byte == b'<') else {
                continue;
            };
            let close = start + length;
            if bytes[close] != b'>' || !bytes[start].is_ascii_alphabetic() {
                continue;
            }
            let tag = &self.text[start..close];
            let name = tag.split([' ', '/', '\t', '\n']).next().unwrap_or_default();
            let local = name.rsplit(':').next().unwrap_or_default();
            let named = attribute(tag, &["name", "key"]).and_then(|range| self.rules.names.find(&tag[range]));
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

    /// `--password hunter2`, `-u ada:hunter2`.
    fn flags(&mut self) {
        let bytes = self.text.as_bytes();
        for at in memchr::memmem::find_iter(bytes, b"-") {
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
            if value.is_empty() || value.starts_with('-') || value == PLACEHOLDER {
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

    /// Values with a form of their own.
    fn forms(&mut self) {
        if self.rules.pack.is_empty() {
            return;
        }
        let bytes = self.text.as_bytes();
        tokens::find(bytes, |row, range| self.push_row(IDS.len() + row, range));
        let mut before = b' ';
        let mut at = 0;
        while at < bytes.len() {
            let byte = bytes[at];
            let after_word = before.is_ascii_alphanumeric();
            let number = match byte {
                b'@' => {
                    if let Some(range) = email::find_at(bytes, at) {
                        self.push_row(EMAIL, range);
                    } else if let Some(range) = dsn_password(bytes, at) {
                        self.push_row(DSN_PASSWORD, range);
                    }
                    None
                }
                b'0'..=b'9' if !after_word => numbers::find_at(bytes, at, || self.hint_before(at)),
                b'+' | b'(' if !after_word && bytes.get(at + 1).is_some_and(u8::is_ascii_digit) => {
                    numbers::find_at(bytes, at, || self.hint_before(at))
                }
                b'A'..=b'Z' if !after_word && bytes.get(at + 1).is_some_and(u8::is_ascii_uppercase) => {
                    numbers::find_at(bytes, at, Hint::default)
                }
                _ => None,
            };
            match number {
                // A fraction, a version, a part of an address: `0.4111…`.
                Some((kind, range)) if !(before == b'.' && at > 1 && bytes[at - 2].is_ascii_digit()) => {
                    at = range.end;
                    before = bytes[at - 1];
                    self.push_row(kind.row(), range);
                }
                _ => {
                    before = byte;
                    at += 1;
                }
            }
        }
    }

    /// What the words before a number say of it.
    fn hint_before(&self, at: usize) -> Hint {
        const WIDTH: usize = 28;
        let mut hint = self.context.hint;
        let mut far = at.saturating_sub(WIDTH);
        while !self.text.is_char_boundary(far) {
            far += 1;
        }
        let before = self.text[far..at].to_ascii_lowercase();
        let word = |word: &str| {
            before.match_indices(word).any(|(at, _)| at == 0 || !before.as_bytes()[at - 1].is_ascii_alphabetic())
        };
        hint.phone |=
            ["phone", "telephone", "tel", "mobile", "cell", "fax", "call", "sms", "whatsapp", "handy", "dial"]
                .into_iter()
                .any(word);
        hint.ssn |= ["ssn", "social security", "social-security", "itin"].into_iter().any(word);
        hint
    }

    /// Words of letters and digits that may write a text, or are random beside a word that says why.
    fn runs(&mut self) {
        let bytes = self.text.as_bytes();
        let belongs = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'-' | b'_');
        let mut at = 0;
        while at < bytes.len() {
            if !belongs(bytes[at]) {
                at += 1;
                continue;
            }
            let start = at;
            let mut end = run(bytes, at, belongs);
            at = end;
            if end - start < 8 {
                continue;
            }
            // Lines of mail and certificates: the run goes on behind the break.
            let mut folded = false;
            while end - start >= 60 {
                let gap = bytes[end..].iter().take(2).take_while(|byte| matches!(byte, b'\r' | b'\n')).count();
                let next = run(bytes, end + gap, belongs);
                if gap == 0 || next == end + gap {
                    break;
                }
                (end, folded) = (next, true);
            }
            end += bytes[end..].iter().take(2).take_while(|&&byte| byte == b'=').count();
            at = end;
            if self.context.depth < DEEPEST {
                self.decoded(start, end, folded);
            }
            self.random(start, end);
        }
    }

    /// Looks into what this run writes, as a whole or between its slashes and dashes.
    fn decoded(&mut self, start: usize, end: usize, folded: bool) {
        let bytes = self.text.as_bytes();
        let whole;
        let run = if folded {
            whole = bytes[start..end].iter().copied().filter(|byte| !matches!(byte, b'\r' | b'\n')).collect::<Vec<_>>();
            &whole
        } else {
            &bytes[start..end]
        };
        if self.decoded_part(run, start..end) || folded {
            return;
        }
        let mut from = start;
        while from < end {
            let to = tokens::run(bytes, from, |byte| byte.is_ascii_alphanumeric() || byte == b'=' || byte == b'+');
            let to = to.min(end);
            if to - from >= 8 && to - from < end - start {
                self.decoded_part(&bytes[from..to], from..to);
            }
            from = to + 1;
        }
    }

    /// Whether these bytes write a text; what was found in it stands for `range`.
    fn decoded_part(&mut self, run: &[u8], range: Range<usize>) -> bool {
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

    /// The text as it is behind its percent signs.
    fn views(&mut self) {
        let bytes = self.text.as_bytes();
        let is_form = memchr::memchr(b'+', bytes).is_some() && memchr::memchr2(b'=', b'%', bytes).is_some();
        for plus in [false, true] {
            if plus && !is_form {
                continue;
            }
            let Some(view) = decode::unescape_percent(self.text, plus) else { continue };
            for find in self.rules.find(&view.text, self.deeper()) {
                let instead = decode::escape_percent(&self.rules.instead(&view.text, &find));
                let range = view.from[find.range.start] as usize..view.from[find.range.end] as usize;
                self.found.push(Find { range, rules: find.rules, with: With::Text(instead) });
            }
        }
    }

    fn finish(mut self) -> Vec<Find> {
        let tags = self.tags();
        let mut merged: Vec<Find> = Vec::with_capacity(self.found.len());
        self.found.retain(|find| {
            !find.range.is_empty() && !tags.iter().any(|tag| tag.start <= find.range.start && find.range.end <= tag.end)
        });
        // Of two that begin together, the longer one; of equal ones, the one that was found first.
        self.found.sort_by_key(|find| (find.range.start, usize::MAX - find.range.end));
        for find in self.found {
            match merged.last_mut() {
                Some(last) if find.range.start < last.range.end => {
                    if find.range.end > last.range.end {
                        last.range.end = find.range.end;
                        if !matches!((&last.with, &find.with), (With::Tag, With::Tag)) {
                            last.with = With::Placeholder;
                        }
                    }
                }
                _ => merged.push(find),
            }
        }
        merged
    }

    /// Replacements of an earlier redaction: they stay as they are.
    fn tags(&self) -> Vec<Range<usize>> {
        let bytes = self.text.as_bytes();
        memchr::memmem::find_iter(bytes, "‹".as_bytes()).filter_map(|at| Some(at..end_of_tag(bytes, at)?)).collect()
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

/// `user:password@tcp(host)/db`, as Go's drivers write it: at the `@`. Gives the password.
fn dsn_password(text: &[u8], at: usize) -> Option<Range<usize>> {
    let is_address = [&b"tcp("[..], b"unix(", b"udp("].iter().any(|network| text[at + 1..].starts_with(network));
    let start = run_back(text, at, |byte| !byte.is_ascii_whitespace() && !matches!(byte, b':' | b'"' | b'\'' | b'='));
    (is_address && start > 0 && text[start - 1] == b':' && start < at).then_some(start..at)
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

/// Whether anything could be found in this text: most strings of most documents are words.
fn may_hold(text: &[u8], hint: Hint) -> bool {
    const PLAIN: u8 = 0;
    const UPPER: u8 = 1;
    const ODD: u8 = 2;
    static CLASS: [u8; 256] = {
        let mut class = [ODD; 256];
        let plain = b"abcdefghijklmnopqrstuvwxyz .,;!?_'\n";
        let mut at = 0;
        while at < plain.len() {
            class[plain[at] as usize] = PLAIN;
            at += 1;
        }
        let mut letter = b'A';
        while letter <= b'Z' {
            class[letter as usize] = UPPER;
            letter += 1;
        }
        let mut byte = 0x80;
        while byte < 256 {
            class[byte] = PLAIN;
            byte += 1;
        }
        class
    };
    if text.len() < 6 {
        return (hint.phone || hint.ssn) && text.len() > 4;
    }
    let seen = text.iter().fold(0, |seen, &byte| seen | CLASS[usize::from(byte)]);
    if seen & ODD != 0 {
        return true;
    }
    if seen & UPPER == 0 {
        return false;
    }
    // A word with capitals inside may write something; `Bearer` stands before one.
    let mut length = 0;
    let mut inner = false;
    for &byte in text {
        if byte.is_ascii_alphabetic() || byte == b'_' {
            inner |= length > 0 && byte.is_ascii_uppercase();
            length += 1;
            if inner && length >= 6 {
                return true;
            }
        } else {
            (length, inner) = (0, false);
        }
    }
    false
}
