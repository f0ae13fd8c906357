//! Schemas as rules a value can be held against, without plan or choice.
//!
//! Generation asks them all the time: whether an example may be served, whether one branch of `oneOf` excludes the others,
//! whether a repaired sum still fits. They read schemas as [`Schema::bundle`] translates them; the validator that judges
//! answers ([`crate::validate`]) is another program.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use serde_json::{Map, Number, Value};
use tracesnap_openapi::{Schema, Version};

use super::format::Claim;
use super::pattern::Pattern;

/// Types as bits.
pub(super) mod kinds {
    pub(in crate::generate) const NULL: u8 = 1;
    pub(in crate::generate) const BOOLEAN: u8 = 2;
    pub(in crate::generate) const INTEGER: u8 = 4;
    pub(in crate::generate) const NUMBER: u8 = 8;
    pub(in crate::generate) const STRING: u8 = 16;
    pub(in crate::generate) const ARRAY: u8 = 32;
    pub(in crate::generate) const OBJECT: u8 = 64;
    pub(in crate::generate) const ALL: u8 = 127;
}

/// A place in [`Rules`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct RuleId(u32);

#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Bound {
    pub(super) at: f64,
    pub(super) open: bool,
}

/// What one schema says, references to others kept as edges.
#[derive(Debug, Default)]
pub(super) struct Rule {
    /// `false`: nothing is right.
    pub(super) never: bool,
    pub(super) reference: Option<RuleId>,
    /// All else counts for values that are not `null`.
    pub(super) or_null: bool,
    /// Bits of [`kinds`]; [`kinds::ALL`] where nothing is said.
    pub(super) types: u8,
    pub(super) allowed: Option<Vec<Value>>,
    pub(super) low: Option<Bound>,
    pub(super) high: Option<Bound>,
    pub(super) multiple: Option<f64>,
    pub(super) least_letters: u64,
    pub(super) most_letters: Option<u64>,
    pub(super) pattern: Option<Arc<Pattern>>,
    pub(super) claim: Option<Claim>,
    pub(super) prefix: Vec<RuleId>,
    pub(super) items: Option<RuleId>,
    pub(super) least_items: u64,
    pub(super) most_items: Option<u64>,
    pub(super) unique: bool,
    pub(super) contains: Option<(RuleId, u64, Option<u64>)>,
    pub(super) properties: Vec<(Box<str>, RuleId)>,
    pub(super) pattern_properties: Vec<(Arc<Pattern>, RuleId)>,
    pub(super) additional: Option<RuleId>,
    pub(super) property_names: Option<RuleId>,
    pub(super) required: Vec<Box<str>>,
    pub(super) least_members: u64,
    pub(super) most_members: Option<u64>,
    pub(super) dependent: Vec<(Box<str>, RuleId)>,
    pub(super) all_of: Vec<RuleId>,
    pub(super) any_of: Vec<RuleId>,
    pub(super) one_of: Vec<RuleId>,
    pub(super) not: Option<RuleId>,
    pub(super) condition: Option<RuleId>,
    pub(super) then: Option<RuleId>,
    pub(super) otherwise: Option<RuleId>,
    pub(super) unevaluated_properties: Option<RuleId>,
    pub(super) unevaluated_items: Option<RuleId>,
}

/// The rules of a document's schemas, each once.
#[derive(Debug, Default)]
pub(super) struct Rules {
    list: Vec<Rule>,
    by_schema: HashMap<usize, RuleId>,
    patterns: HashMap<String, Arc<Pattern>>,
}

/// Steps of one question. What asks for more is not known to be right.
const MAX_STEPS: u32 = 200_000;
/// Schemas within each other while one value is looked at.
const MAX_DEPTH: u32 = 300;
/// From so many on it is looked whether they go round in a circle: few documents have as many, and each circle doubles the
/// work of one with two ways into it.
const SUSPICIOUS_DEPTH: u32 = 8;

impl Rules {
    pub(super) fn get(&self, id: RuleId) -> &Rule {
        &self.list[id.0 as usize]
    }

    pub(super) fn pattern(&mut self, text: &str) -> Arc<Pattern> {
        if let Some(known) = self.patterns.get(text) {
            return Arc::clone(known);
        }
        let pattern = Arc::new(Pattern::new(text));
        self.patterns.insert(text.to_owned(), Arc::clone(&pattern));
        pattern
    }

