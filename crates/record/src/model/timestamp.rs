//! A moment as files of sessions write it.

use std::fmt;
use std::str::FromStr;
use std::time::{Duration, SystemTime};

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// When something began, by the wall clock: RFC 3339 in UTC, to the nanosecond where there are any.
///
/// Read are other offsets too, and, as other tools write them, times without one, which are taken as UTC.
///
/// ```
/// use tracesnap_record::Timestamp;
///
/// let time: Timestamp = "2025-07-14T12:00:01.250+02:00".parse()?;
/// assert_eq!(time.to_string(), "2025-07-14T10:00:01.250Z");
/// assert_eq!("2025-07-14T10:00:01.250".parse(), Ok(time));
/// # Ok::<(), String>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(SystemTime);

/// 9999-12-31T23:59:59Z; later moments have no text of this form.
const LAST: Duration = Duration::from_secs(253_402_300_799);

impl Timestamp {
    /// The moment of the call.
    #[must_use]
    pub fn now() -> Self {
        Self::from(SystemTime::now())
    }

    /// The same for the standard library.
    #[must_use]
    pub fn time(self) -> SystemTime {
        self.0
    }

    /// Time from `earlier` to this one; zero if the clock was set back between them.
    #[must_use]
    pub fn since(self, earlier: Self) -> Duration {
        self.0.duration_since(earlier.0).unwrap_or_default()
    }
}

/// Moments that no file can hold become the nearest that one can.
impl From<SystemTime> for Timestamp {
    fn from(time: SystemTime) -> Self {
        Self(time.clamp(SystemTime::UNIX_EPOCH, SystemTime::UNIX_EPOCH + LAST))
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let nanos = self.0.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().subsec_nanos();
        match nanos {
            0 => humantime::format_rfc3339_seconds(self.0).fmt(f),
            n if n % 1_000_000 == 0 => humantime::format_rfc3339_millis(self.0).fmt(f),
            n if n % 1_000 == 0 => humantime::format_rfc3339_micros(self.0).fmt(f),
            _ => humantime::format_rfc3339_nanos(self.0).fmt(f),
        }
    }
}

impl FromStr for Timestamp {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let failed = || {
            let shown: String = text.chars().take(40).collect();
            format!("`{shown}` is no time; expected one such as `2025-07-14T10:00:00Z`")
        };
        let text = text.trim();
        // Behind the date a sign can only be that of an offset.
        let (local, offset) = match text.get(10..).and_then(|rest| rest.find(['Z', 'z', '+', '-'])) {
            Some(at) => text.split_at(10 + at),
            None => (text, ""),
        };
        let offset = match offset {
            "" | "Z" | "z" => 0,
            signed => offset_of(signed).ok_or_else(failed)?,
        };
        let local = local.replacen(' ', "T", 1);
        let local = humantime::parse_rfc3339(&format!("{local}Z")).map_err(|_| failed())?;
        let seconds = Duration::from_secs(i64::unsigned_abs(offset));
        let utc = if offset < 0 { local.checked_add(seconds) } else { local.checked_sub(seconds) };
        utc.map(Self::from).ok_or_else(failed)
    }
}

/// Seconds east of Greenwich of `+02:00`, `-0530` or `+02`.
fn offset_of(text: &str) -> Option<i64> {
    let (sign, digits) = text.split_at_checked(1)?;
    let digits: String = digits.chars().filter(|&letter| letter != ':').collect();
    if !matches!(digits.len(), 2 | 4) || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let (hours, minutes) = digits.split_at(2);
    let (hours, minutes): (i64, i64) =
        (hours.parse().ok()?, if minutes.is_empty() { 0 } else { minutes.parse().ok()? });
    let seconds = hours * 3_600 + minutes * 60;
    (hours < 24 && minutes < 60).then_some(if sign == "-" { -seconds } else { seconds })
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Text;
        impl serde::de::Visitor<'_> for Text {
            type Value = Timestamp;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a time such as `2025-07-14T10:00:00Z`")
            }

            fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Timestamp, E> {
                text.parse().map_err(E::custom)
            }
        }
        from.deserialize_str(Text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_of_other_tools_are_read() {
        let expected: Timestamp = "2025-07-14T10:00:01.000250Z".parse().expect("a time");
        for text in [
            "2025-07-14T10:00:01.000250",
            "2025-07-14 10:00:01.000250",
            "2025-07-14T10:00:01.000250+00:00",
            "2025-07-14T15:30:01.000250+05:30",
            "2025-07-14T02:00:01.000250-0800",
        ] {
            assert_eq!(text.parse(), Ok(expected), "{text}");
        }
        for text in ["", "yesterday", "2025-07-14", "2025-07-14T10:00:01+99:00", "2025-07-14T10:00:01+é0"] {
            assert!(text.parse::<Timestamp>().is_err(), "{text}");
        }
    }
}
