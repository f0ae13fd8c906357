//! Writes JSON, and tells whether a value could be made again from it.
//!
//! serde_json writes what JSON has no form for as something else: `NaN` as `null`, a number beyond 64 bits as one that
//! readers round. Nothing is changed here; it is noticed. A value in which there is nothing to keep back, as nearly all
//! are, is written by [`write_clean`] alone; whoever meets the least doubt leaves it to the redaction policy.

use std::any::type_name;
use std::cell::Cell;

use serde::ser::{self, Serialize, Serializer};
use tracesnap_redact::{Limits, Policy};

/// Writes a value behind what the buffer holds; whether all of it has a form in JSON.
pub(crate) fn write<T: Serialize + ?Sized>(value: &T, to: &mut Vec<u8>) -> serde_json::Result<bool> {
    let watch = Watch { exact: Cell::new(true), in_key: Cell::new(false), clean: None };
    let mut json = serde_json::Serializer::new(to);
    value.serialize(Exact::new(&mut json, &watch))?;
    Ok(watch.exact.get())
}

/// Writes a value in which there is nothing that rules by name or type would keep back, and nothing too large; whether all
/// of it has a form in JSON. `None` in any doubt, and for a value that fails; the buffer is then as it was.
pub(crate) fn write_clean<T: Serialize + ?Sized>(value: &T, clean: &CleanRules, to: &mut Vec<u8>) -> Option<bool> {
    let start = to.len();
    let limits = clean.limits;
    let watch = Watch {
        exact: Cell::new(true),
        in_key: Cell::new(false),
        clean: Some(Clean { rules: clean, left: Cell::new(limits.bytes) }),
    };
    let written = if watch.takes_type::<T>() {
        let mut json = serde_json::Serializer::new(&mut *to);
        value.serialize(Exact::new(&mut json, &watch)).is_ok()
    } else {
        false
    };
    // What writes itself by `Display` is not measured before.
    if !written || to.len() - start > limits.bytes.saturating_mul(2).saturating_add(1_024) {
        to.truncate(start);
        return None;
    }
    Some(watch.exact.get())
}

/// What it takes to say that a value holds nothing to keep back.
#[derive(Debug)]
pub(crate) struct CleanRules {
    policy: Policy,
    limits: Limits,
    /// The policy as a number, in caches.
    number: u64,
}

impl CleanRules {
    /// `None` for a policy with rules by place, or by types of the user's own: only it can tell.
    pub(crate) fn of(policy: &Policy, limits: Limits) -> Option<Self> {
        const TYPES: [&str; 3] = ["type/secrecy", "type/redact", "type/name"];
        let is_plain = |id: &str| !id.starts_with("path/") && (!id.starts_with("type/") || TYPES.contains(&id));
        let number = policy
            .id()
            .bytes()
            .fold(0xcbf2_9ce4_8422_2325, |hash: u64, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
        policy.rules().all(|id| is_plain(id.as_str())).then(|| Self { policy: policy.clone(), limits, number })
    }

    /// Whether a name that is in the program's text says that nothing is to be kept back.
    fn takes_name(&self, name: &'static str) -> bool {
        cache::or_else(name, self.number, || self.policy.matches_name(name).is_none())
    }
}

mod cache {
    //! What was found for names that are in the program's text, by where they lie there.

    use std::cell::Cell;

    #[derive(Clone, Copy)]
    struct Slot {
        at: usize,
        length: usize,
        number: u64,
        answer: bool,
    }

    const SLOTS: usize = 512;

    thread_local! {
        static CACHE: [Cell<Slot>; SLOTS] =
            const { [const { Cell::new(Slot { at: 0, length: 0, number: 0, answer: false }) }; SLOTS] };
    }

    #[inline]
    pub(super) fn or_else(name: &'static str, number: u64, ask: impl FnOnce() -> bool) -> bool {
        let (at, length) = (name.as_ptr().addr(), name.len());
        let spread = (at ^ (length << 7)).wrapping_mul(0x9e37_79b9_7f4a_7c15_u64 as usize) >> (usize::BITS - 9);
        let found = CACHE.try_with(|cache| cache[spread % SLOTS].get());
        if let Ok(slot) = found
            && (slot.at, slot.length, slot.number) == (at, length, number)
        {
            return slot.answer;
        }
        let answer = ask();
        let _ = CACHE.try_with(|cache| cache[spread % SLOTS].set(Slot { at, length, number, answer }));
        answer
    }
}

/// What is noticed on the way.
struct Watch<'w> {
    exact: Cell<bool>,
    /// Whether it is the key of a map that is being written.
    in_key: Cell<bool>,
    clean: Option<Clean<'w>>,
}

