//! The serde form of a snapshot: a version, what is missing, and a flat list of rows.
//!
//! Written row by row; read with every row checked, so that a snapshot read back is one that could have been written.

use std::fmt;
use std::sync::Arc;

use serde::de::{Deserialize, Deserializer, Error};
use serde::ser::{Serialize, SerializeStruct, Serializer};

use super::options::{Form, Options};
use super::row::Row;
use super::traced::{Source, TracedSnapshot};
use crate::tree::Loss;

impl Serialize for TracedSnapshot {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let (flat, lossy) = (self.form() != Form::Tree, !self.is_complete());
        let mut to = serializer.serialize_struct("TracedSnapshot", 2 + usize::from(flat) + usize::from(lossy))?;
        to.serialize_field("version", &Self::VERSION)?;
        match flat {
            true => to.serialize_field("form", &self.form())?,
            false => to.skip_field("form")?,
        }
        match lossy {
            true => to.serialize_field("incomplete", &self.loss)?,
            false => to.skip_field("incomplete")?,
        }
        to.serialize_field("calls", &Calls(self))?;
        to.end()
    }
}

/// The rows as a sequence, none of them kept.
struct Calls<'s>(&'s TracedSnapshot);

impl Serialize for Calls<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.rows().map(|(row, _)| row))
    }
}

impl<'de> Deserialize<'de> for TracedSnapshot {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(serde::Deserialize)]
        #[serde(rename = "TracedSnapshot", deny_unknown_fields)]
        struct Document {
            #[serde(deserialize_with = "known_version", rename = "version")]
            _version: u32,
            #[serde(default)]
            form: Form,
            #[serde(default, rename = "incomplete")]
            loss: Loss,
            calls: Vec<Row<'static>>,
        }
        let Document { form, loss, calls, .. } = Document::deserialize(deserializer)?;
        check(form, &calls).map_err(D::Error::custom)?;
        let source = Source::Rows(form, Arc::from(calls));
        Ok(Self { source, options: Options::default(), loss, loss_allowed: false })
    }
}

fn known_version<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u32, D::Error> {
    let (found, known) = (u32::deserialize(deserializer)?, TracedSnapshot::VERSION);
    if (1..=known).contains(&found) {
        return Ok(found);
    }
    Err(D::Error::custom(format_args!(
        "the snapshot has format version {found}, but this build reads up to {known}; upgrade tracesnap, or record the \
         snapshot again"
    )))
}

