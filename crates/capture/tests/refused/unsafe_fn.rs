use tracesnap_capture::capture;

#[capture]
unsafe fn pay(amount: u64) -> u64 {
    amount
}

fn main() {}
