//! What training and measuring share: labelled operations, logistic regression, cross-validation.

pub mod corpus;
pub mod measure;
pub mod regression;
