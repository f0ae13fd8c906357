//! Calls have the names that people know them by.

use http::{HeaderMap, Method};
use tracesnap_http::profile::{Call, OpenApi, Profiles, ServiceRule};
use tracesnap_openapi::Document;

fn name(profiles: &Profiles, call: &str) -> String {
    let (method, url) = call.split_once(' ').expect("a method and a URL");
    let method: Method = method.parse().expect("a method");
    let named = profiles.name(&Call::new(&method, url, &HeaderMap::new()));
    format!("{} {}", named.service, named.operation)
}

#[track_caller]
fn check(profiles: &Profiles, table: &[(&str, &str)]) {
    for (call, expected) in table {
        assert_eq!(name(profiles, call), *expected, "{call}");
    }
}

#[test]
fn firestore_is_known_on_its_host_and_in_its_emulator() {
    let documents = "https://firestore.googleapis.com/v1/projects/p-1/databases/(default)/documents";
    let table = [
        ("GET", "/campaigns", "collection.get"),
        ("GET", "/campaigns?pageSize=20&orderBy=name", "collection.get"),
        ("GET", "/campaigns/abc", "document.get"),
        ("GET", "/campaigns/abc/players", "collection.get"),
        ("POST", "/campaigns", "document.create"),
        ("POST", "/campaigns?documentId=abc", "document.create"),
        ("PATCH", "/campaigns/abc?updateMask.fieldPaths=name", "document.update"),
        ("DELETE", "/campaigns/abc/players/7", "document.delete"),
        ("POST", ":runQuery", "collection.query"),
        ("POST", "/campaigns/abc:runQuery", "collection.query"),
        ("POST", ":runAggregationQuery", "collection.aggregate"),
        ("POST", ":batchGet", "documents.batch_get"),
        ("POST", ":batchWrite", "documents.batch_write"),
        ("POST", ":commit", "documents.commit"),
        ("POST", ":beginTransaction", "transaction.begin"),
        ("POST", ":rollback", "transaction.rollback"),
        ("POST", ":listCollectionIds", "collections.list"),
        ("POST", "/campaigns/abc:listCollectionIds", "collections.list"),
    ];
    let profiles = Profiles::default();
    for (method, below, operation) in table {
        let expected = format!("firestore {operation}");
        assert_eq!(name(&profiles, &format!("{method} {documents}{below}")), expected, "{below}");
        let emulator = documents.replace("https://firestore.googleapis.com", "http://localhost:8080");
        assert_eq!(name(&profiles, &format!("{method} {emulator}{below}")), expected, "{below}");
    }
}

#[test]
fn gemini_is_known_of_google_ai_and_of_vertex_ai() {
    let ai = "https://generativelanguage.googleapis.com";
    let vertex = "https://us-central1-aiplatform.googleapis.com/v1/projects/p/locations/us-central1";
    let profiles = Profiles::default();
    for (call, operation) in [
        (format!("POST {ai}/v1beta/models/gemini-2.0-flash:generateContent?key=k"), "generateContent"),
        (format!("POST {ai}/v1beta/models/gemini-2.0-flash:streamGenerateContent?alt=sse"), "streamGenerateContent"),
        (format!("POST {ai}/v1/models/text-embedding-004:embedContent"), "embedContent"),
        (format!("POST {ai}/v1/models/text-embedding-004:batchEmbedContents"), "batchEmbedContents"),
        (format!("POST {ai}/v1beta/models/gemini-pro:countTokens"), "countTokens"),
        (format!("POST {ai}/v1beta/tunedModels/my-model-x1:generateContent"), "generateContent"),
        (format!("GET {ai}/v1beta/models"), "models.list"),
        (format!("GET {ai}/v1beta/models/gemini-pro"), "models.get"),
        (format!("POST {ai}/upload/v1beta/files"), "files.upload"),
        (format!("GET {ai}/v1beta/files/abc-123"), "files.get"),
        (format!("DELETE {ai}/v1beta/files/abc-123"), "files.delete"),
        (format!("POST {ai}/v1beta/cachedContents"), "cachedContents.create"),
        (format!("PATCH {ai}/v1beta/cachedContents/c1"), "cachedContents.update"),
        (format!("POST {vertex}/publishers/google/models/gemini-1.5-pro:generateContent"), "generateContent"),
        (format!("POST {vertex}/endpoints/123:streamGenerateContent"), "streamGenerateContent"),
        ("POST http://127.0.0.1:9999/v1beta/models/gemini-pro:generateContent".to_owned(), "generateContent"),
    ] {
        assert_eq!(name(&profiles, &call), format!("gemini {operation}"), "{call}");
    }
}

