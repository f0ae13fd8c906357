//! Turns the text of one file into a value, and finds lines again.
//!
//! What the value means is for [`crate::document`]. The text is believed as little as possible: bounds hold before
//! anything is built, and what a strict parser would refuse is read where its meaning is plain, and told.

mod json;
mod locate;
mod yaml;

use std::collections::HashSet;

use serde_json::Value;

use crate::error::Error;
use crate::fault::FaultKind;
use crate::limits::Limits;
use crate::pointer::Path;

pub(crate) use locate::lines;

/// How a file is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Syntax {
    Json,
    Yaml,
}

/// A fault before it is known in which file, and mostly in which line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Flaw {
    pub(crate) kind: FaultKind,
    pub(crate) line: Option<u32>,
    pub(crate) pointer: String,
    pub(crate) message: String,
}

/// A file that was read.
#[derive(Debug)]
pub(crate) struct Source {
    pub(crate) text: String,
    pub(crate) syntax: Syntax,
    pub(crate) value: Value,
    pub(crate) flaws: Vec<Flaw>,
    pub(crate) more_flaws: usize,
}

/// What both parsers keep while they build.
struct Building<'l> {
    limits: &'l Limits,
    path: Path,
    flaws: Vec<Flaw>,
    more_flaws: usize,
    nodes: usize,
    text: usize,
}

/// A bound that was hit.
#[derive(Clone, Copy, Debug)]
struct Bound {
    what: &'static str,
    limit: usize,
    name: &'static str,
}

const DEPTH: Bound =
    Bound { what: "objects and arrays within each other", limit: Limits::MAX_DEPTH, name: "MAX_DEPTH" };

impl<'l> Building<'l> {
    fn new(limits: &'l Limits) -> Self {
        Self { limits, path: Path::default(), flaws: Vec::new(), more_flaws: 0, nodes: 0, text: 0 }
    }

    fn flaw(&mut self, kind: FaultKind, line: Option<u32>, message: impl FnOnce() -> String) {
        if self.flaws.len() < self.limits.max_faults {
            self.flaws.push(Flaw { kind, line, pointer: self.path.as_str().to_owned(), message: message() });
        } else {
            self.more_flaws += 1;
        }
    }

    /// Counts values and text that are about to be kept.
    fn count(&mut self, nodes: usize, text: usize) -> Result<(), Bound> {
        self.nodes = self.nodes.saturating_add(nodes);
        self.text = self.text.saturating_add(text);
        if self.nodes > self.limits.max_nodes {
            return Err(Bound {
                what: "values, those that aliases repeat included",
                limit: self.limits.max_nodes,
                name: "max_nodes",
            });
        }
        if self.text > self.limits.max_text {
            return Err(Bound {
                what: "bytes of text, that which aliases repeat included",
                limit: self.limits.max_text,
                name: "max_text",
            });
        }
        Ok(())
    }
}

