//! The story of a function that nobody may edit: called as before, captured and traced, replayed, and held against two
//! rewrites.
//!
//! ```sh
//! cargo run -p tracesnap-example-legacy
//! ```

use anyhow::Result;
use tracesnap::Tracer;
use tracesnap_capture::{CaptureConfig, CaptureLoader, Captures, load, replay};
use tracesnap_example_legacy::{Account, Order, bill, bill_month, rewrite};

fn main() -> Result<()> {
    let home = tempfile::tempdir()?;
    let captures = Captures::builder().config(CaptureConfig::new().path(home.path())).build()?;
    let _captures = captures.enter();

    heading("the bills of December, under a tracer: the legacy library has no spans, its wrapper has");
    let order = |no, grade, lines: &[(u32, u64)], card_number: &str| {
        let account = Account { no, grade };
        Order { account, lines: lines.to_vec(), card_number: card_number.to_owned() }
    };
    let orders = [
        order(4711, 'A', &[(12, 333), (10, 777)], "4000056655665556"),
        order(4712, 'C', &[(1, 1_990)], "4000056655665556"),
        order(4713, 'B', &[(3, 500)], "none"),
    ];
    let (sum, trace) = Tracer::builder().trace(|| bill_month(&orders, 12))?;
    println!("{}\n\n{sum} cents in all", trace.snapshot().events(true));

    heading("what was kept of the first one: names of ours, and no card");
    let first = CaptureLoader::current()?.by_index("bill", 2)?.document;
    println!(
        "{}\noutcome: {}",
        serde_json::to_string(&first.kwargs)?,
        first.outcome.map(|it| it.value).unwrap_or_default()
    );

    heading("replayed: an account cannot be read from a file, and a card was not kept, so a test brings both");
    let card = || "0000000000000000".to_owned();
    let again = replay!(bill, index = 2, with(account = Account { no: 4711, grade: 'A' }, card_number = card()))?;
    println!("{:?}, as recorded", again.into_value());

    heading("two rewrites, held against what was captured");
    for (name, rewritten) in [("first", rewrite::first as rewrite::Bill), ("second", rewrite::second)] {
        for (index, order) in orders.iter().enumerate() {
            let (index, account) = (orders.len() - 1 - index, &order.account);
            let account_again = Account { no: account.no, grade: account.grade };
            let case =
                load!(bill, index = index, with(account = account_again, card_number = order.card_number.clone()))?;
            let recorded = case.outcome().map(|outcome| outcome.value.clone()).unwrap_or_default();
            let now = match rewritten(&case.args.account, &case.args.lines, &case.args.card_number, case.args.month) {
                Ok(due) => due.into(),
                Err(code) => serde_json::Value::from(code),
            };
            let same = if now == recorded { "the same" } else { "DIFFERENT" };
            println!("{name:<7} account {}: recorded {recorded}, now {now}: {same}", account.no);
        }
    }
    Ok(())
}

fn heading(text: &str) {
    println!("\n── {text} {}\n", "─".repeat(100_usize.saturating_sub(text.chars().count())));
}
