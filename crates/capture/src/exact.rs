//! Writes JSON, and tells whether a value could be made again from it.
//!
//! serde_json writes what JSON has no form for as something else: `NaN` as `null`, a number beyond 64 bits as one that
//! readers round. Nothing is changed here; it is noticed.

use std::cell::Cell;

use serde::ser::{self, Serialize, Serializer};

/// Writes a value behind what the buffer holds; whether all of it has a form in JSON.
pub(crate) fn write<T: Serialize + ?Sized>(value: &T, to: &mut Vec<u8>) -> serde_json::Result<bool> {
    let exact = Cell::new(true);
    let mut json = serde_json::Serializer::new(to);
    value.serialize(Watched { to: &mut json, exact: &exact, in_some: false })?;
    Ok(exact.get())
}

/// Passes everything on, and looks at numbers and at nothings.
struct Watched<'w, S> {
    to: S,
    exact: &'w Cell<bool>,
    /// Right behind `Some`, of which JSON writes no mark: what looks like nothing there is read as `None`.
    in_some: bool,
}

/// A value inside of another.
struct Inner<'w, 'v, T: ?Sized> {
    value: &'v T,
    exact: &'w Cell<bool>,
    in_some: bool,
}

impl<T: Serialize + ?Sized> Serialize for Inner<'_, '_, T> {
    #[inline]
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        self.value.serialize(Watched { to, exact: self.exact, in_some: self.in_some })
    }
}

impl<'w, S> Watched<'w, S> {
    #[inline]
    fn inner<'v, T: ?Sized>(&self, value: &'v T) -> Inner<'w, 'v, T> {
        Inner { value, exact: self.exact, in_some: false }
    }

    /// What is written can be read again only if this holds.
    #[inline]
    fn unless(&self, has_a_form: bool) {
        if !has_a_form {
            self.exact.set(false);
        }
    }

    #[inline]
    fn open<C, E>(self, begin: impl FnOnce(S) -> Result<C, E>) -> Result<Watched<'w, C>, E> {
        Ok(Watched { to: begin(self.to)?, exact: self.exact, in_some: false })
    }
}

macro_rules! pass_on {
    ($($method:ident($($argument:ident: $type:ty),*);)+) => {
        $(#[inline]
        fn $method(self, $($argument: $type),*) -> Result<S::Ok, S::Error> {
            self.to.$method($($argument),*)
        })+
    };
}

macro_rules! open {
    ($($method:ident($($argument:ident: $type:ty),*) -> $compound:ident;)+) => {
        $(#[inline]
        fn $method(self, $($argument: $type),*) -> Result<Self::$compound, S::Error> {
            self.open(|to| to.$method($($argument),*))
        })+
    };
}

impl<'w, S: Serializer> Serializer for Watched<'w, S> {
    type Ok = S::Ok;
    type Error = S::Error;
    type SerializeSeq = Watched<'w, S::SerializeSeq>;
    type SerializeTuple = Watched<'w, S::SerializeTuple>;
    type SerializeTupleStruct = Watched<'w, S::SerializeTupleStruct>;
    type SerializeTupleVariant = Watched<'w, S::SerializeTupleVariant>;
    type SerializeMap = Watched<'w, S::SerializeMap>;
    type SerializeStruct = Watched<'w, S::SerializeStruct>;
    type SerializeStructVariant = Watched<'w, S::SerializeStructVariant>;

    pass_on! {
        serialize_bool(value: bool); serialize_i8(value: i8); serialize_i16(value: i16); serialize_i32(value: i32);
        serialize_i64(value: i64); serialize_u8(value: u8); serialize_u16(value: u16); serialize_u32(value: u32);
        serialize_u64(value: u64); serialize_char(value: char); serialize_str(value: &str);
        serialize_bytes(value: &[u8]);
        serialize_unit_variant(name: &'static str, at: u32, variant: &'static str);
    }

