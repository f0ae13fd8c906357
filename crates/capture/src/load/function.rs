//! A captured function as those who load its captures name it.

use std::fmt;
use std::marker::PhantomData;

use super::{Capture, CaptureLoader, Query};
use crate::runtime::{OwnerName, Site};
use crate::{Error, Spec};

/// A captured function with the type of its arguments: what `captures!(path)` gives.
///
/// `A` is a struct with the function's name and its parameters as fields, owned: `String` for `&str`, `Vec<T>` for `&[T]`,
/// `T` for `&T`.
pub struct Function<A> {
    site: &'static Site,
    owner: Option<OwnerName>,
    args: PhantomData<fn() -> A>,
}

impl<A> Function<A> {
    /// For `#[capture]`.
    #[doc(hidden)]
    #[must_use]
    pub const fn new(site: &'static Site, owner: Option<OwnerName>) -> Self {
        Self { site, owner, args: PhantomData }
    }

    /// The name under which its captures are stored: `shop::orders::process_order`.
    #[must_use]
    pub fn name(&self) -> String {
        self.site.name(self.owner)
    }

    /// Its name, parameters and attribute.
    #[must_use]
    pub fn spec(&self) -> &'static Spec {
        self.site.spec()
    }

    /// Its captures, as untyped documents.
    ///
    /// # Errors
    ///
    /// If the configuration makes no sense, or the store cannot be opened.
    pub fn loader(&self) -> Result<CaptureLoader, Error> {
        CaptureLoader::of_options(&self.spec().options)
    }

    /// Asks for captures of it.
    #[must_use]
    pub fn query(self) -> Query<A> {
        Query::new(self)
    }

    /// Whether there is a capture.
    ///
    /// # Errors
    ///
    /// If that cannot be asked.
    pub fn has_capture(&self) -> Result<bool, Error> {
        Ok(self.loader()?.count(&self.name())? > 0)
    }

    /// The latest capture, as an untyped document.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`]; otherwise if it cannot be read.
    pub fn latest(&self) -> Result<Capture, Error> {
        self.loader()?.latest(&self.name())
    }
}

impl<A> Clone for Function<A> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<A> Copy for Function<A> {}

impl<A> fmt::Debug for Function<A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Function").field(&self.name()).finish()
    }
}
