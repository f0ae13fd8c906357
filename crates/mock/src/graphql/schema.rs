//! Reads a schema from SDL, and says all that is wrong with it.
//!
//! What is served of it is for [`super::world`] and [`super::resolve`]. Schemas of the wild name directives and scalars
//! that some gateway would have defined; those faults are told and mended, so that the rest can be served.

use std::collections::HashMap;
use std::path::Path;
use std::sync::{Arc, Mutex};

use apollo_compiler::ast::{self, Type};
use apollo_compiler::collections::HashMap as Hashed;
use apollo_compiler::parser::Parser;
use apollo_compiler::schema::{ExtendedType, Implementers, ScalarType};
use apollo_compiler::validation::{DiagnosticList, Valid, WithErrors};
use apollo_compiler::{ExecutableDocument, Name, Node, Schema};
use indexmap::IndexMap;

use super::document;
use super::world::World;
use crate::Error;

/// A GraphQL schema, ready to be answered for. It never changes; share it in an [`Arc`].
pub struct GraphQlSchema {
    pub(super) schema: Valid<Schema>,
    pub(super) implementers: Hashed<Name, Implementers>,
    pub(super) world: World,
    pub(super) path: String,
    title: String,
    faults: Vec<String>,
    operations: Mutex<IndexMap<String, Arc<Valid<ExecutableDocument>>>>,
}

/// Operations that are kept parsed; the one used longest ago goes first.
const MAX_OPERATIONS: usize = 256;
/// Letters of an operation that is kept parsed.
const MAX_KEPT: usize = 64 << 10;
/// Selections and values of an operation within each other.
const MAX_NESTING: usize = 200;
/// Words of an operation.
const MAX_TOKENS: usize = 60_000;
/// Faults that are told.
const MAX_FAULTS: usize = 200;

impl std::fmt::Debug for GraphQlSchema {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("GraphQlSchema").field("title", &self.title).field("path", &self.path).finish_non_exhaustive()
    }
}

impl GraphQlSchema {
    /// Where it is answered unless somebody says otherwise.
    pub const DEFAULT_PATH: &str = "/graphql";

    /// Reads a schema from a file of SDL.
    ///
    /// # Errors
    /// [`Error::GraphQl`] if the file cannot be read, is no SDL, or has nothing that could be asked for. All else that is
    /// wrong is among the [`faults`](Self::faults).
    pub fn open(path: impl AsRef<Path>) -> Result<Self, Error> {
        let path = path.as_ref();
        let name = path.display().to_string();
        let text = std::fs::read_to_string(path).map_err(|error| Error::GraphQl {
            file: name.clone(),
            faults: Vec::new(),
            source: Some(error),
        })?;
        Self::parse(&name, &text)
    }

    /// Reads a schema from SDL. `name` stands for it in faults.
    ///
    /// # Errors
    /// As [`open`](Self::open).
    pub fn parse(name: &str, sdl: &str) -> Result<Self, Error> {
        let builder = Schema::builder().adopt_orphan_extensions().ignore_builtin_redefinitions();
        let (mut schema, mut faults) = match builder.parse(sdl, name).build() {
            Ok(schema) => (schema, Vec::new()),
            Err(WithErrors { partial, errors }) => (partial, told(name, &errors)),
        };
        // What is missing is told by the validation of what was written.
        let valid = match schema.clone().validate() {
            Ok(valid) => valid,
            Err(WithErrors { errors, .. }) => {
                faults.extend(told(name, &errors));
                mend(&mut schema);
                match schema.validate() {
                    Ok(valid) => valid,
                    Err(WithErrors { partial, .. }) => Valid::assume_valid(partial),
                }
            }
        };
        faults.dedup();
        let has_query = valid.schema_definition.query.as_ref().is_some_and(|query| valid.get_object(query).is_some());
        if !has_query {
            faults.push(format!("{name}: nothing can be asked for, expected a `type Query`"));
            return Err(Error::GraphQl { file: name.to_owned(), faults, source: None });
        }
        let implementers = valid.implementers_map();
        let title = Path::new(name).file_stem().map_or(name, |stem| stem.to_str().unwrap_or(name)).to_owned();
        Ok(Self {
            world: World::of(&valid, &implementers),
            implementers,
            schema: valid,
            path: Self::DEFAULT_PATH.to_owned(),
            title,
            faults,
            operations: Mutex::default(),
        })
    }

    /// The same, answered at another path. Default: [`Self::DEFAULT_PATH`].
    #[must_use]
    pub fn at(mut self, path: &str) -> Self {
        let path = path.trim_matches('/');
        self.path = format!("/{path}");
        self
    }

