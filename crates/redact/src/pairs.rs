//! Objects that hold a name and a value: `{"name": "Authorization", "value": "Bearer …"}`.

/// What a field is in such a pair, by its own name.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Role {
    Name,
    Value,
    #[default]
    None,
}

impl Role {
    pub(crate) fn of(field: &str) -> Self {
        // Long ones are none, and are not looked up.
        if field.len() > 20 {
            return Self::None;
        }
        let is_one_of = |words: &[&str]| words.iter().any(|word| field.eq_ignore_ascii_case(word));
        let ends = |with: &str| {
            let bytes = field.as_bytes();
            bytes.len() >= with.len() && bytes[bytes.len() - with.len()..].eq_ignore_ascii_case(with.as_bytes())
        };
        if ends("name") || ends("key") || is_one_of(&NAMES) {
            Self::Name
        } else if ends("value") || is_one_of(&VALUES) {
            Self::Value
        } else {
            Self::None
        }
    }
}

/// HAR and OpenAPI, Postman, tags of clouds, forms, databases, OTLP; beside all that end with `name` or `key`.
const NAMES: [&str; 10] =
    ["header", "field", "param", "parameter", "property", "attribute", "variable", "k", "label", "option"];
/// Beside all that end with `value`.
const VALUES: [&str; 5] = ["val", "v", "values", "content", "data"];