struct Clean<'w> {
    rules: &'w CleanRules,
    left: Cell<usize>,
}

impl Watch<'_> {
    /// Whether so many bytes are within the bounds.
    #[inline]
    fn takes_bytes(&self, bytes: usize) -> bool {
        let Some(clean) = &self.clean else { return true };
        match clean.left.get().checked_sub(bytes) {
            Some(left) => {
                clean.left.set(left);
                true
            }
            None => false,
        }
    }

    #[inline]
    fn takes_text(&self, text: &str) -> bool {
        if self.in_key.get()
            && let Some(clean) = &self.clean
            && (clean.rules.policy.matches_name(text).is_some() || Pair::of(text) != Pair::Neither)
        {
            return false;
        }
        self.clean.as_ref().is_none_or(|clean| text.len() <= clean.rules.limits.string) && self.takes_bytes(text.len())
    }

    #[inline]
    fn takes_name(&self, name: &'static str) -> bool {
        self.clean.as_ref().is_none_or(|clean| clean.rules.takes_name(name)) && self.takes_bytes(name.len())
    }

    /// Types that are made for secrets.
    #[inline]
    fn takes_type<T: ?Sized>(&self) -> bool {
        let Some(clean) = &self.clean else { return true };
        let name = type_name::<T>();
        // One more than the policy, so that a type is not taken for a field of its name.
        cache::or_else(name, clean.rules.number ^ 1, || !name.contains("secrecy::") && !name.contains("redact::"))
    }

    #[inline]
    fn takes_depth(&self, depth: usize) -> bool {
        self.clean.as_ref().is_none_or(|clean| depth < clean.rules.limits.depth)
    }

    #[inline]
    fn takes_length(&self, length: usize) -> bool {
        self.clean.as_ref().is_none_or(|clean| length <= clean.rules.limits.length)
    }
}

/// Ends the attempt.
fn doubt<E: ser::Error>() -> E {
    E::custom("it is left to the policy")
}

/// Passes everything on, and looks at names and numbers.
struct Exact<'w, S> {
    to: S,
    watch: &'w Watch<'w>,
    depth: usize,
    /// Elements so far.
    count: usize,
    /// In one object, `name` and `value` may be those of a header.
    pair: Pair,
}

#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum Pair {
    #[default]
    Neither,
    Name,
    Value,
}

impl Pair {
    /// What a field may be in a pair of a name and a value.
    fn of(name: &str) -> Self {
        const NAMES: [&str; 12] = [
            "name",
            "key",
            "header",
            "field",
            "param",
            "parameter",
            "property",
            "attribute",
            "variable",
            "k",
            "label",
            "option",
        ];
        const VALUES: [&str; 6] = ["value", "val", "v", "values", "content", "data"];
        let is_one = |words: &[&str]| words.iter().any(|word| name.eq_ignore_ascii_case(word));
        let ends = |with: &str| {
            name.len()
                .checked_sub(with.len())
                .and_then(|at| name.get(at..))
                .is_some_and(|end| end.eq_ignore_ascii_case(with))
        };
        if ends("name") || ends("key") || is_one(&NAMES) {
            Self::Name
        } else if ends("value") || is_one(&VALUES) {
            Self::Value
        } else {
            Self::Neither
        }
    }
}

/// A value inside of another.
struct Inner<'w, 'v, T: ?Sized> {
    value: &'v T,
    watch: &'w Watch<'w>,
    depth: usize,
}

impl<T: Serialize + ?Sized> Serialize for Inner<'_, '_, T> {
    #[inline]
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        if !self.watch.takes_type::<T>() {
            return Err(doubt());
        }
        self.value.serialize(Exact { to, watch: self.watch, depth: self.depth, count: 0, pair: Pair::Neither })
    }
}

impl<'w, S> Exact<'w, S> {
    fn new(to: S, watch: &'w Watch<'w>) -> Self {
        Self { to, watch, depth: 0, count: 0, pair: Pair::Neither }
    }

