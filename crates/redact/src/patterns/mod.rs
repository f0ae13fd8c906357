//! Finds values by what they look like, wherever in a text they stand and however they are written.
//!
//! Names in texts are [`text`](crate::text)'s matter, documents [`json`](crate::json)'s; this module brings all of them
//! together.

mod decode;
mod email;
mod lines;
mod numbers;
mod replace;
mod tokens;

use std::ops::Range;

pub(crate) use decode::{escape_percent, unescaped};
pub(crate) use numbers::{Hint, is_card};
pub use replace::Replacement;
pub(crate) use replace::{Key, without_tags};

use crate::json;
use crate::policy::Rules;
use crate::secrets::{Kind, is_escaped_space};
use crate::text::{By, Walk};
use crate::{PLACEHOLDER, RuleId};
use lines::{is_escape, line_break, without_line_breaks};
use numbers::Number;
use tokens::{TOKENS, Tokens, run, run_back};

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
        if let Some(blob) = blob(bytes) {
            let mut search = Search { rules: self, text, context, found: Vec::new(), documents: Vec::new() };
            if context.depth < DEEPEST {
                search.decoded_part(&bytes[blob..], blob..bytes.len());
            }
            return search.found;
        }
        let mut search = Search { rules: self, text, context, found: Vec::new(), documents: Vec::new() };
        if context.depth < DEEPEST {
            search.documents();
            if search.documents.first().is_some_and(|document| text[document.clone()].len() == text.trim().len()) {
                return search.found;
            }
        }
        search.words();
        search.elements();
        search.flags();
        search.parts();
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
            clean = Some(self.settle(self.apply(text, &found), context));
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

    /// Looks again at what is left, until nothing is found: what stood between two values may be one now, and what was
    /// written once must not be changed when it is filtered again.
    pub(crate) fn settle(&self, mut clean: String, context: Context) -> String {
        const ROUNDS: usize = 4;
        // Inside of other writings, the text around is looked at again as a whole.
        for _ in 0..if context.depth == 0 { ROUNDS } else { 0 } {
            let found = self.find(&clean, context);
            if found.is_empty() {
                break;
            }
            clean = self.apply(&clean, &found);
        }
        clean
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

/// The walk of the light rules, and how far it has come.
struct Light<'t, 'p> {
    walk: Walk<'t, 'p>,
    done: usize,
}

/// Bytes by what they are to words.
static CLASS: [u8; 256] = {
    let mut class = [OTHER; 256];
    let mut byte = 0;
    while byte < 256 {
        if (byte as u8).is_ascii_alphanumeric() {
            class[byte] = WORD;
        } else if matches!(byte as u8, b'+' | b'/' | b'-' | b'_') {
            class[byte] = JOINT;
        }
        byte += 1;
    }
    class
};
const OTHER: u8 = 0;
const WORD: u8 = 1;
const JOINT: u8 = 2;

fn end_of_class(bytes: &[u8], from: usize, class: u8) -> usize {
    let mut at = from;
    while at < bytes.len() && CLASS[usize::from(bytes[at])] == class {
        at += 1;
    }
    at
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

    /// `<password>…</password>`, `<entry name="password">…`, `<add key="password" value="…"/>`.
    fn elements(&mut self) {
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
    fn parts(&mut self) {
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
    fn flags(&mut self) {
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

    /// Goes from word to word, once: names and their values, tokens, numbers, addresses, and what a word may write.
    fn words(&mut self) {
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
        if self.found.is_empty() {
            return self.found;
        }
        let tags = self.tags();
        let mut merged: Vec<Find> = Vec::with_capacity(self.found.len());
        // What begins in a tag takes a part of it for a name: `‹stripe_key:…` is none.
        self.found.retain(|find| !find.range.is_empty() && !tags.iter().any(|tag| tag.contains(&find.range.start)));
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
                // Two in a row are one, as they would be for whoever looks again.
                Some(Find { range, with: With::Placeholder, .. })
                    if range.end == find.range.start && matches!(find.with, With::Placeholder) =>
                {
                    range.end = find.range.end;
                }
                _ => merged.push(find),
            }
        }
        merged
    }

    /// Replacements of an earlier redaction: they stay as they are.
    fn tags(&self) -> Vec<Range<usize>> {
        replace::tags(self.text).collect()
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

/// Where Base64 begins that is all of a text, and too long to be anything but what it writes: `data:image/png;base64,…`.
fn blob(text: &[u8]) -> Option<usize> {
    const SHORTEST: usize = 2048;
    if text.len() < SHORTEST {
        return None;
    }
    let start = match text.strip_prefix(b"data:") {
        Some(uri) => uri.iter().take(100).position(|&byte| byte == b',')? + b"data:".len() + 1,
        None => 0,
    };
    let body = &text[start..text.len() - text.iter().rev().take(2).take_while(|&&byte| byte == b'=').count()];
    let pure = |part: &[u8]| part.iter().fold(true, |pure, &byte| pure & (CLASS[usize::from(byte)] != OTHER));
    body.chunks(64).all(pure).then_some(start)
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
    let mut seen = 0;
    // In pieces: a text with anything odd in it mostly has it soon.
    for piece in text.chunks(32) {
        seen |= piece.iter().fold(0, |seen, &byte| seen | CLASS[usize::from(byte)]);
        if seen & ODD != 0 {
            return true;
        }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_of_the_documentation_lists_every_pattern_and_no_other() {
        let page = include_str!("../lib.rs");
        let table =
            page.split("//! # Patterns").nth(1).and_then(|rest| rest.split("//! # ").next()).expect("it is there");
        let told: Vec<&str> =
            table.lines().filter_map(|line| line.strip_prefix("//! | `")?.split('`').next()).collect();
        let found: Vec<&str> = ids().collect();
        assert_eq!(told, found);
        assert!(found.len() >= 40, "{} kinds", found.len());
    }

    #[test]
    fn every_pattern_can_be_switched_off_by_its_id() {
        for id in ids() {
            let policy = crate::Policy::builder().off(id).build().expect("it is known");
            assert!(policy.rules().all(|rule| rule != id), "{id}");
        }
        let policy = crate::Policy::builder().off("value/email").build().expect("it is known");
        assert_eq!(policy.redact_text("ada@example.com"), "ada@example.com");
    }
}
