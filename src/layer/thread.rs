//! Where a span goes: which session a thread's spans belong to, and which ring of it they are written to.
//!
//! Rules: a span with a parent belongs to the parent's session if that is open; a span without one to the session that
//! owns the thread. What is written is the [`recorder`](super::recorder)'s affair.

// # Implementation notes
//
// Frames below an owner's `base` were entered before it took the thread: they are nobody's parents, so that a tracer
// inside a traced call sees its own calls.

use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::atomic::{AtomicU64, AtomicUsize};

use super::handle::Handle;
use super::local;
use super::row::{NO_ROW, Ref, State};
use super::session::Session;
use super::stack::{AGAIN, Frame, NO_HANDLE, Stack, UNDER_OWNER};
use crate::allocator;

/// Who calls the recorder: the lean subscriber, or one `TraceLayer`.
#[derive(Debug)]
pub(crate) struct Front {
    /// 0 for the lean subscriber, whose span ids are our own; each `TraceLayer` has its own.
    pub(crate) number: u32,
    /// Takes what no thread's owner takes: the session of a `TraceHandle`, or of a guard in scoped mode.
    pub(crate) base: Option<Arc<Session>>,
    /// Where rows wait whose session is known only when they are read.
    pub(crate) commons: Option<Arc<Session>>,
    /// Guards with an open session on this front.
    pub(crate) guards: AtomicUsize,
    /// Never repeated in a process, where fronts of guards in scoped mode share their number.
    serial: u64,
}

/// Number of the front whose ids are ours.
pub(crate) const LEAN: u32 = 0;

impl Front {
    pub(crate) fn new(number: u32, base: Option<Arc<Session>>, commons: Option<Arc<Session>>) -> Self {
        static NEXT_SERIAL: AtomicU64 = AtomicU64::new(1);
        Self { number, base, commons, guards: AtomicUsize::new(0), serial: NEXT_SERIAL.fetch_add(1, Relaxed) }
    }

    /// Whether its spans are known by a registry's ids.
    #[inline]
    pub(crate) fn by_registry(&self) -> bool {
        self.number != LEAN
    }
}

impl Drop for Front {
    /// Nothing can reach the commons any more, so threads need not keep their rings of it.
    fn drop(&mut self) {
        if let Some(commons) = &self.commons {
            commons.close();
        }
    }
}

/// Serial of the session that has taken the whole process, 0 while there is none.
pub(crate) static PROCESS_WIDE: AtomicU64 = AtomicU64::new(0);

/// The parent that a span or event asked for.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Asked {
    /// Whatever is entered on this thread.
    Contextual,
    /// None.
    Root,
    /// The span with this id.
    Explicit(u64),
}

/// What is entered on this thread, and where its rows go.
pub(crate) struct Thread {
    pub(crate) stack: Stack,
    /// Number of frames that were entered before the thread's owner took it: nobody's parents.
    pub(crate) base: usize,
    /// By the number that frames hold; a place is used again once no frame does.
    pub(crate) handles: Vec<Option<Handle>>,
    owners: Vec<Owner>,
    /// Whose a span without a caller is, as it was found last.
    pub(crate) root: Root,
    /// The ring looked up last: its number and handle.
    memo: (u32, u32),
    /// Allocation counters at the enter of each frame that wants them.
    pub(crate) readings: Vec<allocator::Reading>,
}

/// Whose a span without a caller is.
pub(crate) struct Root {
    /// Stands for its caller.
    frame: Frame,
    /// What it was found for: the front, and the session that had the process then. Owners and their ends are noted by
    /// forgetting it.
    front: u64,
    process_wide: u64,
}

impl Root {
    /// No front has this serial.
    const NONE: Self = Self { frame: Frame::NOWHERE, front: 0, process_wide: 0 };

    /// What stands for the caller of a span without one; `None` where that is to be found anew.
    #[inline]
    pub(crate) fn caller(&self, front: &Front) -> Option<&Frame> {
        (self.front == front.serial && self.process_wide == PROCESS_WIDE.load(Relaxed)).then_some(&self.frame)
    }
}

/// A session that has taken this thread.
struct Owner {
    session: Arc<Session>,
    /// This thread's in it.
    handle: u32,
    /// Number of frames that were entered before.
    base: usize,
}

/// Where a new span or event belongs.
#[derive(Clone, Copy)]
pub(crate) struct Route {
    pub(crate) handle: u32,
    /// Of the new span.
    pub(crate) depth: u32,
    pub(crate) parent: Ref,
    /// The parent is known by the registry's id only, and this is it; 0 otherwise.
    pub(crate) registry_parent: u64,
}

impl Thread {
    pub(crate) const fn new() -> Self {
        Self {
            stack: Stack::new(),
            base: 0,
            handles: Vec::new(),
            owners: Vec::new(),
            root: Root::NONE,
            memo: (0, NO_HANDLE),
            readings: Vec::new(),
        }
    }

    #[inline]
    pub(crate) fn handle(&self, at: u32) -> Option<&Handle> {
        self.handles.get(at as usize)?.as_ref()
    }

