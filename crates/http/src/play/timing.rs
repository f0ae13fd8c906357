//! The pace of what is played back.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use crate::Error;

/// How long what is played back takes. In text: `none`, `recorded`, or a factor such as `0.1` or `2`.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
#[non_exhaustive]
pub enum Timing {
    /// No time at all. The default.
    #[default]
    None,
    /// As long as it took when it was recorded, part by part.
    Recorded,
    /// So many times as long.
    Scaled(f64),
}

/// The timing where nothing is said: [`Timing::None`].
pub const DEFAULT_TIMING: Timing = Timing::None;

/// Nothing waits for longer: one day.
const LONGEST: Duration = Duration::from_secs(86_400);

impl Timing {
    /// How long something takes that took so long.
    #[must_use]
    pub fn of(self, recorded: Duration) -> Duration {
        let scaled = match self {
            Self::None => Duration::ZERO,
            Self::Recorded => recorded,
            Self::Scaled(factor) => Duration::try_from_secs_f64(recorded.as_secs_f64() * factor)
                .unwrap_or(if factor > 0.0 { LONGEST } else { Duration::ZERO }),
        };
        scaled.min(LONGEST)
    }
}

impl fmt::Display for Timing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::None => f.pad("none"),
            Self::Recorded => f.pad("recorded"),
            Self::Scaled(factor) => factor.fmt(f),
        }
    }
}

impl FromStr for Timing {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        match text {
            "none" => Ok(Self::None),
            "recorded" => Ok(Self::Recorded),
            factor => match factor.parse::<f64>() {
                Ok(factor) if factor.is_finite() && factor >= 0.0 => Ok(Self::Scaled(factor)),
                _ => Err(Error::Setting {
                    found: text.chars().take(40).collect(),
                    expected: "a timing: `none`, `recorded`, or a factor such as `0.5`",
                }),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_timing_is_read_back_and_scales() {
        for text in ["none", "recorded", "0.5", "2"] {
            assert_eq!(text.parse::<Timing>().expect("a timing").to_string(), text);
        }
        for text in ["", "-1", "NaN", "fast"] {
            assert!(text.parse::<Timing>().is_err(), "{text}");
        }
        let second = Duration::from_secs(1);
        assert_eq!(Timing::None.of(second), Duration::ZERO);
        assert_eq!(Timing::Scaled(0.5).of(second), second / 2);
        assert_eq!(Timing::Recorded.of(Duration::MAX), LONGEST);
        assert_eq!(Timing::Scaled(1e300).of(second), LONGEST);
    }
}
