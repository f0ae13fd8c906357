//! Makes a capture of an older signature into one of the signature as it is now.

use std::fmt;

use serde::Serialize;
use serde_json::Value;

use crate::Error;
use crate::document::{Document, DocumentParameter};

/// Steps that change the arguments of a capture, in the order in which they were added.
///
/// For one test in [`Query::migrate`](crate::Query::migrate), for all captures on disk in `tracesnap captures migrate`.
/// A capture that a step was already done to stays as it is.
///
/// ```
/// use tracesnap_capture::Migration;
///
/// let migration = Migration::new().rename("user", "customer_id").add("currency", "EUR").remove("verbose");
/// assert_eq!(migration.to_string(), "rename `user` to `customer_id`, add `currency` = \"EUR\", remove `verbose`");
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
#[must_use]
pub struct Migration {
    steps: Vec<Step>,
}

#[derive(Clone, Debug, PartialEq)]
enum Step {
    Rename { from: String, to: String },
    Add { name: String, value: Value },
    Remove { name: String },
    Retype { name: String, ty: String },
}

impl Migration {
    /// Without any step.
    pub fn new() -> Self {
        Self::default()
    }

    /// Calls an argument by another name.
    pub fn rename(mut self, from: impl Into<String>, to: impl Into<String>) -> Self {
        self.steps.push(Step::Rename { from: from.into(), to: to.into() });
        self
    }

    /// Adds an argument with this value.
    pub fn add(mut self, name: impl Into<String>, value: impl Serialize) -> Self {
        let value = serde_json::to_value(value).unwrap_or(Value::Null);
        self.steps.push(Step::Add { name: name.into(), value });
        self
    }

    /// Removes an argument.
    pub fn remove(mut self, name: impl Into<String>) -> Self {
        self.steps.push(Step::Remove { name: name.into() });
        self
    }

    /// Notes that a parameter has this type now, so that the difference is not told any more.
    pub fn retype(mut self, name: impl Into<String>, ty: impl Into<String>) -> Self {
        self.steps.push(Step::Retype { name: name.into(), ty: ty.into() });
        self
    }

    /// Whether there is no step.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.steps.is_empty()
    }

    /// Changes a document; whether it was changed.
    ///
    /// # Errors
    ///
    /// [`Error::Document`] if an argument would be renamed to one that is there.
    pub fn apply(&self, document: &mut Document) -> Result<bool, Error> {
        let before = document.clone();
        for step in &self.steps {
            self.step(step, document)?;
        }
        if *document == before {
            return Ok(false);
        }
        if !document.metadata.parameters.is_empty() {
            document.metadata.signature = document.fingerprint().to_string();
        }
        Ok(true)
    }

    fn step(&self, step: &Step, document: &mut Document) -> Result<(), Error> {
        let Document { kwargs, metadata, .. } = document;
        match step {
            Step::Rename { from, to } => {
                if !kwargs.contains_key(from) {
                    return Ok(());
                }
                if kwargs.contains_key(to) {
                    let why = format!("`{from}` cannot be renamed to `{to}`, which is there as well");
                    return Err(Error::Document { origin: document.id.clone(), why });
                }
                for fields in [kwargs, &mut metadata.tiers, &mut metadata.redacted] {
                    if let Some(value) = fields.remove(from) {
                        fields.insert(to.clone(), value);
                    }
                }
                for parameter in metadata.parameters.iter_mut().filter(|parameter| parameter.name == *from) {
                    parameter.name.clone_from(to);
                }
            }
            Step::Add { name, value } if !kwargs.contains_key(name) => {
                kwargs.insert(name.clone(), value.clone());
                metadata.tiers.insert(name.clone(), "value".into());
                if !metadata.parameters.iter().any(|parameter| parameter.name == *name) {
                    metadata.parameters.push(DocumentParameter { name: name.clone(), ty: String::new() });
                }
            }
            Step::Add { .. } => {}
            Step::Remove { name } => {
                for fields in [kwargs, &mut metadata.tiers, &mut metadata.redacted] {
                    fields.remove(name);
                }
                metadata.parameters.retain(|parameter| parameter.name != *name);
            }
            Step::Retype { name, ty } => {
                for parameter in metadata.parameters.iter_mut().filter(|parameter| parameter.name == *name) {
                    parameter.ty.clone_from(ty);
                }
            }
        }
        Ok(())
    }
}

impl fmt::Display for Migration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, step) in self.steps.iter().enumerate() {
            f.write_str(if at == 0 { "" } else { ", " })?;
            match step {
                Step::Rename { from, to } => write!(f, "rename `{from}` to `{to}`")?,
                Step::Add { name, value } => write!(f, "add `{name}` = {value}")?,
                Step::Remove { name } => write!(f, "remove `{name}`")?,
                Step::Retype { name, ty } => write!(f, "`{name}` is `{ty}`")?,
            }
        }
        Ok(())
    }
}
