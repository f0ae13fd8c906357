//! What training and measuring share: labelled operations, logistic regression, cross-validation.

pub(crate) mod corpus;
pub(crate) mod measure;
pub(crate) mod regression;
