//! Does to a session what an operation of a store does, and says what is to be answered.

use std::borrow::Cow;

use http::{HeaderValue, StatusCode};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Map, Value};
use tracesnap_openapi::Schema;

use super::catalog::{Maker, id_text, settle};
use super::names::key;
use super::paging::{self, Page, Use};
use super::resource::{Part, Resource, Resources, Role};
use super::select::Selection;
use super::session::{Session, lock};
use super::touched;
use crate::engine::{Inner, Key, Problem};
use crate::generate::Given;
use crate::validate::requests::{Said, Upload};

/// What a request asks of the store.
pub(crate) struct Asking<'t, 'd> {
    pub(crate) inner: &'t Inner,
    pub(crate) resources: &'t Resources<'d>,
    pub(crate) operation: usize,
    pub(crate) method: &'t http::Method,
    pub(crate) said: &'t Said,
    pub(crate) query: &'t [(Cow<'t, str>, Cow<'t, str>)],
    pub(crate) session: &'t str,
    pub(crate) target: Target<'t>,
    /// A conflict is something the document knows.
    pub(crate) documents_409: bool,
    /// What is answered is a file.
    pub(crate) answers_file: bool,
}

/// Where a request was sent to.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Target<'t> {
    /// The host that the request names.
    pub(crate) host: Option<&'t HeaderValue>,
    pub(crate) base_path: &'t str,
    pub(crate) path: &'t str,
}

impl Target<'_> {
    /// As in `http://127.0.0.1:8080`; empty where the request does not say.
    fn origin(self) -> String {
        let host = self.host.and_then(|value| value.to_str().ok());
        let plain = |host: &&str| host.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".:-[]_".contains(&byte));
        host.filter(plain).map(|host| format!("http://{host}")).unwrap_or_default()
    }
}

/// What becomes of it.
pub(crate) enum Outcome {
    /// It is none of the store's.
    Pass,
    Problem(Problem),
    Done(Box<Done>),
}

/// What is to be answered.
pub(crate) struct Done {
    /// Statuses that say so, best first.
    pub(crate) statuses: &'static [u16],
    content: Content,
    resource: usize,
    key: u64,
    pub(crate) location: Option<String>,
    pub(crate) headers: Vec<(&'static str, String)>,
    pub(crate) bytes: Option<Upload>,
    pub(crate) why: String,
}

enum Content {
    None,
    Item(Value),
    List(Vec<Value>, Box<Page>),
}

/// What a session knows of an item.
enum Known {
    /// Nothing: it is as it began.
    Nothing,
    Changed(Value),
    Gone,
}

/// Items of a part of a list where neither request nor document says.
const PAGE: u64 = 10;
/// The most that one part of a list holds.
const MAX_PAGE: u64 = 1_000;
/// What of an id is escaped in a path.
const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');
/// What parts ids of parents from each other: none of the letters of a path.
const BETWEEN: &str = "\u{1f}";

impl<'t, 'd> Asking<'t, 'd> {
    pub(crate) fn act(&self) -> Outcome {
        let uploads = self.said.body.uploads();
        let Some((part, resource)) = self.resources.part(self.operation) else { return self.file(uploads) };
        let mut ids = Vec::with_capacity(part.params.len());
        for name in &part.params {
            match self.said.path.get(name) {
                Some(value) => ids.push(id_text(value)),
                None => return Outcome::Pass,
            }
        }
        let at = At {
            asking: self,
            maker: Maker { inner: self.inner, resources: self.resources },
            part,
            resource,
            parent: ids[..resource.parents.min(ids.len())].join(BETWEEN),
            id: if resource.is_single { Some(String::new()) } else { ids.get(resource.parents).cloned() },
            fixed: part
                .params
                .iter()
                .take(resource.parents)
                .filter_map(|name| Some((name.clone(), self.said.path.get(name)?.clone())))
                .collect(),
        };
        if part.role == Role::List {
            // Made before the lock is taken, and kept.
            at.maker.start(part.resource, &at.parent, &at.fixed);
        }
        let session = self.inner.sessions.get(self.session);
        let mut session = lock(&session);
        if let Some(problem) = self.orphan(&session, part.resource, &ids) {
            return Outcome::Problem(problem);
        }
        let outcome = match part.role {
            Role::List => at.list(&session),
            Role::Create => at.create(&mut session),
            Role::Read => {
                let known = at.id.as_ref().map_or(Known::Nothing, |id| at.look(&session, id));
                // Whoever reads makes up what nobody changed, and is in nobody's way meanwhile.
                drop(session);
                return at.read(known);
            }
            Role::Replace => at.change(&mut session, true),
            Role::Merge => at.change(&mut session, false),
            Role::Delete => at.delete(&mut session),
            Role::Clear => at.clear(&mut session),
        };
        if let (Outcome::Done(done), [upload, ..]) = (&outcome, uploads) {
            let path = done.location.as_deref().unwrap_or(self.target.path);
            session.keep_upload(path.trim_end_matches('/').to_owned(), upload.clone());
        }
        outcome
    }

