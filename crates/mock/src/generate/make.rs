//! Follows a plan and makes a value.
//!
//! What is made by a plan that may break its own rules (`oneOf`, `not`, …) is held against them, and made again another
//! way, and at last with nothing but what is required. Depth, size and tries have bounds, whatever the document says.

use std::cell::OnceCell;

use serde_json::{Map, Value};

use super::Quality;
use super::dice::{Dice, hash, mix};
use super::entity::{Entity, is_person};
use super::generator::Given;
use super::meaning::{Meaning, PageRole};
use super::plan::{ArrayPlan, LEVELS, NEVER, Node, NodeId, ObjectPlan, Plans, Prop};
use super::rules::{RuleId, kinds, same};
use super::spoken::{Side, Spoken};
use super::{number, reach, relations, text};

/// Objects and arrays within each other.
const MAX_DEPTH: u32 = 40;
/// Plans that are followed within each other, those of choices included: circles without a value in between end here.
const MAX_TRAIL: usize = 140;
/// Values of one answer. Required ones are made beyond, up to [`MAX_VALUES`].
const VALUES: u32 = 4_000;
/// Values of one answer, the required ones included.
const MAX_VALUES: u32 = 100_000;
/// Second tries of one answer, in all its places.
const MAX_TRIES: u32 = 200;
/// Reasons that are told.
const MAX_REASONS: usize = 20;

/// Names of free members.
const KEYS: [&str; 8] = ["source", "team", "region", "channel", "environment", "campaign", "owner", "priority"];

/// How an answer is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Style {
    pub(super) quality: Quality,
    /// For a request: what only an answer has is left out.
    pub(super) request: bool,
    /// Nothing but what is required.
    pub(super) minimal: bool,
    /// Where nothing satisfies a schema, something like it is made, and said so.
    pub(super) lenient: bool,
}

/// A value that must appear.
pub(super) struct Fixed<'g> {
    /// Of its name, singular, with spaces between.
    words: Box<str>,
    value: &'g Value,
    name: &'g str,
}

impl<'g> Fixed<'g> {
    pub(super) fn all(given: &'g Given) -> Vec<Self> {
        let fixed = given.fixed.iter();
        fixed.map(|(name, value)| Self { words: Spoken::of(name).words, value, name }).collect()
    }
}

pub(super) struct Maker<'m> {
    pub(super) plans: &'m Plans,
    pub(super) style: Style,
    pub(super) given: &'m Given,
    pub(super) fixed: &'m [Fixed<'m>],
    pub(super) reasons: Vec<String>,
    tries: u32,
    values: u32,
    trail: Vec<NodeId>,
    /// Which way was gone last.
    way: usize,
}

/// The place a value is made for.
#[derive(Clone, Copy)]
struct At<'a> {
    entity: &'a Entity<'a>,
    seed: u64,
    meaning: Meaning,
    name: &'a str,
    spoken: &'a Spoken,
    levels: usize,
    depth: u32,
    /// Whether what was given is about the object here.
    asked: Asked,
    /// Whether the entity is the object here, and not what it is a member of.
    own: bool,
    /// How many were made before it for the same list.
    turn: u64,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Asked {
    /// It is what was asked for.
    This,
    /// It is one of a list that was asked for.
    Member,
    No,
}

