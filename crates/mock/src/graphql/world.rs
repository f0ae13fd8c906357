//! Knows which types are things with an identity, how they link, and which merely hand lists out in parts.
//!
//! Read once, from the schema alone. What a thing is like is for the generator, who is linked to whom for [`super::links`].

use std::collections::HashMap;

use apollo_compiler::Name;
use apollo_compiler::Schema;
use apollo_compiler::ast::FieldDefinition;
use apollo_compiler::collections::HashMap as Hashed;
use apollo_compiler::schema::{ExtendedType, Implementers};

use super::schema::is_list_of_lists;
use crate::patterns::words::{singular, words};
use crate::state::{id_field, name_key};

/// The types of a schema.
#[derive(Debug, Default)]
pub(super) struct World {
    types: HashMap<String, Kind>,
}

/// What a type is.
#[derive(Debug, Default)]
pub(super) struct Kind {
    /// Its place in the schema.
    pub(super) index: usize,
    /// What one is called, as in `order line`.
    pub(super) one: String,
    /// Members that are no links.
    pub(super) leaves: Vec<String>,
    /// The member that tells one from all others.
    pub(super) id: Option<Id>,
    /// It hands out a list in parts, or with something about it.
    pub(super) holder: Option<Holder>,
    /// Members that lead to other types.
    pub(super) links: HashMap<String, Link>,
    /// Members that say the id of a thing that is linked, as `authorId` does: of which type, and by which link.
    pub(super) keys: Vec<ForeignKey>,
    /// Members that say how many there are of a link.
    pub(super) counts: Vec<(String, String)>,
    /// There are several of it to one of another type.
    pub(super) is_child: bool,
    /// Object types that one of this type may be; itself for an object type.
    pub(super) possible: Vec<String>,
}

#[derive(Debug)]
pub(super) struct Id {
    pub(super) field: String,
    pub(super) is_number: bool,
    /// Ids of all types are told apart, as `node(id:)` asks for.
    pub(super) is_global: bool,
}

#[derive(Debug)]
pub(super) struct ForeignKey {
    pub(super) leaf: String,
    pub(super) link: Option<String>,
    pub(super) target: String,
}

/// A type that hands out a list.
#[derive(Clone, Debug)]
pub(super) struct Holder {
    /// What is in the list.
    pub(super) item: String,
    /// The member with the items themselves.
    pub(super) list: Option<String>,
    /// The member with edges, the type of one, and its member with the item.
    pub(super) edges: Option<(String, String, String)>,
    /// Members about the part that is handed out, and their types.
    pub(super) about: Vec<(String, String)>,
}

/// A member that leads to another type.
#[derive(Clone, Debug)]
pub(super) struct Link {
    /// The type of what it leads to: of an item, where it is a list.
    pub(super) target: String,
    pub(super) is_many: bool,
    /// The type that hands out the list.
    pub(super) holder: Option<String>,
    pub(super) is_nullable: bool,
    /// Of a list: the member of an item that leads back.
    pub(super) back: Option<String>,
}

impl World {
    pub(super) fn of(schema: &Schema, implementers: &Hashed<Name, Implementers>) -> Self {
        let mut types = HashMap::new();
        for (index, (name, ty)) in schema.types.iter().enumerate() {
            if ty.is_built_in() || !(ty.is_object() || ty.is_interface() || ty.is_union()) {
                continue;
            }
            types.insert(name.to_string(), Kind::of(schema, implementers, index, name, ty));
        }
        let mut world = Self { types };
        world.find_holders(schema);
        world.find_links(schema);
        world.find_backs();
        world.find_keys();
        world
    }

    pub(super) fn kind(&self, name: &str) -> Option<&Kind> {
        self.types.get(name)
    }

    /// The types with an identity, by name.
    pub(super) fn things(&self) -> impl Iterator<Item = (&str, &Kind)> {
        self.types.iter().filter(|(_, kind)| kind.id.is_some()).map(|(name, kind)| (name.as_str(), kind))
    }

