//! Gemini's protocol is spoken as Gemini speaks it.

use std::time::Duration;

use serde_json::json;
use tracesnap_services::gemini::{
    Content, EmbedContentRequest, FinishReason, FunctionDeclaration, GenerateContentRequest, Part,
};
use tracesnap_services::{Code, Error, Services};

use crate::local::GeminiServer;
use crate::support::*;

#[tokio::test]
async fn a_question_has_an_answer_that_says_what_it_cost() {
    let (_server, gemini) = gemini().await;
    let model = gemini.model("gemini-2.5-flash");
    let answer = model.generate_content("name a dragon").await.expect("answered");
    assert_eq!((answer.text().as_str(), answer.model_version.as_deref()), ("eman a nogard", Some("gemini-2.5-flash")));
    assert_eq!(answer.candidates[0].finish_reason, Some(FinishReason::Stop));
    let usage = answer.usage_metadata.expect("told");
    assert_eq!((usage.prompt_token_count, usage.total_token_count), (Some(3), Some(6)));
    // What these types do not know is there.
    assert_eq!(usage.extra["promptTokensDetails"][0]["modality"], "TEXT");

    let talk = [Content::user("one two"), Content::model("owt eno"), Content::user("three four five")];
    let request = GenerateContentRequest::from(talk).system("be brief").temperature(0.5).max_output_tokens(2);
    let answer = model.generate_content(request.clone()).await.expect("answered");
    assert_eq!(
        (answer.text().as_str(), &answer.candidates[0].finish_reason),
        ("eerht ruof", &Some(FinishReason::MaxTokens))
    );
    assert_eq!(answer.usage_metadata.expect("told").prompt_token_count, Some(9));
    assert_eq!(model.count_tokens_of(&request).await.expect("counted").total_tokens, 9);
    assert_eq!(model.count_tokens("one two").await.expect("counted").total_tokens, 2);
}

#[tokio::test]
async fn a_streamed_answer_comes_part_by_part_and_in_order() {
    let server = GeminiServer::start_gated().await;
    let gemini = at(real().gemini(), &server.url()).connect().expect("a client");
    let model = gemini.model("gemini-2.5-flash");
    let mut parts = model.stream_generate_content("one two three").await.expect("it begins");
    let mut came = Vec::new();
    // Nothing is sent before what came before it was read: who waited for more would wait for ever.
    while let Some(part) = tokio::time::timeout(Duration::from_secs(60), parts.next()).await.expect("it comes alone") {
        came.push(part.expect("a part").text());
        server.let_through();
    }
    assert_eq!(came, ["eno", " owt", " eerht"]);
    server.let_through();
    let whole =
        model.stream_generate_content("one two three").await.expect("it begins").collect().await.expect("whole");
    assert_eq!(
        (whole.text().as_str(), whole.usage_metadata.expect("told").total_token_count),
        ("eno owt eerht", Some(6))
    );
}

#[tokio::test]
async fn what_is_refused_or_fails_says_why() {
    let (_server, gemini) = gemini().await;
    let model = gemini.model("gemini-2.5-flash");
    let blocked = model.generate_content("!blocked").await.expect("answered");
    assert_eq!(blocked.prompt_feedback.expect("told").block_reason.as_deref(), Some("SAFETY"));
    assert!(blocked.candidates.is_empty());

    let error = model.generate_content("!quota").await.expect_err("refused");
    let status = error.status().expect("a status");
    assert_eq!(
        (status.code, status.http, status.retry_delay()),
        (Code::ResourceExhausted, 429, Some(Duration::from_millis(2_500)))
    );
    // A stream that never begins fails as such.
    let error = model.stream_generate_content("!quota").await.expect_err("refused");
    assert_eq!(error.status().expect("a status").code, Code::ResourceExhausted);
    // One that breaks off fails where it does.
    let mut parts = model.stream_generate_content("!broken off").await.expect("it begins");
    assert_eq!(parts.next().await.expect("a part").expect("a good one").text(), "nekorb!");
    let error = parts.next().await.expect("an end").expect_err("which is told");
    let status = error.status().expect("a status");
    assert_eq!((status.code, status.http), (Code::Unavailable, 503));
    assert!(parts.next().await.is_none());

    let error = gemini.model("gemini-0").generate_content("x").await.expect_err("no such model");
    assert_eq!(error.status().expect("a status").code, Code::NotFound);
    let error = model.generate_content(Vec::<Content>::new()).await.expect_err("no question");
    assert_eq!(error.status().expect("a status").code, Code::InvalidArgument);
}

#[tokio::test]
async fn functions_are_called_and_answered() {
    let (_server, gemini) = gemini().await;
    let model = gemini.model("models/gemini-2.5-pro");
    let sides = json!({"type": "OBJECT", "properties": {"sides": {"type": "INTEGER"}}, "required": ["sides"]});
    let roll = FunctionDeclaration::new("roll", "Rolls a die.", Some(sides));
    let request = GenerateContentRequest::from("!roll please").function(roll);
    let answer = model.generate_content(request.clone()).await.expect("answered");
    let call = answer.function_calls().next().expect("a call");
    assert_eq!((call.name.as_str(), &call.args["sides"]), ("roll", &json!(6)));
    // What the model said goes back as it was, signature and all.
    let said = answer.candidates[0].content.clone().expect("a content");
    assert_eq!(said.parts[0].thought_signature.as_deref(), Some("c2lnbmVk"));
    let mut next = request;
    next.contents.push(said);
    next.contents.push(Content::user(Part::function_response("roll", json!({"result": 4}))).with("so what"));
    assert_eq!(model.generate_content(next).await.expect("answered").text(), "os tahw");
}

#[tokio::test]
async fn contents_become_vectors_and_models_are_described() {
    let (_server, gemini) = gemini().await;
    let model = gemini.model("gemini-embedding-001");
    let one = model.embed_content("dragon").await.expect("embedded");
    assert_eq!(one.values.len(), 8);
    let small = EmbedContentRequest::from("lich").task_type("RETRIEVAL_QUERY").output_dimensionality(3);
    let both = model.batch_embed_contents([EmbedContentRequest::from("dragon"), small]).await.expect("embedded");
    assert_eq!((&both[0], both[1].values.len()), (&one, 3));
    let names: Vec<_> = gemini.models().await.expect("listed").into_iter().map(|model| model.name).collect();
    assert_eq!(names, ["models/gemini-2.5-flash", "models/gemini-2.5-pro", "models/gemini-embedding-001"]);
    let described = model.describe().await.expect("described");
    assert!(described.supported_generation_methods == ["embedContent"] && described.extra["topK"] == 64);
}

#[tokio::test]
async fn an_answer_that_is_too_large_is_not_read() {
    let (server, _) = gemini().await;
    let small = at(real().gemini(), &server.url()).answer_bytes(200).connect().expect("a client");
    let model = small.model("gemini-2.5-flash");
    let error = model.generate_content("one two three").await.expect_err("too large");
    assert!(matches!(error, Error::TooLarge { most: 200, .. }), "{error}");
    let whole = model.stream_generate_content("one").await.expect("it begins").collect().await;
    assert!(matches!(whole, Err(Error::TooLarge { .. })));
}
