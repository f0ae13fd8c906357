//! Compares names: `petId`, `pet_id` and `PetID` are one.

use crate::patterns::words::{singular, words};

/// The words of a name, run together.
pub(crate) fn key(name: &str) -> String {
    words(name).concat()
}

/// The name of one thing of a collection: `order line` for `order-lines`.
pub(crate) fn one_of(name: &str) -> String {
    let mut words = words(name);
    if let Some(last) = words.last_mut() {
        *last = match last.as_str() {
            "people" => "person".to_owned(),
            "children" => "child".to_owned(),
            other => singular(other),
        };
    }
    words.join(" ")
}

/// Names that tell one item from all others, best first.
const IDS: [&str; 12] =
    ["id", "uuid", "guid", "uid", "key", "slug", "code", "sku", "number", "handle", "username", "name"];

/// The property that holds the id which a path calls `param`, among the `properties` of a thing called `one`.
pub(crate) fn id_field<'d>(param: Option<&str>, one: &str, properties: &[&'d str]) -> Option<&'d str> {
    let find = |wanted: &str| properties.iter().copied().find(|name| key(name) == wanted);
    let one = key(one);
    if let Some(param) = param {
        let wanted = key(param);
        if let Some(found) = find(&wanted) {
            return Some(found);
        }
        // `petId` is the `id` of a pet, `pet_name` its `name`, and a path that says `{pet}` means either.
        for id in IDS {
            if wanted.ends_with(id)
                && let Some(found) = find(id).or_else(|| find(&format!("{one}{id}")))
            {
                return Some(found);
            }
        }
    }
    let plain = IDS[..4].iter().find_map(|id| find(id)).or_else(|| find(&format!("{one}id")));
    plain.or_else(|| param.and_then(|_| IDS[4..].iter().find_map(|id| find(id))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_id_of_a_path_is_found_among_the_properties() {
        let find = |param, one, properties: &[&'static str]| id_field(param, one, properties);
        assert_eq!(find(Some("petId"), "pet", &["name", "id"]), Some("id"));
        assert_eq!(find(Some("pet_id"), "pet", &["petId", "id"]), Some("petId"));
        assert_eq!(find(Some("username"), "user", &["id", "username"]), Some("username"));
        assert_eq!(find(Some("user"), "user", &["email", "user_id"]), Some("user_id"));
        assert_eq!(find(Some("slug"), "article", &["title", "slug"]), Some("slug"));
        assert_eq!(find(Some("ref"), "job", &["_id", "at"]), Some("_id"));
        assert_eq!(find(None, "thing", &["colour", "name"]), None);
    }
}
