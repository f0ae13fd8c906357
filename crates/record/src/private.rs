//! What our macros' output names. Nobody else may.

use serde::ser::{Serialize, SerializeMap, Serializer};

use crate::provider::{CallError, Failure};

/// The arguments of a call, as an object.
#[derive(Debug)]
pub struct Arguments<A>(pub A);

/// Arguments one after the other.
pub trait Entries {
    /// Writes them.
    fn write<M: SerializeMap>(&self, map: &mut M) -> Result<(), M::Error>;
}

/// One argument, and those after it.
#[derive(Debug)]
pub struct Argument<'a, T: ?Sized, R>(pub &'static str, pub &'a T, pub R);

impl Entries for () {
    fn write<M: SerializeMap>(&self, _: &mut M) -> Result<(), M::Error> {
        Ok(())
    }
}

impl<T: Serialize + ?Sized, R: Entries> Entries for Argument<'_, T, R> {
    fn write<M: SerializeMap>(&self, map: &mut M) -> Result<(), M::Error> {
        map.serialize_entry(self.0, self.1)?;
        self.2.write(map)
    }
}

impl<A: Entries> Serialize for Arguments<A> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let mut map = to.serialize_map(None)?;
        self.0.write(&mut map)?;
        map.end()
    }
}

/// The error of a trait's method.
pub fn flatten<T, E>(called: Result<T, CallError<E>>, of: impl FnOnce(Failure) -> E) -> Result<T, E> {
    called.map_err(|error| match error {
        CallError::Service(error) => error,
        CallError::Failure(failure) => of(failure),
    })
}
