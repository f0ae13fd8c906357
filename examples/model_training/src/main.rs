//! The story of a model: trained under a tracer, its arguments captured but for the large ones, and the training taken up
//! again and read off its trace.
//!
//! ```sh
//! cargo run -p tracesnap-example-model-training
//! ```

use anyhow::Result;
use tracesnap::{Detail, Tracer};
use tracesnap_capture::{CaptureConfig, CaptureLoader, Captures, load, replay};
use tracesnap_example_model_training::{Analysis, Hyperparameters, ModelTrainer, TrainingData, small_enough};

/// Our steps and the library's operations, but not what lays numbers out in memory.
const MODULES: [&str; 4] = [
    "tracesnap_example_model_training::trainer::**",
    "target:smartcore::**",
    "!target:smartcore::linalg",
    "!target:smartcore::metrics",
];

fn main() -> Result<()> {
    let home = tempfile::tempdir()?;
    let config = CaptureConfig::new().path(home.path().join("captures")).max_bytes(1 << 20).filter(small_enough);
    let captures = Captures::builder().config(config).build()?;
    let _captures = captures.enter();
    let trainer = ModelTrainer::new(home.path());

    heading("a forest is trained with 569 samples, under a tracer");
    let data = TrainingData::tissue_samples();
    let guard = Tracer::builder().modules(MODULES).start()?;
    let report = trainer.train_model(&data, "diagnosis", Some("key-4711"), Hyperparameters::default())?;
    let trace = guard.finish();
    println!("{}", trace.snapshot().detail(Detail::Standard));

    heading("what came of it");
    println!("accuracy  {:.3}\nprecision {:.3}\nrecall    {:.3}", report.accuracy, report.precision, report.recall);
    println!("{} samples, {} features; without these it is worse by", report.samples_trained, report.features_used);
    for (feature, loss) in report.feature_importance.iter().take(5) {
        println!("  {loss:.3}  {feature}");
    }

    heading("what the library did, read off the trace");
    for one in Analysis::of(&trace).operations {
        let time = one.time.unwrap_or_default().as_secs_f64() * 1e3;
        let parameters: Vec<_> = one.parameters.iter().map(|(name, value)| format!("{name}={value}")).collect();
        println!("{time:>8.2} ms  {}::{} ({})", one.module, one.operation, parameters.join(", "));
    }

    heading("what was captured: the samples are large, the credentials secret");
    let document = CaptureLoader::current()?.latest("ModelTrainer::train_model")?.document;
    println!("{}", serde_json::to_string_pretty(&document.kwargs)?);
    println!("kept back by {}", serde_json::to_string(&document.metadata.redacted)?);
    let missing = load!(ModelTrainer::train_model).expect_err("nobody supplies what was not kept");
    println!("\n{missing}");

    heading("taken up again: the test supplies both, and gets the same model");
    let replayed = replay!(
        ModelTrainer::train_model,
        with(training_data = data, api_credentials = None),
        receiver = || trainer.clone()
    )?;
    println!("the same as before: {}", replayed.into_value()? == report);

    heading("how stable it is: each part of the data was told by a model that never saw it");
    let guard = Tracer::start()?;
    trainer.train_model(&TrainingData::tissue_samples().every(2), "diagnosis", None, Hyperparameters::default())?;
    let analysis = Analysis::of(&guard.finish());
    println!(
        "accuracy by fold {:?}, spread {}, stable: {}",
        analysis.fold_accuracy,
        analysis.spread,
        analysis.is_stable()
    );
    Ok(())
}

fn heading(text: &str) {
    println!("\n── {text} {}\n", "─".repeat(92_usize.saturating_sub(text.chars().count())));
}
