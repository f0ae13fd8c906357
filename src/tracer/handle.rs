//! What a `TraceLayer` holds, at any time.

use std::sync::Arc;

use super::assemble::{self, Assembled};
use super::{Trace, began, cost};
use crate::allocator;
use crate::layer::memory::Resident;
use crate::layer::session::Session;
use crate::layer::{MemoryReadings, Through, pool};

/// Reads the recording of a [`TraceLayer`](crate::TraceLayer) while the program runs.
///
/// Clones read the same recording. When the last one is dropped, the layer stops recording.
#[derive(Clone, Debug)]
pub struct TraceHandle {
    held: Arc<Held>,
}

#[derive(Debug)]
struct Held {
    session: Arc<Session>,
    /// Holds what other threads did in its calls while a guard was open.
    commons: Option<Arc<Session>>,
    resident: Option<Resident>,
}

impl TraceHandle {
    pub(super) fn new(session: Arc<Session>, commons: Option<Arc<Session>>, memory: MemoryReadings) -> Self {
        let resident = (memory == MemoryReadings::Process).then(Resident::start).flatten();
        Self { held: Arc::new(Held { session, commons, resident }) }
    }

    /// What is held now. The program goes on recording meanwhile; rows it overwrites during the reading are counted as
    /// lost. Calls that run are shown as open, and those whose callers were overwritten stand as roots, marked.
    #[must_use]
    pub fn trace(&self) -> Trace {
        allocator::uncounted(|| self.read())
    }

    fn read(&self) -> Trace {
        let session = &self.held.session;
        let own_cost = cost::calibrated(Through::Layer);
        let inside_ns = cost::inside_ns(own_cost, &session.plan);
        let Assembled { tree, stats, .. } =
            assemble::assemble(session, self.held.commons.as_deref(), self.held.resident.as_ref(), inside_ns);
        Trace::new(Arc::new(tree), stats, own_cost, began::time_of(session.started))
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        self.session.close();
        // Nobody can read them any more, and the layer may live as long as the program.
        self.session.take_rings().into_iter().for_each(pool::give_back);
    }
}
