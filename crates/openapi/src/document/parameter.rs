//! What a request carries beside its body, and how it is written there.

use super::{Example, MediaType, Node, Schema, Version, body};

/// Where a parameter stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Location {
    /// In the path template.
    Path,
    /// After `?`.
    Query,
    /// The whole of what stands after `?`, as 3.2 has it.
    QueryString,
    /// In a header.
    Header,
    /// In the `Cookie` header.
    Cookie,
}

/// How lists and objects are written in a parameter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Style {
    /// `a,b` in paths and headers.
    Simple,
    /// `.a.b` in paths.
    Label,
    /// `;n=a;n=b` in paths.
    Matrix,
    /// `n=a&n=b`, or `n=a,b` without explode.
    Form,
    /// `n=a%20b`.
    SpaceDelimited,
    /// `n=a|b`.
    PipeDelimited,
    /// Tabs: Swagger 2.0's `tsv`.
    TabDelimited,
    /// `n[key]=value`.
    DeepObject,
    /// As cookies are written, of 3.2.
    Cookie,
}

/// A parameter that is no body.
#[derive(Clone, Copy, Debug)]
pub struct Parameter<'d> {
    node: Node<'d>,
    name: &'d str,
    location: Location,
}

/// `None` for bodies, forms, and what has neither name nor location.
pub(super) fn of(node: Node<'_>) -> Option<Parameter<'_>> {
    let location = match node.text("in")? {
        "path" => Location::Path,
        "query" => Location::Query,
        "querystring" => Location::QueryString,
        "header" => Location::Header,
        "cookie" => Location::Cookie,
        _ => return None,
    };
    Some(Parameter { node, name: node.text("name")?, location })
}

impl<'d> Parameter<'d> {
    /// Its name, as it stands in the request.
    #[must_use]
    pub fn name(&self) -> &'d str {
        self.name
    }

    /// Where it stands.
    #[must_use]
    pub fn location(&self) -> Location {
        self.location
    }

    /// Whether a request needs it; what stands in a path always does.
    #[must_use]
    pub fn is_required(&self) -> bool {
        self.location == Location::Path || self.node.flag("required") == Some(true)
    }

    /// `description`.
    #[must_use]
    pub fn description(&self) -> Option<&'d str> {
        self.node.text("description")
    }

    /// What its value is. In Swagger 2.0 the parameter itself says so.
    #[must_use]
    pub fn schema(&self) -> Option<Schema<'d>> {
        if self.node.document.version() == Version::V2_0 {
            return Some(Schema::new(self.node));
        }
        match self.node.get("schema") {
            Some(schema) => Some(Schema::new(schema)),
            None => match self.content() {
                Some(content) => content.schema(),
                // A type without `schema`, as in 2.0: it is told, and means what it meant there.
                None => self.node.get("type").map(|_| Schema::new(self.node)),
            },
        }
    }

    /// The media type its value is written in, where it is one: JSON in a query, say.
    #[must_use]
    pub fn content(&self) -> Option<MediaType<'d>> {
        body::content(self.node).into_iter().next()
    }

    /// How lists and objects are written. Default: [`Style::Form`] in queries and cookies, [`Style::Simple`] elsewhere.
    #[must_use]
    pub fn style(&self) -> Style {
        match self.node.text("style").or_else(|| self.node.text("collectionFormat")) {
            Some("simple") => Style::Simple,
            Some("label") => Style::Label,
            Some("matrix") => Style::Matrix,
            Some("form" | "multi") => Style::Form,
            Some("spaceDelimited" | "ssv") => Style::SpaceDelimited,
            Some("pipeDelimited" | "pipes") => Style::PipeDelimited,
            Some("tsv") => Style::TabDelimited,
            Some("deepObject") => Style::DeepObject,
            Some("cookie") => Style::Cookie,
            _ => match self.location {
                Location::Query | Location::Cookie | Location::QueryString => Style::Form,
                Location::Path | Location::Header => Style::Simple,
            },
        }
    }

    /// Whether each item of a list stands on its own. Default: for [`Style::Form`], but not in Swagger 2.0.
    #[must_use]
    pub fn explode(&self) -> bool {
        if let Some(explode) = self.node.flag("explode") {
            return explode;
        }
        if self.node.document.version() == Version::V2_0 {
            return self.node.text("collectionFormat") == Some("multi");
        }
        matches!(self.style(), Style::Form | Style::Cookie)
    }

    /// Examples of its value.
    #[must_use]
    pub fn examples(&self) -> Vec<Example<'d>> {
        body::examples(self.node)
    }

    /// The parameter object.
    #[must_use]
    pub fn node(&self) -> Node<'d> {
        self.node
    }
}
