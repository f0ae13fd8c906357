//! What one walk over a value keeps in mind: what was found, what fails, and what it [asks](Asked) rules.

use std::cell::{Cell, RefCell};
use std::ops::Deref;

use super::asked::Asked;
use crate::path::{Enter, Trail};
use crate::{Limits, Policy, Report, RuleId};

/// Hands every whole number, truth value and character of serde to a macro, with about how many bytes it takes.
macro_rules! each_whole {
    ($with:ident) => {
        $with! {
            serialize_bool: bool = 4, serialize_i8: i8 = 2, serialize_i16: i16 = 4, serialize_i32: i32 = 6,
            serialize_i64: i64 = 8, serialize_i128: i128 = 16, serialize_u8: u8 = 2, serialize_u16: u16 = 4,
            serialize_u32: u32 = 6, serialize_u64: u64 = 8, serialize_u128: u128 = 16, serialize_char: char = 1,
        }
    };
}

/// The same with those that are no names in JSON.
macro_rules! each_float {
    ($with:ident) => {
        $with! { serialize_f32: f32 = 6, serialize_f64: f64 = 8, }
    };
}

pub(super) use {each_float, each_whole};

pub(crate) struct Run<'r> {
    asked: Asked<'r>,
    pub(crate) report: RefCell<Report>,
    /// Numbers of values that are known to fail.
    failed: &'r [u64],
    next: Cell<u64>,
    /// The number of the value that is being serialised: its own code runs, not that of one below.
    active: Cell<u64>,
    /// Which value failed: the innermost one that was at work.
    pub(crate) broke_at: Cell<Option<u64>>,
}

impl<'r> Deref for Run<'r> {
    type Target = Asked<'r>;

    fn deref(&self) -> &Asked<'r> {
        &self.asked
    }
}

impl<'r> Run<'r> {
    pub(crate) fn new(policy: &'r Policy, limits: Limits, failed: &'r [u64]) -> Self {
        Self {
            asked: Asked::new(policy, limits),
            report: RefCell::default(),
            failed,
            next: Cell::new(0),
            active: Cell::new(0),
            broke_at: Cell::new(None),
        }
    }

    /// For a second walk with the same attempt.
    pub(crate) fn start_over(&self) {
        self.asked.refill();
        *self.report.borrow_mut() = Report::default();
        self.next.set(0);
        self.active.set(0);
        self.broke_at.set(None);
    }

    /// Begins a value; gives the number of the one around it.
    pub(crate) fn begin(&self) -> u64 {
        let number = self.next.get();
        self.next.set(number + 1);
        self.active.replace(number)
    }

    pub(crate) fn end(&self, around: u64) {
        self.active.set(around);
    }

    /// Whether the value just begun is known to fail.
    pub(crate) fn will_fail(&self) -> bool {
        !self.failed.is_empty() && self.failed.contains(&self.active.get())
    }

    /// The value at work failed. The first one told is the innermost.
    pub(crate) fn break_here(&self) {
        if self.broke_at.get().is_none() {
            self.broke_at.set(Some(self.active.get()));
        }
    }

    pub(crate) fn found(&self, rule: &RuleId) {
        self.report.borrow_mut().add(rule);
    }

    pub(crate) fn truncated(&self) {
        self.report.borrow_mut().add_truncated();
    }

    /// The trail below a name, and the rule by which what stands there is a secret.
    pub(crate) fn enter_name(&self, trail: &Trail, name: &str) -> (Trail, Option<&'r RuleId>) {
        let by_name = self.rules.names.find(name);
        if self.rules.paths.is_empty() {
            return (Trail::default(), by_name);
        }
        let (trail, by_place) = self.rules.paths.enter(trail, Enter::Name(name));
        (trail, by_name.or(by_place))
    }

    /// The same below an index.
    pub(crate) fn enter_index(&self, trail: &Trail, index: usize) -> (Trail, Option<&'r RuleId>) {
        if self.rules.paths.is_empty() {
            return (Trail::default(), None);
        }
        self.rules.paths.enter(trail, Enter::Index(index))
    }
}