impl<'m> Maker<'m> {
    pub(super) fn new(plans: &'m Plans, style: Style, given: &'m Given, fixed: &'m [Fixed<'m>]) -> Self {
        Self { plans, style, given, fixed, reasons: Vec::new(), tries: MAX_TRIES, values: 0, trail: Vec::new(), way: 0 }
    }

    /// A value of a plan; `None` where nothing satisfies it.
    pub(super) fn value(&mut self, id: NodeId, entity: &Entity<'_>, name: &str) -> Option<Value> {
        let node = self.plans.node(id);
        let room = match self.style.quality {
            Quality::Basic => 60,
            Quality::Realistic | Quality::Exact => 260,
            Quality::Production => 420,
        };
        let levels = (1..LEVELS).rev().find(|level| node.sizes[*level] <= room).unwrap_or(1);
        let levels = if levels < 2 && node.sizes[2.min(LEVELS - 1)] <= room * 3 { 2 } else { levels };
        let meaning = if name.is_empty() { Meaning::Plain } else { Meaning::of(name, None, self.spoken_of(id)) };
        let spoken = Spoken::of(name);
        let at = At {
            entity,
            seed: entity.seed,
            meaning,
            name,
            spoken: &spoken,
            levels,
            depth: 0,
            asked: Asked::This,
            own: true,
            turn: 0,
        };
        self.make(id, at)
    }

    /// Puts what was given into a value somebody else made, where it has such members.
    pub(super) fn put_given(&mut self, id: NodeId, value: &mut Value, subject: &str) {
        let plans = self.plans;
        let node = spoken_of(plans, id);
        let Value::Object(members) = value else { return };
        let known =
            |name: &str| node.object.as_ref().is_some_and(|object| object.props.iter().any(|prop| *prop.name == *name));
        put_unplanned(members, known, self.given, self.fixed, subject);
        let Some(object) = &node.object else { return };
        let entity = Entity::root(0, subject, "", 0);
        let at = At {
            entity: &entity,
            seed: 0,
            meaning: Meaning::Plain,
            name: "",
            spoken: &Spoken::default(),
            levels: 0,
            depth: 0,
            asked: Asked::This,
            own: true,
            turn: 0,
        };
        for prop in &object.props {
            let Some(member) = members.get_mut(&*prop.name) else { continue };
            if let Some(given) = self.given_for(prop, at, &entity) {
                *member = given;
            } else if prop.spoken.side == Side::Envelope && member.is_object() {
                self.put_given(prop.node, member, subject);
            }
        }
    }

    /// The plan that says what kind of value it is: beyond lists and choices.
    fn spoken_of(&self, id: NodeId) -> &'m Node {
        spoken_of(self.plans, id)
    }

    fn fail(&mut self, at: At<'_>, why: &str) {
        if self.reasons.len() < MAX_REASONS {
            let name = if at.name.is_empty() { "the value" } else { at.name };
            self.reasons.push(format!("{name}: {why}"));
        }
    }

    fn make(&mut self, id: NodeId, at: At<'_>) -> Option<Value> {
        let plans = self.plans;
        let node = plans.node(id);
        self.values += 1;
        if node.least == NEVER
            || (node.doomed && !self.style.lenient)
            || self.values > MAX_VALUES
            || at.depth + node.least.min(MAX_DEPTH) > MAX_DEPTH + 2
        {
            let why = if node.least == NEVER || node.doomed {
                "nothing satisfies its schema"
            } else {
                "its smallest value is too large"
            };
            self.fail(at, why);
            if !self.style.lenient || at.depth > 2 {
                return None;
            }
            // A required member of its own kind, all the way down, has no end.
            if node.object.is_none() {
                let plain = node.choice.is_none() && node.array.is_none();
                return plain.then(|| Value::String(text::anyway(node, at.meaning, at.entity, at.seed)));
            }
        }
        if node.null && self.is_null(node, at) {
            return Some(Value::Null);
        }
        let retried = node.check || node.choice.as_ref().is_some_and(|choice| choice.exactly.is_some());
        if !retried {
            return self.build(id, node, at, 0);
        }
        let exactly = node.choice.as_ref().and_then(|choice| choice.exactly);
        let mut first = None;
        for attempt in 0..10u64 {
            if attempt == 2
                && let (Some(rule), Some((made, way))) = (exactly, &mut first)
                && self.tell_apart(rule, *way, made)
                && self.holds(id, node, made)
            {
                return first.map(|(made, _)| made);
            }
            let style = self.style;
            if attempt >= 6 {
                self.style.minimal = true;
            }
            let again = At { seed: if attempt == 0 { at.seed } else { mix(at.seed, attempt) }, ..at };
            let made = self.build(id, node, again, attempt);
            self.style = style;
            if let Some(mut made) = made {
                if self.holds(id, node, &made) {
                    return Some(made);
                }
                let way = self.way;
                if attempt >= 2
                    && exactly.is_some_and(|rule| self.tell_apart(rule, way, &mut made))
                    && self.holds(id, node, &made)
                {
                    return Some(made);
                }
                first.get_or_insert((made, way));
            }
            if self.tries == 0 {
                break;
            }
            self.tries -= 1;
        }
        if node.null {
            return Some(Value::Null);
        }
        let example = node.examples.first().cloned();
        if example.is_some() {
            return example;
        }
        if first.is_some() {
            self.fail(at, "no value was found that keeps to all of its schema");
        }
        first.filter(|_| self.style.lenient).map(|(made, _)| made)
    }

    /// Where every value of one way is one of another, too: a member that the other way knows gets a value that only the
    /// first one takes.
    fn tell_apart(&self, rule: RuleId, way: usize, value: &mut Value) -> bool {
        let rules = &self.plans.rules;
        let ways = &rules.get(rule).one_of;
        let Some(own) = ways.get(way).copied().filter(|own| rules.accepts(*own, value)) else { return false };
        for other in ways.iter().copied().filter(|way| *way != own) {
            if !rules.accepts(other, value) {
                continue;
            }
            let mut names = Vec::new();
            rules.names(other, &mut names, 0);
            'names: for name in names {
                for odd in [Value::Null, Value::Bool(false), Value::from(""), Value::from(0)] {
                    let Value::Object(members) = &mut *value else { return false };
                    if members.contains_key(name) {
                        continue 'names;
                    }
                    members.insert(name.to_owned(), odd);
                    if rules.accepts(own, value) && !rules.accepts(other, value) {
                        break 'names;
                    }
                    if let Value::Object(members) = &mut *value {
                        members.shift_remove(name);
                    }
                }
            }
        }
        rules.accepts(rule, value)
    }

    /// Whether what was made keeps to the rules that making it could not guarantee.
    fn holds(&self, id: NodeId, node: &Node, value: &Value) -> bool {
        let exactly = node.choice.as_ref().and_then(|choice| choice.exactly);
        exactly.is_none_or(|rule| self.plans.rules.accepts(rule, value))
            && (!node.check || self.plans.accepts(id, value))
    }

    fn is_null(&self, node: &Node, at: At<'_>) -> bool {
        let nothing_else = node.kinds == 0 && node.choice.is_none()
            || node.values.as_ref().is_some_and(|values| values.iter().all(Value::is_null));
        if nothing_else && node.values.is_none() && node.choice.is_none() {
            return true;
        }
        if nothing_else && node.values.is_some() {
            return true;
        }
        if self.is_far(at) && node.object.is_some() {
            return true;
        }
        match self.style.quality {
            Quality::Production => Dice::new(mix(at.seed, 91)).percent(7) && at.depth > 0 && at.meaning != Meaning::Id,
            // What has not happened yet.
            Quality::Realistic | Quality::Exact => {
                matches!(at.meaning, Meaning::Time(95)) || at.meaning == Meaning::Error
            }
            Quality::Basic => false,
        }
    }

    fn is_far(&self, at: At<'_>) -> bool {
        at.levels == 0 || self.values > VALUES
    }

    fn build(&mut self, id: NodeId, node: &'m Node, at: At<'_>, attempt: u64) -> Option<Value> {
        if let Some(values) = &node.values {
            return Self::one_of(values, at);
        }
        if node.choice.is_some() {
            return self.choose(id, node, at, attempt);
        }
        let kind = self.kind(node, at, attempt);
        match kind {
            kinds::OBJECT => self.object(id, node.object.as_ref()?, node, at),
            kinds::ARRAY => self.array(id, node.array.as_ref()?, at),
            kinds::STRING => {
                text::write(node, at.meaning, at.entity, at.seed, at.turn).map(Value::String).or_else(|| {
                    self.fail(at, "no text was found that keeps to pattern, format and length");
                    self.style.lenient.then(|| Value::String(text::anyway(node, at.meaning, at.entity, at.seed)))
                })
            }
            kinds::INTEGER | kinds::NUMBER => number::write(node, at.meaning, at.entity, at.seed).or_else(|| {
                self.fail(at, "no number lies within its bounds");
                self.style.lenient.then(|| Value::from(1))
            }),
            kinds::BOOLEAN => Some(Value::Bool(self.flag(node, at))),
            _ if node.null => Some(Value::Null),
            _ => {
                self.fail(at, "nothing satisfies its schema");
                None
            }
        }
    }

    /// One of the listed values: the one that agrees with the rest, where facts say which.
    fn one_of(values: &[Value], at: At<'_>) -> Option<Value> {
        let count = values.iter().filter(|value| !value.is_null()).count();
        if count == 0 {
            return values.first().cloned();
        }
        let fact = match at.meaning {
            Meaning::Currency => Some(at.entity.money),
            Meaning::Country | Meaning::CountryCode | Meaning::Language | Meaning::Locale | Meaning::TimeZone => {
                Some(at.entity.place)
            }
            Meaning::Gender => Some(at.entity.person),
            _ => None,
        };
        if fact.is_some()
            && let Some(text) = at.entity.text(at.meaning, at.seed)
            && let Some(told) =
                values.iter().find(|value| value.as_str().is_some_and(|value| value.eq_ignore_ascii_case(&text)))
        {
            return Some(told.clone());
        }
        let chosen = Dice::new(mix(fact.unwrap_or(at.seed), 92)).index(count);
        values.iter().filter(|value| !value.is_null()).nth(chosen).cloned()
    }

    fn flag(&self, node: &Node, at: At<'_>) -> bool {
        let mut dice = Dice::new(mix(at.seed, 93));
        match at.meaning {
            Meaning::Flag(usual) => usual == dice.percent(85),
            Meaning::Page(PageRole::More | PageRole::Earlier) => false,
            _ => node.examples.iter().find_map(Value::as_bool).unwrap_or_else(|| dice.percent(60)),
        }
    }

    /// Which of its types is made.
    fn kind(&self, node: &Node, at: At<'_>, attempt: u64) -> u8 {
        let one = |bit: u8| node.kinds & bit != 0;
        if node.kinds.is_power_of_two() {
            return node.kinds;
        }
        if node.kinds == kinds::INTEGER | kinds::NUMBER {
            return kinds::NUMBER;
        }
        let numeric = matches!(
            at.meaning,
            Meaning::Money
                | Meaning::Count
                | Meaning::Quantity
                | Meaning::Latitude
                | Meaning::Longitude
                | Meaning::Percent
        );
        let example = node.examples.iter().find_map(|example| match example {
            Value::Bool(_) => Some(kinds::BOOLEAN),
            Value::Number(_) => Some(kinds::NUMBER),
            Value::String(_) => Some(kinds::STRING),
            Value::Array(_) => Some(kinds::ARRAY),
            Value::Object(_) => Some(kinds::OBJECT),
            Value::Null => None,
        });
        // An object or a list says nothing without a plan of its own.
        let composed = |bit| !node.untyped && one(bit) && at.levels > 0;
        let order = [
            example.filter(|kind| !matches!(*kind, kinds::ARRAY | kinds::OBJECT) || composed(*kind)).unwrap_or(0),
            if composed(kinds::OBJECT) && node.object.as_ref().is_some_and(|object| !object.props.is_empty()) {
                kinds::OBJECT
            } else {
                0
            },
            if numeric { kinds::NUMBER } else { 0 },
            kinds::STRING,
            kinds::INTEGER,
            kinds::NUMBER,
            kinds::BOOLEAN,
            kinds::ARRAY,
            kinds::OBJECT,
        ];
        let possible: Vec<u8> = order
            .into_iter()
            .filter(|bit| one(*bit) || *bit == kinds::NUMBER && one(kinds::INTEGER))
            .map(|bit| if bit == kinds::NUMBER && !one(kinds::NUMBER) { kinds::INTEGER } else { bit })
            .collect();
        let at = usize::try_from(attempt).unwrap_or(0) % possible.len().max(1);
        possible.get(at).copied().unwrap_or(0)
    }

    fn choose(&mut self, id: NodeId, node: &'m Node, at: At<'_>, attempt: u64) -> Option<Value> {
        let choice = node.choice.as_ref()?;
        let plans = self.plans;
        if self.trail.len() > MAX_TRAIL || self.trail.iter().filter(|before| **before == id).count() > 6 {
            if !node.null {
                self.fail(at, "it is a choice of itself");
            }
            return node.null.then_some(Value::Null);
        }
        let lenient = self.style.lenient;
        let real = |option: &NodeId| {
            let node = plans.node(*option);
            let nothing = node.null && node.kinds == 0 && node.choice.is_none() && node.values.is_none();
            !nothing && (lenient || node.least != NEVER && !node.doomed)
        };
        let mut options: Vec<NodeId> = choice.options.iter().copied().filter(real).collect();
        if options.is_empty() {
            return node.null.then_some(Value::Null);
        }
        let far = self.is_far(at) || self.style.minimal || self.trail.contains(&id);
        if far || self.style.quality == Quality::Basic {
            options.sort_by_key(|option| (self.trail.contains(option), plans.node(*option).least));
        } else {
            let start = Dice::new(mix(at.entity.seed ^ hash(at.name), 94)).index(options.len());
            options.rotate_left(start);
            options.sort_by_key(|option| self.trail.contains(option));
        }
        let skip = usize::try_from(attempt).unwrap_or(0) % options.len();
        options.rotate_left(skip);
        let at = At { levels: at.levels.saturating_sub(usize::from(at.depth > 0)), ..at };
        let before = self.reasons.len();
        for option in options.iter().take(4) {
            self.trail.push(id);
            let made = self.make(*option, at);
            self.trail.pop();
            if made.is_some() {
                self.reasons.truncate(before);
                self.way = choice.options.iter().position(|known| known == option).unwrap_or(0);
                return made;
            }
        }
        None
    }

    fn array(&mut self, id: NodeId, plan: &'m ArrayPlan, at: At<'_>) -> Option<Value> {
        let plans = self.plans;
        let mut dice = Dice::new(mix(at.seed, 95));
        let deep =
            plan.items.is_some_and(|items| reach::is_deep(&plans.nodes, items) || plans.node(items).object.is_some());
        let again = plan.items.is_some_and(|items| self.trail.contains(&items));
        let usual = match self.style.quality {
            _ if self.style.minimal => 0,
            Quality::Basic => i64::from(at.depth <= 1),
            Quality::Realistic | Quality::Exact => dice.between(2, 3),
            // A list is sometimes empty, and sometimes long.
            Quality::Production if at.depth > 1 && dice.percent(8) => 0,
            Quality::Production => dice.between(2, if at.depth <= 1 { 5 } else { 4 }),
        };
        let usual = if (self.is_far(at) && deep) || again || self.trail.len() > 24 {
            0
        } else {
            usize::try_from(usual).unwrap_or(0)
        };
        let usual =
            usual.max(if self.style.minimal { 0 } else { plan.prefix.len().min(plan.most.unwrap_or(usize::MAX)) });
        let distinct = plan.items.and_then(|items| plans.node(items).values.as_ref()).map_or(usize::MAX, Vec::len);
        let usual = usual.min(distinct);
        let contained = plan.contains.map_or(0, |(_, least)| least);
        let count = usual.max(plan.least).max(contained.min(1_000)).min(plan.most.unwrap_or(usize::MAX));
        if count > MAX_VALUES as usize {
            self.fail(at, "its shortest list is too long");
            return None;
        }
        let mut items: Vec<Value> = Vec::with_capacity(count.min(64));
        let subject = self.subject_of(plan, at);
        self.trail.push(id);
        let mut failed = false;
        'items: for place in 0..count {
            let item = match (plan.prefix.get(place), plan.contains) {
                (Some(prefix), _) => Some(*prefix),
                (None, Some((contains, least))) if place < plan.prefix.len() + least => Some(contains),
                _ => plan.items,
            };
            // Scalars twice in a list look odd, whether they may or not.
            let attempts = if plan.unique { 24 } else { 3 };
            for attempt in 0..attempts {
                let seed = mix(mix(at.seed, place as u64 + 1), attempt);
                let Some(item) = item else {
                    items.push(at.entity.text(Meaning::Word, seed).map_or(Value::Null, Value::String));
                    continue 'items;
                };
                let composed = reach::is_deep(&plans.nodes, item);
                let turn = place as u64 + attempt;
                // The second address of somebody is that of somebody else.
                let entity = (composed || turn > 0)
                    .then(|| at.entity.child(seed, if composed { &subject } else { at.entity.subject }));
                let member = At {
                    entity: entity.as_ref().unwrap_or(at.entity),
                    own: composed,
                    turn,
                    seed,
                    name: at.name,
                    spoken: at.spoken,
                    meaning: at.meaning,
                    levels: at.levels.saturating_sub(1),
                    depth: at.depth + 1,
                    asked: if at.asked == Asked::This { Asked::Member } else { Asked::No },
                };
                let Some(made) = self.item(item, member, place, attempt) else {
                    failed = items.len() < plan.least;
                    break 'items;
                };
                let twice = items.iter().any(|before| same(before, &made));
                if !twice || !plan.unique && (attempt + 1 == attempts || made.is_object() || made.is_boolean()) {
                    items.push(made);
                    continue 'items;
                }
            }
            // No other one was found: the list ends here, if it may.
            if plan.unique && items.len() < plan.least {
                self.fail(at, "there are too few different items for its list");
                failed = true;
            }
            break;
        }
        self.trail.pop();
        (!failed).then_some(Value::Array(items))
    }

    /// What the items of a list are.
    fn subject_of(&self, plan: &ArrayPlan, at: At<'_>) -> String {
        let named = plan.items.and_then(|items| self.plans.node(items).name.as_deref());
        match &self.given.subject {
            Some(subject) if at.asked == Asked::This && (at.depth <= 1 || at.spoken.side == Side::Envelope) => {
                subject.clone()
            }
            _ => match named {
                Some(name) if is_person(name) => name.to_owned(),
                name => thing(at.spoken, name.unwrap_or(at.entity.subject)),
            },
        }
    }

    fn item(&mut self, id: NodeId, at: At<'_>, place: usize, attempt: u64) -> Option<Value> {
        let node = self.plans.node(id);
        // Listed values come in their order, so that each comes once.
        if let Some(values) = node.values.as_ref().filter(|values| values.len() > 1) {
            let start = Dice::new(mix(at.entity.seed, 96)).index(values.len());
            let one = &values[(start + place + usize::try_from(attempt).unwrap_or(0)) % values.len()];
            if !one.is_null() {
                return Some(one.clone());
            }
        }
        self.make(id, at)
    }

    fn object(&mut self, id: NodeId, plan: &'m ObjectPlan, node: &'m Node, at: At<'_>) -> Option<Value> {
        let own;
        let subject;
        let (entity, asked) = if at.own && at.entity.id.get().is_none() {
            (at.entity, at.asked)
        } else if at.own {
            // It is made again, with an id of its own.
            own = Entity { id: OnceCell::new(), ..at.entity.aspect(at.entity.seed) };
            (&own, at.asked)
        } else if at.spoken.side != Side::Other {
            let aspect = at.entity.aspect(mix(at.entity.seed, hash(at.name)));
            // A side that has an id is told by that, and not by the one of the thing.
            let identified = plan.props.iter().any(|prop| prop.meaning == Meaning::Id);
            own = if identified { Entity { id: OnceCell::new(), ..aspect } } else { aspect };
            (&own, if at.spoken.side == Side::Envelope { at.asked } else { Asked::No })
        } else {
            subject = match node.name.as_deref() {
                Some(name) if is_person(name) => name.to_owned(),
                name => thing(at.spoken, name.unwrap_or_default()),
            };
            own = at.entity.child(at.seed, &subject);
            let about = self.given.subject.as_deref().is_some_and(|about| subject.ends_with(about));
            (&own, if about { at.asked } else { Asked::No })
        };
        self.trail.push(id);
        let made = self.members(plan, entity, At { entity, asked, own: false, ..at });
        self.trail.pop();
        made
    }

    fn members(&mut self, plan: &'m ObjectPlan, entity: &Entity<'_>, at: At<'_>) -> Option<Value> {
        let plans = self.plans;
        let seed_of = |prop: &Prop| mix(at.seed, prop.hash);
        let most = plan.most.unwrap_or(usize::MAX);
        let required = plan.props.iter().filter(|prop| prop.required).count();
        let mut room = most.saturating_sub(required);
        let mut early: Vec<(usize, Value)> = Vec::new();
        // Ids come first: others hold them.
        for (place, prop) in plan.props.iter().enumerate() {
            if prop.meaning == Meaning::Id
                && (prop.required || self.wants(plan, prop, at, place))
                && (prop.required || room > 0)
            {
                let inner = At {
                    seed: seed_of(prop),
                    meaning: prop.meaning,
                    name: &prop.name,
                    spoken: &prop.spoken,
                    depth: at.depth + 1,
                    levels: at.levels.saturating_sub(1),
                    asked: Asked::No,
                    ..at
                };
                let made = self.given_for(prop, at, entity).or_else(|| self.make(prop.node, inner));
                let Some(made) = made else {
                    if prop.required {
                        return None;
                    }
                    continue;
                };
                let text = match &made {
                    Value::String(text) => Some(text.as_str().into()),
                    Value::Number(number) => Some(number.to_string().into()),
                    _ => None,
                };
                if let Some(text) = text {
                    let _ = entity.id.set(text);
                }
                early.push((place, made));
            }
        }
        let mut members = Map::with_capacity(plan.props.len());
        let mut early = early.into_iter().peekable();
        for (place, prop) in plan.props.iter().enumerate() {
            if let Some((_, made)) = early.next_if(|(at, _)| *at == place) {
                if !prop.required {
                    room = room.saturating_sub(1);
                }
                members.insert(prop.name.to_string(), made);
                continue;
            }
            if prop.meaning == Meaning::Id && !prop.required {
                continue;
            }
            let given = self.given_for(prop, at, entity);
            if given.is_none() && !prop.required && (room == 0 || !self.wants(plan, prop, at, place)) {
                if let Some(empty) = self.instead(prop, at, room) {
                    members.insert(prop.name.to_string(), empty);
                    room -= 1;
                }
                continue;
            }
            let inner = At {
                entity,
                seed: seed_of(prop),
                meaning: prop.meaning,
                name: &prop.name,
                spoken: &prop.spoken,
                levels: at.levels.saturating_sub(1),
                depth: at.depth + 1,
                asked: at.asked,
                own: false,
                // Things of one list have names of their own, whatever the example is.
                turn: if prop.meaning.is_personal() { at.turn } else { 0 },
            };
            let before = self.reasons.len();
            match given.or_else(|| self.make(prop.node, inner)) {
                Some(made) => {
                    members.insert(prop.name.to_string(), made);
                    if !prop.required {
                        room = room.saturating_sub(1);
                    }
                }
                None if prop.required && !self.style.lenient => return None,
                // Nobody misses what nothing satisfies.
                None => self.reasons.truncate(before),
            }
        }
        self.extras(plan, at, &mut members);
        if members.len() < plan.least {
            for prop in &plan.props {
                if members.len() < plan.least && !members.contains_key(&*prop.name) {
                    let inner = At {
                        seed: seed_of(prop),
                        meaning: prop.meaning,
                        name: &prop.name,
                        spoken: &prop.spoken,
                        depth: at.depth + 1,
                        levels: 0,
                        ..at
                    };
                    if let Some(made) = self.make(prop.node, inner) {
                        members.insert(prop.name.to_string(), made);
                    }
                }
            }
        }
        relations::settle(plans, plan, &mut members, self.given.page.as_ref().filter(|_| at.asked == Asked::This));
        if members.len() < plan.least {
            self.fail(at, "there are too few names for its members");
            return None;
        }
        Some(Value::Object(members))
    }

    /// Members whose names the schema leaves open.
    fn extras(&mut self, plan: &'m ObjectPlan, at: At<'_>, members: &mut Map<String, Value>) {
        if plan.extra.is_none() && plan.extra_patterns.is_empty() {
            return;
        }
        let named = plan.props.iter().any(|prop| members.contains_key(&*prop.name));
        let deep = plan.extra.is_some_and(|extra| reach::is_deep(&self.plans.nodes, extra));
        let again = plan.extra.is_some_and(|extra| self.trail.contains(&extra));
        let usual = match self.style.quality {
            _ if self.style.minimal || again || (deep && self.is_far(at)) || self.trail.len() > 24 => 0,
            Quality::Basic => usize::from(!named && plan.extra.is_some_and(|extra| !self.plans.node(extra).untyped)),
            _ if named => 0,
            Quality::Production => 3,
            _ => 2,
        };
        let wanted = usual.max(plan.least.saturating_sub(members.len())).min(1_000);
        let most = plan.most.unwrap_or(usize::MAX);
        let mut dice = Dice::new(mix(at.seed, 97));
        let start = dice.index(KEYS.len());
        let (mut made_so_far, mut attempt) = (0, 0u64);
        while made_so_far < wanted && attempt < wanted as u64 + 12 && members.len() < most {
            attempt += 1;
            let seed = mix(at.seed, 1_000 + attempt);
            let (name, value) = match (plan.extra_patterns.first(), plan.extra) {
                (Some((pattern, value)), _) => match pattern.text(&mut Dice::new(seed), 0, 200) {
                    Some(name) => (name, *value),
                    None => return,
                },
                (None, Some(extra)) => {
                    let count = usize::try_from(attempt).unwrap_or(1) - 1;
                    let name = match plan.extra_name {
                        Some(names) => {
                            let name = At { seed, meaning: Meaning::Key, levels: 0, depth: at.depth + 1, ..at };
                            match self.item(names, name, count, 0) {
                                Some(Value::String(name)) => name,
                                _ => return,
                            }
                        }
                        None if count < KEYS.len() => KEYS[(start + count) % KEYS.len()].to_owned(),
                        None => format!("key{count}"),
                    };
                    (name, extra)
                }
                (None, None) => return,
            };
            if members.contains_key(&name) || plan.props.iter().any(|prop| *prop.name == *name) {
                continue;
            }
            let meaning = if self.plans.node(value).untyped {
                Meaning::Word
            } else {
                Meaning::of(&name, None, self.spoken_of(value))
            };
            let spoken = Spoken::of(&name);
            let inner = At {
                seed,
                meaning,
                name: &name,
                spoken: &spoken,
                levels: at.levels.saturating_sub(1),
                depth: at.depth + 1,
                asked: Asked::No,
                ..at
            };
            let before = self.reasons.len();
            match self.make(value, inner) {
                Some(made) => {
                    members.insert(name, made);
                    made_so_far += 1;
                }
                None => {
                    self.reasons.truncate(before);
                    return;
                }
            }
        }
    }

    /// Whether an optional member is made.
    fn wants(&self, plan: &ObjectPlan, prop: &Prop, at: At<'_>, place: usize) -> bool {
        if self.style.minimal || self.values > VALUES {
            return false;
        }
        if if self.style.request { prop.read_only } else { prop.write_only } {
            return false;
        }
        let node = self.plans.node(prop.node);
        if node.least == NEVER || node.doomed || self.trail.contains(&prop.node) {
            return false;
        }
        let deep = reach::is_deep(&self.plans.nodes, prop.node);
        if self.style.quality == Quality::Basic {
            // Where nothing is required, something is said all the same.
            let silent = !plan.props.iter().any(|prop| prop.required);
            return silent && at.depth <= 1 && if deep { place < 3 && at.depth == 0 } else { place < 6 };
        }
        if deep && (at.levels <= 1 || self.trail.len() > 40) {
            return false;
        }
        // An answer of success has no error.
        if prop.meaning == Meaning::Error
            || matches!(&*prop.name, "error" | "errors" | "failure" | "exception" | "fault")
        {
            return false;
        }
        if self.style.quality == Quality::Production {
            return Dice::new(mix(at.seed, prop.hash ^ 98)).percent(95);
        }
        true
    }

    /// What stands for a member that goes too deep: an empty list, or `null`.
    fn instead(&self, prop: &Prop, at: At<'_>, room: usize) -> Option<Value> {
        let hidden = if self.style.request { prop.read_only } else { prop.write_only };
        if room == 0 || hidden || self.style.quality == Quality::Basic || self.style.minimal || at.depth > MAX_DEPTH {
            return None;
        }
        let node = self.plans.node(prop.node);
        if node.null {
            return Some(Value::Null);
        }
        let empty = node.choice.is_none()
            && node.values.is_none()
            && !node.check
            && !node.untyped
            && node.array.as_ref().is_some_and(|array| array.least == 0 && array.contains.is_none());
        empty.then(|| Value::Array(Vec::new()))
    }

    /// What was given for a member, in its own type.
    fn given_for(&mut self, prop: &Prop, at: At<'_>, entity: &Entity<'_>) -> Option<Value> {
        if let Meaning::OtherId(of) = prop.meaning {
            // The id of what it is part of.
            let mut above = entity.parent;
            while let Some(one) = above {
                let subject = one.subject.rsplit(' ').next().unwrap_or_default();
                if hash(subject) == of
                    && let Some(id) = one.id.get()
                {
                    return self.converted(prop, &Value::from(&**id));
                }
                above = one.parent;
            }
        }
        if at.asked == Asked::No || (self.fixed.is_empty() && self.given.id.is_none()) {
            return None;
        }
        if prop.meaning == Meaning::Id
            && at.asked == Asked::This
            && let Some(id) = &self.given.id
        {
            let converted = self.converted(prop, id);
            if converted.is_none() && self.reasons.len() < MAX_REASONS {
                self.reasons.push(format!("{}: its schema does not take the id that was given", prop.name));
            }
            return converted;
        }
        let own = &prop.spoken.words;
        let subject = entity.subject.rsplit(' ').next().unwrap_or_default();
        let fixed = self.fixed.iter().find(|fixed| {
            let is_id = prop.meaning == Meaning::Id;
            if at.asked == Asked::Member {
                return !is_id && matches!(prop.meaning, Meaning::OtherId(_)) && fixed.words == *own;
            }
            if fixed.name == &*prop.name || fixed.words == *own {
                return true;
            }
            // The id of an order is its id.
            is_id
                && fixed.words.rsplit_once(' ').is_some_and(|(of, last)| {
                    matches!(last, "id" | "uuid" | "identifier" | "key" | "sid") && is_name_of(of, subject)
                })
                && !self.fixed.iter().any(|fixed| fixed.words == *own)
        })?;
        let (value, name) = (fixed.value, fixed.name);
        let converted = self.converted(prop, value);
        if converted.is_none() && at.asked == Asked::This && self.reasons.len() < MAX_REASONS {
            self.reasons.push(format!("{}: its schema does not take what was given as `{name}`", prop.name));
        }
        converted
    }

    fn converted(&self, prop: &Prop, value: &Value) -> Option<Value> {
        if self.plans.accepts(prop.node, value) {
            return Some(value.clone());
        }
        let other = match value {
            Value::String(text) => serde_json::from_str::<Value>(text).ok().filter(|value| !value.is_string())?,
            Value::Number(number) => Value::from(number.to_string()),
            Value::Bool(flag) => Value::from(flag.to_string()),
            _ => return None,
        };
        self.plans.accepts(prop.node, &other).then_some(other)
    }
}

