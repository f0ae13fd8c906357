//! Times and sizes as people read them: three significant digits and a unit.

use std::fmt;
use std::time::Duration;

/// Shows a time as `350 ns`, `12.3 µs`, `4.56 ms`, `1.50 s`, `2 min 5 s` or `3 h 12 min`. Obeys width and alignment.
#[derive(Clone, Copy, Debug)]
pub struct Time(pub Duration);

/// Shows bytes as `512 B`, `1.50 KiB`, `23.4 MiB` and so on, in powers of 1024. Obeys width and alignment.
#[derive(Clone, Copy, Debug)]
pub struct Bytes(pub u64);

/// Shows a fraction of one as `4.2 %`. Obeys width and alignment.
#[derive(Clone, Copy, Debug)]
pub struct Percent(pub f64);

impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ns = self.0.as_nanos();
        if ns < 1_000 {
            return f.pad(&format!("{ns} ns"));
        }
        let seconds = self.0.as_secs_f64();
        for (unit, per_second) in [("µs", 1e6), ("ms", 1e3), ("s", 1.0)] {
            let value = seconds * per_second;
            // A minute and more reads better in whole units than as `61.2 s`.
            if value < if unit == "s" { 59.95 } else { 999.5 } {
                return f.pad(&format!("{} {unit}", three_digits(value)));
            }
        }
        let seconds = seconds.round() as u64;
        if seconds < 3_600 {
            f.pad(&format!("{} min {} s", seconds / 60, seconds % 60))
        } else {
            f.pad(&format!("{} h {} min", seconds / 3_600, seconds % 3_600 / 60))
        }
    }
}

impl fmt::Display for Bytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0 < 1_000 {
            return f.pad(&format!("{} B", self.0));
        }
        let mut value = self.0 as f64;
        let mut unit = "B";
        for larger in ["KiB", "MiB", "GiB", "TiB", "PiB", "EiB"] {
            (value, unit) = (value / 1_024.0, larger);
            if value < 999.5 {
                break;
            }
        }
        f.pad(&format!("{} {unit}", three_digits(value)))
    }
}

impl fmt::Display for Percent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&format!("{:.1} %", self.0 * 100.0))
    }
}

/// A value below 1,000 with as many decimals as make three digits; rounding decides, so that 9.996 is `10.0`.
fn three_digits(value: f64) -> String {
    let decimals = match value {
        v if v < 9.995 => 2,
        v if v < 99.95 => 1,
        _ => 0,
    };
    format!("{value:.decimals$}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_has_three_digits_and_the_unit_that_suits_it() {
        let shown = |ns: u64| Time(Duration::from_nanos(ns)).to_string();
        assert_eq!(shown(0), "0 ns");
        assert_eq!(shown(999), "999 ns");
        assert_eq!(shown(1_000), "1.00 µs");
        assert_eq!(shown(9_996), "10.0 µs");
        assert_eq!(shown(999_499), "999 µs");
        assert_eq!(shown(999_600), "1.00 ms");
        assert_eq!(shown(1_500_000_000), "1.50 s");
        assert_eq!(shown(59_960_000_000), "1 min 0 s");
        assert_eq!(shown(125_000_000_000), "2 min 5 s");
        assert_eq!(shown(11_520_000_000_000), "3 h 12 min");
    }

    #[test]
    fn a_size_counts_in_powers_of_1024() {
        assert_eq!(Bytes(0).to_string(), "0 B");
        assert_eq!(Bytes(999).to_string(), "999 B");
        assert_eq!(Bytes(1_536).to_string(), "1.50 KiB");
        assert_eq!(Bytes(24_536_678).to_string(), "23.4 MiB");
        assert_eq!(Bytes(u64::MAX).to_string(), "16.0 EiB");
    }

    #[test]
    fn columns_line_up_also_with_the_two_bytes_of_a_micro_sign() {
        assert_eq!(format!("{:>9}|", Time(Duration::from_micros(12))), "  12.0 µs|");
        assert_eq!(format!("{:>9}|", Bytes(12)), "     12 B|");
        assert_eq!(format!("{:>9}|", Percent(0.0425)), "    4.2 %|");
    }
}
