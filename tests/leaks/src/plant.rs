//! Plants a value: writes it somehow, and puts what was written somewhere into a document as programs make them.

use serde_json::{Value, json};

use crate::kinds::{base64, base64_url};
use crate::rng::{ALNUM, HEX, LOWER, Rng};

/// How a value is written as text.
pub const WRITINGS: [&str; 27] = [
    "plain",
    "sentence",
    "JSON",
    "JSON in JSON",
    "percent",
    "percent twice",
    "Base64",
    "Base64 for URLs",
    "Base64 of JSON",
    "Base64 twice",
    "query",
    "form",
    "headers",
    "SSE",
    "pairs",
    "hex",
    "XML",
    "log line",
    "Debug",
    "Base64 in a query",
    "CSV",
    "quoted",
    "JSON in a log line",
    "folded Base64",
    "lines in Debug",
    "Base64 in Debug",
    "folded Base64 in Debug",
];

/// As it stands in a query.
#[must_use]
pub fn percent(text: &str) -> String {
    text.bytes()
        .map(|byte| match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => (byte as char).to_string(),
            byte => format!("%{byte:02X}"),
        })
        .collect()
}

/// The text in one of the [`WRITINGS`].
///
/// # Panics
///
/// For a writing that is none of them.
#[must_use]
pub fn write(value: &str, writing: &str, rng: &mut Rng) -> String {
    let text = || Value::from(value).to_string();
    match writing {
        "plain" => value.to_owned(),
        "sentence" => format!("Customer wrote: {value}, and asked to be called back."),
        "JSON" => json!({ "note": value, "n": 1 }).to_string(),
        "JSON in JSON" => json!({ "raw": json!({ "items": [{ "note": value }] }).to_string() }).to_string(),
        "percent" => percent(value),
        "percent twice" => percent(&percent(value)),
        "Base64" => base64(value.as_bytes()),
        "Base64 for URLs" => base64_url(value.as_bytes()),
        "Base64 of JSON" => base64(json!({ "v": [value] }).to_string().as_bytes()),
        "Base64 twice" => base64(base64(value.as_bytes()).as_bytes()),
        "query" => format!("https://api.example.com/v2/items?ref={}&page=2&sort=desc", percent(value)),
        "form" => format!("kind=order&ref={}&n=2", percent(value).replace("%20", "+")),
        "headers" => format!(
            "POST /hook HTTP/1.1\r\nHost: api.example.com\r\nX-Ref: {}\r\nAccept: */*\r\n\r\n",
            value.replace('\n', " ")
        ),
        "SSE" => format!("event: delta\ndata: {{\"i\":0,\"text\":{}}}\n\ndata: [DONE]\n\n", text()),
        "pairs" => format!("Driver=x;Ref={value};Port=1433"),
        "hex" => value.bytes().map(|byte| format!("{byte:02x}")).collect(),
        "XML" => format!("<order id=\"7\"><ref>{value}</ref></order>"),
        "log line" => format!("2026-03-01T12:00:00.123Z  INFO shop::order: accepted ref={value} took=12ms"),
        "Debug" => format!("Order {{ id: 7, note: {value:?}, lines: [] }}"),
        "Base64 in a query" => format!("/callback?state={}&x=1", percent(&base64(value.as_bytes()))),
        "CSV" => format!(
            "7,{},open,12.50",
            if value.contains([',', '"', '\n']) { format!("\"{value}\"") } else { value.to_owned() }
        ),
        "quoted" => format!("the value '{value}' (or \"{value}\") was refused"),
        "JSON in a log line" => {
            format!("12:00:01 DEBUG http: response status=200 body={{\"a\":[1,2],\"t\":{}}} done", text())
        }
        "folded Base64" => folded(value),
        "lines in Debug" => format!("Mail {{ id: 7, body: {:?} }}", format!("first line\n{value}\tlast\r\nend")),
        "Base64 in Debug" => format!("Mail {{ body: {:?} }}", format!("first line\n{}", base64(value.as_bytes()))),
        "folded Base64 in Debug" => format!("Mail {{ id: 7, body: {:?} }}", folded(value)),
        other => panic!("no writing is called {other}: {}", rng.next()),
    }
}

/// Base64 in lines, as in mails.
fn folded(value: &str) -> String {
    let filler = "Lorem ipsum dolor sit amet, consectetur adipiscing elit; ";
    let whole = base64(format!("{filler}{value} {filler}").as_bytes());
    let lines: Vec<_> = whole.as_bytes().chunks(76).map(String::from_utf8_lossy).collect();
    lines.join("\r\n")
}

