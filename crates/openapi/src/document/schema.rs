//! A schema: what a value may be. References stay edges until somebody follows them.

use std::collections::{HashMap, HashSet, VecDeque};
use std::fmt;

use serde_json::{Map, Number, Value, json};

use super::Node;
use super::reference::Unresolved;
use crate::limits::Limits;

/// A schema of a document, in whatever dialect: what has the wrong type in it is passed over.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Schema<'d> {
    node: Node<'d>,
}

impl fmt::Debug for Schema<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Schema({:?})", self.node)
    }
}

/// The types a schema allows by its `type`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Types(u8);

impl Types {
    const NAMES: [(&'static str, u8); 7] =
        [("null", 1), ("boolean", 2), ("integer", 4), ("number", 8), ("string", 16), ("array", 32), ("object", 64)];

    fn of(name: &str) -> Self {
        // Swagger 2.0's files are bytes, and bytes are text.
        let name = if name == "file" { "string" } else { name };
        Self(Self::NAMES.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map_or(0, |(_, bit)| *bit))
    }

    /// Whether nothing is said of types: any will do.
    #[must_use]
    pub fn is_any(self) -> bool {
        self.0 == 0
    }

    /// Whether a type of that name is among them, as in `string`.
    #[must_use]
    pub fn contains(self, name: &str) -> bool {
        self.0 & Self::of(name).0 != 0
    }

    /// The names, simple types first.
    pub fn iter(self) -> impl Iterator<Item = &'static str> {
        Self::NAMES.into_iter().filter(move |(_, bit)| self.0 & bit != 0).map(|(name, _)| name)
    }
}

impl<'d> Schema<'d> {
    pub(crate) fn new(node: Node<'d>) -> Self {
        Self { node }
    }

    /// The schema as it stands: an object, or `true` or `false`.
    #[must_use]
    pub fn node(self) -> Node<'d> {
        self.node
    }

    /// A number that is the same for the same place of a document: to find circles, to key tables.
    #[must_use]
    pub fn identity(self) -> usize {
        std::ptr::from_ref(self.node.value) as usize
    }

