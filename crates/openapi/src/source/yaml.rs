//! Builds a value from the events of a YAML parser.
//!
//! Nothing recurses, whatever the text says. Aliases are expanded, since nothing behind us knows them, and what they
//! repeat counts against the bounds.

use std::borrow::Cow;
use std::collections::HashMap;

use saphyr_parser::{Event, Parser, ScalarStyle, ScanError, Span, Tag};
use serde_json::{Map, Value};

use super::json::{float, twice};
use super::{Bound, Building, DEPTH, Wanted};
use crate::fault::FaultKind;
use crate::limits::Limits;

pub(super) enum Failure {
    Syntax { line: u32, column: u32, message: String },
    Bound(Bound, u32),
}

/// Lines that were asked for.
pub(super) struct Lines<'w> {
    pub(super) wanted: &'w Wanted<'w>,
    pub(super) found: HashMap<String, u32>,
}

/// The first document of `text`; `lines` are noted on the way.
pub(super) fn read(
    text: &str,
    building: &mut Building<'_>,
    mut lines: Option<&mut Lines<'_>>,
) -> Result<Value, Failure> {
    let mut parser = Parser::new_from_str(text);
    let mut builder = Builder { building, stack: Vec::new(), anchors: HashMap::new(), root: None };
    let mut documents = 0_usize;
    while let Some(event) = parser.next_event() {
        let (event, span) = match event {
            Ok(event) => event,
            // Whatever follows the first document is not ours to judge.
            Err(_) if builder.root.is_some() && documents > 1 => break,
            Err(error) => return Err(syntax(&error)),
        };
        let line = line_of(span);
        match event {
            Event::DocumentStart(_) => {
                documents += 1;
                if documents == 2 {
                    builder.building.flaw(FaultKind::Syntax, Some(line), || {
                        "a second document in the same file; only the first one counts".to_owned()
                    });
                    break;
                }
            }
            event => builder.event(event, line, lines.as_deref_mut()).map_err(|bound| Failure::Bound(bound, line))?,
        }
    }
    Ok(builder.root.unwrap_or(Value::Null))
}

fn syntax(error: &ScanError) -> Failure {
    let number = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
    Failure::Syntax {
        line: number(error.marker().line()),
        column: number(error.marker().col()).saturating_add(1),
        message: error.info().to_owned(),
    }
}

fn line_of(span: Span) -> u32 {
    u32::try_from(span.start.line()).unwrap_or(u32::MAX)
}

struct Builder<'b, 'l> {
    building: &'b mut Building<'l>,
    stack: Vec<Frame>,
    anchors: HashMap<usize, Anchored>,
    root: Option<Value>,
}

/// What an alias stands for, and how much that is.
struct Anchored {
    value: Value,
    nodes: usize,
    text: usize,
}

/// A collection that is not complete.
struct Frame {
    collection: Collection,
    anchor: usize,
    /// Whether the path was made longer for it.
    in_path: bool,
    nodes_before: usize,
    text_before: usize,
}

enum Collection {
    Sequence(Vec<Value>),
    Mapping { entries: Map<String, Value>, key: Option<(String, u32)>, merged: Vec<Map<String, Value>> },
}

impl Builder<'_, '_> {
    fn event(&mut self, event: Event<'_>, line: u32, lines: Option<&mut Lines<'_>>) -> Result<(), Bound> {
        match event {
            Event::Scalar(text, style, anchor, tag) => {
                if self.awaits_key() {
                    self.key(&text, style, line);
                    if anchor > 0 {
                        let value = Value::String(text.into_owned());
                        self.anchors.insert(anchor, Anchored { value, nodes: 1, text: 0 });
                    }
                    return Ok(());
                }
                self.building.count(1, text.len())?;
                let in_path = self.enter(line, lines);
                let length = text.len();
                let value = self.scalar(text, style, tag.as_deref(), line);
                if anchor > 0 {
                    self.building.count(1, length)?;
                    self.anchors.insert(anchor, Anchored { value: value.clone(), nodes: 1, text: length });
                }
                self.leave(value, in_path, line);
            }
            Event::Alias(anchor) => {
                let found = self.anchors.get(&anchor).map(|found| (found.nodes, found.text));
                if let Some((nodes, text)) = found {
                    self.building.count(nodes, text)?;
                }
                let value = self.anchors.get(&anchor).map(|found| found.value.clone());
                if self.awaits_key() {
                    let text = value.as_ref().and_then(Value::as_str).unwrap_or("*").to_owned();
                    self.key(&text, ScalarStyle::SingleQuoted, line);
                    return Ok(());
                }
                let in_path = self.enter(line, lines);
                if value.is_none() {
                    self.building.flaw(FaultKind::CyclicReference, Some(line), || {
                        "an alias to what it is a part of; it is left empty".to_owned()
                    });
                }
                self.leave(value.unwrap_or(Value::Null), in_path, line);
            }
            Event::SequenceStart(anchor, _) => {
                self.open(Collection::Sequence(Vec::new()), anchor, line, lines)?;
            }
            Event::MappingStart(anchor, _) => {
                let collection = Collection::Mapping { entries: Map::new(), key: None, merged: Vec::new() };
                self.open(collection, anchor, line, lines)?;
            }
            Event::SequenceEnd | Event::MappingEnd => self.close(line)?,
            Event::Nothing | Event::StreamStart | Event::StreamEnd | Event::DocumentStart(_) | Event::DocumentEnd => {}
        }
        Ok(())
    }

