//! Values that a service made up in one response and that come back in later requests.

use std::collections::HashMap;

use serde_json::Value;
use tracesnap_redact::JsonPath;

/// A value taken from responses, such as the id of what was created. Where it stands in later requests, what counts is that
/// it is that value, not which one: a run that got another id matches what was recorded with the first.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Variable {
    /// What to call it; it is written `{{name}}` in explanations.
    pub name: String,
    /// Whose responses have it.
    pub service: String,
    /// The operation.
    pub operation: String,
    /// Where in the response: `$.body.value.id`.
    pub path: JsonPath,
}

impl Variable {
    /// The value at `path` of responses of this operation.
    pub fn new(
        name: impl Into<String>,
        service: impl Into<String>,
        operation: impl Into<String>,
        path: JsonPath,
    ) -> Self {
        Self { name: name.into(), service: service.into(), operation: operation.into(), path }
    }
}

/// Values shorter than this stand in requests by chance.
const SHORTEST: usize = 4;

/// So many values are remembered of a run.
const MOST: usize = 100_000;

/// The values that variables have had in one run, recorded or live.
#[derive(Debug, Default)]
pub(super) struct Values {
    /// By value: the name, and which of its values it is.
    names: HashMap<String, String>,
    counts: HashMap<String, u64>,
}

impl Values {
    /// Takes the values of a response.
    pub(super) fn take(&mut self, variables: &[Variable], service: &str, operation: &str, response: &Value) {
        for variable in variables {
            if variable.service != service || variable.operation != operation {
                continue;
            }
            for found in variable.path.find(response) {
                let text = match found {
                    Value::String(text) => text.clone(),
                    Value::Number(number) => number.to_string(),
                    _ => continue,
                };
                if self.names.contains_key(&text) || self.names.len() >= MOST {
                    continue;
                }
                let count = self.counts.entry(variable.name.clone()).or_default();
                *count += 1;
                let name = if *count == 1 { variable.name.clone() } else { format!("{} {count}", variable.name) };
                self.names.insert(text, format!("{{{{{name}}}}}"));
            }
        }
    }

    /// Takes the values of a recorded response under the names that they have in the recording, whatever was answered
    /// before.
    pub(super) fn take_as(&mut self, recorded: &Self, variables: &[Variable], played: &crate::Interaction) {
        for variable in variables {
            if variable.service != played.service || variable.operation != played.operation {
                continue;
            }
            for found in variable.path.find(&played.response) {
                let text = match found {
                    Value::String(text) => text.clone(),
                    found => found.to_string(),
                };
                if let Some(name) = recorded.names.get(&text)
                    && self.names.len() < MOST
                {
                    self.names.insert(text, name.clone());
                }
            }
        }
    }

    /// Puts names in the place of values.
    pub(super) fn replace(&self, value: &mut Value) {
        if self.names.is_empty() {
            return;
        }
        match value {
            Value::String(text) => {
                if let Some(name) = self.names.get(text) {
                    text.clone_from(name);
                } else if let Some(replaced) = self.within(text) {
                    *text = replaced;
                }
            }
            Value::Number(number) => {
                if let Some(name) = self.names.get(&number.to_string()) {
                    *value = name.as_str().into();
                }
            }
            Value::Array(items) => items.iter_mut().for_each(|item| self.replace(item)),
            Value::Object(fields) => fields.values_mut().for_each(|field| self.replace(field)),
            _ => {}
        }
    }

    /// A path or a query holds values between its separators.
    fn within(&self, text: &str) -> Option<String> {
        let is_word = |letter: char| letter.is_alphanumeric() || letter == '-' || letter == '_';
        let mut replaced = None::<String>;
        let mut at = 0;
        for word in text.split(|letter| !is_word(letter)) {
            // The word itself is a slice of the text.
            let from = at + text[at..].find(word).unwrap_or(0);
            if word.len() >= SHORTEST
                && let Some(name) = self.names.get(word)
            {
                let whole = replaced.get_or_insert_with(|| text[..from].to_owned());
                whole.push_str(name);
            } else if let Some(whole) = &mut replaced {
                whole.push_str(word);
            }
            at = from + word.len();
            if let (Some(whole), Some(separator)) = (&mut replaced, text[at..].chars().next()) {
                whole.push(separator);
            }
            at += text[at..].chars().next().map_or(0, char::len_utf8);
        }
        replaced
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_value_of_a_response_is_known_in_later_requests() {
        let variables = [Variable::new("order", "shop", "create", "$.id".parse().expect("a path"))];
        let mut values = Values::default();
        values.take(&variables, "shop", "create", &json!({"id": "ord-4711", "other": "x"}));
        values.take(&variables, "shop", "create", &json!({"id": 98765}));
        values.take(&variables, "shop", "list", &json!({"id": "unrelated"}));
        let mut request =
            json!({"path": "/orders/ord-4711/items", "id": "ord-4711", "n": 98765, "more": ["unrelated", "ord-47112"]});
        values.replace(&mut request);
        let expected = json!({"path": "/orders/{{order}}/items", "id": "{{order}}", "n": "{{order 2}}", "more": ["unrelated", "ord-47112"]});
        assert_eq!(request, expected);
    }
}
