//! Commands of curl.

use super::Losses;
use super::exchange::{BESIDE, Exchange};
use crate::model::Session;

/// A session as a shell script of curl commands, one for each exchange, with what it cannot hold. What was redacted is
/// redacted there, too, and must be put in before a command is run.
#[must_use]
pub fn to_curl(session: &Session) -> (String, Losses) {
    let mut losses = Losses::default();
    let mut script = String::new();
    for interaction in &session.interactions {
        let Some(exchange) = Exchange::of(interaction) else {
            losses.note("an interaction that is no exchange of HTTP");
            continue;
        };
        if exchange.is_beside.0 {
            losses.note(BESIDE);
        }
        let title: String = interaction.title().chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
        script.push_str(&format!("# {} {title} → {}\n", interaction.id, exchange.status));
        script.push_str(&format!("curl -X {} {}", quoted(&exchange.method), quoted(&exchange.url)));
        for (name, value) in &exchange.request_headers {
            // curl computes it for the body that it sends.
            if !name.eq_ignore_ascii_case("content-length") {
                script.push_str(&format!(" \\\n  -H {}", quoted(&format!("{name}: {value}"))));
            }
        }
        if !exchange.request_body.is_empty() {
            match std::str::from_utf8(&exchange.request_body) {
                Ok(text) if !text.contains('\0') => script.push_str(&format!(" \\\n  --data-raw {}", quoted(text))),
                _ => losses.note("the body of a request that is no text"),
            }
        }
        script.push_str("\n\n");
    }
    (script, losses)
}

/// One word for a shell, whatever is in it.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}
