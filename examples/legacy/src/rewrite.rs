//! What shall replace the legacy function.
//!
//! [`first`] looks right; captures say where it is not. [`second`] does what the legacy function does.

use legacy_billing::Account;

/// What the legacy function is, and each of these.
pub type Bill = fn(&Account, &[(u32, u64)], &str, u8) -> Result<u64, i32>;

/// Sums up, then takes off: simpler, and not the same.
///
/// # Errors
///
/// As the legacy function.
pub fn first(account: &Account, lines: &[(u32, u64)], card_number: &str, month: u8) -> Result<u64, i32> {
    check(card_number, month)?;
    let goods: u64 = lines.iter().map(|(quantity, price)| u64::from(*quantity) * price).sum();
    let many: u64 = lines.iter().filter(|(quantity, _)| *quantity >= 10).map(|(q, price)| u64::from(*q) * price).sum();
    Ok(less_grade(account, goods - many / 20))
}

/// Takes off line by line, and gives a present in December to those with an even number.
///
/// # Errors
///
/// As the legacy function.
pub fn second(account: &Account, lines: &[(u32, u64)], card_number: &str, month: u8) -> Result<u64, i32> {
    check(card_number, month)?;
    let line = |&(quantity, price): &(u32, u64)| {
        let whole = u64::from(quantity) * price;
        if quantity >= 10 { whole - whole / 20 } else { whole }
    };
    let due = less_grade(account, lines.iter().map(line).sum());
    let is_present = month == 12 && account.no.is_multiple_of(2);
    Ok(due.saturating_sub(if is_present { 100 } else { 0 }))
}

fn check(card_number: &str, month: u8) -> Result<(), i32> {
    match (card_number.len(), month) {
        (..12, _) => Err(-7),
        (_, 1..=12) => Ok(()),
        _ => Err(-2),
    }
}

fn less_grade(account: &Account, due: u64) -> u64 {
    match account.grade {
        'A' => due - due / 10,
        'B' => due - due / 20,
        _ => due,
    }
}
