//! What of a training is captured: all but large data, which would be copied with every call.

/// From so many bytes of JSON on, data is large.
pub const LARGE: usize = 10_000;

/// A filter for [`CaptureConfig::filter`](tracesnap_capture::CaptureConfig::filter): leaves out training data that is
/// large, and nothing else. What is left out is marked so, and a test supplies it.
#[must_use]
pub fn small_enough(name: &str, json: &str) -> bool {
    name != "training_data" || json.len() < LARGE
}
