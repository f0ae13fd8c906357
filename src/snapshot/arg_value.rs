//! Values to compare a recorded argument with, as they are written in a test.

use crate::tree::Value;

/// A value that an argument may have: a number, a boolean, or text.
///
/// Numbers and booleans are equal to an argument that was recorded as such, whatever its width, and to one whose `Debug`
/// or `Display` text is the same (`id = ?7`). Text is equal to the content of a string, and to what `Debug` or `Display`
/// wrote: `"ada"` to `name = "ada"` and to `name = ?"ada"`, `"Some(7)"` to `id = ?Some(7)`. A value that was kept out is
/// equal to the text `[redacted]`.
pub trait ArgValue: sealed::Sealed {}

/// Only this crate knows how values are compared, so that it may learn new kinds of them.
mod sealed {
    use crate::tree::Value;

    pub trait Sealed {
        fn is(&self, value: Value<'_>) -> bool;
        /// As it would stand in a snapshot.
        fn shown(&self) -> String;
    }
}

use sealed::Sealed;

macro_rules! by_text {
    ($($number:ty),*) => {$(
        impl ArgValue for $number {}

        impl Sealed for $number {
            fn is(&self, value: Value<'_>) -> bool {
                !matches!(value, Value::Str(_)) && value.to_string() == self.shown()
            }

            fn shown(&self) -> String {
                // `Debug`, which writes a float with its point as a snapshot does.
                format!("{self:?}")
            }
        }
    )*};
}

by_text!(bool, i8, i16, i32, i64, i128, isize, u8, u16, u32, u64, u128, usize, f64);

impl ArgValue for str {}

impl Sealed for str {
    fn is(&self, value: Value<'_>) -> bool {
        match value {
            Value::Str(text) => text == self,
            Value::Text(text) => text == self || text == self.shown(),
            Value::Redacted => self == "[redacted]",
            _ => false,
        }
    }

    fn shown(&self) -> String {
        format!("{self:?}")
    }
}

impl ArgValue for String {}

impl Sealed for String {
    fn is(&self, value: Value<'_>) -> bool {
        self.as_str().is(value)
    }

    fn shown(&self) -> String {
        self.as_str().shown()
    }
}

impl<T: ArgValue + ?Sized> ArgValue for &T {}

impl<T: Sealed + ?Sized> Sealed for &T {
    fn is(&self, value: Value<'_>) -> bool {
        (**self).is(value)
    }

    fn shown(&self) -> String {
        (**self).shown()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_booleans_equal_their_like_of_any_width_and_their_text() {
        assert!(7.is(Value::U64(7)) && 7_u8.is(Value::I128(7)) && 7_i64.is(Value::Text("7")));
        assert!((-7).is(Value::I64(-7)) && true.is(Value::Bool(true)) && 30.0.is(Value::F64(30.0)));
        assert!(!7.is(Value::U64(8)) && !7.is(Value::Str("7")) && !7.is(Value::F64(7.0)) && !true.is(Value::Redacted));
    }

    #[test]
    fn text_equals_a_strings_content_and_formatted_output() {
        assert!("ada".is(Value::Str("ada")) && "ada".is(Value::Text("ada")) && "ada".is(Value::Text("\"ada\"")));
        assert!("Some(7)".is(Value::Text("Some(7)")) && String::from("[redacted]").is(Value::Redacted));
        assert!(!"7".is(Value::U64(7)) && !"ada".is(Value::Str("\"ada\"")));
    }
}
