//! An API that remembers nothing, so that its answers may be kept.

use bytes::Bytes;
use http::Request;
use tracesnap_mock::config::MockConfig;
use tracesnap_mock::engine::Answer;
use tracesnap_mock::responder::{Responder, ResponderBuilder};
use tracesnap_openapi::Document;

/// With a price that is one of these.
pub(crate) fn document(title: &str, prices: &str) -> Document {
    let text = format!(
        "openapi: 3.0.3
info: {{ title: {title}, version: '1' }}
paths:
  /quotes/{{symbol}}:
    get:
      operationId: quote
      parameters:
      - {{ name: symbol, in: path, required: true, schema: {{ type: string }} }}
      - {{ name: day, in: query, schema: {{ type: string }} }}
      responses:
        200:
          description: fine
          content:
            application/json:
              schema:
                type: object
                required: [symbol, price]
                properties:
                  symbol: {{ type: string }}
                  price: {{ type: integer, enum: {prices} }}
                  currency: {{ type: string, enum: [EUR, USD, JPY] }}
  /secrets:
    get:
      operationId: secrets
      security: [{{ key: [] }}]
      responses: {{ 200: {{ description: fine, content: {{ application/json: {{ schema: {{ type: object, properties: {{ word: {{ type: string }} }} }} }} }} }} }}
components:
  securitySchemes: {{ key: {{ type: apiKey, in: header, name: x-key }} }}
"
    );
    Document::parse("quotes.yaml", text).expect("a document")
}

pub(crate) fn builder() -> ResponderBuilder {
    Responder::builder(document("quotes", "[1, 2, 3]")).config(MockConfig::default())
}

pub(crate) fn get(target: &str) -> Request<Bytes> {
    Request::get(target).body(Bytes::new()).expect("a request")
}

/// `hit`, `miss`, or nothing where the answer may not be kept.
pub(crate) fn kept(answer: &Answer) -> &str {
    answer.header("x-mock-cache").unwrap_or_default()
}
