//! What a model is trained with.

use serde::{Deserialize, Serialize};
use smartcore::dataset::breast_cancer;

/// Samples with their features, and what is to be told from them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TrainingData {
    /// Names of the features.
    pub features: Vec<String>,
    /// A row a sample, a number a feature.
    pub samples: Vec<Vec<f32>>,
    /// What is to be told: its name.
    pub target: String,
    /// And the class of each sample.
    pub classes: Vec<u32>,
}

impl TrainingData {
    /// 569 tissue samples of 30 features each, malignant (0) or benign (1): the Breast Cancer Wisconsin (Diagnostic) data
    /// of W. Wolberg, N. Street and O. Mangasarian, as `smartcore` brings it along.
    #[must_use]
    pub fn tissue_samples() -> Self {
        let data = breast_cancer::load_dataset();
        let samples = data.data.chunks(data.num_features).map(<[f32]>::to_vec).collect();
        Self { features: data.feature_names, samples, target: "diagnosis".to_owned(), classes: data.target }
    }

    /// Every nth sample.
    #[must_use]
    pub fn every(&self, nth: usize) -> Self {
        Self {
            features: self.features.clone(),
            samples: self.samples.iter().step_by(nth).cloned().collect(),
            target: self.target.clone(),
            classes: self.classes.iter().step_by(nth).copied().collect(),
        }
    }
}