    /// The type of the things that a mutation is about.
    pub(super) fn target(&self, named: &str, parts: &[String]) -> Option<String> {
        let is_thing = |ty: &str| self.kind(ty).is_some_and(|kind| kind.id.is_some() && kind.possible.len() == 1);
        if is_thing(named) {
            return Some(named.to_owned());
        }
        let said = |ty: &str| {
            let of: Vec<String> = words(ty);
            let has = of.iter().all(|word| parts.iter().any(|part| part == word || singular(part) == *word));
            if has { of.len() } else { 0 }
        };
        if let Some(kind) = self.kind(named) {
            let links = kind.links.iter().flat_map(|(field, link)| {
                // An edge leads on to what it is of.
                let node =
                    self.kind(&link.target).and_then(|edge| edge.links.get("node")).map(|node| node.target.clone());
                [(field, link.target.clone())].into_iter().chain(node.map(|node| (field, node)))
            });
            let candidates = links.filter(|(field, ty)| is_thing(ty) && !is_errors(field));
            let best = candidates.max_by(|(a, one), (b, other)| said(one).cmp(&said(other)).then_with(|| b.cmp(a)));
            if let Some((_, ty)) = best {
                return Some(ty);
            }
        }
        let things = self.things().filter(|(ty, _)| is_thing(ty) && said(ty) > 0);
        things
            .max_by(|(one, _), (other, _)| said(one).cmp(&said(other)).then_with(|| other.cmp(one)))
            .map(|(ty, _)| ty.to_owned())
    }

    fn find_holders(&mut self, schema: &Schema) {
        let mut found = Vec::new();
        for (name, kind) in &self.types {
            let Some(ty) = schema.get_object(name) else { continue };
            if kind.id.is_some() || is_root(schema, name) {
                continue;
            }
            let composite = |field: &FieldDefinition| self.types.contains_key(field.ty.inner_named_type().as_str());
            let lists: Vec<&FieldDefinition> = ty
                .fields
                .values()
                .map(|field| &***field)
                .filter(|field| {
                    field.ty.is_list() && composite(field) && !is_list_of_lists(&field.ty) && !is_errors(&field.name)
                })
                .collect();
            let edges = lists.iter().find_map(|field| {
                let edge = field.ty.inner_named_type();
                let node = schema.get_object(edge)?.fields.get("node")?;
                let item = node.ty.inner_named_type().to_string();
                Some((field.name.to_string(), edge.to_string(), item))
            });
            let plain: Vec<&&FieldDefinition> = lists
                .iter()
                .filter(|field| {
                    edges.as_ref().is_none_or(|(edges, _, item)| {
                        field.name.as_str() != edges && *item == field.ty.inner_named_type().as_str()
                    })
                })
                .collect();
            let about: Vec<(String, String)> = ty
                .fields
                .values()
                .filter(|field| !field.ty.is_list() && composite(field))
                .map(|field| (field.name.to_string(), field.ty.inner_named_type().to_string()))
                .filter(|(_, of)| {
                    self.types.get(of).is_some_and(|of| of.id.is_none()) && schema.get_object(of).is_some()
                })
                .collect();
            let holder = match edges {
                Some((field, edge, item)) => {
                    let list = plain.first().map(|field| field.name.to_string());
                    Holder { item, list, edges: Some((field, edge, "node".to_owned())), about }
                }
                None if plain.len() == 1 => {
                    let list = plain[0].name.as_str();
                    let last = words(name).pop().unwrap_or_default();
                    let of_pages = |name: &str| {
                        let name = name_key(name);
                        ["total", "page", "count", "hasmore", "hasnext", "cursor", "info", "limit", "offset"]
                            .iter()
                            .any(|part| name.contains(part))
                    };
                    let is_page = LISTS.contains(&list)
                        || HOLDERS.contains(&last.as_str())
                        || kind.leaves.iter().any(|leaf| of_pages(leaf))
                        || about.iter().any(|(name, _)| of_pages(name));
                    if !is_page {
                        continue;
                    }
                    Holder {
                        item: plain[0].ty.inner_named_type().to_string(),
                        list: Some(list.to_owned()),
                        edges: None,
                        about,
                    }
                }
                None => continue,
            };
            found.push((name.clone(), holder));
        }
        for (name, holder) in found {
            self.types.entry(name).or_default().holder = Some(holder);
        }
    }