    fn open_handle(&self, handle: u32) -> bool {
        self.handle(handle).is_some_and(|h| h.session.is_open())
    }

    /// The innermost entered span of this front that was entered since the thread's owner took it.
    fn top(&self, front: u32) -> Option<&Frame> {
        self.stack.entered().get(self.base..)?.iter().rev().find(|frame| frame.front == front)
    }

    /// Whether a span is entered since the thread's owner took it.
    pub(crate) fn is_entered(&self, front: &Front, id: u64) -> bool {
        self.stack.entered().get(self.base..).is_some_and(|inside| inside.iter().any(|f| f.is(front.number, id)))
    }

    /// The handle that a span without a parent goes to.
    pub(crate) fn owner(&mut self, front: &Front) -> Option<u32> {
        // Before it is looked at: what changes meanwhile is found next time.
        let process_wide = PROCESS_WIDE.load(Relaxed);
        let at = self.find_owner(front, process_wide)?;
        if let Some(handle) = self.handle(at) {
            let row = Ref::new(State::Through, handle.ring.number(), NO_ROW);
            let frame = Frame { row, handle: at, front: front.number, ..Frame::NOWHERE };
            self.root = Root { frame, front: front.serial, process_wide };
        }
        Some(at)
    }

    fn find_owner(&mut self, front: &Front, process_wide: u64) -> Option<u32> {
        while self.owners.last().is_some_and(|owner| !owner.session.is_open()) {
            self.owners.pop();
            self.rebase();
            self.sweep();
        }
        if let Some(owner) = self.owners.last()
            && owner.session.front == front.number
        {
            return Some(owner.handle);
        }
        let base = front.base.as_ref().filter(|base| base.is_open());
        // A guard in scoped mode asked for all that comes through its dispatcher; a layer takes what no guard does.
        if let Some(base) = base.filter(|_| !front.by_registry()) {
            return self.handle_for(base);
        }
        let wide = if process_wide == 0 { None } else { super::install::process_wide() };
        match wide.filter(|wide| wide.front == front.number && wide.is_open()) {
            Some(wide) => self.handle_for(&wide),
            None => self.handle_for(base?),
        }
    }

    /// This thread's handle in a session, with a ring of its own when it is the first time. `None` where the thread is
    /// ending.
    pub(crate) fn handle_for(&mut self, session: &Arc<Session>) -> Option<u32> {
        let found = |h: &Option<Handle>| h.as_ref().is_some_and(|h| h.session.serial == session.serial);
        if let Some(at) = self.handles.iter().position(found) {
            return Some(at as u32);
        }
        let mark = allocator::read();
        if !local::is_given_back() {
            return None;
        }
        self.sweep();
        let handle = Handle::join(session);
        self.stack.warm_up();
        self.readings.reserve(if session.plan.shape.memory { 64 } else { 0 });
        let at = self.handles.iter().position(Option::is_none).unwrap_or(self.handles.len());
        if at == self.handles.len() {
            self.handles.push(None);
        }
        self.handles[at] = Some(handle);
        allocator::rewind(mark);
        Some(at as u32)
    }

    /// Finds anew where the frames of the thread's owner begin.
    fn rebase(&mut self) {
        self.base = self.owners.last().map_or(0, |owner| owner.base);
        self.root = Root::NONE;
    }

    /// Lets go of the rings of closed sessions that no frame points to any more.
    fn sweep(&mut self) {
        for at in 0..self.handles.len() {
            let mut frames = self.stack.entered().iter().chain(self.stack.pending());
            let used = frames.any(|frame| frame.handle as usize == at);
            let closed = self.handles[at].as_ref().is_some_and(|h| !h.session.is_open());
            if closed && !used {
                self.handles[at].take().into_iter().for_each(Handle::release);
            }
        }
        self.memo = (0, NO_HANDLE);
        self.root = Root::NONE;
    }

    /// This thread's handle in the session that a ring belongs to, if that is open.
    #[inline]
    pub(crate) fn handle_by_ring(&mut self, ring: u32) -> Option<u32> {
        if self.memo.0 == ring {
            return Some(self.memo.1);
        }
        self.look_up_ring(ring)
    }

    #[cold]
    fn look_up_ring(&mut self, ring: u32) -> Option<u32> {
        let own = |h: &Option<Handle>| h.as_ref().is_some_and(|h| h.ring.number() == ring && h.session.is_open());
        let at = match self.handles.iter().position(own) {
            Some(at) => at as u32,
            None => {
                let session = super::session::by_ring(ring)?;
                if !session.is_open() {
                    return None;
                }
                self.handle_for(&session)?
            }
        };
        self.memo = (ring, at);
        Some(at)
    }