    /// What `$ref` says (or `$dynamicRef`, which is taken for one).
    #[must_use]
    pub fn reference(self) -> Option<&'d str> {
        self.node.reference().or_else(|| self.node.text("$dynamicRef"))
    }

    /// One step along its reference; `None` where it has none.
    pub fn target(self) -> Option<Result<Self, Unresolved>> {
        let reference = self.reference()?;
        Some(self.node.document.resolve(self.node.file, reference).map(Self::new))
    }

    /// Follows references until something else stands there. What stands beside a reference is left behind: see
    /// [`parts`](Self::parts).
    ///
    /// # Errors
    /// A reference leads nowhere, out of the folder, or in a circle.
    pub fn follow(self) -> Result<Self, Unresolved> {
        self.node.follow().map(Self::new)
    }

    /// The schemas that hold at once: this one, those its references lead to, and those of `allOf`, each once, parents
    /// first. At most [`Limits::MAX_MERGED`]; circles end where they began.
    #[must_use]
    pub fn parts(self) -> Vec<Self> {
        self.gather(&["allOf"])
    }

    /// As [`parts`](Self::parts), and those of which one or more may hold: `oneOf` and `anyOf`.
    #[must_use]
    pub fn possible_parts(self) -> Vec<Self> {
        self.gather(&["allOf", "oneOf", "anyOf"])
    }

    fn gather(self, keys: &[&str]) -> Vec<Self> {
        let mut seen = HashSet::new();
        let mut parts = Vec::new();
        let mut open = vec![(self, false)];
        while let Some((schema, expanded)) = open.pop() {
            if expanded {
                parts.push(schema);
                continue;
            }
            if seen.len() >= Limits::MAX_MERGED || !seen.insert(schema.identity()) {
                continue;
            }
            open.push((schema, true));
            let members = keys.iter().flat_map(|key| schema.list(key)).collect::<Vec<_>>();
            open.extend(members.into_iter().rev().map(|member| (member, false)));
            if let Some(Ok(target)) = schema.target() {
                open.push((target, false));
            }
        }
        parts
    }

    /// `type`, as text or as a list; nothing where it is missing.
    #[must_use]
    pub fn types(self) -> Types {
        match self.node.value.get("type") {
            Some(Value::String(name)) => Types::of(name),
            Some(Value::Array(names)) => {
                Types(names.iter().filter_map(Value::as_str).fold(0, |all, name| all | Types::of(name).0))
            }
            _ => Types::default(),
        }
    }

    /// The types its [`parts`](Self::parts) allow, or those that the other keywords imply: `properties` an object,
    /// `items` an array.
    #[must_use]
    pub fn known_types(self) -> Types {
        let parts = self.parts();
        let said = parts.iter().map(|part| part.types().0).filter(|types| *types != 0);
        if let Some(types) = said.reduce(|all, types| if all & types == 0 { all } else { all & types }) {
            return Types(types);
        }
        let has = |key: &str| parts.iter().any(|part| part.node.get(key).is_some());
        if has("properties") || has("additionalProperties") {
            return Types::of("object");
        }
        if has("items") || has("prefixItems") {
            return Types::of("array");
        }
        Types::default()
    }

    /// Whether `null` will do: by `nullable`, or by `type`.
    #[must_use]
    pub fn is_nullable(self) -> bool {
        let flag = |key| self.node.flag(key) == Some(true);
        flag("nullable") || flag("x-nullable") || self.types().contains("null")
    }

    /// Whether it is a file: `type: file`, or bytes (`format: binary`, `contentMediaType` of an encoding-less text).
    #[must_use]
    pub fn is_file(self) -> bool {
        let media = self.node.text("contentMediaType").is_some_and(|media| !media.contains("json"));
        self.node.text("type") == Some("file") || self.format() == Some("binary") || media
    }

    /// `properties` of this schema alone.
    pub fn properties(self) -> impl Iterator<Item = (&'d str, Self)> {
        self.node.get("properties").into_iter().flat_map(Node::entries).map(|(name, node)| (name, Self::new(node)))
    }

    /// Properties of all [`parts`](Self::parts); of those with the same name, the last one.
    #[must_use]
    pub fn all_properties(self) -> Vec<(&'d str, Self)> {
        merged(self.parts())
    }

    /// Properties of all [`possible_parts`](Self::possible_parts).
    #[must_use]
    pub fn possible_properties(self) -> Vec<(&'d str, Self)> {
        merged(self.possible_parts())
    }

    /// A property of [`all_properties`](Self::all_properties).
    #[must_use]
    pub fn property(self, name: &str) -> Option<Self> {
        self.parts().into_iter().rev().find_map(|part| Some(Self::new(part.node.get("properties")?.get(name)?)))
    }

    /// Names in `required` of all [`parts`](Self::parts).
    #[must_use]
    pub fn required(self) -> Vec<&'d str> {
        let mut seen = HashSet::new();
        let parts = self.parts();
        let names = parts.iter().flat_map(|part| part.node.texts("required").collect::<Vec<_>>());
        names.filter(|name| seen.insert(*name)).collect()
    }

    /// `items`, if it is one schema; looked for in all [`parts`](Self::parts).
    #[must_use]
    pub fn items(self) -> Option<Self> {
        self.parts().into_iter().rev().find_map(|part| {
            let items = part.node.get("items")?;
            (items.value.is_object() || items.value.is_boolean()).then(|| Self::new(items))
        })
    }

    /// `additionalProperties`, if it is a schema; looked for in all [`parts`](Self::parts).
    #[must_use]
    pub fn additional_properties(self) -> Option<Self> {
        self.parts().into_iter().rev().find_map(|part| Some(Self::new(part.node.get("additionalProperties")?)))
    }

    /// The schemas of a list keyword, as `allOf`, `oneOf`, `anyOf`, `prefixItems`.
    #[must_use]
    pub fn list(self, key: &str) -> Vec<Self> {
        self.node.get(key).into_iter().flat_map(Node::items).map(Self::new).collect()
    }

    /// The schema below a keyword that takes one, as `if`, `contains`, `propertyNames`; of this schema alone.
    #[must_use]
    pub fn inner(self, key: &str) -> Option<Self> {
        let inner = self.node.get(key)?;
        (inner.value.is_object() || inner.value.is_boolean()).then(|| Self::new(inner))
    }

    /// The schemas below a keyword that takes them by name, as `patternProperties`, `dependentSchemas`; of this schema
    /// alone.
    pub fn members(self, key: &str) -> impl Iterator<Item = (&'d str, Self)> {
        self.node.get(key).into_iter().flat_map(Node::entries).map(|(name, node)| (name, Self::new(node)))
    }

    /// `not`: what the value must not be.
    #[must_use]
    pub fn negated(self) -> Option<Self> {
        self.node.get("not").map(Self::new)
    }

    /// The property that tells which of `oneOf` or `anyOf` it is, and the schemas by its values.
    #[must_use]
    pub fn discriminator(self) -> Option<(&'d str, Vec<(&'d str, Self)>)> {
        let node = self.node.get("discriminator")?;
        // Swagger 2.0 has the name alone.
        if let Some(name) = node.value.as_str() {
            return Some((name, Vec::new()));
        }
        let mapping = node.get("mapping").into_iter().flat_map(Node::entries).filter_map(|(value, target)| {
            let reference = target.value.as_str()?;
            let resolved = self.node.document.resolve(self.node.file, reference).ok().or_else(|| {
                self.node.document.resolve(self.node.file, &format!("#/components/schemas/{reference}")).ok()
            })?;
            Some((value, Self::new(resolved)))
        });
        Some((node.text("propertyName")?, mapping.collect()))
    }

    /// `enum`.
    #[must_use]
    pub fn allowed_values(self) -> &'d [Value] {
        self.node.value.get("enum").and_then(Value::as_array).map_or(&[], Vec::as_slice)
    }

    /// `format`.
    #[must_use]
    pub fn format(self) -> Option<&'d str> {
        self.node.text("format")
    }

    /// `description`.
    #[must_use]
    pub fn description(self) -> Option<&'d str> {
        self.node.text("description")
    }

    /// `example`, then `examples`, then `x-example`: values as they stand.
    pub fn examples(self) -> impl Iterator<Item = Node<'d>> {
        let several = self.node.get("examples").into_iter().flat_map(Node::items);
        self.node.get("example").into_iter().chain(several).chain(self.node.get("x-example"))
    }

    /// The schema as JSON Schema 2020-12, complete in itself: what references lead to is among its `$defs`.
    ///
    /// Dialects are translated (`nullable`, exclusive bounds as flags, `type: file`), what no validator would accept is
    /// left out, references that lead nowhere allow anything. Formats and patterns stay as they are.
    #[must_use]
    pub fn bundle(self) -> Value {
        let mut bundle = Bundle { names: HashMap::new(), open: VecDeque::new() };
        let mut schema = match bundle.translate(self) {
            Value::Object(schema) => schema,
            Value::Bool(false) => Map::from_iter([("not".to_owned(), json!({}))]),
            _ => Map::new(),
        };
        let mut definitions = Map::new();
        while let Some((name, target)) = bundle.open.pop_front() {
            let translated = bundle.translate(target);
            definitions.insert(name, translated);
        }
        schema.insert("$schema".to_owned(), "https://json-schema.org/draft/2020-12/schema".into());
        if !definitions.is_empty() {
            schema.insert("$defs".to_owned(), Value::Object(definitions));
        }
        Value::Object(schema)
    }
}