/// Reads `bytes` as JSON or YAML, whatever the name of the file says.
pub(crate) fn read(file: &str, bytes: Vec<u8>, limits: &Limits) -> Result<Source, Error> {
    if bytes.len() > limits.max_bytes {
        return Err(Error::TooMuch {
            file: file.to_owned(),
            line: None,
            what: "bytes",
            limit: limits.max_bytes,
            bound: "max_bytes",
        });
    }
    let mut building = Building::new(limits);
    let text = match String::from_utf8(bytes) {
        Ok(text) => text,
        Err(error) => {
            let at = error.utf8_error().valid_up_to();
            let line = 1 + count_lines(&error.as_bytes()[..at]);
            building.flaw(FaultKind::Syntax, Some(line), || "bytes that are not UTF-8; they were replaced".to_owned());
            String::from_utf8_lossy(error.as_bytes()).into_owned()
        }
    };
    // A mark that says «UTF-8» is no part of the text.
    let text = match text.strip_prefix('\u{feff}') {
        Some(rest) => rest.to_owned(),
        None => text,
    };
    let too_much = |bound: Bound, line: Option<u32>| Error::TooMuch {
        file: file.to_owned(),
        line,
        what: bound.what,
        limit: bound.limit,
        bound: bound.name,
    };
    if text.trim_start().starts_with(['{', '[']) {
        match json::read(&text, &mut building) {
            Ok(value) => {
                let Building { flaws, more_flaws, .. } = building;
                return Ok(Source { text, syntax: Syntax::Json, value, flaws, more_flaws });
            }
            Err(json::Failure::Bound(bound, line)) => return Err(too_much(bound, line)),
            Err(json::Failure::Syntax(json_error)) => {
                // Comments, trailing commas, numbers without end: YAML has them, and is nearly a superset.
                let mut again = Building::new(limits);
                again.flaws.append(&mut building.flaws.into_iter().filter(|flaw| flaw.pointer.is_empty()).collect());
                let line = u32::try_from(json_error.line()).ok();
                again.flaw(FaultKind::Syntax, line, || format!("not valid JSON, read as YAML: {json_error}"));
                return match yaml::read(&text, &mut again, None) {
                    Ok(value) => {
                        let Building { flaws, more_flaws, .. } = again;
                        Ok(Source { text, syntax: Syntax::Yaml, value, flaws, more_flaws })
                    }
                    Err(yaml::Failure::Bound(bound, line)) => Err(too_much(bound, Some(line))),
                    // What is wrong with it as JSON tells more to whoever wrote JSON.
                    Err(yaml::Failure::Syntax { .. }) => Err(Error::Syntax {
                        file: file.to_owned(),
                        line: line.unwrap_or(1),
                        column: u32::try_from(json_error.column()).unwrap_or(1),
                        message: json_error.to_string(),
                    }),
                };
            }
        }
    }
    match yaml::read(&text, &mut building, None) {
        Ok(value) => {
            let Building { flaws, more_flaws, .. } = building;
            Ok(Source { text, syntax: Syntax::Yaml, value, flaws, more_flaws })
        }
        Err(yaml::Failure::Bound(bound, line)) => Err(too_much(bound, Some(line))),
        Err(yaml::Failure::Syntax { line, column, message }) => {
            Err(Error::Syntax { file: file.to_owned(), line, column, message })
        }
    }
}

fn count_lines(bytes: &[u8]) -> u32 {
    u32::try_from(bytes.iter().filter(|&&byte| byte == b'\n').count()).unwrap_or(u32::MAX)
}