    /// The rule of a schema, and those of all it leads to.
    pub(super) fn of(&mut self, schema: Schema<'_>) -> RuleId {
        let mut open = VecDeque::new();
        let id = self.place(schema, &mut open);
        while let Some((id, schema)) = open.pop_front() {
            let rule = self.read(schema, &mut open);
            self.list[id.0 as usize] = rule;
        }
        id
    }

    fn place<'d>(&mut self, schema: Schema<'d>, open: &mut VecDeque<(RuleId, Schema<'d>)>) -> RuleId {
        *self.by_schema.entry(schema.identity()).or_insert_with(|| {
            let id = RuleId(u32::try_from(self.list.len()).expect("fewer schemas than bytes of a document"));
            self.list.push(Rule { types: kinds::ALL, ..Rule::default() });
            open.push_back((id, schema));
            id
        })
    }

    fn read<'d>(&mut self, schema: Schema<'d>, open: &mut VecDeque<(RuleId, Schema<'d>)>) -> Rule {
        let mut rule = Rule { types: kinds::ALL, ..Rule::default() };
        let node = schema.node();
        let Some(entries) = node.value().as_object() else {
            rule.never = node.value().as_bool() == Some(false);
            return rule;
        };
        let nullable = schema.is_nullable() && !schema.types().contains("null");
        if let Some(target) = schema.target() {
            rule.reference = target.ok().map(|target| self.place(target, open));
            if node.document().version() < Version::V3_1 {
                rule.or_null = schema.is_nullable();
                return rule;
            }
        }
        rule.types = types(schema, nullable);
        let single = |rules: &mut Self, key: &str, open: &mut VecDeque<_>| -> Option<RuleId> {
            let inner = schema.inner(key)?;
            Some(rules.place(inner, open))
        };
        let number = |key: &str| node.value().get(key).and_then(Value::as_number);
        let count = |key: &str| number(key).and_then(whole);
        rule.allowed = allowed(entries, nullable);
        (rule.low, rule.high) = bounds(schema);
        rule.multiple = number("multipleOf").and_then(Number::as_f64).filter(|multiple| *multiple > 0.0);
        rule.least_letters = count("minLength").unwrap_or(0);
        rule.most_letters = count("maxLength");
        rule.pattern = node.text("pattern").map(|text| self.pattern(text)).filter(|pattern| !pattern.is_broken());
        rule.claim = schema.format().and_then(Claim::of);
        rule.least_items = count("minItems").unwrap_or(0);
        rule.most_items = count("maxItems");
        rule.unique = node.value().get("uniqueItems") == Some(&Value::Bool(true));
        rule.least_members = count("minProperties").unwrap_or(0);
        rule.most_members = count("maxProperties");
        rule.required = match node.value().get("required") {
            Some(Value::Array(names)) => names.iter().filter_map(Value::as_str).map(Into::into).collect(),
            _ => Vec::new(),
        };
        for part in schema.list("prefixItems") {
            rule.prefix.push(self.place(part, open));
        }
        match node.value().get("items") {
            Some(Value::Array(_)) => {
                for part in schema.list("items") {
                    rule.prefix.push(self.place(part, open));
                }
            }
            Some(_) => rule.items = single(self, "items", open),
            None => {}
        }
        rule.contains = single(self, "contains", open)
            .map(|contains| (contains, count("minContains").unwrap_or(1), count("maxContains")));
        for (name, property) in schema.properties() {
            rule.properties.push((name.into(), self.place(property, open)));
        }
        rule.properties.sort_by(|one, other| one.0.cmp(&other.0));
        for (pattern, property) in schema.members("patternProperties") {
            let pattern = self.pattern(pattern);
            if !pattern.is_broken() {
                rule.pattern_properties.push((pattern, self.place(property, open)));
            }
        }
        for (name, dependent) in schema.members("dependentSchemas") {
            rule.dependent.push((name.into(), self.place(dependent, open)));
        }
        rule.additional = single(self, "additionalProperties", open);
        rule.property_names = single(self, "propertyNames", open);
        rule.unevaluated_properties = single(self, "unevaluatedProperties", open);
        rule.unevaluated_items = single(self, "unevaluatedItems", open);
        for part in schema.list("allOf") {
            rule.all_of.push(self.place(part, open));
        }
        for part in schema.list("anyOf") {
            rule.any_of.push(self.place(part, open));
        }
        for part in schema.list("oneOf") {
            rule.one_of.push(self.place(part, open));
        }
        rule.not = single(self, "not", open);
        rule.condition = single(self, "if", open);
        rule.then = single(self, "then", open);
        rule.otherwise = single(self, "else", open);
        rule.or_null = nullable && (!rule.all_of.is_empty() || rule.reference.is_some());
        rule
    }