    fn find_links(&mut self, schema: &Schema) {
        let mut found: Vec<(String, HashMap<String, Link>)> = Vec::new();
        for name in self.types.keys() {
            let Some(ty) = schema.get_object(name) else { continue };
            let link = |field: &FieldDefinition| {
                let named = field.ty.inner_named_type().as_str();
                let kind = self.types.get(named)?;
                let (target, is_many, holder) = match &kind.holder {
                    Some(holder) if !field.ty.is_list() => (holder.item.clone(), true, Some(named.to_owned())),
                    _ => (named.to_owned(), field.ty.is_list(), None),
                };
                Some(Link { target, is_many, holder, is_nullable: !field.ty.is_non_null(), back: None })
            };
            let links = ty.fields.iter().filter_map(|(field, told)| Some((field.to_string(), link(told)?)));
            found.push((name.clone(), links.collect()));
        }
        for (name, links) in found {
            self.types.entry(name).or_default().links = links;
        }
    }

    fn find_backs(&mut self) {
        let mut backs = Vec::new();
        for (name, kind) in &self.types {
            if kind.id.is_none() {
                continue;
            }
            for (field, link) in kind.links.iter().filter(|(_, link)| link.is_many) {
                let Some(target) = self.types.get(&link.target).filter(|target| target.id.is_some()) else { continue };
                let leads_here = |link: &Link| {
                    !link.is_many
                        && (link.target == *name
                            || self.types.get(&link.target).is_some_and(|of| of.possible.iter().any(|one| one == name)))
                };
                // `authoredPosts` leads back by `author`, `posts` by what is called as this type is.
                let rank = |back: &str, link: &Link| {
                    let (back, field) = (name_key(back), name_key(field));
                    let stem = back.get(..5).unwrap_or(&back);
                    let named = usize::from(back == name_key(name));
                    usize::from(field.contains(stem)) * 4 + named * 2 + usize::from(!link.is_nullable)
                };
                let best = target
                    .links
                    .iter()
                    .filter(|(_, link)| leads_here(link))
                    .max_by(|(a, one), (b, other)| rank(a, one).cmp(&rank(b, other)).then_with(|| b.cmp(a)));
                if let Some((back, _)) = best {
                    backs.push((name.clone(), field.clone(), link.target.clone(), back.clone()));
                }
            }
        }
        for (name, field, target, back) in backs {
            if let Some(kind) = self.types.get_mut(&target) {
                kind.is_child |= target != name;
            }
            if let Some(link) = self.types.get_mut(&name).and_then(|kind| kind.links.get_mut(&field)) {
                link.back = Some(back);
            }
        }
    }

    fn find_keys(&mut self) {
        let by_key: HashMap<String, &str> = self.things().map(|(name, _)| (name_key(name), name)).collect();
        let mut found = Vec::new();
        for (name, kind) in &self.types {
            let mut keys = Vec::new();
            let mut counts = Vec::new();
            for leaf in kind.leaves.iter().filter(|leaf| kind.id.as_ref().is_none_or(|id| id.field != **leaf)) {
                let plain = name_key(leaf);
                if let Some(of) = plain.strip_suffix("id") {
                    let link = kind.links.iter().find(|(field, link)| !link.is_many && name_key(field) == of);
                    let target = link.map(|(_, link)| link.target.as_str()).or_else(|| by_key.get(of).copied());
                    if let Some(target) =
                        target.filter(|target| self.types.get(*target).is_some_and(|of| of.id.is_some()))
                    {
                        let link = link.map(|(field, _)| field.clone());
                        keys.push(ForeignKey { leaf: leaf.clone(), link, target: target.to_owned() });
                    }
                }
                let mut parts = words(leaf);
                let before = parts.len();
                parts.retain(|word| !["count", "total", "number", "num", "of", "n"].contains(&word.as_str()));
                if parts.len() < before && !parts.is_empty() {
                    let counted = parts.iter().map(|word| singular(word)).collect::<String>();
                    let same =
                        |field: &str| words(field).iter().map(|word| singular(word)).collect::<String>() == counted;
                    if let Some((field, _)) = kind.links.iter().find(|(field, link)| link.is_many && same(field)) {
                        counts.push((leaf.clone(), field.clone()));
                    }
                }
            }
            found.push((name.clone(), keys, counts));
        }
        for (name, keys, counts) in found {
            let kind = self.types.entry(name).or_default();
            kind.keys = keys;
            kind.counts = counts;
        }
    }
}

