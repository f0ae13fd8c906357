//! Follows a plan and makes a value.
//!
//! What is made by a plan that may break its own rules (`oneOf`, `not`, …) is held against them, and made again another
//! way, and at last with nothing but what is required. Depth, size and tries have bounds, whatever the document says.
//! Lists, objects and what was given beforehand are made next door; what nobody has to look at as a whole is written as
//! JSON at once ([`written`]), the same value to the letter.

mod given;
mod list;
mod object;
mod written;

use serde_json::Value;

use super::Quality;
use super::dice::{Dice, hash, mix};
use super::entity::Entity;
use super::generator::Given;
use super::meaning::{Meaning, PageRole};
use super::plan::{LEVELS, NEVER, Node, NodeId, Plans, Prop};
use super::rules::{RuleId, kinds};
use super::spoken::Spoken;
use super::{number, text};
pub(super) use given::{Fixed, put_unplanned};
pub(super) use written::put;

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

impl<'a> At<'a> {
    /// The place of a member of the object here.
    fn member(self, prop: &'a Prop) -> Self {
        Self {
            seed: mix(self.seed, prop.hash),
            meaning: prop.meaning,
            name: &prop.name,
            spoken: &prop.spoken,
            depth: self.depth + 1,
            levels: self.levels.saturating_sub(1),
            ..self
        }
    }

    /// The place of an item of the list here; a composed one is a thing of its own.
    fn item(self, entity: &'a Entity<'a>, seed: u64, turn: u64, composed: bool) -> Self {
        Self {
            entity,
            own: composed,
            turn,
            seed,
            levels: self.levels.saturating_sub(1),
            depth: self.depth + 1,
            asked: if self.asked == Asked::This { Asked::Member } else { Asked::No },
            ..self
        }
    }
}

/// Whether a value is to be made at all.
enum Begun {
    Go,
    /// It is this one, or none can be.
    Over(Option<Value>),
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
        let spoken = if name.is_empty() { Spoken::default() } else { Spoken::of(name) };
        self.make(id, self.root(id, entity, name, &spoken))
    }

    /// The same, written as JSON behind what is there; what was written stays there where it is `None`.
    pub(super) fn json(&mut self, id: NodeId, entity: &Entity<'_>, name: &str, out: &mut Vec<u8>) -> Option<()> {
        let spoken = if name.is_empty() { Spoken::default() } else { Spoken::of(name) };
        self.write(id, self.root(id, entity, name, &spoken), out)
    }

    /// The place of the whole.
    fn root<'a>(&self, id: NodeId, entity: &'a Entity<'a>, name: &'a str, spoken: &'a Spoken) -> At<'a> {
        let node = self.plans.node(id);
        let room = match self.style.quality {
            Quality::Basic => 60,
            Quality::Realistic | Quality::Exact => 260,
            Quality::Production => 420,
        };
        let levels = (1..LEVELS).rev().find(|level| node.sizes[*level] <= room).unwrap_or(1);
        let levels = if levels < 2 && node.sizes[2.min(LEVELS - 1)] <= room * 3 { 2 } else { levels };
        let meaning = if name.is_empty() { Meaning::Plain } else { Meaning::of(name, None, self.spoken_of(id)) };
        At {
            entity,
            seed: entity.seed,
            meaning,
            name,
            spoken,
            levels,
            depth: 0,
            asked: Asked::This,
            own: true,
            turn: 0,
        }
    }

    fn spoken_of(&self, id: NodeId) -> &'m Node {
        spoken_of(self.plans, id)
    }

    fn fail(&mut self, at: At<'_>, why: &str) {
        if self.reasons.len() < MAX_REASONS {
            let name = if at.name.is_empty() { "the value" } else { at.name };
            self.reasons.push(format!("{name}: {why}"));
        }
    }

    /// What comes before any value: whether one is possible, and whether it is `null`.
    fn begin(&mut self, node: &Node, at: At<'_>) -> Begun {
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
                return Begun::Over(None);
            }
            // A required member of its own kind, all the way down, has no end.
            if node.object.is_none() {
                let plain = node.choice.is_none() && node.array.is_none();
                let text = || Value::String(text::anyway(node, at.meaning, at.entity, at.seed));
                return Begun::Over(plain.then(text));
            }
        }
        if node.null && self.is_null(node, at) { Begun::Over(Some(Value::Null)) } else { Begun::Go }
    }

    fn make(&mut self, id: NodeId, at: At<'_>) -> Option<Value> {
        let plans = self.plans;
        let node = plans.node(id);
        if let Begun::Over(made) = self.begin(node, at) {
            return made;
        }
        if !node.is_doubtful() {
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
            return Self::one_of(values, at).cloned();
        }
        if node.choice.is_some() {
            return self.choose(id, node, at, attempt, Value::Null, &mut Self::make);
        }
        match self.kind(node, at, attempt) {
            kinds::OBJECT => self.object(id, node, at),
            kinds::ARRAY => self.array(id, node.array.as_ref()?, at),
            kind => self.scalar(node, at, kind),
        }
    }

    /// A value without others in it.
    fn scalar(&mut self, node: &Node, at: At<'_>, kind: u8) -> Option<Value> {
        match kind {
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
    fn one_of<'v>(values: &'v [Value], at: At<'_>) -> Option<&'v Value> {
        let count = values.iter().filter(|value| !value.is_null()).count();
        if count == 0 {
            return values.first();
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
            return Some(told);
        }
        let chosen = Dice::new(mix(fact.unwrap_or(at.seed), 92)).index(count);
        values.iter().filter(|value| !value.is_null()).nth(chosen)
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

    /// Goes one of several ways, the next one where the first leads nowhere; `null` is what stands for none.
    fn choose<T>(
        &mut self,
        id: NodeId,
        node: &'m Node,
        at: At<'_>,
        attempt: u64,
        null: T,
        make: &mut dyn FnMut(&mut Self, NodeId, At<'_>) -> Option<T>,
    ) -> Option<T> {
        let choice = node.choice.as_ref()?;
        let plans = self.plans;
        if self.trail.len() > MAX_TRAIL || self.trail.iter().filter(|before| **before == id).count() > 6 {
            if !node.null {
                self.fail(at, "it is a choice of itself");
            }
            return node.null.then_some(null);
        }
        let lenient = self.style.lenient;
        let real = |option: &NodeId| {
            let node = plans.node(*option);
            let nothing = node.null && node.kinds == 0 && node.choice.is_none() && node.values.is_none();
            !nothing && (lenient || node.least != NEVER && !node.doomed)
        };
        let mut options: Vec<NodeId> = choice.options.iter().copied().filter(real).collect();
        if options.is_empty() {
            return node.null.then_some(null);
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
            let made = make(self, *option, at);
            self.trail.pop();
            if made.is_some() {
                self.reasons.truncate(before);
                self.way = choice.options.iter().position(|known| known == option).unwrap_or(0);
                return made;
            }
        }
        None
    }
}

/// What a member of that name is.
fn thing<'s>(spoken: &'s Spoken, otherwise: &'s str) -> &'s str {
    if spoken.thing.is_empty() { otherwise } else { &spoken.thing }
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
