//! A share as a bar of eighths of a column.

/// A share of one in `columns` columns, filled up with blanks. What is not nothing shows at least a sliver.
pub(crate) fn bar(share: f64, columns: usize) -> String {
    const EIGHTHS: [&str; 8] = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"];
    let share = if share.is_finite() { share.clamp(0.0, 1.0) } else { 0.0 };
    let eighths = (share * columns as f64 * 8.0).round() as usize;
    let eighths = if share > 0.0 { eighths.max(1) } else { 0 };
    let (whole, rest) = (eighths / 8, EIGHTHS[eighths % 8]);
    let blank = columns - whole - usize::from(!rest.is_empty());
    format!("{}{rest}{}", "█".repeat(whole), " ".repeat(blank))
}

#[cfg(test)]
mod tests {
    use super::bar;

    #[test]
    fn a_bar_is_as_long_as_its_share_and_never_longer_than_its_column() {
        let bars = [0.0, 0.001, 0.5, 0.99, 1.0, 7.0, f64::NAN].map(|share| bar(share, 4));
        assert_eq!(bars, ["    ", "▏   ", "██  ", "████", "████", "████", "    "]);
    }
}
