//! Resident memory of this process over time, and whether it grew.

use sysinfo::{Pid, ProcessRefreshKind, ProcessesToUpdate, System};

/// Resident memory of this process, reading by reading. **Unit:** bytes.
#[derive(Debug, Default)]
pub struct Memory {
    readings: Vec<u64>,
}

/// What the process had when it was warm, and at the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Growth {
    /// Median of the second fifth of the readings. **Unit:** bytes.
    pub warm: u64,
    /// Median of the last fifth. **Unit:** bytes.
    pub end: u64,
}

impl Growth {
    /// Growth that is none: what an allocator keeps, and what a job holds at the moment.
    pub const TOLERATED: u64 = 8 << 20;

    /// Whether the process has grown by no more than that.
    #[must_use]
    pub fn is_flat(self) -> bool {
        self.end <= self.warm + Self::TOLERATED
    }
}

impl Memory {
    /// Takes a reading; none where the system does not tell.
    pub fn read(&mut self) {
        let mut system = System::new();
        let this = Pid::from_u32(std::process::id());
        let what = ProcessRefreshKind::nothing().with_memory();
        system.refresh_processes_specifics(ProcessesToUpdate::Some(&[this]), true, what);
        self.readings.extend(system.process(this).map(sysinfo::Process::memory));
    }

    /// How the process has grown; `None` where there were too few readings to say.
    #[must_use]
    pub fn growth(&self) -> Option<Growth> {
        let fifth = self.readings.len() / 5;
        let median = |of: &[u64]| {
            let mut of = of.to_vec();
            of.sort_unstable();
            of.get(of.len() / 2).copied()
        };
        Some(Growth {
            warm: median(self.readings.get(fifth..2 * fifth)?)?,
            end: median(self.readings.get(4 * fifth..)?).filter(|_| fifth > 0)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn growth(readings: impl IntoIterator<Item = u64>) -> Option<Growth> {
        Memory { readings: readings.into_iter().map(|mib| mib << 20).collect() }.growth()
    }

    #[test]
    fn what_a_process_takes_to_get_warm_is_not_growth() {
        let warming = (0..100).map(|at| if at < 20 { at } else { 40 + at % 3 });
        assert!(growth(warming).unwrap().is_flat());
    }

    #[test]
    fn a_leak_is_growth_however_slow() {
        assert!(!growth((0..100).map(|at| 100 + at / 4)).unwrap().is_flat());
    }

    #[test]
    fn a_single_peak_is_not() {
        assert!(growth((0..100).map(|at| if at == 95 { 900 } else { 50 })).unwrap().is_flat());
    }

    #[test]
    fn too_few_readings_say_nothing() {
        assert_eq!(growth([1, 2, 3]), None);
    }

    #[test]
    fn this_process_has_some() {
        let mut memory = Memory::default();
        memory.read();
        assert!(memory.readings.iter().all(|&bytes| bytes > 0));
    }
}
