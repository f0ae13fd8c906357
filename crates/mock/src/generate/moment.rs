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
    if (0..=9_999).contains(&year) {
        two(year / 100, out);
        two(year % 100, out);
    } else {
        let _ = write!(out, "{year:04}");
    }
    out.push('-');
    two(month, out);
    out.push('-');
    two(day, out);
}

/// As in `10:11:12Z`.
pub(super) fn write_time(seconds: i64, out: &mut String) {
    let within = seconds.rem_euclid(DAY);
    two(within / 3_600, out);
    out.push(':');
    two(within / 60 % 60, out);
    out.push(':');
    two(within % 60, out);
    out.push('Z');
}

/// Two digits of a number below 100; formatting takes ten times as long, and answers are full of moments.
fn two(number: i64, out: &mut String) {
    let digit = |digit: i64| char::from(b'0' + u8::try_from(digit.rem_euclid(10)).unwrap_or(0));
    out.push(digit(number / 10));
    out.push(digit(number));
}

/// As in `2025-03-04T10:11:12Z`.
pub(crate) fn write_date_time(seconds: i64, out: &mut String) {
    write_date(seconds, out);
    out.push('T');
    write_time(seconds, out);
}

/// The moment that RFC 3339 writes as this text, without its fraction of a second.
pub(crate) fn read_date_time(text: &str) -> Option<i64> {
    let number = |at: std::ops::Range<usize>| {
        let digits = text.get(at)?;
        digits.bytes().all(|byte| byte.is_ascii_digit()).then(|| digits.parse::<i64>().ok())?
    };
    let (year, month, day) = (number(0..4)?, number(5..7)?, number(8..10)?);
    let (hour, minute, second) = (number(11..13)?, number(14..16)?, number(17..19)?);
    if !matches!(text.as_bytes().get(10)?, b'T' | b't' | b' ') || !(1..=12).contains(&month) {
        return None;
    }
    let rest = text.get(19..)?.trim_start_matches(|letter: char| letter == '.' || letter.is_ascii_digit());
    let offset = match rest.as_bytes() {
        [b'Z' | b'z'] => 0,
        [sign @ (b'+' | b'-'), ..] if rest.len() == 6 => {
            let at = text.len() - 5;
            let seconds = number(at..at + 2)? * 3_600 + number(at + 3..at + 5)? * 60;
            if *sign == b'-' { -seconds } else { seconds }
        }
        _ => return None,
    };
    // As in `date`: years begin with March.
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let (era, year_of_era) = (year.div_euclid(400), year.rem_euclid(400));
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + (153 * month + 2) / 5 + day - 1;
    let days = era * 146_097 + day_of_era - 719_468;
    Some(days * DAY + hour * 3_600 + minute * 60 + second - offset)
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

    #[test]
    fn what_is_written_is_read() {
        for seconds in [0, 951_782_400, 1_767_225_599, -1, -62_135_596_800, 253_402_300_799] {
            let mut out = String::new();
            write_date_time(seconds, &mut out);
            assert_eq!(read_date_time(&out), Some(seconds), "{out}");
        }
        assert_eq!(read_date_time("1970-01-01T02:00:00.25+02:00"), Some(0));
        for wrong in ["", "1970-01-01", "1970-13-01T00:00:00Z", "1970-01-01T00:00:00", "é970-01-01T00:00:00Z"] {
            assert_eq!(read_date_time(wrong), None, "{wrong}");
        }
    }
}
