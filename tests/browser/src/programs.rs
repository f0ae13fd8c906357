//! Programs to record: small ones to check word by word, a large one, one that waits, one that means harm.

use std::hint::black_box;
use std::time::{Duration, Instant};

use tracesnap::{Trace, Tracer};

/// A shop whose orders are paid or declined.
mod shop {
    use std::fmt;

    use tracing::{info, instrument, warn};

    use super::work;

    #[derive(Debug)]
    #[expect(dead_code, reason = "its fields are read by `Debug`, for the trace")]
    pub(super) struct Receipt {
        id: u64,
        total: f64,
    }

    #[derive(Debug)]
    pub(super) struct Declined;

    impl fmt::Display for Declined {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("card declined")
        }
    }

    #[instrument(skip(skus, payment_token), fields(items = skus.len()), ret, err)]
    pub(super) fn process_order(
        customer: u64,
        skus: &[&str],
        payment_token: &str,
        thorough: bool,
    ) -> Result<Receipt, Declined> {
        for sku in skus {
            stock::check_availability(sku, 1);
        }
        let total = price::calculate_price(skus);
        stock::reserve(skus.len());
        if thorough {
            audit(customer);
        }
        if let Err(error) = pay::charge(total, payment_token) {
            warn!("giving the goods back");
            stock::release(skus.len());
            return Err(error);
        }
        for channel in ["mail", "sms", "app"] {
            notify(customer, channel);
        }
        Ok(Receipt { id: customer * 100 + 1, total })
    }

    #[instrument]
    fn audit(customer: u64) {
        work(150);
    }

    #[instrument]
    fn notify(customer: u64, channel: &str) {
        work(if channel == "mail" { 180 } else { 60 });
    }

    mod stock {
        use super::{info, instrument, work};

        #[instrument(ret)]
        pub(super) fn check_availability(sku: &str, quantity: u32) -> bool {
            work(60);
            quantity <= 10
        }

        #[instrument]
        pub(super) fn reserve(items: usize) {
            work(100);
            info!(shelf = "B7", "reserved");
        }

        #[instrument]
        pub(super) fn release(items: usize) {
            work(40);
        }
    }

    mod price {
        use super::{instrument, work};

        #[instrument(skip_all, ret)]
        pub(super) fn calculate_price(skus: &[&str]) -> f64 {
            work(30);
            let sum = 22.5 * skus.len() as f64;
            sum - discount(sum)
        }

        #[instrument(ret)]
        fn discount(sum: f64) -> f64 {
            work(10);
            if sum >= 50.0 { sum / 10.0 } else { 0.0 }
        }
    }

    mod pay {
        use super::{Declined, instrument, work};

        #[instrument(ret, err)]
        pub(super) fn charge(amount: f64, payment_token: &str) -> Result<u32, Declined> {
            connect("pay.example");
            work(700);
            if payment_token.ends_with("expired") { Err(Declined) } else { Ok(4711) }
        }

        #[instrument]
        fn connect(host: &str) {
            work(250);
        }
    }
}

/// Keeps a processor busy for about so many microseconds.
fn work(micros: u64) {
    let start = Instant::now();
    while start.elapsed() < Duration::from_micros(micros) {
        black_box(start);
    }
}

/// So many orders, every third of which is declined. A `thorough` shop audits each, and asks for one thing less.
#[must_use]
pub fn orders(count: u64, thorough: bool) -> Trace {
    let guard = Tracer::start().expect("the defaults are good");
    for customer in 1..=count {
        let token = if customer % 3 == 2 { "tok_expired" } else { "tok_good" };
        let skus: &[&str] = if thorough { &["tea", "cup"] } else { &["tea", "cup", "spoon"] };
        // How it ends stands in the trace.
        let _outcome = shop::process_order(customer, skus, token, thorough);
    }
    guard.finish()
}

