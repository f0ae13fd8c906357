//! How the signature of a capture differs from that of the function as it is now.

use std::fmt;

use crate::Spec;
use crate::document::Document;

/// One difference between two signatures.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Change {
    /// A parameter that the capture does not know.
    Added {
        /// Its name.
        name: String,
        /// Its type.
        ty: String,
    },
    /// A parameter that the function has no more.
    Removed {
        /// Its name.
        name: String,
        /// Its type.
        ty: String,
    },
    /// A parameter of another type.
    Retyped {
        /// Its name.
        name: String,
        /// Its type in the capture.
        from: String,
        /// Its type now.
        to: String,
    },
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Added { name, ty } => write!(f, "added `{name}: {ty}`"),
            Self::Removed { name, ty } => write!(f, "removed `{name}: {ty}`"),
            Self::Retyped { name, from, to } => write!(f, "`{name}` was `{from}`, is `{to}`"),
        }
    }
}

/// All differences between the signature of a capture and that of the function.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Mismatch {
    /// In the order of the parameters, removed ones last.
    pub changes: Vec<Change>,
}

impl Mismatch {
    /// The differences; `None` where there are none, or the document does not say what its signature was.
    pub(crate) fn between(document: &Document, spec: &Spec) -> Option<Self> {
        let before = &document.metadata.parameters;
        if before.is_empty() && spec.parameters.is_empty() || document.metadata.signature.is_empty() {
            return None;
        }
        let mut changes = Vec::new();
        for parameter in spec.parameters {
            match before.iter().find(|earlier| earlier.name == parameter.name) {
                None => changes.push(Change::Added { name: parameter.name.into(), ty: parameter.ty.into() }),
                Some(earlier) if earlier.ty != parameter.ty => changes.push(Change::Retyped {
                    name: parameter.name.into(),
                    from: earlier.ty.clone(),
                    to: parameter.ty.into(),
                }),
                Some(_) => {}
            }
        }
        for earlier in before {
            if !spec.parameters.iter().any(|parameter| parameter.name == earlier.name) {
                changes.push(Change::Removed { name: earlier.name.clone(), ty: earlier.ty.clone() });
            }
        }
        (!changes.is_empty()).then_some(Self { changes })
    }
}

impl fmt::Display for Mismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, change) in self.changes.iter().enumerate() {
            write!(f, "{}{change}", if at == 0 { "" } else { ", " })?;
        }
        Ok(())
    }
}
