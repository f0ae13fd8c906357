//! How a value is made again from JSON: chosen by what its type can do, when the program is compiled.
//!
//! Own trait before `Deserialize` before not at all, as in [`tier`](crate::runtime).

use std::marker::PhantomData;

use serde::de::DeserializeOwned;
use serde_json::Value;

use super::RestoreValue;

/// Makes a value of JSON, or says what was wrong with it.
pub type ReadFn<T> = fn(&Value) -> Result<T, String>;

/// A type of which a value is to be made.
#[derive(Debug)]
pub struct Read<T>(pub PhantomData<fn() -> T>);

/// First: the type's own way.
pub trait ReadRestore<T> {
    /// The way.
    fn reader(&self) -> Option<ReadFn<T>>;
}

impl<T: RestoreValue> ReadRestore<T> for &&Read<T> {
    fn reader(&self) -> Option<ReadFn<T>> {
        Some(|json| T::restore_value(deserialize(json)?))
    }
}

/// Second: what serde makes.
pub trait ReadDeserialize<T> {
    /// The way.
    fn reader(&self) -> Option<ReadFn<T>>;
}

impl<T: DeserializeOwned> ReadDeserialize<T> for &Read<T> {
    fn reader(&self) -> Option<ReadFn<T>> {
        Some(deserialize)
    }
}

/// Last: there is none, and whoever replays supplies the value.
pub trait ReadNever<T> {
    /// None.
    fn reader(&self) -> Option<ReadFn<T>> {
        None
    }
}

impl<T> ReadNever<T> for Read<T> {}

fn deserialize<T: DeserializeOwned>(json: &Value) -> Result<T, String> {
    serde_path_to_error::deserialize(json).map_err(|error| {
        let path = error.path().to_string();
        let inner = error.into_inner();
        if path == "." { inner.to_string() } else { format!("{inner} at `{path}`") }
    })
}
