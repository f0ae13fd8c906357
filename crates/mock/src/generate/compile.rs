//! Merges schemas that hold at once into plans.
//!
//! `allOf`, references and properties of the same name are joined; each way of a choice becomes a plan of its own, with
//! what stands beside the choice merged in. Nothing recurses: what is met is put in a queue, and known by the schemas it is
//! made of, so circles of the document are circles of the plan.

use std::collections::{HashMap, HashSet, VecDeque};

use serde_json::{Number, Value};
use tracesnap_openapi::{Node, Schema, Version};

use super::dice::hash;
use super::format::{Claim, Format};
use super::make::spoken_of;
use super::meaning::Meaning;
use super::plan::{ArrayPlan, Choice, Node as Planned, NodeId, NumberPlan, ObjectPlan, Plans, Prop, TextPlan};
use super::rules::{Bound, kinds};
use super::spoken::Spoken;
use super::{reach, relations, text};
use crate::patterns::words::{singular, words};

/// A schema, and what of it is settled already.
#[derive(Clone, Copy)]
struct Part<'d> {
    schema: Schema<'d>,
    done: u8,
}

/// References and `allOf` were followed.
const FLAT: u8 = 1;
const ONE_OF: u8 = 2;
const ANY_OF: u8 = 4;
const CONDITION: u8 = 8;
const INHERITED: u8 = 16;

/// What a plan is made of.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Key {
    parts: Vec<(usize, u8)>,
    tag: Option<Tag>,
}

/// The property that tells which way of a choice was gone; without a name, the value of that property.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Tag {
    name: Box<str>,
    value: Box<str>,
}

/// Plans that one schema may ask for. Beyond, schemas are taken to allow anything.
const MAX_PLANS: usize = 60_000;
/// Ways of one choice that are planned.
const MAX_OPTIONS: usize = 40;
/// Examples of one schema that are kept.
const MAX_EXAMPLES: usize = 8;
/// Words that names of schemas end with.
const GENERIC: [&str; 18] = [
    "response",
    "resource",
    "object",
    "dto",
    "model",
    "schema",
    "data",
    "result",
    "request",
    "payload",
    "body",
    "output",
    "representation",
    "view",
    "detail",
    "details",
    "entity",
    "type",
];
/// Parts that hold at once and are merged.
const MAX_PARTS: usize = 256;

/// The plan of a schema, and of all it leads to.
pub(super) fn compile(plans: &mut Plans, schema: Schema<'_>) -> NodeId {
    let first = plans.nodes.len();
    if plans.names.is_none() {
        let schemas = schema.node().document().schemas();
        plans.names = Some(schemas.into_iter().map(|(name, schema)| (schema.identity(), name.into())).collect());
    }
    let mut compiler = Compiler { plans, open: VecDeque::new(), first };
    let id = compiler.place(vec![Part { schema, done: 0 }], None);
    while let Some((id, parts, tag)) = compiler.open.pop_front() {
        let node = compiler.read(&parts, tag.as_ref());
        compiler.plans.nodes[id.0 as usize] = node;
    }
    reach::measure(&mut plans.nodes, first);
    name_properties(plans, first);
    id
}

/// Whether something a plan makes may break its schema, so that the whole is held against it.
pub(super) fn is_doubtful(plans: &Plans, id: NodeId) -> bool {
    let mut seen = HashSet::new();
    let mut open = vec![id];
    while let Some(id) = open.pop() {
        if !seen.insert(id) {
            continue;
        }
        let node = plans.node(id);
        if node.is_doubtful() {
            return true;
        }
        reach::for_each_child(node, |child| open.push(child));
    }
    false
}

