//! The page under `/__mock/`: files that are part of the program, and the headers that keep them what they are.
//!
//! It is plain script that nobody compiles, in files of one concept each, put one after the other; comments type it:
//! `tsc -p crates/mock/src/serve/page` checks it. It knows the mock by the routes of [`super::admin`] only, and asks
//! nothing of any network. Documents and requests are hostile: what they say is text here. Nothing makes markup of text,
//! and where something did, the policy would stop it.

use bytes::Bytes;
use http::header::{HeaderMap, HeaderName, HeaderValue};
use http::request::Parts;
use http::{Response, StatusCode};

use super::connection::Reply;
use super::socket::ReplyBody;

const PAGE: &str = include_str!("page.html");
const STYLE: &str = include_str!("page.css");
const ICON: &str = include_str!("icon.svg");
/// In the order in which they use each other at the start.
const SCRIPT: &str = concat!(
    "\"use strict\";\n",
    include_str!("text.js"),
    include_str!("dom.js"),
    include_str!("api.js"),
    include_str!("json.js"),
    include_str!("schema.js"),
    include_str!("list.js"),
    include_str!("about.js"),
    include_str!("attempt.js"),
    include_str!("edit.js"),
    include_str!("operations.js"),
    include_str!("state.js"),
    include_str!("analytics.js"),
    include_str!("log.js"),
    include_str!("main.js"),
);

/// Script and style come from files only, nothing is asked of others, nobody may frame the page, and text cannot become
/// markup.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; connect-src 'self'; \
                      base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; \
                      trusted-types 'none'";

/// A file of the page, if the route names one. Browsers get the page where programs get `health`.
pub(crate) fn file(route: &str, head: &Parts) -> Option<Reply> {
    let accepts_html = || {
        let accept = head.headers.get("accept").and_then(|value| value.to_str().ok());
        accept.is_some_and(|accept| accept.contains("text/html"))
    };
    let (content_type, text) = match route {
        "" if accepts_html() => ("text/html; charset=utf-8", PAGE),
        "page" => ("text/html; charset=utf-8", PAGE),
        "page.css" => ("text/css; charset=utf-8", STYLE),
        "page.js" => ("text/javascript; charset=utf-8", SCRIPT),
        "icon.svg" => ("image/svg+xml", ICON),
        _ => return None,
    };
    let mut reply = Response::new(ReplyBody::new(Bytes::from_static(text.as_bytes())));
    *reply.status_mut() = StatusCode::OK;
    let headers = reply.headers_mut();
    headers.insert("content-type", HeaderValue::from_static(content_type));
    protect(headers);
    Some(reply)
}

/// What holds for all that is under `/__mock/`: nobody guesses types, keeps, frames or embeds it.
pub(crate) fn protect(headers: &mut HeaderMap) {
    let all = [
        ("content-security-policy", POLICY),
        ("x-content-type-options", "nosniff"),
        ("cache-control", "no-store"),
        ("referrer-policy", "no-referrer"),
        ("cross-origin-resource-policy", "same-origin"),
        ("cross-origin-opener-policy", "same-origin"),
        ("x-frame-options", "DENY"),
        ("vary", "accept"),
    ];
    for (name, value) in all {
        headers.insert(HeaderName::from_static(name), HeaderValue::from_static(value));
    }
}
