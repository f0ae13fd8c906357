//! Ids that sort by time, and names of threads.

use std::cell::OnceCell;
use std::sync::Arc;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::SystemTime;

use uuid::{Builder, Uuid};

/// A UUID of version 7: the time in milliseconds, then a number of the process that rises with every capture, then 48
/// bits that tell one process from another.
pub(crate) fn new(time: SystemTime) -> Uuid {
    static PROCESS: OnceLock<u64> = OnceLock::new();
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let process = *PROCESS.get_or_init(|| fastrand::u64(..));
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    let millis = time.duration_since(SystemTime::UNIX_EPOCH).map_or(0, |time| time.as_millis());
    let mut rest = [0; 10];
    // Version and variant take six of these bits, the first four and two of the third byte; 26 are left in one
    // millisecond.
    let spread = ((number >> 14) & 0xfff) << 16 | (number & 0x3fff);
    rest[..4].copy_from_slice(&spread.to_be_bytes());
    rest[4..].copy_from_slice(&process.to_be_bytes()[..6]);
    Builder::from_unix_timestamp_millis(u64::try_from(millis).unwrap_or(0), &rest).into_uuid()
}

/// The name of this thread; its number where it has none.
pub(crate) fn thread() -> Arc<str> {
    thread_local! {
        static NAME: OnceCell<Arc<str>> = const { OnceCell::new() };
    }
    let name = || {
        let thread = std::thread::current();
        match thread.name() {
            Some(name) => name.into(),
            None => format!("{:?}", thread.id()).into(),
        }
    };
    NAME.try_with(|cell| cell.get_or_init(name).clone()).unwrap_or_else(|_| "ended".into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_of_a_process_are_all_different_and_in_order() {
        let time = SystemTime::now();
        let ids: Vec<_> = (0..1_000).map(|_| new(time)).collect();
        assert!(ids.windows(2).all(|pair| pair[0] < pair[1]), "{ids:?}");
        assert_eq!(ids[0].get_version_num(), 7);
    }
}