    /// Where it is answered, as in `/graphql`.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.path
    }

    /// All that is wrong with it, by file, line and column.
    #[must_use]
    pub fn faults(&self) -> &[String] {
        &self.faults
    }

    /// The schema as SDL, with what was mended.
    #[must_use]
    pub fn sdl(&self) -> String {
        self.schema.to_string()
    }

    /// All that is wrong with an operation, a sentence each with line and column. Empty where it can be answered.
    #[must_use]
    pub fn check(&self, operation: &str) -> Vec<String> {
        match self.operation(operation) {
            Ok(_) => Vec::new(),
            Err(errors) => errors
                .iter()
                .map(|error| match error.line_column_range() {
                    Some(range) => format!("{}:{}: {}", range.start.line, range.start.column, error.error),
                    None => error.error.to_string(),
                })
                .collect(),
        }
    }

    /// The operations of a text, parsed, and held against the schema.
    pub(super) fn operation(&self, text: &str) -> Result<Arc<Valid<ExecutableDocument>>, Box<DiagnosticList>> {
        let kept = text.len() <= MAX_KEPT;
        let mut operations = crate::state::lock(&self.operations);
        if let Some(at) = operations.get_index_of(text) {
            let last = operations.len() - 1;
            operations.move_index(at, last);
            return Ok(Arc::clone(&operations[last]));
        }
        drop(operations);
        let mut parser = Parser::new().recursion_limit(MAX_NESTING).token_limit(MAX_TOKENS);
        let parsed = parser.parse_executable(&self.schema, text, "operation.graphql");
        let parsed = parsed.map_err(|error| Box::new(error.errors))?;
        let parsed = Arc::new(parsed.validate(&self.schema).map_err(|error| Box::new(error.errors))?);
        if kept {
            operations = crate::state::lock(&self.operations);
            if operations.len() >= MAX_OPERATIONS {
                operations.shift_remove_index(0);
            }
            operations.insert(text.to_owned(), Arc::clone(&parsed));
        }
        Ok(parsed)
    }

    /// What values are made by: types as schemas, and the path as operations.
    ///
    /// # Errors
    /// [`Error::Document`] if it is larger than documents may be.
    pub fn document(&self) -> Result<tracesnap_openapi::Document, Error> {
        let text = document::of(&self.schema, &self.title, &self.path).to_string();
        Ok(tracesnap_openapi::Document::parse(&self.title, text)?)
    }
}

fn told(name: &str, errors: &DiagnosticList) -> Vec<String> {
    let tell = |error: apollo_compiler::diagnostic::Diagnostic<'_, _>| {
        let error: apollo_compiler::diagnostic::Diagnostic<'_, apollo_compiler::validation::DiagnosticData> = error;
        match error.line_column_range() {
            Some(range) => format!("{name}:{}:{}: {}", range.start.line, range.start.column, error.error),
            None => format!("{name}: {}", error.error),
        }
    };
    errors.iter().take(MAX_FAULTS).map(tell).collect()
}

/// Defines scalars that are named and nowhere defined, and takes away directives that are.
fn mend(schema: &mut Schema) {
    let mut named: Vec<Name> = Vec::new();
    let known: HashMap<Name, ()> = schema.directive_definitions.keys().map(|name| (name.clone(), ())).collect();
    let of_list = |directives: &mut ast::DirectiveList| {
        directives.0.retain(|directive| known.contains_key(&directive.name));
    };
    let of_argument = |argument: &mut Node<ast::InputValueDefinition>, named: &mut Vec<Name>| {
        named.push(argument.ty.inner_named_type().clone());
        if !argument.directives.0.is_empty() {
            of_list(&mut argument.make_mut().directives);
        }
    };
    let definition = schema.schema_definition.make_mut();
    definition.directives.0.retain(|directive| known.contains_key(&directive.name));
    for (_, one) in &mut schema.types {
        if one.is_built_in() {
            continue;
        }
        macro_rules! own {
            ($ty:expr) => {{
                let ty = $ty.make_mut();
                ty.directives.0.retain(|directive| known.contains_key(&directive.name));
                ty
            }};
        }
        macro_rules! fields {
            ($ty:expr) => {
                for (_, field) in &mut own!($ty).fields {
                    let field = field.make_mut();
                    named.push(field.ty.inner_named_type().clone());
                    of_list(&mut field.directives);
                    field.arguments.iter_mut().for_each(|argument| of_argument(argument, &mut named));
                }
            };
        }
        match one {
            ExtendedType::Scalar(ty) => {
                own!(ty);
            }
            ExtendedType::Union(ty) => {
                own!(ty);
            }
            ExtendedType::Object(ty) => fields!(ty),
            ExtendedType::Interface(ty) => fields!(ty),
            ExtendedType::Enum(ty) => {
                for (_, value) in &mut own!(ty).values {
                    of_list(&mut value.make_mut().directives);
                }
            }
            ExtendedType::InputObject(ty) => {
                for (_, field) in &mut own!(ty).fields {
                    let field = field.make_mut();
                    named.push(field.ty.inner_named_type().clone());
                    of_list(&mut field.directives);
                }
            }
        }
    }
    for name in named {
        if !schema.types.contains_key(&name) {
            let scalar = ScalarType { description: None, name: name.clone(), directives: Default::default() };
            schema.types.insert(name, ExtendedType::Scalar(Node::new(scalar)));
        }
    }
    // A member or an interface that is not there is left out.
    let objects: Vec<Name> =
        schema.types.iter().filter(|(_, ty)| ty.is_object()).map(|(name, _)| name.clone()).collect();
    let interfaces: Vec<Name> =
        schema.types.iter().filter(|(_, ty)| ty.is_interface()).map(|(name, _)| name.clone()).collect();
    for (_, one) in &mut schema.types {
        match one {
            ExtendedType::Union(ty) => ty.make_mut().members.retain(|member| objects.contains(&member.name)),
            ExtendedType::Object(ty) if !ty.implements_interfaces.is_empty() => {
                ty.make_mut().implements_interfaces.retain(|name| interfaces.contains(&name.name));
            }
            ExtendedType::Interface(ty) if !ty.implements_interfaces.is_empty() => {
                ty.make_mut().implements_interfaces.retain(|name| interfaces.contains(&name.name));
            }
            _ => {}
        }
    }
}

/// Whether a type is a list of lists, of which nothing is known but that.
pub(super) fn is_list_of_lists(ty: &Type) -> bool {
    ty.is_list() && ty.item_type().is_list()
}
