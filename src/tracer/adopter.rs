//! Brings threads that a program starts by itself into a session.

use std::sync::Arc;

use crate::layer::recorder;
use crate::layer::session::Session;

/// Makes a thread the session's: spans without a parent that begin on it are recorded, until the session ends.
///
/// For a runtime's `on_thread_start`, rayon's `start_handler`, or the first line of a spawned thread. Code that enters
/// a span of the session needs none of it: what is below a span follows the span.
///
/// ```
/// use tracesnap::Tracer;
///
/// let guard = Tracer::start()?;
/// let adopter = guard.adopter();
/// let worker = std::thread::spawn(move || {
///     adopter.adopt();
///     tracing::info_span!("work").in_scope(|| ());
/// });
/// worker.join().unwrap();
/// guard.finish().assert_called("work");
/// # Ok::<(), tracesnap::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Adopter {
    session: Option<Arc<Session>>,
}

impl Adopter {
    pub(super) fn new(session: Option<Arc<Session>>) -> Self {
        Self { session }
    }

    /// Takes the calling thread. Does nothing where the session has ended, or has the thread already.
    pub fn adopt(&self) {
        if let Some(session) = self.session.as_ref().filter(|s| s.is_open() && !recorder::owns_thread(s)) {
            recorder::take_thread(session);
        }
    }
}
