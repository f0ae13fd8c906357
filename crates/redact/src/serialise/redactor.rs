//! The serializer between a value and where it goes: hides, cuts, and hands on.

use std::any::type_name;
use std::fmt::{self, Write as _};

use serde::ser::{Error as _, Serialize, Serializer};

use super::FAILED;
use super::compound::Compound;
use super::run::{Run, each_float, each_whole};
use crate::path::Trail;
use crate::{PLACEHOLDER, RuleId};

/// A value on its way, and what is known of its place.
pub(crate) struct Value<'v, 'r, T: ?Sized> {
    pub(crate) value: &'v T,
    pub(crate) run: &'r Run<'r>,
    pub(crate) trail: Trail,
    /// By which all of it is a secret.
    pub(crate) rule: Option<&'r RuleId>,
    pub(crate) depth: usize,
}

impl<T: Serialize + ?Sized> Serialize for Value<'_, '_, T> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let run = self.run;
        let around = run.begin();
        if run.will_fail() {
            run.report.borrow_mut().add_failed();
            run.end(around);
            return to.serialize_str(FAILED);
        }
        let rule = self.rule.or_else(|| run.of_type(type_name::<T>()));
        let redactor = Redactor { to, run, trail: self.trail.clone(), rule, depth: self.depth };
        let result = self.value.serialize(redactor);
        if result.is_err() {
            run.break_here();
        }
        run.end(around);
        result
    }
}

pub(crate) struct Redactor<'r, S> {
    pub(crate) to: S,
    pub(crate) run: &'r Run<'r>,
    pub(crate) trail: Trail,
    pub(crate) rule: Option<&'r RuleId>,
    pub(crate) depth: usize,
}

/// What becomes of a list, a struct, a map.
enum Opened<'r, S: Serializer> {
    /// It is written, by what is in it.
    Go(Redactor<'r, S>),
    /// Something was written in its place.
    Gone(S::Ok),
}

impl<'r, S: Serializer> Redactor<'r, S> {
    fn hide(self, rule: &RuleId) -> Result<S::Ok, S::Error> {
        self.run.found(rule);
        self.to.serialize_str(PLACEHOLDER)
    }

    /// Writes a scalar of about this many bytes.
    fn scalar(self, bytes: usize, write: impl FnOnce(S) -> Result<S::Ok, S::Error>) -> Result<S::Ok, S::Error> {
        if let Some(rule) = self.rule {
            return self.hide(rule);
        }
        if !self.run.take(bytes) {
            return self.cut(format_args!("[truncated]"));
        }
        write(self.to)
    }

    fn cut(self, said: fmt::Arguments<'_>) -> Result<S::Ok, S::Error> {
        self.run.truncated();
        self.to.collect_str(&said)
    }

    fn open(self) -> Result<Opened<'r, S>, S::Error> {
        if let Some(rule) = self.rule {
            return self.hide(rule).map(Opened::Gone);
        }
        if self.depth >= self.run.limits.depth {
            return self.cut(format_args!("[truncated: too deep]")).map(Opened::Gone);
        }
        Ok(Opened::Go(self))
    }

    /// The same for a type with a name.
    fn open_named(mut self, name: &'static str) -> Result<Opened<'r, S>, S::Error> {
        self.rule = self.rule.or_else(|| self.run.of_struct(name));
        self.open()
    }

    /// The same for a variant that holds several values: it stays, what it holds goes.
    fn open_variant(self, name: &'static str, index: u32, variant: &'static str) -> Result<Opened<'r, S>, S::Error> {
        let mut opened = match self.open()? {
            Opened::Go(redactor) => redactor,
            gone => return Ok(gone),
        };
        let (trail, rule) = opened.enter_variant(variant);
        if let Some(rule) = rule {
            opened.run.found(rule);
            return opened.to.serialize_newtype_variant(name, index, variant, PLACEHOLDER).map(Opened::Gone);
        }
        opened.trail = trail;
        Ok(Opened::Go(opened))
    }

    /// What a variant's name says of what it holds.
    fn enter_variant(&self, variant: &str) -> (Trail, Option<&'r RuleId>) {
        self.run.enter_name(&self.trail, variant)
    }

    /// The number of elements that will be written of so many: as it is declared beforehand.
    fn declared(&self, length: Option<usize>) -> Option<usize> {
        length.map(|length| if length > self.run.limits.length { self.run.limits.length + 1 } else { length })
    }
}

