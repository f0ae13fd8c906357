//! Finds what is wrong with a document that can be read.
//!
//! Nothing is decided here: views pass over what they cannot use whether it was found or not. It is told so that
//! whoever owns the document can mend it.

use std::collections::{HashMap, HashSet};

use serde_json::Value;

use crate::document::{Document, METHODS, Node, Status, Version};
use crate::fault::{Fault, FaultKind};
use crate::pointer::Path;
use crate::router::parameter_names;
use crate::source::{Flaw, lines};

/// All faults, those of the text included, by file and line.
pub(crate) fn faults(document: &Document) -> Vec<Fault> {
    let mut check = Check {
        document,
        file: 0,
        at: Path::default(),
        flaws: document.files.iter().map(|file| file.source.flaws.clone()).collect(),
        more: document.files.iter().map(|file| file.source.more_flaws).sum(),
        kept: 0,
    };
    check.kept = check.flaws.iter().map(Vec::len).sum();
    for file in 0..document.files.len() {
        check.file = file;
        check.at = Path::default();
        check.any(&document.files[file].source.value, Place::Object);
    }
    check.file = 0;
    check.at = Path::default();
    check.api();
    let Check { flaws, more, .. } = check;
    let mut faults = Vec::new();
    for (file, flaws) in document.files.iter().zip(flaws) {
        let unknown: Vec<&str> =
            flaws.iter().filter(|flaw| flaw.line.is_none()).map(|flaw| flaw.pointer.as_str()).collect();
        let found = if unknown.is_empty() {
            HashMap::new()
        } else {
            lines(&file.source.text, file.source.syntax, &unknown, &document.limits)
        };
        let mut of_file: Vec<Fault> = flaws
            .into_iter()
            .map(|Flaw { kind, line, pointer, message }| Fault {
                kind,
                file: file.name.clone(),
                line: line.or_else(|| found.get(&pointer).copied()),
                pointer,
                message,
            })
            .collect();
        of_file.sort_by(|a, b| (a.line, &a.pointer).cmp(&(b.line, &b.pointer)));
        of_file.dedup();
        faults.append(&mut of_file);
    }
    if more > 0 {
        faults.push(Fault {
            kind: FaultKind::Syntax,
            file: document.files[0].name.clone(),
            line: None,
            pointer: String::new(),
            message: format!("{more} more faults; the bound is `Limits::max_faults`"),
        });
    }
    faults
}

/// What stands at a place of a document, as far as it matters.
#[derive(Clone, Copy, PartialEq)]
enum Place {
    /// An object of the specification: its keys mean something.
    Object,
    /// A map: its keys are names, its values objects of the specification.
    Names,
    /// A schema.
    Schema,
    /// A map of schemas by name.
    Schemas,
}

struct Check<'d> {
    document: &'d Document,
    file: usize,
    at: Path,
    flaws: Vec<Vec<Flaw>>,
    more: usize,
    kept: usize,
}

impl<'d> Check<'d> {
    fn flaw(&mut self, kind: FaultKind, message: impl FnOnce() -> String) {
        if self.kept < self.document.limits.max_faults {
            self.kept += 1;
            let pointer = self.at.as_str().to_owned();
            self.flaws[self.file].push(Flaw { kind, line: None, pointer, message: message() });
        } else {
            self.more += 1;
        }
    }

    fn wrong(&mut self, what: &str, value: &Value, expected: &str) {
        self.flaw(FaultKind::WrongType, || format!("{what} is {}, expected {expected}; it is ignored", kind_of(value)));
    }

    /// Runs `check` one key further down.
    fn below(&mut self, key: &str, check: impl FnOnce(&mut Self)) {
        self.at.push_key(key);
        check(self);
        self.at.pop();
    }

