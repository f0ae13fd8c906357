//! Passes on a value of which nothing is kept back, as it is.
//!
//! Nearly all values are such, and one walk that ends at the first doubt is all they cost. It asks what
//! [`Redactor`](super::redactor::Redactor) asks; where that would hide or cut something, this gives up.

use std::any::type_name;
use std::cell::Cell;
use std::fmt::{self, Write as _};

use serde::ser::{self, Serialize, Serializer};

use super::Redacting;
use super::asked::Asked;
use super::run::{each_float, each_whole};
use crate::pairs::Role;
use crate::{Limits, Policy};

impl<'a, T: Serialize + ?Sized> Redacting<'a, T> {
    /// Hands this to `write` once, and gives what `write` made, provided that nothing of the value is kept back, cut or
    /// fails: then it is what [`write_with`](Self::write_with) would give, in a third of the time.
    ///
    /// `None` at the first doubt, also where the policy has rules by place. What `write` wrote until then may be a part
    /// of the value and must be thrown away; [`write_with`](Self::write_with) is the way on.
    ///
    /// ```
    /// use tracesnap_redact::Policy;
    ///
    /// let policy = Policy::default();
    /// let json = policy.redacting(&[1, 2, 3]).write_unchanged(|value| serde_json::to_vec(value));
    /// assert_eq!(json.unwrap(), b"[1,2,3]");
    ///
    /// let login = std::collections::BTreeMap::from([("password", "hunter2")]);
    /// assert!(policy.redacting(&login).write_unchanged(|value| serde_json::to_vec(value)).is_none());
    /// ```
    pub fn write_unchanged<W, E>(&self, write: impl FnOnce(&Unchanged<'a, T>) -> Result<W, E>) -> Option<W> {
        let is_named_like_a_secret = self.name.is_some_and(|name| self.policy.0.names.find(name).is_some());
        if is_named_like_a_secret { None } else { self.policy.write_unchanged(self.value, self.limits, write) }
    }
}

impl Policy {
    /// As [`Redacting::write_unchanged`], of a value without a name, within these bounds: what asks for nothing else is
    /// spared the rest of a [`Redacting`].
    ///
    /// ```
    /// use tracesnap_redact::Policy;
    ///
    /// let policy = Policy::default();
    /// let json = policy.write_unchanged(&[1, 2, 3], policy.limits(), |value| serde_json::to_vec(value));
    /// assert_eq!(json.unwrap(), b"[1,2,3]");
    /// ```
    pub fn write_unchanged<'a, T, W, E>(
        &'a self,
        value: &'a T,
        limits: Limits,
        write: impl FnOnce(&Unchanged<'a, T>) -> Result<W, E>,
    ) -> Option<W>
    where
        T: Serialize + ?Sized,
    {
        let walk = Walk { asked: Asked::new(self, limits), key: Cell::default() };
        if !walk.asked.rules.paths.is_empty() {
            return None;
        }
        write(&Unchanged { value, walk }).ok()
    }
}

/// A value that is serialised as it is, or fails: see [`Redacting::write_unchanged`].
pub struct Unchanged<'a, T: ?Sized> {
    value: &'a T,
    walk: Walk<'a>,
}

struct Walk<'r> {
    asked: Asked<'r>,
    /// What the key that was just written is in a pair.
    key: Cell<Role>,
}

impl<T: Serialize + ?Sized> Serialize for Unchanged<'_, T> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        self.walk.asked.refill();
        let value = Value { value: self.value, walk: &self.walk, depth: 0, is_key: false };
        super::unless_it_panics::<T, _, _>(|| value.serialize(to))
    }
}

impl<T: ?Sized> fmt::Debug for Unchanged<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Unchanged").field("type", &type_name::<T>()).finish_non_exhaustive()
    }
}

/// Ends the walk.
#[cold]
fn doubt<E: ser::Error>() -> E {
    E::custom("something of it is kept back")
}

/// A value inside of another.
struct Value<'v, 'r, T: ?Sized> {
    value: &'v T,
    walk: &'r Walk<'r>,
    depth: usize,
    is_key: bool,
}

impl<T: Serialize + ?Sized> Serialize for Value<'_, '_, T> {
    #[inline]
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        if self.walk.asked.of_type(type_name::<T>()).is_some() {
            return Err(doubt());
        }
        self.value.serialize(Passing { to, walk: self.walk, depth: self.depth, is_key: self.is_key })
    }
}

/// Between a value and where it goes.
struct Passing<'r, S> {
    to: S,
    walk: &'r Walk<'r>,
    depth: usize,
    is_key: bool,
}