/// A value that is handed on with what is known of it.
fn inner<'v, 'r, T: ?Sized>(
    value: &'v T,
    run: &'r Run<'r>,
    trail: Trail,
    rule: Option<&'r RuleId>,
    depth: usize,
) -> Value<'v, 'r, T> {
    Value { value, run, trail, rule, depth }
}

macro_rules! scalars {
    ($($method:ident: $type:ty = $bytes:expr),+ $(,)?) => {
        $(fn $method(self, value: $type) -> Result<S::Ok, S::Error> {
            self.scalar($bytes, |to| to.$method(value))
        })+
    };
}

impl<'r, S: Serializer> Serializer for Redactor<'r, S> {
    type Ok = S::Ok;
    type Error = S::Error;
    type SerializeSeq = Compound<'r, S, S::SerializeSeq>;
    type SerializeTuple = Compound<'r, S, S::SerializeTuple>;
    type SerializeTupleStruct = Compound<'r, S, S::SerializeTupleStruct>;
    type SerializeTupleVariant = Compound<'r, S, S::SerializeTupleVariant>;
    type SerializeMap = Compound<'r, S, S::SerializeMap>;
    type SerializeStruct = Compound<'r, S, S::SerializeStruct>;
    type SerializeStructVariant = Compound<'r, S, S::SerializeStructVariant>;

    each_whole!(scalars);
    each_float!(scalars);

    fn is_human_readable(&self) -> bool {
        self.to.is_human_readable()
    }

    fn serialize_str(self, text: &str) -> Result<S::Ok, S::Error> {
        if let Some(rule) = self.rule {
            return self.hide(rule);
        }
        let most = self.run.limits.string;
        if text.len() > most {
            let kept = &text[..start_of_last_word(text, most)];
            if !self.run.take(kept.len()) {
                return self.cut(format_args!("[truncated: {} bytes]", text.len()));
            }
            return self.cut(format_args!("{kept}[truncated: {} bytes]", text.len()));
        }
        if !self.run.take(text.len()) {
            return self.cut(format_args!("[truncated: {} bytes]", text.len()));
        }
        self.to.serialize_str(text)
    }

    fn serialize_bytes(self, bytes: &[u8]) -> Result<S::Ok, S::Error> {
        if let Some(rule) = self.rule {
            return self.hide(rule);
        }
        if bytes.len() > self.run.limits.string || !self.run.take(bytes.len()) {
            return self.cut(format_args!("[truncated: {} bytes]", bytes.len()));
        }
        self.to.serialize_bytes(bytes)
    }

    fn collect_str<T: fmt::Display + ?Sized>(self, value: &T) -> Result<S::Ok, S::Error> {
        if let Some(rule) = self.rule {
            return self.hide(rule);
        }
        let mut text = Bounded { text: String::new(), room: self.run.limits.string.min(1 << 30) };
        match (write!(text, "{value}"), text.room) {
            (Ok(()), _) => self.serialize_str(&text.text),
            // It was stopped where there is enough of it.
            (Err(_), 0) => {
                let kept = &text.text[..start_of_last_word(&text.text, text.text.len())];
                self.cut(format_args!("{kept}[truncated]"))
            }
            (Err(_), _) => Err(S::Error::custom("its text cannot be written")),
        }
    }

