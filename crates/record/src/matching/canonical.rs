//! JSON in the one way in which equal documents are equal texts.

use std::fmt::Write;

use serde_json::Value;

/// Keys sorted, no spaces, whole floats as integers: `1.0` is `1`, as it is for most who write it.
pub(crate) fn canonical(value: &Value, to: &mut String) {
    match value {
        Value::Number(number) => match number.as_f64() {
            Some(float) if number.is_f64() && float.fract() == 0.0 && float.abs() < 9e15 => {
                let _ = write!(to, "{}", float as i64);
            }
            _ => {
                let _ = write!(to, "{number}");
            }
        },
        Value::Array(items) => {
            to.push('[');
            for (at, item) in items.iter().enumerate() {
                if at > 0 {
                    to.push(',');
                }
                canonical(item, to);
            }
            to.push(']');
        }
        Value::Object(fields) => {
            to.push('{');
            // Sorted by the map itself, unless somebody in the build asked it to keep another order.
            let mut names: Vec<_> = fields.iter().collect();
            if !names.is_sorted_by_key(|(name, _)| *name) {
                names.sort_by_key(|(name, _)| *name);
            }
            for (at, (name, value)) in names.into_iter().enumerate() {
                if at > 0 {
                    to.push(',');
                }
                text(name, to);
                to.push(':');
                canonical(value, to);
            }
            to.push('}');
        }
        Value::String(string) => text(string, to),
        Value::Bool(bool) => to.push_str(if *bool { "true" } else { "false" }),
        Value::Null => to.push_str("null"),
    }
}

fn text(text: &str, to: &mut String) {
    // Nobody parses it; it only has to be one for one.
    to.push('"');
    for letter in text.chars() {
        match letter {
            '"' => to.push_str("\\\""),
            '\\' => to.push_str("\\\\"),
            letter => to.push(letter),
        }
    }
    to.push('"');
}
