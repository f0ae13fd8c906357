//! What was given beforehand: values that must appear, and where.

use std::borrow::Cow;

use serde_json::{Map, Value};

use super::{Asked, At, MAX_REASONS, Maker, spoken_of};
use crate::generate::dice::hash;
use crate::generate::entity::Entity;
use crate::generate::generator::Given;
use crate::generate::meaning::Meaning;
use crate::generate::plan::{NodeId, Prop};
use crate::generate::spoken::{Side, Spoken};

/// A value that must appear.
pub(in crate::generate) struct Fixed<'g> {
    /// Of its name, singular, with spaces between.
    words: Cow<'g, str>,
    value: &'g Value,
    name: &'g str,
}

impl<'g> Fixed<'g> {
    pub(in crate::generate) fn all(given: &'g Given) -> Vec<Self> {
        let words = |name| match given.names.words(name) {
            Some(words) => Cow::Borrowed(words),
            None => Cow::Owned(Spoken::of(name).words.into()),
        };
        given.fixed.iter().map(|(name, value)| Self { words: words(name), value, name }).collect()
    }
}

impl Maker<'_> {
    /// Puts what was given into a value somebody else made, where it has such members.
    pub(in crate::generate) fn put_given(&mut self, id: NodeId, value: &mut Value, subject: &str) {
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
            if let Some(given) = self.given_for(prop, at) {
                *member = given;
            } else if prop.spoken.side == Side::Envelope && member.is_object() {
                self.put_given(prop.node, member, subject);
            }
        }
    }

    /// What was given for a member of the object here, in its own type.
    pub(super) fn given_for(&mut self, prop: &Prop, at: At<'_>) -> Option<Value> {
        let entity = at.entity;
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
        let fixed = self.fixed.iter().find(|fixed| {
            let is_id = prop.meaning == Meaning::Id;
            if at.asked == Asked::Member {
                return !is_id && matches!(prop.meaning, Meaning::OtherId(_)) && *fixed.words == **own;
            }
            if fixed.name == &*prop.name || *fixed.words == **own {
                return true;
            }
            // The id of an order is its id.
            is_id
                && fixed.words.rsplit_once(' ').is_some_and(|(of, last)| {
                    let subject = || entity.subject.rsplit(' ').next().unwrap_or_default();
                    matches!(last, "id" | "uuid" | "identifier" | "key" | "sid") && is_name_of(of, subject())
                })
                && !self.fixed.iter().any(|fixed| *fixed.words == **own)
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
pub(in crate::generate) fn put_unplanned(
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