/// Puts what was given where the schema says nothing of it, and an example has such a member.
pub(super) fn put_unplanned(
    members: &mut Map<String, Value>,
    planned: impl Fn(&str) -> bool,
    given: &Given,
    fixed: &[Fixed<'_>],
    subject: &str,
) {
    let about = subject.rsplit(' ').next().unwrap_or_default();
    for (name, member) in members.iter_mut().filter(|(name, _)| !planned(name)) {
        let own = given.id.as_ref().filter(|_| name == "id");
        let fixed = fixed.iter().find(|fixed| {
            fixed.name == name
                || name == "id"
                    && fixed.words.rsplit_once(' ').is_some_and(|(of, last)| last == "id" && is_name_of(of, about))
        });
        if let Some(given) = own.or(fixed.map(|fixed| fixed.value)) {
            // As the example has it.
            *member = match (&*member, given) {
                (Value::Number(_), Value::String(text)) => {
                    text.parse::<i64>().map_or_else(|_| given.clone(), Value::from)
                }
                (Value::String(_), Value::Number(number)) => Value::from(number.to_string()),
                _ => given.clone(),
            };
        }
    }
}

/// Whether words name a thing: `team drive` is a `teamdrive`, and `purchase order` is an `order`.
fn is_name_of(words: &str, subject: &str) -> bool {
    words.rsplit(' ').next() == Some(subject) || words.replace(' ', "") == subject
}

/// What a member of that name is.
fn thing(spoken: &Spoken, otherwise: &str) -> String {
    if spoken.thing.is_empty() { otherwise.to_owned() } else { spoken.thing.to_string() }
}

/// The plan that says what kind of value it is: beyond lists and choices.
pub(super) fn spoken_of(plans: &Plans, id: NodeId) -> &Node {
    let mut node = plans.node(id);
    for _ in 0..4 {
        if let Some(choice) = &node.choice {
            let mut options = choice.options.iter().map(|option| plans.node(*option));
            match options.find(|option| option.kinds != 0) {
                Some(option) => node = option,
                None => return node,
            }
        } else if let Some(items) = node.array.as_ref().and_then(|array| array.items).filter(|_| !node.untyped) {
            node = plans.node(items);
        } else {
            return node;
        }
    }
    node
}
