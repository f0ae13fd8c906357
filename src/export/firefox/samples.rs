//! What a sampler would have seen of a thread.

use fxprof_processed_profile::{
    CpuDelta, Frame, FrameFlags, FrameHandle, FrameInfo, Profile, StackHandle, ThreadHandle,
};

use super::{Categories, at};
use crate::export::lanes::{Step, Steps};
use crate::tree::CallTree;

/// Length of a sample. **Unit:** nanoseconds.
pub(super) const TICK: u64 = 1_000;

/// Makes the samples of one thread.
pub(super) struct Sampler<'t> {
    tree: &'t CallTree,
    thread: ThreadHandle,
    categories: Categories,
    /// By callsite, once it was seen on this thread.
    frames: Vec<Option<FrameHandle>>,
    open: Vec<StackHandle>,
    /// When the stack became what it is.
    since: u64,
    /// Time spent in calls since the last sample.
    busy: u64,
}

impl<'t> Sampler<'t> {
    pub(super) fn new(tree: &'t CallTree, thread: ThreadHandle, categories: Categories) -> Self {
        let frames = vec![None; tree.callsites.len()];
        Self { tree, thread, categories, frames, open: Vec::new(), since: 0, busy: 0 }
    }

    pub(super) fn run(mut self, profile: &mut Profile, steps: Steps<'_>) {
        for step in steps {
            match step {
                Step::Enter(slice) => {
                    self.until(profile, slice.start);
                    let callsite = self.tree.nodes[slice.node as usize].callsite as usize;
                    let frame = self.frame(profile, callsite);
                    let stack = profile.intern_stack(self.thread, self.open.last().copied(), frame);
                    self.open.push(stack);
                }
                Step::Leave(slice) => {
                    self.until(profile, slice.end);
                    self.open.pop();
                }
            }
        }
        // Without a last sample the last call would seem to go on for ever.
        profile.add_sample(self.thread, at(self.since), None, CpuDelta::from_nanos(self.busy), 0);
    }

    /// The stack was what it is up to now.
    fn until(&mut self, profile: &mut Profile, now: u64) {
        let stack = self.open.last().copied();
        let mut ticks = now / TICK - self.since / TICK;
        if ticks > 0 && stack.is_none() {
            profile.add_sample(self.thread, at(self.since), None, CpuDelta::from_nanos(self.busy), 0);
            self.busy = 0;
        }
        while ticks > 0 && stack.is_some() {
            // A weight has 31 bits: half an hour.
            let weight = ticks.min(i32::MAX as u64);
            profile.add_sample(self.thread, at(self.since), stack, CpuDelta::from_nanos(self.busy), weight as i32);
            (ticks, self.busy) = (ticks - weight, 0);
        }
        if stack.is_some() {
            self.busy += now - self.since;
        }
        self.since = now;
    }

    fn frame(&mut self, profile: &mut Profile, callsite: usize) -> FrameHandle {
        if let Some(frame) = self.frames[callsite] {
            return frame;
        }
        let site = &self.tree.callsites[callsite];
        let label = profile.intern_string(&format!("{}::{}", site.module, site.name));
        let category_pair = self.categories.call.into();
        let info = FrameInfo { frame: Frame::Label(label), category_pair, flags: FrameFlags::empty() };
        *self.frames[callsite].insert(profile.intern_frame(self.thread, info))
    }
}
