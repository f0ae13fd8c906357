//! What rules say of names and types in a value, and how much of the value may still be written.
//!
//! What is done where they say something is the business of those who ask.

use std::cell::Cell;

use super::plain::{self, Of};
use crate::policy::Rules;
use crate::{Limits, Policy, RuleId};

pub(crate) struct Asked<'r> {
    pub(crate) rules: &'r Rules,
    pub(crate) limits: Limits,
    /// Of [`Limits::bytes`].
    left: Cell<usize>,
}

impl<'r> Asked<'r> {
    pub(crate) fn new(policy: &'r Policy, limits: Limits) -> Self {
        Self { rules: &policy.0, limits, left: Cell::new(limits.bytes) }
    }

    /// For a second walk.
    pub(crate) fn refill(&self) {
        self.left.set(self.limits.bytes);
    }

    /// Takes this many bytes of what may be written, if they are there.
    #[inline]
    pub(crate) fn take(&self, bytes: usize) -> bool {
        match self.left.get().checked_sub(bytes) {
            Some(left) => {
                self.left.set(left);
                true
            }
            None => {
                self.left.set(0);
                false
            }
        }
    }

    /// The rule for values of this type.
    #[inline]
    pub(crate) fn of_type(&self, path: &'static str) -> Option<&'r RuleId> {
        // Most are `u64`, `&str`, `bool`, `String`: known without a look.
        if path.len() <= 6 || path == "alloc::string::String" {
            return None;
        }
        self.unless_plain(Of::Type, path, || self.rules.types.of_type(path))
    }

    /// The rule for structs and newtypes of this name.
    #[inline]
    pub(crate) fn of_struct(&self, name: &'static str) -> Option<&'r RuleId> {
        self.unless_plain(Of::Struct, name, || self.rules.types.of_name(name, &self.rules.names))
    }

    #[inline]
    fn unless_plain(
        &self,
        of: Of,
        name: &'static str,
        find: impl FnOnce() -> Option<&'r RuleId>,
    ) -> Option<&'r RuleId> {
        if plain::is_known(self.rules.serial, of, name) {
            return None;
        }
        let found = find();
        if found.is_none() {
            plain::remember(self.rules.serial, of, name);
        }
        found
    }

    /// Whether a field of this name is known to say nothing, neither by its name nor by its place.
    #[inline]
    pub(crate) fn is_plain(&self, name: &'static str) -> bool {
        self.rules.paths.is_empty() && plain::is_known(self.rules.serial, Of::Field, name)
    }

    pub(crate) fn remember_plain(&self, name: &'static str) {
        plain::remember(self.rules.serial, Of::Field, name);
    }
}
