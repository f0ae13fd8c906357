//! What a request or a response carries: media types, their schemas and examples.

use std::borrow::Cow;

use serde_json::Value;

use super::{Node, Operation, Schema};

/// What a request carries.
#[derive(Clone, Debug)]
pub struct RequestBody<'d> {
    node: Node<'d>,
    required: bool,
    content: Vec<MediaType<'d>>,
}

impl<'d> RequestBody<'d> {
    /// Whether a request needs one.
    #[must_use]
    pub fn is_required(&self) -> bool {
        self.required
    }

    /// `description`.
    #[must_use]
    pub fn description(&self) -> Option<&'d str> {
        self.node.text("description")
    }

    /// What it may be, in the order of the document.
    #[must_use]
    pub fn content(&self) -> &[MediaType<'d>] {
        &self.content
    }

    /// The object that says so; that of the operation for a form of Swagger 2.0.
    #[must_use]
    pub fn node(&self) -> Node<'d> {
        self.node
    }
}

/// One way in which a body is written.
#[derive(Clone, Debug)]
pub struct MediaType<'d> {
    name: Cow<'d, str>,
    /// The media type object, or a response of Swagger 2.0.
    node: Option<Node<'d>>,
    schema: Option<Schema<'d>>,
    example: Option<Node<'d>>,
}

/// An example, as it stands in the document: it may break its own schema.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Example<'d> {
    /// Its name, where there are several.
    pub name: Option<&'d str>,
    /// `summary`.
    pub summary: Option<&'d str>,
    /// The value; `None` where it is elsewhere.
    pub value: Option<Node<'d>>,
    /// `externalValue`: a URL of the value.
    pub external: Option<&'d str>,
}

impl<'d> MediaType<'d> {
    /// The name as it stands, parameters included, as in `application/json; charset=utf-8`.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The name without parameters, in small letters.
    #[must_use]
    pub fn essence(&self) -> String {
        self.name.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
    }

    /// Whether it is JSON: `application/json`, `text/json`, `…+json`, or anything (`*/*`).
    #[must_use]
    pub fn is_json(&self) -> bool {
        let essence = self.essence();
        essence == "application/json" || essence == "text/json" || essence.ends_with("+json") || essence == "*/*"
    }

    /// Its schema.
    #[must_use]
    pub fn schema(&self) -> Option<Schema<'d>> {
        self.schema
    }

    /// The schema of each item of a stream, of 3.2.
    #[must_use]
    pub fn item_schema(&self) -> Option<Schema<'d>> {
        Some(Schema::new(self.node?.get("itemSchema")?))
    }

    /// `encoding` by property, of forms.
    #[must_use]
    pub fn encoding(&self) -> Option<Node<'d>> {
        self.node?.get("encoding")
    }

    /// Its examples: `example` first, then `examples` in their order.
    #[must_use]
    pub fn examples(&self) -> Vec<Example<'d>> {
        if let Some(example) = self.example {
            return vec![Example { name: None, summary: None, value: Some(example), external: None }];
        }
        self.node.map(examples).unwrap_or_default()
    }

    /// The media type object; `None` in Swagger 2.0, which has none.
    #[must_use]
    pub fn node(&self) -> Option<Node<'d>> {
        self.node
    }
}