    /// A problem where what something belongs to is gone.
    fn orphan(&self, session: &Session, resource: usize, ids: &[String]) -> Option<Problem> {
        let mut child = resource;
        while let Some(parent) = self.resources.all.get(child)?.parent {
            let of = self.resources.all.get(parent)?;
            let id = ids.get(of.parents)?;
            let above = ids[..of.parents].join(BETWEEN);
            let collection = session.collection(parent, &above);
            let gone = collection.is_some_and(|collection| collection.is_deleted(id));
            let made = collection.is_some_and(|collection| collection.items.contains_key(id));
            let maker = Maker { inner: self.inner, resources: self.resources };
            let missing = self.inner.config.strict && !made && !maker.begins_with(parent, id);
            if gone || missing {
                return Some(not_found(&of.one, id));
            }
            // A parent has fewer parameters than what belongs to it, so this ends.
            child = parent;
        }
        None
    }

    /// Keeps what is uploaded to any operation, and hands it out where a file is asked for.
    fn file(&self, uploads: &[Upload]) -> Outcome {
        let path = self.target.path.trim_end_matches('/');
        if let [upload, ..] = uploads {
            if *self.method != http::Method::GET {
                let session = self.inner.sessions.get(self.session);
                lock(&session).keep_upload(path.to_owned(), upload.clone());
            }
            return Outcome::Pass;
        }
        if !self.answers_file || *self.method == http::Method::POST {
            return Outcome::Pass;
        }
        let session = self.inner.sessions.get(self.session);
        let mut session = lock(&session);
        if *self.method == http::Method::DELETE {
            session.forget_upload(path);
            return Outcome::Pass;
        }
        // `/files/7/content` is the content of `/files/7`.
        let above = path.rsplit_once('/').map_or("", |(above, _)| above);
        match session.upload(path).or_else(|| session.upload(above)) {
            Some(upload) => Outcome::Done(Box::new(Done {
                statuses: &[200],
                content: Content::None,
                resource: 0,
                key: 0,
                location: None,
                headers: Vec::new(),
                bytes: Some(upload.clone()),
                why: "what was uploaded is read back".to_owned(),
            })),
            None => Outcome::Pass,
        }
    }

    /// The body that says what was done, in an answer with that schema; `None` where it has no place for it.
    pub(crate) fn body(&self, done: &Done, schema: Schema<'d>) -> Option<Value> {
        let resource = self.resources.all.get(done.resource)?;
        let place = self.resources.place(done.resource, schema)?;
        let inner = match &done.content {
            Content::None => return None,
            Content::Item(item) => {
                let item = self.project(resource, place.item, item, done.key);
                if place.is_list { Value::Array(vec![item]) } else { item }
            }
            Content::List(items, _) if place.is_list => {
                let key = |at: usize| Key::of("listed").number(done.key).number(at as u64).finish();
                let items =
                    items.iter().enumerate().map(|(at, item)| self.project(resource, place.item, item, key(at)));
                Value::Array(items.collect())
            }
            Content::List(..) => return None,
        };
        if place.path.is_empty() {
            return Some(inner);
        }
        let mut whole = self.inner.generator.value(schema, &Given::key(done.key));
        let mut at = &mut whole;
        for name in &place.path {
            if !at.is_object() {
                *at = Value::Object(Map::new());
            }
            let Value::Object(members) = at else { return None };
            at = members.entry((*name).to_owned()).or_insert(Value::Null);
        }
        *at = inner;
        if let Content::List(_, page) = &done.content {
            paging::tell(&mut whole, schema, &place.path, page, &self.inner.answers);
        }
        Some(whole)
    }

