//! Answers of an operation as each quality would have them.

use std::sync::OnceLock;

use serde_json::{Map, Value};

use super::{Asked, Refusal, body, operations};
use crate::engine::{Answer, Mock};
use crate::generate::Quality;

/// A mock for each quality: samples are no answers, so the one that answers neither counts nor remembers them.
#[derive(Debug, Default)]
pub(super) struct Samples([OnceLock<Mock>; 4]);

impl Samples {
    fn mock(&self, quality: Quality, like: &Mock) -> &Mock {
        let at = Quality::ALL.iter().position(|one| *one == quality).unwrap_or_default();
        self.0[at].get_or_init(|| like.of_quality(quality))
    }
}

pub(super) fn sample(name: &str, asked: &Asked<'_>) -> Result<Value, Refusal> {
    let mock = asked.state.answering();
    let operation = operations::find(name, &mock)?;
    let status = asked.number("status")?;
    let number = asked.number("number")?.unwrap_or(0);
    let quality = match asked.text("quality") {
        Some(text) => text.parse().map_err(|error| Refusal::bad(format!("{error}")))?,
        None => mock.quality(),
    };
    let answer = asked.state.admin.samples.mock(quality, &mock).sample(operation, status, number);
    let missing = || match status {
        Some(status) => Refusal::missing(format!("the document says nothing of the status {status}")),
        None => Refusal::missing("the document says nothing of a success"),
    };
    Ok(describe(&answer.ok_or_else(missing)?))
}

fn describe(answer: &Answer) -> Value {
    let mut told = Map::new();
    told.insert("status".to_owned(), answer.status.as_u16().into());
    told.insert("headers".to_owned(), body::headers(&answer.headers));
    told.insert("source".to_owned(), answer.source.as_str().into());
    told.insert("explain".to_owned(), answer.explain.clone().into());
    told.insert("violations".to_owned(), answer.violations.clone().into());
    body::write(&answer.body, &mut told);
    Value::Object(told)
}
