//! What a mock is made of: an API document, or a GraphQL schema.

use std::io::Write;
use std::path::Path;
use std::sync::Arc;

use anyhow::Result;
use tracesnap_mock::graphql::GraphQlSchema;
use tracesnap_mock::{Mock, MockBuilder};
use tracesnap_openapi::{Document, Reader};

use crate::output::{one_line, style};

/// Endings of files with GraphQL schemas.
const GRAPHQL: [&str; 4] = ["graphql", "graphqls", "gql", "sdl"];

/// What a mock is made of.
#[derive(Clone, Debug)]
pub(super) struct Spec {
    pub(super) document: Arc<Document>,
    pub(super) graphql: Option<Arc<GraphQlSchema>>,
}

impl Spec {
    pub(super) fn open(spec: &Path, root: Option<&Path>, graphql_path: &str) -> Result<Self> {
        if is_graphql(spec) {
            let schema = GraphQlSchema::open(spec)?.at(graphql_path);
            return Ok(Self { document: Arc::new(schema.document()?), graphql: Some(Arc::new(schema)) });
        }
        Ok(Self { document: Arc::new(open(spec, root)?), graphql: None })
    }

    /// What answers for it, to be set up.
    pub(super) fn mock(&self) -> MockBuilder {
        self.serve(Mock::from_document(self.document.clone()))
    }

    /// The same, of a mock that somebody else began.
    pub(super) fn serve(&self, mock: MockBuilder) -> MockBuilder {
        match &self.graphql {
            Some(schema) => mock.graphql(schema.clone()),
            None => mock,
        }
    }

    /// Says on standard error what is wrong with a schema.
    pub(super) fn tell_faults(&self) -> Result<()> {
        let mut to = anstream::stderr().lock();
        for fault in self.graphql.iter().flat_map(|schema| schema.faults()) {
            let warn = style::WARN;
            writeln!(to, "{warn}schema:{warn:#} {}", one_line(fault))?;
        }
        Ok(())
    }
}

/// Whether a file has a GraphQL schema, by its name.
pub(super) fn is_graphql(spec: &Path) -> bool {
    let ending = spec.extension().and_then(|ending| ending.to_str()).unwrap_or_default();
    GRAPHQL.iter().any(|known| ending.eq_ignore_ascii_case(known))
}

/// Reads a document.
pub(super) fn open(spec: &Path, root: Option<&Path>) -> Result<Document> {
    let reader = match root {
        Some(root) => Reader::new().root(root),
        None => Reader::new(),
    };
    Ok(reader.open(spec)?)
}