    /// An item as another schema has it: what both have is the same.
    fn project(&self, resource: &Resource<'d>, schema: Schema<'d>, item: &Value, key: u64) -> Value {
        let same = |a: Schema<'_>, b: Schema<'_>| {
            a.follow().ok().map(Schema::identity) == b.follow().ok().map(Schema::identity)
        };
        if same(schema, resource.schema) {
            return item.clone();
        }
        let Value::Object(fields) = item else { return item.clone() };
        let mut given = Given::key(key).about(resource.one.as_str());
        given.fixed = fields.clone();
        let made = self.inner.generator.value(schema, &given);
        let shared = schema.possible_properties();
        let overlay = shared.iter().filter_map(|(name, _)| Some((*name, fields.get(*name)?.clone())));
        settle(schema, made, overlay.collect(), &self.inner.answers)
    }
}

fn not_found(one: &str, id: &str) -> Problem {
    let id: String = id.chars().take(200).collect();
    Problem::new(StatusCode::NOT_FOUND, format!("there is no {one} `{id}`"))
}

/// One operation of a store, at the collection and the item that its path names.
struct At<'a, 't, 'd> {
    asking: &'a Asking<'t, 'd>,
    maker: Maker<'t, 'd>,
    part: &'t Part<'d>,
    resource: &'t Resource<'d>,
    /// The ids of the parents.
    parent: String,
    id: Option<String>,
    /// What the path says of the parents.
    fixed: Map<String, Value>,
}

impl<'d> At<'_, '_, 'd> {
    fn resource_index(&self) -> usize {
        self.part.resource
    }

    fn key(&self, id: &str) -> u64 {
        Key::of("answer").number(self.asking.operation as u64).text(&self.parent).text(id).finish()
    }

    fn done(&self, statuses: &'static [u16], id: &str, content: Content, why: String) -> Done {
        Done {
            statuses,
            content,
            resource: self.resource_index(),
            key: self.key(id),
            location: None,
            headers: Vec::new(),
            bytes: None,
            why,
        }
    }

    /// The item as it is now; `None` where it is not there.
    /// What the session knows of an item; to be asked under its lock, and quick.
    fn look(&self, session: &Session, id: &str) -> Known {
        let mut cleared = false;
        if let Some(collection) = session.collection(self.resource_index(), &self.parent) {
            if let Some(item) = collection.items.get(id) {
                return Known::Changed(item.clone());
            }
            if collection.is_deleted(id) {
                return Known::Gone;
            }
            cleared = collection.is_cleared;
        }
        let begins = || self.maker.begins_with(self.resource_index(), id);
        let strict = self.asking.inner.config.strict && !self.resource.is_single && self.resource.id.is_some();
        if strict && (cleared || !begins()) || cleared && begins() { Known::Gone } else { Known::Nothing }
    }

    /// The item as it is now; `None` where it is not there.
    fn item(&self, known: Known, id: &str) -> Option<Value> {
        match known {
            Known::Changed(item) => Some(item),
            Known::Gone => None,
            Known::Nothing => Some(self.maker.item(self.resource, &self.parent, id, &self.fixed)),
        }
    }

    fn find(&self, session: &Session, id: &str) -> Option<Value> {
        self.item(self.look(session, id), id)
    }

    fn read(&self, known: Known) -> Outcome {
        let Some(id) = &self.id else { return Outcome::Pass };
        let one = &self.resource.one;
        match self.item(known, id) {
            Some(item) => {
                Outcome::Done(Box::new(self.done(&[200], id, Content::Item(item), format!("the {one} `{id}` is read"))))
            }
            None => Outcome::Problem(not_found(one, id)),
        }
    }