    open! {
        serialize_seq(length: Option<usize>) -> SerializeSeq;
        serialize_tuple(length: usize) -> SerializeTuple;
        serialize_tuple_struct(name: &'static str, length: usize) -> SerializeTupleStruct;
        serialize_tuple_variant(name: &'static str, at: u32, variant: &'static str, length: usize)
            -> SerializeTupleVariant;
        serialize_map(length: Option<usize>) -> SerializeMap;
        serialize_struct(name: &'static str, length: usize) -> SerializeStruct;
        serialize_struct_variant(name: &'static str, at: u32, variant: &'static str, length: usize)
            -> SerializeStructVariant;
    }

    #[inline]
    fn serialize_i128(self, value: i128) -> Result<S::Ok, S::Error> {
        self.unless(i64::try_from(value).is_ok() || u64::try_from(value).is_ok());
        self.to.serialize_i128(value)
    }

    #[inline]
    fn serialize_u128(self, value: u128) -> Result<S::Ok, S::Error> {
        self.unless(u64::try_from(value).is_ok());
        self.to.serialize_u128(value)
    }

    #[inline]
    fn serialize_f32(self, value: f32) -> Result<S::Ok, S::Error> {
        self.unless(value.is_finite());
        self.to.serialize_f32(value)
    }

    #[inline]
    fn serialize_f64(self, value: f64) -> Result<S::Ok, S::Error> {
        self.unless(value.is_finite());
        self.to.serialize_f64(value)
    }

    #[inline]
    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<S::Ok, S::Error> {
        let inner = Inner { in_some: true, ..self.inner(value) };
        self.to.serialize_some(&inner)
    }

    #[inline]
    fn serialize_none(self) -> Result<S::Ok, S::Error> {
        self.unless(!self.in_some);
        self.to.serialize_none()
    }

    #[inline]
    fn serialize_unit(self) -> Result<S::Ok, S::Error> {
        self.unless(!self.in_some);
        self.to.serialize_unit()
    }

    #[inline]
    fn serialize_unit_struct(self, name: &'static str) -> Result<S::Ok, S::Error> {
        self.unless(!self.in_some);
        self.to.serialize_unit_struct(name)
    }

    #[inline]
    fn serialize_newtype_struct<T: Serialize + ?Sized>(self, name: &'static str, value: &T) -> Result<S::Ok, S::Error> {
        let inner = Inner { in_some: self.in_some, ..self.inner(value) };
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
        let inner = self.inner(value);
        self.to.serialize_newtype_variant(name, at, variant, &inner)
    }

    fn collect_str<T: std::fmt::Display + ?Sized>(self, value: &T) -> Result<S::Ok, S::Error> {
        self.to.collect_str(value)
    }

    fn is_human_readable(&self) -> bool {
        self.to.is_human_readable()
    }
}

macro_rules! elements {
    ($($trait:ident::$method:ident),+ $(,)?) => {
        $(impl<S: ser::$trait> ser::$trait for Watched<'_, S> {
            type Ok = S::Ok;
            type Error = S::Error;

            #[inline]
            fn $method<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), S::Error> {
                let inner = self.inner(value);
                self.to.$method(&inner)
            }

            #[inline]
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
        $(impl<S: ser::$trait> ser::$trait for Watched<'_, S> {
            type Ok = S::Ok;
            type Error = S::Error;

            #[inline]
            fn serialize_field<T: Serialize + ?Sized>(&mut self, name: &'static str, value: &T) -> Result<(), S::Error> {
                let inner = self.inner(value);
                self.to.serialize_field(name, &inner)
            }

            #[inline]
            fn skip_field(&mut self, name: &'static str) -> Result<(), S::Error> {
                self.to.skip_field(name)
            }

            #[inline]
            fn end(self) -> Result<S::Ok, S::Error> {
                self.to.end()
            }
        })+
    };
}

fields! { SerializeStruct, SerializeStructVariant }

impl<S: ser::SerializeMap> ser::SerializeMap for Watched<'_, S> {
    type Ok = S::Ok;
    type Error = S::Error;

    #[inline]
    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), S::Error> {
        // Of a float as a key JSON makes a text that reads back.
        let inner = self.inner(key);
        self.to.serialize_key(&inner)
    }

    #[inline]
    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), S::Error> {
        let inner = self.inner(value);
        self.to.serialize_value(&inner)
    }

    #[inline]
    fn end(self) -> Result<S::Ok, S::Error> {
        self.to.end()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(serde::Serialize)]
    struct Newtype(Option<u8>);

    #[derive(serde::Serialize)]
    struct Unit;

    fn is_exact<T: Serialize>(value: T) -> bool {
        let (mut plain, mut json) = (serde_json::to_vec(&value).expect("it serialises"), Vec::new());
        let exact = write(&value, &mut json).expect("it serialises");
        assert_eq!(json, plain, "nothing is changed");
        plain.clear();
        exact
    }

    #[test]
    fn what_json_has_no_form_for_is_noticed_wherever_it_stands() {
        assert!(!is_exact(f64::NAN));
        assert!(!is_exact(vec![Some((1, f32::INFINITY))]));
        assert!(!is_exact(u128::MAX));
        assert!(!is_exact(Some(None::<u8>)));
        assert!(!is_exact(Some(())));
        assert!(!is_exact(Some(Newtype(None))) && !is_exact(Some(Some(Unit))));
        assert!(is_exact((Newtype(None), Unit, Some(Newtype(Some(1))), Some([None::<u8>]), Some((1, ())))));
        assert!(is_exact((1.5, u64::MAX, i64::MIN, Some(1), None::<u8>, "NaN", [(); 2])));
        assert!(is_exact(std::collections::BTreeMap::from([(1, vec!["a"])])));
        assert!(is_exact(u128::from(u64::MAX)));
    }
}
