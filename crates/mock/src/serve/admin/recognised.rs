//! What the operations are, found out when somebody first asks.

use std::sync::Arc;

use http::StatusCode;
use tokio::sync::OnceCell;

use super::Refusal;
use crate::patterns::{Recognition, Recognizer};
use crate::serve::server::State;

#[derive(Debug, Default)]
pub(super) struct Recognised(OnceCell<Arc<Vec<Recognition>>>);

impl Recognised {
    /// By place in the document.
    pub(super) async fn get(&self, state: &State) -> Result<Arc<Vec<Recognition>>, Refusal> {
        let found = self.0.get_or_try_init(|| async {
            let recognizer = recognizer(state).await?;
            let document = Arc::clone(state.mock.document());
            // Large documents take long enough to keep others waiting.
            let found = tokio::task::spawn_blocking(move || recognizer.document(&document)).await;
            let failed = |error| Refusal::new(StatusCode::INTERNAL_SERVER_ERROR, format!("patterns: {error}"));
            Ok(Arc::new(found.map_err(failed)?))
        });
        found.await.map(Arc::clone)
    }
}

/// By the words of the database, where there is one.
#[cfg_attr(not(feature = "database"), expect(clippy::unused_async, reason = "a database is asked"))]
async fn recognizer(state: &State) -> Result<Recognizer, Refusal> {
    #[cfg(feature = "database")]
    if let Some(database) = state.responder.as_ref().and_then(crate::responder::Responder::database) {
        let library = database.pattern_library().library().await?;
        return Ok(Recognizer::new(library, crate::patterns::Model::built_in()));
    }
    let _ = state;
    Ok(Recognizer::default())
}
