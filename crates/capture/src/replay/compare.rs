//! Two outcomes as JSON: where they differ, apart from what is noise.

use std::fmt;

use serde_json::Value;
use tracesnap_redact::{JsonPath, Step};

use crate::Error;
use crate::load;

/// What may differ between a recorded outcome and that of a replay: times, generated ids, the last digit of a sum.
///
/// ```
/// use tracesnap_capture::Noise;
///
/// let noise = Noise::new().ignore("$.id")?.ignore("$.items[*].created_at")?.tolerance(1e-9);
/// # let _ = noise;
/// # Ok::<(), tracesnap_capture::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
#[must_use]
pub struct Noise {
    places: Vec<JsonPath>,
    tolerance: f64,
}

impl Noise {
    /// Nothing may differ.
    pub fn new() -> Self {
        Self::default()
    }

    /// What stands at this place, and below it, may differ. Default: none.
    ///
    /// # Errors
    ///
    /// [`Error::Criteria`] if it is no place.
    pub fn ignore(mut self, place: &str) -> Result<Self, Error> {
        self.places.push(load::place(place)?);
        Ok(self)
    }

    /// Numbers may differ by this part of the larger one. Default: 0.
    pub fn tolerance(mut self, part: f64) -> Self {
        self.tolerance = part;
        self
    }

    /// Where two values differ.
    #[must_use]
    pub fn compare(&self, recorded: &Value, replayed: &Value) -> Vec<Difference> {
        let mut differences = Vec::new();
        self.walk(recorded, replayed, &mut Vec::new(), &mut differences);
        differences
    }

    fn walk(&self, recorded: &Value, replayed: &Value, way: &mut Vec<Step>, to: &mut Vec<Difference>) {
        if recorded == replayed || self.places.iter().any(|place| place.covers(way)) {
            return;
        }
        match (recorded, replayed) {
            (Value::Object(before), Value::Object(after)) => {
                let added = after.keys().filter(|name| !before.contains_key(*name));
                for name in before.keys().chain(added) {
                    way.push(Step::Name(name.clone()));
                    self.either(before.get(name), after.get(name), way, to);
                    way.pop();
                }
            }
            (Value::Array(before), Value::Array(after)) => {
                for at in 0..before.len().max(after.len()) {
                    way.push(Step::Index(at));
                    self.either(before.get(at), after.get(at), way, to);
                    way.pop();
                }
            }
            (Value::Number(before), Value::Number(after)) if self.tolerates(before.as_f64(), after.as_f64()) => {}
            _ => to.push(Difference::new(way, Some(recorded), Some(replayed))),
        }
    }

    fn either(&self, before: Option<&Value>, after: Option<&Value>, way: &mut Vec<Step>, to: &mut Vec<Difference>) {
        match (before, after) {
            (Some(before), Some(after)) => self.walk(before, after, way, to),
            _ if self.places.iter().any(|place| place.covers(way)) => {}
            _ => to.push(Difference::new(way, before, after)),
        }
    }

    fn tolerates(&self, before: Option<f64>, after: Option<f64>) -> bool {
        let (Some(before), Some(after)) = (before, after) else { return false };
        (before - after).abs() <= self.tolerance * before.abs().max(after.abs())
    }
}

/// One place at which two outcomes differ.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Difference {
    /// Where: `$.items[0].price`.
    pub place: String,
    /// What was recorded; `None` where nothing was.
    pub recorded: Option<Value>,
    /// What is there now; `None` where nothing is.
    pub replayed: Option<Value>,
}

impl Difference {
    fn new(way: &[Step], recorded: Option<&Value>, replayed: Option<&Value>) -> Self {
        Self {
            place: JsonPath::from(way.to_vec()).to_string(),
            recorded: recorded.cloned(),
            replayed: replayed.cloned(),
        }
    }
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = |value: &Option<Value>| {
            value.as_ref().map_or("nothing".to_owned(), |value| {
                let text = value.to_string();
                match text.char_indices().nth(120) {
                    Some((end, _)) => format!("{}…", &text[..end]),
                    None => text,
                }
            })
        };
        write!(f, "{}: recorded {}, now {}", self.place, text(&self.recorded), text(&self.replayed))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn differences(noise: Noise, recorded: Value, replayed: Value) -> Vec<String> {
        noise.compare(&recorded, &replayed).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn every_place_that_differs_is_told_once() {
        let before = json!({"id": 1, "items": [{"price": 3.0}, {"price": 4.0}], "gone": true});
        let after = json!({"id": 1, "items": [{"price": 3.0}, {"price": 5.0}, {}], "new": null});
        assert_eq!(
            differences(Noise::new(), before, after),
            [
                "$.items[1].price: recorded 4.0, now 5.0",
                "$.items[2]: recorded nothing, now {}",
                "$.gone: recorded true, now nothing",
                "$.new: recorded nothing, now null",
            ]
        );
    }

    #[test]
    fn noise_may_differ_and_nothing_else_may() {
        let noise = Noise::new().ignore("$.items[*].id").expect("a place").tolerance(1e-6);
        let before = json!({"items": [{"id": 1, "price": 3.0}]});
        assert!(differences(noise.clone(), before.clone(), json!({"items": [{"price": 3.000_000_1}]})).is_empty());
        assert_eq!(differences(noise, before, json!({"items": [{"id": 1, "price": 3.1}]})).len(), 1);
    }
}
