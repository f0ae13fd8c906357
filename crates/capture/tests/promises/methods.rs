//! Methods: of a type, of a trait, async ones of a trait.

use async_trait::async_trait;
use serde_json::json;
use tracesnap_capture::{capture, load, load_named, replay};

use crate::support::{block_on, folder};

#[derive(Debug, Default, Clone)]
pub(crate) struct Cart {
    items: Vec<u32>,
}

#[capture(ignore(coupon))]
impl Cart {
    pub(crate) fn new(items: Vec<u32>) -> Self {
        Self { items }
    }

    pub(crate) fn add(&mut self, item: u32) -> usize {
        self.items.push(item);
        self.items.len()
    }

    fn total(&self, factor: u32, coupon: Option<String>) -> u32 {
        let _ = coupon;
        self.items.iter().sum::<u32>() * factor
    }

    fn merged(self, other: Self) -> Self {
        Self { items: [self.items, other.items].concat() }
    }

    async fn checkout(&self, customer: &str) -> Result<u32, String> {
        if customer.is_empty() { Err("nobody".into()) } else { Ok(self.items.len() as u32) }
    }

    #[capture(skip)]
    fn uncaptured(&self) -> usize {
        self.items.len()
    }

    #[capture(self, no_outcome)]
    fn looks(&self, at: usize) -> Option<u32> {
        self.items.get(at).copied()
    }
}

impl serde::Serialize for Cart {
    fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        self.items.serialize(to)
    }
}

#[test]
fn methods_of_a_block_are_captured_without_their_receiver() {
    let folder = folder();
    let mut cart = Cart::new(vec![1]);
    assert_eq!(cart.add(2), 2);
    let document = folder.latest("Cart::add").document;
    assert_eq!(document.metadata.function, "promises::methods::Cart::add");
    assert_eq!(document.names(), ["item"]);
    assert_eq!(load!(Cart::add).expect("a capture").args.item, 2);
    assert_eq!(cart.uncaptured(), 2);
    assert!(folder.loader().latest("Cart::uncaptured").is_err());
}

#[test]
fn a_method_is_replayed_on_the_receiver_that_is_made_for_it() {
    let _folder = folder();
    let mut cart = Cart::new(vec![1]);
    cart.add(2);
    assert_eq!(replay!(Cart::add, receiver = || Cart { items: vec![5] }).expect("the same").into_value(), 2);
    let differs = replay!(Cart::add, receiver = Cart::default).expect_err("another").to_string();
    assert!(differs.ends_with("$: recorded 2, now 1"), "{differs}");
}

#[test]
fn what_a_block_ignores_is_marked_and_can_be_supplied() {
    let folder = folder();
    let cart = Cart::new(vec![1, 2]);
    assert_eq!(cart.total(2, Some("HALF-PRICE".into())), 6);
    assert!(!folder.bytes().contains("HALF-PRICE"));
    let missing = load!(Cart::total).expect_err("it is not whole").to_string();
    assert!(
        missing.contains("`coupon` was redacted by `ignore`; supply what is missing: `with(coupon = …)`"),
        "{missing}"
    );
    let case = load!(Cart::total, with(coupon = None)).expect("a capture");
    assert_eq!((case.args.factor, case.args.coupon), (2, None));
    let replayed = replay!(Cart::total, with(coupon = Some("X".into())), receiver = || Cart { items: vec![1, 2] });
    assert_eq!(replayed.expect("the same").into_value(), 6);
}

#[test]
fn async_methods_and_moved_receivers_are_replayed() {
    let folder = folder();
    let cart = Cart::new(vec![1, 2]);
    assert_eq!(block_on(cart.checkout("ada")), Ok(2));
    let replayed = block_on(replay!(Cart::checkout, receiver = || Cart { items: vec![3, 4] }));
    assert_eq!(replayed.expect("the same").into_value(), Ok(2));
    assert_eq!(cart.clone().merged(Cart::new(vec![3])).items, [1, 2, 3]);
    assert_eq!(folder.argument("merged", "other"), json!([3]));
}

