//! Lists, maps and structs on their way: what stands under which name, and how much of it.

use serde::ser::{
    Error as _, Serialize, SerializeMap, SerializeSeq, SerializeStruct, SerializeStructVariant, SerializeTuple,
    SerializeTupleStruct, SerializeTupleVariant, Serializer,
};

use super::redactor::{Redactor, Value};
use super::run::Run;
use super::text_of::text_of;
use crate::RuleId;
use crate::pairs::Role;
use crate::path::Trail;

pub(crate) enum Compound<'r, S: Serializer, C> {
    Open(Open<'r, C>),
    /// Something was written in its place; what comes is not looked at.
    Gone(S::Ok),
}

pub(crate) struct Open<'r, C> {
    to: C,
    run: &'r Run<'r>,
    trail: Trail,
    depth: usize,
    human: bool,
    /// Elements or entries so far.
    count: usize,
    /// Those that were left out, and not yet told.
    left_out: usize,
    /// How many there will be, where that is known.
    length: Option<usize>,
    /// The rule for `value`, after a `name` that is sensitive.
    of_pair: Option<&'r RuleId>,
    /// What the entry at hand is in a pair.
    role: Role,
    /// What the key that was just written says of its value.
    entered: Option<(Trail, Option<&'r RuleId>)>,
}

/// What to do with an element.
enum Room {
    Write,
    Mark,
    Skip,
}

impl<'r, S: Serializer, C> Compound<'r, S, C> {
    pub(crate) fn open(
        redactor: Redactor<'r, S>,
        length: Option<usize>,
        begin: impl FnOnce(S) -> Result<C, S::Error>,
    ) -> Result<Self, S::Error> {
        let Redactor { to, run, trail, depth, .. } = redactor;
        let human = to.is_human_readable();
        let to = begin(to)?;
        Ok(Self::Open(Open {
            to,
            run,
            trail,
            depth: depth + 1,
            human,
            count: 0,
            left_out: 0,
            length,
            of_pair: None,
            role: Role::None,
            entered: None,
        }))
    }
}

impl<'r, C> Open<'r, C> {
    fn value<'v, T: ?Sized>(&self, value: &'v T, trail: Trail, rule: Option<&'r RuleId>) -> Value<'v, 'r, T> {
        Value { value, run: self.run, trail, rule, depth: self.depth }
    }

    /// An element of a list or a tuple.
    fn element<'v, T: ?Sized>(&mut self, value: &'v T) -> Value<'v, 'r, T> {
        let (trail, rule) = self.run.enter_index(&self.trail, self.count);
        self.count += 1;
        self.value(value, trail, rule)
    }

    /// Whether there is room for one more in a list or map whose length is free.
    fn room(&mut self) -> Room {
        if self.count < self.run.limits.length {
            return Room::Write;
        }
        self.left_out += 1;
        // Where the length was told beforehand, the one place behind the last is for the note.
        if self.left_out == 1 { Room::Mark } else { Room::Skip }
    }

    /// How many were left out, for the note: all behind the limit, where the length is known.
    fn note(&self) -> String {
        match self.length {
            Some(length) => format!("[truncated: {} more]", length.saturating_sub(self.run.limits.length)),
            None => "[truncated]".to_owned(),
        }
    }

    /// A field of a struct: what its name says, and what a pair says.
    fn field<'v, T: Serialize + ?Sized>(&mut self, name: &'static str, value: &'v T) -> Value<'v, 'r, T> {
        if self.run.is_plain(name) {
            return self.value(value, Trail::default(), None);
        }
        let (trail, rule) = self.enter(name, || text_of(value));
        if rule.is_none() && Role::of(name) == Role::None {
            self.run.remember_plain(name);
        }
        self.value(value, trail, rule)
    }

    fn enter(&mut self, name: &str, text: impl FnOnce() -> Option<String>) -> (Trail, Option<&'r RuleId>) {
        let (trail, rule) = self.run.enter_name(&self.trail, name);
        self.role = Role::of(name);
        (trail, rule.or_else(|| self.pair(text)))
    }

    /// What the entry at hand says as a part of a pair, or what a pair says of it.
    fn pair(&mut self, text: impl FnOnce() -> Option<String>) -> Option<&'r RuleId> {
        match self.role {
            Role::Name => {
                if let Some(found) = text().and_then(|text| self.run.rules.names.find(&text)) {
                    self.of_pair = Some(found);
                }
                None
            }
            Role::Value => self.of_pair,
            Role::None => None,
        }
    }
}