impl<'r, S> Passing<'r, S> {
    #[inline]
    fn inner<'v, T: ?Sized>(&self, value: &'v T, depth: usize) -> Value<'v, 'r, T> {
        Value { value, walk: self.walk, depth, is_key: self.is_key }
    }

    /// A scalar of about this many bytes.
    #[inline]
    fn takes<E: ser::Error>(&self, bytes: usize) -> Result<(), E> {
        if self.walk.asked.take(bytes) { Ok(()) } else { Err(doubt()) }
    }

    /// The text of a key.
    fn takes_key<E: ser::Error>(&self, text: &str) -> Result<(), E> {
        if !self.is_key {
            return Ok(());
        }
        if text.len() > super::text_of::LONGEST || self.walk.asked.rules.names.find(text).is_some() {
            return Err(doubt());
        }
        self.walk.key.set(Role::of(text));
        Ok(())
    }

    /// What has no text cannot be a key, and is left to who knows a way out.
    #[inline]
    fn is_no_key<E: ser::Error>(&self) -> Result<(), E> {
        if self.is_key { Err(doubt()) } else { Ok(()) }
    }

    /// A list, map or struct.
    #[inline]
    fn open<C, E: ser::Error>(self, begin: impl FnOnce(S) -> Result<C, E>) -> Result<Entered<'r, C>, E> {
        self.is_no_key()?;
        if self.depth >= self.walk.asked.limits.depth {
            return Err(doubt());
        }
        let depth = self.depth + 1;
        Ok(Entered { to: begin(self.to)?, walk: self.walk, depth, count: 0, after_name: false })
    }

    #[inline]
    fn takes_length<E: ser::Error>(&self, length: Option<usize>) -> Result<(), E> {
        if length.is_some_and(|length| length > self.walk.asked.limits.length) { Err(doubt()) } else { Ok(()) }
    }

    #[inline]
    fn takes_struct<E: ser::Error>(&self, name: &'static str) -> Result<(), E> {
        if self.walk.asked.of_struct(name).is_some() { Err(doubt()) } else { Ok(()) }
    }

    /// A variant says by its name what it holds, as a field does.
    #[inline]
    fn takes_variant<E: ser::Error>(&self, variant: &'static str) -> Result<(), E> {
        if self.walk.asked.is_plain(variant) || self.walk.asked.rules.names.find(variant).is_none() {
            Ok(())
        } else {
            Err(doubt())
        }
    }
}

macro_rules! scalars {
    ($($method:ident: $type:ty = $bytes:expr),+ $(,)?) => {
        $(#[inline]
        fn $method(self, value: $type) -> Result<S::Ok, S::Error> {
            if self.is_key {
                self.takes_key(&value.to_string())?;
            }
            self.takes($bytes)?;
            self.to.$method(value)
        })+
    };
}

macro_rules! floats {
    ($($method:ident: $type:ty = $bytes:expr),+ $(,)?) => {
        $(#[inline]
        fn $method(self, value: $type) -> Result<S::Ok, S::Error> {
            self.is_no_key()?;
            self.takes($bytes)?;
            self.to.$method(value)
        })+
    };
}

impl<'r, S: Serializer> Serializer for Passing<'r, S> {
    type Ok = S::Ok;
    type Error = S::Error;
    type SerializeSeq = Entered<'r, S::SerializeSeq>;
    type SerializeTuple = Entered<'r, S::SerializeTuple>;
    type SerializeTupleStruct = Entered<'r, S::SerializeTupleStruct>;
    type SerializeTupleVariant = Entered<'r, S::SerializeTupleVariant>;
    type SerializeMap = Entered<'r, S::SerializeMap>;
    type SerializeStruct = Entered<'r, S::SerializeStruct>;
    type SerializeStructVariant = Entered<'r, S::SerializeStructVariant>;

    each_whole!(scalars);
    each_float!(floats);

    fn is_human_readable(&self) -> bool {
        self.to.is_human_readable()
    }

    #[inline]
    fn serialize_str(self, text: &str) -> Result<S::Ok, S::Error> {
        self.takes_key(text)?;
        if text.len() > self.walk.asked.limits.string {
            return Err(doubt());
        }
        self.takes(text.len())?;
        self.to.serialize_str(text)
    }

    fn serialize_bytes(self, bytes: &[u8]) -> Result<S::Ok, S::Error> {
        self.is_no_key()?;
        if bytes.len() > self.walk.asked.limits.string {
            return Err(doubt());
        }
        self.takes(bytes.len())?;
        self.to.serialize_bytes(bytes)
    }

