//! Who may call an operation, and how they say who they are.

use super::{Document, Node, Operation, Version};

/// What a request must show: all of these at once.
#[derive(Clone, Debug)]
pub struct Requirement<'d> {
    /// Schemes with the scopes that are asked for; `None` for a scheme that the document does not define.
    pub schemes: Vec<(&'d str, Option<SecurityScheme<'d>>, Vec<&'d str>)>,
}

impl Requirement<'_> {
    /// Whether nothing at all has to be shown: the way to say «or nobody».
    #[must_use]
    pub fn is_anonymous(&self) -> bool {
        self.schemes.is_empty()
    }
}

/// A way to say who one is.
#[derive(Clone, Copy, Debug)]
pub struct SecurityScheme<'d> {
    name: &'d str,
    node: Node<'d>,
}

/// What is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SecurityKind<'d> {
    /// A key in a header, query or cookie.
    ApiKey {
        /// `header`, `query` or `cookie`.
        location: &'d str,
        /// Its name there.
        name: &'d str,
    },
    /// `Authorization: <scheme> …`, as in `basic` or `bearer`; in small letters as they are mostly written.
    Http {
        /// The scheme.
        scheme: &'d str,
    },
    /// A token of OAuth 2, in `Authorization: Bearer …`.
    OAuth2,
    /// A token of an OpenID provider.
    OpenIdConnect {
        /// Where the provider describes itself.
        url: &'d str,
    },
    /// A certificate.
    MutualTls,
    /// Something the specification does not know.
    Other,
}

impl<'d> SecurityScheme<'d> {
    /// Its name in the document.
    #[must_use]
    pub fn name(&self) -> &'d str {
        self.name
    }

    /// What is shown.
    #[must_use]
    pub fn kind(&self) -> SecurityKind<'d> {
        let text = |key| self.node.text(key).unwrap_or_default();
        match text("type").to_ascii_lowercase().as_str() {
            "apikey" => SecurityKind::ApiKey { location: text("in"), name: text("name") },
            "basic" => SecurityKind::Http { scheme: "basic" },
            "http" => SecurityKind::Http { scheme: text("scheme") },
            "oauth2" => SecurityKind::OAuth2,
            "openidconnect" => SecurityKind::OpenIdConnect { url: text("openIdConnectUrl") },
            "mutualtls" => SecurityKind::MutualTls,
            _ => SecurityKind::Other,
        }
    }

    /// The scheme object: flows, scopes, URLs.
    #[must_use]
    pub fn node(&self) -> Node<'d> {
        self.node
    }
}

fn defined(document: &Document) -> Option<Node<'_>> {
    match document.version() {
        Version::V2_0 => document.root().get("securityDefinitions"),
        _ => document.root().get("components")?.get("securitySchemes"),
    }
}

pub(super) fn all(document: &Document) -> Vec<SecurityScheme<'_>> {
    let schemes = defined(document).into_iter().flat_map(Node::entries);
    schemes.filter_map(|(name, node)| Some(SecurityScheme { name, node: node.follow().ok()? })).collect()
}

pub(super) fn of_operation(operation: Operation<'_>) -> Vec<Requirement<'_>> {
    let document = operation.document();
    let Some(listed) = operation.node().get("security").or_else(|| document.root().get("security")) else {
        return Vec::new();
    };
    let schemes = defined(document);
    let scheme = |name| {
        let node = schemes?.get(name)?.follow().ok()?;
        Some(SecurityScheme { name, node })
    };
    listed
        .items()
        .filter(|requirement| requirement.value().is_object())
        .map(|requirement| Requirement {
            schemes: requirement
                .entries()
                .map(|(name, scopes)| {
                    let scopes = scopes.items().filter_map(|scope| scope.value().as_str()).collect();
                    (name, scheme(name), scopes)
                })
                .collect(),
        })
        .collect()
}