    fn awaits_key(&self) -> bool {
        matches!(self.stack.last(), Some(Frame { collection: Collection::Mapping { key: None, .. }, .. }))
    }

    /// Goes to where the next value stands. Returns whether the path is longer now.
    fn enter(&mut self, line: u32, lines: Option<&mut Lines<'_>>) -> bool {
        let mut at = line;
        let in_path = match self.stack.last() {
            Some(Frame { collection: Collection::Sequence(items), .. }) => {
                self.building.path.push_index(items.len());
                true
            }
            Some(Frame { collection: Collection::Mapping { key: Some((key, line)), .. }, .. }) => {
                self.building.path.push_key(key);
                at = *line;
                true
            }
            // A key that is a collection, or the root.
            Some(_) | None => false,
        };
        if let Some(lines) = lines
            && let pointer = self.building.path.as_str()
            && lines.wanted.contains(pointer)
        {
            lines.found.insert(pointer.to_owned(), at);
        }
        in_path
    }

    /// Puts a complete value where it belongs.
    fn leave(&mut self, value: Value, in_path: bool, line: u32) {
        if in_path {
            self.building.path.pop();
        }
        match self.stack.last_mut() {
            None => {
                self.root.get_or_insert(value);
            }
            Some(Frame { collection: Collection::Sequence(items), .. }) => items.push(value),
            Some(Frame { collection: Collection::Mapping { entries, key, merged }, .. }) => match key.take() {
                Some((name, _)) if name == MERGE => match value {
                    Value::Object(other) => merged.push(other),
                    Value::Array(others) if others.iter().all(Value::is_object) => {
                        merged.extend(others.into_iter().filter_map(|other| match other {
                            Value::Object(other) => Some(other),
                            _ => None,
                        }));
                    }
                    other => {
                        entries.insert("<<".to_owned(), other);
                    }
                },
                Some((name, _)) => {
                    entries.insert(name, value);
                }
                None => {
                    // Without braces of its own: `{{name}}` is a mapping whose key is `{name: }`.
                    let text = template(&value).unwrap_or_else(|| value.to_string());
                    *key = Some((text.clone(), line));
                    self.building.flaw(FaultKind::Key, Some(line), || {
                        format!("a key that is an object or array, or a template without quotes; `{text}` is used")
                    });
                }
            },
        }
    }

    fn key(&mut self, text: &str, style: ScalarStyle, line: u32) {
        let Some(Frame { collection: Collection::Mapping { entries, key, .. }, .. }) = self.stack.last_mut() else {
            return;
        };
        let twice_now = entries.contains_key(text);
        let name = if style == ScalarStyle::Plain && text == "<<" { MERGE } else { text };
        *key = Some((name.to_owned(), line));
        if twice_now {
            self.building.path.push_key(text);
            self.building.flaw(FaultKind::DuplicateKey, Some(line), || twice(text));
            self.building.path.pop();
        }
    }

    fn open(
        &mut self,
        collection: Collection,
        anchor: usize,
        line: u32,
        lines: Option<&mut Lines<'_>>,
    ) -> Result<(), Bound> {
        if self.stack.len() >= Limits::MAX_DEPTH {
            return Err(DEPTH);
        }
        let (nodes_before, text_before) = (self.building.nodes, self.building.text);
        self.building.count(1, 0)?;
        let in_path = self.enter(line, lines);
        self.stack.push(Frame { collection, anchor, in_path, nodes_before, text_before });
        Ok(())
    }

