//! One search through one text: everything is asked, and what was found is put in order.
//!
//! What a policy looks for is in [`pack`](super::pack).

mod classes;
mod documents;
mod markup;
mod words;
mod worth;

use std::ops::Range;

use super::DEEPEST;
use super::decode;
use super::numbers::Hint;
use super::pack::DSN_PASSWORD;
use super::replace::{self, Replacement};
use crate::policy::Rules;
use crate::{PLACEHOLDER, RuleId};
use worth::{blob, may_hold};

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