#[test]
fn services_that_speak_openai_are_known_by_their_hosts() {
    check(
        &Profiles::default(),
        &[
            ("POST https://api.openai.com/v1/chat/completions", "openai chat.completions.create"),
            ("POST https://api.openai.com/v1/responses", "openai responses.create"),
            (
                "GET https://api.openai.com/v1/responses/resp_67ccd2bed1ec8190b14f964abc054267",
                "openai responses.retrieve",
            ),
            ("POST https://api.openai.com/v1/responses/resp_67ccd2/cancel", "openai responses.cancel"),
            ("POST https://api.openai.com/v1/embeddings", "openai embeddings.create"),
            ("GET https://api.openai.com/v1/models", "openai models.list"),
            ("GET https://api.openai.com/v1/models/gpt-4o", "openai models.retrieve"),
            ("DELETE https://api.openai.com/v1/models/ft:gpt-4o:acme:suffix:abc123", "openai models.delete"),
            ("POST https://api.openai.com/v1/images/generations", "openai images.generate"),
            ("POST https://api.openai.com/v1/audio/transcriptions", "openai audio.transcriptions.create"),
            ("POST https://api.openai.com/v1/files", "openai files.create"),
            ("GET https://api.openai.com/v1/files/file-abc123/content", "openai files.content"),
            ("POST https://api.openai.com/v1/fine_tuning/jobs", "openai fine_tuning.jobs.create"),
            (
                "GET https://api.openai.com/v1/fine_tuning/jobs/ftjob-abc123/events",
                "openai fine_tuning.jobs.events.list",
            ),
            ("POST https://api.openai.com/v1/fine_tuning/jobs/ftjob-abc123/cancel", "openai fine_tuning.jobs.cancel"),
            ("POST https://api.openai.com/v1/threads", "openai threads.create"),
            ("POST https://api.openai.com/v1/threads/runs", "openai threads.create_and_run"),
            ("POST https://api.openai.com/v1/threads/thread_abc/messages", "openai threads.messages.create"),
            (
                "POST https://api.openai.com/v1/threads/t/runs/r/submit_tool_outputs",
                "openai threads.runs.submit_tool_outputs",
            ),
            (
                "POST https://acme.openai.azure.com/openai/deployments/gpt-4o/chat/completions?api-version=2024-10-21",
                "azure-openai chat.completions.create",
            ),
            ("POST https://api.groq.com/openai/v1/chat/completions", "groq chat.completions.create"),
            ("POST https://api.mistral.ai/v1/chat/completions", "mistral chat.completions.create"),
            ("POST https://openrouter.ai/api/v1/chat/completions", "openrouter chat.completions.create"),
            ("POST https://api.deepseek.com/chat/completions", "deepseek chat.completions.create"),
            ("POST http://localhost:11434/v1/chat/completions", "ollama chat.completions.create"),
            ("POST http://localhost:8000/v1/chat/completions", "localhost chat.completions.create"),
            ("POST https://llm.acme.example/v1/embeddings", "llm.acme.example embeddings.create"),
            (
                "POST https://generativelanguage.googleapis.com/v1beta/openai/chat/completions",
                "gemini chat.completions.create",
            ),
            // Words that others have, too.
            ("GET https://cars.example/v1/models", "cars.example GET /v1/models"),
            ("POST https://files.example/v1/files", "files.example POST /v1/files"),
        ],
    );
}

