//! Tells what the fields that operations begin with are taken for, before anybody asks.

use apollo_compiler::ast::OperationType;
use serde::Serialize;

use super::act::{Verb, verb};
use super::schema::GraphQlSchema;
use crate::patterns::words::words;

/// A field that operations begin with, and what it is taken for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct RootField {
    /// `query`, `mutation` or `subscription`.
    pub operation: &'static str,
    /// Its name.
    pub field: String,
    /// What it gives, as in `[Order!]!`.
    #[serde(rename = "type")]
    pub ty: String,
    /// `item`, `list`, `page`, `value`; `create`, `update`, `delete`, `action`; `stream`.
    pub does: &'static str,
    /// The type of the things that it is about.
    pub about: Option<String>,
}

impl GraphQlSchema {
    /// The fields that operations begin with, as the schema lists them.
    #[must_use]
    pub fn fields(&self) -> Vec<RootField> {
        let roots = self.schema.schema_definition.iter_root_operations();
        let fields = roots.filter_map(|(operation, root)| Some((operation, self.schema.get_object(root)?)));
        fields
            .flat_map(|(operation, root)| root.fields.values().map(move |field| (operation, root, field)))
            .map(|(operation, root, field)| {
                let link = self.world.kind(&root.name).and_then(|kind| kind.links.get(field.name.as_str()));
                let is_thing = |ty: &String| {
                    let kind = self.world.kind(ty);
                    kind.is_some_and(|kind| {
                        kind.possible.iter().any(|ty| self.world.kind(ty).is_some_and(|kind| kind.id.is_some()))
                    })
                };
                let given = link.map(|link| link.target.clone()).filter(is_thing);
                let (does, about) = match operation {
                    OperationType::Query => match link {
                        Some(link) if link.holder.is_some() => ("page", given),
                        Some(link) if link.is_many => ("list", given),
                        Some(_) if given.is_some() => ("item", given),
                        _ => ("value", None),
                    },
                    OperationType::Mutation => {
                        let parts = words(&field.name);
                        let about = self.world.target(field.ty.inner_named_type(), &parts);
                        let does = match verb(&parts) {
                            _ if about.is_none() => "action",
                            Verb::Create => "create",
                            Verb::Update => "update",
                            Verb::Delete => "delete",
                            Verb::Other => "action",
                        };
                        (does, about)
                    }
                    OperationType::Subscription => ("stream", given),
                };
                let (field, ty) = (field.name.to_string(), field.ty.to_string());
                RootField { operation: operation.name(), field, ty, does, about }
            })
            .collect()
    }
}