    fn collect_str<T: fmt::Display + ?Sized>(self, value: &T) -> Result<S::Ok, S::Error> {
        self.is_no_key()?;
        let room = Cell::new(Some(self.walk.asked.limits.string));
        let written = self.to.collect_str(&Measured { value, room: &room })?;
        match room.get() {
            Some(left) if self.walk.asked.take(self.walk.asked.limits.string - left) => Ok(written),
            _ => Err(doubt()),
        }
    }

    #[inline]
    fn serialize_none(self) -> Result<S::Ok, S::Error> {
        self.is_no_key()?;
        self.to.serialize_none()
    }

    #[inline]
    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<S::Ok, S::Error> {
        let inner = self.inner(value, self.depth);
        self.to.serialize_some(&inner)
    }

    #[inline]
    fn serialize_unit(self) -> Result<S::Ok, S::Error> {
        self.is_no_key()?;
        self.to.serialize_unit()
    }

    #[inline]
    fn serialize_unit_struct(self, name: &'static str) -> Result<S::Ok, S::Error> {
        self.is_no_key()?;
        self.to.serialize_unit_struct(name)
    }

    #[inline]
    fn serialize_unit_variant(self, name: &'static str, index: u32, variant: &'static str) -> Result<S::Ok, S::Error> {
        self.takes_key(variant)?;
        self.takes(variant.len())?;
        self.to.serialize_unit_variant(name, index, variant)
    }

    #[inline]
    fn serialize_newtype_struct<T: Serialize + ?Sized>(self, name: &'static str, value: &T) -> Result<S::Ok, S::Error> {
        self.takes_struct(name)?;
        let inner = self.inner(value, self.depth);
        self.to.serialize_newtype_struct(name, &inner)
    }

    #[inline]
    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        name: &'static str,
        index: u32,
        variant: &'static str,
        value: &T,
    ) -> Result<S::Ok, S::Error> {
        self.is_no_key()?;
        self.takes_variant(variant)?;
        let inner = self.inner(value, self.depth + 1);
        self.to.serialize_newtype_variant(name, index, variant, &inner)
    }

    fn serialize_seq(self, length: Option<usize>) -> Result<Self::SerializeSeq, S::Error> {
        self.takes_length(length)?;
        self.open(|to| to.serialize_seq(length))
    }

    fn serialize_tuple(self, length: usize) -> Result<Self::SerializeTuple, S::Error> {
        self.open(|to| to.serialize_tuple(length))
    }

    fn serialize_tuple_struct(self, name: &'static str, length: usize) -> Result<Self::SerializeTupleStruct, S::Error> {
        self.takes_struct(name)?;
        self.open(|to| to.serialize_tuple_struct(name, length))
    }

    fn serialize_tuple_variant(
        self,
        name: &'static str,
        index: u32,
        variant: &'static str,
        length: usize,
    ) -> Result<Self::SerializeTupleVariant, S::Error> {
        self.takes_variant(variant)?;
        self.open(|to| to.serialize_tuple_variant(name, index, variant, length))
    }

    fn serialize_map(self, length: Option<usize>) -> Result<Self::SerializeMap, S::Error> {
        self.takes_length(length)?;
        self.open(|to| to.serialize_map(length))
    }

    fn serialize_struct(self, name: &'static str, length: usize) -> Result<Self::SerializeStruct, S::Error> {
        self.takes_struct(name)?;
        self.open(|to| to.serialize_struct(name, length))
    }

    fn serialize_struct_variant(
        self,
        name: &'static str,
        index: u32,
        variant: &'static str,
        length: usize,
    ) -> Result<Self::SerializeStructVariant, S::Error> {
        self.takes_variant(variant)?;
        self.open(|to| to.serialize_struct_variant(name, index, variant, length))
    }
}

/// A list, map or struct that was begun.
struct Entered<'r, C> {
    to: C,
    walk: &'r Walk<'r>,
    depth: usize,
    /// Elements or entries so far.
    count: usize,
    /// Whether a `name` came already, by which a `value` behind it may be a secret.
    after_name: bool,
}

