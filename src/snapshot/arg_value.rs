//! Values to compare a recorded argument with, as they are written in a test.

use crate::tree::{Arg, Value};

/// A value that an argument may have: a number, a boolean, or text.
///
/// Numbers and booleans are equal to an argument that was recorded as such, whatever its width, and to one whose `Debug`
/// or `Display` text is the same (`id = ?7`). Text is equal to the content of a string, and to what `Debug` or `Display`
/// wrote: `"ada"` to `name = "ada"` and to `name = ?"ada"`, `"Some(7)"` to `id = ?Some(7)`. A value that was kept out is
/// equal to the text `[redacted]`; whether it was another one nobody can tell, nor what was behind the end of one that
/// was cut. Assertions that ask for that fail.
pub trait ArgValue: sealed::Sealed {}

/// Only this crate knows how values are compared, so that it may learn new kinds of them.
mod sealed {
    use crate::tree::Value;

    pub trait Sealed {
        fn is(&self, value: Value<'_>) -> bool;
        /// As it would stand in a snapshot.
        fn shown(&self) -> String;
        /// Itself, if it is text.
        fn text(&self) -> Option<&str> {
            None
        }
    }
}

use sealed::Sealed;
use tracesnap_redact::PLACEHOLDER;

/// Why it cannot be told whether an argument had a value; `None` where it can be.
pub(super) fn unknown(arg: &Arg<'_>, value: &impl ArgValue) -> Option<&'static str> {
    const KEPT_OUT: &str = "was kept out, all of it or a part, and nobody can tell what it was; ask for `[redacted]`, \
                            or let it be written with `.redact(..)`";
    let found = arg.value();
    if value.is(found) {
        return None;
    }
    match found {
        Value::Redacted => Some(KEPT_OUT),
        Value::Panicked => Some("is unknown, since its `Debug` panicked"),
        Value::Str(text) | Value::Text(text) => {
            let may_be = |asked: &str| may_be(text, asked, arg.is_cut());
            let as_shown = matches!(found, Value::Text(_)) && may_be(&value.shown());
            (as_shown || value.text().is_some_and(may_be)).then_some(if arg.is_cut() {
                "was cut, and nobody can tell how it went on; give values more room with `.value_limit(..)`"
            } else {
                KEPT_OUT
            })
        }
        _ => None,
    }
}

/// Whether a text may have been `asked` before parts of it were kept out, or its end.
fn may_be(text: &str, asked: &str, cut: bool) -> bool {
    if !cut && !text.contains(PLACEHOLDER) {
        return false;
    }
    let mut parts = text.split(PLACEHOLDER);
    let Some(mut rest) = asked.strip_prefix(parts.next().unwrap_or_default()) else { return false };
    let mut parts = parts.peekable();
    while let Some(part) = parts.next() {
        let is_last = parts.peek().is_none() && !cut;
        rest = match if is_last {
            rest.ends_with(part).then_some("")
        } else {
            rest.split_once(part).map(|(_, rest)| rest)
        } {
            Some(rest) => rest,
            None => return false,
        };
    }
    true
}

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

    fn text(&self) -> Option<&str> {
        Some(self)
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

    fn text(&self) -> Option<&str> {
        Some(self)
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

    fn text(&self) -> Option<&str> {
        (**self).text()
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
    fn what_was_kept_out_or_cut_may_have_been_many_things() {
        assert!(may_be("pg://ada:[redacted]@db", "pg://ada:x@y@db", false));
        assert!(may_be("a [redacted] b [redacted]", "a 1 b 2", false));
        assert!(!may_be("a [redacted] b", "a 1 c", false) && !may_be("a [redacted]", "b", false));
        assert!(may_be("abc", "abcd", true) && !may_be("abc", "abd", true) && !may_be("abc", "abcd", false));
        assert!(may_be("k=[redacted], b", "k=1, bc", true));
    }

    #[test]
    fn text_equals_a_strings_content_and_formatted_output() {
        assert!("ada".is(Value::Str("ada")) && "ada".is(Value::Text("ada")) && "ada".is(Value::Text("\"ada\"")));
        assert!("Some(7)".is(Value::Text("Some(7)")) && String::from("[redacted]").is(Value::Redacted));
        assert!(!"7".is(Value::U64(7)) && !"ada".is(Value::Str("\"ada\"")));
    }
}
