//! How much of a value can be kept: chosen by what its type can do, when the program is compiled.
//!
//! Own trait before `Serialize` before `Debug` before the name of the type. The choice is made by the number of
//! references that a method call takes away until a trait fits, so that a missing bound is never an error.

use std::convert::Infallible;
use std::fmt::Debug;

use serde::Serialize;

use super::Values;

/// A type that is captured in another form than its own: as what it stands for, or as the part that matters.
///
/// It goes before `Serialize`. To be replayable, the form must be one from which [`RestoreValue`](crate::RestoreValue)
/// makes the value again.
///
/// ```
/// use serde::Serialize;
/// use tracesnap_capture::CaptureValue;
///
/// struct Pool { url: String /* and connections */ }
///
/// impl CaptureValue for Pool {
///     fn capture_value(&self) -> impl Serialize {
///         &self.url
///     }
/// }
/// # let pool = Pool { url: "pg://db".into() };
/// # assert_eq!(serde_json::to_string(&pool.capture_value())?, "\"pg://db\"");
/// # Ok::<(), serde_json::Error>(())
/// ```
pub trait CaptureValue {
    /// The form in which it is captured.
    fn capture_value(&self) -> impl Serialize;
}

impl<T: CaptureValue + ?Sized> CaptureValue for &T {
    fn capture_value(&self) -> impl Serialize {
        T::capture_value(self)
    }
}

impl<T: CaptureValue + ?Sized> CaptureValue for &mut T {
    fn capture_value(&self) -> impl Serialize {
        T::capture_value(self)
    }
}

/// A value of which as much is kept as its type allows.
#[derive(Debug)]
pub struct Tier<'v, T: ?Sized>(pub &'v T);

/// First: the type's own form.
pub trait ByCapture {
    /// Keeps the value.
    fn keep(&self, values: &mut Values<'_>);
}

impl<T: CaptureValue + ?Sized> ByCapture for &&&Tier<'_, T> {
    fn keep(&self, values: &mut Values<'_>) {
        values.value(|| self.0.capture_value());
    }
}

/// Second: what serde makes of it.
pub trait BySerialize {
    /// Keeps the value.
    fn keep(&self, values: &mut Values<'_>);
}

impl<T: Serialize + ?Sized> BySerialize for &&Tier<'_, T> {
    fn keep(&self, values: &mut Values<'_>) {
        let value: &T = self.0;
        values.value(|| value);
    }
}

/// Third: its `Debug` text.
pub trait ByDebug {
    /// Keeps the value.
    fn keep(&self, values: &mut Values<'_>);
}

impl<T: Debug + ?Sized> ByDebug for &Tier<'_, T> {
    fn keep(&self, values: &mut Values<'_>) {
        values.debug(&|f| self.0.fmt(f), std::any::type_name::<T>());
    }
}

/// Last: the name of its type.
pub trait ByName {
    /// Keeps the name of the type.
    fn keep(&self, values: &mut Values<'_>);
}

impl<T: ?Sized> ByName for Tier<'_, T> {
    fn keep(&self, values: &mut Values<'_>) {
        values.name(std::any::type_name::<T>());
    }
}

/// What a function returned: a value, or a `Result` that is taken apart, so that the tier of an error is its own.
#[derive(Debug)]
pub enum View<'v, T: ?Sized, E: ?Sized> {
    /// The value itself, or that in `Ok`.
    Returned(&'v T),
    /// The value in `Err`.
    Failed(&'v E),
}

/// A return value that is to be taken apart if it is a `Result`.
#[derive(Debug)]
pub struct Splitter<'v, T: ?Sized>(pub &'v T);

/// For a `Result`.
pub trait SplitResult {
    /// The type in `Ok`.
    type Returned: ?Sized;
    /// The type in `Err`.
    type Failed: ?Sized;
    /// Takes it apart.
    fn split(&self) -> View<'_, Self::Returned, Self::Failed>;
}

impl<T, E> SplitResult for &Splitter<'_, Result<T, E>> {
    type Returned = T;
    type Failed = E;

    fn split(&self) -> View<'_, T, E> {
        match self.0 {
            Ok(returned) => View::Returned(returned),
            Err(failed) => View::Failed(failed),
        }
    }
}

/// For every other type.
pub trait SplitOther {
    /// Its type.
    type Returned: ?Sized;
    /// Never.
    type Failed: ?Sized;
    /// The value as it is.
    fn split(&self) -> View<'_, Self::Returned, Self::Failed>;
}

impl<T: ?Sized> SplitOther for Splitter<'_, T> {
    type Returned = T;
    type Failed = Infallible;

    fn split(&self) -> View<'_, T, Infallible> {
        View::Returned(self.0)
    }
}

/// A value that is shown as far as its type allows.
#[derive(Debug)]
pub struct Show<'v, T: ?Sized>(pub &'v T);

/// First: its `Debug` text.
pub trait ShowByDebug {
    /// Shows it as a field.
    fn show(&self, to: &mut std::fmt::DebugStruct<'_, '_>, name: &str);
}

impl<T: Debug> ShowByDebug for &Show<'_, T> {
    fn show(&self, to: &mut std::fmt::DebugStruct<'_, '_>, name: &str) {
        to.field(name, self.0);
    }
}

/// Else the name of its type.
pub trait ShowByName {
    /// Shows it as a field.
    fn show(&self, to: &mut std::fmt::DebugStruct<'_, '_>, name: &str);
}

impl<T: ?Sized> ShowByName for Show<'_, T> {
    fn show(&self, to: &mut std::fmt::DebugStruct<'_, '_>, name: &str) {
        to.field(name, &format_args!("{}", std::any::type_name::<T>()));
    }
}