/// The examples of an object that has `example` or `examples`.
pub(super) fn examples(node: Node<'_>) -> Vec<Example<'_>> {
    let own = node.get("example").or_else(|| node.get("x-example"));
    let own = own.map(|value| Example { name: None, summary: None, value: Some(value), external: None });
    let named = node.get("examples").into_iter().flat_map(Node::entries).filter_map(|(name, example)| {
        let example = example.follow().ok()?;
        let described = example.value().is_object()
            && ["value", "dataValue", "externalValue", "serializedValue"].iter().any(|key| example.get(key).is_some());
        Some(Example {
            name: Some(name),
            summary: example.text("summary"),
            // Many write the value where the object with a `value` belongs.
            value: if described { example.get("value").or_else(|| example.get("dataValue")) } else { Some(example) },
            external: example.text("externalValue"),
        })
    });
    own.into_iter().chain(named).collect()
}

/// `content` of an object.
pub(super) fn content(node: Node<'_>) -> Vec<MediaType<'_>> {
    let Some(content) = node.get("content") else { return Vec::new() };
    content
        .entries()
        .filter_map(|(name, media)| {
            let media = media.follow().ok()?;
            Some(MediaType {
                name: Cow::Borrowed(name),
                node: Some(media),
                schema: media.get("schema").map(Schema::new),
                example: None,
            })
        })
        .collect()
}

/// The media type of JSON among others.
pub(super) fn json<'d>(content: &[MediaType<'d>]) -> Option<MediaType<'d>> {
    let plain = content.iter().find(|media| media.essence() == "application/json");
    plain.or_else(|| content.iter().find(|media| media.is_json())).cloned()
}

pub(super) fn of_operation(operation: Operation<'_>) -> Option<RequestBody<'_>> {
    if operation.is_2_0() {
        return of_2_0(operation);
    }
    let node = operation.node().get("requestBody")?.follow().ok()?;
    if !node.value().is_object() {
        return None;
    }
    Some(RequestBody { node, required: node.flag("required") == Some(true), content: content(node) })
}

fn of_2_0(operation: Operation<'_>) -> Option<RequestBody<'_>> {
    let consumes = operation.media("consumes");
    let parameters = operation.raw_parameters();
    if let Some(node) = parameters.iter().copied().find(|node| node.text("in") == Some("body")) {
        let names = if consumes.is_empty() { vec!["application/json"] } else { consumes };
        let schema = node.get("schema").map(Schema::new);
        let media = |name| MediaType { name: Cow::Borrowed(name), node: None, schema, example: node.get("example") };
        let content = names.into_iter().map(media).collect();
        return Some(RequestBody { node, required: node.flag("required") == Some(true), content });
    }
    let schema = operation.form()?;
    let of = |node: &Node<'_>| node.text("in") == Some("formData");
    let has_file = parameters.iter().any(|node| of(node) && node.text("type") == Some("file"));
    let required = parameters.iter().any(|node| of(node) && node.flag("required") == Some(true));
    let form = |name: &&str| name.starts_with("multipart/") || name.starts_with("application/x-www-form-urlencoded");
    let mut names: Vec<_> = consumes.iter().copied().filter(form).collect();
    if has_file {
        // Only a multipart form carries a file, whatever is said beside it.
        names.retain(|name| name.starts_with("multipart/"));
    }
    if names.is_empty() {
        names.push(if has_file { "multipart/form-data" } else { "application/x-www-form-urlencoded" });
    }
    let media = |name| MediaType { name: Cow::Borrowed(name), node: None, schema: Some(schema), example: None };
    Some(RequestBody { node: operation.node(), required, content: names.into_iter().map(media).collect() })
}

/// The body of a response of Swagger 2.0.
pub(super) fn of_response_2_0<'d>(operation: Operation<'d>, response: Node<'d>) -> Vec<MediaType<'d>> {
    let schema = response.get("schema").map(Schema::new);
    let examples = response.get("examples");
    if schema.is_none() && examples.is_none() {
        return Vec::new();
    }
    let mut names = operation.media("produces");
    for (name, _) in examples.into_iter().flat_map(Node::entries) {
        if name.contains('/') && !names.contains(&name) {
            names.push(name);
        }
    }
    if names.is_empty() {
        names.push("application/json");
    }
    let media = |name| MediaType {
        name: Cow::Borrowed(name),
        node: None,
        schema,
        example: examples.and_then(|examples| examples.get(name)).filter(|example| *example.value() != Value::Null),
    };
    names.into_iter().map(media).collect()
}
