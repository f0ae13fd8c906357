//! One number for how good mocks are, made of what was measured.

/// The score from which on mocks are good enough.
pub const MIN_QUALITY_SCORE: f64 = 0.9;

/// What was seen of answers.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Evidence {
    /// Answers by mocks.
    pub answers: u64,
    /// Of those, how many could not be made as they should.
    pub failures: u64,
    /// Answers that were checked against their schemas.
    pub checked: u64,
    /// Of those, how many broke them.
    pub invalid: u64,
    /// The sum over all answers of how near each is to what the service says: 1 for what was recorded, stored, remembered,
    /// is an example, or made in `production` quality, 0.9 for `realistic` and 0.6 for `basic`.
    pub fidelity: f64,
}

/// How good mocks are, from 0 to 1; `None` where no answer was checked, since nothing is known then.
///
/// ```text
/// score = validity × reliability × (0.8 + 0.2 × fidelity)
///
/// validity    = 1 − invalid / checked        answers keep to their schemas
/// reliability = 1 − failures / answers       answers can be made at all
/// fidelity    = mean fidelity of an answer   see Evidence::fidelity
/// ```
///
/// It is a product, since an answer that breaks its schema is useless however rich it is: what is invalid in one of ten
/// answers passes no gate of 0.9. The richness of answers alone decides between 0.92 (`basic`) and 1.
///
/// ```
/// use tracesnap_mock::score::{Evidence, MIN_QUALITY_SCORE, mock_quality_score};
///
/// let seen = Evidence { answers: 1_000, checked: 1_000, fidelity: 900.0, ..Evidence::default() };
/// let score = mock_quality_score(&seen).unwrap();
/// assert!((score - 0.98).abs() < 1e-9 && score >= MIN_QUALITY_SCORE);
///
/// let broken = Evidence { invalid: 100, ..seen };
/// assert!(mock_quality_score(&broken).unwrap() < MIN_QUALITY_SCORE);
/// ```
#[must_use]
pub fn mock_quality_score(seen: &Evidence) -> Option<f64> {
    if seen.checked == 0 || seen.answers == 0 {
        return None;
    }
    let share = |part: u64, whole: u64| (part as f64 / whole as f64).clamp(0.0, 1.0);
    let fidelity = (seen.fidelity / seen.answers as f64).clamp(0.0, 1.0);
    let validity = 1.0 - share(seen.invalid, seen.checked);
    let reliability = 1.0 - share(seen.failures, seen.answers);
    Some(validity * reliability * (0.8 + 0.2 * fidelity))
}
