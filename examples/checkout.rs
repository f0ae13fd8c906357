//! The main job: run code under a guard, see what it did as a tree, assert it, and find where its time went.
//!
//! An order is processed twice, once with a good card and once with one that is declined. The program itself knows
//! nothing of tracesnap: its functions have `#[tracing::instrument]`, as they would for any other subscriber.
//!
//! ```sh
//! cargo run --example checkout
//! ```

use tracesnap::{Detail, Trace, Tracer, assert_trace_snapshot};

/// The program: a shop that knows `tracing` and nothing else.
mod shop {
    use std::fmt;
    use std::thread::sleep;
    use std::time::Duration;

    use tracing::{info, instrument, warn};

    #[derive(Debug)]
    pub(super) struct Item {
        pub(super) sku: &'static str,
        pub(super) quantity: u32,
        pub(super) price: f64,
    }

    #[derive(Debug)]
    #[expect(dead_code, reason = "its fields are read by `Debug`, for the trace")]
    pub(super) struct Receipt {
        id: u32,
        total: f64,
    }

    #[derive(Debug)]
    pub(super) enum OrderError {
        SoldOut,
        CardDeclined,
    }

    impl fmt::Display for OrderError {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str(match self {
                Self::SoldOut => "sold out",
                Self::CardDeclined => "card declined",
            })
        }
    }

    #[instrument(skip(items, payment_token), fields(items = items.len()), ret, err)]
    pub(super) fn process_order(customer_id: u64, items: &[Item], payment_token: &str) -> Result<Receipt, OrderError> {
        for item in items {
            if !check_availability(item.sku, item.quantity) {
                return Err(OrderError::SoldOut);
            }
        }
        let total = calculate_price(items);
        reserve(items.len());
        if let Err(error) = charge(total, payment_token) {
            warn!("giving the goods back");
            release(items.len());
            return Err(error);
        }
        for channel in ["mail", "sms", "app"] {
            notify(customer_id, channel);
        }
        Ok(Receipt { id: 1, total })
    }

    #[instrument(ret)]
    fn check_availability(sku: &str, quantity: u32) -> bool {
        sleep(Duration::from_micros(300));
        quantity <= 10
    }

    #[instrument(skip_all, ret)]
    fn calculate_price(items: &[Item]) -> f64 {
        let sum = items.iter().map(|item| item.price * f64::from(item.quantity)).sum();
        sum - discount(sum)
    }

    #[instrument(ret)]
    fn discount(sum: f64) -> f64 {
        if sum >= 50.0 { sum / 10.0 } else { 0.0 }
    }

    #[instrument(ret, err)]
    fn charge(amount: f64, payment_token: &str) -> Result<u32, OrderError> {
        sleep(Duration::from_millis(4));
        if payment_token.ends_with("expired") { Err(OrderError::CardDeclined) } else { Ok(4711) }
    }

    #[instrument]
    fn reserve(items: usize) {
        sleep(Duration::from_micros(500));
        info!(shelf = "B7", "reserved");
    }

    #[instrument]
    fn release(items: usize) {
        sleep(Duration::from_micros(200));
    }

    #[instrument(skip(channel))]
    fn notify(customer_id: u64, channel: &str) {
        sleep(Duration::from_micros(if channel == "mail" { 900 } else { 300 }));
    }
}

fn main() -> Result<(), tracesnap::Error> {
    let paid = order("tok_good")?;
    heading("an order that is paid");
    println!("{}", paid.snapshot());

    let declined = order("tok_expired")?;
    heading("an order whose card is declined");
    println!("{}", declined.snapshot());

    heading("the same, flat and with names only");
    println!("{}", declined.snapshot().detail(Detail::Minimal).flat());

    heading("what holds of them");
    paid.assert_no_errors();
    paid.assert_order(["check_availability", "calculate_price", "reserve", "charge", "notify"]);
    paid.calls("notify").with_arg("customer_id", 7).under("process_order").assert_times(3);
    println!("paid:      no errors; charged after the goods were reserved; notified 3 times");
    declined.assert_called("release");
    declined.assert_not_called("notify");
    println!("declined:  the goods were released; nobody was notified");

    heading("what an assertion says that does not hold");
    println!("{}", declined.assertions().try_assert_not_called("charge").expect_err("it was called"));

    // In a test this line is all it takes. `cargo insta review` shows the tree whenever it has changed.
    assert_trace_snapshot!(declined, @r#"
    process_order(customer_id: 7, items: 2) ✗ card declined
    ├─ check_availability(sku: "tea", quantity: 3) → true
    ├─ check_availability(sku: "cup", quantity: 1) → true
    ├─ calculate_price → 54.0
    │  └─ discount(sum: 60.0) → 6.0
    ├─ reserve(items: 2)
    │  └• INFO reserved (shelf: "B7")
    ├─ charge(amount: 54.0, payment_token: [redacted]) ✗ card declined
    ├• WARN giving the goods back
    └─ release(items: 2)
    "#);

    let metrics = paid.metrics();
    heading("where the time of the paid order went");
    print!("{metrics}");

    heading("hot spots: more than a tenth of all time for themselves");
    for hot in metrics.hot_spots(0.1) {
        println!("{:>5.1} %  {}", 100.0 * metrics.share(hot), hot.function.path());
    }

    let overhead = paid.overhead();
    heading("what looking cost");
    println!("{} calls, {:.3} % of the time they took", paid.stats().recorded, overhead.percent);
    Ok(())
}

/// Processes one order under a guard.
fn order(payment_token: &str) -> Result<Trace, tracesnap::Error> {
    let items =
        [shop::Item { sku: "tea", quantity: 3, price: 12.5 }, shop::Item { sku: "cup", quantity: 1, price: 22.5 }];
    let guard = Tracer::builder().modules(["checkout::shop::**"]).start()?;
    // How it ends stands in the trace.
    let _outcome = shop::process_order(7, &items, payment_token);
    Ok(guard.finish())
}

fn heading(text: &str) {
    println!("\n── {text} {}\n", "─".repeat(76 - text.chars().count()));
}
