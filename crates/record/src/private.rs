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

/// The error of a trait's method.
pub fn flatten<T, E>(called: Result<T, CallError<E>>, of: impl FnOnce(Failure) -> E) -> Result<T, E> {
    called.map_err(|error| match error {
        CallError::Service(error) => error,
        CallError::Failure(failure) => of(failure),
    })
}

/// The same where errors were kept whole; one that is not what it was is told as a failure.
pub fn flatten_typed<T, E: DeserializeOwned>(
    called: Result<T, CallError<E>>,
    of: impl FnOnce(Failure) -> E,
) -> Result<T, E> {
    called.map_err(|error| match error {
        CallError::Service(error) => error,
        CallError::Failure(Failure::Recorded { message, error_type, response }) => {
            E::deserialize(&response).unwrap_or_else(|_| of(Failure::Recorded { message, error_type, response }))
        }
        CallError::Failure(failure) => of(failure),
    })
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
pub fn resolve<T, E>(
    service: &Service,
    operation: &str,
    step: Result<Step, Error>,
    real: impl FnOnce() -> Result<T, E>,
) -> Result<T, CallError<E>>
where
    T: Serialize + DeserializeOwned,
    E: fmt::Display,
{
    service.resolve(operation, step, real, Asking::finish)
}

/// The same, asynchronously.
pub async fn resolve_async<T, E, F>(
    service: &Service,
    operation: &str,
    step: Result<Step, Error>,
    real: impl FnOnce() -> F,
) -> Result<T, CallError<E>>
where
    T: Serialize + DeserializeOwned,
    E: fmt::Display,
    F: Future<Output = Result<T, E>>,
{
    service.resolve_async(operation, step, real, Asking::finish).await
}

/// What a call comes to that was begun; its errors are kept whole.
pub fn resolve_typed<T, E>(
    service: &Service,
    operation: &str,
    step: Result<Step, Error>,
    real: impl FnOnce() -> Result<T, E>,
) -> Result<T, CallError<E>>
where
    T: Serialize + DeserializeOwned,
    E: fmt::Display + Serialize,
{
    service.resolve(operation, step, real, Asking::finish_typed)
}

/// The same, asynchronously.
pub async fn resolve_typed_async<T, E, F>(
    service: &Service,
    operation: &str,
    step: Result<Step, Error>,
    real: impl FnOnce() -> F,
) -> Result<T, CallError<E>>
where
    T: Serialize + DeserializeOwned,
    E: fmt::Display + Serialize,
    F: Future<Output = Result<T, E>>,
{
    service.resolve_async(operation, step, real, Asking::finish_typed).await
}