/// What properties mean, and how they depend on each other. It takes the plans of their values.
fn name_properties(plans: &mut Plans, first: usize) {
    for at in first..plans.nodes.len() {
        let Some(mut object) = plans.nodes[at].object.take() else { continue };
        let owner = plans.nodes[at].name.clone();
        for prop in &mut object.props {
            prop.meaning = Meaning::of(&prop.name, owner.as_deref(), spoken_of(plans, prop.node));
        }
        // What stands beside a currency is an amount.
        if object.props.iter().any(|prop| prop.meaning == Meaning::Currency) {
            let amounts =
                object.props.iter_mut().filter(|prop| matches!(&*prop.name, "value" | "amount" | "total" | "sum"));
            amounts.for_each(|prop| prop.meaning = Meaning::Money);
        }
        plans.nodes[at].object = Some(object);
    }
    for at in first..plans.nodes.len() {
        let Some(mut object) = plans.nodes[at].object.take() else { continue };
        object.relations = relations::find(plans, &object);
        plans.nodes[at].object = Some(object);
    }
}

struct Compiler<'p, 'd> {
    plans: &'p mut Plans,
    open: VecDeque<(NodeId, Vec<Part<'d>>, Option<Tag>)>,
    first: usize,
}

impl<'d> Compiler<'_, 'd> {
    fn place(&mut self, parts: Vec<Part<'d>>, tag: Option<Tag>) -> NodeId {
        let mut known: HashMap<usize, usize> = HashMap::new();
        let mut merged: Vec<Part<'d>> = Vec::with_capacity(parts.len());
        for part in parts.into_iter().take(MAX_PARTS) {
            let part = if part.done == 0 { Part { schema: beyond_references(part.schema), done: 0 } } else { part };
            match known.get(&part.schema.identity()) {
                Some(&at) => merged[at].done |= part.done,
                None => {
                    known.insert(part.schema.identity(), merged.len());
                    merged.push(part);
                }
            }
        }
        if self.plans.nodes.len() - self.first > MAX_PLANS {
            merged.clear();
        }
        let key =
            Key { parts: merged.iter().map(|part| (part.schema.identity(), part.done)).collect(), tag: tag.clone() };
        if let Some(known) = self.plans.by_key.get(&key) {
            return *known;
        }
        let id = NodeId(u32::try_from(self.plans.nodes.len()).unwrap_or(u32::MAX));
        self.plans.nodes.push(Planned::default());
        self.plans.by_key.insert(key, id);
        self.open.push_back((id, merged, tag));
        id
    }

    fn one(&mut self, schema: Schema<'d>) -> NodeId {
        self.place(vec![Part { schema, done: 0 }], None)
    }