macro_rules! elements {
    ($($trait:ident::$method:ident),+) => {
        $(impl<'r, S: Serializer> $trait for Compound<'r, S, S::$trait> {
            type Ok = S::Ok;
            type Error = S::Error;

            fn $method<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), S::Error> {
                let Self::Open(open) = self else { return Ok(()) };
                let value = open.element(value);
                open.to.$method(&value)
            }

            fn end(self) -> Result<S::Ok, S::Error> {
                match self {
                    Self::Open(open) => open.to.end(),
                    Self::Gone(ok) => Ok(ok),
                }
            }
        })+
    };
}

elements! {
    SerializeTuple::serialize_element, SerializeTupleStruct::serialize_field, SerializeTupleVariant::serialize_field
}

impl<S: Serializer> SerializeSeq for Compound<'_, S, S::SerializeSeq> {
    type Ok = S::Ok;
    type Error = S::Error;

    fn serialize_element<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), S::Error> {
        let Self::Open(open) = self else { return Ok(()) };
        match open.room() {
            Room::Write => {
                let value = open.element(value);
                open.to.serialize_element(&value)
            }
            Room::Mark => {
                open.run.truncated();
                let note = open.note();
                open.to.serialize_element(&note)
            }
            Room::Skip => Ok(()),
        }
    }

    fn end(self) -> Result<S::Ok, S::Error> {
        match self {
            Self::Open(open) => open.to.end(),
            Self::Gone(ok) => Ok(ok),
        }
    }
}

impl<S: Serializer> SerializeMap for Compound<'_, S, S::SerializeMap> {
    type Ok = S::Ok;
    type Error = S::Error;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), S::Error> {
        let Self::Open(open) = self else { return Ok(()) };
        match open.room() {
            Room::Write => {}
            Room::Mark => {
                open.run.truncated();
                return open.to.serialize_key("…");
            }
            Room::Skip => return Ok(()),
        }
        open.count += 1;
        let text = text_of(key);
        let entered = match &text {
            Some(name) => open.run.enter_name(&open.trail, name),
            None => (Trail::default(), None),
        };
        open.role = text.as_deref().map_or(Role::None, Role::of);
        open.entered = Some(entered);
        let key = open.value(key, Trail::default(), None);
        if text.is_none() && open.human {
            // Text formats have names only; a key that is a list or a struct is written as what it would be in JSON.
            let json = serde_json::to_string(&key).map_err(S::Error::custom)?;
            return open.to.serialize_key(json.trim_matches('"'));
        }
        open.to.serialize_key(&key)
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), S::Error> {
        let Self::Open(open) = self else { return Ok(()) };
        match open.entered.take() {
            Some((trail, rule)) => {
                let rule = rule.or_else(|| open.pair(|| text_of(value)));
                let value = open.value(value, trail, rule);
                open.to.serialize_value(&value)
            }
            // The key was the note, or left out.
            None if open.left_out == 1 => {
                let note = open.note();
                open.to.serialize_value(&note)
            }
            None => Ok(()),
        }
    }

    fn end(self) -> Result<S::Ok, S::Error> {
        match self {
            Self::Open(open) => open.to.end(),
            Self::Gone(ok) => Ok(ok),
        }
    }
}

macro_rules! fields {
    ($($trait:ident),+) => {
        $(impl<S: Serializer> $trait for Compound<'_, S, S::$trait> {
            type Ok = S::Ok;
            type Error = S::Error;

            fn serialize_field<T: Serialize + ?Sized>(&mut self, name: &'static str, value: &T) -> Result<(), S::Error> {
                let Self::Open(open) = self else { return Ok(()) };
                let value = open.field(name, value);
                open.to.serialize_field(name, &value)
            }

            fn skip_field(&mut self, name: &'static str) -> Result<(), S::Error> {
                let Self::Open(open) = self else { return Ok(()) };
                open.to.skip_field(name)
            }

            fn end(self) -> Result<S::Ok, S::Error> {
                match self {
                    Self::Open(open) => open.to.end(),
                    Self::Gone(ok) => Ok(ok),
                }
            }
        })+
    };
}

fields! { SerializeStruct, SerializeStructVariant }
