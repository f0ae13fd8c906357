//! Makes the table of sales: believable, with the faults that such tables have, and always the same.

use std::fmt::Write;

/// Numbers that look random: a multiplicative generator (Lehmer's), which needs no crate and never changes.
struct Numbers(u64);

impl Numbers {
    /// A number below `end`.
    fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        // The low digits of such generators repeat soon.
        (self.0 >> 33) % end
    }

    fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[usize::try_from(self.below(from.len() as u64)).unwrap_or(0)]
    }
}

const COUNTRIES: [(&str, &str); 5] = [("AT", "EUR"), ("CH", "CHF"), ("DE", "EUR"), ("NO", "NOK"), ("US", "USD")];
const NAMES: [&str; 12] = [
    "Abel", "Brandt", "Costa", "Dahl", "Eriksen", "Fischer", "Gruber", "Huber", "Iversen", "Jones", "Keller", "Larsen",
];

/// A table of so many sales of a half-year, as CSV: one row in twenty has a fault.
#[must_use]
pub fn sales(rows: u64) -> String {
    let mut numbers = Numbers(2_026);
    let mut table = String::from("sale,day,customer,country,currency,amount\n");
    for row in 0..rows {
        let (country, currency) = numbers.pick(&COUNTRIES);
        let (month, day) = (1 + row * 6 / rows, 1 + numbers.below(28));
        let customer = format!("{}-{:03}", numbers.pick(&NAMES), numbers.below(40));
        let cents = 500 + numbers.below(40_000) * if currency == "NOK" { 11 } else { 1 };
        let amount = format!("{}.{:02}", cents / 100, cents % 100);
        let mut cells = [format!("{}", 10_000 + row), customer, currency.to_owned(), amount];
        match numbers.below(100) {
            0 => cells[0] = format!("{}", 10_000 + row / 2),
            1 => cells[1].clear(),
            2 => cells[2] = "XXX".to_owned(),
            3 => cells[3] = "n/a".to_owned(),
            4 => cells[3].insert(0, '-'),
            _ => {}
        }
        let [sale, customer, currency, amount] = cells;
        // Writing to a string does not fail.
        let _ = writeln!(table, "{sale},2026-{month:02}-{day:02},{customer},{country},{currency},{amount}");
    }
    table
}
