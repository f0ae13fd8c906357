//! One operation: a method and a path, and all that is said of it.

use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet};

use super::{
    Document, MediaType, Node, Parameter, RequestBody, Requirement, Response, Schema, Server, Status, Version, body,
    parameter, response, security, server,
};

/// The keys of a path item that are methods. `query` is of 3.2.
pub(crate) const METHODS: [&str; 9] = ["get", "put", "post", "delete", "options", "head", "patch", "trace", "query"];

/// The methods of a path item and of what it refers to, and whether each stands among `additionalOperations`.
pub(crate) fn methods_of<'d>(document: &'d Document, item: Node<'d>) -> Vec<(&'d str, bool)> {
    let mut seen = HashSet::new();
    let mut methods = Vec::new();
    for node in [Some(item), item.reference().and_then(|_| document.follow(item).ok())].into_iter().flatten() {
        for (key, value) in node.entries() {
            if METHODS.contains(&key.to_ascii_lowercase().as_str()) && value.value.is_object() && seen.insert(key) {
                methods.push((key, false));
            }
        }
        for (key, value) in node.get("additionalOperations").into_iter().flat_map(Node::entries) {
            if value.value.is_object() && seen.insert(key) {
                methods.push((key, true));
            }
        }
    }
    methods
}

/// An operation of a [`Document`]. What it says is read when it is asked for.
#[derive(Clone, Copy, Debug)]
pub struct Operation<'d> {
    document: &'d Document,
    index: usize,
}

impl<'d> Operation<'d> {
    pub(crate) fn new(document: &'d Document, index: usize) -> Self {
        Self { document, index }
    }