    fn read(&mut self, parts: &[Part<'d>], tag: Option<&Tag>) -> Planned {
        let flat = flatten(parts);
        let mut node = Planned {
            rules: parts.iter().map(|part| self.plans.rules.of(part.schema)).collect(),
            ..Planned::default()
        };
        let flat_rules: Vec<_> = flat.iter().map(|part| self.plans.rules.of(part.schema)).collect();
        let accepts = |plans: &Plans, value: &Value| node.rules.iter().all(|rule| plans.rules.accepts(*rule, value));
        let null = accepts(self.plans, &Value::Null);
        let mut kinds = kinds::ALL;
        let mut never = false;
        let mut check = false;
        for rule in flat_rules.iter().map(|rule| self.plans.rules.get(*rule)) {
            kinds &= rule.types;
            never |= rule.never;
            check |= rule.not.is_some() || rule.contains.is_some() || !rule.dependent.is_empty();
            check |= rule.property_names.is_some()
                || rule.unevaluated_properties.is_some()
                || rule.unevaluated_items.is_some();
        }
        let untyped = kinds == kinds::ALL;
        if untyped {
            kinds = implied(&flat);
        }
        // The values that are listed by one part and allowed by all.
        let listed = flat_rules.iter().find_map(|rule| self.plans.rules.get(*rule).allowed.clone());
        let values =
            listed.map(|listed| listed.into_iter().filter(|value| accepts(self.plans, value)).collect::<Vec<_>>());
        let mut examples: Vec<Value> = Vec::new();
        for part in &flat {
            let node = part.schema.node();
            let default = node.value().get("default").filter(|default| !default.is_array() && !default.is_object());
            let stated = part.schema.examples().map(Node::value).chain(default);
            for example in stated {
                if examples.len() < MAX_EXAMPLES && !examples.contains(example) && accepts(self.plans, example) {
                    examples.push(example.clone());
                }
            }
        }
        node.null = null;
        node.check = check;
        node.untyped = untyped;
        node.examples = examples;
        node.name = self.name(parts);
        node.kinds = if never { 0 } else { kinds & !kinds::NULL };
        if let Some(mut values) = values {
            if let Some(tag) = tag.filter(|tag| tag.name.is_empty())
                && let Some(one) = values.iter().position(|value| value.as_str() == Some(&tag.value))
            {
                values = vec![values.swap_remove(one)];
            }
            node.values = Some(values);
            return node;
        }
        if let Some(tag) = tag.filter(|tag| tag.name.is_empty()) {
            let value = Value::from(&*tag.value);
            if node.rules.iter().all(|rule| self.plans.rules.accepts(*rule, &value)) {
                node.values = Some(vec![value]);
                return node;
            }
        }
        if !never && let Some(choice) = self.choice(parts, &flat, tag) {
            node.choice = Some(choice);
            return node;
        }
        if node.kinds & (kinds::INTEGER | kinds::NUMBER) != 0 {
            node.number = self.number(&flat);
        }
        if node.kinds & kinds::STRING != 0 {
            node.text = self.text(&flat);
            // What no text matches is found out once, and not at each try.
            if node.examples.is_empty() && !text::is_possible(&node.text) {
                node.kinds &= !kinds::STRING;
            }
        }
        if node.kinds & kinds::ARRAY != 0 {
            node.array = Some(Box::new(self.array(&flat)));
        }
        if node.kinds & kinds::OBJECT != 0 {
            match self.object(parts, &flat, tag) {
                Some(object) => node.object = Some(Box::new(object)),
                None => node.kinds &= !kinds::OBJECT,
            }
        }
        node
    }

    /// The name of the most special of the schemas that has one.
    fn name(&self, parts: &[Part<'d>]) -> Option<Box<str>> {
        let names = self.plans.names.as_ref()?;
        let named = parts.iter().rev().find_map(|part| Some(&**names.get(&part.schema.identity())?));
        let title = || parts.iter().rev().find_map(|part| part.schema.node().text("title"));
        let mut words = words(named.or_else(title)?);
        // What it is, not what it is there for.
        while words.len() > 1 && words.last().is_some_and(|last| GENERIC.contains(&last.as_str())) {
            words.pop();
        }
        Some(words.iter().map(|word| singular(word)).collect::<Vec<_>>().join(" ").into())
    }

    fn choice(&mut self, parts: &[Part<'d>], flat: &[Part<'d>], tag: Option<&Tag>) -> Option<Choice> {
        let settled = flat.iter().filter(|part| part.done & (ONE_OF | ANY_OF | CONDITION) != 0).count();
        let most = match settled {
            0 => MAX_OPTIONS,
            1 => 6,
            2 | 3 => 3,
            4..=8 => 2,
            _ => 1,
        };
        for (at, part) in flat.iter().enumerate() {
            for (bit, key) in [(ONE_OF, "oneOf"), (ANY_OF, "anyOf")] {
                let ways = part.schema.list(key);
                if part.done & bit != 0 || ways.is_empty() {
                    continue;
                }
                let discriminator = part.schema.discriminator();
                let mut options = Vec::new();
                for way in ways.iter().copied().take(most) {
                    let own = discriminator.as_ref().and_then(|(name, mapping)| {
                        let target = way.follow().ok()?.identity();
                        let mapped = mapping.iter().find(|(_, to)| to.follow().is_ok_and(|to| to.identity() == target));
                        let value = mapped.map(|(value, _)| *value).or_else(|| last_segment(way.reference()?))?;
                        Some(Tag { name: (*name).into(), value: value.into() })
                    });
                    // A tag goes on through choices within choices.
                    options.push(self.option(flat, at, bit, &[way], own.or_else(|| tag.cloned())));
                }
                let exactly = (bit == ONE_OF && ways.len() > 1).then(|| self.plans.rules.of(part.schema));
                return Some(Choice { options, exactly });
            }
            if part.done & CONDITION == 0
                && let Some(condition) = part.schema.inner("if")
            {
                let holds = [Some(condition), part.schema.inner("then")];
                let holds: Vec<_> = holds.into_iter().flatten().collect();
                let fails: Vec<_> = part.schema.inner("else").into_iter().collect();
                let options = vec![
                    self.option(flat, at, CONDITION, &holds, tag.cloned()),
                    self.option(flat, at, CONDITION, &fails, tag.cloned()),
                ];
                return Some(Choice { options, exactly: Some(self.plans.rules.of(part.schema)) });
            }
        }
        // A schema others inherit from: what it is there for is one of them.
        let base = parts.iter().find_map(|root| {
            let (_, mapping) = root.schema.discriminator()?;
            let at = flat.iter().position(|part| part.schema.identity() == root.schema.identity())?;
            let plain = ["oneOf", "anyOf"].iter().all(|key| root.schema.list(key).is_empty());
            (plain && flat[at].done & INHERITED == 0 && !mapping.is_empty()).then_some((at, mapping))
        });
        let (at, mapping) = base?;
        let (name, _) = flat[at].schema.discriminator()?;
        let own = flat[at].schema.identity();
        let mut options = Vec::new();
        for (value, target) in mapping.into_iter().take(most) {
            let tag = Some(Tag { name: name.into(), value: value.into() });
            let inherits = target.parts().iter().any(|part| part.identity() == own);
            if inherits {
                options.push(self.option(flat, at, INHERITED, &[target], tag));
            }
        }
        if options.is_empty() {
            return None;
        }
        Some(Choice { options, exactly: None })
    }

    fn option(&mut self, flat: &[Part<'d>], at: usize, bit: u8, ways: &[Schema<'d>], tag: Option<Tag>) -> NodeId {
        let mut parts = Vec::with_capacity(flat.len() + ways.len());
        for (place, part) in flat.iter().enumerate() {
            let done = part.done | FLAT | if place == at { bit } else { 0 };
            if says_more(part.schema, done) {
                parts.push(Part { schema: part.schema, done });
            }
        }
        parts.extend(ways.iter().map(|schema| Part { schema: *schema, done: 0 }));
        self.place(parts, tag)
    }

    fn number(&self, flat: &[Part<'d>]) -> NumberPlan {
        let mut plan = NumberPlan::default();
        for part in flat {
            let node = part.schema.node();
            let number = |key: &str| node.value().get(key).and_then(Value::as_f64);
            let flag = |key: &str| node.flag(key) == Some(true);
            let lows = [
                number("minimum").map(|at| Bound { at, open: flag("exclusiveMinimum") }),
                number("exclusiveMinimum").map(|at| Bound { at, open: true }),
            ];
            for low in lows.into_iter().flatten() {
                let stricter = plan.low.is_none_or(|known| low.at > known.at || (low.at == known.at && low.open));
                if stricter {
                    plan.low = Some(low);
                }
            }
            let highs = [
                number("maximum").map(|at| Bound { at, open: flag("exclusiveMaximum") }),
                number("exclusiveMaximum").map(|at| Bound { at, open: true }),
            ];
            for high in highs.into_iter().flatten() {
                let stricter = plan.high.is_none_or(|known| high.at < known.at || (high.at == known.at && high.open));
                if stricter {
                    plan.high = Some(high);
                }
            }
            if let Some(multiple) = number("multipleOf").filter(|multiple| *multiple > 0.0) {
                plan.multiple = Some(plan.multiple.map_or(multiple, |known| known.max(multiple)));
            }
        }
        plan
    }

    fn text(&mut self, flat: &[Part<'d>]) -> TextPlan {
        let mut plan = TextPlan::default();
        for part in flat {
            let node = part.schema.node();
            plan.least = plan.least.max(count(part.schema, "minLength").unwrap_or(0));
            plan.most = [plan.most, count(part.schema, "maxLength")].into_iter().flatten().min();
            if let Some(pattern) = node.text("pattern").map(|text| self.plans.rules.pattern(text))
                && !pattern.is_broken()
            {
                plan.patterns.push(pattern);
            }
            if let Some(format) = part.schema.format() {
                plan.claims.extend(Claim::of(format));
                plan.format = plan.format.or_else(|| Format::parse(format));
            }
            if node.text("contentEncoding") == Some("base64") {
                plan.format = Some(Format::Byte);
            }
        }
        plan
    }

    fn array(&mut self, flat: &[Part<'d>]) -> ArrayPlan {
        let mut plan = ArrayPlan::default();
        let mut prefixes: Vec<(Vec<Schema<'d>>, Option<Schema<'d>>)> = Vec::new();
        for part in flat {
            let schema = part.schema;
            plan.least = plan.least.max(count(schema, "minItems").unwrap_or(0));
            plan.most = [plan.most, count(schema, "maxItems")].into_iter().flatten().min();
            plan.unique |= schema.node().value().get("uniqueItems") == Some(&Value::Bool(true));
            let mut prefix = schema.list("prefixItems");
            if schema.node().value().get("items").is_some_and(Value::is_array) {
                prefix = schema.list("items");
            }
            let items = schema.inner("items");
            prefixes.push((prefix, items));
            if let Some(contains) = schema.inner("contains") {
                let least = count(schema, "minContains").unwrap_or(1);
                plan.contains = Some((self.one(contains), least));
            }
        }
        let longest = prefixes.iter().map(|(prefix, _)| prefix.len()).max().unwrap_or(0).min(64);
        for at in 0..longest {
            let parts = prefixes.iter().filter_map(|(prefix, items)| prefix.get(at).copied().or(*items));
            let parts = parts.map(|schema| Part { schema, done: 0 }).collect();
            let id = self.place(parts, None);
            plan.prefix.push(id);
        }
        let items: Vec<_> =
            prefixes.iter().filter_map(|(_, items)| Some(Part { schema: (*items)?, done: 0 })).collect();
        if !items.is_empty() {
            plan.items = Some(self.place(items, None));
        }
        plan
    }

    /// `None` where no object will do.
    fn object(&mut self, parts: &[Part<'d>], flat: &[Part<'d>], tag: Option<&Tag>) -> Option<ObjectPlan> {
        let mut plan = ObjectPlan::default();
        let mut names: Vec<&'d str> = Vec::new();
        let mut seen: HashSet<&str> = HashSet::new();
        let mut required: HashSet<&str> = HashSet::new();
        for part in flat {
            names.extend(part.schema.properties().map(|(name, _)| name).filter(|name| seen.insert(name)));
            if part.schema.node().value().get("required").is_some_and(Value::is_array) {
                required.extend(part.schema.node().texts("required"));
            }
        }
        for part in flat {
            if part.schema.node().value().get("required").is_some_and(Value::is_array) {
                names.extend(part.schema.node().texts("required").filter(|name| seen.insert(name)));
            }
            plan.least = plan.least.max(count(part.schema, "minProperties").unwrap_or(0));
            plan.most = [plan.most, count(part.schema, "maxProperties")].into_iter().flatten().min();
        }
        let tag = tag.filter(|tag| !tag.name.is_empty()).cloned().or_else(|| self.inherited(parts, flat));
        if let Some(tag) = &tag {
            let mut told = flat.iter().filter_map(|part| part.schema.discriminator());
            if let Some((name, _)) = told.find(|(name, _)| **name == *tag.name).filter(|(name, _)| seen.insert(name)) {
                names.push(name);
            }
        }
        let declared: Vec<HashMap<&str, Schema<'d>>> =
            flat.iter().map(|part| part.schema.properties().collect()).collect();
        for name in names {
            let mut holding = Vec::new();
            let mut forbidden = false;
            for (part, declared) in flat.iter().zip(&declared) {
                let own = declared.get(name).copied();
                let mut known = own.is_some();
                holding.extend(own);
                for (pattern, schema) in part.schema.members("patternProperties") {
                    let pattern = self.plans.rules.pattern(pattern);
                    if !pattern.is_broken() && pattern.accepts(&Value::from(name)) {
                        known = true;
                        holding.push(schema);
                    }
                }
                if !known && let Some(additional) = part.schema.inner("additionalProperties") {
                    forbidden |= additional.node().value().as_bool() == Some(false);
                    if additional.node().value().is_object() {
                        holding.push(additional);
                    }
                }
            }
            let required = required.contains(name);
            if forbidden {
                if required {
                    return None;
                }
                continue;
            }
            let flag = |key: &str| {
                holding.iter().any(|schema| {
                    schema.node().flag(key) == Some(true) || beyond_references(*schema).node().flag(key) == Some(true)
                })
            };
            let (read_only, write_only) = (flag("readOnly"), flag("writeOnly"));
            let tag = tag
                .as_ref()
                .filter(|tag| *tag.name == *name)
                .map(|tag| Tag { name: "".into(), value: tag.value.clone() });
            // What tells one way from the others is there, required or not.
            let required = required || tag.is_some();
            let holding = holding.into_iter().map(|schema| Part { schema, done: 0 }).collect();
            let node = self.place(holding, tag);
            plan.props.push(Prop {
                name: name.into(),
                spoken: Spoken::of(name),
                hash: hash(name),
                node,
                required,
                write_only,
                read_only,
                meaning: Meaning::default(),
            });
        }
        self.extras(flat, &mut plan);
        Some(plan)
    }

    /// Members that have no name of their own.
    fn extras(&mut self, flat: &[Part<'d>], plan: &mut ObjectPlan) {
        let mut additional = Vec::new();
        let mut closed = false;
        let mut names = Vec::new();
        for part in flat {
            let schema = part.schema;
            match schema.inner("additionalProperties") {
                Some(inner) if inner.node().value().as_bool() == Some(false) => closed = true,
                Some(inner) => additional.push(Part { schema: inner, done: 0 }),
                None => {}
            }
            closed |= schema
                .inner("unevaluatedProperties")
                .is_some_and(|inner| inner.node().value().as_bool() == Some(false));
            names.extend(schema.inner("propertyNames").map(|schema| Part { schema, done: 0 }));
            for (text, schema) in schema.members("patternProperties") {
                let pattern = self.plans.rules.pattern(text);
                if !pattern.is_broken() {
                    let node = self.one(schema);
                    plan.extra_patterns.push((pattern, node));
                }
            }
        }
        if !names.is_empty() {
            plan.extra_name = Some(self.place(names, None));
        }
        let free = plan.props.is_empty() && plan.extra_patterns.is_empty();
        if !closed && (!additional.is_empty() || free || plan.least > plan.props.len()) {
            plan.extra = Some(self.place(additional, None));
        }
    }

    /// What the discriminator of a parent says of a schema that inherits it.
    fn inherited(&self, parts: &[Part<'d>], flat: &[Part<'d>]) -> Option<Tag> {
        let names = self.plans.names.as_ref()?;
        for part in flat {
            let Some((property, mapping)) = part.schema.discriminator() else { continue };
            for root in parts.iter().rev() {
                let own = root.schema.identity();
                let mapped = mapping.iter().find(|(_, to)| to.follow().is_ok_and(|to| to.identity() == own));
                let value = mapped.map(|(value, _)| *value).or_else(|| names.get(&own).map(|name| &**name));
                if let Some(value) = value {
                    return Some(Tag { name: property.into(), value: value.into() });
                }
            }
        }
        None
    }
}

/// The schema that plain references lead to; one that says more itself stays.
fn beyond_references(schema: Schema<'_>) -> Schema<'_> {
    let mut at = schema;
    for _ in 0..32 {
        let node = at.node();
        let old = node.document().version() < Version::V3_1;
        let plain = node.value().as_object().is_some_and(|members| {
            members.keys().all(|key| matches!(key.as_str(), "$ref" | "description" | "summary" | "title"))
        });
        match at.target() {
            Some(Ok(target)) if plain || (old && !at.is_nullable()) => at = target,
            _ => break,
        }
    }
    at
}

/// All schemas that hold at once, parents first.
fn flatten<'d>(parts: &[Part<'d>]) -> Vec<Part<'d>> {
    let mut places: HashMap<usize, u8> = HashMap::new();
    for part in parts {
        *places.entry(part.schema.identity()).or_default() |= part.done;
    }
    let mut seen = HashSet::new();
    let mut flat: Vec<Part<'d>> = Vec::new();
    let mut open: Vec<(Schema<'d>, bool)> = parts.iter().rev().map(|part| (part.schema, false)).collect();
    while let Some((schema, expanded)) = open.pop() {
        let done = places.get(&schema.identity()).copied().unwrap_or(0);
        if expanded {
            flat.push(Part { schema, done });
            continue;
        }
        if flat.len() >= MAX_PARTS || !seen.insert(schema.identity()) {
            continue;
        }
        let old = schema.node().document().version() < Version::V3_1;
        let target = schema.target();
        // Before 3.1 nothing counts beside a reference.
        if !(old && target.is_some()) {
            open.push((schema, true));
            if done & FLAT == 0 {
                open.extend(schema.list("allOf").into_iter().rev().map(|part| (part, false)));
            }
        }
        if done & FLAT == 0
            && let Some(Ok(target)) = target
        {
            open.push((target, false));
        }
    }
    flat
}

/// Whether a schema says anything beside what is settled.
fn says_more(schema: Schema<'_>, done: u8) -> bool {
    let Some(members) = schema.node().value().as_object() else { return true };
    members.keys().any(|key| match key.as_str() {
        "$ref" | "$dynamicRef" | "allOf" => done & FLAT == 0,
        "oneOf" => done & ONE_OF == 0,
        "anyOf" => done & ANY_OF == 0,
        "if" | "then" | "else" => done & CONDITION == 0,
        "description" | "title" | "summary" | "example" | "examples" | "nullable" | "xml" | "externalDocs"
        | "$schema" | "deprecated" | "$comment" | "default" => false,
        other => !other.starts_with("x-"),
    })
}

/// The types that keywords imply where none is said.
fn implied(flat: &[Part<'_>]) -> u8 {
    let has = |keys: &[&str]| flat.iter().any(|part| keys.iter().any(|key| part.schema.node().get(key).is_some()));
    if has(&["properties", "additionalProperties", "patternProperties", "required", "minProperties", "propertyNames"]) {
        kinds::OBJECT
    } else if has(&["items", "prefixItems", "minItems", "maxItems", "uniqueItems", "contains"]) {
        kinds::ARRAY
    } else if has(&["pattern", "minLength", "maxLength"]) {
        kinds::STRING
    } else if has(&["minimum", "maximum", "multipleOf", "exclusiveMinimum", "exclusiveMaximum"]) {
        kinds::NUMBER | kinds::INTEGER
    } else {
        kinds::ALL
    }
}

fn count(schema: Schema<'_>, key: &str) -> Option<usize> {
    let number = schema.node().value().get(key)?.as_number()?;
    let whole = Number::as_u64(number).or_else(|| {
        let float = number.as_f64().filter(|float| float.fract() == 0.0 && (0.0..9e15).contains(float))?;
        format!("{float:.0}").parse().ok()
    })?;
    usize::try_from(whole).ok()
}

fn last_segment(reference: &str) -> Option<&str> {
    reference.rsplit('/').next().filter(|name| !name.is_empty())
}
