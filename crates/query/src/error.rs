//! What can go wrong between recordings and an answer. What is damaged is no error: it is named beside the rows.

use std::fmt;

/// Any cause.
type Cause = Box<dyn std::error::Error + Send + Sync>;

/// Why there are no rows.
#[derive(Debug)]
#[non_exhaustive]
pub enum Error {
    /// Nothing can be read there.
    Place {
        /// The folder, file or URL.
        place: String,
        /// Why.
        source: Cause,
    },
    /// Rows could not be written.
    Write {
        /// Why.
        source: Cause,
    },
    /// A query that is no SQL, or asks for what there is not.
    Sql {
        /// What is wrong, by the engine.
        why: String,
    },
    /// A statement that would change something.
    NotSelect {
        /// How it begins.
        statement: String,
    },
    /// A column that the table has not.
    NoColumn {
        /// The column.
        column: String,
        /// One of a similar name.
        near: Option<String>,
        /// Those that there are.
        columns: Vec<String>,
    },
    /// A table that there is not.
    NoTable {
        /// The table.
        table: String,
        /// Those that there are.
        tables: Vec<String>,
    },
    /// A query that needs more memory than it may take.
    Memory {
        /// How much it may. **Unit:** bytes.
        limit: usize,
        /// Why it needs more.
        source: Cause,
    },
    /// A query that failed while it ran.
    Query {
        /// Why.
        source: Cause,
    },
}

impl Error {
    pub(crate) fn place(place: impl fmt::Display, source: Cause) -> Self {
        Self::Place { place: place.to_string(), source }
    }

    pub(crate) fn write(source: impl Into<Cause>) -> Self {
        Self::Write { source: source.into() }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Place { place, .. } => write!(f, "cannot read `{place}`"),
            Self::Write { .. } => f.write_str("rows could not be written"),
            Self::Sql { why } => write!(f, "the query cannot be understood: {why}"),
            Self::NotSelect { statement } => {
                write!(f, "`{statement}` is no query: recordings are only read; expected one `SELECT …`")
            }
            Self::NoColumn { column, near, columns } => {
                write!(f, "there is no column `{column}`; there are `{}`", columns.join("`, `"))?;
                near.as_ref().map_or(Ok(()), |near| write!(f, "; did you mean `{near}`?"))
            }
            Self::NoTable { table, tables } => {
                write!(f, "there is no table `{table}`; there are `{}`", tables.join("`, `"))
            }
            Self::Memory { limit, .. } => {
                write!(f, "the query needs more than {} MiB of memory; ask for fewer rows, or columns", limit >> 20)
            }
            Self::Query { .. } => f.write_str("the query failed"),
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Place { source, .. }
            | Self::Write { source }
            | Self::Memory { source, .. }
            | Self::Query { source } => Some(&**source),
            _ => None,
        }
    }
}