    #[inline]
    fn inner<'v, T: ?Sized>(&self, value: &'v T) -> Inner<'w, 'v, T> {
        Inner { value, watch: self.watch, depth: self.depth }
    }

    /// A list, map or struct one level further in.
    #[inline]
    fn open<C, E: ser::Error>(self, begin: impl FnOnce(S) -> Result<C, E>) -> Result<Exact<'w, C>, E> {
        if !self.watch.takes_depth(self.depth) {
            return Err(doubt());
        }
        Ok(Exact { to: begin(self.to)?, watch: self.watch, depth: self.depth + 1, count: 0, pair: Pair::Neither })
    }

    /// The same for a type with a name.
    #[inline]
    fn named<C, E: ser::Error>(
        self,
        name: &'static str,
        begin: impl FnOnce(S) -> Result<C, E>,
    ) -> Result<Exact<'w, C>, E> {
        if self.watch.takes_name(name) { self.open(begin) } else { Err(doubt()) }
    }

    /// A field or an entry of this name; whether an object may hold it without a doubt.
    #[inline]
    fn takes_role(&mut self, name: &str) -> bool {
        if self.watch.clean.is_none() || name.len() > 20 {
            return true;
        }
        let role = Pair::of(name);
        if role == Pair::Neither {
            return true;
        }
        let before = std::mem::replace(&mut self.pair, role);
        before == Pair::Neither || before == role
    }
}

macro_rules! pass_on {
    ($($method:ident: $type:ty),+ $(,)?) => {
        $(#[inline]
        fn $method(self, value: $type) -> Result<S::Ok, S::Error> {
            self.to.$method(value)
        })+
    };
}

impl<'w, S: Serializer> Serializer for Exact<'w, S> {
    type Ok = S::Ok;
    type Error = S::Error;
    type SerializeSeq = Exact<'w, S::SerializeSeq>;
    type SerializeTuple = Exact<'w, S::SerializeTuple>;
    type SerializeTupleStruct = Exact<'w, S::SerializeTupleStruct>;
    type SerializeTupleVariant = Exact<'w, S::SerializeTupleVariant>;
    type SerializeMap = Exact<'w, S::SerializeMap>;
    type SerializeStruct = Exact<'w, S::SerializeStruct>;
    type SerializeStructVariant = Exact<'w, S::SerializeStructVariant>;

    pass_on! {
        serialize_bool: bool, serialize_i8: i8, serialize_i16: i16, serialize_i32: i32, serialize_i64: i64,
        serialize_u8: u8, serialize_u16: u16, serialize_u32: u32, serialize_u64: u64, serialize_char: char,
        serialize_unit_struct: &'static str,
    }

    #[inline]
    fn serialize_str(self, value: &str) -> Result<S::Ok, S::Error> {
        if self.watch.takes_text(value) { self.to.serialize_str(value) } else { Err(doubt()) }
    }

    fn serialize_bytes(self, value: &[u8]) -> Result<S::Ok, S::Error> {
        if self.watch.takes_length(value.len()) && self.watch.takes_bytes(value.len()) {
            self.to.serialize_bytes(value)
        } else {
            Err(doubt())
        }
    }

    #[inline]
    fn serialize_i128(self, value: i128) -> Result<S::Ok, S::Error> {
        if i64::try_from(value).is_err() && u64::try_from(value).is_err() {
            self.watch.exact.set(false);
        }
        self.to.serialize_i128(value)
    }

    #[inline]
    fn serialize_u128(self, value: u128) -> Result<S::Ok, S::Error> {
        if u64::try_from(value).is_err() {
            self.watch.exact.set(false);
        }
        self.to.serialize_u128(value)
    }

    #[inline]
    fn serialize_f32(self, value: f32) -> Result<S::Ok, S::Error> {
        if !value.is_finite() {
            self.watch.exact.set(false);
        }
        self.to.serialize_f32(value)
    }

    #[inline]
    fn serialize_f64(self, value: f64) -> Result<S::Ok, S::Error> {
        if !value.is_finite() {
            self.watch.exact.set(false);
        }
        self.to.serialize_f64(value)
    }

    #[inline]
    fn serialize_none(self) -> Result<S::Ok, S::Error> {
        self.to.serialize_none()
    }

