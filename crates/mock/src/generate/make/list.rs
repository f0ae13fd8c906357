//! Lists: how long they are, and what is in them.

use serde_json::Value;

use super::{Asked, At, MAX_VALUES, Maker, thing};
use crate::generate::Quality;
use crate::generate::dice::{Dice, mix};
use crate::generate::entity::is_person;
use crate::generate::meaning::Meaning;
use crate::generate::plan::{ArrayPlan, NodeId};
use crate::generate::reach;
use crate::generate::rules::same;
use crate::generate::spoken::Side;

impl<'m> Maker<'m> {
    pub(super) fn array(&mut self, id: NodeId, plan: &'m ArrayPlan, at: At<'_>) -> Option<Value> {
        let plans = self.plans;
        let count = self.length(plan, at)?;
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
                    .then(|| at.entity.child(seed, if composed { subject } else { at.entity.subject }));
                let entity = entity.as_ref().unwrap_or(at.entity);
                let Some(made) = self.item(item, at.item(entity, seed, turn, composed), place, attempt) else {
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

    /// The same, of objects that may be alike, written as JSON.
    pub(super) fn write_objects(
        &mut self,
        id: NodeId,
        plan: &'m ArrayPlan,
        item: NodeId,
        at: At<'_>,
        out: &mut Vec<u8>,
    ) -> Option<()> {
        let count = self.length(plan, at)?;
        let subject = self.subject_of(plan, at);
        let composed = reach::is_deep(&self.plans.nodes, item);
        self.trail.push(id);
        let mut failed = false;
        out.push(b'[');
        for place in 0..count {
            let turn = place as u64;
            let seed = mix(mix(at.seed, turn + 1), 0);
            let entity = (composed || turn > 0)
                .then(|| at.entity.child(seed, if composed { subject } else { at.entity.subject }));
            let entity = entity.as_ref().unwrap_or(at.entity);
            let before = out.len();
            if place > 0 {
                out.push(b',');
            }
            if self.write(item, at.item(entity, seed, turn, composed), out).is_none() {
                out.truncate(before);
                failed = place < plan.least;
                break;
            }
        }
        out.push(b']');
        self.trail.pop();
        (!failed).then_some(())
    }

    /// How many items are made; `None` where that is too many.
    fn length(&mut self, plan: &ArrayPlan, at: At<'_>) -> Option<usize> {
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
        Some(count)
    }

    /// What the items of a list are.
    fn subject_of<'s>(&self, plan: &ArrayPlan, at: At<'s>) -> &'s str
    where
        'm: 's,
    {
        let named = plan.items.and_then(|items| self.plans.node(items).name.as_deref());
        match &self.given.subject {
            Some(subject) if at.asked == Asked::This && (at.depth <= 1 || at.spoken.side == Side::Envelope) => subject,
            _ => match named {
                Some(name) if is_person(name) => name,
                name => thing(at.spoken, name.unwrap_or(at.entity.subject)),
            },
        }
    }

    pub(super) fn item(&mut self, id: NodeId, at: At<'_>, place: usize, attempt: u64) -> Option<Value> {
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
}
