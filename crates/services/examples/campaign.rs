//! One program, two services, three modes: recorded, then played back when the services are gone, then stopped by a budget.
//!
//! It runs alone: the services are local ones that speak the protocols of Firestore and Gemini, and hold every request and
//! every answer against what Google publishes. The program does not know which of all that it is in.
//!
//! ```sh
//! cargo run -p tracesnap-services --example campaign
//! ```

#[path = "../tests/local/mod.rs"]
mod local;

use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};
use tracesnap_http::Body;
use tracesnap_record::analysis::{Analyzer, TimeRange};
use tracesnap_record::{Budget, Mode, ServiceProvider, Sets};
use tracesnap_services::firestore::{Direction, Operator, Write};
use tracesnap_services::{Credential, Error, FirestoreClient, GeminiClient, Services};

use local::{FirestoreServer, GeminiServer};

type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

#[derive(Debug, Serialize, Deserialize)]
struct Campaign {
    title: String,
    level: u32,
    players: Vec<String>,
}

/// The program: it keeps campaigns, and has a model tell of the hardest one.
async fn program(firestore: &FirestoreClient, gemini: &GeminiClient) -> std::result::Result<Vec<String>, Error> {
    let mut told = Vec::new();
    let campaigns = firestore.collection("campaigns");
    for (title, level) in [("Lost Mine", 3), ("Storm Keep", 7), ("Grey Marsh", 5)] {
        let campaign = Campaign { title: title.to_owned(), level, players: vec!["ada".to_owned()] };
        campaigns.create(title.to_lowercase().replace(' ', "-"), &campaign).await?;
    }
    let hardest = campaigns.filter("level", Operator::GreaterThan, 4);
    let hardest = hardest.order_by_direction("level", Direction::Descending).limit(1).get().await?;
    let campaign: Campaign = hardest[0].to()?;
    told.push(format!("the hardest is {} of level {}", campaign.title, campaign.level));

    let document = campaigns.document(hardest[0].id());
    let mut transaction = firestore.begin().await?;
    transaction.get(&document).await?;
    transaction.write(Write::change(&document).append_missing("players", ["bob"]).increment("level", 1));
    let committed = transaction.commit().await?;
    told.push(format!("bob joined, and its level became {:?}", committed.write_results[0].transform_results[1]));

    let model = gemini.model("gemini-2.5-flash");
    let mut parts = model.stream_generate_content(format!("tell me of {}", campaign.title)).await?;
    let mut tale = Vec::new();
    while let Some(part) = parts.next().await {
        tale.push(part?.text());
    }
    told.push(format!("the model said {tale:?}"));
    Ok(told)
}

/// Clients in whatever mode the provider has.
fn clients(provider: &ServiceProvider, urls: &[String; 2], key: &str) -> Result<(FirestoreClient, GeminiClient)> {
    let executor = hyper_util::rt::TokioExecutor::new();
    let hyper = hyper_util::client::legacy::Client::builder(executor).build_http::<Body>();
    let credential = Credential::ApiKey(key.to_owned());
    let firestore = provider.firestore("my-project").address(&urls[0]).transport(hyper.clone());
    let gemini = provider.gemini().address(&urls[1]).transport(hyper);
    Ok((firestore.credential(credential.clone()).connect()?, gemini.credential(credential).connect()?))
}

#[tokio::main]
async fn main() -> Result<()> {
    const KEY: &str = "a-key-that-nobody-may-see";
    let dir = tempfile::tempdir()?;
    let provider = |mode| ServiceProvider::builder().dir(dir.path()).session("campaign").mode(mode);

    println!("== recorded\n");
    let firestore = FirestoreServer::start_with(Some(KEY), 100).await;
    let gemini = GeminiServer::start_with(Some(KEY), Duration::from_millis(20)).await;
    let urls = [firestore.url(), gemini.url()];
    let recording = provider(Mode::Record).build()?;
    let (documents, model) = clients(&recording, &urls, KEY)?;
    let begun = Instant::now();
    let said = program(&documents, &model).await?;
    let took = begun.elapsed();
    said.iter().for_each(|line| println!("{line}"));
    let finished = recording.cleanup()?.recorded.ok_or("nothing was recorded")?;
    Sets::open(dir.path())?.accept(&finished.pending.ok_or("nothing waits")?.parse()?)?;
    let session = Sets::open(dir.path())?.accepted("campaign")?.ok_or("nothing was accepted")?;
    for interaction in &session.interactions {
        println!("{:>4.1} ms  {}", interaction.duration_ms, interaction.title());
    }
    let (a, b) = (firestore.judged(), gemini.judged());
    let judged = a.requests + b.requests;
    println!("{judged} requests and {} answers were as Google publishes them", a.answers + b.answers);
    let file = std::fs::read_to_string(finished.path)?;
    println!("{} bytes of recording, the key among them: {}\n", file.len(), file.contains(KEY));
    let mut analyzer = Analyzer::new(TimeRange::default());
    analyzer.add_session(&session);
    println!("{}", analyzer.finish().report().to_text());

    println!("\n== played back, the services are gone\n");
    drop((firestore, gemini));
    let playback = provider(Mode::Strict).build()?;
    let (documents, model) = clients(&playback, &urls, KEY)?;
    let begun = Instant::now();
    let played = program(&documents, &model).await?;
    println!("it is told the same: {}; it took {:.1?} instead of {took:.1?}", played == said, begun.elapsed());
    println!("{}\n", playback.cleanup()?.summary);
    let playback = provider(Mode::Playback).build()?;
    let (_, model) = clients(&playback, &urls, KEY)?;
    let miss =
        model.model("gemini-2.5-flash").generate_content("something new").await.err().ok_or("it was recorded")?;
    println!("what was never asked: {miss}");

    println!("\n== stopped by a budget\n");
    let gemini = GeminiServer::start().await;
    let real = provider(Mode::Real).budget("gemini", Budget::default().tokens(50)).build()?;
    let (_, model) = clients(&real, &[urls[0].clone(), gemini.url()], KEY)?;
    let model = model.model("gemini-2.5-flash");
    let stopped = loop {
        if let Err(error) = model.generate_content("how many words may I say").await {
            break error;
        }
    };
    println!("after {} calls: {stopped}\n{}", gemini.calls(), real.summary());
    Ok(())
}
