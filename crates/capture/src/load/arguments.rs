//! Arguments of a function made from a capture, each from its value or from what was supplied.

use std::any::Any;
use std::collections::BTreeMap;
use std::fmt;

use serde::de::DeserializeOwned;
use serde_json::Value;

use super::Mismatch;
use super::reader::ReadFn;
use crate::document::Document;
use crate::runtime::TierKind as Tier;
use crate::{Error, Spec};

/// A type that was captured in another form than its own, and is made again from it: the way back of
/// [`CaptureValue`](crate::CaptureValue).
pub trait RestoreValue: Sized {
    /// The form in which it was captured.
    type Captured: DeserializeOwned;

    /// Makes the value again.
    ///
    /// # Errors
    ///
    /// What is wrong with the form.
    fn restore_value(captured: Self::Captured) -> Result<Self, String>;
}

/// An argument that a capture does not hold as a whole.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Unreplayable {
    /// Its name.
    pub argument: String,
    /// Why.
    pub why: String,
}

impl fmt::Display for Unreplayable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` {}", self.argument, self.why)
    }
}

/// Arguments of a function, made from a capture: what `#[capture]` writes for each function.
pub trait FromArgs<'x>: Sized {
    /// Takes them in the order of the parameters.
    ///
    /// # Errors
    ///
    /// If one is missing or does not fit.
    fn from_args<S: ArgSource>(source: &mut S) -> Result<Self, Error>;
}

/// Where arguments come from.
pub trait ArgSource {
    /// The argument of this name.
    ///
    /// # Errors
    ///
    /// If it is missing or does not fit.
    fn take<T: 'static>(&mut self, name: &'static str, reader: Option<ReadFn<T>>) -> Result<T, Error>;

    /// After the last one: whether all were there.
    ///
    /// # Errors
    ///
    /// [`Error::NotReplayable`] with all that are missing.
    fn finish(&mut self) -> Result<(), Error>;
}

/// Values that whoever loads supplies, by the names of the arguments.
pub(crate) type Supplied = BTreeMap<String, Box<dyn Any>>;

/// A capture as a source of arguments.
pub(crate) struct FromDocument<'d> {
    pub(crate) document: &'d Document,
    pub(crate) spec: &'static Spec,
    pub(crate) supplied: Supplied,
    pub(crate) mismatch: Option<Mismatch>,
    /// Whether what stands in the place of a secret is as good as the secret.
    pub(crate) placeholders: bool,
}

impl FromDocument<'_> {
    fn missing(&self, argument: &str, why: impl Into<String>) -> Error {
        Error::NotReplayable {
            function: self.document.function().into(),
            id: self.document.id.clone(),
            missing: vec![Unreplayable { argument: argument.into(), why: why.into() }],
        }
    }

    /// All arguments that are missing and not supplied, so that one error names them all.
    fn all_missing(&self) -> Vec<Unreplayable> {
        let parameters = self.spec.parameters.iter().filter(|parameter| !self.supplied.contains_key(parameter.name));
        parameters
            .filter_map(|parameter| {
                let why = self.why_missing(parameter.name)?;
                Some(Unreplayable { argument: parameter.name.into(), why })
            })
            .collect()
    }

    /// That a document holds all its arguments as a whole.
    pub(crate) fn check(document: &Document) -> Result<(), Error> {
        let missing = missing(document);
        if missing.is_empty() {
            return Ok(());
        }
        Err(Error::NotReplayable { function: document.function().into(), id: document.id.clone(), missing })
    }

    fn why_missing(&self, name: &str) -> Option<String> {
        if self.placeholders && self.document.tier(name) == Tier::Redacted {
            return None;
        }
        why_missing(self.document, name)
    }
    fn of_signature(&self, why: Option<String>) -> Option<Error> {
        Some(Error::Signature {
            function: self.document.function().into(),
            id: self.document.id.clone(),
            mismatch: Box::new(self.mismatch.clone()?),
            why,
        })
    }
}

impl ArgSource for FromDocument<'_> {
    fn take<T: 'static>(&mut self, name: &'static str, reader: Option<ReadFn<T>>) -> Result<T, Error> {
        if let Some(value) = self.supplied.remove(name) {
            let found = value.downcast().map_err(|_| {
                self.missing(name, format!("was supplied as a value that is no `{}`", std::any::type_name::<T>()))
            })?;
            return Ok(*found);
        }
        if self.why_missing(name).is_some() {
            return Err(Error::NotReplayable {
                function: self.document.function().into(),
                id: self.document.id.clone(),
                missing: self.all_missing(),
            });
        }
        let ty =
            self.spec.parameters.iter().find(|parameter| parameter.name == name).map_or("", |parameter| parameter.ty);
        let Some(reader) = reader else {
            return Err(self.missing(name, format!("is a `{ty}`, which is no `Deserialize`")));
        };
        match self.document.argument(name) {
            Some(value) => reader(value).map_err(|why| {
                let why = format!("{why}; found {}", shortened(value));
                let with_name = format!("`{name}`: {why}");
                self.of_signature(Some(with_name)).unwrap_or_else(|| Error::Argument {
                    function: self.document.function().into(),
                    id: self.document.id.clone(),
                    name: name.into(),
                    ty: ty.into(),
                    why,
                })
            }),
            // What may be missing is `None`.
            None => reader(&Value::Null)
                .map_err(|_| self.of_signature(None).unwrap_or_else(|| self.missing(name, "is not in it"))),
        }
    }

    fn finish(&mut self) -> Result<(), Error> {
        match self.supplied.keys().next() {
            None => Ok(()),
            Some(name) => Err(Error::Criteria {
                found: format!("with({name} = …)"),
                expected: "the names of the function's arguments",
            }),
        }
    }
}

/// Why a document has no whole value of an argument.
pub(crate) fn why_missing(document: &Document, name: &str) -> Option<String> {
    match document.tier(name) {
        Tier::Value => None,
        Tier::Redacted => Some(format!("was redacted by `{}`", document.redacted(name).join("`, `"))),
        Tier::Debug => Some("was kept as its `Debug` text".into()),
        Tier::Opaque => Some("was kept as the name of its type".into()),
        Tier::Truncated => Some("was cut because of its size".into()),
        Tier::Lossy => Some("has a part that JSON has no form for".into()),
        Tier::Failed => Some("could not be serialised".into()),
    }
}

/// All arguments of which a document has no whole value.
pub(crate) fn missing(document: &Document) -> Vec<Unreplayable> {
    // A receiver is made anew.
    let names = document.names().into_iter().filter(|name| name != "self");
    names
        .filter_map(|argument| {
            let why = why_missing(document, &argument)?;
            Some(Unreplayable { argument, why })
        })
        .collect()
}

/// A value as it is told in an error.
pub(crate) fn shortened(value: &Value) -> String {
    let text = value.to_string();
    match text.char_indices().nth(60) {
        Some((end, _)) => format!("`{}…`", &text[..end]),
        None => format!("`{text}`"),
    }
}
