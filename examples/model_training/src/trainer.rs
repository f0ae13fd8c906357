//! The program: data in, model out, in five steps.

use std::fs;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use smartcore::linalg::basic::arrays::Array;
use tracesnap_capture::capture;
use tracing::instrument;

use crate::operations::{self, Forest, Matrix};
use crate::{TrainingData, TrainingError};

/// How a model is trained.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hyperparameters {
    /// Trees of the forest.
    pub n_trees: u16,
    /// Decisions one after the other, at most.
    pub max_depth: u16,
    /// The same seed gives the same model.
    pub seed: u64,
    /// Parts that the data is tried in, each once as a test of a model that never saw it.
    pub folds: usize,
}

impl Default for Hyperparameters {
    fn default() -> Self {
        Self { n_trees: 12, max_depth: 6, seed: 42, folds: 3 }
    }
}

/// What came of a training.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct TrainingReport {
    /// The model's file, within the trainer's folder.
    pub model_path: PathBuf,
    /// The part of the test samples whose class was told rightly.
    pub accuracy: f64,
    /// Of the samples said to be malignant, the part that is.
    pub precision: f64,
    /// Of the malignant samples, the part that was found.
    pub recall: f64,
    /// How much worse the model is without a feature, the most important first.
    pub feature_importance: Vec<(String, f64)>,
    /// Samples it was trained with.
    pub samples_trained: usize,
    /// Features it was trained with, ours among them.
    pub features_used: usize,
}

/// Trains models, and keeps them in a folder.
#[derive(Clone, Debug)]
pub struct ModelTrainer {
    folder: PathBuf,
}

/// Samples for training, and others that the model must not see before.
struct Split {
    train: Part,
    test: Part,
}

struct Part {
    samples: Vec<Vec<f32>>,
    classes: Vec<u32>,
}

/// The class that is looked for.
const MALIGNANT: u32 = 0;

/// Every so many-th sample is for testing.
const TESTED: usize = 5;

impl ModelTrainer {
    /// Keeps models here.
    #[must_use]
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        Self { folder: folder.into() }
    }

    /// A model that was kept.
    ///
    /// # Errors
    ///
    /// If it is not there, or no model.
    pub fn load(&self, path: &Path) -> std::io::Result<Forest> {
        Ok(serde_json::from_slice(&fs::read(self.folder.join(path))?)?)
    }
}

#[capture(retention = 2, ignore(api_credentials))]
impl ModelTrainer {
    /// Trains a model, tries it, and keeps it.
    ///
    /// # Errors
    ///
    /// If the data has not that target, or is too little; if the model cannot be written.
    #[instrument(skip_all, fields(samples = training_data.samples.len(), target_variable = target_variable), err)]
    pub fn train_model(
        &self,
        training_data: &TrainingData,
        target_variable: &str,
        api_credentials: Option<&str>,
        hyperparameters: Hyperparameters,
    ) -> Result<TrainingReport, TrainingError> {
        // They are for a store of models, were there one.
        let _ = api_credentials;
        let split = preprocess_data(training_data, target_variable)?;
        let (features, train, test) = engineer_features(&training_data.features, &split)?;
        let model = train_with_hyperparameters(&train, &split.train.classes, hyperparameters)?;
        let (accuracy, precision, recall) = evaluate_model(&model, &test, &split.test.classes)?;
        let feature_importance = weigh_features(&model, &test, &split.test.classes, &features)?;
        let model_path = self.save_model(&model)?;
        let (samples_trained, features_used) = train.shape();
        Ok(TrainingReport {
            model_path,
            accuracy,
            precision,
            recall,
            feature_importance,
            samples_trained,
            features_used,
        })
    }
}

impl ModelTrainer {
    #[instrument(skip_all, err)]
    fn save_model(&self, model: &Forest) -> Result<PathBuf, TrainingError> {
        let name = PathBuf::from("model.json");
        let path = self.folder.join(&name);
        let written = serde_json::to_vec(model).map_err(std::io::Error::from).and_then(|bytes| fs::write(&path, bytes));
        written.map_err(|source| TrainingError::Save { path, source })?;
        Ok(name)
    }
}

/// Takes every fifth sample aside, for testing.
#[instrument(skip_all, fields(rows = data.samples.len()), err)]
fn preprocess_data(data: &TrainingData, target: &str) -> Result<Split, TrainingError> {
    if target != data.target {
        return Err(TrainingError::NoTarget { asked: target.to_owned(), found: data.target.clone() });
    }
    let part = |tested: bool| {
        let rows = data.samples.iter().zip(&data.classes).enumerate();
        let rows = rows.filter(|(row, _)| (row % TESTED == 0) == tested);
        let (samples, classes) = rows.map(|(_, (sample, class))| (sample.clone(), *class)).unzip();
        Part { samples, classes }
    };
    Ok(Split { train: part(false), test: part(true) })
}

