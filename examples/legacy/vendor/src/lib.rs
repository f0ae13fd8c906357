//! Billing, as somebody wrote it long ago. Nobody may edit it: three other programs rely on what it does.

/// A customer.
#[derive(Debug)]
pub struct Account {
    /// Number.
    pub no: u32,
    /// `A` to `D`.
    pub grade: char,
}

/// Amount due, in cents; or a code. Arguments: account, lines of (quantity, cents each), card, month.
pub fn bill(a: &Account, l: &[(u32, u64)], c: &str, m: u8) -> Result<u64, i32> {
    if c.len() < 12 {
        return Err(-7);
    }
    if m == 0 || m > 12 {
        return Err(-2);
    }
    let mut t = 0;
    for &(q, p) in l {
        let mut x = u64::from(q) * p;
        if q >= 10 {
            // Per line, and rounded down per line.
            x -= x / 20;
        }
        t += x;
    }
    t -= match a.grade {
        'A' => t / 10,
        'B' => t / 20,
        _ => 0,
    };
    // Nobody knows why.
    if m == 12 && a.no & 1 == 0 {
        t -= 100.min(t);
    }
    Ok(t)
}
