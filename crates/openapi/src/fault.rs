//! What is wrong with a document that can be read all the same.

use std::fmt;

/// One thing that is wrong, and where. The rest of the document is served as if it were not there.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Fault {
    /// What kind of fault it is.
    pub kind: FaultKind,
    /// The file, as it was named.
    pub file: String,
    /// Line, from 1; `None` where it is not known.
    pub line: Option<u32>,
    /// JSON pointer from the root of the file, `""` for the root itself.
    pub pointer: String,
    /// What was found and what was expected, lower case, without a full stop.
    pub message: String,
}

/// Kinds of faults, by what they cost.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum FaultKind {
    /// Bytes or punctuation that only a lenient reader accepts.
    Syntax,
    /// A key stands twice in an object; the last one counts.
    DuplicateKey,
    /// A number that no JSON number of 64 bits holds; the nearest one counts, or its text.
    Number,
    /// A key that is no scalar, as where a template (`{{name}}`) was not quoted; its text counts.
    Key,
    /// A reference leads nowhere: the file or the place does not exist; a hole is left.
    UndefinedReference,
    /// A reference leads out of the folder of the document, or to another host, and was not followed.
    ForbiddenReference,
    /// References lead in a circle without anything in between.
    CyclicReference,
    /// A value has another type than the specification asks for; it is ignored.
    WrongType,
    /// Something the specification asks for is missing.
    Missing,
    /// Two operations cannot be told apart: the same `operationId`, or the same method and path.
    Ambiguous,
}

impl FaultKind {
    /// The name, as in `undefined-reference`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Syntax => "syntax",
            Self::DuplicateKey => "duplicate-key",
            Self::Number => "number",
            Self::Key => "key",
            Self::UndefinedReference => "undefined-reference",
            Self::ForbiddenReference => "forbidden-reference",
            Self::CyclicReference => "cyclic-reference",
            Self::WrongType => "wrong-type",
            Self::Missing => "missing",
            Self::Ambiguous => "ambiguous",
        }
    }
}

impl fmt::Display for FaultKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// `file:line: #pointer: message`, as editors find it.
impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:", self.file)?;
        if let Some(line) = self.line {
            write!(f, "{line}:")?;
        }
        write!(f, " #{}: {}", self.pointer, self.message)
    }
}