/// Adds what is told by two features together, and brings all of them to one scale: that of the training samples, since
/// those for testing must not be looked at.
#[instrument(skip_all, fields(columns = names.len()), err)]
fn engineer_features(names: &[String], split: &Split) -> Result<(Vec<String>, Matrix, Matrix), TrainingError> {
    let ratios = [("worst area", "mean area"), ("worst concave points", "mean concave points")];
    let at = |name: &str| names.iter().position(|one| one == name);
    let ratios: Vec<_> = ratios.iter().filter_map(|(over, under)| Some((at(over)?, at(under)?))).collect();
    let widened = |samples: &[Vec<f32>]| -> Vec<Vec<f32>> {
        let ratio = |sample: &[f32], (over, under): (usize, usize)| sample[over] / sample[under].max(1e-3);
        let wide = |sample: &Vec<f32>| {
            let added = ratios.iter().map(|&pair| ratio(sample, pair));
            sample.iter().copied().chain(added).collect()
        };
        samples.iter().map(wide).collect()
    };
    let mut features = names.to_vec();
    features.extend(ratios.iter().map(|&(over, under)| format!("{} / {}", names[over], names[under])));
    let (train, test) =
        (operations::matrix(&widened(&split.train.samples))?, operations::matrix(&widened(&split.test.samples))?);
    let scaler = operations::fit_scaler(&train)?;
    Ok((features, operations::scale(&scaler, &train)?, operations::scale(&scaler, &test)?))
}

/// Tries the parameters on parts of the training samples, then trains with all of them.
#[instrument(skip_all, err)]
fn train_with_hyperparameters(
    train: &Matrix,
    classes: &Vec<u32>,
    with: Hyperparameters,
) -> Result<Forest, TrainingError> {
    for fold in 0..with.folds {
        try_fold(train, classes, with, fold)?;
    }
    Ok(operations::fit_forest(train, classes, with)?)
}

/// Trains without one part, and tests with it.
#[instrument(skip(train, classes, with), err)]
fn try_fold(train: &Matrix, classes: &[u32], with: Hyperparameters, fold: usize) -> Result<f64, TrainingError> {
    let rows = |tested: bool| {
        let is_in = move |row: &usize| (row % with.folds == fold) == tested;
        (0..classes.len()).filter(is_in).collect::<Vec<usize>>()
    };
    let of = |rows: &[usize]| -> Result<(Matrix, Vec<u32>), TrainingError> {
        let columns = train.shape().1;
        let samples = rows.iter().map(|&row| (0..columns).map(|column| *train.get((row, column))).collect()).collect();
        Ok((operations::matrix(&samples)?, rows.iter().map(|&row| classes[row]).collect()))
    };
    let ((train, train_classes), (test, test_classes)) = (of(&rows(false))?, of(&rows(true))?);
    let model = operations::fit_forest(&train, &train_classes, with)?;
    let told = operations::predict(&model, &test)?;
    Ok(operations::accuracy(&test_classes, &told))
}

/// Accuracy, precision and recall.
#[instrument(skip_all, err)]
fn evaluate_model(model: &Forest, test: &Matrix, classes: &Vec<u32>) -> Result<(f64, f64, f64), TrainingError> {
    let told = operations::predict(model, test)?;
    let count = |holds: fn(u32, u32) -> bool| classes.iter().zip(&told).filter(|&(&is, &told)| holds(is, told)).count();
    let found = count(|is, told| is == MALIGNANT && told == MALIGNANT) as f64;
    let (said, are) = (count(|_, told| told == MALIGNANT) as f64, count(|is, _| is == MALIGNANT) as f64);
    Ok((operations::accuracy(classes, &told), found / said.max(1.0), found / are.max(1.0)))
}

/// How much accuracy is lost when a feature is that of another sample (permutation importance, after Breiman).
#[instrument(skip_all, err)]
fn weigh_features(
    model: &Forest,
    test: &Matrix,
    classes: &Vec<u32>,
    features: &[String],
) -> Result<Vec<(String, f64)>, TrainingError> {
    let (rows, columns) = test.shape();
    let whole = smartcore::metrics::accuracy(classes, &model.predict(test)?);
    let mut weights = Vec::with_capacity(columns);
    for (feature, name) in features.iter().enumerate() {
        // Rotated by half: each sample gets the feature of one far from it.
        let value = |row: usize, column: usize| {
            if column == feature { *test.get(((row + rows / 2) % rows, column)) } else { *test.get((row, column)) }
        };
        let samples = (0..rows).map(|row| (0..columns).map(|column| value(row, column)).collect()).collect();
        let told = model.predict(&Matrix::from_2d_vec(&samples)?)?;
        weights.push((name.clone(), whole - smartcore::metrics::accuracy(classes, &told)));
    }
    weights.sort_by(|(left_name, left), (right_name, right)| {
        right.total_cmp(left).then_with(|| left_name.cmp(right_name))
    });
    Ok(weights)
}
