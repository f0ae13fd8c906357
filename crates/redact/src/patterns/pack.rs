//! Which patterns a policy has, under which ids.
//!
//! What they find is the business of [`search`](super::search) and of those it asks.

use super::numbers::Number;
use super::replace::{Key, Replacement};
use super::tokens::TOKENS;
use crate::RuleId;
use crate::secrets::Kind;

/// The patterns of one policy.
pub(crate) struct Pack {
    /// For each of [`IDS`] and [`TOKENS`]: its id, `None` where it is off.
    pub(super) ids: Vec<Option<RuleId>>,
    /// Of [`Kind::ALL`].
    pub(super) kind_ids: Vec<RuleId>,
    pub(crate) key: Key,
    pub(crate) replacement: Replacement,
}

/// Patterns beside the tokens.
pub(super) const IDS: [&str; 9] = [
    "value/email",
    "value/card",
    "value/iban",
    "value/us_ssn",
    "value/phone",
    "value/cpf",
    "value/uk_nino",
    "value/entropy",
    "value/dsn_password",
];
pub(super) const EMAIL: usize = 0;
pub(super) const ENTROPY: usize = 7;
pub(super) const DSN_PASSWORD: usize = 8;

impl Number {
    pub(super) fn row(self) -> usize {
        match self {
            Self::Card => 1,
            Self::Iban => 2,
            Self::UsSsn => 3,
            Self::Phone => 4,
            Self::Cpf => 5,
            Self::Nino => 6,
        }
    }
}

/// The ids of all patterns.
pub(crate) fn ids() -> impl Iterator<Item = &'static str> {
    IDS.into_iter().chain(TOKENS.iter().map(|token| token.id))
}

impl Pack {
    pub(crate) fn none() -> Self {
        Self { ids: Vec::new(), kind_ids: Vec::new(), key: Key::random(), replacement: Replacement::default() }
    }

    pub(crate) fn built_in(key: Key, replacement: Replacement) -> Self {
        let ids = ids().map(|id| Some(RuleId::new(id))).collect();
        Self { ids, kind_ids: Kind::ALL.iter().map(|kind| RuleId::new(kind.id())).collect(), key, replacement }
    }

    /// Switches the pattern of this id off, if there is one.
    pub(crate) fn switch_off(&mut self, id: &str) -> bool {
        match self.ids.iter_mut().find(|on| on.as_ref().is_some_and(|on| *on == *id)) {
            Some(on) => {
                *on = None;
                true
            }
            None => false,
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.ids.is_empty()
    }

    pub(crate) fn on(&self) -> impl Iterator<Item = &RuleId> {
        self.ids.iter().flatten()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_of_the_documentation_lists_every_pattern_and_no_other() {
        let page = include_str!("../lib.rs");
        let table =
            page.split("//! # Patterns").nth(1).and_then(|rest| rest.split("//! # ").next()).expect("it is there");
        let told: Vec<&str> =
            table.lines().filter_map(|line| line.strip_prefix("//! | `")?.split('`').next()).collect();
        let found: Vec<&str> = ids().collect();
        assert_eq!(told, found);
        assert!(found.len() >= 40, "{} kinds", found.len());
    }

    #[test]
    fn every_pattern_can_be_switched_off_by_its_id() {
        for id in ids() {
            let policy = crate::Policy::builder().off(id).build().expect("it is known");
            assert!(policy.rules().all(|rule| rule != id), "{id}");
        }
        let policy = crate::Policy::builder().off("value/email").build().expect("it is known");
        assert_eq!(policy.redact_text("ada@example.com"), "ada@example.com");
    }
}
