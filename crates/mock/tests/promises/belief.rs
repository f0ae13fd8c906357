//! What is made could be true.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use tracesnap_mock::generate::invariants::{self, Invariant};
use tracesnap_mock::generate::{Given, Page, Quality, Settings};

use crate::generation::{generator, market, schema};

/// Invariants of a value: how often each applies, and whether it always held.
fn judged(value: &Value) -> BTreeMap<Invariant, bool> {
    let mut found = BTreeMap::new();
    invariants::judge(value, Settings::NOW, &mut |invariant, held| *found.entry(invariant).or_insert(true) &= held);
    found
}

#[test]
fn every_invariant_holds_wherever_it_applies_and_each_applies_somewhere() {
    let document = market();
    let mut applied = BTreeMap::new();
    for quality in [Quality::Realistic, Quality::Production] {
        let generator = generator(&document, quality);
        for name in ["Orders", "Order", "Person"] {
            for key in 0..200 {
                let value = generator.value(schema(&document, name), &Given::key(key));
                for (invariant, held) in judged(&value) {
                    assert!(held, "{} does not hold in {value}", invariant.as_str());
                    *applied.entry(invariant).or_insert(0) += 1;
                }
            }
        }
    }
    let missing: Vec<_> = Invariant::ALL.iter().filter(|invariant| !applied.contains_key(invariant)).collect();
    assert!(missing.is_empty(), "never applied: {missing:?}");
}

#[test]
fn an_invariant_notices_when_it_is_broken() {
    let broken = [
        (
            Invariant::CreatedBeforeUpdated,
            json!({"created_at": "2025-02-01T00:00:00Z", "updated_at": "2025-01-01T00:00:00Z"}),
        ),
        (Invariant::StartBeforeEnd, json!({"startDate": "2025-02-01", "endDate": "2025-01-01"})),
        (Invariant::MadeBeforeGone, json!({"created": 1_700_000_000, "expires": 1_600_000_000})),
        (Invariant::BornInThePast, json!({"birth_date": "2035-02-01"})),
        (Invariant::LinesMultiply, json!({"quantity": 2, "unit_price": 3.0, "total": 7.0})),
        (Invariant::TotalsAddUp, json!({"items": [{"quantity": 1, "price": 3.5}], "tax": 0.5, "total": 5.0})),
        (Invariant::MoneyHasCents, json!({"price": 1.005})),
        (Invariant::OneCurrency, json!([{"currency": "EUR"}, {"currency": "USD"}])),
        (Invariant::CountsMatchLists, json!({"tags": ["a"], "tags_count": 2})),
        (Invariant::PagesAddUp, json!({"data": [1, 2], "total": 1, "limit": 10})),
        (Invariant::IdsAreUnique, json!([{"id": 1}, {"id": 1}])),
        (Invariant::IdsLink, json!({"owner_id": 1, "owner": {"id": 2}})),
        (Invariant::AddressHoldsId, json!({"id": 7, "self": "https://a.example/orders/8"})),
        (Invariant::EmailMatchesPerson, json!({"first_name": "Ada", "email": "bob@example.com"})),
        (Invariant::NamesCompose, json!({"first_name": "Ada", "last_name": "Bell", "full_name": "Eve Bell"})),
        (Invariant::CoordinatesOnEarth, json!({"lat": 91.0, "lng": 0.0})),
        (Invariant::CountriesAgree, json!({"country": "Germany", "country_code": "FR"})),
        (Invariant::LeastBelowMost, json!({"min_price": 3, "max_price": 2})),
        (Invariant::PercentInRange, json!({"percent": 140})),
        (Invariant::WellFormed, json!({"email": "nobody"})),
    ];
    assert_eq!(broken.len(), Invariant::ALL.len());
    for (invariant, value) in broken {
        assert_eq!(judged(&value).get(&invariant), Some(&false), "{} in {value}", invariant.as_str());
    }
}

#[test]
fn the_id_asked_for_is_the_id_of_the_answer_in_its_own_type() {
    let document = market();
    let generator = generator(&document, Quality::Realistic);
    let order = schema(&document, "Order");
    // By the name of the parameter, as the path has it, or as the id itself.
    for given in [
        Given::key(1).about("order").with("orderId", "7"),
        Given::key(1).about("order").with("id", 7),
        Given::key(1).identified("7"),
    ] {
        let made = generator.value(order, &given.at("/orders/7"));
        assert_eq!(made["id"], json!(7));
        assert_eq!(made["url"], json!("https://market.example/v1/orders/7"));
        // What belongs to it says so.
        assert_eq!(made["items"][0]["order_id"], json!(7));
    }
    // What the schema does not take is told.
    let made = generator.generate(schema(&document, "Person"), &Given::key(1).identified(7));
    assert!(made.valid);
    assert_eq!(made.reasons, ["id: its schema does not take the id that was given"]);
}

#[test]
fn what_was_sent_comes_back() {
    let document = market();
    let generator = generator(&document, Quality::Realistic);
    let given = Given::key(1).with("status", "paid").with("currency", "NZD").with("unheard_of", 1);
    let made = generator.value(schema(&document, "Order"), &given);
    assert_eq!((&made["status"], &made["currency"]), (&json!("paid"), &json!("NZD")));
    assert!(made.get("unheard_of").is_none());
}

#[test]
fn page_fields_say_which_part_is_answered() {
    let document = market();
    let generator = generator(&document, Quality::Realistic);
    let orders = schema(&document, "Orders");
    let only = generator.value(orders, &Given::key(1));
    let length = only["data"].as_array().map_or(0, Vec::len);
    assert_eq!((&only["total"], &only["page"], &only["has_more"]), (&json!(length), &json!(1), &json!(false)));
    assert_eq!(only["next"], Value::Null);
    let second = generator.value(orders, &Given::key(1).page(Page::new(2, 10, 35)));
    let told = ["total", "page", "per_page", "total_pages", "has_more"].map(|name| second[name].clone());
    assert_eq!(told, [json!(35), json!(2), json!(10), json!(4), json!(true)]);
}

#[test]
fn two_views_of_one_person_are_the_same_person() {
    let document = market();
    let basic = generator(&document, Quality::Basic).value(schema(&document, "Person"), &Given::key(77));
    let whole = generator(&document, Quality::Realistic).value(schema(&document, "Person"), &Given::key(77));
    assert_eq!(basic["id"], whole["id"]);
    assert_eq!(basic["email"], whole["email"]);
}
