//! What can be wrong with a policy that a user builds.

use std::fmt;

/// Why [`PolicyBuilder::build`](crate::PolicyBuilder::build) refused, or what should be JSON is none.
///
/// It never holds anything of what was to be redacted.
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
    /// A rule by place that names no place.
    Path {
        /// The path as it was given.
        path: String,
    },
    /// What should be JSON is none.
    Json {
        /// The line, from 1.
        line: usize,
        /// The byte in that line, from 1.
        column: usize,
    },
    /// A setting of `tracesnap.toml` or the environment that makes no sense, or that nobody reads.
    Setting {
        /// What is wrong, and where it stands.
        message: String,
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
            Self::Path { path } => write!(
                f,
                "the path `{path}` names no place in a document; write one like `$.items[*].card`, `$..card` or \
                 `$['card number'][0]`"
            ),
            Self::Json { line, column } => {
                write!(f, "no JSON at line {line}, column {column}; what is no JSON can be redacted as plain text")
            }
            Self::Setting { message } => f.write_str(message),
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
