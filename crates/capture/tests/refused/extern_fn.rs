use tracesnap_capture::capture;

#[capture]
extern "C" fn pay(amount: u64) -> u64 {
    amount
}

fn main() {}