    /// What the body says of an item, by the names that the item has.
    fn fields(&self) -> Vec<(&'d str, Value)> {
        let properties = self.resource.schema.possible_properties();
        let mut fields: Vec<(&'d str, Value)> = Vec::new();
        for (name, schema) in &properties {
            let flag = |flag: &str| schema.parts().iter().any(|part| part.node().flag(flag) == Some(true));
            if let Some(value) = self.said_fields().get(*name)
                && !flag("readOnly")
                && !flag("writeOnly")
            {
                fields.push((name, value.clone()));
            }
        }
        if let [upload, ..] = self.asking.said.body.uploads() {
            for (name, _) in &properties {
                if let Some(value) = about_file(name, upload)
                    && !fields
                        .iter()
                        .any(|(known, given)| known == name && given.as_str().is_some_and(|text| text.len() < 256))
                {
                    fields.push((name, value));
                }
            }
        }
        fields
    }

    /// The fields of the body, without what wraps them.
    fn said_fields(&self) -> Cow<'_, Map<String, Value>> {
        let Some(fields) = self.asking.said.body.fields() else { return Cow::Owned(Map::new()) };
        let properties = self.resource.schema.possible_properties();
        let is_known = |name: &String| properties.iter().any(|(known, _)| known == name);
        if !fields.keys().any(is_known)
            && let Some((_, Value::Object(inner))) =
                fields.iter().find(|(_, value)| value.as_object().is_some_and(|inner| inner.keys().any(is_known)))
        {
            return Cow::Borrowed(inner);
        }
        Cow::Borrowed(fields)
    }

    fn create(&self, session: &mut Session) -> Outcome {
        let fields = self.fields();
        let start = self.asking.inner.config.start_items as u64;
        let taken = |session: &Session, id: &str| {
            let known = session.collection(self.resource_index(), &self.parent);
            known.is_some_and(|known| known.items.contains_key(id) || known.is_deleted(id))
                || self.maker.begins_with(self.resource_index(), id)
        };
        let given = self.resource.id.and_then(|(name, _)| {
            let value = fields.iter().find(|(known, _)| *known == name)?.1.clone();
            let usable = value.is_number() || value.as_str().is_some_and(|text| !text.is_empty());
            usable.then(|| (id_text(&value), Some((name, value))))
        });
        let (id, own) = match given {
            Some((id, own)) => {
                let collection = session.collection(self.resource_index(), &self.parent);
                let exists = collection.is_some_and(|collection| collection.is_created(&id));
                let config = &self.asking.inner.config;
                let began = config.strict && self.maker.begins_with(self.resource_index(), &id);
                if (exists || began) && (self.asking.documents_409 || config.strict) {
                    let detail = format!("there is a {} `{id}` already", self.resource.one);
                    return Outcome::Problem(Problem::new(StatusCode::CONFLICT, detail));
                }
                (id, own)
            }
            None => {
                session.made += 1;
                let number = start + session.made;
                let made = self.resource.id.and_then(|(name, schema)| {
                    let (id, value) =
                        self.maker.new_id(self.resource, name, schema, number, |id| taken(session, id))?;
                    Some((id, Some((name, value))))
                });
                made.unwrap_or_else(|| (number.to_string(), None))
            }
        };
        let mut fixed = self.fixed.clone();
        fixed.extend(self.said_fields().iter().map(|(name, value)| (name.clone(), value.clone())));
        let base = self.maker.item(self.resource, &self.parent, &id, &fixed);
        let overlay = fields.into_iter().chain(own).collect();
        let item = settle(self.resource.schema, base, overlay, &self.asking.inner.answers);
        session.collection_mut(self.resource_index(), &self.parent).create(&id, item.clone());
        let why = format!("the {} `{id}` is created", self.resource.one);
        let mut done = self.done(&[201, 200, 202, 204], &id, Content::Item(item), why);
        done.location = self.location(&id);
        Outcome::Done(Box::new(done))
    }

    /// The path of an item.
    fn location(&self, id: &str) -> Option<String> {
        let escape = |text: &str| utf8_percent_encode(text, ESCAPED).to_string();
        let target = &self.asking.target;
        let Some(template) = self.resource.item_path else {
            return Some(format!("{}/{}", target.path.trim_end_matches('/'), escape(id)));
        };
        let mut ids = self.parent.split(BETWEEN).filter(|id| !id.is_empty()).chain([id]);
        let mut path = target.base_path.to_owned();
        for segment in template.split('/').skip(1) {
            path.push('/');
            match segment.split_once('{') {
                Some((before, rest)) => {
                    path.push_str(before);
                    path.push_str(&escape(ids.next()?));
                    path.push_str(rest.split_once('}').map_or("", |(_, after)| after));
                }
                None => path.push_str(segment),
            }
        }
        Some(path)
    }