fn merged(parts: Vec<Schema<'_>>) -> Vec<(&str, Schema<'_>)> {
    let mut places = HashMap::new();
    let mut properties: Vec<(&str, Schema<'_>)> = Vec::new();
    for (name, schema) in parts.into_iter().flat_map(Schema::properties) {
        match places.get(name) {
            Some(&place) => properties[place] = (name, schema),
            None => {
                places.insert(name, properties.len());
                properties.push((name, schema));
            }
        }
    }
    properties
}

/// A schema that is being made complete in itself.
struct Bundle<'d> {
    names: HashMap<usize, String>,
    open: VecDeque<(String, Schema<'d>)>,
}

const MAPS: [&str; 3] = ["properties", "patternProperties", "dependentSchemas"];
const LISTS: [&str; 4] = ["allOf", "anyOf", "oneOf", "prefixItems"];
const SINGLE: [&str; 10] = [
    "not",
    "if",
    "then",
    "else",
    "contains",
    "propertyNames",
    "additionalProperties",
    "unevaluatedItems",
    "unevaluatedProperties",
    "contentSchema",
];
const COUNTS: [&str; 8] =
    ["minLength", "maxLength", "minItems", "maxItems", "minProperties", "maxProperties", "minContains", "maxContains"];
const TEXTS: [&str; 7] =
    ["title", "description", "format", "pattern", "contentEncoding", "contentMediaType", "$comment"];
const FLAGS: [&str; 4] = ["uniqueItems", "readOnly", "writeOnly", "deprecated"];

impl<'d> Bundle<'d> {
    /// Recurses no deeper than the value does, and that has a bound.
    fn translate(&mut self, schema: Schema<'d>) -> Value {
        let node = schema.node;
        let Some(entries) = node.value.as_object() else {
            return Value::Bool(node.value.as_bool() != Some(false));
        };
        let mut out = Map::new();
        if let Some(target) = schema.target() {
            if let Ok(target) = target {
                let next = self.names.len();
                let name = self.names.entry(target.identity()).or_insert_with(|| {
                    let name = format!("s{next}");
                    self.open.push_back((name.clone(), target));
                    name
                });
                out.insert("$ref".to_owned(), format!("#/$defs/{name}").into());
            }
            // Before 3.1 nothing counts beside a reference, but for what everybody writes there all the same.
            if node.document.version() < super::Version::V3_1 {
                return if schema.is_nullable() {
                    json!({"anyOf": [out, {"type": "null"}]})
                } else {
                    Value::Object(out)
                };
            }
        }
        for (key, value) in entries {
            let inner = |value: &'d Value| Schema::new(node.with(value));
            let key_text = key.as_str();
            let translated = match (key_text, value) {
                (_, Value::Object(members)) if MAPS.contains(&key_text) => Some(Value::Object(
                    members.iter().map(|(name, value)| (name.clone(), self.translate(inner(value)))).collect(),
                )),
                (_, Value::Array(items)) if LISTS.contains(&key_text) && !items.is_empty() => {
                    Some(Value::Array(items.iter().map(|value| self.translate(inner(value))).collect()))
                }
                ("items", Value::Array(items)) if !items.is_empty() => {
                    let items = items.iter().map(|value| self.translate(inner(value))).collect();
                    out.insert("prefixItems".to_owned(), Value::Array(items));
                    None
                }
                ("items", Value::Object(_) | Value::Bool(_)) => Some(self.translate(inner(value))),
                (_, Value::Object(_) | Value::Bool(_)) if SINGLE.contains(&key_text) => {
                    Some(self.translate(inner(value)))
                }
                ("minimum" | "maximum" | "multipleOf", Value::Number(number))
                    if key != "multipleOf" || positive(number) =>
                {
                    Some(value.clone())
                }
                ("exclusiveMinimum" | "exclusiveMaximum", Value::Number(_)) => Some(value.clone()),
                (_, Value::Number(number)) if COUNTS.contains(&key_text) => whole(number).map(Value::from),
                (_, Value::String(_)) if TEXTS.contains(&key_text) => Some(value.clone()),
                (_, Value::Bool(_)) if FLAGS.contains(&key_text) => Some(value.clone()),
                ("const", _) => Some(value.clone()),
                ("enum", Value::Array(values)) if !values.is_empty() => Some(value.clone()),
                ("required", Value::Array(names)) => {
                    let mut unique: Vec<Value> = Vec::new();
                    for name in names.iter().filter(|name| name.is_string()) {
                        if !unique.contains(name) {
                            unique.push(name.clone());
                        }
                    }
                    Some(Value::Array(unique))
                }
                _ => None,
            };
            if let Some(translated) = translated {
                out.insert(key.clone(), translated);
            }
        }
        for (flag, bound) in [("exclusiveMinimum", "minimum"), ("exclusiveMaximum", "maximum")] {
            if node.flag(flag) == Some(true)
                && let Some(number) = out.remove(bound)
            {
                out.insert(flag.to_owned(), number);
            }
        }
        self.types(schema, &mut out);
        Value::Object(out)
    }

    fn types(&mut self, schema: Schema<'d>, out: &mut Map<String, Value>) {
        let mut names: Vec<&str> = schema.types().iter().collect();
        // What lists `null` among its types needs no help.
        let nullable = schema.is_nullable() && !schema.types().contains("null");
        if nullable && !names.is_empty() && !names.contains(&"null") {
            names.push("null");
        }
        match names.as_slice() {
            [] => {}
            [one] => {
                out.insert("type".to_owned(), (*one).into());
            }
            several => {
                out.insert("type".to_owned(), several.to_vec().into());
            }
        }
        if nullable {
            if let Some(Value::Array(values)) = out.get_mut("enum")
                && !values.contains(&Value::Null)
            {
                values.push(Value::Null);
            }
            // `allOf: [$ref]` with `nullable` beside it is how 3.0 says «that, or null».
            if out.contains_key("allOf") || out.contains_key("$ref") {
                let whole = std::mem::take(out);
                out.insert("anyOf".to_owned(), json!([whole, {"type": "null"}]));
            }
        }
    }
}

fn positive(number: &Number) -> bool {
    number.as_f64().is_some_and(|number| number > 0.0)
}

/// A count, also where somebody wrote `10.0`.
fn whole(number: &Number) -> Option<u64> {
    number.as_u64().or_else(|| {
        let float = number.as_f64().filter(|float| float.fract() == 0.0 && (0.0..9e15).contains(float))?;
        format!("{float:.0}").parse().ok()
    })
}
