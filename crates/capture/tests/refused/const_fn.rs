use tracesnap_capture::capture;

#[capture]
const fn pay(amount: u64) -> u64 {
    amount
}

struct Till;

#[capture]
impl Till {
    const fn new() -> Self {
        Self
    }
}

fn main() {}
