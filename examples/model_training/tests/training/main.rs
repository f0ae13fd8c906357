//! What is known of a training, and what of it is captured.

use tracesnap::{Trace, Tracer};
use tracesnap_capture::{CaptureConfig, CaptureGuard, CaptureLoader, Captures, has_capture, load, replay};
use tracesnap_example_model_training::analysis::rounded;
use tracesnap_example_model_training::{
    Analysis, Hyperparameters, LARGE, ModelTrainer, TrainingData, TrainingReport, small_enough,
};

fn data() -> TrainingData {
    TrainingData::tissue_samples()
}

/// A small forest: what is promised does not depend on how many trees there are.
const PARAMETERS: Hyperparameters = Hyperparameters { n_trees: 8, max_depth: 5, seed: 42, folds: 3 };

fn train(trainer: &ModelTrainer, data: &TrainingData) -> TrainingReport {
    trainer.train_model(data, "diagnosis", Some("key-4711"), PARAMETERS).expect("a model")
}

fn traced(patterns: &[&str], data: &TrainingData) -> (TrainingReport, Trace) {
    let home = tempfile::tempdir().expect("a folder");
    let _off = captures(home.path(), false);
    let trainer = ModelTrainer::new(home.path());
    Tracer::builder().modules(patterns.iter().copied()).trace(|| train(&trainer, data)).expect("a trace")
}

fn captures(folder: &std::path::Path, enabled: bool) -> CaptureGuard {
    let config =
        CaptureConfig::new().path(folder.join("captures")).enabled(enabled).max_bytes(1 << 20).filter(small_enough);
    Captures::builder().config(config).build().expect("a configuration").enter()
}

const OWN: &str = "tracesnap_example_model_training::**";

#[test]
fn one_snapshot_holds_results_operations_transformations_and_stability() {
    #[derive(serde::Serialize)]
    struct Training {
        accuracy: f64,
        precision: f64,
        recall: f64,
        samples: usize,
        features: usize,
        top_features: Vec<String>,
        flow: Vec<String>,
        analysis: Analysis,
    }
    let (report, trace) = traced(&[OWN], &data());
    let training = Training {
        accuracy: rounded(report.accuracy),
        precision: rounded(report.precision),
        recall: rounded(report.recall),
        samples: report.samples_trained,
        features: report.features_used,
        top_features: report.feature_importance.iter().take(3).map(|(name, _)| name.clone()).collect(),
        flow: trace.snapshot().to_string().lines().map(str::to_owned).collect(),
        analysis: Analysis::of(&trace),
    };
    insta::assert_yaml_snapshot!(training);
}

#[test]
fn the_model_tells_nine_samples_in_ten() {
    let (report, _) = traced(&[OWN], &data());
    assert!(report.accuracy > 0.9 && report.recall > 0.85, "{report:?}");
}

#[test]
fn the_same_seed_gives_the_same_model_and_another_seed_another() {
    let home = tempfile::tempdir().expect("a folder");
    let _off = captures(home.path(), false);
    let trainer = ModelTrainer::new(home.path());
    let model = |seed| {
        let with = Hyperparameters { seed, ..PARAMETERS };
        let report = trainer.train_model(&data(), "diagnosis", None, with).expect("a model");
        let model = trainer.load(&report.model_path).expect("it was kept");
        serde_json::to_string(&model).expect("it is JSON")
    };
    assert_eq!(model(1), model(1));
    assert_ne!(model(1), model(2));
}

#[test]
fn globs_choose_by_target_which_operations_of_the_library_are_seen() {
    let (_, trace) = traced(&["target:smartcore::**", "!target:smartcore::linalg"], &data());
    trace.assert_called("RandomForestClassifier::fit");
    trace.assert_not_called("DenseMatrix::from_2d_vec");
    trace.assert_not_called("train_model");
    // One for each fold, and one for good.
    trace.calls("RandomForestClassifier::fit").with_arg("n_trees", 8).assert_times(PARAMETERS.folds + 1);
}

#[test]
fn large_data_is_left_out_of_a_capture_and_supplied_by_the_test() {
    let home = tempfile::tempdir().expect("a folder");
    let _captures = captures(home.path(), true);
    let trainer = ModelTrainer::new(home.path());
    let report = train(&trainer, &data());
    let document = CaptureLoader::current().expect("a folder").latest("train_model").expect("a capture").document;
    assert_eq!(document.kwargs["training_data"], "[redacted]");
    assert_eq!(document.metadata.redacted["training_data"], serde_json::json!(["filter"]));
    assert!(!document.to_json().contains("key-4711") && document.to_json().len() < LARGE);
    assert_eq!(load!(ModelTrainer::train_model).expect_err("it is missing").to_string().matches("with(").count(), 1);

    let again = replay!(
        ModelTrainer::train_model,
        with(training_data = data(), api_credentials = None),
        receiver = || trainer.clone()
    );
    assert_eq!(again.expect("it does what it did").into_value().expect("a model"), report);
}

#[test]
fn small_data_is_captured_with_everything_else() {
    let home = tempfile::tempdir().expect("a folder");
    let _captures = captures(home.path(), true);
    let few = TrainingData::tissue_samples().every(16);
    train(&ModelTrainer::new(home.path()), &few);
    assert!(has_capture("train_model"));
    let case = load!(ModelTrainer::train_model, with(api_credentials = None)).expect("a capture");
    assert_eq!(case.args.training_data, few);
    assert_eq!(case.args.hyperparameters, PARAMETERS);
}
