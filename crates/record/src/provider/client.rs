//! A client trait as one that is recorded, method by method.

use super::Service;

/// A client whose calls are recorded, played back or mocked: what `#[recorded]` implements traits for. There is
/// a real client in modes that ask it.
#[derive(Clone, Debug)]
pub struct Recorded<C> {
    service: Service,
    real: Option<C>,
}

impl<C> Recorded<C> {
    /// A client of this service.
    #[must_use]
    pub fn new(service: Service, real: Option<C>) -> Self {
        Self { service, real }
    }

    /// The service.
    #[must_use]
    pub fn service(&self) -> &Service {
        &self.service
    }

    /// The real client, in modes that ask it.
    #[must_use]
    pub fn real(&self) -> Option<&C> {
        self.real.as_ref()
    }

    pub(crate) fn parts(&self) -> (&Service, Option<&C>) {
        (&self.service, self.real.as_ref())
    }

    pub(crate) fn parts_mut(&mut self) -> (&Service, Option<&mut C>) {
        (&self.service, self.real.as_mut())
    }
}