    /// The members a schema knows, its parts included.
    pub(super) fn names<'r>(&'r self, id: RuleId, names: &mut Vec<&'r str>, depth: u32) {
        let rule = self.get(id);
        names.extend(rule.properties.iter().map(|(name, _)| &**name));
        if depth < 8 {
            rule.reference.iter().chain(&rule.all_of).for_each(|part| self.names(*part, names, depth + 1));
        }
    }

    /// Whether a value is what the schema says.
    pub(super) fn accepts(&self, id: RuleId, value: &Value) -> bool {
        Question { rules: self, steps: MAX_STEPS, circled: false, open: Vec::new() }.accepts(id, value, 0)
    }
}

/// What the types of a schema are, by its `type` alone.
fn types(schema: Schema<'_>, nullable: bool) -> u8 {
    let said = schema.types();
    if said.is_any() {
        return kinds::ALL;
    }
    let mut bits = 0;
    for name in said.iter() {
        bits |= match name {
            "null" => kinds::NULL,
            "boolean" => kinds::BOOLEAN,
            "integer" => kinds::INTEGER,
            "number" => kinds::NUMBER | kinds::INTEGER,
            "string" => kinds::STRING,
            "array" => kinds::ARRAY,
            _ => kinds::OBJECT,
        };
    }
    if nullable { bits | kinds::NULL } else { bits }
}

/// `const` and `enum` as one list.
fn allowed(entries: &Map<String, Value>, nullable: bool) -> Option<Vec<Value>> {
    let mut listed = match entries.get("enum") {
        Some(Value::Array(values)) if !values.is_empty() => Some(values.clone()),
        _ => None,
    };
    if let Some(values) = &mut listed
        && nullable
        && !values.contains(&Value::Null)
    {
        values.push(Value::Null);
    }
    match (entries.get("const"), listed) {
        (Some(constant), None) => Some(vec![constant.clone()]),
        (Some(constant), Some(values)) => {
            Some(if values.iter().any(|value| same(value, constant)) { vec![constant.clone()] } else { Vec::new() })
        }
        (None, listed) => listed,
    }
}

fn bounds(schema: Schema<'_>) -> (Option<Bound>, Option<Bound>) {
    let node = schema.node();
    let number = |key: &str| node.value().get(key).and_then(Value::as_f64);
    let flag = |key: &str| node.flag(key) == Some(true);
    let opened = |at| Bound { at, open: true };
    let mut low = number("minimum").map(|at| Bound { at, open: flag("exclusiveMinimum") });
    if let Some(at) = number("exclusiveMinimum") {
        low = Some(low.filter(|low| low.at > at).unwrap_or(opened(at)));
    }
    let mut high = number("maximum").map(|at| Bound { at, open: flag("exclusiveMaximum") });
    if let Some(at) = number("exclusiveMaximum") {
        high = Some(high.filter(|high| high.at < at).unwrap_or(opened(at)));
    }
    (low, high)
}

/// Numbers are compared by value: `1.0` is `1`.
pub(super) fn same(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::Number(one), Value::Number(other)) => one == other || one.as_f64() == other.as_f64(),
        (Value::Array(one), Value::Array(other)) => {
            one.len() == other.len() && one.iter().zip(other).all(|(one, other)| same(one, other))
        }
        (Value::Object(one), Value::Object(other)) => {
            one.len() == other.len()
                && one.iter().all(|(name, value)| other.get(name).is_some_and(|other| same(value, other)))
        }
        _ => one == other,
    }
}

/// A count, also where somebody wrote `10.0`.
fn whole(number: &Number) -> Option<u64> {
    number.as_u64().or_else(|| {
        let float = number.as_f64().filter(|float| float.fract() == 0.0 && (0.0..9e15).contains(float))?;
        format!("{float:.0}").parse().ok()
    })
}

struct Question<'r> {
    rules: &'r Rules,
    steps: u32,
    /// A schema was met that is itself by reference.
    circled: bool,
    /// What is being asked just now, from the suspicious depth on, with the values by their places.
    open: Vec<(RuleId, *const Value)>,
}