    /// References and schemas wherever they stand. Recurses as deep as values do, which has a bound.
    fn any(&mut self, value: &'d Value, place: Place) {
        match value {
            Value::Object(entries) => {
                if matches!(place, Place::Object | Place::Schema) {
                    match entries.get("$ref") {
                        Some(Value::String(reference)) => self.reference(value, reference),
                        Some(other) => self.below("$ref", |check| check.wrong("a reference", other, "text")),
                        None => {}
                    }
                }
                if place == Place::Schema {
                    self.schema(value);
                }
                for (key, value) in entries {
                    let next = match (place, key.as_str()) {
                        (Place::Names, _) => Place::Object,
                        (Place::Schemas, _) => Place::Schema,
                        // Values of the API, not of its description.
                        (_, "example" | "default" | "enum" | "const" | "value" | "dataValue") => continue,
                        (_, key) if key.starts_with("x-") => continue,
                        (Place::Schema, "examples" | "required" | "type" | "discriminator") => continue,
                        (
                            Place::Schema,
                            "properties" | "patternProperties" | "dependentSchemas" | "$defs" | "definitions",
                        ) => Place::Schemas,
                        (Place::Schema, _) | (Place::Object, "schema" | "itemSchema") => Place::Schema,
                        (Place::Object, "schemas" | "definitions") => Place::Schemas,
                        (Place::Object, "mapping" | "scopes" | "security") => continue,
                        (
                            Place::Object,
                            "paths"
                            | "webhooks"
                            | "responses"
                            | "headers"
                            | "content"
                            | "callbacks"
                            | "links"
                            | "requestBodies"
                            | "securitySchemes"
                            | "securityDefinitions"
                            | "pathItems"
                            | "mediaTypes"
                            | "variables"
                            | "encoding"
                            | "examples",
                        ) => Place::Names,
                        (Place::Object, "parameters") if value.is_object() => Place::Names,
                        (Place::Object, _) => Place::Object,
                    };
                    self.at.push_key(key);
                    self.any(value, next);
                    self.at.pop();
                }
            }
            Value::Array(items) => {
                for (index, value) in items.iter().enumerate() {
                    self.at.push_index(index);
                    self.any(value, place);
                    self.at.pop();
                }
            }
            Value::Bool(_) if matches!(place, Place::Schema | Place::Schemas) => {}
            _ => {}
        }
    }

    fn reference(&mut self, value: &'d Value, reference: &str) {
        let node = Node { document: self.document, file: self.file, value };
        match self.document.resolve(self.file, reference) {
            Err(unresolved) => self.flaw(unresolved.kind, || unresolved.to_string()),
            // Where the first step leads is checked where it stands, circles are not.
            Ok(_) => {
                if let Err(unresolved) = node.follow()
                    && unresolved.kind == FaultKind::CyclicReference
                {
                    self.flaw(unresolved.kind, || unresolved.to_string());
                }
            }
        }
    }

    fn schema(&mut self, value: &'d Value) {
        const TYPES: [&str; 8] = ["null", "boolean", "integer", "number", "string", "array", "object", "file"];
        let Some(entries) = value.as_object() else { return };
        for (key, value) in entries {
            let expected = match key.as_str() {
                "properties" | "patternProperties" if !value.is_object() => "an object",
                "required" if value.is_boolean() && entries.contains_key("in") => continue,
                "required" if !value.is_array() => "a list of names",
                "enum" | "allOf" | "oneOf" | "anyOf" if !value.is_array() => "a list",
                "type" => {
                    let known = |value: &Value| value.as_str().is_some_and(|name| TYPES.contains(&name));
                    let fine = known(value) || value.as_array().is_some_and(|names| names.iter().all(known));
                    if fine {
                        continue;
                    }
                    self.below("type", |check| {
                        check.flaw(FaultKind::WrongType, || {
                            let found: String = value.to_string().chars().take(60).collect();
                            format!("`type` is {found}, expected one of {}; it is ignored", TYPES.join(", "))
                        });
                    });
                    continue;
                }
                "items" if !value.is_object() && !value.is_boolean() && !value.is_array() => "a schema",
                "format" | "pattern" if !value.is_string() => "text",
                "minimum" | "maximum" | "multipleOf" | "minLength" | "maxLength" | "minItems" | "maxItems"
                    if !value.is_number() =>
                {
                    "a number"
                }
                _ => continue,
            };
            self.below(key, |check| check.wrong(&format!("`{key}`"), value, expected));
        }
        if let Some(Value::Object(properties)) = entries.get("properties") {
            for (name, value) in properties.iter().filter(|(_, value)| !value.is_object() && !value.is_boolean()) {
                self.below("properties", |check| {
                    check.below(name, |check| check.wrong(&format!("the property `{name}`"), value, "a schema"));
                });
            }
        }
    }

