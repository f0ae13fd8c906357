//! Errors that are the same but for names and numbers.

use std::collections::HashMap;

use serde::Serialize;

use crate::model::{Interaction, Status, Timestamp};

/// Errors that are the same but for names and numbers.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct ErrorPattern {
    /// Whose.
    pub service: String,
    /// Of which operation.
    pub operation: String,
    /// The message, with `…` where messages differ.
    pub pattern: String,
    /// The type, where it is known.
    pub error_type: Option<String>,
    /// How many.
    pub count: u64,
    /// The first message.
    pub example: String,
    /// When the first began.
    pub first: Timestamp,
    /// When the last began.
    pub last: Timestamp,
}

#[derive(Default)]
pub(super) struct Patterns {
    found: HashMap<(String, String, String), ErrorPattern>,
    /// Errors beyond the most patterns that are kept.
    pub(super) untold: u64,
}

/// More patterns than this tell nobody anything.
const MOST: usize = 1_000;

impl Patterns {
    pub(super) fn add(&mut self, interaction: &Interaction) {
        if interaction.status != Status::Error && interaction.error.is_none() {
            return;
        }
        let message = interaction.error.as_deref().unwrap_or("(no message)");
        let pattern = pattern_of(message);
        let key = (interaction.service.clone(), interaction.operation.clone(), pattern);
        if self.found.len() >= MOST && !self.found.contains_key(&key) {
            self.untold += 1;
            return;
        }
        let pattern = key.2.clone();
        let found = self.found.entry(key).or_insert_with(|| ErrorPattern {
            service: interaction.service.clone(),
            operation: interaction.operation.clone(),
            pattern,
            error_type: interaction.error_type.clone(),
            count: 0,
            example: message.chars().take(500).collect(),
            first: interaction.timestamp,
            last: interaction.timestamp,
        });
        found.count += 1;
        found.first = found.first.min(interaction.timestamp);
        found.last = found.last.max(interaction.timestamp);
    }

    /// Most frequent first.
    pub(super) fn finish(&self) -> Vec<ErrorPattern> {
        let mut all: Vec<_> = self.found.values().cloned().collect();
        all.sort_by(|a, b| {
            let key = |one: &ErrorPattern| (one.service.clone(), one.operation.clone(), one.pattern.clone());
            b.count.cmp(&a.count).then_with(|| key(a).cmp(&key(b)))
        });
        all
    }
}

/// The message with `…` for what is quoted, for words with a digit, and for what follows a slash. A status stays: errors of
/// another status are other errors.
fn pattern_of(message: &str) -> String {
    let mut pattern = String::new();
    let mut before = "";
    let message: String = message.chars().take(500).collect();
    let mut rest: &str = &message;
    while let Some(first) = rest.chars().next() {
        if matches!(first, '"' | '\'' | '`')
            && let Some(end) = rest[1..].find(first)
        {
            pattern.push_str(&format!("{first}…{first}"));
            rest = &rest[end + 2..];
            continue;
        }
        let end =
            rest.find(|letter: char| letter.is_whitespace() || "\"'`()[]{}=:,;".contains(letter)).unwrap_or(rest.len());
        if end == 0 {
            pattern.push(first);
            rest = &rest[first.len_utf8()..];
            continue;
        }
        let word = &rest[..end];
        let is_status = word.len() == 3
            && word.bytes().all(|byte| byte.is_ascii_digit())
            && (before.starts_with("HTTP") || before.eq_ignore_ascii_case("status"));
        before = word;
        if is_status {
            pattern.push_str(word);
        } else if word.contains(|letter: char| letter.is_ascii_digit()) {
            // `campaigns/a1` is about campaigns.
            let kept =
                word.rfind('/').filter(|&at| !word[..at].contains(|c: char| c.is_ascii_digit())).map_or(0, |at| at + 1);
            pattern.push_str(&word[..kept]);
            pattern.push('…');
        } else {
            pattern.push_str(word);
        }
        rest = &rest[end..];
    }
    pattern
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_that_differ_in_names_and_numbers_are_one_pattern() {
        for (message, pattern) in [
            ("permission denied for campaigns/a1", "permission denied for campaigns/…"),
            ("timeout after 30s (attempt 3)", "timeout after … (attempt …)"),
            ("unknown column 'it''s'", "unknown column '…''…'"),
            ("it's broken", "it's broken"),
            ("quota exceeded", "quota exceeded"),
            ("HTTP 404 Not Found", "HTTP 404 Not Found"),
            ("status: 503 after 200 ms", "status: 503 after … ms"),
            ("", ""),
        ] {
            assert_eq!(pattern_of(message), pattern, "{message}");
        }
    }
}