impl Question<'_> {
    fn accepts(&mut self, id: RuleId, value: &Value, depth: u32) -> bool {
        let Some(steps) = self.steps.checked_sub(1) else { return false };
        self.steps = steps;
        let is_suspicious = depth > SUSPICIOUS_DEPTH;
        let asked = (id, std::ptr::from_ref(value));
        // Those of one value stand together, the innermost value's last.
        let circles = |open: &[(RuleId, *const Value)]| {
            open.iter().rev().take_while(|(_, at)| std::ptr::eq(*at, value)).any(|open| *open == asked)
        };
        // A schema that is itself by reference says nothing more.
        if depth > MAX_DEPTH || is_suspicious && circles(&self.open) {
            self.circled = true;
            return true;
        }
        if !is_suspicious {
            return self.fits(id, value, depth + 1);
        }
        self.open.push(asked);
        let fits = self.fits(id, value, depth + 1);
        self.open.pop();
        fits
    }

    fn fits(&mut self, id: RuleId, value: &Value, depth: u32) -> bool {
        let rule = &self.rules.list[id.0 as usize];
        if rule.never {
            return false;
        }
        if rule.or_null && value.is_null() {
            return true;
        }
        if rule.reference.is_some_and(|target| !self.accepts(target, value, depth)) {
            return false;
        }
        if rule.types != kinds::ALL && kind_of(value) & rule.types == 0 {
            return false;
        }
        if rule.allowed.as_ref().is_some_and(|allowed| !allowed.iter().any(|one| same(one, value))) {
            return false;
        }
        let right = match value {
            Value::Number(number) => number_fits(rule, number),
            Value::String(text) => text_fits(rule, text, value),
            Value::Array(items) => self.items_fit(rule, items, depth),
            Value::Object(members) => self.members_fit(rule, members, value, depth),
            Value::Null | Value::Bool(_) => true,
        };
        right && self.parts_fit(rule, value, depth)
    }

    fn parts_fit(&mut self, rule: &Rule, value: &Value, depth: u32) -> bool {
        if !rule.all_of.iter().all(|part| self.accepts(*part, value, depth)) {
            return false;
        }
        if !rule.any_of.is_empty() && !rule.any_of.iter().any(|part| self.accepts(*part, value, depth)) {
            return false;
        }
        if !rule.one_of.is_empty() {
            let mut fitting = 0;
            for part in &rule.one_of {
                fitting += u32::from(self.accepts(*part, value, depth));
                if fitting > 1 {
                    return false;
                }
            }
            if fitting != 1 || self.circled && rule.one_of.len() > 1 {
                return false;
            }
        }
        // What is so unless it is so can be nothing.
        if rule.not.is_some_and(|not| self.accepts(not, value, depth) || self.circled) {
            return false;
        }
        if let Some(condition) = rule.condition {
            let holds = self.accepts(condition, value, depth);
            if self.circled {
                return false;
            }
            let then = if holds { rule.then } else { rule.otherwise };
            if then.is_some_and(|then| !self.accepts(then, value, depth)) {
                return false;
            }
        }
        true
    }

    fn items_fit(&mut self, rule: &Rule, items: &[Value], depth: u32) -> bool {
        let count = items.len() as u64;
        if count < rule.least_items || rule.most_items.is_some_and(|most| count > most) {
            return false;
        }
        if rule.unique && !unique(items) {
            return false;
        }
        for (at, item) in items.iter().enumerate() {
            let by = rule.prefix.get(at).copied().or(rule.items);
            if by.is_some_and(|by| !self.accepts(by, item, depth)) {
                return false;
            }
            if by.is_none() && rule.unevaluated_items.is_some_and(|by| !self.accepts(by, item, depth)) {
                return false;
            }
        }
        if let Some((contains, least, most)) = rule.contains {
            let fitting = items.iter().filter(|item| self.accepts(contains, item, depth)).count() as u64;
            if fitting < least || most.is_some_and(|most| fitting > most) {
                return false;
            }
        }
        true
    }

    fn members_fit(&mut self, rule: &Rule, members: &Map<String, Value>, value: &Value, depth: u32) -> bool {
        let count = members.len() as u64;
        if count < rule.least_members || rule.most_members.is_some_and(|most| count > most) {
            return false;
        }
        if !rule.required.iter().all(|name| members.contains_key(&**name)) {
            return false;
        }
        let plain = rule.properties.is_empty()
            && rule.pattern_properties.is_empty()
            && rule.additional.is_none()
            && rule.property_names.is_none()
            && rule.unevaluated_properties.is_none();
        if !plain {
            for (name, member) in members {
                let mut known = false;
                if let Ok(at) = rule.properties.binary_search_by(|(known, _)| (**known).cmp(name)) {
                    known = true;
                    if !self.accepts(rule.properties[at].1, member, depth) {
                        return false;
                    }
                }
                let text = (!rule.pattern_properties.is_empty() || rule.property_names.is_some())
                    .then(|| Value::String(name.clone()));
                if let Some(text) = &text {
                    for (pattern, by) in &rule.pattern_properties {
                        if pattern.accepts(text) {
                            known = true;
                            if !self.accepts(*by, member, depth) {
                                return false;
                            }
                        }
                    }
                    if rule.property_names.is_some_and(|by| !self.accepts(by, text, depth)) {
                        return false;
                    }
                }
                if !known && rule.additional.is_some_and(|by| !self.accepts(by, member, depth)) {
                    return false;
                }
                if let Some(by) = rule.unevaluated_properties
                    && !known
                    && rule.additional.is_none()
                    && !self.evaluates(rule, name, value, depth)
                    && !self.accepts(by, member, depth)
                {
                    return false;
                }
            }
        }
        rule.dependent.iter().all(|(name, by)| !members.contains_key(&**name) || self.accepts(*by, value, depth))
    }

    /// Whether one of the schemas that hold beside `rule` knows a member.
    fn evaluates(&mut self, rule: &Rule, name: &str, value: &Value, depth: u32) -> bool {
        let Some(steps) = self.steps.checked_sub(1).filter(|_| depth <= MAX_DEPTH) else { return false };
        self.steps = steps;
        let rules = self.rules;
        let parts = rule.reference.iter().chain(&rule.all_of).chain(&rule.any_of).chain(&rule.one_of);
        let conditional = [rule.condition, rule.then, rule.otherwise].into_iter().flatten();
        let dependent = rule.dependent.iter().map(|(_, by)| *by);
        for part in parts.copied().chain(conditional).chain(dependent) {
            let inner = &rules.list[part.0 as usize];
            let knows = inner.properties.binary_search_by(|(known, _)| (**known).cmp(name)).is_ok()
                || inner.additional.is_some()
                || inner.unevaluated_properties.is_some()
                || inner.pattern_properties.iter().any(|(pattern, _)| pattern.accepts(&Value::from(name)))
                || self.evaluates(inner, name, value, depth + 1);
            if knows && self.accepts(part, value, depth) {
                return true;
            }
        }
        false
    }
}

