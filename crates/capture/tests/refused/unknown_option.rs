use tracesnap_capture::capture;

#[capture(retenton = 5)]
fn pay(amount: u64) -> u64 {
    amount
}

fn main() {}
