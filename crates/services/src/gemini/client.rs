//! The client, and its models.

use std::sync::Arc;

use http::Method;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use tracesnap_http::profile::{Call, Gemini, Named, Profile};

use super::{
    Content, ContentStream, CountTokensRequest, CountTokensResponse, EmbedContentRequest, Embedding,
    GenerateContentRequest, GenerateContentResponse, ModelInfo,
};
use crate::Error;
use crate::builder::Client;
use crate::builder::sealed::Sealed;
use crate::connection::{Ask, Connection};

/// A client of Gemini, be it real, recorded, played back or mocked: see [`Services::gemini`](crate::Services). Clones are
/// the same client.
///
/// ```no_run
/// # async fn f(provider: tracesnap_record::ServiceProvider) -> Result<(), tracesnap_services::Error> {
/// use tracesnap_services::Services;
///
/// let gemini = provider.gemini().connect()?;
/// let answer = gemini.model("gemini-2.5-flash").generate_content("Name a dragon.").await?;
/// println!("{}: {:?}", answer.text(), answer.usage_metadata);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct GeminiClient {
    connection: Connection,
}

impl Client for GeminiClient {}

impl Sealed for GeminiClient {
    const SERVICE: &'static str = "gemini";
    const ADDRESS: &'static str = "https://generativelanguage.googleapis.com";
    type Settings = ();

    fn of(connection: Connection, (): ()) -> Result<Self, Error> {
        Ok(Self { connection })
    }

    fn name(call: &Call<'_>) -> Option<Named> {
        Gemini.name(&Call::new(call.method, &format!("{}{}", Self::ADDRESS, call.path), call.headers))
    }
}

impl GeminiClient {
    /// A model: `gemini-2.5-flash`, `models/gemini-2.5-flash`, `tunedModels/mine`.
    #[must_use]
    pub fn model(&self, name: impl AsRef<str>) -> Model {
        let name = name.as_ref();
        let name = if name.contains('/') { name.to_owned() } else { format!("models/{name}") };
        Model { connection: self.connection.clone(), name: name.into() }
    }

    /// All models that there are, page after page.
    ///
    /// # Errors
    ///
    /// See [`Error`].
    pub async fn models(&self) -> Result<Vec<ModelInfo>, Error> {
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Page {
            #[serde(default)]
            models: Vec<ModelInfo>,
            #[serde(default)]
            next_page_token: String,
        }
        let mut all = Vec::new();
        let mut query = String::new();
        loop {
            let ask = Ask { operation: "models.list", method: Method::GET, path: "v1beta/models", query: &query };
            let page: Page = self.connection.call(ask, None::<&()>).await?;
            all.extend(page.models);
            if page.next_page_token.is_empty() {
                return Ok(all);
            }
            query = format!("pageToken={}", encode(&page.next_page_token));
        }
    }
}

/// Letters that mean themselves in a path or a query; the `/` of a name stays.
fn encode(text: &str) -> String {
    let encode = |byte: u8| match byte {
        b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' | b'/' => char::from(byte).to_string(),
        _ => format!("%{byte:02X}"),
    };
    text.bytes().map(encode).collect()
}

/// A model. Nothing is asked before one of its methods is awaited.
#[derive(Clone, Debug)]
pub struct Model {
    connection: Connection,
    /// `models/gemini-2.5-flash`
    name: Arc<str>,
}

impl Model {
    /// `models/gemini-2.5-flash`.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    fn path(&self, method: &str) -> String {
        format!("v1beta/{}:{method}", encode(&self.name))
    }

    async fn act<T: DeserializeOwned>(
        &self,
        operation: &'static str,
        body: &(impl Serialize + ?Sized),
    ) -> Result<T, Error> {
        let path = self.path(operation);
        self.connection.call(Ask { operation, method: Method::POST, path: &path, query: "" }, Some(body)).await
    }

    /// What the service says of it.
    ///
    /// # Errors
    ///
    /// See [`Error`].
    pub async fn describe(&self) -> Result<ModelInfo, Error> {
        let path = format!("v1beta/{}", encode(&self.name));
        let ask = Ask { operation: "models.get", method: Method::GET, path: &path, query: "" };
        self.connection.call(ask, None::<&()>).await
    }

    /// The answer, when it is whole.
    ///
    /// # Errors
    ///
    /// See [`Error`].
    pub async fn generate_content(
        &self,
        request: impl Into<GenerateContentRequest>,
    ) -> Result<GenerateContentResponse, Error> {
        self.act("generateContent", &request.into()).await
    }

    /// The answer as it comes, part by part.
    ///
    /// # Errors
    ///
    /// See [`Error`]; where it fails later, the part says so.
    pub async fn stream_generate_content(
        &self,
        request: impl Into<GenerateContentRequest>,
    ) -> Result<ContentStream, Error> {
        let operation = "streamGenerateContent";
        let path = self.path(operation);
        let ask = Ask { operation, method: Method::POST, path: &path, query: "alt=sse" };
        let response = self.connection.send(ask, Some(&request.into())).await?;
        Ok(ContentStream::new(response, self.connection.answer_bytes()))
    }

    /// How many tokens these contents are.
    ///
    /// # Errors
    ///
    /// See [`Error`].
    pub async fn count_tokens(&self, content: impl Into<Content>) -> Result<CountTokensResponse, Error> {
        let request = CountTokensRequest { contents: vec![content.into()], ..CountTokensRequest::default() };
        self.act("countTokens", &request).await
    }

    /// How many tokens all of a request is, with its instructions and tools.
    ///
    /// # Errors
    ///
    /// See [`Error`].
    pub async fn count_tokens_of(&self, request: &GenerateContentRequest) -> Result<CountTokensResponse, Error> {
        let mut asked = Map::from_iter([("model".to_owned(), Value::from(&*self.name))]);
        let fields = serde_json::to_value(request).map_err(|error| Error::Transport(error.into()))?;
        asked.extend(fields.as_object().cloned().unwrap_or_default());
        let request =
            CountTokensRequest { generate_content_request: Some(asked.into()), ..CountTokensRequest::default() };
        self.act("countTokens", &request).await
    }

    /// A content as a vector.
    ///
    /// # Errors
    ///
    /// See [`Error`].
    pub async fn embed_content(&self, request: impl Into<EmbedContentRequest>) -> Result<Embedding, Error> {
        #[derive(Deserialize)]
        struct Answer {
            embedding: Embedding,
        }
        let request = EmbedContentRequest { model: Some(self.name.to_string()), ..request.into() };
        self.act("embedContent", &request).await.map(|answer: Answer| answer.embedding)
    }

    /// Several contents as vectors, in their order.
    ///
    /// # Errors
    ///
    /// See [`Error`].
    pub async fn batch_embed_contents(
        &self,
        requests: impl IntoIterator<Item = impl Into<EmbedContentRequest>>,
    ) -> Result<Vec<Embedding>, Error> {
        #[derive(Deserialize)]
        struct Answer {
            #[serde(default)]
            embeddings: Vec<Embedding>,
        }
        let of_model =
            |request: EmbedContentRequest| EmbedContentRequest { model: Some(self.name.to_string()), ..request };
        let requests: Vec<_> = requests.into_iter().map(|request| of_model(request.into())).collect();
        self.act("batchEmbedContents", &serde_json::json!({"requests": requests}))
            .await
            .map(|answer: Answer| answer.embeddings)
    }
}
