//! Filters for what is written as a whole. (First form: names and light values; patterns follow under the same API.)

use std::borrow::Cow;
use std::io::{self, Read, Write};

use serde_json::Value;

use crate::{Error, Finding, PLACEHOLDER, Place, Policy, Report};

impl Policy {
    /// Appends a JSON document to `to` as it may be written.
    ///
    /// # Errors
    ///
    /// [`Error::Json`] where it is none; `to` is then as it was.
    pub fn redact_json(&self, json: &[u8], to: &mut Vec<u8>) -> Result<Report, Error> {
        let error = |error: serde_json::Error| Error::Json { line: error.line(), column: error.column() };
        let mut value: Value = serde_json::from_slice(json).map_err(error)?;
        let mut report = Report::default();
        self.clean(&mut value, &mut "$".to_owned(), &mut report);
        serde_json::to_writer(to, &value).map_err(error)?;
        Ok(report)
    }

    /// The same from a reader to a writer, in memory that does not grow with the document.
    ///
    /// # Errors
    ///
    /// Those of reader and writer; [`Error::Json`] inside one of kind `InvalidData`.
    pub fn redact_json_stream(&self, mut from: impl Read, mut to: impl Write) -> io::Result<Report> {
        let (mut json, mut clean) = (Vec::new(), Vec::new());
        from.read_to_end(&mut json)?;
        let report =
            self.redact_json(&json, &mut clean).map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))?;
        to.write_all(&clean)?;
        Ok(report)
    }

    /// A text as it may be written; borrowed where there is nothing to keep back.
    #[must_use]
    pub fn redact_text<'t>(&self, text: &'t str) -> Cow<'t, str> {
        self.scrub_debug(text)
    }

    /// What stands in these bytes that must not be written; nothing of them is kept.
    #[must_use]
    pub fn scan(&self, bytes: &[u8]) -> Vec<Finding> {
        let mut clean = Vec::new();
        match self.redact_json(bytes, &mut clean) {
            Ok(report) => report.findings().to_vec(),
            Err(_) => Vec::new(),
        }
    }

    fn clean(&self, value: &mut Value, path: &mut String, report: &mut Report) {
        match value {
            Value::String(text) => {
                if let Cow::Owned(changed) = self.scrub_debug(text) {
                    report.add_at(&crate::RuleId::new("value/text"), Place::Path(path.clone()));
                    *text = changed;
                }
            }
            Value::Array(items) => items.iter_mut().for_each(|item| self.clean(item, path, report)),
            Value::Object(fields) => {
                for (name, value) in fields.iter_mut() {
                    match self.matches_name(name) {
                        Some(_) if *value == PLACEHOLDER => {}
                        Some(rule) if !value.is_null() => {
                            report.add_at(&rule, Place::Path(format!("{path}.{name}")));
                            *value = PLACEHOLDER.into();
                        }
                        _ => self.clean(value, path, report),
                    }
                }
            }
            _ => {}
        }
    }
}