    fn serialize_none(self) -> Result<S::Ok, S::Error> {
        self.to.serialize_none()
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<S::Ok, S::Error> {
        let Self { to, run, trail, rule, depth } = self;
        to.serialize_some(&inner(value, run, trail, rule, depth))
    }

    fn serialize_unit(self) -> Result<S::Ok, S::Error> {
        self.to.serialize_unit()
    }

    fn serialize_unit_struct(self, name: &'static str) -> Result<S::Ok, S::Error> {
        self.to.serialize_unit_struct(name)
    }

    fn serialize_unit_variant(self, name: &'static str, index: u32, variant: &'static str) -> Result<S::Ok, S::Error> {
        self.scalar(variant.len(), |to| to.serialize_unit_variant(name, index, variant))
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(self, name: &'static str, value: &T) -> Result<S::Ok, S::Error> {
        let Self { to, run, trail, rule, depth } = self;
        let rule = rule.or_else(|| run.of_struct(name));
        to.serialize_newtype_struct(name, &inner(value, run, trail, rule, depth))
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        name: &'static str,
        index: u32,
        variant: &'static str,
        value: &T,
    ) -> Result<S::Ok, S::Error> {
        if let Some(rule) = self.rule {
            return self.hide(rule);
        }
        let (trail, rule) = self.enter_variant(variant);
        let Self { to, run, depth, .. } = self;
        to.serialize_newtype_variant(name, index, variant, &inner(value, run, trail, rule, depth + 1))
    }

    fn serialize_seq(self, length: Option<usize>) -> Result<Self::SerializeSeq, S::Error> {
        let declared = self.declared(length);
        let opened = match self.open()? {
            Opened::Gone(ok) => return Ok(Compound::Gone(ok)),
            Opened::Go(redactor) => redactor,
        };
        Compound::open(opened, length, |to| to.serialize_seq(declared))
    }

    fn serialize_tuple(self, length: usize) -> Result<Self::SerializeTuple, S::Error> {
        let opened = match self.open()? {
            Opened::Gone(ok) => return Ok(Compound::Gone(ok)),
            Opened::Go(redactor) => redactor,
        };
        Compound::open(opened, Some(length), |to| to.serialize_tuple(length))
    }

    fn serialize_tuple_struct(self, name: &'static str, length: usize) -> Result<Self::SerializeTupleStruct, S::Error> {
        let opened = match self.open_named(name)? {
            Opened::Gone(ok) => return Ok(Compound::Gone(ok)),
            Opened::Go(redactor) => redactor,
        };
        Compound::open(opened, Some(length), |to| to.serialize_tuple_struct(name, length))
    }

    fn serialize_tuple_variant(
        self,
        name: &'static str,
        index: u32,
        variant: &'static str,
        length: usize,
    ) -> Result<Self::SerializeTupleVariant, S::Error> {
        let opened = match self.open_variant(name, index, variant)? {
            Opened::Gone(ok) => return Ok(Compound::Gone(ok)),
            Opened::Go(redactor) => redactor,
        };
        Compound::open(opened, Some(length), |to| to.serialize_tuple_variant(name, index, variant, length))
    }

    fn serialize_map(self, length: Option<usize>) -> Result<Self::SerializeMap, S::Error> {
        let declared = self.declared(length);
        let opened = match self.open()? {
            Opened::Gone(ok) => return Ok(Compound::Gone(ok)),
            Opened::Go(redactor) => redactor,
        };
        Compound::open(opened, length, |to| to.serialize_map(declared))
    }

    fn serialize_struct(self, name: &'static str, length: usize) -> Result<Self::SerializeStruct, S::Error> {
        let opened = match self.open_named(name)? {
            Opened::Gone(ok) => return Ok(Compound::Gone(ok)),
            Opened::Go(redactor) => redactor,
        };
        Compound::open(opened, Some(length), |to| to.serialize_struct(name, length))
    }

    fn serialize_struct_variant(
        self,
        name: &'static str,
        index: u32,
        variant: &'static str,
        length: usize,
    ) -> Result<Self::SerializeStructVariant, S::Error> {
        let opened = match self.open_variant(name, index, variant)? {
            Opened::Gone(ok) => return Ok(Compound::Gone(ok)),
            Opened::Go(redactor) => redactor,
        };
        Compound::open(opened, Some(length), |to| to.serialize_struct_variant(name, index, variant, length))
    }
}

/// Where the last word before `end` starts: half a word may be half a secret that no pattern knows. A text without a
/// space nearby goes whole.
fn start_of_last_word(text: &str, end: usize) -> usize {
    const WIDEST: usize = 4096;
    let end = (0..=end.min(text.len())).rev().find(|&at| text.is_char_boundary(at)).unwrap_or(0);
    let far = end.saturating_sub(WIDEST);
    let space = text.as_bytes()[far..end].iter().rposition(u8::is_ascii_whitespace);
    space.map_or(0, |at| far + at + 1)
}

/// A text that takes no more than there is room.
struct Bounded {
    text: String,
    room: usize,
}

impl fmt::Write for Bounded {
    fn write_str(&mut self, part: &str) -> fmt::Result {
        let fits = (0..=part.len().min(self.room)).rev().find(|&at| part.is_char_boundary(at)).unwrap_or(0);
        self.text.push_str(&part[..fits]);
        if fits < part.len() {
            self.room = 0;
            return Err(fmt::Error);
        }
        self.room -= fits;
        Ok(())
    }
}
