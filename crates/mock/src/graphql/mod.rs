//! Answers GraphQL, knowing a schema alone.
//!
//! Queries, mutations, fragments, variables, directives and introspection are walked by a library; here is what their
//! fields are filled with. Values are made by [`crate::generate`], and what is changed is kept by [`crate::state`], as for
//! any other API. What is served over HTTP is the same [`Mock`].
//!
//! ```
//! use http::Request;
//! use tracesnap_mock::Mock;
//! use tracesnap_mock::graphql::GraphQlSchema;
//!
//! let schema = GraphQlSchema::parse("blog.graphql", r#"
//!     type Query { post(id: ID!): Post  posts: [Post!]! }
//!     type Mutation { createPost(title: String!, authorId: ID!): Post! }
//!     type Post { id: ID!  title: String!  author: User! }
//!     type User { id: ID!  name: String!  posts: [Post!]! }
//! "#)?;
//! let mock = Mock::from_graphql_schema(schema)?.seed(7).build();
//! let ask = |query: &str| {
//!     let body = serde_json::json!({ "query": query }).to_string();
//!     let request = Request::post("/graphql").header("content-type", "application/json").body(body.into()).unwrap();
//!     mock.answer(&request).json().unwrap()
//! };
//!
//! // The id asked for is the id of the answer, and links lead there and back.
//! let answer = ask("{ post(id: 7) { id author { posts { author { name } } } } }");
//! assert_eq!(answer["data"]["post"]["id"], "7");
//!
//! // What is created is there from then on.
//! let made = ask(r#"mutation { createPost(title: "Rye", authorId: 3) { id title author { id } } }"#);
//! assert_eq!(made["data"]["createPost"]["title"], "Rye");
//! assert_eq!(made["data"]["createPost"]["author"]["id"], "3");
//! assert!(ask("{ posts { title } }").to_string().contains("Rye"));
//!
//! // What is wrong with an operation is said as the specification says it.
//! let refused = ask("{ post(id: 7) { price } }");
//! assert_eq!(refused["errors"][0]["locations"][0]["line"], 1);
//! # Ok::<(), tracesnap_mock::Error>(())
//! ```
//!
//! # What is believed
//!
//! A type with an id is a *thing*. Things are found by id, and by any other member that an argument names; they are
//! linked evenly, so that `post.author` and `author.posts` agree, and what is not there from the start is made on the
//! spot unless it was deleted, or the mock is [strict](crate::MockBuilder::strict). Lists obey `first`, `after`, `last`,
//! `before`, `limit`, `offset`, `page`, `where`, `filter`, `orderBy` and arguments that are called as a member is;
//! connections chain to an end. Mutations create, change and delete by their verb, first or last in their name, and give
//! what they were given; others, as `publishPost`, set a status or a flag of that name.
//!
//! # Bounds
//!
//! Letters and nesting of operations, fields of an answer, objects within each other, operations of a request: what goes
//! beyond is an error in the answer.

mod act;
mod ask;
mod document;
mod fields;
mod http;
mod ids;
mod item;
mod links;
mod lists;
mod run;
mod scalars;
mod schema;
mod world;

use std::collections::HashMap;
use std::path::Path;
use std::sync::{Arc, RwLock};

pub use fields::RootField;
use links::Starts;
pub use schema::GraphQlSchema;

use crate::Error;
use crate::engine::{Mock, MockBuilder};

/// A schema that a mock answers for.
#[derive(Debug)]
pub(crate) struct GraphQl {
    schema: Arc<GraphQlSchema>,
    /// Things that there are from the start, by type.
    starts: RwLock<HashMap<String, Arc<Starts>>>,
}

impl GraphQl {
    pub(crate) fn new(schema: Arc<GraphQlSchema>) -> Self {
        Self { schema, starts: RwLock::default() }
    }

    /// The same schema, for another mock.
    #[cfg(feature = "server")]
    pub(crate) fn anew(&self) -> Self {
        Self::new(Arc::clone(&self.schema))
    }
}

impl Mock {
    /// A mock of the API that a file of GraphQL SDL describes, at [`GraphQlSchema::DEFAULT_PATH`].
    ///
    /// # Errors
    /// As [`GraphQlSchema::open`].
    pub fn from_graphql(path: impl AsRef<Path>) -> Result<MockBuilder, Error> {
        Self::from_graphql_schema(GraphQlSchema::open(path)?)
    }

    /// A mock of the API that a GraphQL schema describes.
    ///
    /// # Errors
    /// [`Error::Document`] if the schema is larger than documents may be.
    pub fn from_graphql_schema(schema: impl Into<Arc<GraphQlSchema>>) -> Result<MockBuilder, Error> {
        let schema = schema.into();
        Ok(Self::from_document(schema.document()?).graphql(schema))
    }
}
