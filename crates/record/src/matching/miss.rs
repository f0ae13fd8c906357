//! Why nothing answered a request.

use std::fmt;

use super::Difference;

/// Nothing that was recorded answers a request.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Miss {
    /// The recording.
    pub session: String,
    /// Who was asked.
    pub service: String,
    /// What for.
    pub operation: String,
    /// The recorded interaction that comes nearest, `None` if none is of this service and operation.
    pub nearest: Option<Near>,
    /// The operations of this service that were recorded, A to Z, up to 20; where there are none, the services.
    pub known: Vec<String>,
}

/// The recorded interaction that comes nearest.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Near {
    /// Its number in the session.
    pub id: u64,
    /// Where its request differs from what was asked, up to 20 places; none if it was excluded only.
    pub differences: Vec<Difference>,
    /// Why it does not answer although it may be equal.
    pub excluded: Vec<Excluded>,
    /// The rule by which it would have answered.
    pub rule: Option<String>,
}

/// Why an interaction does not answer.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Excluded {
    /// It has answered already.
    Consumed {
        /// How many of the same were recorded.
        recorded: usize,
    },
    /// It belongs to another task.
    OtherTask {
        /// The task that it belongs to.
        recorded: String,
        /// The task that asked.
        asked: String,
    },
    /// It is older than recordings may be.
    Expired {
        /// The age, as people write it.
        age: String,
    },
    /// It differs where it was redacted: what stood there cannot be compared.
    Redacted {
        /// Where.
        path: String,
    },
    /// In strict order another interaction comes first.
    NotNext {
        /// The one that does.
        expected: String,
    },
}

impl fmt::Display for Excluded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Consumed { recorded: 1 } => f.write_str(
                "it has answered already, and was recorded once; allow `Repeat::Last` or `Repeat::Cycle`, or record the \
                 second call",
            ),
            Self::Consumed { recorded } => write!(
                f,
                "all {recorded} that were recorded have answered already; allow `Repeat::Last` or `Repeat::Cycle`, or \
                 record the calls that are new"
            ),
            Self::OtherTask { recorded, asked } => {
                write!(f, "it belongs to the task `{recorded}`, and `{asked}` asked; name tasks with `task::scope`")
            }
            Self::Expired { age } => write!(f, "the recording is {age} old, which is more than it may be; record it again"),
            Self::Redacted { path } => write!(
                f,
                "`{path}` was redacted when it was recorded, by rules that keep nothing to compare; ignore it"
            ),
            Self::NotNext { expected } => write!(f, "the recording has `{expected}` first"),
        }
    }
}

impl fmt::Display for Miss {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { session, service, operation, nearest, known } = self;
        write!(f, "nothing in the recording `{session}` answers `{service} {operation}`")?;
        let Some(near) = nearest else {
            let known = known.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
            return if known.is_empty() {
                f.write_str("; it is empty: record it with `TEST_MODE=record`")
            } else {
                write!(f, "; it has {known}; record it again with `TEST_MODE=record` if the program changed")
            };
        };
        write!(f, "; nearest is interaction {}", near.id)?;
        for excluded in &near.excluded {
            write!(f, "\n  {excluded}")?;
        }
        for difference in &near.differences {
            write!(f, "\n  {difference}")?;
        }
        if let Some(rule) = &near.rule {
            write!(f, "\n  it would answer by the rule `{rule}`")?;
        }
        Ok(())
    }
}

impl std::error::Error for Miss {}
