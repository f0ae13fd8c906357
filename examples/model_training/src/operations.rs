//! The calls of `smartcore`, each in a span of ours: it has none of its own.
//!
//! The span's target is the module of the library, so that a tracer picks them by `target:smartcore::**`, and its fields
//! are what an operation is judged by. This is all it takes for any library without spans.

use smartcore::api::{Transformer, UnsupervisedEstimator};
use smartcore::ensemble::random_forest_classifier::{RandomForestClassifier, RandomForestClassifierParameters};
use smartcore::error::Failed;
use smartcore::linalg::basic::arrays::Array;
use smartcore::linalg::basic::matrix::DenseMatrix;
use smartcore::preprocessing::numerical::{StandardScaler, StandardScalerParameters};
use tracing::{Span, instrument};

use crate::Hyperparameters;

/// Samples by features.
pub type Matrix = DenseMatrix<f32>;

/// The model.
pub type Forest = RandomForestClassifier<f32, u32, Matrix, Vec<u32>>;

/// Puts rows side by side in memory, as the library wants them.
#[instrument(target = "smartcore::linalg", name = "DenseMatrix::from_2d_vec", skip_all, fields(rows = rows.len()))]
pub(crate) fn matrix(rows: &Vec<Vec<f32>>) -> Result<Matrix, Failed> {
    Matrix::from_2d_vec(rows)
}

/// Learns means and deviations of all features.
#[instrument(target = "smartcore::preprocessing", name = "StandardScaler::fit", skip_all, fields(columns = data.shape().1))]
pub(crate) fn fit_scaler(data: &Matrix) -> Result<StandardScaler<f32>, Failed> {
    StandardScaler::fit(data, StandardScalerParameters::default())
}

/// Brings all features to a mean of 0 and a deviation of 1.
#[instrument(target = "smartcore::preprocessing", name = "StandardScaler::transform", skip_all, fields(rows = data.shape().0))]
pub(crate) fn scale(scaler: &StandardScaler<f32>, data: &Matrix) -> Result<Matrix, Failed> {
    scaler.transform(data)
}

/// Trains a forest.
#[instrument(
    target = "smartcore::ensemble", name = "RandomForestClassifier::fit", skip_all,
    fields(rows = data.shape().0, columns = data.shape().1, n_trees = with.n_trees, max_depth = with.max_depth, seed = with.seed)
)]
pub(crate) fn fit_forest(data: &Matrix, classes: &Vec<u32>, with: Hyperparameters) -> Result<Forest, Failed> {
    let parameters = RandomForestClassifierParameters::default()
        .with_n_trees(with.n_trees)
        .with_max_depth(with.max_depth)
        .with_seed(with.seed);
    Forest::fit(data, classes, parameters)
}

/// Tells the class of each sample.
#[instrument(target = "smartcore::ensemble", name = "RandomForestClassifier::predict", skip_all, fields(rows = data.shape().0))]
pub(crate) fn predict(forest: &Forest, data: &Matrix) -> Result<Vec<u32>, Failed> {
    forest.predict(data)
}

/// The part of the samples whose class was told rightly.
#[instrument(target = "smartcore::metrics", name = "accuracy", skip_all, fields(value))]
pub(crate) fn accuracy(classes: &Vec<u32>, told: &Vec<u32>) -> f64 {
    let value = smartcore::metrics::accuracy(classes, told);
    Span::current().record("value", value);
    value
}
