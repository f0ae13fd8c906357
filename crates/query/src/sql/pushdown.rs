//! Which conditions of a query say what need not be read: texts that a column must have, times between which it must be.
//!
//! The engine looks at the rows again, so only what is understood without doubt is taken.

use std::collections::BTreeSet;

use datafusion::common::ScalarValue;
use datafusion::logical_expr::expr::InList;
use datafusion::logical_expr::{BinaryExpr, Expr, Operator};

use crate::column::{Column, Kind};
use crate::wanted::Wanted;

/// A condition on one column, by its place.
enum Condition {
    Texts(usize, BTreeSet<String>),
    /// Microseconds, both included.
    Times(usize, i64, i64),
    Both(Box<Condition>, Box<Condition>),
}

/// Whether a condition is understood.
pub(super) fn is_understood(expr: &Expr, columns: &[Column]) -> bool {
    condition(expr, columns).is_some()
}

/// Only rows for which it holds, as far as it is understood.
pub(super) fn narrow(wanted: Wanted, expr: &Expr, columns: &[Column]) -> Wanted {
    fn with(wanted: Wanted, condition: Condition) -> Wanted {
        match condition {
            Condition::Texts(column, texts) => wanted.with_texts(column, texts),
            Condition::Times(column, from, until) => wanted.with_times(column, from, until),
            Condition::Both(one, other) => with(with(wanted, *one), *other),
        }
    }
    match condition(expr, columns) {
        Some(condition) => with(wanted, condition),
        None => wanted,
    }
}

fn condition(expr: &Expr, columns: &[Column]) -> Option<Condition> {
    match expr {
        Expr::BinaryExpr(BinaryExpr { left, op: Operator::And, right }) => {
            Some(Condition::Both(condition(left, columns)?.into(), condition(right, columns)?.into()))
        }
        // The engine writes short lists so.
        Expr::BinaryExpr(BinaryExpr { left, op: Operator::Or, right }) => {
            match (condition(left, columns)?, condition(right, columns)?) {
                (Condition::Texts(one, mut texts), Condition::Texts(other, more)) if one == other => {
                    texts.extend(more);
                    Some(Condition::Texts(one, texts))
                }
                _ => None,
            }
        }
        Expr::BinaryExpr(BinaryExpr { left, op, right }) => match (&**left, &**right) {
            (column, Expr::Literal(value, _)) => comparison(place(column, columns)?, *op, value),
            (Expr::Literal(value, _), column) => comparison(place(column, columns)?, op.swap()?, value),
            _ => None,
        },
        Expr::InList(InList { expr, list, negated: false }) => {
            let (column, Kind::Text) = place(expr, columns)? else { return None };
            let texts = list.iter().map(|item| match item {
                Expr::Literal(value, _) => text(value),
                _ => None,
            });
            Some(Condition::Texts(column, texts.collect::<Option<_>>()?))
        }
        _ => None,
    }
}

/// A column of the table by its place.
fn place(expr: &Expr, columns: &[Column]) -> Option<(usize, Kind)> {
    let Expr::Column(named) = expr else { return None };
    let at = columns.iter().position(|column| column.name == named.name)?;
    Some((at, columns[at].kind))
}

fn comparison((column, kind): (usize, Kind), op: Operator, value: &ScalarValue) -> Option<Condition> {
    match kind {
        Kind::Text if op == Operator::Eq => Some(Condition::Texts(column, BTreeSet::from([text(value)?]))),
        Kind::Time => {
            // Without a zone it would be somebody's local time.
            let ScalarValue::TimestampMicrosecond(Some(at), Some(_)) = *value else { return None };
            let (from, until) = match op {
                Operator::Eq => (at, at),
                Operator::Lt => (i64::MIN, at.checked_sub(1)?),
                Operator::LtEq => (i64::MIN, at),
                Operator::Gt => (at.checked_add(1)?, i64::MAX),
                Operator::GtEq => (at, i64::MAX),
                _ => return None,
            };
            Some(Condition::Times(column, from, until))
        }
        _ => None,
    }
}

fn text(value: &ScalarValue) -> Option<String> {
    Some(value.try_as_str()??.to_owned())
}
