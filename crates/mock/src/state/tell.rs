//! Says what is wrong in the words of the document: its own schema of errors, filled.

use serde_json::{Value, json};
use tracesnap_openapi::Schema;

use super::names::key;
use crate::engine::{Problem, Reason};
use crate::validate::Answers;

/// Objects within each other that are filled.
const MAX_DEPTH: usize = 3;

/// `made` with the problem in all its places that say what is wrong.
pub(crate) fn tell(schema: Schema<'_>, mut made: Value, problem: &Problem, answers: &Answers) -> Value {
    fill(schema, &mut made, problem, answers, 0);
    made
}

fn fill(schema: Schema<'_>, value: &mut Value, problem: &Problem, answers: &Answers, depth: usize) {
    if depth > MAX_DEPTH {
        return;
    }
    // A list of what is wrong.
    if let Value::Array(items) = value {
        let Some(item) = schema.items() else { return };
        let made = items.first().cloned().unwrap_or_else(|| json!({}));
        let reasons = if problem.reasons.is_empty() { vec![None] } else { problem.reasons.iter().map(Some).collect() };
        let one = |reason: Option<&Reason>| {
            let sentence = reason.map_or_else(|| problem.detail.clone(), ToString::to_string);
            if answers.check(item, &Value::from(sentence.as_str())).is_ok() {
                return Value::from(sentence);
            }
            let mut made = made.clone();
            let own = Problem {
                detail: reason.map_or_else(|| problem.detail.clone(), |reason| reason.message.clone()),
                reasons: reason.cloned().into_iter().collect(),
                ..problem.clone()
            };
            fill(item, &mut made, &own, answers, depth + 1);
            made
        };
        let filled: Vec<Value> = reasons.into_iter().map(one).collect();
        let filled: Vec<Value> = filled.into_iter().filter(|one| answers.check(item, one).is_ok()).collect();
        if !filled.is_empty() {
            *items = filled;
        }
        return;
    }
    let Value::Object(members) = value else { return };
    for (name, property) in schema.possible_properties() {
        let status = problem.status.as_u16();
        let first = problem.reasons.first();
        let says: Vec<Value> = match key(name).as_str() {
            "message" | "detail" | "details" | "errormessage" | "errordescription" | "msg" | "reason"
            | "description" => {
                // What stands in a list of reasons needs not name them again.
                let text = if depth == 0 { problem.sentence() } else { problem.detail.clone() };
                vec![text.as_str().into(), json!([text])]
            }
            "error" => vec![problem.sentence().into(), problem.title().into()],
            "title" | "name" => vec![problem.title().into()],
            "status" | "statuscode" | "httpstatus" | "code" | "errorcode" => {
                vec![status.into(), status.to_string().into()]
            }
            "field" | "param" | "parameter" | "pointer" | "path" | "property" => {
                first.map(|reason| reason.name.as_str().into()).into_iter().collect()
            }
            "in" | "location" | "loc" => first.map(|reason| reason.place.as_str().into()).into_iter().collect(),
            "success" | "ok" => vec![false.into()],
            _ => Vec::new(),
        };
        if let Some(said) = says.into_iter().find(|value| answers.check(property, value).is_ok()) {
            members.insert(name.to_owned(), said);
            continue;
        }
        if let Some(inner) = members.get_mut(name).filter(|inner| inner.is_object() || inner.is_array()) {
            let is_about = matches!(
                key(name).as_str(),
                "error"
                    | "errors"
                    | "fault"
                    | "problem"
                    | "detail"
                    | "details"
                    | "violations"
                    | "issues"
                    | "invalidparams"
            );
            if is_about {
                fill(property, inner, problem, answers, depth + 1);
            }
        }
    }
}
