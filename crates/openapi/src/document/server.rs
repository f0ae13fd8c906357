//! Where an API is served.

use super::{Document, Node, Operation, Version};

/// Bytes of an address that variables may be filled into.
const MAX_URL: usize = 8_192;

/// A server: its address, variables filled in.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Server {
    /// The address with the defaults of its variables, as in `https://eu.shop.example/v1`; relative ones stay so.
    pub url: String,
    /// The address as it stands.
    pub template: String,
    /// `description`.
    pub description: Option<String>,
}

impl Server {
    /// The path of the address, without a slash at its end: `/v1`, or nothing.
    #[must_use]
    pub fn base_path(&self) -> &str {
        let url = self.url.split(['?', '#']).next().unwrap_or_default();
        let path = match url.split_once("://") {
            Some((_, rest)) => rest.find('/').map_or("", |slash| &rest[slash..]),
            None => match url.strip_prefix("//") {
                Some(rest) => rest.find('/').map_or("", |slash| &rest[slash..]),
                None => url,
            },
        };
        if path.starts_with('/') { path.trim_end_matches('/') } else { "" }
    }

    fn of(node: Node<'_>) -> Option<Self> {
        let template = node.text("url")?;
        let mut url = template.to_owned();
        for (name, variable) in node.get("variables").into_iter().flat_map(Node::entries) {
            let default = variable.get("default").map(|default| match default.value().as_str() {
                Some(text) => text.to_owned(),
                None => default.value().to_string(),
            });
            let default = default.or_else(|| variable.texts("enum").next().map(str::to_owned));
            // Addresses are short; what would make them long is an attack.
            if let Some(default) = default
                && url.len() + url.matches('{').count() * default.len() < MAX_URL
            {
                url = url.replace(&format!("{{{name}}}"), &default);
            }
        }
        Some(Self { url, template: template.to_owned(), description: node.text("description").map(str::to_owned) })
    }

    fn root() -> Self {
        Self { url: "/".to_owned(), template: "/".to_owned(), description: None }
    }
}

pub(super) fn of_document(document: &Document) -> Vec<Server> {
    let root = document.root();
    if document.version() != Version::V2_0 {
        return of_node(root).unwrap_or_else(|| vec![Server::root()]);
    }
    let base = root.text("basePath").unwrap_or("/");
    let base = if base.starts_with('/') { base.to_owned() } else { format!("/{base}") };
    let Some(host) = root.text("host") else {
        return vec![Server { url: base.clone(), template: base, description: None }];
    };
    let mut schemes: Vec<_> = root.texts("schemes").collect();
    if schemes.is_empty() {
        schemes.push("https");
    }
    let url = |scheme| format!("{scheme}://{host}{base}");
    schemes.into_iter().map(|scheme| Server { url: url(scheme), template: url(scheme), description: None }).collect()
}

fn of_node(node: Node<'_>) -> Option<Vec<Server>> {
    let servers: Vec<_> = node.get("servers")?.items().filter_map(Server::of).collect();
    (!servers.is_empty()).then_some(servers)
}

pub(super) fn of_operation(operation: Operation<'_>) -> Vec<Server> {
    let own = of_node(operation.node()).or_else(|| of_node(operation.path_item()));
    own.unwrap_or_else(|| of_document(operation.document()))
}
