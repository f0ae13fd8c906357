//! Writes and reads what identifies things and places in lists: global ids, cursors.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

/// The id of the thing of a type and a number, among the things of all types.
pub(super) fn global(ty: &str, number: u64) -> String {
    global_text(ty, &number.to_string())
}

/// The same, for a thing that is known by something else than a number.
pub(super) fn global_text(ty: &str, known_by: &str) -> String {
    STANDARD.encode(format!("{ty}:{known_by}"))
}

/// The type, and what stands behind it, of a global id.
pub(super) fn of_global(id: &str) -> Option<(String, String)> {
    let text = String::from_utf8(STANDARD.decode(id).ok()?).ok()?;
    let (ty, rest) = text.split_once(':')?;
    Some((ty.to_owned(), rest.to_owned()))
}

/// Where an item stands: by its id, and by its place, in case it is gone when the cursor is used.
pub(super) fn cursor(place: usize, id: &str) -> String {
    STANDARD.encode(format!("cursor:{place}:{id}"))
}

/// The place and the id of a cursor.
pub(super) fn of_cursor(cursor: &str) -> Option<(usize, String)> {
    let text = String::from_utf8(STANDARD.decode(cursor).ok()?).ok()?;
    let (place, id) = text.strip_prefix("cursor:")?.split_once(':')?;
    Some((place.parse().ok()?, id.to_owned()))
}

/// An id as it is kept, whatever type it has.
pub(super) fn text(id: &Value) -> Option<String> {
    match id {
        Value::String(text) if text.len() <= MAX_ID => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// Bytes of an id.
const MAX_ID: usize = 1_024;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_and_cursors_are_read_as_they_were_written() {
        assert_eq!(of_global(&global("Order", 7)), Some(("Order".to_owned(), "7".to_owned())));
        assert_eq!(of_cursor(&cursor(3, "a:b")), Some((3, "a:b".to_owned())));
        assert_eq!(of_cursor("nonsense"), None);
    }
}
