//! Arguments that are cloned when the function is called, and serialised when they are written: `lazy`.

use std::borrow::Borrow;
use std::fmt;

use serde::Serialize;

use super::Values;

/// A clone that is yet to be serialised.
pub struct Held(Box<dyn FnOnce(&mut Values<'_>) + Send>);

impl Held {
    pub(crate) fn keep(self, values: &mut Values<'_>) {
        (self.0)(values);
    }
}

impl fmt::Debug for Held {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Held")
    }
}

/// An argument that is to be cloned, if its type allows.
#[derive(Debug)]
pub struct Hold<'v, T: ?Sized>(pub &'v T);

/// For types that can be cloned, sent to another thread, and serialised there.
pub trait HoldByClone {
    /// The clone.
    fn hold(&self) -> Option<Held>;
}

impl<T> HoldByClone for &Hold<'_, T>
where
    T: ToOwned + Serialize + ?Sized + 'static,
    T::Owned: Send + 'static,
{
    fn hold(&self) -> Option<Held> {
        let owned = self.0.to_owned();
        Some(Held(Box::new(move |values| {
            let value: &T = owned.borrow();
            values.value(|| value);
        })))
    }
}

/// For all others, which are taken at once.
pub trait HoldByValue {
    /// Nothing.
    fn hold(&self) -> Option<Held> {
        None
    }
}

impl<T: ?Sized> HoldByValue for Hold<'_, T> {}
