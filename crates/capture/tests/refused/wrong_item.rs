use tracesnap_capture::capture;

#[capture]
struct Order;

fn main() {}