    #[inline]
    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<S::Ok, S::Error> {
        self.to.serialize_some(&Present { value, watch: self.watch, depth: self.depth })
    }

    #[inline]
    fn serialize_unit(self) -> Result<S::Ok, S::Error> {
        self.to.serialize_unit()
    }

    #[inline]
    fn serialize_unit_variant(self, name: &'static str, at: u32, variant: &'static str) -> Result<S::Ok, S::Error> {
        if self.watch.in_key.get() && !self.watch.takes_name(variant) {
            return Err(doubt());
        }
        self.to.serialize_unit_variant(name, at, variant)
    }

    #[inline]
    fn serialize_newtype_struct<T: Serialize + ?Sized>(self, name: &'static str, value: &T) -> Result<S::Ok, S::Error> {
        if !self.watch.takes_name(name) {
            return Err(doubt());
        }
        let inner = self.inner(value);
        self.to.serialize_newtype_struct(name, &inner)
    }

    #[inline]
    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        name: &'static str,
        at: u32,
        variant: &'static str,
        value: &T,
    ) -> Result<S::Ok, S::Error> {
        if !self.watch.takes_name(name) || !self.watch.takes_name(variant) {
            return Err(doubt());
        }
        let inner = self.inner(value);
        self.to.serialize_newtype_variant(name, at, variant, &inner)
    }

    fn serialize_seq(self, length: Option<usize>) -> Result<Self::SerializeSeq, S::Error> {
        self.open(|to| to.serialize_seq(length))
    }

    fn serialize_tuple(self, length: usize) -> Result<Self::SerializeTuple, S::Error> {
        self.open(|to| to.serialize_tuple(length))
    }

    fn serialize_tuple_struct(self, name: &'static str, length: usize) -> Result<Self::SerializeTupleStruct, S::Error> {
        self.named(name, |to| to.serialize_tuple_struct(name, length))
    }

    fn serialize_tuple_variant(
        self,
        name: &'static str,
        at: u32,
        variant: &'static str,
        length: usize,
    ) -> Result<Self::SerializeTupleVariant, S::Error> {
        self.named(name, |to| to.serialize_tuple_variant(name, at, variant, length))
    }

    fn serialize_map(self, length: Option<usize>) -> Result<Self::SerializeMap, S::Error> {
        self.open(|to| to.serialize_map(length))
    }

    fn serialize_struct(self, name: &'static str, length: usize) -> Result<Self::SerializeStruct, S::Error> {
        self.named(name, |to| to.serialize_struct(name, length))
    }

    fn serialize_struct_variant(
        self,
        name: &'static str,
        at: u32,
        variant: &'static str,
        length: usize,
    ) -> Result<Self::SerializeStructVariant, S::Error> {
        self.named(name, |to| to.serialize_struct_variant(name, at, variant, length))
    }

    fn collect_str<T: std::fmt::Display + ?Sized>(self, value: &T) -> Result<S::Ok, S::Error> {
        if self.watch.in_key.get() && self.watch.clean.is_some() {
            return Err(doubt());
        }
        self.to.collect_str(value)
    }

    fn is_human_readable(&self) -> bool {
        self.to.is_human_readable()
    }
}

/// What stands in `Some`: JSON writes it without a mark, so that what looks like nothing is read as `None`.
struct Present<'w, 'v, T: ?Sized> {
    value: &'v T,
    watch: &'w Watch<'w>,
    depth: usize,
}

impl<T: Serialize + ?Sized> Serialize for Present<'_, '_, T> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        if serializes_as_nothing(self.value) {
            self.watch.exact.set(false);
        }
        Inner { value: self.value, watch: self.watch, depth: self.depth }.serialize(to)
    }
}

/// Whether a value begins with `None` or `()`.
fn serializes_as_nothing<T: Serialize + ?Sized>(value: &T) -> bool {
    // Only types that could be are worth the walk; it ends at the first token.
    value.serialize(first::First).is_ok()
}

mod first {
    //! Succeeds for a value that JSON writes as `null`, and ends at once for any other.

    use std::fmt;

    use serde::ser::{Impossible, Serialize, Serializer};

    pub(super) struct First;

    #[derive(Debug)]
    pub(super) struct Other;