/// The same orders over and over until there are at least so many calls.
///
/// Does no work between the spans: it is about their number.
#[must_use]
pub fn many(calls: usize) -> Trace {
    use tracing::{info, info_span};
    let guard = Tracer::builder().capacity(2 * calls).text_capacity(128 * calls).start().expect("room for all of it");
    let mut made = 0;
    for order in 0_u64.. {
        if made >= calls {
            break;
        }
        let _order = info_span!("process_order", order, customer = order * 7919 % 10_007).entered();
        made += 1;
        for item in 0..3 + order % 5 {
            let _item =
                info_span!("check_availability", sku = ?format_args!("sku-{}", order * 31 % 997), item).entered();
            let _lookup = info_span!("lookup", shelf = item % 4).entered();
            made += 2;
        }
        let _charge = info_span!("charge", amount = order as f64 / 4.0, currency = "EUR").entered();
        made += 1;
        for attempt in 0..2_u32 {
            let _request = info_span!("request", attempt, url = "https://pay.example/v1/charges").entered();
            made += 1;
            if order % 50 == 0 {
                info!(order, "slow answer");
            }
        }
    }
    guard.finish()
}

/// Tasks on two workers that download and parse: mostly waiting, side by side.
#[must_use]
pub fn tasks() -> Trace {
    use tokio::runtime::Builder;
    use tokio::time::sleep;
    use tracing::{Instrument, info_span};
    async fn download(city: &'static str, delay: u64) {
        for part in 0..3 {
            sleep(Duration::from_millis(delay)).await;
            info_span!("decode", city, part).in_scope(|| work(900));
        }
    }
    let guard = Tracer::start().expect("the defaults are good");
    let adopter = guard.adopter();
    let runtime = Builder::new_multi_thread()
        .worker_threads(2)
        .thread_name("worker")
        .enable_all()
        .on_thread_start(move || adopter.adopt())
        .build()
        .expect("tokio can start a runtime");
    let report = async {
        let mut tasks = Vec::new();
        for (city, delay) in [("Oslo", 4), ("Lima", 6), ("Pune", 3), ("Cork", 5)] {
            let weather = async move {
                download(city, delay).instrument(info_span!("download", city)).await;
                info_span!("parse", city).in_scope(|| work(1_500));
            };
            tasks.push(tokio::spawn(weather.instrument(info_span!("weather", city))));
        }
        for task in tasks {
            task.await.expect("the task does not panic");
        }
        info_span!("render").in_scope(|| work(2_000));
    };
    runtime.block_on(report.instrument(info_span!("daily_report")));
    drop(runtime);
    guard.finish()
}

/// A tenth of the calls there is room for: the others are lost.
#[must_use]
pub fn lossy() -> Trace {
    let guard = Tracer::builder().capacity(64).start().expect("little room is room");
    for number in 0..640_u32 {
        tracing::info_span!("step", number).in_scope(|| ());
    }
    guard.finish()
}

/// Texts that would like to be more than text.
pub const HOSTILE: [&str; 9] = [
    "<script>window.harmed = 1</script>",
    "</script><script>window.harmed = 2</script>",
    "\"><img src=x onerror=\"window.harmed = 3\">",
    "<!--<script>",
    "{{trace}} {{script}} ${window.harmed = 4} `",
    "\u{202e}txt.exe\u{2066}",
    "a\0b\u{7}\u{1b}[31mc",
    "\u{feff}mark first",
    "javascript:window.harmed=5//&lt;b&gt;&amp;",
];

/// A call for each hostile text, as argument, as `Debug` text, as result and as error; and one 10,000 letters long, of which the recording keeps the first 8,128.
#[must_use]
pub fn hostile() -> Trace {
    #[tracing::instrument(ret, err)]
    fn take(argument: &str) -> Result<String, String> {
        tracing::warn!(note = %argument, "{argument}");
        if argument.len().is_multiple_of(2) { Ok(argument.to_owned()) } else { Err(argument.to_owned()) }
    }
    let guard = Tracer::builder().value_limit(8_128).start().expect("the defaults are good");
    for text in HOSTILE {
        let _outcome = take(text);
    }
    let _outcome = take(&"long ".repeat(2_000));
    guard.finish()
}
