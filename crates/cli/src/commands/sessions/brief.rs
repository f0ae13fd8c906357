//! What was said, on a line: of HTTP what people look for, of everything else the document.

use serde_json::Value;
use tracesnap::tree::Bytes;
use tracesnap_record::Interaction;
use tracesnap_record::model::Body;

/// `GET https://api.example.com/v1/orders?page=2 {"item":1}`.
pub(super) fn request(request: &Value) -> String {
    let text = |name: &str| request.get(name).and_then(Value::as_str);
    match (text("method"), text("url")) {
        (Some(method), Some(url)) => with_body(format!("{method} {url}"), request),
        _ => request.to_string(),
    }
}

/// The same behind the operation, which has told method and host: `/v1/orders?page=2 {"item":1}`.
pub(super) fn request_below(interaction: &Interaction) -> String {
    let Some(url) = interaction.request.get("url").and_then(Value::as_str) else {
        return interaction.request.to_string();
    };
    let path = url.split_once("://").map_or(url, |(_, rest)| rest.find('/').map_or("/", |at| &rest[at..]));
    with_body(path.to_owned(), &interaction.request)
}

/// `201 {"id":7}`.
pub(super) fn response(response: &Value) -> String {
    match response.get("status").and_then(Value::as_u64) {
        Some(status) if response.get("headers").is_some() || response.get("body").is_some() => {
            with_body(status.to_string(), response)
        }
        _ => response.to_string(),
    }
}

/// What came of it: the response, or why there is none, and what was said nevertheless.
pub(super) fn outcome(interaction: &Interaction) -> String {
    match &interaction.error {
        None if interaction.is_success() => response(&interaction.response),
        None => interaction.status.to_string(),
        Some(error) => match with_body(String::new(), &interaction.response).as_str() {
            "" => error.clone(),
            said => format!("{error}:{said}"),
        },
    }
}

fn with_body(mut line: String, message: &Value) -> String {
    let body = match message.get("body") {
        None | Some(Value::Null) => return line,
        Some(found) => found,
    };
    match serde_json::from_value::<Body>(body.clone()) {
        Ok(Body::Blob { bytes, .. }) => line.push_str(&format!(" {} beside the session", Bytes(bytes))),
        Ok(read) => match (body.get("value"), read.to_bytes()) {
            (Some(value), _) => line.push_str(&format!(" {value}")),
            (None, Some(bytes)) if bytes.is_empty() => {}
            (None, Some(bytes)) => match String::from_utf8(bytes) {
                Ok(text) => line.push_str(&format!(" {text}")),
                Err(error) => line.push_str(&format!(" {} of binary", Bytes(error.as_bytes().len() as u64))),
            },
            (None, None) => line.push_str(&format!(" {body}")),
        },
        Err(_) => line.push_str(&format!(" {body}")),
    }
    line
}

/// Whether two responses say the same but for the time at which they were sent.
pub(super) fn is_same_response(a: &Value, b: &Value) -> bool {
    a == b || without_date(a) == without_date(b)
}

fn without_date(response: &Value) -> Value {
    let mut response = response.clone();
    let headers = response.get_mut("headers").and_then(Value::as_array_mut);
    let is_date =
        |pair: &Value| pair.get(0).and_then(Value::as_str).is_some_and(|name| name.eq_ignore_ascii_case("date"));
    headers.into_iter().for_each(|headers| headers.retain(|pair| !is_date(pair)));
    response
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn exchanges_of_http_are_told_as_people_write_them_and_all_else_as_it_is() {
        let asked = json!({"method": "POST", "url": "https://a.test/v1/x?y=1", "headers": [["accept", "*/*"]],
            "body": {"type": "json", "value": {"n": 1}, "text": "{ \"n\": 1 }"}});
        assert_eq!(request(&asked), r#"POST https://a.test/v1/x?y=1 {"n":1}"#);
        let one = Interaction::new(0, "a.test", "POST /v1/x", asked);
        assert_eq!(request_below(&one), r#"/v1/x?y=1 {"n":1}"#);
        assert_eq!(request(&json!({"to": 1})), r#"{"to":1}"#);
        let said = |body: Value| response(&json!({"status": 200, "headers": [], "body": body}));
        assert_eq!(said(json!({"type": "none"})), "200");
        assert_eq!(said(json!({"type": "text", "text": "hello"})), "200 hello");
        assert_eq!(said(json!({"type": "binary", "base64": "/wAB"})), "200 3 B of binary");
        assert_eq!(
            said(json!({"type": "blob", "sha256": "0".repeat(64), "bytes": 2048})),
            "200 2.00 KiB beside the session"
        );
        assert_eq!(response(&json!({"status": "paid"})), r#"{"status":"paid"}"#);
    }

    #[test]
    fn the_time_at_which_a_response_was_sent_is_no_difference() {
        let at = |date: &str, kind: &str| json!({"status": 200, "headers": [["Date", date], ["content-type", kind]]});
        assert!(is_same_response(&at("Sun", "text/plain"), &at("Mon", "text/plain")));
        assert!(!is_same_response(&at("Sun", "text/plain"), &at("Sun", "text/html")));
    }
}
