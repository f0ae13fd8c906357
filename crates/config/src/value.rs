//! What a setting can be, as a text of the environment and as a value of the file.

use std::path::PathBuf;
use std::time::Duration;

/// A type that settings have.
pub trait FromSetting: Sized {
    /// What the setting takes, for the error where something else was found: «a whole number».
    const EXPECTED: &'static str;

    /// Reads the text of an environment variable, which is trimmed and not empty.
    fn from_text(text: &str) -> Option<Self>;

    /// Reads a value of the file. Default: a text is read as a variable is.
    #[must_use]
    fn from_file(value: FileValue<'_>) -> Option<Self> {
        match value {
            FileValue::Text(text) => Self::from_text(text.trim()),
            _ => None,
        }
    }
}

/// A value of the file, in terms of our own, so that no TOML library is in a signature.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum FileValue<'f> {
    /// A string.
    Text(&'f str),
    /// A whole number.
    Integer(i64),
    /// A number with a fraction.
    Float(f64),
    /// `true` or `false`.
    Bool(bool),
    /// An array of strings.
    Texts(Vec<&'f str>),
}

impl FileValue<'_> {
    /// As a variable would say it.
    pub(crate) fn to_text(&self) -> String {
        match self {
            Self::Text(text) => (*text).to_owned(),
            Self::Integer(number) => number.to_string(),
            Self::Float(number) => number.to_string(),
            Self::Bool(bool) => bool.to_string(),
            Self::Texts(texts) => texts.join(","),
        }
    }
}

pub(crate) fn file_value(value: &toml::Value) -> Option<FileValue<'_>> {
    Some(match value {
        toml::Value::String(text) => FileValue::Text(text),
        toml::Value::Integer(number) => FileValue::Integer(*number),
        toml::Value::Float(number) => FileValue::Float(*number),
        toml::Value::Boolean(bool) => FileValue::Bool(*bool),
        toml::Value::Array(values) => {
            FileValue::Texts(values.iter().map(|value| value.as_str()).collect::<Option<_>>()?)
        }
        toml::Value::Datetime(_) | toml::Value::Table(_) => return None,
    })
}

impl FromSetting for bool {
    const EXPECTED: &'static str = "`true` or `false`, `1` or `0`, `yes` or `no`, `on` or `off`";

    fn from_text(text: &str) -> Option<Self> {
        match text.to_ascii_lowercase().as_str() {
            "true" | "1" | "yes" | "on" => Some(true),
            "false" | "0" | "no" | "off" => Some(false),
            _ => None,
        }
    }

    fn from_file(value: FileValue<'_>) -> Option<Self> {
        match value {
            FileValue::Bool(bool) => Some(bool),
            _ => None,
        }
    }
}

macro_rules! whole_numbers {
    ($($number:ty)*) => {$(
        impl FromSetting for $number {
            const EXPECTED: &'static str = "a whole number from 0";

            fn from_text(text: &str) -> Option<Self> {
                text.replace('_', "").parse().ok()
            }

            fn from_file(value: FileValue<'_>) -> Option<Self> {
                match value {
                    FileValue::Integer(number) => number.try_into().ok(),
                    _ => None,
                }
            }
        }
    )*};
}

whole_numbers!(u32 u64 usize);

impl FromSetting for f64 {
    const EXPECTED: &'static str = "a number";

    fn from_text(text: &str) -> Option<Self> {
        text.parse().ok().filter(|number: &f64| number.is_finite())
    }

    fn from_file(value: FileValue<'_>) -> Option<Self> {
        match value {
            FileValue::Float(number) => Some(number).filter(|number| number.is_finite()),
            // A whole number of the size a setting has is a fraction, too.
            FileValue::Integer(number) => i32::try_from(number).ok().map(f64::from),
            _ => None,
        }
    }
}

impl FromSetting for String {
    const EXPECTED: &'static str = "a text";

