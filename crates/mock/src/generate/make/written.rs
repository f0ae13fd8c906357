//! Writes a value as JSON while it is made, without making the value.
//!
//! What can only be judged as a whole (a value that may break its own rules, an object whose members owe each other
//! something, a list whose items must differ) is made first and written then, so the text is that of the value that
//! [`Maker::make`] makes, to the letter.

use serde_json::{Map, Value};

use super::object::Members;
use super::{At, Begun, Maker};
use crate::generate::plan::{ArrayPlan, NodeId, Prop};
use crate::generate::rules::kinds;

/// Writes a value behind what is there.
pub(in crate::generate) fn put(out: &mut Vec<u8>, value: &Value) {
    // Values are written without fail, and so is memory.
    let _ = serde_json::to_writer(out, value);
}

fn put_text(out: &mut Vec<u8>, text: &str) {
    let _ = serde_json::to_writer(out, text);
}

/// The members of an object that is being written.
struct Written<'o> {
    out: &'o mut Vec<u8>,
    is_first: bool,
}

impl Written<'_> {
    fn name(&mut self, prop: &Prop) {
        if !self.is_first {
            self.out.push(b',');
        }
        self.is_first = false;
        put_text(self.out, &prop.name);
        self.out.push(b':');
    }
}

impl<'m> Members<'m> for Written<'_> {
    fn put(&mut self, prop: &Prop, value: Value) {
        self.name(prop);
        put(self.out, &value);
    }

    fn make(&mut self, maker: &mut Maker<'m>, prop: &'m Prop, at: At<'_>) -> bool {
        let (before, was_first) = (self.out.len(), self.is_first);
        self.name(prop);
        let made = maker.write(prop.node, at, self.out).is_some();
        if !made {
            self.out.truncate(before);
            self.is_first = was_first;
        }
        made
    }

    fn tree(&mut self) -> Option<&mut Map<String, Value>> {
        None
    }
}

impl<'m> Maker<'m> {
    /// As `make`, behind what is there. Where it is `None`, something of it may have been written.
    pub(super) fn write(&mut self, id: NodeId, at: At<'_>, out: &mut Vec<u8>) -> Option<()> {
        let plans = self.plans;
        let node = plans.node(id);
        if !node.flows() {
            put(out, &self.make(id, at)?);
            return Some(());
        }
        if let Begun::Over(made) = self.begin(node, at) {
            put(out, &made?);
            return Some(());
        }
        if let Some(values) = &node.values {
            put(out, Self::one_of(values, at)?);
            return Some(());
        }
        if node.choice.is_some() {
            let before = out.len();
            let is_written = self.choose(id, node, at, 0, false, &mut |maker, option, at| {
                // What a way that led nowhere has left behind.
                out.truncate(before);
                maker.write(option, at, out).map(|()| true)
            })?;
            if !is_written {
                put(out, &Value::Null);
            }
            return Some(());
        }
        match self.kind(node, at, 0) {
            kinds::OBJECT => {
                out.push(b'{');
                self.fill(id, node, at, &mut Written { out, is_first: true })?;
                out.push(b'}');
            }
            kinds::ARRAY => self.write_array(id, node.array.as_ref()?, at, out)?,
            kind => match self.scalar(node, at, kind)? {
                Value::String(text) => put_text(out, &text),
                other => put(out, &other),
            },
        }
        Some(())
    }

    fn write_array(&mut self, id: NodeId, plan: &'m ArrayPlan, at: At<'_>, out: &mut Vec<u8>) -> Option<()> {
        let plain = !plan.unique && plan.prefix.is_empty() && plan.contains.is_none();
        match plan.items.filter(|item| plain && self.plans.node(*item).is_object()) {
            Some(item) => self.write_objects(id, plan, item, at, out),
            None => {
                put(out, &self.array(id, plan, at)?);
                Some(())
            }
        }
    }
}