    /// Paths and operations, which stand in the first file or are referred to from there.
    fn api(&mut self) {
        let root = self.document.root();
        let Some(paths) = root.get("paths") else {
            if self.document.version() < Version::V3_1 {
                self.flaw(FaultKind::Missing, || "there are no `paths`".to_owned());
            }
            return;
        };
        if !paths.value.is_object() {
            return self.below("paths", |check| check.wrong("`paths`", paths.value, "an object"));
        }
        let mut shapes: HashMap<(String, &str), &str> = HashMap::new();
        let mut ids = HashSet::new();
        self.at.push_key("paths");
        for (path, item) in paths.entries().filter(|(path, _)| !path.starts_with("x-")) {
            self.at.push_key(path);
            if !path.starts_with('/') {
                self.flaw(FaultKind::WrongType, || {
                    format!("the path `{path}` does not begin with a slash; one is assumed")
                });
            }
            if item.value.is_object() {
                for (key, node) in item.entries() {
                    let lower = key.to_ascii_lowercase();
                    if METHODS.contains(&lower.as_str()) && !node.value.is_object() {
                        self.below(key, |check| check.wrong(&format!("`{key}`"), node.value, "an operation"));
                    }
                }
            } else {
                self.wrong(&format!("the path `{path}`"), item.value, "an object");
            }
            self.at.pop();
        }
        for operation in self.document.operations() {
            let path = operation.path();
            self.at.push_key(path);
            let method = operation.node();
            self.at.push_key(&self.document.entries()[operation.index()].key);
            if let Some(id) = operation.id()
                && !ids.insert(id)
            {
                self.flaw(FaultKind::Ambiguous, || {
                    format!("the `operationId` `{id}` stands twice; the first one is found")
                });
            }
            let shape = shape(path);
            match shapes.get(&(shape.clone(), operation.method())) {
                Some(first) => self.flaw(FaultKind::Ambiguous, || {
                    format!("`{path}` cannot be told apart from `{first}`; the first one answers")
                }),
                None => {
                    shapes.insert((shape, operation.method()), path);
                }
            }
            self.parameters(operation, method);
            match method.get("responses").map(|responses| responses.value) {
                None => self.flaw(FaultKind::Missing, || "there are no `responses`".to_owned()),
                Some(Value::Object(responses)) => {
                    for status in responses.keys().filter(|key| !key.starts_with("x-") && Status::parse(key).is_none())
                    {
                        self.below("responses", |check| {
                            check.below(status, |check| {
                                check.flaw(FaultKind::WrongType, || {
                                    format!(
                                        "`{status}` is no status, expected as `200`, `2XX` or `default`; it is ignored"
                                    )
                                });
                            });
                        });
                    }
                }
                Some(other) => self.below("responses", |check| check.wrong("`responses`", other, "an object")),
            }
            self.at.pop();
            self.at.pop();
        }
        self.at.pop();
    }

    fn parameters(&mut self, operation: crate::Operation<'d>, method: Node<'d>) {
        if let Some(parameters) = method.get("parameters") {
            if let Some(items) = parameters.value.as_array() {
                for (index, item) in items.iter().enumerate() {
                    let Ok(node) = parameters.with(item).follow() else { continue };
                    let complete = node.text("name").is_some() && node.text("in").is_some();
                    if !complete {
                        self.at.push_key("parameters");
                        self.at.push_index(index);
                        self.flaw(FaultKind::Missing, || {
                            "a parameter without `name` or `in`; it is ignored".to_owned()
                        });
                        self.at.pop();
                        self.at.pop();
                    }
                }
            } else {
                self.below("parameters", |check| check.wrong("`parameters`", parameters.value, "a list"));
            }
        }
        let declared: HashSet<&str> = operation
            .parameters()
            .iter()
            .filter(|parameter| parameter.location() == crate::Location::Path)
            .map(crate::Parameter::name)
            .collect();
        for name in parameter_names(operation.path()) {
            if !declared.contains(name.as_str()) {
                self.flaw(FaultKind::Missing, || {
                    format!("`{{{name}}}` of the path is no parameter of the operation; any text is taken")
                });
            }
        }
    }
}

/// The template without the names of its parameters: those of the same shape match the same paths.
fn shape(path: &str) -> String {
    let mut shape = String::new();
    let mut depth = 0_usize;
    for letter in path.chars() {
        match letter {
            '{' => {
                depth += 1;
                shape.push('{');
            }
            '}' => {
                depth = depth.saturating_sub(1);
                shape.push('}');
            }
            other if depth == 0 => shape.push(other),
            _ => {}
        }
    }
    shape
}

fn kind_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "empty",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "a number",
        Value::String(_) => "text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}
