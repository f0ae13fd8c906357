//! Marks what signs somebody in as test data, so that nobody takes it for real.

use serde_json::Value;
use tracesnap_openapi::Schema;

use super::names::key;
use crate::engine::Key;
use crate::validate::Answers;

/// Names of what signs somebody in.
const TOKENS: [&str; 16] = [
    "accesstoken",
    "token",
    "refreshtoken",
    "idtoken",
    "sessiontoken",
    "authtoken",
    "jwt",
    "apikey",
    "apitoken",
    "bearertoken",
    "bearer",
    "sessionid",
    "accesskey",
    "clientsecret",
    "secret",
    "authorization",
];

/// Objects within each other that are looked into.
const MAX_DEPTH: usize = 4;

/// Replaces tokens in an answer by ones that begin with `mock-`, where the schema lets them, and says which.
pub(crate) fn mark(value: &mut Value, schema: Schema<'_>, seed: u64, answers: &Answers) -> Vec<String> {
    let before = value.clone();
    let mut issued = Vec::new();
    // Some answer with the token alone.
    if value.is_string() && schema.parts().iter().all(|part| part.format().is_none()) {
        let token = made("token", seed);
        if answers.check(schema, &Value::from(token.as_str())).is_ok() {
            *value = Value::from(token.as_str());
            issued.push(token);
        }
        return issued;
    }
    walk(value, schema, seed, answers, 0, &mut issued);
    if before != *value && answers.check(schema, value).is_err() && answers.check(schema, &before).is_ok() {
        *value = before;
        issued.clear();
    }
    issued
}

fn made(name: &str, seed: u64) -> String {
    let half = |part| Key::of("token").text(name).number(seed).number(part).finish();
    format!("mock-{:016x}{:016x}", half(0), half(1))
}

fn walk(value: &mut Value, schema: Schema<'_>, seed: u64, answers: &Answers, depth: usize, issued: &mut Vec<String>) {
    let Value::Object(members) = value else { return };
    for (name, property) in schema.possible_properties() {
        let Some(member) = members.get_mut(name) else { continue };
        let word = key(name);
        if member.is_string() && TOKENS.contains(&word.as_str()) {
            let token = made(&word, seed);
            if answers.check(property, &Value::from(token.as_str())).is_ok() {
                *member = Value::from(token.as_str());
                issued.push(token);
            }
        } else if word == "tokentype" && member.is_string() {
            let bearer = Value::from("Bearer");
            if answers.check(property, &bearer).is_ok() {
                *member = bearer;
            }
        } else if depth < MAX_DEPTH {
            walk(member, property, seed, answers, depth + 1, issued);
        }
    }
}
