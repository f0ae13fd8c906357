//! Hands out clients, in whatever mode holds.

use tracesnap_http::Http;
use tracesnap_record::ServiceProvider;

use crate::Builder;
#[cfg(feature = "firestore")]
use crate::FirestoreClient;
#[cfg(feature = "gemini")]
use crate::GeminiClient;

/// Hands out clients of services: real ones, recorded ones, or such as are answered by a recording or a mock. They are one
/// type, so a test is the same in every [mode](tracesnap_record::mode).
///
/// ```
/// use tracesnap_record::{Mode, ServiceProvider};
/// use tracesnap_services::Services;
///
/// let provider = ServiceProvider::from_mode(Mode::Mock)?;
/// let gemini = provider.gemini().connect()?; // No key, no network: this mode asks nobody.
/// # let _ = gemini;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// A [`ServiceProvider`] knows the services at whatever address they are; an [`Http`] keeps its own profiles, pace and
/// limits.
pub trait Services {
    /// A client of Firestore, in this project of Google's cloud.
    #[cfg(feature = "firestore")]
    #[cfg_attr(docsrs, doc(cfg(feature = "firestore")))]
    fn firestore(&self, project: impl Into<String>) -> Builder<FirestoreClient>;

    /// A client of Gemini.
    #[cfg(feature = "gemini")]
    #[cfg_attr(docsrs, doc(cfg(feature = "gemini")))]
    fn gemini(&self) -> Builder<GeminiClient>;
}

impl Services for ServiceProvider {
    #[cfg(feature = "firestore")]
    fn firestore(&self, project: impl Into<String>) -> Builder<FirestoreClient> {
        Builder::of_provider(self.clone(), crate::firestore::Place::of_project(project.into()))
    }

    #[cfg(feature = "gemini")]
    fn gemini(&self) -> Builder<GeminiClient> {
        Builder::of_provider(self.clone(), ())
    }
}

impl Services for Http {
    #[cfg(feature = "firestore")]
    fn firestore(&self, project: impl Into<String>) -> Builder<FirestoreClient> {
        Builder::of_http(self.clone(), crate::firestore::Place::of_project(project.into()))
    }

    #[cfg(feature = "gemini")]
    fn gemini(&self) -> Builder<GeminiClient> {
        Builder::of_http(self.clone(), ())
    }
}
