use tracesnap_capture::capture;

#[capture(sample = 10)]
fn often(amount: u64) -> u64 {
    amount
}

#[capture(retention = 0)]
fn never(amount: u64) -> u64 {
    amount
}

#[capture(on_error = warm)]
fn warns(amount: u64) -> u64 {
    amount
}

fn main() {}