impl Kind {
    fn of(
        schema: &Schema,
        implementers: &Hashed<Name, Implementers>,
        index: usize,
        name: &Name,
        ty: &ExtendedType,
    ) -> Self {
        let is_leaf =
            |field: &FieldDefinition| schema.types.get(field.ty.inner_named_type()).is_some_and(ExtendedType::is_leaf);
        let (fields, possible) = match ty {
            ExtendedType::Object(ty) => (Some(&ty.fields), vec![name.to_string()]),
            ExtendedType::Interface(ty) => {
                let objects = implementers.get(name).map(|all| all.objects.iter().map(ToString::to_string).collect());
                (Some(&ty.fields), objects.unwrap_or_default())
            }
            ExtendedType::Union(ty) => (None, ty.members.iter().map(|member| member.name.to_string()).collect()),
            _ => (None, Vec::new()),
        };
        let leaves: Vec<&FieldDefinition> = fields
            .into_iter()
            .flat_map(|fields| fields.values())
            .map(|field| &***field)
            .filter(|field| is_leaf(field))
            .collect();
        let one = words(name).join(" ");
        let last = words(name).pop().unwrap_or_default();
        let is_thing = !is_root(schema, name) && !ANSWERS.contains(&last.as_str());
        let id = if is_thing { identity(schema, name, ty, &leaves) } else { None };
        Self {
            index,
            one,
            leaves: leaves.iter().map(|field| field.name.to_string()).collect(),
            id,
            possible,
            ..Self::default()
        }
    }
}

fn identity(schema: &Schema, name: &str, ty: &ExtendedType, leaves: &[&FieldDefinition]) -> Option<Id> {
    let single: Vec<&&FieldDefinition> =
        leaves.iter().filter(|field| field.ty.is_named() && field.arguments.is_empty()).collect();
    let names: Vec<&str> = single.iter().map(|field| field.name.as_str()).collect();
    let by_name = id_field(None, name, &names);
    let by_type = || single.iter().find(|field| field.ty.inner_named_type() == "ID").map(|field| field.name.as_str());
    let by_question = || single.iter().map(|field| field.name.as_str()).find(|leaf| is_asked_by(schema, name, leaf));
    let field = by_name.or_else(by_type).or_else(by_question)?;
    let of = single.iter().find(|one| one.name == field)?.ty.inner_named_type();
    let of_node = match ty {
        ExtendedType::Object(ty) => ty.implements_interfaces.iter().any(|one| one.name == "Node"),
        _ => name == "Node",
    };
    let is_text = schema.types.get(of).and_then(ExtendedType::as_scalar).map(super::scalars::schema);
    let is_number = is_text.is_some_and(|told| told["type"] == "integer" || told["type"] == "number");
    Some(Id { field: field.to_owned(), is_number, is_global: of_node && of == "ID" })
}

/// Whether one of a type is asked for by a member: `product(sku: Int!): Product`.
fn is_asked_by(schema: &Schema, name: &str, leaf: &str) -> bool {
    let query = schema.schema_definition.query.as_ref().and_then(|query| schema.get_object(query));
    let asks = |field: &FieldDefinition| {
        let required = field.arguments.iter().filter(|argument| argument.is_required());
        let by: Vec<String> = required.map(|argument| name_key(&argument.name)).collect();
        field.ty.is_named() && field.ty.inner_named_type() == name && by == [name_key(leaf)]
    };
    query.is_some_and(|query| query.fields.values().any(|field| asks(field)))
}

/// Whether a type is where operations begin.
pub(super) fn is_root(schema: &Schema, name: &str) -> bool {
    schema.schema_definition.iter_root_operations().any(|(_, root)| root.as_str() == name)
}

/// Whether a member tells what went wrong, which by itself nothing does.
pub(super) fn is_errors(name: &str) -> bool {
    let name = name_key(name);
    ["errors", "usererrors", "problems", "warnings", "validationerrors", "fielderrors"].contains(&name.as_str())
        || name.ends_with("errors")
}

/// Last words of types that answer a mutation.
const ANSWERS: [&str; 5] = ["payload", "response", "result", "output", "outcome"];
/// Last words of types that hand out lists.
const HOLDERS: [&str; 11] = [
    "connection",
    "page",
    "list",
    "collection",
    "results",
    "result",
    "paginated",
    "pagination",
    "paginator",
    "response",
    "set",
];
/// Members with lists.
const LISTS: [&str; 11] =
    ["nodes", "items", "data", "results", "edges", "records", "list", "rows", "entries", "content", "values"];