/// Names as programs have them, none of which says anything.
const NAMES: &[&str] = &[
    "note",
    "ref",
    "x",
    "payload",
    "f1",
    "comment",
    "value2",
    "description",
    "externalRef",
    "memo",
    "attr",
    "blob",
    "input",
    "extra_info",
    "title",
    "customField7",
    "message",
    "text",
    "arg0",
    "item",
    "sort_key",
    "author",
    "monkey",
    "meta",
    "in",
    "q",
];

pub(crate) fn name(rng: &mut Rng) -> String {
    if rng.below(4) == 0 { format!("{}{}", rng.chars(LOWER, 3), rng.below(99)) } else { rng.pick(NAMES).to_owned() }
}

/// Where in a document.
pub const PLACES: [&str; 8] = ["value", "list", "key", "pair", "late pair", "bytes", "escapes", "deep"];

/// What a program would write around it.
fn around(inner: Value, rng: &mut Rng) -> Value {
    let name = name(rng);
    match rng.below(9) {
        0 => json!({
            "order_id": rng.below(1_000_000), "customer": { "id": rng.below(10_000), name: inner }, "currency": "EUR",
            "items": [{ "sku": format!("SKU-{}", rng.digits(6)), "quantity": 2, "price": 19.99 }], "created_at": "2026-03-01T12:00:00Z",
        }),
        1 => json!({ "log": { "version": "1.2", "entries": [{
            "startedDateTime": "2026-03-01T12:00:00.000Z", "time": 12.5,
            "request": { "method": "POST", "url": "https://api.example.com/v1/orders", "headers": [{ "name": "Accept", "value": "*/*" }],
                "postData": { "mimeType": "application/json", name: inner } },
            "response": { "status": 200, "content": { "size": 12, "mimeType": "text/plain", "text": "ok" } },
        }] } }),
        2 => json!({ "id": format!("chatcmpl-{}", rng.chars(ALNUM, 24)), "object": "chat.completion", "model": "m-4",
            "choices": [{ "index": 0, "message": { "role": "assistant", name: inner }, "finish_reason": "stop" }],
            "usage": { "prompt_tokens": 12, "completion_tokens": 30, "total_tokens": 42 } }),
        3 => {
            json!({ "type": "invoice.paid", "api_version": "2026-01-01", "data": { "object": { name: inner, "amount": 1200, "paid": true } } })
        }
        4 => {
            json!({ "service": { "name": "shop", "replicas": 3, "env": [{ "port": 8080 }, { name: inner }] }, "version": "1.4.2" })
        }
        5 => json!([1, "two", null, { name: inner }, true]),
        6 => {
            json!({ "timestamp": 1_772_366_400, "level": "INFO", "fields": { name: inner, "took_ms": 12 }, "trace_id": rng.chars(HEX, 32) })
        }
        7 => json!({ "token_type": "Bearer", "expires_in": 3600, "scope": "read write", name: inner }),
        _ => json!({ name: inner }),
    }
}

/// A document that holds the text at one of the [`PLACES`].
///
/// # Panics
///
/// For a place that is none of them.
#[must_use]
pub fn document(text: &str, place: &str, rng: &mut Rng) -> String {
    let inner = match place {
        "list" => json!([1, text, "end"]),
        "key" => json!({ text: { "count": 2 } }),
        "pair" => json!([{ "name": name(rng), "value": text }]),
        "late pair" => json!({ "value": text, "name": name(rng) }),
        "bytes" => Value::from(text.as_bytes().to_vec()),
        "deep" => (0..rng.between(3, 20)).fold(Value::from(text), |inner, _| {
            if rng.below(2) == 0 { json!([inner]) } else { json!({ name(rng): inner }) }
        }),
        _ => Value::from(text),
    };
    let document = around(inner, rng);
    let json =
        if rng.below(3) == 0 { serde_json::to_string_pretty(&document) } else { serde_json::to_string(&document) };
    let json = json.expect("it is a document");
    if place == "escapes" {
        // Some writers escape whatever is no letter; all may.
        let plain = Value::from(text).to_string();
        let escaped: String = text.encode_utf16().map(|unit| format!("\\u{unit:04x}")).collect();
        return json.replace(&plain, &format!("\"{escaped}\""));
    }
    json
}
