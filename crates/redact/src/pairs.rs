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
        if field.len() > 14 {
            return Self::None;
        }
        let is = |one: &&str| field.eq_ignore_ascii_case(one);
        if NAMES.iter().any(|name| is(name)) {
            Self::Name
        } else if VALUES.iter().any(|value| is(value)) {
            Self::Value
        } else {
            Self::None
        }
    }
}

/// HAR and OpenAPI, Postman, DynamoDB and tags of clouds, forms, databases, OTLP.
const NAMES: [&str; 14] = [
    "name",
    "key",
    "header",
    "field",
    "param",
    "parameter",
    "property",
    "attribute",
    "variable",
    "k",
    "label",
    "headerName",
    "fieldName",
    "parameterName",
];
const VALUES: [&str; 9] =
    ["value", "val", "v", "values", "headerValue", "fieldValue", "content", "data", "stringValue"];
