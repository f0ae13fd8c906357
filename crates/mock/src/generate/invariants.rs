//! What makes an answer believable, as claims that any value can be held to.
//!
//! They look at names and values only, not at schemas or plans, so they judge recorded answers and those of others by the same
//! measure. A claim applies where the values it speaks of are there; elsewhere it says nothing.

use serde_json::{Map, Value};

use super::tables::PLACES;
use crate::patterns::words::{singular, words};

macro_rules! invariants {
    ($($(#[doc = $doc:expr])* $name:ident = $text:expr,)*) => {
        /// A claim about the values of an answer.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[non_exhaustive]
        pub enum Invariant {
            $($(#[doc = $doc])* $name,)*
        }

        impl Invariant {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// Its name, as reports have it.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$name => $text,)* }
            }
        }
    };
}

invariants! {
    /// A thing is not changed before it is made.
    CreatedBeforeUpdated = "created_before_updated",
    /// What starts does so before it ends.
    StartBeforeEnd = "start_before_end",
    /// What is issued or made does not expire, close or go before.
    MadeBeforeGone = "made_before_gone",
    /// People are born in the past, and not before 1900.
    BornInThePast = "born_in_the_past",
    /// Quantity times price is the total of a line.
    LinesMultiply = "lines_multiply",
    /// Lines add up to the subtotal; with taxes and costs, less discounts, to the total.
    TotalsAddUp = "totals_add_up",
    /// Amounts of money have two decimals at most.
    MoneyHasCents = "money_has_cents",
    /// A currency is a code of three letters, one for all of an answer.
    OneCurrency = "one_currency",
    /// Numbers that count a list are its length.
    CountsMatchLists = "counts_match_lists",
    /// A part of a list is no longer than its size, and no more than all.
    PagesAddUp = "pages_add_up",
    /// No two things of a list have the same id.
    IdsAreUnique = "ids_are_unique",
    /// The id of something is the id of what stands beside it.
    IdsLink = "ids_link",
    /// The address of a thing holds its id.
    AddressHoldsId = "address_holds_id",
    /// An address of mail belongs to who it is of.
    EmailMatchesPerson = "email_matches_person",
    /// A full name is made of the first and the last one.
    NamesCompose = "names_compose",
    /// Latitudes and longitudes are on earth.
    CoordinatesOnEarth = "coordinates_on_earth",
    /// A country and its code are the same country.
    CountriesAgree = "countries_agree",
    /// The least is no more than the most.
    LeastBelowMost = "least_below_most",
    /// Percentages are between 0 and 100.
    PercentInRange = "percent_in_range",
    /// What is named an e-mail, a URL or an IP address is one.
    WellFormed = "well_formed",
}

/// Holds a value, and all within it, to every invariant. `each` hears of each place where one applies, and whether it
/// held. `now` is in seconds since 1970.
pub fn judge(value: &Value, now: i64, each: &mut dyn FnMut(Invariant, bool)) {
    let mut currencies: Vec<String> = Vec::new();
    walk(value, now, each, &mut currencies, 0);
    if let Some(first) = currencies.first() {
        let codes =
            currencies.iter().all(|code| code.len() == 3 && code.bytes().all(|byte| byte.is_ascii_alphabetic()));
        each(Invariant::OneCurrency, codes && currencies.iter().all(|code| code == first));
    }
}

fn walk(value: &Value, now: i64, each: &mut dyn FnMut(Invariant, bool), currencies: &mut Vec<String>, depth: usize) {
    if depth > 128 {
        return;
    }
    match value {
        Value::Array(items) => {
            unique_ids(items, each);
            items.iter().for_each(|item| walk(item, now, each, currencies, depth + 1));
        }
        Value::Object(members) => {
            let named = Named::of(members);
            times(&named, now, each);
            money(&named, each, currencies);
            lists(&named, each);
            links(&named, each);
            people(&named, each);
            places(&named, each);
            forms(&named, each);
            members.values().for_each(|member| walk(member, now, each, currencies, depth + 1));
        }
        _ => {}
    }
}

/// Members by the words of their names.
struct Named<'v> {
    members: Vec<(Vec<String>, String, &'v Value)>,
}

impl<'v> Named<'v> {
    fn of(members: &'v Map<String, Value>) -> Self {
        let named = members.iter().map(|(name, value)| {
            let words: Vec<String> = words(name).iter().map(|word| singular(word)).collect();
            let joined = words.join(" ");
            (words, joined, value)
        });
        Self { members: named.collect() }
    }

    fn get(&self, names: &[&str]) -> Option<&'v Value> {
        names
            .iter()
            .find_map(|name| self.members.iter().find(|(_, joined, _)| joined == name).map(|(_, _, value)| *value))
    }

    fn number(&self, names: &[&str]) -> Option<f64> {
        self.get(names).and_then(number)
    }

    /// The moment of the first member whose words hold one of these, beside nothing but words of time.
    fn moment(&self, stems: &[&str]) -> Option<f64> {
        let plain = ["at", "on", "time", "date", "timestamp", "last", "utc", "datetime", "in", "unix", "ts", "iso"];
        self.members.iter().find_map(|(words, _, value)| {
            let fits = words.iter().any(|word| stems.contains(&word.as_str()))
                && words.iter().all(|word| stems.contains(&word.as_str()) || plain.contains(&word.as_str()));
            if fits { moment(value) } else { None }
        })
    }
}

fn number(value: &Value) -> Option<f64> {
    match value {
        Value::Number(number) => number.as_f64(),
        Value::String(text) => text.parse().ok(),
        _ => None,
    }
}

/// Seconds since 1970 of a date, a moment, or a number that can be one.
fn moment(value: &Value) -> Option<f64> {
    match value {
        Value::Number(number) => {
            let number = number.as_f64()?;
            if number > 1e11 { Some(number / 1000.0) } else { (number > 1e8).then_some(number) }
        }
        Value::String(text) => {
            if text.len() >= 9 && text.bytes().all(|byte| byte.is_ascii_digit()) {
                return moment(&Value::from(text.parse::<u64>().ok()?));
            }
            let bytes = text.as_bytes();
            if bytes.len() < 10 || bytes[4] != b'-' || bytes[7] != b'-' {
                return None;
            }
            let part = |from: usize, to: usize| text.get(from..to)?.parse::<f64>().ok();
            let (year, month, day) = (part(0, 4)?, part(5, 7)?, part(8, 10)?);
            // Order is all that counts here: months may be a little long.
            let mut at = ((year - 1970.0) * 372.0 + (month - 1.0) * 31.0 + day) / 372.0 * 365.25 * 86_400.0;
            if bytes.len() >= 19 {
                at += part(11, 13)? * 3_600.0 + part(14, 16)? * 60.0 + part(17, 19)?;
            }
            Some(at)
        }
        _ => None,
    }
}

fn times(named: &Named<'_>, now: i64, each: &mut dyn FnMut(Invariant, bool)) {
    let made = named.moment(&["created", "creation", "create", "inserted", "registered"]);
    if let (Some(made), Some(changed)) =
        (made, named.moment(&["updated", "modified", "update", "modification", "changed", "edited"]))
    {
        each(Invariant::CreatedBeforeUpdated, made <= changed);
    }
    let begin = made.or_else(|| named.moment(&["issued", "iat"]));
    if let (Some(made), Some(gone)) = (
        begin,
        named.moment(&[
            "expire",
            "expiry",
            "expiration",
            "expired",
            "exp",
            "closed",
            "deleted",
            "completed",
            "finished",
        ]),
    ) {
        each(Invariant::MadeBeforeGone, made <= gone);
    }
    for (words, _, value) in &named.members {
        let Some(at) = words.iter().position(|word| word == "start" || word == "started") else { continue };
        let partner = |end: &str| {
            let mut other = words.clone();
            end.clone_into(&mut other[at]);
            named.get(&[&other.join(" ")])
        };
        let end = if words[at] == "start" { partner("end") } else { partner("ended").or_else(|| partner("finished")) };
        if let Some(end) = end
            && let (Some(start), Some(end)) = (moment(value), moment(end))
        {
            each(Invariant::StartBeforeEnd, start <= end);
        }
    }
    for (words, _, value) in &named.members {
        let birth = words.iter().any(|word| matches!(word.as_str(), "birthdate" | "birthday" | "birth" | "dob"));
        if birth && let Some(at) = moment(value) {
            #[expect(clippy::cast_precision_loss, reason = "seconds of this century")]
            let now = now as f64;
            each(Invariant::BornInThePast, at < now && at > -2.3e9);
        }
    }
}

fn money(named: &Named<'_>, each: &mut dyn FnMut(Invariant, bool), currencies: &mut Vec<String>) {
    for (words, joined, value) in &named.members {
        let last = words.last().map(String::as_str).unwrap_or_default();
        if matches!(last, "price" | "amount" | "cost" | "fee" | "subtotal" | "salary")
            && let Some(amount) = value.as_f64()
        {
            each(Invariant::MoneyHasCents, (amount * 100.0 - (amount * 100.0).round()).abs() < 1e-6);
        }
        if matches!(joined.as_str(), "currency" | "currency code")
            && let Some(code) = value.as_str()
        {
            currencies.push(code.to_ascii_uppercase());
        }
    }
    let quantity = named.number(&["quantity", "qty"]);
    let price = named.number(&["unit price", "price", "unit amount"]);
    let line = named.number(&["line total", "total price", "total", "total amount", "subtotal", "line amount"]);
    if let (Some(quantity), Some(price), Some(line)) = (quantity, price, line) {
        each(Invariant::LinesMultiply, (quantity * price - line).abs() < 0.011);
        return;
    }
    let Some(total) = named.number(&["total", "grand total", "total amount", "total price", "order total"]) else {
        return;
    };
    let of = |item: &Value| {
        let named = Named::of(item.as_object()?);
        named.number(&["line total", "total price", "total", "total amount", "subtotal"]).or_else(|| {
            Some(named.number(&["unit price", "price", "unit amount"])? * named.number(&["quantity", "qty"])?)
        })
    };
    let lines =
        named.get(&["line item", "item", "order item", "line", "product", "order line"]).and_then(Value::as_array);
    let lines = lines.filter(|lines| !lines.is_empty()).and_then(|lines| lines.iter().map(of).sum::<Option<f64>>());
    let subtotal = named.number(&["subtotal", "sub total", "subtotal amount"]);
    let Some(base) = subtotal.or(lines) else { return };
    let more = ["tax", "tax amount", "total tax", "vat", "shipping", "shipping cost", "tip", "fee"];
    let less = ["discount", "discount amount", "total discount"];
    let sum = |names: &[&str]| names.iter().filter_map(|name| named.number(&[name])).sum::<f64>();
    let whole = base + sum(&more) - sum(&less);
    let lines_right = match (subtotal, lines) {
        (Some(subtotal), Some(lines)) => (subtotal - lines).abs() < 0.011,
        _ => true,
    };
    each(Invariant::TotalsAddUp, lines_right && (whole - total).abs() < 0.011);
}

fn lists(named: &Named<'_>, each: &mut dyn FnMut(Invariant, bool)) {
    for (words, _, value) in &named.members {
        let Some(count) = value.as_u64() else { continue };
        let of = match words.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
            [front @ .., "count"] if !front.is_empty() => front.join(" "),
            ["num" | "count", rest @ ..] if !rest.is_empty() => rest.join(" "),
            ["number", "of", rest @ ..] if !rest.is_empty() => rest.join(" "),
            _ => continue,
        };
        if let Some(list) = named.get(&[&of]).and_then(Value::as_array) {
            each(Invariant::CountsMatchLists, count == list.len() as u64);
        }
    }
    let main = named
        .get(&["data", "item", "result", "record", "entry", "value", "content", "row", "hit"])
        .and_then(Value::as_array);
    let Some(main) = main else { return };
    let inner = named.get(&["meta", "pagination", "paging", "page info"]).and_then(Value::as_object).map(Named::of);
    for place in [Some(named), inner.as_ref()].into_iter().flatten() {
        let count = |names: &[&str]| place.get(names).and_then(Value::as_u64);
        let total = count(&["total", "total count", "total result", "total item"]);
        let size = count(&["limit", "per page", "page size"]);
        let pages = count(&["total page", "page count"]);
        let more = place.get(&["has more", "has next", "more"]).and_then(Value::as_bool);
        let page = count(&["page", "current page", "page number"]);
        if total.is_none() && size.is_none() {
            continue;
        }
        let length = main.len() as u64;
        let mut right = total.is_none_or(|total| length <= total) && size.is_none_or(|size| length <= size);
        if let (Some(total), Some(size), Some(pages)) = (total, size, pages) {
            right &= pages == total.div_ceil(size.max(1));
        }
        if let (Some(total), Some(size), Some(more), Some(page)) = (total, size, more, page) {
            right &= more == (page * size < total);
        }
        each(Invariant::PagesAddUp, right);
    }
}

fn unique_ids(items: &[Value], each: &mut dyn FnMut(Invariant, bool)) {
    let ids: Vec<&Value> =
        items.iter().filter_map(|item| item.get("id")).filter(|id| id.is_string() || id.is_number()).collect();
    if ids.len() >= 2 {
        each(Invariant::IdsAreUnique, (1..ids.len()).all(|at| !ids[..at].contains(&ids[at])));
    }
}

fn links(named: &Named<'_>, each: &mut dyn FnMut(Invariant, bool)) {
    let text = |value: &Value| match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    };
    for (words, _, value) in &named.members {
        let Some((last, front)) = words.split_last() else { continue };
        if last != "id" || front.is_empty() {
            continue;
        }
        let linked = named.get(&[&front.join(" ")]).and_then(|linked| linked.get("id")).and_then(text);
        if let (Some(own), Some(linked)) = (text(value), linked) {
            each(Invariant::IdsLink, own == linked);
        }
    }
    let id = named.get(&["id"]).and_then(text);
    let address = named.get(&["self", "html url", "self url", "permalink"]).and_then(Value::as_str);
    if let (Some(id), Some(address)) = (id, address)
        && address.starts_with("http")
    {
        each(Invariant::AddressHoldsId, address.contains(&id));
    }
}

