//! Which fields the calls, or the events, of a callsite have, and whether each can be shown as a number.
//!
//! The viewer has one table of texts. A text for every call that nobody else has makes it large and slow, while numbers
//! stand where they are used, can be sorted, and are compared by whoever looks.

use fxprof_processed_profile::{Profile, StringHandle};

use crate::export::json::MAX_SAFE;
use crate::tree::{Arg, Value};

/// What all values of a field are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    Integer,
    Decimal,
    Text,
}

impl Form {
    fn of(value: Value<'_>) -> Self {
        match value {
            Value::I64(value) if value.unsigned_abs() <= MAX_SAFE => Self::Integer,
            Value::U64(value) if value <= MAX_SAFE => Self::Integer,
            Value::F64(value) if value.is_finite() => Self::Decimal,
            _ => Self::Text,
        }
    }

    /// What holds both.
    fn or(self, other: Self) -> Self {
        match (self, other) {
            _ if self == other => self,
            (Self::Text, _) | (_, Self::Text) => Self::Text,
            _ => Self::Decimal,
        }
    }
}

/// One field of a callsite.
#[derive(Clone, Copy, Debug)]
pub(super) struct Column<'t> {
    pub(super) name: &'t str,
    pub(super) form: Form,
}

/// The fields of a callsite, in the order in which they were met.
#[derive(Clone, Debug, Default)]
pub(super) struct Columns<'t>(pub(super) Vec<Column<'t>>);

impl<'t> Columns<'t> {
    /// Learns of a value.
    pub(super) fn meet(&mut self, name: &'t str, value: Value<'t>) {
        let form = Form::of(value);
        match self.0.iter_mut().find(|column| column.name == name) {
            Some(column) => column.form = column.form.or(form),
            None => self.0.push(Column { name, form }),
        }
    }

    /// Puts values into `cells`, one a column; those that are not there stay [`Cell::EMPTY`].
    pub(super) fn fill(&self, profile: &mut Profile, values: impl Iterator<Item = Arg<'t>>, cells: &mut Vec<Cell>) {
        cells.clear();
        cells.resize(self.0.len(), Cell::EMPTY);
        for value in values {
            if let Some(at) = self.0.iter().position(|column| column.name == value.name()) {
                cells[at] = Cell::of(profile, self.0[at].form, value.value(), value.is_cut());
            }
        }
    }
}

/// A value of a field.
#[derive(Clone, Copy, Debug)]
pub(super) struct Cell {
    /// What a field of numbers shows; not a number, which is written as `null`, where there is none.
    pub(super) number: f64,
    /// What a field of texts shows.
    pub(super) text: Option<StringHandle>,
}

impl Cell {
    pub(super) const EMPTY: Self = Self { number: f64::NAN, text: None };

    pub(super) fn of(profile: &mut Profile, form: Form, value: Value<'_>, is_cut: bool) -> Self {
        match (form, value.as_str()) {
            (Form::Text, Some(plain)) if is_cut => Self::text(profile.intern_string(&format!("{plain}…"))),
            (Form::Text, Some(plain)) => Self::text(profile.intern_string(plain)),
            (Form::Text, None) => Self::text(profile.intern_string(&value.to_string())),
            _ => Self::number(number(value)),
        }
    }

    pub(super) fn text(text: StringHandle) -> Self {
        Self { text: Some(text), ..Self::EMPTY }
    }

    pub(super) fn number(number: f64) -> Self {
        Self { number, ..Self::EMPTY }
    }
}

#[expect(clippy::cast_precision_loss, reason = "a number with a form is below 2^53")]
fn number(value: Value<'_>) -> f64 {
    match value {
        Value::I64(value) => value as f64,
        Value::U64(value) => value as f64,
        Value::F64(value) => value,
        _ => f64::NAN,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_is_a_number_only_where_each_of_its_values_is_one_that_javascript_holds() {
        let form = |values: &[Value<'static>]| {
            let mut columns = Columns::default();
            values.iter().for_each(|value| columns.meet("n", *value));
            columns.0[0].form
        };
        assert_eq!(form(&[Value::I64(-1), Value::U64(7)]), Form::Integer);
        assert_eq!(form(&[Value::I64(-1), Value::F64(0.5)]), Form::Decimal);
        assert_eq!(form(&[Value::I64(1), Value::Redacted]), Form::Text);
        assert_eq!(form(&[Value::U64(1 << 53)]), Form::Text);
        assert_eq!(form(&[Value::F64(f64::NAN)]), Form::Text);
        assert_eq!(form(&[Value::Bool(true)]), Form::Text);
    }
}