    fn change(&self, session: &mut Session, replace: bool) -> Outcome {
        let fields = self.fields();
        // Where the path has no id, the body has.
        let in_body = || {
            let (name, _) = self.resource.id?;
            self.said_fields().get(name).filter(|id| id.is_string() || id.is_number()).map(id_text)
        };
        let Some(id) = self.id.clone().or_else(in_body) else { return Outcome::Pass };
        let (known, is_new) = match self.find(session, &id) {
            Some(item) => (item, false),
            // What was deleted can be put there again where the document knows that a put makes something.
            None if replace => (self.maker.item(self.resource, &self.parent, &id, &self.fixed), true),
            None => return Outcome::Problem(not_found(&self.resource.one, &id)),
        };
        let creates = is_new && !self.asking.inner.config.strict && self.asking.creates();
        if is_new && !creates {
            return Outcome::Problem(not_found(&self.resource.one, &id));
        }
        let own = self.resource.id.map(|(name, _)| name);
        let mut overlay = Vec::new();
        let mut base = known;
        for (name, value) in fields {
            if own == Some(name) {
                continue;
            }
            let merged = match (replace, base.get(name)) {
                (false, Some(old @ Value::Object(_))) if value.is_object() => merge(old, &value),
                _ => value,
            };
            overlay.push((name, merged));
        }
        let answers = &self.asking.inner.answers;
        // A put says all of it: what may be set and was not is gone, where it may be.
        let required = self.resource.schema.required();
        let dropped: Vec<&str> = if replace && self.asking.said.body.fields().is_some() {
            let said = self.said_fields();
            let optional =
                |name: &&&str| !required.contains(*name) && !said.contains_key(**name) && own != Some(**name);
            self.part.writable.iter().filter(optional).copied().collect()
        } else {
            // A null in a merge says the same.
            let null = |(name, value): &(&'d str, Value)| value.is_null() && !required.contains(name);
            overlay.iter().filter(|one| null(one)).map(|(name, _)| *name).collect()
        };
        for name in dropped {
            let Value::Object(members) = &base else { break };
            let nullable = overlay.iter().any(|(known, _)| *known == name)
                && self
                    .resource
                    .schema
                    .property(name)
                    .is_some_and(|schema| answers.check(schema, &Value::Null).is_ok());
            if nullable {
                continue;
            }
            overlay.retain(|(known, _)| *known != name);
            let mut without = members.clone();
            without.shift_remove(name);
            let without = Value::Object(without);
            if answers.check(self.resource.schema, &without).is_ok()
                || answers.check(self.resource.schema, &base).is_err()
            {
                base = without;
            }
        }
        overlay.extend(touched::moved(&self.resource.schema.possible_properties(), &base, &overlay));
        let item = settle(self.resource.schema, base, overlay, answers);
        session.collection_mut(self.resource_index(), &self.parent).put(&id, item.clone());
        let why = format!("the {} `{id}` is {}", self.resource.one, if replace { "replaced" } else { "changed" });
        let statuses: &[u16] = if is_new { &[201, 200, 204, 202] } else { &[200, 204, 202, 201] };
        Outcome::Done(Box::new(self.done(statuses, &id, Content::Item(item), why)))
    }

    fn delete(&self, session: &mut Session) -> Outcome {
        let Some(id) = &self.id else { return Outcome::Pass };
        let Some(item) = self.find(session, id) else { return Outcome::Problem(not_found(&self.resource.one, id)) };
        session.collection_mut(self.resource_index(), &self.parent).delete(id);
        session.forget_upload(self.asking.target.path.trim_end_matches('/'));
        let why = format!("the {} `{id}` is deleted", self.resource.one);
        Outcome::Done(Box::new(self.done(&[204, 200, 202], id, Content::Item(item), why)))
    }

    fn clear(&self, session: &mut Session) -> Outcome {
        let query = &self.asking.said.query;
        let named = query.iter().chain(self.asking.said.body.fields().into_iter().flatten()).find(|(name, _)| {
            let name = key(name);
            let is_id = self.resource.id.is_some_and(|(id, _)| key(id) == name.trim_end_matches('s'));
            is_id || name.ends_with("ids") || name == "id"
        });
        let why = match named {
            Some((_, ids)) => {
                let ids: Vec<String> = match ids {
                    Value::Array(ids) => ids.iter().map(id_text).collect(),
                    one => vec![id_text(one)],
                };
                let collection = session.collection_mut(self.resource_index(), &self.parent);
                ids.iter().take(super::MAX_ITEMS).for_each(|id| collection.delete(id));
                format!("{} of {} are deleted", ids.len(), self.resource.path)
            }
            // What asks for some of them, in a way that is not known, deletes none.
            None if !query.is_empty() || self.asking.said.body.fields().is_some() => return Outcome::Pass,
            None => {
                session.collection_mut(self.resource_index(), &self.parent).clear();
                format!("all of {} are deleted", self.resource.path)
            }
        };
        Outcome::Done(Box::new(self.done(&[204, 200, 202], "", Content::None, why)))
    }

    fn list(&self, session: &Session) -> Outcome {
        let start = self.maker.start(self.resource_index(), &self.parent, &self.fixed);
        let changed = session.collection(self.resource_index(), &self.parent);
        let mut items: Vec<(&str, &Value)> = Vec::new();
        for one in start.iter() {
            let now = changed.and_then(|changed| changed.items.get(&one.id));
            let gone = changed.is_some_and(|changed| changed.is_deleted(&one.id) || changed.is_cleared);
            match now {
                Some(item) => items.push((&one.id, item)),
                None if !gone => items.push((&one.id, &one.item)),
                None => {}
            }
        }
        let made = changed.into_iter().flat_map(|changed| &changed.items);
        items.extend(
            made.filter(|(id, _)| !start.iter().any(|one| one.id == **id)).map(|(id, item)| (id.as_str(), item)),
        );
        let properties = self.resource.schema.possible_properties();
        let names: Vec<&str> = properties.iter().map(|(name, _)| *name).collect();
        let query = &self.asking.said.query;
        let selection = Selection::of(query, &self.part.paging, &names);
        items.retain(|(_, item)| selection.takes(item));
        selection.sort(&mut items, |(_, item)| item);
        let mut page = self.page(&items);
        let from = usize::try_from(page.from).unwrap_or(usize::MAX).min(items.len());
        let size = usize::try_from(page.size).unwrap_or(usize::MAX);
        let chosen: Vec<Value> = items.iter().skip(from).take(size).map(|(_, item)| (*item).clone()).collect();
        page.held = chosen.len() as u64;
        page.last_id = items.get((from + chosen.len()).wrapping_sub(1)).map(|(id, _)| (*id).to_owned());
        self.links(&mut page);
        let selected = selection.describe();
        let why = format!(
            "{} of {} of {}{}{selected}",
            page.held,
            page.total,
            self.resource.path,
            if selected.is_empty() { "" } else { ", " }
        );
        let headers = self.headers(&page);
        let mut done = self.done(&[200, 206], "", Content::List(chosen, Box::new(page)), why);
        done.headers = headers;
        Outcome::Done(Box::new(done))
    }

    /// Which part of the list is asked for.
    fn page(&self, items: &[(&str, &Value)]) -> Page {
        let paging = &self.part.paging;
        let query = &self.asking.said.query;
        let total = items.len() as u64;
        let number = |use_| paging.value(query, use_).and_then(Value::as_u64);
        let inner = |names: &[&str]| {
            // `page[number]=2`
            let value = query.get("page")?.as_object()?.iter().find(|(name, _)| names.contains(&key(name).as_str()))?.1;
            value.as_u64().or_else(|| value.as_str()?.parse().ok())
        };
        let is_paged = paging.is_any() || query.get("page").is_some_and(Value::is_object);
        let size = number(Use::Size).or_else(|| inner(&["size", "limit"])).filter(|size| *size > 0);
        let size = size.or(paging.size).unwrap_or(if is_paged { PAGE } else { total.max(1) }).min(MAX_PAGE);
        let position = |id: &Value| items.iter().position(|(known, _)| *known == id_text(id));
        let from = if let Some(cursor) = paging.value(query, Use::Cursor) {
            paging::place_of(cursor)
        } else if let Some(after) = paging.value(query, Use::After) {
            position(after).map_or_else(|| paging::place_of(after), |at| at as u64 + 1)
        } else if let Some(before) = paging.value(query, Use::Before) {
            position(before).map_or(0, |at| (at as u64).saturating_sub(size))
        } else if let Some(offset) = number(Use::Offset).or_else(|| inner(&["offset"])) {
            offset
        } else if let Some(page) = number(Use::Page).or_else(|| inner(&["number", "page"])) {
            page.saturating_sub(paging.first).saturating_mul(size)
        } else {
            0
        };
        Page { from, size, total, first: paging.first, ..Page::default() }
    }

    /// Where the other parts are, as the list's own parameters say it.
    fn links(&self, page: &mut Page) {
        let paging = &self.part.paging;
        let url = |from: u64| -> Option<String> {
            let (name, value) = if let Some(name) = paging.name_of(Use::Cursor) {
                (name, paging::cursor(from))
            } else if let Some(name) = paging.name_of(Use::Page) {
                (name, (from / page.size.max(1) + page.first).to_string())
            } else if let Some(name) = paging.name_of(Use::Offset) {
                (name, from.to_string())
            } else if let (Some(name), Some(last)) = (paging.name_of(Use::After), &page.last_id) {
                (name, last.clone())
            } else {
                return None;
            };
            let mut query = form_urlencoded::Serializer::new(String::new());
            self.asking.query.iter().filter(|(known, _)| known != name).for_each(|(name, value)| {
                query.append_pair(name, value);
            });
            query.append_pair(name, &value);
            let target = &self.asking.target;
            Some(format!("{}{}?{}", target.origin(), target.path, query.finish()))
        };
        let next = page.has_more().then(|| url(page.next_from())).flatten();
        let goes_back = paging.name_of(Use::After).is_none() || paging.name_of(Use::Cursor).is_some();
        let previous = (page.from > 0 && goes_back).then(|| url(page.from.saturating_sub(page.size))).flatten();
        let last = page.total.saturating_sub(1) / page.size.max(1) * page.size;
        let (first, last) = if goes_back { (url(0), url(last)) } else { (None, None) };
        let own = url(page.from);
        (page.next, page.previous, page.first_link, page.last_link, page.own) = (next, previous, first, last, own);
    }

    fn headers(&self, page: &Page) -> Vec<(&'static str, String)> {
        let mut headers = Vec::new();
        let links =
            [("next", &page.next), ("prev", &page.previous), ("first", &page.first_link), ("last", &page.last_link)];
        let links: Vec<_> =
            links.iter().filter_map(|(rel, url)| Some(format!("<{}>; rel=\"{rel}\"", url.as_deref()?))).collect();
        if !links.is_empty() {
            headers.push(("link", links.join(", ")));
        }
        // Set only where the document has such a header.
        let pages = page.total.div_ceil(page.size.max(1));
        for name in ["x-total-count", "x-total", "total-count", "x-pagination-total-count", "x-count"] {
            headers.push((name, page.total.to_string()));
        }
        for name in ["x-total-pages", "x-pagination-page-count", "x-page-count"] {
            headers.push((name, pages.to_string()));
        }
        for name in ["x-per-page", "x-page-size", "x-pagination-per-page"] {
            headers.push((name, page.size.to_string()));
        }
        headers
    }
}

impl Asking<'_, '_> {
    /// Whether a put may make something.
    fn creates(&self) -> bool {
        let operation = self.inner.document.operation(self.operation);
        operation.is_some_and(|operation| {
            operation.responses().iter().any(|one| one.status() == tracesnap_openapi::Status::Code(201))
        })
    }
}

/// RFC 7396: what is null goes, objects are merged, all else is replaced. Recurses no deeper than the value.
fn merge(old: &Value, patch: &Value) -> Value {
    let (Value::Object(old), Value::Object(patch)) = (old, patch) else { return patch.clone() };
    let mut merged = old.clone();
    for (name, value) in patch {
        if value.is_null() {
            merged.shift_remove(name);
        } else {
            let inner = merged.get(name).map_or_else(|| value.clone(), |old| merge(old, value));
            merged.insert(name.clone(), inner);
        }
    }
    Value::Object(merged)
}

/// What a property of a thing that is a file says of an upload.
pub(crate) fn about_file(name: &str, upload: &Upload) -> Option<Value> {
    match key(name).as_str() {
        "filename" | "originalname" | "originalfilename" | "name" | "title" => {
            upload.file_name.clone().map(Value::from)
        }
        "size" | "filesize" | "bytes" | "contentlength" | "length" | "bytesize" | "sizebytes" => {
            Some(upload.bytes.len().into())
        }
        "contenttype" | "mimetype" | "mediatype" | "mime" => upload.content_type.clone().map(Value::from),
        _ => None,
    }
}