    fn close(&mut self, line: u32) -> Result<(), Bound> {
        let Some(frame) = self.stack.pop() else { return Ok(()) };
        let value = match frame.collection {
            Collection::Sequence(items) => Value::Array(items),
            Collection::Mapping { mut entries, merged, .. } => {
                for (key, value) in merged.into_iter().flatten() {
                    entries.entry(key).or_insert(value);
                }
                whole_template(&entries).map_or(Value::Object(entries), Value::String)
            }
        };
        if frame.anchor > 0 {
            let nodes = self.building.nodes - frame.nodes_before;
            let text = self.building.text - frame.text_before;
            // It is kept a second time.
            self.building.count(nodes, text)?;
            self.anchors.insert(frame.anchor, Anchored { value: value.clone(), nodes, text });
        }
        self.leave(value, frame.in_path, line);
        Ok(())
    }

    fn scalar(&mut self, text: Cow<'_, str>, style: ScalarStyle, tag: Option<&Tag>, line: u32) -> Value {
        let tagged = tag.filter(|tag| tag.is_yaml_core_schema()).map(|tag| tag.suffix.as_str());
        if style != ScalarStyle::Plain && !matches!(tagged, Some("int" | "float" | "bool" | "null"))
            || tagged == Some("str")
        {
            return Value::String(text.into_owned());
        }
        match text.as_ref() {
            "" | "~" | "null" | "Null" | "NULL" => return Value::Null,
            "true" | "True" | "TRUE" => return Value::Bool(true),
            "false" | "False" | "FALSE" => return Value::Bool(false),
            _ => {}
        }
        match number(&text) {
            Some(Read::Exact(value)) => value,
            Some(Read::Rounded(value)) => {
                self.building.flaw(FaultKind::Number, Some(line), || {
                    format!("no 64 bits hold the number `{}`; {value} is used", shortened(&text))
                });
                value
            }
            None => Value::String(text.into_owned()),
        }
    }
}

/// Stands for `<<` where it was written without quotes. No key of a document is likely to be this one.
const MERGE: &str = "\u{0}<<";

enum Read {
    Exact(Value),
    Rounded(Value),
}

/// The number of the core schema that `text` is.
fn number(text: &str) -> Option<Read> {
    if let Some(digits) = text.strip_prefix("0x") {
        return u64::from_str_radix(digits, 16).ok().map(|number| Read::Exact(number.into()));
    }
    if let Some(digits) = text.strip_prefix("0o") {
        return u64::from_str_radix(digits, 8).ok().map(|number| Read::Exact(number.into()));
    }
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    if matches!(unsigned, ".inf" | ".Inf" | ".INF") || matches!(text, ".nan" | ".NaN" | ".NAN") {
        return Some(Read::Rounded(Value::String(text.to_owned())));
    }
    if !unsigned.starts_with(|letter: char| letter.is_ascii_digit() || letter == '.') {
        return None;
    }
    if unsigned.bytes().all(|byte| byte.is_ascii_digit()) {
        if let Ok(number) = text.parse::<u64>() {
            return Some(Read::Exact(number.into()));
        }
        if let Ok(number) = text.parse::<i64>() {
            return Some(Read::Exact(number.into()));
        }
        let number: f64 = text.parse().ok()?;
        return Some(Read::Rounded(float(number, text)));
    }
    let letters =
        unsigned.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'.' | b'e' | b'E' | b'-' | b'+'));
    let number: f64 = letters.then(|| text.parse().ok())??;
    let value = float(number, text);
    Some(if number.is_finite() { Read::Exact(value) } else { Read::Rounded(value) })
}

fn shortened(text: &str) -> Cow<'_, str> {
    match text.char_indices().nth(40) {
        Some((end, _)) => Cow::Owned(format!("{}…", &text[..end])),
        None => Cow::Borrowed(text),
    }
}

/// `name` of the inner braces of `{{name}}`.
fn template(key: &Value) -> Option<String> {
    let mut entries = key.as_object()?.iter();
    let (name, value) = entries.next()?;
    (value.is_null() && entries.next().is_none()).then(|| format!("{{{name}}}"))
}

/// The text of `{{name}}`, once both braces are closed.
fn whole_template(entries: &Map<String, Value>) -> Option<String> {
    let mut all = entries.iter();
    let (name, value) = all.next()?;
    let template = name.len() > 2 && name.starts_with('{') && name.ends_with('}') && !name.contains('"');
    (template && value.is_null() && all.next().is_none()).then(|| format!("{{{name}}}"))
}