impl<'r, C> Entered<'r, C> {
    #[inline]
    fn value<'v, T: ?Sized>(&self, value: &'v T) -> Value<'v, 'r, T> {
        Value { value, walk: self.walk, depth: self.depth, is_key: false }
    }

    /// One more, in what has no length of its own.
    #[inline]
    fn takes_one<E: ser::Error>(&mut self) -> Result<(), E> {
        if self.count >= self.walk.asked.limits.length {
            return Err(doubt());
        }
        self.count += 1;
        Ok(())
    }

    /// A value that is this in a pair. What the name said is not looked at: any pair is a doubt.
    #[inline]
    fn takes_role<E: ser::Error>(&mut self, role: Role) -> Result<(), E> {
        match role {
            Role::Name => self.after_name = true,
            Role::Value if self.after_name => return Err(doubt()),
            Role::Value | Role::None => {}
        }
        Ok(())
    }

    #[inline]
    fn takes_field<E: ser::Error>(&mut self, name: &'static str) -> Result<(), E> {
        if self.walk.asked.is_plain(name) { Ok(()) } else { self.takes_unknown_field(name) }
    }

    fn takes_unknown_field<E: ser::Error>(&mut self, name: &'static str) -> Result<(), E> {
        if self.walk.asked.rules.names.find(name).is_some() {
            return Err(doubt());
        }
        let role = Role::of(name);
        if role == Role::None {
            self.walk.asked.remember_plain(name);
        }
        self.takes_role(role)
    }
}

macro_rules! tuples {
    ($($trait:ident::$method:ident),+ $(,)?) => {
        $(impl<C: ser::$trait> ser::$trait for Entered<'_, C> {
            type Ok = C::Ok;
            type Error = C::Error;

            #[inline]
            fn $method<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), C::Error> {
                let value = self.value(value);
                self.to.$method(&value)
            }

            #[inline]
            fn end(self) -> Result<C::Ok, C::Error> {
                self.to.end()
            }
        })+
    };
}

tuples! {
    SerializeTuple::serialize_element, SerializeTupleStruct::serialize_field, SerializeTupleVariant::serialize_field,
}

impl<C: ser::SerializeSeq> ser::SerializeSeq for Entered<'_, C> {
    type Ok = C::Ok;
    type Error = C::Error;

    #[inline]
    fn serialize_element<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), C::Error> {
        self.takes_one()?;
        let value = self.value(value);
        self.to.serialize_element(&value)
    }

    #[inline]
    fn end(self) -> Result<C::Ok, C::Error> {
        self.to.end()
    }
}

impl<C: ser::SerializeMap> ser::SerializeMap for Entered<'_, C> {
    type Ok = C::Ok;
    type Error = C::Error;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), C::Error> {
        self.takes_one()?;
        let key = Value { value: key, walk: self.walk, depth: self.depth, is_key: true };
        self.to.serialize_key(&key)
    }

    #[inline]
    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), C::Error> {
        self.takes_role(self.walk.key.take())?;
        let value = self.value(value);
        self.to.serialize_value(&value)
    }

    #[inline]
    fn end(self) -> Result<C::Ok, C::Error> {
        self.to.end()
    }
}

macro_rules! fields {
    ($($trait:ident),+ $(,)?) => {
        $(impl<C: ser::$trait> ser::$trait for Entered<'_, C> {
            type Ok = C::Ok;
            type Error = C::Error;

            #[inline]
            fn serialize_field<T: Serialize + ?Sized>(&mut self, name: &'static str, value: &T) -> Result<(), C::Error> {
                self.takes_field(name)?;
                let value = self.value(value);
                self.to.serialize_field(name, &value)
            }

            #[inline]
            fn skip_field(&mut self, name: &'static str) -> Result<(), C::Error> {
                self.to.skip_field(name)
            }

            #[inline]
            fn end(self) -> Result<C::Ok, C::Error> {
                self.to.end()
            }
        })+
    };
}

fields! { SerializeStruct, SerializeStructVariant }

/// A text whose length is not known before it is written. What there is no room for is swallowed: a serializer that is
/// told of an error which is not its own may panic.
struct Measured<'v, T: ?Sized> {
    value: &'v T,
    /// `None` when it was too long.
    room: &'v Cell<Option<usize>>,
}

impl<T: fmt::Display + ?Sized> fmt::Display for Measured<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(Counting { to: f, room: self.room }, "{}", self.value)
    }
}

struct Counting<'c, 'f> {
    to: &'c mut fmt::Formatter<'f>,
    room: &'c Cell<Option<usize>>,
}

impl fmt::Write for Counting<'_, '_> {
    fn write_str(&mut self, part: &str) -> fmt::Result {
        self.room.set(self.room.get().and_then(|room| room.checked_sub(part.len())));
        if self.room.get().is_some() { self.to.write_str(part) } else { Ok(()) }
    }
}
