//! Infers from a document which of its operations are those of a store.

use std::collections::{BTreeMap, HashMap};
use std::sync::{PoisonError, RwLock};

use tracesnap_openapi::{Document, MediaType, Operation, Schema};

use super::envelope::{self, Place};
use super::names;
use super::paging::Paging;
use crate::patterns::words::words;
use crate::patterns::{Pattern, Recognizer};

/// Things of a kind: what their operations share.
#[derive(Debug)]
pub(crate) struct Resource<'d> {
    /// One of them, as in `order line`.
    pub(crate) one: String,
    /// The path of the collection, without the names of parameters.
    pub(crate) shape: String,
    /// A path of the collection or of one of it, as the document has it.
    pub(crate) path: &'d str,
    /// What one is.
    pub(crate) schema: Schema<'d>,
    /// The property that tells one from the others.
    pub(crate) id: Option<(&'d str, Schema<'d>)>,
    /// There is one only, as with settings.
    pub(crate) is_single: bool,
    /// Parameters of the path before the id.
    pub(crate) parents: usize,
    /// The path of one of them, as the document has it.
    pub(crate) item_path: Option<&'d str>,
    /// The resource whose items it belongs to.
    pub(crate) parent: Option<usize>,
    /// Properties that name an item of another resource.
    pub(crate) references: Vec<(&'d str, Schema<'d>, usize)>,
    roles: Vec<Role>,
}

/// What an operation does to a collection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Role {
    List,
    Create,
    Read,
    Replace,
    Merge,
    Delete,
    /// Deletes several, or all.
    Clear,
}

impl Role {
    /// What it does, as in `reads`.
    pub(crate) fn does(self) -> &'static str {
        match self {
            Self::List => "lists",
            Self::Create => "creates",
            Self::Read => "reads",
            Self::Replace => "replaces",
            Self::Merge => "changes",
            Self::Delete => "deletes",
            Self::Clear => "deletes several",
        }
    }
}

/// Words of paths that look for items of the collection above.
const FINDERS: [&str; 7] = ["find", "search", "by", "filter", "query", "lookup", "list"];

/// An operation as a part of a store.
#[derive(Debug)]
pub(crate) struct Part<'d> {
    pub(crate) resource: usize,
    pub(crate) role: Role,
    /// Parameters of the path: those of the parents, then the id where the role has one.
    pub(crate) params: Vec<String>,
    pub(crate) paging: Paging,
    /// Properties that a request may set.
    pub(crate) writable: Vec<&'d str>,
}

/// What is known of all stores of a document.
#[derive(Debug)]
pub(crate) struct Resources<'d> {
    pub(crate) all: Vec<Resource<'d>>,
    parts: HashMap<usize, Part<'d>>,
    /// Operations that sign somebody in, and the like.
    auth: Vec<bool>,
    places: RwLock<HashMap<(usize, usize), Option<Place<'d>>>>,
}

/// A path: its text without names, and the names.
struct Path {
    shape: Vec<String>,
    params: Vec<String>,
}

impl Path {
    fn of(template: &str) -> Self {
        let template = template.split(['?', '#']).next().unwrap_or_default();
        let mut path = Self { shape: Vec::new(), params: Vec::new() };
        for segment in template.split('/').filter(|segment| !segment.is_empty()) {
            let is_param = segment.starts_with('{') && segment.ends_with('}') && segment.matches('{').count() == 1;
            if is_param {
                path.shape.push("{}".to_owned());
                path.params.push(segment[1..segment.len() - 1].trim_matches(['+', '*']).to_owned());
                continue;
            }
            // `orders.{format}` and `orders.json` are `orders`.
            let text = segment.split('{').next().unwrap_or_default().trim_end_matches('.');
            path.shape.push(text.strip_suffix(".json").unwrap_or(text).to_ascii_lowercase());
        }
        path
    }

    fn is_item(&self) -> bool {
        matches!(self.shape.as_slice(), [.., before, last] if last == "{}" && before != "{}")
    }

    /// The collection: plural and singular are the same one.
    fn collection(&self) -> Vec<String> {
        let mut shape = self.shape.clone();
        if self.is_item() {
            shape.pop();
        }
        if let Some(last) = shape.last_mut().filter(|last| *last != "{}") {
            *last = names::key(&names::one_of(last));
        }
        shape
    }
}

