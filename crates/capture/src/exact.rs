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
    value.serialize(Exact { to: &mut json, exact: &exact })?;
    Ok(exact.get())
}

/// Passes everything on, and looks at numbers.
struct Exact<'e, S> {
    to: S,
    exact: &'e Cell<bool>,
}

/// A value inside of another.
struct Inner<'e, 'v, T: ?Sized> {
    value: &'v T,
    exact: &'e Cell<bool>,
}

impl<T: Serialize + ?Sized> Serialize for Inner<'_, '_, T> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        self.value.serialize(Exact { to, exact: self.exact })
    }
}

impl<'e, S> Exact<'e, S> {
    fn inner<'v, T: ?Sized>(&self, value: &'v T) -> Inner<'e, 'v, T> {
        Inner { value, exact: self.exact }
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

impl<'e, S: Serializer> Serializer for Exact<'e, S> {
    type Ok = S::Ok;
    type Error = S::Error;
    type SerializeSeq = Exact<'e, S::SerializeSeq>;
    type SerializeTuple = Exact<'e, S::SerializeTuple>;
    type SerializeTupleStruct = Exact<'e, S::SerializeTupleStruct>;
    type SerializeTupleVariant = Exact<'e, S::SerializeTupleVariant>;
    type SerializeMap = Exact<'e, S::SerializeMap>;
    type SerializeStruct = Exact<'e, S::SerializeStruct>;
    type SerializeStructVariant = Exact<'e, S::SerializeStructVariant>;

    pass_on! {
        serialize_bool: bool, serialize_i8: i8, serialize_i16: i16, serialize_i32: i32, serialize_i64: i64,
        serialize_u8: u8, serialize_u16: u16, serialize_u32: u32, serialize_u64: u64, serialize_char: char,
        serialize_str: &str, serialize_bytes: &[u8], serialize_unit_struct: &'static str,
    }

    #[inline]
    fn serialize_i128(self, value: i128) -> Result<S::Ok, S::Error> {
        if i64::try_from(value).is_err() && u64::try_from(value).is_err() {
            self.exact.set(false);
        }
        self.to.serialize_i128(value)
    }

    #[inline]
    fn serialize_u128(self, value: u128) -> Result<S::Ok, S::Error> {
        if u64::try_from(value).is_err() {
            self.exact.set(false);
        }
        self.to.serialize_u128(value)
    }

    #[inline]
    fn serialize_f32(self, value: f32) -> Result<S::Ok, S::Error> {
        if !value.is_finite() {
            self.exact.set(false);
        }
        self.to.serialize_f32(value)
    }

    #[inline]
    fn serialize_f64(self, value: f64) -> Result<S::Ok, S::Error> {
        if !value.is_finite() {
            self.exact.set(false);
        }
        self.to.serialize_f64(value)
    }

    #[inline]
    fn serialize_none(self) -> Result<S::Ok, S::Error> {
        self.to.serialize_none()
    }

    #[inline]
    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<S::Ok, S::Error> {
        self.to.serialize_some(&Present { value, exact: self.exact })
    }

    #[inline]
    fn serialize_unit(self) -> Result<S::Ok, S::Error> {
        self.to.serialize_unit()
    }

    #[inline]
    fn serialize_unit_variant(self, name: &'static str, at: u32, variant: &'static str) -> Result<S::Ok, S::Error> {
        self.to.serialize_unit_variant(name, at, variant)
    }

    #[inline]
    fn serialize_newtype_struct<T: Serialize + ?Sized>(self, name: &'static str, value: &T) -> Result<S::Ok, S::Error> {
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
        let inner = self.inner(value);
        self.to.serialize_newtype_variant(name, at, variant, &inner)
    }

    fn serialize_seq(self, length: Option<usize>) -> Result<Self::SerializeSeq, S::Error> {
        Ok(Exact { to: self.to.serialize_seq(length)?, exact: self.exact })
    }

    fn serialize_tuple(self, length: usize) -> Result<Self::SerializeTuple, S::Error> {
        Ok(Exact { to: self.to.serialize_tuple(length)?, exact: self.exact })
    }

    fn serialize_tuple_struct(self, name: &'static str, length: usize) -> Result<Self::SerializeTupleStruct, S::Error> {
        Ok(Exact { to: self.to.serialize_tuple_struct(name, length)?, exact: self.exact })
    }

    fn serialize_tuple_variant(
        self,
        name: &'static str,
        at: u32,
        variant: &'static str,
        length: usize,
    ) -> Result<Self::SerializeTupleVariant, S::Error> {
        Ok(Exact { to: self.to.serialize_tuple_variant(name, at, variant, length)?, exact: self.exact })
    }

    fn serialize_map(self, length: Option<usize>) -> Result<Self::SerializeMap, S::Error> {
        Ok(Exact { to: self.to.serialize_map(length)?, exact: self.exact })
    }

    fn serialize_struct(self, name: &'static str, length: usize) -> Result<Self::SerializeStruct, S::Error> {
        Ok(Exact { to: self.to.serialize_struct(name, length)?, exact: self.exact })
    }

    fn serialize_struct_variant(
        self,
        name: &'static str,
        at: u32,
        variant: &'static str,
        length: usize,
    ) -> Result<Self::SerializeStructVariant, S::Error> {
        Ok(Exact { to: self.to.serialize_struct_variant(name, at, variant, length)?, exact: self.exact })
    }

    fn collect_str<T: std::fmt::Display + ?Sized>(self, value: &T) -> Result<S::Ok, S::Error> {
        self.to.collect_str(value)
    }

    fn is_human_readable(&self) -> bool {
        self.to.is_human_readable()
    }
}

/// What stands in `Some`: JSON writes it without a mark, so that what looks like nothing is read as `None`.
struct Present<'e, 'v, T: ?Sized> {
    value: &'v T,
    exact: &'e Cell<bool>,
}

impl<T: Serialize + ?Sized> Serialize for Present<'_, '_, T> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        if serializes_as_nothing(self.value) {
            self.exact.set(false);
        }
        self.value.serialize(Exact { to, exact: self.exact })
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
        // Of a float as a key JSON makes a text that reads back.
        self.to.serialize_key(key)
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
    use super::*;

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
        assert!(is_exact((1.5, u64::MAX, i64::MIN, Some(1), None::<u8>, "NaN", [(); 2])));
        assert!(is_exact(std::collections::BTreeMap::from([(1, vec!["a"])])));
        assert!(is_exact(u128::from(u64::MAX)));
    }
}