fn people(named: &Named<'_>, each: &mut dyn FnMut(Invariant, bool)) {
    let text = |names: &[&str]| named.get(names).and_then(Value::as_str).filter(|text| !text.is_empty());
    let first = text(&["first name", "firstname", "given name"]);
    let last = text(&["last name", "lastname", "family name", "surname"]);
    let email = text(&["email", "email address", "e mail"]);
    if let (Some(email), Some(name)) = (email, first.or(last)) {
        each(Invariant::EmailMatchesPerson, email.to_lowercase().contains(&name.to_lowercase()));
    }
    if let (Some(first), Some(last), Some(full)) = (first, last, text(&["full name", "fullname", "display name"])) {
        each(Invariant::NamesCompose, full.contains(first) && full.contains(last));
    }
}

fn places(named: &Named<'_>, each: &mut dyn FnMut(Invariant, bool)) {
    let latitude = named.get(&["latitude", "lat"]).and_then(number);
    let longitude = named.get(&["longitude", "lng", "lon"]).and_then(number);
    if let (Some(latitude), Some(longitude)) = (latitude, longitude) {
        each(Invariant::CoordinatesOnEarth, latitude.abs() <= 90.0 && longitude.abs() <= 180.0);
    }
    let text = |names: &[&str]| named.get(names).and_then(Value::as_str);
    if let (Some(country), Some(code)) = (text(&["country", "country name"]), text(&["country code"]))
        && let Some(place) = PLACES.iter().find(|place| place.country == country)
    {
        each(
            Invariant::CountriesAgree,
            place.code.eq_ignore_ascii_case(code) || place.code3.eq_ignore_ascii_case(code),
        );
    }
}