/// Pointers whose lines are asked for.
type Wanted<'w> = HashSet<&'w str>;

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn value(text: &str) -> (Value, Vec<String>) {
        let source = read("x", text.as_bytes().to_vec(), &Limits::default()).expect("it can be read");
        let flaws = source.flaws.iter().map(|flaw| format!("{:?} {} {}", flaw.line, flaw.pointer, flaw.message));
        (source.value, flaws.collect())
    }

    fn error(text: &str) -> String {
        read("x", text.as_bytes().to_vec(), &Limits::default()).expect_err("it cannot be read").to_string()
    }

    #[test]
    fn scalars_of_yaml_have_the_types_of_the_core_schema() {
        let (read, flaws) = value(
            "a: 1\nb: 1.5\nc: true\nd: ~\ne: yes\nf: 0x1F\ng: 0o17\nh: '1'\ni: 2020-01-01\nj: 1.2.3\nk: -.5\nl: !!str 5\nm:\n",
        );
        let expected = json!({"a": 1, "b": 1.5, "c": true, "d": null, "e": "yes", "f": 31, "g": 15, "h": "1",
            "i": "2020-01-01", "j": "1.2.3", "k": -0.5, "l": "5", "m": null});
        assert_eq!(read, expected);
        assert_eq!(flaws, Vec::<String>::new());
    }

    #[test]
    fn keys_are_texts_whatever_they_look_like() {
        let (read, flaws) = value("200: ok\n4XX: bad\ntrue: x\nnull: y\n1.0: z\n");
        assert_eq!(read, json!({"200": "ok", "4XX": "bad", "true": "x", "null": "y", "1.0": "z"}));
        assert!(flaws.is_empty());
    }

    #[test]
    fn a_key_that_stands_twice_is_told_with_its_line_and_the_last_one_counts() {
        let (read, flaws) = value("a:\n  b: 1\n  c: 2\n  b: 3\n");
        assert_eq!(read, json!({"a": {"b": 3, "c": 2}}));
        assert_eq!(flaws, ["Some(4) /a/b the key `b` stands twice; the last one counts"]);
        let (read, flaws) = value("{\"a\": {\n\"b\": 1,\n\"b\": 3}}");
        assert_eq!(read, json!({"a": {"b": 3}}));
        assert_eq!(flaws, ["None /a/b the key `b` stands twice; the last one counts"]);
    }

    #[test]
    fn a_template_without_quotes_is_its_text() {
        let (read, flaws) = value("example: {{name}}\nother: 1\n");
        assert_eq!(read, json!({"example": "{{name}}", "other": 1}));
        assert_eq!(flaws.len(), 1, "{flaws:?}");
    }

    #[test]
    fn numbers_beyond_64_bits_keep_what_can_be_kept_and_are_told() {
        let (read, flaws) = value("a: 123456789012345678901234567890\nb: 1e999\nc: .inf\n");
        assert_eq!(read["a"], json!(123_456_789_012_345_678_901_234_567_890_f64));
        assert_eq!(read["b"], json!("1e999"));
        assert_eq!(read["c"], json!(".inf"));
        assert_eq!(flaws.len(), 3, "{flaws:?}");
        let (read, flaws) = value("{\"a\": 123456789012345678901234567890, \"b\": 1}");
        assert_eq!(read["b"], json!(1));
        assert_eq!(flaws.len(), 1, "{flaws:?}");
        // serde_json refuses it, YAML does not.
        assert_eq!(value("{\"a\": 1e999}").0, json!({"a": "1e999"}));
    }

    #[test]
    fn json_with_comments_and_trailing_commas_is_read_and_told() {
        let (read, flaws) = value("{\n  \"a\": 1, # one\n  \"b\": [1, 2,],\n}");
        assert_eq!(read, json!({"a": 1, "b": [1, 2]}));
        assert!(flaws[0].contains("not valid JSON, read as YAML"), "{flaws:?}");
    }

    #[test]
    fn aliases_and_merge_keys_are_followed() {
        let (read, flaws) = value("base: &base {a: 1, b: 2}\none: *base\ntwo:\n  b: 3\n  <<: *base\n");
        assert_eq!(read["one"], json!({"a": 1, "b": 2}));
        assert_eq!(read["two"], json!({"b": 3, "a": 1}));
        assert!(flaws.is_empty());
    }

    #[test]
    fn an_alias_to_what_holds_it_is_a_hole() {
        let (read, flaws) = value("a: &a\n  b: *a\n");
        assert_eq!(read, json!({"a": {"b": null}}));
        assert_eq!(flaws.len(), 1, "{flaws:?}");
    }

    #[test]
    fn an_alias_bomb_is_refused_by_a_bound_with_a_name() {
        let mut bomb = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x]\n");
        for level in 1..20 {
            let before = level - 1;
            let aliases = vec![format!("*a{before}"); 9].join(", ");
            bomb.push_str(&format!("a{level}: &a{level} [{aliases}]\n"));
        }
        let error = error(&bomb);
        assert!(error.contains("more than 2000000 values"), "{error}");
        assert!(error.contains("`Limits::max_nodes`"), "{error}");
    }

    #[test]
    fn values_that_are_too_deep_are_refused_with_the_line_however_they_are_written() {
        for text in [
            "[".repeat(100_000),
            "{\"a\":".repeat(100_000),
            "a:\n- ".to_owned() + &"- ".repeat(5_000),
            (0..300).map(|depth| " ".repeat(depth) + "a:\n").collect(),
        ] {
            let error = error(&text);
            assert!(error.contains("more than 120 objects and arrays within each other"), "{error}");
        }
    }

    #[test]
    fn text_that_is_neither_is_refused_with_line_and_column() {
        assert_eq!(
            error("a: b\n  c: d\n"),
            "`x` is neither JSON nor YAML: line 2, column 4: mapping values are not allowed in this context"
        );
        assert!(error("{\"a\":\n [1 }").contains("line 2"), "{}", error("{\"a\":\n [1 }"));
    }

    #[test]
    fn bytes_that_are_no_text_and_marks_in_front_of_it_do_not_stop_reading() {
        let source = read("x", b"\xef\xbb\xbfa: \xff1\n".to_vec(), &Limits::default()).expect("it is read");
        assert_eq!(source.value, json!({"a": "\u{fffd}1"}));
        assert_eq!(source.flaws.len(), 1);
    }
}
