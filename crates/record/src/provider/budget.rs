//! What a real service may cost.

use std::sync::Mutex;

use serde_json::Value;

use crate::Error;
use crate::recorder::lock;

/// Bounds on what real calls to a service may cost in one session. Without one, all is allowed.
///
/// A call is refused before it is made: when there were as many calls as allowed, or when the largest call so far, made
/// once more, would exceed bytes or tokens.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[must_use]
pub struct Budget {
    calls: Option<u64>,
    bytes: Option<u64>,
    tokens: Option<u64>,
}

impl Budget {
    /// At most so many calls. Default: any number.
    pub fn calls(mut self, most: u64) -> Self {
        self.calls = Some(most);
        self
    }

    /// At most so many bytes of requests and responses, as JSON. Default: any number.
    pub fn bytes(mut self, most: u64) -> Self {
        self.bytes = Some(most);
        self
    }

    /// At most so many tokens, as responses tell them: `total_tokens`, `totalTokenCount`, or input and output tokens
    /// together. Default: any number.
    pub fn tokens(mut self, most: u64) -> Self {
        self.tokens = Some(most);
        self
    }
}

/// A budget that is used up.
#[derive(Debug, Default)]
pub(super) struct Account {
    budget: Budget,
    used: Mutex<Used>,
}

#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Used {
    pub(super) calls: u64,
    pub(super) bytes: u64,
    pub(super) tokens: u64,
    largest: u64,
    most_tokens: u64,
}

impl Account {
    pub(super) fn new(budget: Budget) -> Self {
        Self { budget, used: Mutex::default() }
    }

    pub(super) fn is_bounded(&self) -> bool {
        self.budget != Budget::default()
    }

    /// Takes one call from the budget.
    pub(super) fn take(&self, service: &str) -> Result<(), Error> {
        let mut used = lock(&self.used);
        let bounds = [
            ("calls", self.budget.calls, used.calls + 1),
            ("bytes", self.budget.bytes, used.bytes.saturating_add(used.largest.max(1))),
            ("tokens", self.budget.tokens, used.tokens.saturating_add(used.most_tokens.max(1))),
        ];
        for (what, most, next) in bounds {
            if let Some(limit) = most.filter(|&most| next > most) {
                return Err(Error::Budget { service: service.to_owned(), what, limit });
            }
        }
        used.calls += 1;
        Ok(())
    }

    /// The same, where there is one.
    pub(super) fn take_if_bounded(&self, service: &str) -> Result<(), Error> {
        if self.is_bounded() { self.take(service) } else { Ok(()) }
    }

    /// Notes what a call cost.
    pub(super) fn note(&self, bytes: u64, tokens: u64) {
        let mut used = lock(&self.used);
        used.bytes = used.bytes.saturating_add(bytes);
        used.tokens = used.tokens.saturating_add(tokens);
        used.largest = used.largest.max(bytes);
        used.most_tokens = used.most_tokens.max(tokens);
    }

    pub(super) fn used(&self) -> Used {
        *lock(&self.used)
    }
}

/// The tokens that a response tells, zero where it tells none.
pub(super) fn tokens_of(response: &Value) -> u64 {
    /// Usage stands near the top, and responses are large.
    const DEPTH: usize = 6;
    /// And near the end of a stream.
    const LINES: usize = 100;
    fn find(value: &Value, depth: usize) -> Option<u64> {
        match value {
            // The body of a stream is a text, since that is how its bytes come back.
            Value::Object(fields) if fields.get("type").and_then(Value::as_str) == Some("sse") => {
                // What is told last is the sum so far; what comes after it says nothing of tokens, and is short.
                let lines = fields.get("text")?.as_str()?.lines().rev().take(LINES);
                let data = lines.filter_map(|line| line.strip_prefix("data:"));
                data.filter_map(|data| serde_json::from_str(data).ok())
                    .find_map(|event: Value| find(&event, depth.checked_sub(1)?))
            }
            Value::Object(fields) => {
                let number = |name: &str| fields.get(name).and_then(Value::as_u64);
                let both = |a: &str, b: &str| Some(number(a)?.saturating_add(number(b)?));
                let here = number("total_tokens")
                    .or_else(|| number("totalTokenCount"))
                    .or_else(|| both("input_tokens", "output_tokens"))
                    .or_else(|| both("prompt_tokens", "completion_tokens"));
                here.or_else(|| {
                    let depth = depth.checked_sub(1)?;
                    fields.values().find_map(|field| find(field, depth))
                })
            }
            // Of parts of a stream the last one has the sum.
            Value::Array(items) => {
                let depth = depth.checked_sub(1)?;
                items.iter().rev().take(100).find_map(|item| find(item, depth))
            }
            _ => None,
        }
    }
    find(response, DEPTH).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn tokens_are_found_where_services_tell_them() {
        assert_eq!(tokens_of(&json!({"usage": {"total_tokens": 7, "prompt_tokens": 5}})), 7);
        assert_eq!(tokens_of(&json!({"body": {"value": {"usageMetadata": {"totalTokenCount": 9}}}})), 9);
        assert_eq!(tokens_of(&json!({"usage": {"input_tokens": 2, "output_tokens": 3}})), 5);
        assert_eq!(tokens_of(&json!([{"usage": {"total_tokens": 1}}, {"usage": {"total_tokens": 4}}])), 4);
        assert_eq!(tokens_of(&json!({"text": "total_tokens: 3"})), 0);
        let events = "data: {\"usageMetadata\":{\"totalTokenCount\":3}}\r\n\r\ndata: {\"usageMetadata\":\
                      {\"totalTokenCount\":8}}\r\n\r\ndata: [DONE]\r\n\r\n";
        assert_eq!(tokens_of(&json!({"body": {"type": "sse", "text": events}})), 8);
        assert_eq!(tokens_of(&json!({"body": {"type": "sse", "text": "data: x\n\n"}})), 0);
    }

    #[test]
    fn a_call_is_refused_before_it_exceeds_the_budget() {
        let account = Account::new(Budget::default().calls(2).tokens(1_000));
        account.take("gemini").expect("the first");
        account.note(10, 600);
        let refused = account.take("gemini").expect_err("it would cost 600 more").to_string();
        assert!(refused.starts_with("the budget of `gemini` is used up: 1000 tokens"), "{refused}");
        let account = Account::new(Budget::default().calls(1));
        account.take("gemini").expect("the first");
        assert!(account.take("gemini").is_err());
    }
}