fn forms(named: &Named<'_>, each: &mut dyn FnMut(Invariant, bool)) {
    for (words, joined, value) in &named.members {
        for (low, high) in [("min", "max"), ("minimum", "maximum"), ("lower", "upper")] {
            let Some(at) = words.iter().position(|word| word == low) else { continue };
            let mut other = words.clone();
            high.clone_into(&mut other[at]);
            let partner = named.get(&[&other.join(" ")]).and_then(Value::as_f64);
            if let (Some(least), Some(most)) = (value.as_f64(), partner) {
                each(Invariant::LeastBelowMost, least <= most);
            }
        }
        let last = words.last().map(String::as_str).unwrap_or_default();
        if matches!(last, "percent" | "percentage")
            && let Some(percent) = value.as_f64()
        {
            each(Invariant::PercentInRange, (0.0..=100.0).contains(&percent));
        }
        let Some(text) = value.as_str().filter(|text| !text.is_empty()) else { continue };
        match joined.as_str() {
            "email" | "email address" => each(Invariant::WellFormed, text.contains('@')),
            "url" | "html url" | "website" | "homepage" | "avatar url" | "image url" => {
                each(Invariant::WellFormed, text.contains("://") || text.starts_with('/'));
            }
            "ip" | "ip address" => each(Invariant::WellFormed, text.parse::<std::net::IpAddr>().is_ok()),
            _ => {}
        }
    }
}
