//! What is answered: status, headers, body, links.

use super::{Example, MediaType, Node, Operation, Schema, Version, body};

/// Which statuses a response stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Status {
    /// One, as in `200`.
    Code(u16),
    /// A hundred, as in `2XX`.
    Range(u8),
    /// All that have no response of their own.
    Default,
}

impl Status {
    /// As it stands in a document; `None` for what is no status.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        if text.eq_ignore_ascii_case("default") {
            return Some(Self::Default);
        }
        if text.len() != 3 || !text.is_ascii() {
            return None;
        }
        let hundred = text.as_bytes()[0].checked_sub(b'0').filter(|hundred| (1..=5).contains(hundred))?;
        if text[1..].eq_ignore_ascii_case("xx") {
            return Some(Self::Range(hundred));
        }
        text.parse().ok().map(Self::Code)
    }
}

impl std::fmt::Display for Status {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Code(code) => write!(f, "{code}"),
            Self::Range(hundred) => write!(f, "{hundred}XX"),
            Self::Default => f.write_str("default"),
        }
    }
}

/// A response of an operation.
#[derive(Clone, Debug)]
pub struct Response<'d> {
    node: Node<'d>,
    status: Status,
    content: Vec<MediaType<'d>>,
}

impl<'d> Response<'d> {
    /// Which statuses it stands for.
    #[must_use]
    pub fn status(&self) -> Status {
        self.status
    }

    /// `description`.
    #[must_use]
    pub fn description(&self) -> Option<&'d str> {
        self.node.text("description")
    }

    /// What its body may be, in the order of the document; empty where there is none.
    #[must_use]
    pub fn content(&self) -> &[MediaType<'d>] {
        &self.content
    }

    /// Its headers.
    #[must_use]
    pub fn headers(&self) -> Vec<Header<'d>> {
        let headers = self.node.get("headers").into_iter().flat_map(Node::entries);
        headers.filter_map(|(name, node)| Some(Header { name, node: node.follow().ok()? })).collect()
    }

    /// Its links to other operations.
    #[must_use]
    pub fn links(&self) -> Vec<Link<'d>> {
        let links = self.node.get("links").into_iter().flat_map(Node::entries);
        links.filter_map(|(name, node)| Some(Link { name, node: node.follow().ok()? })).collect()
    }

    /// The response object.
    #[must_use]
    pub fn node(&self) -> Node<'d> {
        self.node
    }
}

/// A header of a response.
#[derive(Clone, Copy, Debug)]
pub struct Header<'d> {
    name: &'d str,
    node: Node<'d>,
}

impl<'d> Header<'d> {
    /// Its name.
    #[must_use]
    pub fn name(&self) -> &'d str {
        self.name
    }

    /// `description`.
    #[must_use]
    pub fn description(&self) -> Option<&'d str> {
        self.node.text("description")
    }

    /// Whether every such response has it.
    #[must_use]
    pub fn is_required(&self) -> bool {
        self.node.flag("required") == Some(true)
    }

    /// What its value is. In Swagger 2.0 the header itself says so.
    #[must_use]
    pub fn schema(&self) -> Option<Schema<'d>> {
        if self.node.document().version() == Version::V2_0 || self.node.get("type").is_some() {
            return Some(Schema::new(self.node));
        }
        let own = self.node.get("schema").map(Schema::new);
        own.or_else(|| body::content(self.node).first().and_then(MediaType::schema))
    }

    /// Examples of its value.
    #[must_use]
    pub fn examples(&self) -> Vec<Example<'d>> {
        body::examples(self.node)
    }

    /// The header object.
    #[must_use]
    pub fn node(&self) -> Node<'d> {
        self.node
    }
}

/// What a response says of another operation: where values of it belong there.
#[derive(Clone, Copy, Debug)]
pub struct Link<'d> {
    name: &'d str,
    node: Node<'d>,
}

impl<'d> Link<'d> {
    /// Its name.
    #[must_use]
    pub fn name(&self) -> &'d str {
        self.name
    }

    /// The operation it leads to, by id or by reference.
    #[must_use]
    pub fn operation(&self) -> Option<Operation<'d>> {
        let document = self.node.document();
        if let Some(id) = self.node.text("operationId") {
            return document.operation_by_id(id);
        }
        let target = document.resolve(self.node.file, self.node.text("operationRef")?).ok()?;
        document.operations().find(|operation| operation.node() == target)
    }

    /// Expressions (`$response.body#/id`) or values, by parameter.
    pub fn parameters(&self) -> impl Iterator<Item = (&'d str, Node<'d>)> {
        self.node.get("parameters").into_iter().flat_map(Node::entries)
    }

    /// The link object.
    #[must_use]
    pub fn node(&self) -> Node<'d> {
        self.node
    }
}

pub(super) fn of_operation(operation: Operation<'_>) -> Vec<Response<'_>> {
    let Some(responses) = operation.node().get("responses") else { return Vec::new() };
    responses
        .entries()
        .filter_map(|(status, node)| {
            let status = Status::parse(status)?;
            // A response that leads nowhere still has a status.
            let node = node.follow().unwrap_or(node);
            let content = if operation.is_2_0() { body::of_response_2_0(operation, node) } else { body::content(node) };
            Some(Response { node, status, content })
        })
        .collect()
}