    impl fmt::Display for Other {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("it is not nothing")
        }
    }

    impl std::error::Error for Other {}

    impl serde::ser::Error for Other {
        fn custom<T: fmt::Display>(_: T) -> Self {
            Self
        }
    }

    macro_rules! other {
        ($($method:ident($($type:ty),*);)+) => {
            $(fn $method(self, $(_: $type),*) -> Result<(), Other> {
                Err(Other)
            })+
        };
    }

    impl Serializer for First {
        type Ok = ();
        type Error = Other;
        type SerializeSeq = Impossible<(), Other>;
        type SerializeTuple = Impossible<(), Other>;
        type SerializeTupleStruct = Impossible<(), Other>;
        type SerializeTupleVariant = Impossible<(), Other>;
        type SerializeMap = Impossible<(), Other>;
        type SerializeStruct = Impossible<(), Other>;
        type SerializeStructVariant = Impossible<(), Other>;

        other! {
            serialize_bool(bool); serialize_i8(i8); serialize_i16(i16); serialize_i32(i32); serialize_i64(i64);
            serialize_i128(i128); serialize_u8(u8); serialize_u16(u16); serialize_u32(u32); serialize_u64(u64);
            serialize_u128(u128); serialize_f32(f32); serialize_f64(f64); serialize_char(char); serialize_str(&str);
            serialize_bytes(&[u8]); serialize_unit_variant(&'static str, u32, &'static str);
        }

        fn serialize_none(self) -> Result<(), Other> {
            Ok(())
        }

        fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<(), Other> {
            value.serialize(Self)
        }

        fn serialize_unit(self) -> Result<(), Other> {
            Ok(())
        }

        fn serialize_unit_struct(self, _: &'static str) -> Result<(), Other> {
            Ok(())
        }

        fn serialize_newtype_struct<T: Serialize + ?Sized>(self, _: &'static str, value: &T) -> Result<(), Other> {
            value.serialize(Self)
        }

        fn serialize_newtype_variant<T: Serialize + ?Sized>(
            self,
            _: &'static str,
            _: u32,
            _: &'static str,
            _: &T,
        ) -> Result<(), Other> {
            Err(Other)
        }

        fn serialize_seq(self, _: Option<usize>) -> Result<Self::SerializeSeq, Other> {
            Err(Other)
        }

        fn serialize_tuple(self, _: usize) -> Result<Self::SerializeTuple, Other> {
            Err(Other)
        }

        fn serialize_tuple_struct(self, _: &'static str, _: usize) -> Result<Self::SerializeTupleStruct, Other> {
            Err(Other)
        }

        fn serialize_tuple_variant(
            self,
            _: &'static str,
            _: u32,
            _: &'static str,
            _: usize,
        ) -> Result<Self::SerializeTupleVariant, Other> {
            Err(Other)
        }

        fn serialize_map(self, _: Option<usize>) -> Result<Self::SerializeMap, Other> {
            Err(Other)
        }

        fn serialize_struct(self, _: &'static str, _: usize) -> Result<Self::SerializeStruct, Other> {
            Err(Other)
        }

        fn serialize_struct_variant(
            self,
            _: &'static str,
            _: u32,
            _: &'static str,
            _: usize,
        ) -> Result<Self::SerializeStructVariant, Other> {
            Err(Other)
        }

        fn collect_str<T: fmt::Display + ?Sized>(self, _: &T) -> Result<(), Other> {
            Err(Other)
        }
    }
}

macro_rules! elements {
    ($($trait:ident::$method:ident),+ $(,)?) => {
        $(impl<S: ser::$trait> ser::$trait for Exact<'_, S> {
            type Ok = S::Ok;
            type Error = S::Error;

            #[inline]
            fn $method<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), S::Error> {
                self.count += 1;
                if !self.watch.takes_length(self.count) || !self.watch.takes_bytes(1) {
                    return Err(doubt());
                }
                let inner = self.inner(value);
                self.to.$method(&inner)
            }

            fn end(self) -> Result<S::Ok, S::Error> {
                self.to.end()
            }
        })+
    };
}

elements! {
    SerializeSeq::serialize_element, SerializeTuple::serialize_element, SerializeTupleStruct::serialize_field,
    SerializeTupleVariant::serialize_field,
}

