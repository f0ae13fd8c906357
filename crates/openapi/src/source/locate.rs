//! Finds the lines of pointers in a text that was read before.
//!
//! Values carry no lines: only faults need them, and few documents have many. So the text is read a second time, by the
//! parser that keeps places.

use std::collections::{HashMap, HashSet};
use std::fmt;

use serde::de::{Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use super::yaml::{self, Lines};
use super::{Building, Syntax};
use crate::limits::Limits;
use crate::pointer::unescape;

/// The lines, from 1, of those `pointers` that the text has. A key that stands twice is found where it stands last.
pub(crate) fn lines(text: &str, syntax: Syntax, pointers: &[&str], limits: &Limits) -> HashMap<String, u32> {
    match syntax {
        Syntax::Yaml => {
            let wanted: HashSet<&str> = pointers.iter().copied().collect();
            let mut lines = Lines { wanted: &wanted, found: HashMap::new() };
            // It was read before; what was found until it failed is right all the same.
            let _ = yaml::read(text, &mut Building::new(limits), Some(&mut lines));
            lines.found
        }
        Syntax::Json => {
            let mut offsets = Vec::new();
            let wanted: Vec<Wanted<'_>> = pointers
                .iter()
                .map(|pointer| Wanted { whole: pointer, rest: pointer.strip_prefix('/').map(|rest| rest.split('/')) })
                .collect();
            if let Ok(root) = serde_json::from_str::<&RawValue>(text) {
                descend(root, text.as_ptr() as usize, wanted, &mut offsets);
            }
            let starts: Vec<usize> = std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1)).collect();
            let line = |offset: usize| starts.partition_point(|&start| start <= offset);
            offsets
                .into_iter()
                .map(|(pointer, offset)| (pointer.to_owned(), u32::try_from(line(offset)).unwrap_or(u32::MAX)))
                .collect()
        }
    }
}

#[derive(Clone)]
struct Wanted<'p> {
    whole: &'p str,
    rest: Option<std::str::Split<'p, char>>,
}

/// Notes at which byte what is wanted in `raw` begins. Depth is that of the value, which has a bound.
fn descend<'p>(raw: &RawValue, base: usize, wanted: Vec<Wanted<'p>>, found: &mut Vec<(&'p str, usize)>) {
    let mut below: HashMap<String, Vec<Wanted<'p>>> = HashMap::new();
    for mut one in wanted {
        match one.rest.as_mut().and_then(Iterator::next) {
            Some(token) => below.entry(unescape(token).into_owned()).or_default().push(one),
            None => found.push((one.whole, raw.get().as_ptr() as usize - base)),
        }
    }
    if below.is_empty() {
        return;
    }
    let Ok(Members(members)) = serde_json::from_str::<Members<'_>>(raw.get()) else { return };
    for (name, member) in members {
        if let Some(wanted) = below.get(&name) {
            descend(member, base, wanted.clone(), found);
        }
    }
}

/// The members of an object or array in the order of the text, twice where they stand twice.
struct Members<'t>(Vec<(String, &'t RawValue)>);

impl<'de> serde::Deserialize<'de> for Members<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Collect;
        impl<'de> Visitor<'de> for Collect {
            type Value = Members<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object or an array")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(Members(members))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Self::Value, A::Error> {
                let mut members = Vec::new();
                while let Some(item) = items.next_element()? {
                    members.push((members.len().to_string(), item));
                }
                Ok(Members(members))
            }
        }
        deserializer.deserialize_any(Collect)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_of_a_pointer_is_that_of_its_key_in_both_notations() {
        let pointers = ["/a", "/a/b", "/a/c/1", "/d~1e", "/none"];
        let yaml = "a:\n  b: 1\n  c:\n  - 1\n  - 2\nd/e: x\n";
        let json = "{\"a\": {\n\"b\": 1,\n\"c\": [\n1,\n2]},\n\"d/e\": \"x\"}";
        for (text, syntax) in [(yaml, Syntax::Yaml), (json, Syntax::Json)] {
            let found = lines(text, syntax, &pointers, &Limits::default());
            let line = |pointer: &str| found.get(pointer).copied();
            assert_eq!(pointers.map(line), [Some(1), Some(2), Some(5), Some(6), None], "{syntax:?}");
        }
    }

    #[test]
    fn a_key_that_stands_twice_is_found_where_it_counts() {
        let found = lines("{\"a\": 1,\n\"a\": 2}", Syntax::Json, &["/a"], &Limits::default());
        assert_eq!(found["/a"], 2);
    }
}
