use tracesnap_capture::{capture, load, replay};

#[capture]
fn pay(amount: u64) -> u64 {
    amount
}

fn main() {
    let _ = load!(pay, indx = 1);
    let _ = load!(pay, with(amuont = 1));
    let _ = replay!(pay, all);
    let _ = load!("pay");
}