    /// Where any span or event belongs, whether or not the session of its parent is still open.
    pub(crate) fn route(&mut self, front: &Front, asked: Asked) -> Option<Route> {
        let parent = match asked {
            Asked::Root => None,
            Asked::Contextual => self.top(front.number).map(|top| (top.handle, top.row, top.depth)),
            Asked::Explicit(id) if front.by_registry() => match self.known(front, id) {
                Some(made) => Some((made.handle, made.row, made.depth)),
                None => {
                    let handle = self.stray(front)?;
                    return Some(Route { handle, depth: 0, parent: Ref::NONE, registry_parent: id });
                }
            },
            Asked::Explicit(id) => {
                let row = Ref::from_bits(id);
                let handle = (row.state() != State::Unattributed).then(|| self.handle_by_ring(row.ring())).flatten();
                // Its depth is in another thread's hands; the depth limit is applied again when rows are read.
                let depth = self.stack.entered().iter().rev().find(|f| f.row == row).map_or(0, |f| f.depth);
                handle.map(|handle| (handle, row, depth))
            }
        };
        if let Some((handle, parent, depth)) = parent
            && self.open_handle(handle)
        {
            // What is below a refused root is as deep as that would have been.
            let depth = if parent.has_row() { depth + 1 } else { 0 };
            return Some(Route { handle, depth, parent, registry_parent: 0 });
        }
        let handle = self.owner(front)?;
        Some(Route { handle, depth: 0, parent: Ref::NONE, registry_parent: 0 })
    }

    /// A span of the layer front that this thread has entered or has just made.
    pub(crate) fn known(&self, front: &Front, id: u64) -> Option<&Frame> {
        let mut frames = self.stack.pending().into_iter().chain(self.stack.entered().iter().rev());
        frames.find(|frame| frame.is(front.number, id))
    }

    /// Where rows go that name a span by the registry's id: its session is found when they are read.
    pub(crate) fn stray(&mut self, front: &Front) -> Option<u32> {
        match &front.commons {
            Some(commons) if front.guards.load(Relaxed) > 0 => self.handle_for(commons),
            _ => self.owner(front),
        }
    }

    /// Where the owner of this thread keeps its own rows, if it records through this front.
    pub(crate) fn own_handle(&self, front: &Front) -> Option<&Handle> {
        let owner = self.owners.iter().rev().find(|owner| owner.session.is_open())?;
        if owner.session.front == front.number { self.handle(owner.handle) } else { None }
    }

    /// The mark of the session that owns the thread; 0 for none.
    pub(crate) fn owner_mark(&self) -> u16 {
        self.owners.iter().rev().find(|o| o.session.is_open()).map_or(0, |o| o.session.mark)
    }
}

impl Drop for Thread {
    fn drop(&mut self) {
        self.handles.drain(..).flatten().for_each(Handle::release);
    }
}

/// Ownership of the thread by sessions.
impl Thread {
    /// Makes a session the owner, above those that own the thread already.
    pub(crate) fn take(&mut self, session: &Arc<Session>) {
        let Some(handle) = self.handle_for(session) else { return };
        if let Some(handle) = self.handle(handle) {
            handle.ring.touch();
        }
        self.owners.push(Owner { session: Arc::clone(session), handle, base: self.stack.len() });
        self.stack.entered_mut().iter_mut().for_each(|frame| frame.flags |= UNDER_OWNER);
        self.rebase();
    }

    /// The frame on top is about to go: no owner's base may lie above what is left.
    pub(crate) fn lower_bases(&mut self) {
        let left = self.stack.len().saturating_sub(1);
        self.owners.iter_mut().for_each(|owner| owner.base = owner.base.min(left));
        self.rebase();
    }

    /// Ends the ownership of a session.
    pub(crate) fn leave_session(&mut self, session: &Session) {
        self.owners.retain(|owner| owner.session.serial != session.serial);
        self.rebase();
        self.sweep();
    }

    pub(crate) fn is_owned_by(&self, session: &Session) -> bool {
        self.owners.iter().any(|owner| owner.session.serial == session.serial)
    }

    /// The session that owned the thread before `session` did, and the call that was entered in it then.
    pub(crate) fn outer(&self, session: &Session) -> Option<(Arc<Session>, Ref)> {
        let at = self.owners.iter().position(|owner| owner.session.serial == session.serial)?;
        let outer = self.owners[..at].iter().rev().find(|owner| owner.session.is_open())?;
        let inside = self.stack.entered().get(outer.base..self.owners[at].base).unwrap_or_default();
        let is_its = |frame: &&Frame| {
            let handle = self.handle(frame.handle);
            let in_session = handle.is_some_and(|h| h.session.serial == outer.session.serial);
            in_session && frame.row.has_row() && frame.front & AGAIN == 0
        };
        let call = inside.iter().rev().find(is_its).map_or(Ref::NONE, |frame| frame.row);
        Some((Arc::clone(&outer.session), call))
    }

    /// Takes a frame out of the middle of the stack; its readings become the topmost ones.
    pub(crate) fn remove_frame(&mut self, at: usize) -> Frame {
        let frame = self.stack.remove(at);
        for owner in self.owners.iter_mut().filter(|owner| owner.base > at) {
            owner.base -= 1;
        }
        self.rebase();
        if frame.flags & super::stack::MEMORY != 0 {
            let below = self.stack.entered()[..at].iter().filter(|f| f.flags & super::stack::MEMORY != 0).count();
            if let Some(readings) = self.readings.get_mut(below..).filter(|readings| !readings.is_empty()) {
                readings.rotate_left(1);
            }
        }
        frame
    }
}
