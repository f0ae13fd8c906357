//! What can be wrong with a policy that a user builds.

use std::fmt;

/// Why [`PolicyBuilder::build`](crate::PolicyBuilder::build) refused. A policy that was built never fails.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Error {
    /// A name with no letter or digit in it, which no field could have.
    EmptyName {
        /// The name as it was given.
        name: String,
    },
    /// A rule to switch off that does not exist.
    UnknownRule {
        /// The id as it was given.
        id: String,
    },
    /// A value rule whose id is empty, or belongs to another rule already.
    RuleId {
        /// The id it gave.
        id: String,
    },
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::EmptyName { name } => {
                write!(f, "the name `{name}` has no letter or digit; write a field's name, such as `customer_ssn`")
            }
            Self::UnknownRule { id } => write!(
                f,
                "there is no redaction rule `{id}` to switch off; rules are called like `name/token` or `value/jwt`, \
                 and `Policy::rules` lists them"
            ),
            Self::RuleId { id } if id.is_empty() => {
                f.write_str("a value rule has an empty id; give it one of its own, such as `value/customer_number`")
            }
            Self::RuleId { id } => {
                write!(f, "two redaction rules are called `{id}`; give the value rule an id of its own")
            }
        }
    }
}

impl std::error::Error for Error {}