#[test]
fn grpc_is_called_by_its_service_and_method() {
    let headers =
        HeaderMap::from_iter([(http::header::CONTENT_TYPE, "application/grpc+proto".parse().expect("a value"))]);
    let named = Profiles::default().name(&Call::new(&Method::POST, "/shop.v1.Orders/Read", &headers));
    assert_eq!((named.service.as_str(), named.operation.as_str()), ("shop.v1.Orders", "Read"));
}

#[test]
fn an_api_document_names_what_it_describes() {
    let document = |servers: &str| {
        let text = format!(
            "openapi: 3.0.3\ninfo: {{ title: Shop, version: '1' }}\n{servers}paths:\n  /orders/{{orderId}}:\n    get: {{ operationId: readOrder, \
             responses: {{}} }}\n  /orders:\n    post: {{ responses: {{}} }}\n"
        );
        Document::parse("shop.yaml", text).expect("a document")
    };
    let shop =
        OpenApi::new("shop", document("servers: [{ url: 'https://api.shop.example/v1' }]\n")).host("localhost:8080");
    check(
        &Profiles::default().with(shop),
        &[
            ("GET https://api.shop.example/v1/orders/ord-7", "shop readOrder"),
            ("POST https://api.shop.example/v1/orders", "shop POST /orders"),
            ("GET http://localhost:8080/v1/orders/7", "shop readOrder"),
            ("DELETE https://api.shop.example/v1/secrets/77", "shop DELETE /v1/secrets/{id}"),
            ("GET https://other.example/v1/orders/7", "other.example GET /v1/orders/{id}"),
        ],
    );
    let anywhere = OpenApi::new("shop", document(""));
    check(
        &Profiles::none().with(anywhere),
        &[("GET https://x.example/orders/7", "shop readOrder"), ("GET https://x.example/else", "x.example GET /else")],
    );
}

#[test]
fn a_users_rule_comes_first_and_a_wrong_one_is_an_error() {
    let rule = |text: &str| text.parse::<ServiceRule>().expect("a rule");
    let profiles = Profiles::default()
        .with(rule("llm = localhost:8000"))
        .with(rule("shop = *.shop.example/ignored").host("api.shop.example").path("/v2/**"))
        .with(rule("shop order.read = GET */orders/{id}"));
    check(
        &profiles,
        &[
            ("GET http://10.0.0.7:99/orders/4711", "shop order.read"),
            ("GET http://10.0.0.7:99/orders/4711/items", "10.0.0.7:99 GET /orders/{id}/items"),
            ("POST http://10.0.0.7:99/orders/4711", "10.0.0.7:99 POST /orders/{id}"),
            ("POST http://localhost:8000/v1/chat/completions", "llm POST /v1/chat/completions"),
            ("GET https://api.shop.example/v2/a/b/77", "shop GET /v2/a/b/{id}"),
            // Ports of this machine are whatever was free, and those that everybody knows are not told.
            ("GET http://127.0.0.1:43210/x", "127.0.0.1 GET /x"),
            ("GET https://user:pass@api.example.com:443/x", "api.example.com GET /x"),
            ("GET /only/a/path", "http GET /only/a/path"),
        ],
    );
    for wrong in ["", "shop", "shop = ", " = host", "shop = GET", "shop = G T host"] {
        let error = wrong.parse::<ServiceRule>().err().map(|error| error.to_string());
        // A single word is a host, whatever it looks like.
        if wrong != "shop = GET" {
            assert!(
                error.is_some_and(|error| error.contains("is not a rule such as `shop = 127.0.0.1:8080`")),
                "{wrong}"
            );
        }
    }
}
