//! Moments, and how they are written. No clock: now is a setting.

use std::fmt::Write as _;

/// Seconds of a day.
pub(super) const DAY: i64 = 86_400;

/// Year, month and day of a moment; by the proleptic Gregorian calendar.
pub(super) fn date(seconds: i64) -> (i64, i64, i64) {
    // Days are counted from March, so that the day of the leap year is the last one.
    let days = seconds.div_euclid(DAY) + 719_468;
    let era = days.div_euclid(146_097);
    let day_of_era = days.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    (year_of_era + era * 400 + i64::from(month <= 2), month, day)
}

/// As in `2025-03-04`.
pub(super) fn write_date(seconds: i64, out: &mut String) {
    let (year, month, day) = date(seconds);
    let _ = write!(out, "{year:04}-{month:02}-{day:02}");
}

/// As in `10:11:12Z`.
pub(super) fn write_time(seconds: i64, out: &mut String) {
    let within = seconds.rem_euclid(DAY);
    let _ = write!(out, "{:02}:{:02}:{:02}Z", within / 3_600, within / 60 % 60, within % 60);
}

/// As in `2025-03-04T10:11:12Z`.
pub(super) fn write_date_time(seconds: i64, out: &mut String) {
    write_date(seconds, out);
    out.push('T');
    write_time(seconds, out);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_written_as_rfc_3339() {
        let text = |seconds| {
            let mut out = String::new();
            write_date_time(seconds, &mut out);
            out
        };
        assert_eq!(text(0), "1970-01-01T00:00:00Z");
        assert_eq!(text(951_782_400), "2000-02-29T00:00:00Z");
        assert_eq!(text(1_767_225_599), "2025-12-31T23:59:59Z");
        assert_eq!(text(-1), "1969-12-31T23:59:59Z");
    }
}