    fn entry(self) -> &'d super::Entry {
        &self.document.entries()[self.index]
    }

    /// Its place in [`Document::operations`].
    #[must_use]
    pub fn index(self) -> usize {
        self.index
    }

    /// The document.
    #[must_use]
    pub fn document(self) -> &'d Document {
        self.document
    }

    /// The method in capitals, as in `GET`.
    #[must_use]
    pub fn method(self) -> &'d str {
        &self.entry().method
    }

    /// The path template as it stands, as in `/orders/{id}`.
    #[must_use]
    pub fn path(self) -> &'d str {
        &self.entry().path
    }

    /// The path item, references followed where they lead somewhere.
    #[must_use]
    pub fn path_item(self) -> Node<'d> {
        let item = self.item();
        self.document.follow(item).unwrap_or(item)
    }

    fn item(self) -> Node<'d> {
        let root = self.document.root();
        root.get("paths").and_then(|paths| paths.get(self.path())).unwrap_or(root)
    }

    /// The operation object as it stands.
    #[must_use]
    pub fn node(self) -> Node<'d> {
        let entry = self.entry();
        let of = |item: Node<'d>| {
            let methods = if entry.additional { item.get("additionalOperations")? } else { item };
            methods.get(&entry.key)
        };
        let item = self.item();
        of(item).or_else(|| of(self.path_item())).unwrap_or(item)
    }

    /// `operationId`.
    #[must_use]
    pub fn id(self) -> Option<&'d str> {
        self.node().text("operationId").filter(|id| !id.is_empty())
    }

    /// `summary`, of the operation or of its path.
    #[must_use]
    pub fn summary(self) -> Option<&'d str> {
        self.node().text("summary")
    }

    /// `description`.
    #[must_use]
    pub fn description(self) -> Option<&'d str> {
        self.node().text("description")
    }

    /// `tags`.
    pub fn tags(self) -> impl Iterator<Item = &'d str> {
        self.node().texts("tags")
    }

    /// `deprecated`.
    #[must_use]
    pub fn is_deprecated(self) -> bool {
        self.node().flag("deprecated") == Some(true)
    }

    /// Parameters of the path and of the operation, references followed, as nodes. Those of the operation stand in for
    /// those of the path with the same name and location.
    pub(crate) fn raw_parameters(self) -> Vec<Node<'d>> {
        let mut merged: Vec<Node<'d>> = Vec::new();
        let mut places = HashMap::new();
        let item = self.path_item();
        let lists = [item.get("parameters"), self.node().get("parameters")];
        for listed in lists.into_iter().flatten().flat_map(Node::items) {
            // A parameter that leads nowhere is among the faults.
            let Ok(node) = self.document.follow(listed) else { continue };
            match places.entry((node.text("name"), node.text("in"))) {
                Entry::Occupied(known) => merged[*known.get()] = node,
                Entry::Vacant(place) => {
                    place.insert(merged.len());
                    merged.push(node);
                }
            }
        }
        merged
    }

    /// Its parameters, those of the path included. Bodies and forms of Swagger 2.0 are a [`body`](Self::body) instead.
    #[must_use]
    pub fn parameters(self) -> Vec<Parameter<'d>> {
        self.raw_parameters().into_iter().filter_map(parameter::of).collect()
    }

    /// What a request carries, `None` where the document says nothing of it.
    #[must_use]
    pub fn body(self) -> Option<RequestBody<'d>> {
        body::of_operation(self)
    }

    /// Its responses in the order of the document.
    #[must_use]
    pub fn responses(self) -> Vec<Response<'d>> {
        response::of_operation(self)
    }

    /// What it says of a status: the code itself, else its range (`2XX`), else `default`.
    #[must_use]
    pub fn response(self, status: u16) -> Option<Response<'d>> {
        let mut responses = self.responses();
        let rank = |response: &Response<'_>| match response.status() {
            Status::Code(code) => (code == status).then_some(0),
            Status::Range(hundred) => (u16::from(hundred) == status / 100).then_some(1),
            Status::Default => Some(2),
        };
        let best = (0..responses.len()).filter_map(|at| Some((rank(&responses[at])?, at))).min()?.1;
        Some(responses.swap_remove(best))
    }

    /// The response of success: the lowest documented 2xx, else `2XX`, else `default`; `None` where there is none.
    #[must_use]
    pub fn success(self) -> Option<Response<'d>> {
        let mut responses = self.responses();
        let rank = |response: &Response<'_>| match response.status() {
            Status::Code(code @ 200..=299) => Some(code),
            Status::Range(2) => Some(300),
            Status::Default => Some(301),
            _ => None,
        };
        let best = (0..responses.len()).filter_map(|at| Some((rank(&responses[at])?, at))).min()?.1;
        Some(responses.swap_remove(best))
    }

    /// Who may call it: any one of these. Empty where anybody may.
    #[must_use]
    pub fn security(self) -> Vec<Requirement<'d>> {
        security::of_operation(self)
    }

    /// Where it is served: its own servers, else those of its path, else those of the document.
    #[must_use]
    pub fn servers(self) -> Vec<Server> {
        server::of_operation(self)
    }

    /// The schema of a Swagger 2.0 form.
    pub(crate) fn form(self) -> Option<Schema<'d>> {
        let value = self.document.form(self.index)?;
        Some(Schema::new(Node { document: self.document, file: self.node().file, value }))
    }

    /// Media types that a list of Swagger 2.0 names: of the operation, else of the document.
    pub(crate) fn media(self, key: &str) -> Vec<&'d str> {
        let own = self.node();
        let from = if own.get(key).is_some() { own } else { self.document.root() };
        from.texts(key).collect()
    }

    pub(crate) fn is_2_0(self) -> bool {
        self.document.version() == Version::V2_0
    }
}

impl<'d> Response<'d> {
    /// The media type of JSON, by preference `application/json` itself.
    #[must_use]
    pub fn json(&self) -> Option<MediaType<'d>> {
        body::json(self.content())
    }
}

impl<'d> RequestBody<'d> {
    /// The media type of JSON, by preference `application/json` itself.
    #[must_use]
    pub fn json(&self) -> Option<MediaType<'d>> {
        body::json(self.content())
    }
}
