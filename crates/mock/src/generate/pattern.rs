//! Writes texts that match a regular expression.
//!
//! The expression is taken apart by `regex-syntax`, repeats are kept short, and of a class of letters those that people
//! would write are preferred. Whether a text matches is asked the validator's own engine, since dialects differ.

use std::fmt;

use jsonschema::{PatternOptions, Validator};
use regex_syntax::hir::{Class, ClassUnicode, ClassUnicodeRange, Hir, HirKind, Look};
use serde_json::{Value, json};

use super::dice::Dice;

/// A regular expression of a schema.
pub(super) struct Pattern {
    /// `None` where no text can be written by it: look-around, other dialects.
    hir: Option<Hir>,
    /// `None` where it is no expression at all, and allows anything.
    engine: Option<Validator>,
    /// What is written by it matches: it was tried.
    certain: bool,
}

impl fmt::Debug for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pattern").field("certain", &self.certain).finish_non_exhaustive()
    }
}

/// Repeats beyond the least that are written where the expression has no end.
const MORE: u32 = 8;
/// Letters of a text that is written: an expression may ask for millions.
const MAX_LETTERS: usize = 4_096;

impl Pattern {
    pub(super) fn new(text: &str) -> Self {
        let engine = jsonschema::options()
            .with_pattern_options(PatternOptions::fancy_regex().backtrack_limit(100_000))
            .build(&json!({"type": "string", "pattern": text}))
            .ok();
        let parse = |text: &str| regex_syntax::ParserBuilder::new().nest_limit(100).build().parse(text).ok();
        // Digits and words are those of ASCII in JSON Schema.
        let ascii = text.replace("\\d", "[0-9]").replace("\\w", "[0-9A-Za-z_]");
        let whole = parse(&ascii).or_else(|| parse(text));
        let certain = whole.as_ref().is_some_and(is_plain);
        let hir = whole.or_else(|| parse(&without_look_around(&ascii)));
        let mut pattern = Self { hir, engine, certain: false };
        pattern.certain = certain
            && (0..12).all(|seed| {
                let written = pattern.write(&mut Dice::new(seed), seed % 4 * 4);
                written.is_some_and(|written| pattern.accepts(&Value::String(written)))
            });
        pattern
    }

    /// Whether a text matches; what is no text does.
    pub(super) fn accepts(&self, value: &Value) -> bool {
        !value.is_string() || self.engine.as_ref().is_none_or(|engine| engine.is_valid(value))
    }

    pub(super) fn is_broken(&self) -> bool {
        self.engine.is_none()
    }

    /// A text that matches and has between `least` and `most` letters; `None` if none was found.
    pub(super) fn text(&self, dice: &mut Dice, least: usize, most: usize) -> Option<String> {
        // Short ones look best; where many letters are asked for, repeats must give them.
        let start = if least > 12 { least as u64 } else { u64::from(MORE) };
        for more in [start, 3, 0, 1, start * 2, start * 4, 16, 40, 200, 1_000, 2, 5].into_iter().chain(4..12) {
            let Some(written) = self.write(dice, more) else { continue };
            let letters = written.chars().count();
            if letters < least || letters > most {
                continue;
            }
            if self.certain {
                return Some(written);
            }
            let value = Value::String(written);
            if self.accepts(&value)
                && let Value::String(written) = value
            {
                return Some(written);
            }
        }
        None
    }

    fn write(&self, dice: &mut Dice, more: u64) -> Option<String> {
        let mut out = String::new();
        write(self.hir.as_ref()?, dice, u32::try_from(more).unwrap_or(MORE), &mut out, 0)?;
        Some(out)
    }
}

/// Whether it asks for nothing but letters, with anchors at its ends only.
fn is_plain(hir: &Hir) -> bool {
    let looks_nowhere = |hir: &Hir| hir.properties().look_set().is_empty();
    match hir.kind() {
        HirKind::Look(Look::Start | Look::End) => true,
        HirKind::Concat(parts) => parts.iter().enumerate().all(|(at, part)| match part.kind() {
            HirKind::Look(Look::Start) => at == 0,
            HirKind::Look(Look::End) => at + 1 == parts.len(),
            _ => looks_nowhere(part),
        }),
        HirKind::Capture(capture) => is_plain(&capture.sub),
        HirKind::Alternation(ways) => ways.iter().all(is_plain),
        _ => looks_nowhere(hir),
    }
}

