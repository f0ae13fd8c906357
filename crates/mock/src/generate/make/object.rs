//! Objects: whose they are, which members they have, and in which order those are made.

use std::cell::OnceCell;

use serde_json::{Map, Value};

use super::{Asked, At, MAX_DEPTH, Maker, VALUES, thing};
use crate::generate::Quality;
use crate::generate::dice::{Dice, hash, mix};
use crate::generate::entity::{Entity, is_person};
use crate::generate::meaning::Meaning;
use crate::generate::plan::{NEVER, Node, NodeId, ObjectPlan, Prop};
use crate::generate::spoken::{Side, Spoken};
use crate::generate::{reach, relations};

/// Names of free members.
const KEYS: [&str; 8] = ["source", "team", "region", "channel", "environment", "campaign", "owner", "priority"];

/// Where the members of an object go, in the order of its plan.
pub(super) trait Members<'m> {
    /// Takes a member that is there.
    fn put(&mut self, prop: &Prop, value: Value);

    /// Lets one be made; whether there is one.
    fn make(&mut self, maker: &mut Maker<'m>, prop: &'m Prop, at: At<'_>) -> bool;

    /// The members so far, where they can be looked at again.
    fn tree(&mut self) -> Option<&mut Map<String, Value>>;
}

impl<'m> Members<'m> for Map<String, Value> {
    fn put(&mut self, prop: &Prop, value: Value) {
        self.insert(prop.name.to_string(), value);
    }

    fn make(&mut self, maker: &mut Maker<'m>, prop: &'m Prop, at: At<'_>) -> bool {
        let made = maker.make(prop.node, at);
        made.is_some_and(|made| {
            self.put(prop, made);
            true
        })
    }

    fn tree(&mut self) -> Option<&mut Map<String, Value>> {
        Some(self)
    }
}

impl<'m> Maker<'m> {
    pub(super) fn object(&mut self, id: NodeId, node: &'m Node, at: At<'_>) -> Option<Value> {
        let mut members = Map::with_capacity(node.object.as_ref()?.props.len());
        self.fill(id, node, at, &mut members)?;
        Some(Value::Object(members))
    }

    /// Makes the members of an object; `None` where one that is required cannot be made.
    pub(super) fn fill(
        &mut self,
        id: NodeId,
        node: &'m Node,
        at: At<'_>,
        members: &mut impl Members<'m>,
    ) -> Option<()> {
        let plan = node.object.as_ref()?;
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
                Some(name) if is_person(name) => name,
                name => thing(at.spoken, name.unwrap_or_default()),
            };
            own = at.entity.child(at.seed, subject);
            let about = self.given.subject.as_deref().is_some_and(|about| subject.ends_with(about));
            (&own, if about { at.asked } else { Asked::No })
        };
        self.trail.push(id);
        let made = self.members(plan, At { entity, asked, own: false, ..at }, members);
        self.trail.pop();
        made
    }

    fn members(&mut self, plan: &'m ObjectPlan, at: At<'_>, members: &mut impl Members<'m>) -> Option<()> {
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
                let inner = At { asked: Asked::No, ..at.member(prop) };
                let made = self.given_for(prop, at).or_else(|| self.make(prop.node, inner));
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
                    let _ = at.entity.id.set(text);
                }
                early.push((place, made));
            }
        }
        let mut early = early.into_iter().peekable();
        for (place, prop) in plan.props.iter().enumerate() {
            if let Some((_, made)) = early.next_if(|(at, _)| *at == place) {
                if !prop.required {
                    room = room.saturating_sub(1);
                }
                members.put(prop, made);
                continue;
            }
            if prop.meaning == Meaning::Id && !prop.required {
                continue;
            }
            let given = self.given_for(prop, at);
            if given.is_none() && !prop.required && (room == 0 || !self.wants(plan, prop, at, place)) {
                if let Some(empty) = self.instead(prop, at, room) {
                    members.put(prop, empty);
                    room -= 1;
                }
                continue;
            }
            // Things of one list have names of their own, whatever the example is.
            let turn = if prop.meaning.is_personal() { at.turn } else { 0 };
            let before = self.reasons.len();
            let made = match given {
                Some(given) => {
                    members.put(prop, given);
                    true
                }
                None => members.make(self, prop, At { turn, ..at.member(prop) }),
            };
            match made {
                true if !prop.required => room = room.saturating_sub(1),
                true => {}
                false if prop.required && !self.style.lenient => return None,
                // Nobody misses what nothing satisfies.
                false => self.reasons.truncate(before),
            }
        }
        match members.tree() {
            Some(members) => self.complete(plan, at, members),
            None => Some(()),
        }
    }

    /// What can be said of an object only when its members are there.
    fn complete(&mut self, plan: &'m ObjectPlan, at: At<'_>, members: &mut Map<String, Value>) -> Option<()> {
        let plans = self.plans;
        self.extras(plan, at, members);
        if members.len() < plan.least {
            for prop in &plan.props {
                if members.len() < plan.least && !members.contains_key(&*prop.name) {
                    members.make(self, prop, At { levels: 0, ..at.member(prop) });
                }
            }
        }
        relations::settle(plans, plan, members, self.given.page.as_ref().filter(|_| at.asked == Asked::This));
        if members.len() < plan.least {
            self.fail(at, "there are too few names for its members");
            return None;
        }
        Some(())
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
}