fn kind_of(value: &Value) -> u8 {
    match value {
        Value::Null => kinds::NULL,
        Value::Bool(_) => kinds::BOOLEAN,
        Value::Number(number) => {
            let whole = number.is_i64() || number.is_u64() || number.as_f64().is_some_and(|float| float.fract() == 0.0);
            if whole { kinds::INTEGER } else { kinds::NUMBER }
        }
        Value::String(_) => kinds::STRING,
        Value::Array(_) => kinds::ARRAY,
        Value::Object(_) => kinds::OBJECT,
    }
}

fn number_fits(rule: &Rule, number: &Number) -> bool {
    let Some(value) = number.as_f64() else { return false };
    let above = rule.low.is_none_or(|low| if low.open { value > low.at } else { value >= low.at });
    let below = rule.high.is_none_or(|high| if high.open { value < high.at } else { value <= high.at });
    above && below && rule.multiple.is_none_or(|multiple| is_multiple(value, multiple))
}

pub(super) fn is_multiple(value: f64, of: f64) -> bool {
    let ratio = value / of;
    ratio.is_finite() && (ratio - ratio.round()).abs() <= 1e-9 * ratio.abs().max(1.0)
}

fn text_fits(rule: &Rule, text: &str, value: &Value) -> bool {
    if rule.least_letters > 0 || rule.most_letters.is_some() {
        let letters = text.chars().count() as u64;
        if letters < rule.least_letters || rule.most_letters.is_some_and(|most| letters > most) {
            return false;
        }
    }
    rule.claim.is_none_or(|claim| claim.accepts(value))
        && rule.pattern.as_ref().is_none_or(|pattern| pattern.accepts(value))
}

pub(super) fn unique(items: &[Value]) -> bool {
    items.iter().enumerate().all(|(at, item)| !items[..at].iter().any(|before| same(before, item)))
}
