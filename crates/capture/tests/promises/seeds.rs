//! The cases that capturing is for: authentication, a shop, retention, production, parametrised tests.

use std::sync::Mutex;

use serde::{Deserialize, Serialize};
use serde_json::json;
use tracesnap_capture::{CaptureConfig, Criteria, OutcomeKind, capture, has_capture, load, replay};

use crate::support::{folder, folder_with};

// Authentication: the password is in no capture, the test supplies one.

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Session {
    username: String,
    remember_me: bool,
}

#[capture(retention = 3, ignore(password))]
fn user_authentication(username: &str, password: &str, remember_me: bool) -> Result<Session, String> {
    if password.len() < 8 {
        return Err(format!("wrong password for {username}"));
    }
    Ok(Session { username: username.into(), remember_me })
}

#[test]
fn authentication_is_replayed_with_a_password_of_the_test() {
    let folder = folder();
    user_authentication("john_doe", "correct horse battery", true).expect("it works");
    assert!(!folder.bytes().contains("correct horse"));
    let replayed = replay!(user_authentication, with(password = "another one".into())).expect("the same");
    insta::assert_yaml_snapshot!(replayed, @r"
    returned:
      username: john_doe
      remember_me: true
    ");
    for attempt in 0..5 {
        let _ = user_authentication(&format!("user{attempt}"), "short", false);
    }
    assert_eq!(folder.loader().count("user_authentication").expect("a number"), 3);
}

// A shop: an order with a payment token, services that are mocked, another scenario for errors.

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Item {
    sku: String,
    count: u32,
    price: u32,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Receipt {
    order_id: u64,
    total_amount: u32,
}

#[derive(Debug, PartialEq, Serialize)]
enum OrderError {
    NotAvailable(Vec<String>),
    Payment(String),
}

trait Services: Send + Sync {
    fn missing(&self, items: &[Item]) -> Vec<String>;
    fn charge(&self, token: &str, amount: u32) -> Result<String, String>;
}

struct OrderService<'s> {
    services: &'s dyn Services,
}

#[capture(retention = 5, ignore(payment_token))]
impl OrderService<'_> {
    fn process_order(
        &self,
        customer_id: u64,
        items: Vec<Item>,
        payment_token: &str,
        shipping_address: Option<&str>,
    ) -> Result<Receipt, OrderError> {
        let missing = self.services.missing(&items);
        if !missing.is_empty() {
            return Err(OrderError::NotAvailable(missing));
        }
        let shipping = if shipping_address.is_some() { 5 } else { 0 };
        let total_amount = items.iter().map(|item| item.price * item.count).sum::<u32>() + shipping;
        self.services.charge(payment_token, total_amount).map_err(OrderError::Payment)?;
        Ok(Receipt { order_id: customer_id * 100, total_amount })
    }
}

#[derive(Default)]
struct Mock {
    sold_out: Vec<String>,
    charged: Mutex<Vec<(String, u32)>>,
}

impl Services for Mock {
    fn missing(&self, items: &[Item]) -> Vec<String> {
        items.iter().map(|item| item.sku.clone()).filter(|sku| self.sold_out.contains(sku)).collect()
    }

    fn charge(&self, token: &str, amount: u32) -> Result<String, String> {
        self.charged.lock().expect("nobody panicked").push((token.into(), amount));
        Ok("txn_12345".into())
    }
}

#[test]
fn an_order_is_replayed_against_mocked_services() {
    let folder = folder();
    let mock = Mock { sold_out: vec!["C".into()], ..Mock::default() };
    let service = OrderService { services: &mock };
    let item = |sku: &str, count| Item { sku: sku.into(), count, price: 10 };
    service.process_order(7, vec![item("A", 2), item("B", 1)], "tok_live_secret", Some("Rome")).expect("it works");
    service.process_order(8, vec![item("C", 1)], "tok_live_secret", None).expect_err("sold out");
    assert!(!folder.bytes().contains("tok_live_secret"));

    // What was captured, else data by hand.
    assert!(has_capture("process_order"));
    let paid = Criteria::new().outcome(OutcomeKind::Returned);
    static REPLAYED: Mock = Mock { sold_out: Vec::new(), charged: Mutex::new(Vec::new()) };
    let receiver = || OrderService { services: &REPLAYED };
    let replayed = replay!(
        OrderService<'_>::process_order,
        matching = paid,
        with(payment_token = "tok_test".into()),
        receiver = receiver
    );
    assert_eq!(replayed.expect("the same").into_value(), Ok(Receipt { order_id: 700, total_amount: 35 }));
    let charged = REPLAYED.charged.lock().expect("nobody panicked").clone();
    assert_eq!(charged, [("tok_test".to_owned(), 35)]);

    // The error scenario is another capture.
    let failed =
        load!(OrderService<'_>::process_order, index = 0, with(payment_token = "t".into())).expect("a capture");
    let error = service.process_order(failed.args.customer_id, failed.args.items, "t", None).expect_err("sold out");
    assert_eq!(json!(error), failed.document.outcome.expect("an outcome").value);
}

// Production: at most 1 KiB, the latest, in the background, no secrets.

#[test]
fn production_keeps_little_and_only_the_latest() {
    #[derive(Debug)]
    struct Card(&'static str);
    #[capture]
    fn handles(request_id: u64, body: String, card: Card) -> usize {
        body.len() + card.0.len() + request_id as usize
    }
    let config = CaptureConfig::new().production_mode(true).minimal_capture().sample(1.0);
    let folder = folder_with(config);
    for request_id in 0..10 {
        handles(request_id, "x".repeat(5_000), Card("4111 1111 1111 1111"));
    }
    folder.captures.flush();
    let bytes = folder.bytes();
    assert!(!bytes.contains("4111 1111"), "{bytes}");
    let document = folder.latest("handles").document;
    assert_eq!(document.argument("request_id"), Some(&json!(9)));
    assert_eq!((document.tier("body").as_str(), document.tier("card").as_str()), ("truncated", "opaque"));
    assert!(document.outcome.is_none());
}

// A pipeline: a filter that looks at values, credentials by name.

#[test]
fn a_pipeline_keeps_no_credentials() {
    #[capture(retention = 3)]
    fn process_customer_data(raw_data_path: &std::path::Path, credentials: &str, output_format: &str) -> usize {
        raw_data_path.as_os_str().len() + credentials.len() + output_format.len()
    }
    let folder = folder();
    process_customer_data(std::path::Path::new("/data/raw.csv"), "admin:pa55word", "json");
    assert!(!folder.bytes().contains("pa55word"));
    let document = folder.latest("process_customer_data").document;
    assert_eq!(document.argument("output_format"), Some(&json!("json")));
    assert_eq!(document.redacted("credentials"), ["name/credential"]);
}

// One test for each of several captures.

#[test]
fn every_scenario_is_replayed() {
    #[capture]
    fn payment_processing(amount: u32, currency: &str) -> Result<u32, String> {
        match currency {
            "EUR" => Ok(amount),
            "USD" => Ok(amount * 9 / 10),
            other => Err(format!("no rate for {other}")),
        }
    }
    let _folder = folder();
    for currency in ["EUR", "USD", "XXX"] {
        let _ = payment_processing(100, currency);
    }
    for index in 0..3 {
        replay!(payment_processing, index = index).expect("the same");
    }
    assert!(replay!(payment_processing, index = 3).is_err());
}
