//! How late answers are.

use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

/// No answer is later, whatever a distribution draws.
pub const MAX_LATENCY: Duration = Duration::from_secs(60);

/// Durations of recordings that are kept, as quantiles.
const QUANTILES: usize = 1_001;

/// How late answers are. As a text: `200ms`, `10ms..200ms`, `lognormal:40ms,0.5`.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub enum Latency {
    /// Not at all.
    #[default]
    None,
    /// All by the same.
    Fixed(Duration),
    /// By anything between two durations, each as likely.
    Uniform(Duration, Duration),
    /// Half of them by less than the median, few by very much more: what services are like. The second is the standard
    /// deviation of the logarithm: with 0.5 one of a hundred is later than 3.2 medians.
    LogNormal(Duration, f64),
    /// As often by so much as it was recorded; sorted.
    Learned(Arc<[Duration]>),
}

impl Latency {
    /// See [`Latency::Fixed`].
    #[must_use]
    pub fn fixed(by: Duration) -> Self {
        Self::Fixed(by)
    }

    /// See [`Latency::Uniform`].
    #[must_use]
    pub fn uniform(least: Duration, most: Duration) -> Self {
        Self::Uniform(least.min(most), least.max(most))
    }

    /// See [`Latency::LogNormal`].
    #[must_use]
    pub fn log_normal(median: Duration, sigma: f64) -> Self {
        Self::LogNormal(median, sigma)
    }

    /// See [`Latency::Learned`]; of very many durations some quantiles are kept. Of none: [`Latency::None`].
    #[must_use]
    pub fn learned(mut durations: Vec<Duration>) -> Self {
        if durations.is_empty() {
            return Self::None;
        }
        durations.sort_unstable();
        if durations.len() > QUANTILES {
            let last = durations.len() - 1;
            durations = (0..QUANTILES).map(|at| durations[at * last / (QUANTILES - 1)]).collect();
        }
        Self::Learned(durations.into())
    }

    /// The one that two numbers from 0 to below 1 stand for.
    pub(super) fn draw(&self, [first, second]: [f64; 2]) -> Duration {
        let drawn = match self {
            Self::None => Duration::ZERO,
            Self::Fixed(by) => *by,
            Self::Uniform(least, most) => *least + most.saturating_sub(*least).mul_f64(first),
            Self::LogNormal(median, sigma) => {
                // Box and Muller; the logarithm of 0 is none.
                let normal = (-2.0 * (1.0 - first).ln()).sqrt() * (std::f64::consts::TAU * second).cos();
                let factor = (sigma * normal).exp();
                Duration::try_from_secs_f64(median.as_secs_f64() * factor).unwrap_or(MAX_LATENCY)
            }
            Self::Learned(sorted) => {
                #[expect(clippy::cast_precision_loss, reason = "there are few quantiles")]
                let place = first * (sorted.len() - 1) as f64;
                #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it is a place among them")]
                let at = place as usize;
                let below = sorted[at];
                let above = sorted[(at + 1).min(sorted.len() - 1)];
                below + above.saturating_sub(below).mul_f64(place.fract())
            }
        };
        drawn.min(MAX_LATENCY)
    }
}

impl FromStr for Latency {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let text = text.trim();
        let wrong = || {
            format!(
                "`{text}` is no latency; write `200ms`, `10ms..200ms`, or `lognormal:40ms,0.5` with a median and a spread"
            )
        };
        let time = |text: &str| duration(text.trim()).ok_or_else(wrong);
        if let Some(rest) = text.strip_prefix("lognormal:") {
            let (median, sigma) = rest.split_once(',').ok_or_else(wrong)?;
            let sigma: f64 = sigma.trim().parse().map_err(|_| wrong())?;
            return if (0.0..=10.0).contains(&sigma) {
                Ok(Self::log_normal(time(median)?, sigma))
            } else {
                Err(wrong())
            };
        }
        if let Some((least, most)) = text.split_once("..") {
            return Ok(Self::uniform(time(least)?, time(most)?));
        }
        let by = time(text)?;
        Ok(if by.is_zero() { Self::None } else { Self::Fixed(by) })
    }
}

/// `200ms`, `1.5s`, `2m`.
fn duration(text: &str) -> Option<Duration> {
    let at = text.find(|letter: char| letter.is_ascii_alphabetic() || letter == 'µ')?;
    let number: f64 = text[..at].trim().parse().ok()?;
    let unit = match &text[at..] {
        "us" | "µs" => 1e-6,
        "ms" => 1e-3,
        "s" => 1.0,
        "m" | "min" => 60.0,
        _ => return None,
    };
    Duration::try_from_secs_f64(number * unit).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::Key;
    use crate::serve::faults::disturbance::share;

    fn sample(latency: &Latency) -> Vec<f64> {
        let number = |kind: &str, at: u64| share(Key::of(kind).number(at).finish());
        let mut drawn: Vec<f64> =
            (0..20_000).map(|at| latency.draw([number("a", at), number("b", at)]).as_secs_f64() * 1e3).collect();
        drawn.sort_by(f64::total_cmp);
        drawn
    }

    fn near(found: f64, expected: f64) -> bool {
        (found - expected).abs() <= expected * 0.05
    }

    #[test]
    fn distributions_have_the_quantiles_they_are_known_for() {
        let ms = Duration::from_millis;
        let drawn = sample(&Latency::log_normal(ms(40), 0.5));
        assert!(near(drawn[10_000], 40.0) && near(drawn[19_800], 40.0 * (0.5_f64 * 2.326).exp()), "{}", drawn[19_800]);
        let drawn = sample(&Latency::uniform(ms(100), ms(20)));
        assert!(drawn[0] >= 20.0 && drawn[19_999] < 100.0 && near(drawn[10_000], 60.0));
        assert!(sample(&Latency::log_normal(ms(40), 10.0)).last() <= Some(&60_000.0));
    }

    #[test]
    fn what_is_learned_is_drawn_as_often_as_it_was_seen() {
        let mut seen: Vec<Duration> = (0..9_000).map(|_| Duration::from_millis(10)).collect();
        seen.extend((0..1_000).map(|_| Duration::from_millis(500)));
        let drawn = sample(&Latency::learned(seen));
        assert!(near(drawn[10_000], 10.0) && near(drawn[19_000], 500.0));
        assert!(near(drawn.iter().filter(|ms| **ms > 400.0).count() as f64, 2_000.0));
        assert_eq!(Latency::learned(Vec::new()), Latency::None);
        assert_eq!(Latency::learned(vec![Duration::from_secs(1)]).draw([0.99, 0.0]), Duration::from_secs(1));
    }

    #[test]
    fn latencies_are_read_from_texts() {
        let ms = Duration::from_millis;
        assert_eq!("200ms".parse(), Ok(Latency::Fixed(ms(200))));
        assert_eq!("0s".parse(), Ok(Latency::None));
        assert_eq!("10ms..1.5s".parse(), Ok(Latency::Uniform(ms(10), ms(1_500))));
        assert_eq!("lognormal: 40ms, 0.5".parse(), Ok(Latency::LogNormal(ms(40), 0.5)));
        for wrong in
            ["", "200", "ms", "-1s", "1h", "lognormal:40ms", "lognormal:40ms,x", "lognormal:1s,NaN", "..", "1s..x"]
        {
            assert!(wrong.parse::<Latency>().is_err(), "{wrong}");
        }
    }
}
