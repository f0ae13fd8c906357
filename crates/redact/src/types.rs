//! Rules by type: values whose type says that they are secrets.
//!
//! Which types a value has, [`Redacting`](crate::Redacting) asks while it is serialised.

use crate::words::glued;
use crate::{Error, RuleId};

/// The rules by type of a policy.
#[derive(Clone, Debug)]
pub(crate) struct TypeRules {
    /// Types of crates that are made for secrets: where their path begins.
    crates: Vec<(&'static str, RuleId)>,
    /// A newtype or struct that is called like a secret.
    by_name: Option<RuleId>,
    /// The user's: the whole path, or the last part of it.
    own: Vec<(String, RuleId)>,
}

const BY_NAME: &str = "type/name";
const CRATES: [(&str, &str); 2] = [("secrecy::Secret", "type/secrecy"), ("redact::Secret", "type/redact")];

impl TypeRules {
    pub(crate) fn none() -> Self {
        Self { crates: Vec::new(), by_name: None, own: Vec::new() }
    }

    pub(crate) fn built_in() -> Self {
        Self {
            crates: CRATES.iter().map(|&(path, id)| (path, RuleId::new(id))).collect(),
            by_name: Some(RuleId::new(BY_NAME)),
            own: Vec::new(),
        }
    }

    pub(crate) fn add(&mut self, name: &str) -> Result<(), Error> {
        if glued(name).is_empty() {
            return Err(Error::EmptyName { name: name.to_owned() });
        }
        self.own.push((name.to_owned(), RuleId::new(&format!("type/{name}"))));
        Ok(())
    }

    /// Switches the rule of this id off, if there is one.
    pub(crate) fn switch_off(&mut self, id: &str) -> bool {
        let before = self.ids().count();
        self.crates.retain(|(_, rule)| *rule != *id);
        self.by_name.take_if(|rule| *rule == *id);
        self.ids().count() < before
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.ids().next().is_none()
    }

    pub(crate) fn ids(&self) -> impl Iterator<Item = &RuleId> {
        let crates = self.crates.iter().map(|(_, id)| id);
        crates.chain(&self.by_name).chain(self.own.iter().map(|(_, id)| id))
    }

    /// The rule for a type as [`std::any::type_name`] calls it. Only for the type itself: what merely holds one is asked
    /// when that comes.
    #[cfg(feature = "serde")]
    pub(crate) fn of_type(&self, path: &str) -> Option<&RuleId> {
        let path = pointed_at(path);
        if let Some((_, id)) = self.crates.iter().find(|(of_crate, _)| path.starts_with(of_crate)) {
            return Some(id);
        }
        let plain = path.split('<').next().unwrap_or(path);
        let last = plain.rsplit("::").next().unwrap_or(plain);
        self.own.iter().find(|(name, _)| name == plain || name == last).map(|(_, id)| id)
    }

    /// The rule for a newtype or struct as it calls itself when it is serialised.
    #[cfg(feature = "serde")]
    pub(crate) fn of_name(&self, name: &str, names: &crate::names::NameRules) -> Option<&RuleId> {
        if let Some((_, id)) = self.own.iter().find(|(own, _)| own == name) {
            return Some(id);
        }
        self.by_name.as_ref().filter(|_| names.find_at_the_end(name).is_some())
    }
}

/// The type behind pointers and cells, which serialise as what they hold and never come as a type of their own.
#[cfg(feature = "serde")]
fn pointed_at(mut path: &str) -> &str {
    const TRANSPARENT: [&str; 9] = ["Box", "Arc", "Rc", "RefCell", "Cell", "Mutex", "RwLock", "Cow", "Reverse"];
    loop {
        let before = path;
        path = path.trim_start_matches(['&', ' ']);
        path = path.strip_prefix("mut ").unwrap_or(path);
        if let Some((outer, inner)) = path.split_once('<')
            && TRANSPARENT.contains(&outer.rsplit("::").next().unwrap_or(outer))
        {
            path = inner.strip_prefix("'_, ").unwrap_or(inner);
        }
        if path.len() == before.len() {
            return path;
        }
    }
}

#[cfg(all(test, feature = "serde"))]
mod tests {
    use super::*;

    #[test]
    fn a_type_is_known_behind_its_pointers_and_not_by_what_merely_holds_it() {
        let mut rules = TypeRules::built_in();
        rules.add("CardData").unwrap();
        rules.add("shop::Pin").unwrap();
        let table = [
            ("secrecy::SecretBox<str>", Some("type/secrecy")),
            ("&alloc::boxed::Box<secrecy::SecretBox<str>>", Some("type/secrecy")),
            ("alloc::sync::Arc<std::sync::poison::mutex::Mutex<redact::Secret<u8>>>", Some("type/redact")),
            ("shop::Request<secrecy::SecretBox<str>>", None),
            ("my_secrecy::SecretBox<str>", None),
            ("shop::CardData", Some("type/CardData")),
            ("other::CardData<u8>", Some("type/CardData")),
            ("&mut shop::Pin", Some("type/shop::Pin")),
            ("other::Pin", None),
        ];
        for (path, id) in table {
            assert_eq!(rules.of_type(path).map(RuleId::as_str), id, "{path}");
        }
    }
}
