//! What our macros' output names. Nobody else may.

use std::fmt;

use serde::de::DeserializeOwned;
use serde::ser::{Serialize, SerializeMap, Serializer};

use crate::Error;
pub use crate::provider::Recorded;
use crate::provider::{Asking, CallError, Failure, Service, Step};

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

/// How errors of a trait are kept in a recording, and come back from it.
pub trait KeptErrors<T, E> {
    /// Tells what the service said.
    fn finish(asking: Asking, result: Result<T, E>) -> Result<T, CallError<E>>;

    /// The error that was recorded, or a failure of ours, which `of` makes an error of.
    fn restore(failure: Failure, of: impl FnOnce(Failure) -> E) -> E;
}

/// By their text.
#[derive(Debug)]
pub struct AsText;

impl<T: Serialize, E: fmt::Display> KeptErrors<T, E> for AsText {
    fn finish(asking: Asking, result: Result<T, E>) -> Result<T, CallError<E>> {
        asking.finish(result)
    }

    fn restore(failure: Failure, of: impl FnOnce(Failure) -> E) -> E {
        of(failure)
    }
}

/// As they are. One that is not what it was is told as a failure.
#[derive(Debug)]
pub struct AsValue;

impl<T: Serialize, E: fmt::Display + Serialize + DeserializeOwned> KeptErrors<T, E> for AsValue {
    fn finish(asking: Asking, result: Result<T, E>) -> Result<T, CallError<E>> {
        asking.finish_typed(result)
    }

    fn restore(failure: Failure, of: impl FnOnce(Failure) -> E) -> E {
        let kept = match &failure {
            Failure::Recorded { response, .. } => E::deserialize(response).ok(),
            _ => None,
        };
        kept.unwrap_or_else(|| of(failure))
    }
}

/// The service, and the real client where there is one.
pub fn parts<C>(client: &Recorded<C>) -> (&Service, Option<&C>) {
    client.parts()
}

/// The same, to be changed.
pub fn parts_mut<C>(client: &mut Recorded<C>) -> (&Service, Option<&mut C>) {
    client.parts_mut()
}

/// The real client.
///
/// # Panics
///
/// In modes that do not ask it.
pub fn real<R>(real: Option<R>) -> R {
    real.expect("a mode that asks the service has a client")
}

/// What a call comes to that was begun.
pub fn resolve<K: KeptErrors<T, E>, T: DeserializeOwned, E>(
    _: K,
    service: &Service,
    operation: &str,
    step: Result<Step, Error>,
    real: impl FnOnce() -> Result<T, E>,
) -> Result<T, CallError<E>> {
    service.resolve(operation, step, real, K::finish)
}

/// The same, asynchronously.
pub async fn resolve_async<K: KeptErrors<T, E>, T: DeserializeOwned, E, F: Future<Output = Result<T, E>>>(
    _: K,
    service: &Service,
    operation: &str,
    step: Result<Step, Error>,
    real: impl FnOnce() -> F,
) -> Result<T, CallError<E>> {
    service.resolve_async(operation, step, real, K::finish).await
}

/// The result of a trait's method.
pub fn flatten<K: KeptErrors<T, E>, T, E>(
    _: K,
    called: Result<T, CallError<E>>,
    of: impl FnOnce(Failure) -> E,
) -> Result<T, E> {
    called.map_err(|error| match error {
        CallError::Service(error) => error,
        CallError::Failure(failure) => K::restore(failure, of),
    })
}