#[test]
fn a_receiver_is_captured_where_that_is_asked_for() {
    let folder = folder();
    assert_eq!(Cart::new(vec![4, 5]).looks(1), Some(5));
    let document = folder.latest("looks").document;
    assert_eq!(document.argument("self"), Some(&json!([4, 5])));
    assert!(document.outcome.is_none());
}

pub(crate) trait Store {
    fn put(&mut self, shelf: &str, value: Vec<u8>) -> usize;
}

#[async_trait]
pub(crate) trait Bank {
    async fn charge(&self, account: &str, amount: u64) -> Result<u64, String>;
    async fn refund(&self, amount: u64) -> u64;
}

#[capture]
impl Store for Cart {
    fn put(&mut self, shelf: &str, value: Vec<u8>) -> usize {
        self.items.push(shelf.len() as u32);
        self.items.len() + value.len()
    }
}

#[capture]
#[async_trait]
impl Bank for Cart {
    async fn charge(&self, account: &str, amount: u64) -> Result<u64, String> {
        tokio::task::yield_now().await;
        if account.is_empty() { Err("no account".into()) } else { Ok(amount) }
    }

    async fn refund(&self, amount: u64) -> u64 {
        amount
    }
}

#[derive(Default)]
struct Other;

#[async_trait]
#[capture]
impl Bank for Other {
    async fn charge(&self, account: &str, amount: u64) -> Result<u64, String> {
        tokio::task::yield_now().await;
        if account.is_empty() { Err("no account".into()) } else { Ok(amount) }
    }

    async fn refund(&self, amount: u64) -> u64 {
        amount
    }
}

#[test]
fn methods_of_a_trait_are_found_through_it() {
    let folder = folder();
    assert_eq!(Cart::new(vec![]).put("top", vec![1, 2]), 3);
    let args = load!(<Cart as Store>::put).expect("a capture").args;
    assert_eq!((args.shelf.as_str(), args.value), ("top", vec![1, 2]));
    assert_eq!(replay!(<Cart as Store>::put, receiver = Cart::default).expect("the same").into_value(), 3);
    assert_eq!(folder.latest("Cart::put").document.names(), ["shelf", "value"]);
}

#[test]
fn async_trait_may_stand_above_or_below() {
    let folder = folder();
    block_on(async {
        assert_eq!(Cart::default().charge("a", 5).await, Ok(5));
        assert_eq!(Other.charge("", 5).await, Err("no account".into()));
        assert_eq!(Other.refund(9).await, 9);
        assert_eq!(Cart::default().refund(9).await, 9);
    });
    assert_eq!(folder.latest("Cart::charge").document.outcome.expect("an outcome").value, json!(5));
    let failed = folder.latest("Other::charge").document;
    assert_eq!(failed.argument("account"), Some(&json!("")));
    assert_eq!(failed.outcome.expect("an outcome").value, json!("no account"));
    assert_eq!(folder.argument("Other::refund", "amount"), json!(9));
}

struct Pool<T>(T);

#[capture]
impl<T: Clone> Pool<T> {
    fn get(&self, times: usize) -> Vec<T> {
        vec![self.0.clone(); times]
    }
}

struct Plain;

impl Plain {
    #[capture]
    fn alone(&self, left: u32, right: &str) -> usize {
        left as usize + right.len()
    }

    #[capture]
    fn of_type(value: u8) -> Self
    where
        Self: Sized,
    {
        let _ = value;
        Self
    }
}

#[test]
fn methods_that_no_path_leads_to_are_loaded_by_name() {
    let _folder = folder();
    assert_eq!(Pool(7).get(2), [7, 7]);
    let (times,): (usize,) = load_named("Pool::get").expect("a capture");
    assert_eq!(times, 2);
    assert_eq!(Plain.alone(3, "ab"), 5);
    let (left, right): (u32, String) = load_named("Plain::alone").expect("a capture");
    assert_eq!((left, right.as_str()), (3, "ab"));
    #[derive(serde::Deserialize)]
    struct Args {
        right: String,
    }
    assert_eq!(load_named::<Args>("Plain::alone").expect("a capture").right, "ab");
    Plain::of_type(1);
    assert_eq!(load_named::<(u8,)>("Plain::of_type").expect("a capture"), (1,));
}
