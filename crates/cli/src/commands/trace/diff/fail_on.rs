//! `--fail-on`: which differences are too much.

use std::str::FromStr;

use tracesnap::snapshot::{ChangeKind, CostKind, CostLimit, TraceDiff};

use super::{figure, growth};

/// One `--fail-on`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum FailOn {
    /// Any change of structure.
    Any,
    Change(ChangeKind),
    /// `None`: by the limit of the kind.
    Cost(CostKind, Option<CostLimit>),
}

/// `10%`, `1ms`, `4KiB`, `10%+1ms`: a fraction, an amount, or both. Of two parts, one that is not given is 0.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Threshold {
    relative: Option<f64>,
    /// In nanoseconds, bytes or calls; `None` where it was not given.
    time: Option<u64>,
    count: Option<u64>,
}

impl Threshold {
    /// The limit for one kind of cost. An amount of another unit alone does not concern it: its own limit stays.
    pub(crate) fn of(self, kind: CostKind) -> CostLimit {
        let absolute = match kind {
            CostKind::Wall | CostKind::SelfTime => self.time,
            // A size is no number of calls.
            CostKind::Calls => None,
            _ => self.count,
        };
        match (self.relative, absolute) {
            (None, None) => CostLimit::default_of(kind),
            (relative, absolute) => CostLimit::new(relative.unwrap_or(0.0), absolute.unwrap_or(0)),
        }
    }

    /// The same where that cost alone is meant: an amount of another unit would be no limit at all.
    fn of_only(self, kind: CostKind) -> Result<CostLimit, String> {
        let (foreign, example) = match kind {
            CostKind::Wall | CostKind::SelfTime => (self.count.is_some(), "a time, `1ms`"),
            CostKind::Bytes => (self.time.is_some(), "a size, `4KiB`"),
            _ => (self.time.is_some(), "a number, `5`"),
        };
        if foreign {
            return Err(format!("the limit of `{}` has another unit; give {example}, or a percentage", kind.as_str()));
        }
        Ok(match kind {
            CostKind::Calls => CostLimit::new(self.relative.unwrap_or(0.0), self.count.unwrap_or(0)),
            _ => self.of(kind),
        })
    }
}

impl FromStr for Threshold {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (mut relative, mut time, mut count) = (None, None, None);
        for part in text.split('+').map(str::trim) {
            if let Some(percent) = part.strip_suffix('%') {
                let percent: f64 = percent.trim().parse().map_err(|_| wrong(part))?;
                if !(percent.is_finite() && percent >= 0.0) {
                    return Err(wrong(part));
                }
                set(&mut relative, percent / 100.0, text)?;
            } else if let Some(bytes) = bytes(part) {
                set(&mut count, bytes, text)?;
            } else {
                let duration = humantime::parse_duration(part).map_err(|_| wrong(part))?;
                set(&mut time, u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX), text)?;
            }
        }
        Ok(Self { relative, time, count })
    }
}

/// Of two limits of one kind nobody could tell which counts.
fn set<T>(limit: &mut Option<T>, value: T, text: &str) -> Result<(), String> {
    if limit.replace(value).is_some() {
        return Err(format!("`{text}` gives two limits of one unit; give one"));
    }
    Ok(())
}

/// `512`, `512B`, `4KiB`, `4kB` and so on.
fn bytes(text: &str) -> Option<u64> {
    let digits = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (number, unit) = (text[..digits].parse::<u64>().ok()?, text[digits..].trim());
    let factor = match unit {
        "" | "B" => 1,
        "kB" | "KB" => 1_000,
        "MB" => 1_000_000,
        "GB" => 1_000_000_000,
        "KiB" => 1 << 10,
        "MiB" => 1 << 20,
        "GiB" => 1 << 30,
        _ => return None,
    };
    number.checked_mul(factor)
}

fn wrong(part: &str) -> String {
    format!(
        "`{part}` is no limit; give a percentage, a time or a size, or two of them: `10%`, `1ms`, `4KiB`, `10%+1ms`"
    )
}