macro_rules! fields {
    ($($trait:ident),+ $(,)?) => {
        $(impl<S: ser::$trait> ser::$trait for Exact<'_, S> {
            type Ok = S::Ok;
            type Error = S::Error;

            #[inline]
            fn serialize_field<T: Serialize + ?Sized>(&mut self, name: &'static str, value: &T) -> Result<(), S::Error> {
                if !self.watch.takes_name(name) || !self.takes_role(name) {
                    return Err(doubt());
                }
                let inner = self.inner(value);
                self.to.serialize_field(name, &inner)
            }

            fn skip_field(&mut self, name: &'static str) -> Result<(), S::Error> {
                self.to.skip_field(name)
            }

            fn end(self) -> Result<S::Ok, S::Error> {
                self.to.end()
            }
        })+
    };
}

fields! { SerializeStruct, SerializeStructVariant }

impl<S: ser::SerializeMap> ser::SerializeMap for Exact<'_, S> {
    type Ok = S::Ok;
    type Error = S::Error;

    #[inline]
    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), S::Error> {
        self.count += 1;
        if !self.watch.takes_length(self.count) {
            return Err(doubt());
        }
        // Of a float as a key JSON makes a text that reads back.
        let inner = self.inner(key);
        self.watch.in_key.set(true);
        let written = self.to.serialize_key(&inner);
        self.watch.in_key.set(false);
        written
    }

    #[inline]
    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), S::Error> {
        let inner = self.inner(value);
        self.to.serialize_value(&inner)
    }

    fn end(self) -> Result<S::Ok, S::Error> {
        self.to.end()
    }
}

#[cfg(test)]
mod tests {
    use serde::Serialize;

    use super::*;

    fn is_exact<T: Serialize>(value: T) -> bool {
        let (mut plain, mut json) = (serde_json::to_vec(&value).expect("it serialises"), Vec::new());
        let exact = write(&value, &mut json).expect("it serialises");
        assert_eq!(json, plain, "nothing is changed");
        plain.clear();
        exact
    }

    fn clean<T: Serialize>(value: &T) -> Option<String> {
        let rules =
            CleanRules::of(&Policy::for_captures(), Limits::default().with_string(50).with_length(5)).expect("plain");
        let mut json = b"before".to_vec();
        let written = write_clean(value, &rules, &mut json);
        let json = String::from_utf8(json).expect("JSON is text");
        assert!(written.is_some() || json == "before", "{json}");
        written.map(|_| json["before".len()..].to_owned())
    }

    #[test]
    fn any_doubt_is_left_to_the_policy_and_the_buffer_is_as_it_was() {
        #[derive(Serialize)]
        struct Login {
            user: u8,
            password: u8,
        }
        #[derive(Serialize)]
        struct Header {
            name: &'static str,
            value: &'static str,
        }
        #[derive(Serialize)]
        struct ApiToken(u8);
        #[derive(Serialize)]
        struct Plain {
            user: u8,
            name: &'static str,
        }
        assert_eq!(clean(&Plain { user: 1, name: "x" }).as_deref(), Some(r#"{"user":1,"name":"x"}"#));
        assert_eq!(clean(&(1, "a", [1.5])).as_deref(), Some(r#"[1,"a",[1.5]]"#));
        assert_eq!(clean(&Login { user: 1, password: 2 }), None);
        assert_eq!(clean(&Header { name: "Authorization", value: "x" }), None);
        assert_eq!(clean(&ApiToken(1)), None);
        assert_eq!(clean(&Some(vec![ApiToken(1)])), None);
        assert_eq!(clean(&std::collections::BTreeMap::from([("password", 1)])), None);
        assert!(clean(&std::collections::BTreeMap::from([("sku", 1)])).is_some());
        assert_eq!(clean(&"x".repeat(51)), None);
        assert_eq!(clean(&[0; 6]), None);
    }

    #[test]
    fn what_json_has_no_form_for_is_noticed_wherever_it_stands() {
        assert!(!is_exact(f64::NAN));
        assert!(!is_exact(vec![Some((1, f32::INFINITY))]));
        assert!(!is_exact(u128::MAX));
        assert!(!is_exact(Some(None::<u8>)));
        assert!(!is_exact(Some(())));
        assert!(is_exact((1.5, u64::MAX, i64::MIN, Some(1), None::<u8>, "NaN", [(); 2])));
        assert!(is_exact(std::collections::BTreeMap::from([(1, vec!["a"])])));
        assert!(is_exact(u128::from(u64::MAX)));
    }
}
