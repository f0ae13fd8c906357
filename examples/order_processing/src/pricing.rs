//! What an order costs: goods, discount, shipping, tax. Amounts are cents.

use serde::Serialize;
use tracing::instrument;

use crate::{Address, Item, OrderError};

/// What an order costs. **Unit:** cents.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Pricing {
    /// The goods.
    pub goods: u64,
    /// What is taken off.
    pub discount: u64,
    /// The way to the customer.
    pub shipping: u64,
    /// The tax on all of it.
    pub tax: u64,
}

impl Pricing {
    /// What is charged.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.goods - self.discount + self.shipping + self.tax
    }
}

/// Where parcels go: country, shipping in cents, tax in percent.
const COUNTRIES: [(&str, u64, u64); 4] = [("DE", 490, 19), ("FR", 890, 20), ("NO", 1_290, 25), ("CH", 1_490, 8)];

/// From so much on, a tenth is taken off.
const DISCOUNT_FROM: u64 = 5_000;

/// From so much on, shipping costs nothing.
const FREE_SHIPPING_FROM: u64 = 10_000;

/// What these things cost at this address.
///
/// # Errors
///
/// If nothing goes there.
#[instrument(skip_all, fields(lines = items.len(), country = address.country), ret, err)]
pub fn calculate_pricing(items: &[Item], address: &Address) -> Result<Pricing, OrderError> {
    let country = COUNTRIES.iter().find(|(country, ..)| *country == address.country);
    let &(_, way, percent) = country.ok_or_else(|| OrderError::NoDelivery { country: address.country.clone() })?;
    let goods = items.iter().map(|item| item.price * u64::from(item.quantity)).sum();
    let discount = apply_discount(goods);
    let shipping = if goods >= FREE_SHIPPING_FROM { 0 } else { way };
    let tax = add_tax(goods - discount + shipping, percent);
    Ok(Pricing { goods, discount, shipping, tax })
}

#[instrument(ret)]
fn apply_discount(goods: u64) -> u64 {
    if goods >= DISCOUNT_FROM { goods / 10 } else { 0 }
}

#[instrument(ret)]
fn add_tax(amount: u64, percent: u64) -> u64 {
    amount * percent / 100
}