/// Operations at one collection, before it is known whether they are a store.
#[derive(Default)]
struct Group<'d> {
    collection: Vec<(Operation<'d>, Path)>,
    items: Vec<(Operation<'d>, Path)>,
}

impl<'d> Resources<'d> {
    pub(crate) fn of(document: &'d Document) -> Self {
        let recognised = Recognizer::default().document(document);
        let is =
            |operation: Operation<'d>, pattern| recognised.get(operation.index()).is_some_and(|one| one.is(pattern));
        let mut groups: BTreeMap<Vec<String>, Group<'d>> = BTreeMap::new();
        for operation in document.operations() {
            let path = Path::of(operation.path());
            let group = groups.entry(path.collection()).or_default();
            let into = if path.is_item() { &mut group.items } else { &mut group.collection };
            into.push((operation, path));
        }
        let mut resources = Self {
            all: Vec::new(),
            parts: HashMap::new(),
            auth: recognised.iter().map(|one| one.is(Pattern::Auth)).collect(),
            places: RwLock::default(),
        };
        for (shape, group) in groups {
            resources.add(&shape, group, &is);
        }
        resources.add_finders(document);
        resources.relate();
        resources
    }

    fn add(&mut self, shape: &[String], group: Group<'d>, is: &dyn Fn(Operation<'d>, Pattern) -> bool) {
        let literal = group.collection.iter().chain(&group.items).find_map(|(operation, _)| {
            operation.path().split('/').rfind(|segment| !segment.is_empty() && !segment.contains('{'))
        });
        let Some(literal) = literal else { return };
        let one = names::one_of(literal.strip_suffix(".json").unwrap_or(literal));
        let place = |operation: Operation<'d>| envelope::place(operation.success()?.json()?.schema()?, &one);
        let of = |all: &[(Operation<'d>, Path)], method: &str| {
            all.iter().find(|(operation, _)| operation.method() == method).map(|(operation, _)| *operation)
        };
        let crud = |operation: &Operation<'d>| is(*operation, Pattern::Crud);
        let writes = |all: &[(Operation<'d>, Path)]| {
            all.iter().any(|(operation, _)| operation.method() != "GET" && crud(operation))
        };
        let get = of(&group.collection, "GET");
        let listed = get.filter(|get| crud(get) || is(*get, Pattern::Pagination) || is(*get, Pattern::Search));
        let list = listed.and_then(place).filter(|place| place.is_list);
        let read = of(&group.items, "GET").filter(crud).and_then(place).filter(|place| !place.is_list);
        let single = get.filter(crud).and_then(place).filter(|place| !place.is_list);
        let is_set = group.collection.iter().any(|(one, _)| matches!(one.method(), "PUT" | "PATCH") && crud(one));
        let is_single = group.items.is_empty() && single.is_some() && is_set;
        let writes = writes(&group.collection) || writes(&group.items);
        // Without a list or an item, and something that is done to it, there is nothing to remember.
        if !is_single && !(list.is_some() && (read.is_some() || writes) || read.is_some() && writes) {
            return;
        }
        let has_list = list.is_some();
        let Some(item) = (if is_single { single } else { read.or(list) }) else { return };
        let properties = item.item.possible_properties();
        let names: Vec<&str> = properties.iter().map(|(name, _)| *name).collect();
        let param = group.items.first().and_then(|(_, path)| path.params.last()).map(String::as_str);
        let id = if is_single { None } else { names::id_field(param, &one, &names) };
        let id = id.and_then(|id| properties.iter().find(|(name, _)| *name == id).copied());
        // A list of what cannot be told apart is none whose items could be read.
        if id.is_none() && has_list {
            return;
        }
        let collection = group.collection.iter().chain(&group.items).map(|(operation, _)| operation.path()).next();
        let item_path = group.items.first().map(|(operation, _)| operation.path());
        let resource = self.all.len();
        let mut roles = Vec::new();
        let both = group.collection.into_iter().map(|one| (false, one));
        for (is_item, (operation, path)) in both.chain(group.items.into_iter().map(|one| (true, one))) {
            let role = match (operation.method(), is_item || is_single) {
                ("GET", false) if has_list && listed.is_some_and(|listed| listed.index() == operation.index()) => {
                    Role::List
                }
                _ if !crud(&operation) => continue,
                ("POST", false) => Role::Create,
                ("DELETE", false) => Role::Clear,
                ("PUT" | "PATCH", false) if id.is_some() => Role::Merge,
                ("GET", true) => Role::Read,
                ("PUT", true) => Role::Replace,
                ("PATCH" | "POST", true) => Role::Merge,
                ("DELETE", true) => Role::Delete,
                _ => continue,
            };
            let body = operation.body();
            let media = body.as_ref().and_then(|body| body.json().or_else(|| body.content().first().cloned()));
            let writable = media.as_ref().and_then(MediaType::schema).map(Schema::possible_properties);
            let writable = writable.unwrap_or_default().into_iter().map(|(name, _)| name).collect();
            let paging = Paging::of(operation);
            self.parts.insert(operation.index(), Part { resource, role, params: path.params, paging, writable });
            roles.push(role);
        }
        roles.sort_unstable();
        roles.dedup();
        self.all.push(Resource {
            one,
            shape: format!("/{}", shape.join("/")),
            path: collection.unwrap_or_default(),
            schema: item.item,
            id,
            is_single,
            parents: shape.iter().filter(|segment| *segment == "{}").count(),
            item_path,
            parent: None,
            references: Vec::new(),
            roles,
        });
    }

    /// Lists of a collection below its own path that say by their name that they look for something: `findByStatus`.
    fn add_finders(&mut self, document: &'d Document) {
        for operation in document.operations() {
            if operation.method() != "GET" || self.parts.contains_key(&operation.index()) {
                continue;
            }
            let last = operation.path().trim_end_matches('/').rsplit('/').next().unwrap_or_default();
            if !words(last).iter().any(|word| FINDERS.contains(&word.as_str())) {
                continue;
            }
            let mut path = Path::of(operation.path());
            path.shape.pop();
            let shape = format!("/{}", path.collection().join("/"));
            let Some(resource) = self.all.iter().position(|one| one.shape == shape && !one.is_single) else { continue };
            let of = &mut self.all[resource];
            let place = operation.success().and_then(|response| response.json()?.schema());
            let place = place.and_then(|schema| envelope::place(schema, &of.one)).filter(|place| place.is_list);
            let identity = |schema: Schema<'_>| schema.follow().ok().map(Schema::identity);
            // Items of another kind are not those of the store.
            if place.is_none_or(|place| identity(place.item) != identity(of.schema)) || of.id.is_none() {
                continue;
            }
            if !of.roles.contains(&Role::List) {
                of.roles.push(Role::List);
            }
            let paging = Paging::of(operation);
            let part = Part { resource, role: Role::List, params: path.params, paging, writable: Vec::new() };
            self.parts.insert(operation.index(), part);
        }
    }

    /// Finds which resource belongs to which, and which properties name items of others.
    fn relate(&mut self) {
        let mut by_name: HashMap<String, usize> = HashMap::new();
        let mut by_shape: HashMap<String, usize> = HashMap::new();
        for (at, resource) in self.all.iter().enumerate() {
            by_shape.insert(resource.shape.clone(), at);
            if resource.parents == 0 && resource.id.is_some() {
                by_name.entry(names::key(&resource.one)).or_insert(at);
            }
        }
        for at in 0..self.all.len() {
            let resource = &self.all[at];
            let parent = resource.shape.rfind("/{}").and_then(|end| {
                let (before, last) = resource.shape[..end].rsplit_once('/')?;
                by_shape.get(&format!("{before}/{}", names::key(&names::one_of(last)))).copied()
            });
            let references = resource.schema.all_properties().into_iter().filter_map(|(name, schema)| {
                let words = names::key(name);
                let target = by_name.get(words.strip_suffix("id").unwrap_or(&words)).copied()?;
                let is_own = target == at || resource.id.is_some_and(|(id, _)| id == name);
                (!is_own && !schema.known_types().contains("array")).then_some((name, schema, target))
            });
            let references = references.collect();
            self.all[at].parent = parent.filter(|parent| *parent != at);
            self.all[at].references = references;
        }
    }

    pub(crate) fn part(&self, operation: usize) -> Option<(&Part<'d>, &Resource<'d>)> {
        let part = self.parts.get(&operation)?;
        Some((part, self.all.get(part.resource)?))
    }

    pub(crate) fn is_auth(&self, operation: usize) -> bool {
        self.auth.get(operation) == Some(&true)
    }

    /// Where in an answer with that schema the resource is.
    pub(crate) fn place(&self, resource: usize, schema: Schema<'d>) -> Option<Place<'d>> {
        let key = (resource, schema.identity());
        if let Some(known) = self.places.read().unwrap_or_else(PoisonError::into_inner).get(&key) {
            return known.clone();
        }
        let found = envelope::place(schema, &self.all.get(resource)?.one);
        self.places.write().unwrap_or_else(PoisonError::into_inner).insert(key, found.clone());
        found
    }

    /// A sentence for each resource.
    pub(crate) fn describe(&self) -> Vec<String> {
        let name = |role: &Role| match role {
            Role::List => "list",
            Role::Create => "create",
            Role::Read => "read",
            Role::Replace => "replace",
            Role::Merge => "change",
            Role::Delete => "delete",
            Role::Clear => "delete several",
        };
        let describe = |resource: &Resource<'d>| {
            let roles: Vec<_> = resource.roles.iter().map(name).collect();
            let id = match resource.id {
                Some((id, _)) => format!("told apart by `{id}`"),
                None if resource.is_single => "one of it".to_owned(),
                None => "told apart by its path".to_owned(),
            };
            format!("{} ({}): {id}; {}", resource.one, resource.path, roles.join(", "))
        };
        self.all.iter().map(describe).collect()
    }
}
