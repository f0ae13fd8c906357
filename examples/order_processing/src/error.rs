//! Why an order was not taken.

use serde::{Deserialize, Serialize};

use crate::clients::ServiceError;

/// Why an order was not taken. Nothing is charged then: what had been was given back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OrderError {
    /// These things are not there.
    NotAvailable {
        /// Which ones.
        missing: Vec<String>,
    },
    /// Nothing goes to this country.
    NoDelivery {
        /// Which one.
        country: String,
    },
    /// The payment service refused.
    Payment {
        /// As it says: `card_declined`.
        code: String,
    },
    /// Somebody else took the last ones between the first look and the reservation.
    Reservation {
        /// As the service says.
        code: String,
    },
    /// A service that the order cannot do without did not answer as it should.
    Service(ServiceError),
}

impl std::fmt::Display for OrderError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::NotAvailable { missing } => write!(f, "items not available: {}", missing.join(", ")),
            Self::NoDelivery { country } => write!(f, "no delivery to `{country}`; choose another address"),
            Self::Payment { code } => write!(f, "payment refused: {code}"),
            Self::Reservation { code } => write!(f, "items could not be reserved: {code}"),
            Self::Service(error) => write!(f, "the {} service failed", error.service()),
        }
    }
}

impl std::error::Error for OrderError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Service(error) => Some(error),
            _ => None,
        }
    }
}

impl From<ServiceError> for OrderError {
    fn from(error: ServiceError) -> Self {
        Self::Service(error)
    }
}