fn check(form: Form, rows: &[Row<'_>]) -> Result<(), BadRow> {
    // The depth of a child of the row before.
    let mut deepest = 0;
    for (at, row) in rows.iter().enumerate() {
        let bad = |what| Err(BadRow { at, what });
        let is_call = match (&row.call, row.event) {
            (Some(_), None) => true,
            (None, Some(_)) => false,
            (Some(_), Some(_)) => return bad("it has both `call` and `event`; remove one of them".into()),
            (None, None) => return bad("it has neither `call` nor `event`; add the name of the call".into()),
        };
        if row.times == 0 {
            return bad("it has `times: 0`, but takes a number from 1; remove the row instead".into());
        }
        match form {
            Form::Tree if row.under.is_some() => {
                return bad("it has `under`, but takes `depth`, because the snapshot is not `form: flat`".into());
            }
            Form::Flat if row.depth != 0 => {
                return bad("it has `depth`, but takes `under`, because the snapshot is `form: flat`".into());
            }
            Form::Tree if row.depth > deepest => {
                let depth = row.depth;
                return bad(format!("it has `depth: {depth}`, but takes at most {deepest} after the row before it"));
            }
            _ => deepest = row.depth + usize::from(is_call),
        }
    }
    Ok(())
}

/// A row that no snapshot writes.
struct BadRow {
    at: usize,
    what: String,
}

impl fmt::Display for BadRow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "row {} of `calls` (the first is 0): {}", self.at, self.what)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::snapshot::testing::{shop, snapshot};
    use crate::tree::TraceStats;
    use insta::{assert_ron_snapshot, assert_snapshot, assert_yaml_snapshot};

    #[test]
    fn yaml_holds_rows_with_their_depth_and_nothing_that_says_nothing() {
        assert_yaml_snapshot!(snapshot(shop()), @r#"
        version: 1
        calls:
          - call: process_order
            args:
              customer_id: 7
              items: 2
            returned: "Ok(Receipt { id: 1 })"
          - depth: 1
            event: INFO
            message: cart priced
            fields:
              items: 3
          - depth: 1
            call: check_availability
            args:
              items: 2
            returned: true
          - depth: 1
            call: charge
            args:
              amount: "30.0"
              payment_token: "[redacted]"
            error: CardDeclined
          - depth: 1
            call: notify
            args:
              customer_id: 7
            times: 3
        "#);
    }

    #[test]
    fn ron_holds_the_same_without_some_around_a_member() {
        assert_ron_snapshot!(snapshot(shop()).max_depth(0), @r#"
        TracedSnapshot(
          version: 1,
          calls: [
            Row(
              call: "process_order",
              args: {
                "customer_id": 7,
                "items": 2,
              },
              returned: "Ok(Receipt { id: 1 })",
              deeper_calls: true,
            ),
            Row(
              depth: 1,
              event: INFO,
              message: "cart priced",
              fields: {
                "items": 3,
              },
            ),
          ],
        )
        "#);
    }

    #[test]
    fn the_flat_form_holds_callers_in_place_of_depths() {
        assert_yaml_snapshot!(snapshot(shop()).flat().events(false).args(false), @r#"
        version: 1
        form: flat
        calls:
          - call: process_order
            returned: "Ok(Receipt { id: 1 })"
          - under: process_order
            call: check_availability
            returned: true
          - under: process_order
            call: charge
            error: CardDeclined
          - under: process_order
            call: notify
            times: 3
        "#);
    }

    #[test]
    fn what_is_missing_is_written_and_read() {
        let stats = TraceStats { lost_bytes: 9, ..TraceStats::default() };
        let lossy = TracedSnapshot::new(Arc::default(), &stats);
        let json = serde_json::to_string(&lossy).expect("serialises");
        assert_snapshot!(json, @r#"{"version":1,"incomplete":{"text_bytes":9},"calls":[]}"#);
        let back: TracedSnapshot = serde_json::from_str(&json).expect("reads back");
        assert!(!back.is_complete());
    }

    #[test]
    fn what_no_snapshot_writes_is_refused_with_the_place_and_the_way_out() {
        let refused = |json: &str| serde_json::from_str::<TracedSnapshot>(json).expect_err("refused").to_string();
        assert_snapshot!(refused(r#"{"version": 2, "calls": []}"#), @"the snapshot has format version 2, but this build reads up to 1; upgrade tracesnap, or record the snapshot again at line 1 column 13");
        assert_snapshot!(refused(r#"{"calls": []}"#), @"missing field `version` at line 1 column 13");
        let calls = |rows: &str| refused(&format!(r#"{{"version": 1, "calls": [{rows}]}}"#));
        assert_snapshot!(calls(r#"{"call": "a"}, {"call": "b", "depth": 2}"#), @"row 1 of `calls` (the first is 0): it has `depth: 2`, but takes at most 1 after the row before it");
        assert_snapshot!(calls(r#"{"event": "INFO"}, {"call": "b", "depth": 1}"#), @"row 1 of `calls` (the first is 0): it has `depth: 1`, but takes at most 0 after the row before it");
        assert_snapshot!(calls(r#"{"depth": 1, "call": "a"}"#), @"row 0 of `calls` (the first is 0): it has `depth: 1`, but takes at most 0 after the row before it");
        assert_snapshot!(calls(r#"{"args": {"id": 7}}"#), @"row 0 of `calls` (the first is 0): it has neither `call` nor `event`; add the name of the call");
        assert_snapshot!(calls(r#"{"call": "a", "event": "INFO"}"#), @"row 0 of `calls` (the first is 0): it has both `call` and `event`; remove one of them");
        assert_snapshot!(calls(r#"{"call": "a", "times": 0}"#), @"row 0 of `calls` (the first is 0): it has `times: 0`, but takes a number from 1; remove the row instead");
        assert_snapshot!(calls(r#"{"call": "a", "under": "b"}"#), @"row 0 of `calls` (the first is 0): it has `under`, but takes `depth`, because the snapshot is not `form: flat`");
        assert_snapshot!(calls(r#"{"call": "a", "retruned": 1}"#), @"unknown field `retruned`, expected one of `depth`, `under`, `call`, `event`, `message`, `concurrent`, `args`, `fields`, `returned`, `error`, `panicked`, `open`, `children_lost`, `caller_lost`, `deeper_calls`, `module`, `polls`, `thread`, `duration`, `wall_ns`, `busy_ns`, `memory`, `in_use_bytes`, `allocated_bytes`, `allocations`, `freed_bytes`, `times` at line 1 column 49");
    }
}