    fn from_text(text: &str) -> Option<Self> {
        Some(text.into())
    }
}

impl FromSetting for PathBuf {
    const EXPECTED: &'static str = "a path";

    fn from_text(text: &str) -> Option<Self> {
        Some(text.into())
    }
}

/// Separated by commas in the environment, an array in the file.
impl FromSetting for Vec<String> {
    const EXPECTED: &'static str = "a list of names";

    fn from_text(text: &str) -> Option<Self> {
        Some(text.split(',').map(str::trim).filter(|part| !part.is_empty()).map(Into::into).collect())
    }

    fn from_file(value: FileValue<'_>) -> Option<Self> {
        match value {
            FileValue::Text(text) => Self::from_text(text),
            FileValue::Texts(texts) => Some(texts.into_iter().map(Into::into).collect()),
            _ => None,
        }
    }
}

/// A number and a unit: `500 ms`, `30 s`, `10 min`, `12 h`, `7 days`.
impl FromSetting for Duration {
    const EXPECTED: &'static str = "a time such as `500 ms`, `30 s`, `10 min`, `12 h` or `7 days`";

    fn from_text(text: &str) -> Option<Self> {
        let digits = text.find(|letter: char| !letter.is_ascii_digit())?;
        let (number, unit) = text.split_at(digits);
        let number: u64 = number.parse().ok()?;
        let seconds = match unit.trim() {
            "ms" => return Some(Self::from_millis(number)),
            "s" => 1,
            "min" | "m" => 60,
            "h" => 3_600,
            "d" | "day" | "days" => 86_400,
            _ => return None,
        };
        number.checked_mul(seconds).map(Self::from_secs)
    }
}

/// A setting that may be switched off altogether is `None` for `none`.
impl<T: FromSetting> FromSetting for Option<T> {
    const EXPECTED: &'static str = T::EXPECTED;

    fn from_text(text: &str) -> Option<Self> {
        if text.eq_ignore_ascii_case("none") { Some(None) } else { T::from_text(text).map(Some) }
    }

    fn from_file(value: FileValue<'_>) -> Option<Self> {
        match value {
            FileValue::Text(text) if text.eq_ignore_ascii_case("none") => Some(None),
            value => T::from_file(value).map(Some),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn texts_of_the_environment_are_read_as_people_write_them() {
        assert_eq!(["1", "Yes", "ON", "true"].map(bool::from_text), [Some(true); 4]);
        assert_eq!(["0", "no", "off", "FALSE"].map(bool::from_text), [Some(false); 4]);
        assert_eq!(bool::from_text("maybe"), None);
        assert_eq!(u64::from_text("65_536"), Some(65_536));
        assert_eq!(u64::from_text("-1"), None);
        assert_eq!(f64::from_text("0.1"), Some(0.1));
        assert_eq!(f64::from_text("NaN"), None);
        assert_eq!(Vec::from_text("password, token,,"), Some(vec!["password".to_owned(), "token".to_owned()]));
        assert_eq!(Duration::from_text("10 min"), Some(Duration::from_secs(600)));
        assert_eq!(Duration::from_text("10"), None);
        assert_eq!(Option::<u64>::from_text("none"), Some(None));
    }

    #[test]
    fn values_of_the_file_have_their_own_types() {
        assert_eq!(f64::from_file(FileValue::Integer(1)), Some(1.0));
        assert_eq!(u64::from_file(FileValue::Integer(-1)), None);
        assert_eq!(u64::from_file(FileValue::Text("7")), None);
        assert_eq!(Vec::from_file(FileValue::Texts(vec!["a"])), Some(vec!["a".to_owned()]));
    }

    proptest! {
        #[test]
        fn no_text_makes_a_reader_panic(text in ".*") {
            let _ = (bool::from_text(&text), u64::from_text(&text), f64::from_text(&text), Duration::from_text(&text));
            let _ = (Vec::from_text(&text), Option::<Duration>::from_text(&text));
        }
    }
}
