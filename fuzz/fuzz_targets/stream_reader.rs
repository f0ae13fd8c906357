//! Bytes as the file of a streamed recording: an error, or a trace that answers everything.
//!
//! Bytes behind the file's head are taken as the contents of blocks, whose lengths and checksums are right: a reader would
//! turn away nearly all others.
#![no_main]

use std::io::Write;

use libfuzzer_sys::fuzz_target;
use tracesnap::file::{FileError, MAX_BLOCK, STREAM_VERSION};
use tracesnap::{Detail, Trace};

fuzz_target!(|contents: Vec<Vec<u8>>| {
    let mut file = tempfile::NamedTempFile::new().expect("there is room");
    let mut bytes = b"tracesnap-stream".to_vec();
    bytes.extend(STREAM_VERSION.to_le_bytes());
    for content in contents.iter().filter(|content| content.len() <= MAX_BLOCK) {
        let mut crc = flate2::Crc::new();
        crc.update(content);
        bytes.extend((content.len() as u32).to_le_bytes());
        bytes.extend(crc.sum().to_le_bytes());
        bytes.extend(content);
    }
    file.write_all(&bytes).expect("there is room");
    let Ok((trace, damage)) = Trace::load_partial(file.path()) else { return };
    // Behind its end, a recording is whole whatever follows.
    let is_whole = matches!(damage, None | Some(FileError::Trailing { .. }));
    assert!(is_whole || trace.stats().unfinished == 1);
    let _ = trace.snapshot().allow_loss().detail(Detail::Verbose).with_measures().to_string();
    let _ = (trace.metrics().to_string(), trace.graph().to_dot().to_string(), trace.critical_path().to_string());
    let _ = (trace.balance(), trace.events().count());
});
