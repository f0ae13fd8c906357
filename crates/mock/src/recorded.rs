//! A recorded exchange of HTTP, taken apart.
//!
//! How adapters write one, `tracesnap-record` and whoever records says; what its parts mean, whoever asks for them.

use serde_json::Value;
use tracesnap_record::model::Body;

/// Headers of a recorded message: pairs, or an object of texts or lists of texts.
pub(crate) fn headers(message: &Value) -> Vec<(String, String)> {
    let text = |value: &Value| value.as_str().map(str::to_owned);
    match message.get("headers") {
        Some(Value::Array(pairs)) => {
            let pair = |pair: &Value| Some((text(pair.get(0)?)?, text(pair.get(1)?)?));
            pairs.iter().filter_map(pair).collect()
        }
        Some(Value::Object(named)) => {
            let mut all = Vec::new();
            for (name, values) in named {
                match values {
                    Value::Array(values) => {
                        all.extend(values.iter().filter_map(text).map(|value| (name.clone(), value)));
                    }
                    value => all.extend(text(value).map(|value| (name.clone(), value))),
                }
            }
            all
        }
        _ => Vec::new(),
    }
}

/// The body of a recorded message. What is no body by its form is JSON as it stands.
pub(crate) fn body(message: &Value) -> Body {
    match message.get("body") {
        None | Some(Value::Null) => Body::None,
        Some(body) => {
            serde_json::from_value(body.clone()).unwrap_or_else(|_| Body::Json { value: body.clone(), text: None })
        }
    }
}

/// The text that stands for a secret.
pub(crate) const REDACTED: &str = "[redacted]";

/// What stands for a redacted value says what it was: `‹email:3f2a91c4›` was an email.
pub(crate) fn redacted_kind(text: &str) -> Option<String> {
    if text.contains(REDACTED) {
        return Some("secret".to_owned());
    }
    let (_, rest) = text.split_once('‹')?;
    let (tag, _) = rest.split_once('›')?;
    Some(tag.split(':').next().unwrap_or_default().to_owned())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn headers_are_read_as_pairs_and_as_objects() {
        let pairs = json!({"headers": [["a", "1"], ["b", "2", "latin-1"], ["broken"]]});
        let object = json!({"headers": {"a": "1", "b": ["2"]}});
        let expected = vec![("a".to_owned(), "1".to_owned()), ("b".to_owned(), "2".to_owned())];
        assert_eq!((headers(&pairs), headers(&object)), (expected.clone(), expected));
    }

    #[test]
    fn what_is_no_body_by_its_form_is_json_as_it_stands() {
        assert_eq!(body(&json!({"body": {"id": 1}})), Body::Json { value: json!({"id": 1}), text: None });
        assert_eq!(body(&json!({"body": {"type": "text", "text": "x"}})), Body::Text { text: "x".to_owned() });
        assert_eq!(body(&json!({})), Body::None);
    }

    #[test]
    fn what_was_redacted_says_what_it_was() {
        assert_eq!(redacted_kind("Bearer [redacted]").as_deref(), Some("secret"));
        assert_eq!(redacted_kind("‹email:3f2a91c4›").as_deref(), Some("email"));
        assert_eq!(redacted_kind("plain"), None);
    }
}
