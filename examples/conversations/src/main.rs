//! The life of a recording, against a real service on this machine: recorded, reviewed, analysed, made into mocks,
//! compared with them, played back without the service, held against the service's next release, cleaned up.
//!
//! `cargo run -p tracesnap-example-conversations`. Beside each step stands what does the same at a prompt.

use std::path::Path;

use anyhow::{Context, Result};
use tracesnap_example_conversations::{Campaigns, Release, Server, prepare_evening};
use tracesnap_record::analysis::Analyzer;
use tracesnap_record::compare::{baseline, compare_with_mocks};
use tracesnap_record::file::load;
use tracesnap_record::recorder::{BlobFolder, DEFAULT_SETTLED};
use tracesnap_record::{Error, Mocks, Mode, ServiceProvider, Sets};

fn step(what: &str, command: &str) {
    println!("\n━━ {what}\n   {command}\n");
}

fn provider(dir: &Path, mode: Mode) -> Result<ServiceProvider> {
    Ok(ServiceProvider::builder().dir(dir).session("evening").mode(mode).build()?)
}

#[tokio::main]
async fn main() -> Result<()> {
    let home = tempfile::tempdir()?;
    let captures = home.path().join("captures");
    let server = Server::start(Release::First).await?;
    let url = server.url().to_owned();

    step("Record: the real service answers, and what was said is kept, redacted", "TEST_MODE=record cargo test");
    let recording = provider(&captures, Mode::Record)?;
    let told = prepare_evening(&Campaigns::new(recording.clone(), &url)?).await?;
    told.iter().for_each(|line| println!("   {line}"));
    println!("\n{}", recording.summary());
    let finished = recording.cleanup()?.recorded.context("this mode records")?;
    let text = std::fs::read_to_string(&finished.path)?;
    println!("   {} bytes of JSON; the token in them: {}", text.len(), text.contains("tok_5f3a9c1b7e2d4f60"));

    step("Review: what waits becomes what is played back", "tracesnap sessions review");
    let sets = Sets::open(&captures)?;
    let id = finished.pending.context("it waits")?.parse()?;
    println!("   {id}: {} interactions wait", sets.load_pending(&id)?.interactions.len());
    sets.accept(&id)?;

    step("Analyse", "tracesnap sessions analyze captures");
    let mut analyzer = Analyzer::default();
    analyzer.add_file(&finished.path)?;
    println!("{}", analyzer.finish().report().to_text());

    step(
        "Baseline: mocks from what was recorded, each with a confidence",
        "tracesnap sessions baseline captures mocks.json",
    );
    let session = load(&finished.path)?;
    let mocks = baseline(&session.interactions);
    for (service, operation, mock) in mocks.iter() {
        let observed = mock.observed.unwrap_or(0);
        println!("   {:.2}  {service} {operation}, seen {observed} times", mock.confidence.unwrap_or(0.0));
    }
    mocks.save(home.path().join("mocks.json"))?;

    step("Compare with mocks that somebody wrote", "tracesnap sessions compare captures mocks.json --fail-under 90");
    let by_hand = serde_json::json!({"campaigns": {
        "collection.get": {"status": 200, "headers": [], "body": {"type": "json", "value": {"documents": []}}},
        "document.delete": {"status": 204},
    }});
    let by_hand = Mocks::parse(by_hand.to_string().as_bytes(), "by hand")?;
    println!("{}", compare_with_mocks(&session, &by_hand).report(false).to_text());
    let now = compare_with_mocks(&session, &Mocks::load(home.path().join("mocks.json"))?);
    println!("   the mocks of the baseline: {:.1} %", now.overall.unwrap_or(0.0));

    step("Play back: nobody is asked any more", "cargo test");
    let asked = server.asked();
    server.stop().await;
    let playing = provider(&captures, Mode::Playback)?;
    let again = prepare_evening(&Campaigns::new(playing.clone(), &url)?).await?;
    playing.cleanup()?;
    println!("   the service has ended, and was asked {asked} times; the same as before: {}", again == told);

    step("Verify: the next release of the service is held against the recording", "TEST_MODE=verify cargo test");
    let server = Server::start_at(url.trim_start_matches("http://"), Release::Second).await?;
    let verifying = provider(&captures, Mode::Verify)?;
    prepare_evening(&Campaigns::new(verifying.clone(), &url)?).await?;
    match verifying.cleanup() {
        Err(Error::Drift { interactions, report }) => println!("   {interactions} interactions drifted\n{report}"),
        Err(error) => return Err(error.into()),
        Ok(_) => println!("   nothing changed"),
    }
    server.stop().await;

    step("Clean up", "tracesnap sessions cleanup captures --keep 0 --dry-run");
    let keep = "0 files".parse::<tracesnap_record::Retention>()?;
    let planned = keep.plan(&captures, |name| name.ends_with(".session.json"))?;
    let swept = BlobFolder::of(&captures).plan_sweep(DEFAULT_SETTLED, |path| planned.iter().any(|one| one == path))?;
    println!("   {} session file and {} large bodies would go", planned.len(), swept.removed.len());
    let removed = keep.apply(&captures, |name| name.ends_with(".session.json"))?;
    println!("   {} removed; what is played back stays: {:?}", removed.files.len(), sets.names()?);
    Ok(())
}