fn write(hir: &Hir, dice: &mut Dice, more: u32, out: &mut String, depth: usize) -> Option<()> {
    if depth > 120 || out.len() > MAX_LETTERS {
        return None;
    }
    match hir.kind() {
        HirKind::Empty | HirKind::Look(_) => {}
        HirKind::Literal(literal) => out.push_str(std::str::from_utf8(&literal.0).ok()?),
        HirKind::Class(Class::Unicode(class)) => out.push(letter(class, dice)?),
        HirKind::Class(Class::Bytes(class)) => {
            let range = class.ranges().first()?;
            out.push(char::from(range.start()));
        }
        HirKind::Repetition(repetition) => {
            let most = repetition.max.unwrap_or_else(|| repetition.min.saturating_add(more)).max(repetition.min);
            let most = most.min(repetition.min.saturating_add(more));
            let times = dice.between(i64::from(repetition.min), i64::from(most));
            for _ in 0..times {
                write(&repetition.sub, dice, more, out, depth + 1)?;
            }
        }
        HirKind::Capture(capture) => write(&capture.sub, dice, more, out, depth + 1)?,
        HirKind::Concat(parts) => {
            for part in parts {
                write(part, dice, more, out, depth + 1)?;
            }
        }
        HirKind::Alternation(ways) => write(dice.pick(ways), dice, more, out, depth + 1)?,
    }
    Some(())
}

/// A letter of a class: small letters and digits by preference, then what can be seen, then anything.
fn letter(class: &ClassUnicode, dice: &mut Dice) -> Option<char> {
    for (low, high) in [('a', 'z'), ('0', '9'), ('A', 'Z'), ('!', '~'), (' ', ' ')] {
        // Digits beside letters, half the time.
        let prefers = low != 'a'
            || dice.percent(70)
            || !class.ranges().iter().any(|range| range.start() <= '9' && range.end() >= '0');
        if !prefers {
            continue;
        }
        let inside = class.ranges().iter().filter_map(|range| {
            let (start, end) = (range.start().max(low), range.end().min(high));
            (start <= end).then_some((start, end))
        });
        let total: u32 = inside.clone().map(|(start, end)| end as u32 - start as u32 + 1).sum();
        if total > 0 {
            let mut at = u32::try_from(dice.below(u64::from(total))).unwrap_or(0);
            for (start, end) in inside {
                let width = end as u32 - start as u32 + 1;
                if at < width {
                    return char::from_u32(start as u32 + at);
                }
                at -= width;
            }
        }
    }
    class.ranges().first().map(ClassUnicodeRange::start)
}

/// The expression without its `(?=…)`, `(?!…)` and `(?<!…)`: what it writes may match all the same.
fn without_look_around(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    'outer: while let Some(at) = ["(?=", "(?!", "(?<=", "(?<!"].iter().filter_map(|opening| rest.find(opening)).min() {
        out.push_str(&rest[..at]);
        let (mut open, mut escaped, mut class) = (0u32, false, false);
        for (offset, letter) in rest[at..].char_indices() {
            match letter {
                _ if escaped => escaped = false,
                '\\' => escaped = true,
                '[' => class = true,
                ']' => class = false,
                '(' if !class => open += 1,
                ')' if !class => {
                    open -= 1;
                    if open == 0 {
                        rest = &rest[at + offset + 1..];
                        continue 'outer;
                    }
                }
                _ => {}
            }
        }
        return text.to_owned();
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_matches() {
        for text in [
            "^[A-Z]{3}$",
            r"^\d{4}-\d{2}$",
            "^(cus|ord)_[a-z0-9]{14}$",
            r"^\+[1-9]\d{1,14}$",
            "^https?://.*$",
            r"^\S+$",
            "^[^/]+$",
            r"^(?!admin)[a-z]{6,}$",
            r"^(?=.*\d)[a-z\d]{8,20}$",
            "abc",
            "^$",
            r"^[\w.-]+@[\w.-]+\.\w{2,4}$",
            r"^.{1,5}$",
            "^a{60}",
        ] {
            let pattern = Pattern::new(text);
            assert!(!pattern.is_broken(), "{text}");
            for seed in 0..50 {
                let written = pattern.text(&mut Dice::new(seed), 0, 1000);
                let written = written.unwrap_or_else(|| panic!("nothing for {text}"));
                assert!(pattern.accepts(&Value::String(written.clone())), "{text}: {written}");
            }
        }
    }

    #[test]
    fn lengths_are_kept_to() {
        let pattern = Pattern::new("^[a-z]+$");
        let written = pattern.text(&mut Dice::new(3), 40, 80).expect("there is one");
        assert!((40..=80).contains(&written.len()), "{written}");
        assert_eq!(pattern.text(&mut Dice::new(3), 2, 1), None);
    }

    #[test]
    fn what_is_no_expression_allows_anything() {
        let pattern = Pattern::new("([");
        assert!(pattern.is_broken());
        assert!(pattern.accepts(&Value::from("x")));
    }
}