impl FromStr for FailOn {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (name, limit) = match text.split_once('=') {
            Some((name, limit)) => (name.trim(), Some(limit.parse::<Threshold>()?)),
            None => (text.trim(), None),
        };
        if let Some(&kind) = CostKind::ALL.iter().find(|kind| kind.as_str() == name) {
            let limit = limit.map(|limit| limit.of_only(kind)).transpose()?;
            return Ok(Self::Cost(kind, limit));
        }
        let change = ChangeKind::ALL.into_iter().find(|kind| kind.as_str() == name).map(Self::Change);
        let found = if name == "any" { Some(Self::Any) } else { change };
        match found {
            Some(_) if limit.is_some() => Err(format!("`{name}` has no limit: one is enough")),
            Some(found) => Ok(found),
            None => Err(format!(
                "`{name}` is none of any, added, removed, moved, renamed, changed, calls, wall, self, bytes"
            )),
        }
    }
}

impl FailOn {
    /// What there is of it, in a sentence. Costs that were given no limit have that of their kind.
    pub(crate) fn found_in(&self, diff: &TraceDiff, limit_of: impl Fn(CostKind) -> CostLimit) -> Option<String> {
        let nodes = |count: u64| if count == 1 { "call or event" } else { "calls or events" };
        match *self {
            Self::Any => {
                let count = ChangeKind::ALL.iter().map(|&kind| diff.summary().get(kind)).sum::<u64>();
                (count > 0).then(|| format!("{count} {} differ", nodes(count)))
            }
            Self::Change(kind) => {
                let count = diff.summary().get(kind);
                (count > 0).then(|| format!("{count} {} {kind}", nodes(count)))
            }
            Self::Cost(kind, limit) => {
                let grown = diff.grown(kind, limit.unwrap_or_else(|| limit_of(kind)));
                let first = grown.first()?;
                let cost = first.get(kind);
                let (old, new) = (figure(kind, cost.old), figure(kind, cost.new));
                let more = match grown.len() - 1 {
                    0 => String::new(),
                    more => format!(", and {more} more"),
                };
                Some(format!("{} of {}: {old} → {new} ({}){more}", kind.as_str(), first.path(), growth(cost)))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_is_a_fraction_an_amount_or_both() {
        let limit = |text: &str, kind| text.parse::<Threshold>().map(|limit| limit.of(kind));
        assert_eq!(limit("10%+1ms", CostKind::Wall), Ok(CostLimit::new(0.1, 1_000_000)));
        assert_eq!(limit("4KiB", CostKind::Bytes), Ok(CostLimit::new(0.0, 4_096)));
        assert_eq!("calls=5".parse(), Ok(FailOn::Cost(CostKind::Calls, Some(CostLimit::new(0.0, 5)))));
        let wrong = ["", "x", "-1%", "NaN%", "10 parsec", "1%+", "10%+20%", "1ms+2s", "4KiB+5"];
        assert!(wrong.iter().all(|text| text.parse::<Threshold>().is_err()));
    }

    #[test]
    fn an_amount_of_another_unit_leaves_the_limit_of_a_kind_as_it_is() {
        let threshold: Threshold = "1ms".parse().expect("it is one");
        assert_eq!(threshold.of(CostKind::Wall), CostLimit::new(0.0, 1_000_000));
        assert_eq!(threshold.of(CostKind::Bytes), CostLimit::default_of(CostKind::Bytes));
        let threshold: Threshold = "4KiB".parse().expect("it is one");
        for kind in [CostKind::Calls, CostKind::SelfTime] {
            assert_eq!(threshold.of(kind), CostLimit::default_of(kind));
        }
    }

    #[test]
    fn what_fails_is_a_kind_of_change_or_a_cost() {
        assert_eq!("any".parse(), Ok(FailOn::Any));
        assert_eq!("moved".parse(), Ok(FailOn::Change(ChangeKind::Moved)));
        assert_eq!("self=20%".parse(), Ok(FailOn::Cost(CostKind::SelfTime, Some(CostLimit::new(0.2, 0)))));
        assert_eq!("wall".parse(), Ok(FailOn::Cost(CostKind::Wall, None)));
        assert!("faster".parse::<FailOn>().is_err() && "added=3".parse::<FailOn>().is_err());
    }

    #[test]
    fn a_limit_of_another_unit_is_refused_since_it_would_not_limit() {
        for text in ["self=5", "wall=10%+4KiB", "bytes=1ms", "calls=1ms"] {
            let error = text.parse::<FailOn>().expect_err("another unit");
            assert!(error.contains("has another unit"), "{error}");
        }
    }
}
