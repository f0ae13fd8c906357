//! Tests of Shop, as `tracesnap mock generate tests` writes them.
//!
//! Without further ado a mock answers. `MOCK_MODE` says who else does: `record`, `playback`, `hybrid`, or `disabled` for
//! the service itself, whose address is in `API_BASE_URL`. An answer has 10 s, or `API_BUDGET_MS`.

use std::sync::{Arc, LazyLock};

use tracesnap_mock::Mock;
use tracesnap_mock::client::{AnsweredBy, SmartClient, SmartResponse};
use tracesnap_mock::suite::Fixture;
use tracesnap_openapi::Document;
use tracesnap_record::Mode;

/// The document, read once.
static DOCUMENT: LazyLock<Arc<Document>> = LazyLock::new(|| {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/serving/shop.yaml");
    Arc::new(Document::open(path).expect("the document can be read"))
});

/// A mock that remembers nothing of other tests.
fn mock() -> Mock {
    Mock::from_document(Arc::clone(&DOCUMENT)).seed(7).build()
}

fn client() -> SmartClient {
    let base = std::env::var("API_BASE_URL").unwrap_or_else(|_| "http://localhost".to_owned());
    let client = SmartClient::builder(base).mock(mock()).default_mode(Mode::Mock);
    client.build().expect("the mode and its recording can be used")
}

/// Sends a valid request; in modes that record, what was said is kept.
async fn ask(fixture: &Fixture) -> SmartResponse {
    let client = client();
    let answer = fixture.send(&client).await.expect("somebody answers");
    client.finish().expect("all went as the mode wants it");
    answer
}

async fn ask_wrongly(fixture: &Fixture) -> SmartResponse {
    let client = client();
    let answer = fixture.send_refused(&client).await.expect("somebody answers");
    client.finish().expect("all went as the mode wants it");
    answer
}

/// GET /customers
mod list_customers {
    use super::*;

    fn fixture() -> Fixture {
        Fixture::parse(include_str!("fixtures/list_customers.json"))
    }

    #[tokio::test]
    async fn answers_with_200() {
        let answer = ask(&fixture()).await;
        assert_eq!(answer.status(), 200, "{:?}", answer.body());
    }

    #[tokio::test]
    async fn answers_as_documented() {
        let answer = ask(&fixture()).await;
        fixture().assert_keeps(&mock(), &answer);
        // The same seed gives the same answer; a service has one of its own.
        if answer.answered_by() == AnsweredBy::Mock {
            insta::assert_json_snapshot!("list_customers", answer.json().expect("JSON"));
        }
    }

    #[tokio::test]
    async fn answers_in_time() {
        let took = ask(&fixture()).await.duration();
        assert!(took < Fixture::budget(), "it took {took:?}");
    }

    #[tokio::test]
    async fn refuses_a_parameter_of_another_type() {
        let answer = ask_wrongly(&fixture()).await;
        assert!(answer.status().is_client_error(), "{} {:?}", answer.status(), answer.body());
    }
}

/// POST /customers
mod create_customer {
    use super::*;

    fn fixture() -> Fixture {
        Fixture::parse(include_str!("fixtures/create_customer.json"))
    }

    #[tokio::test]
    async fn answers_with_201() {
        let answer = ask(&fixture()).await;
        assert_eq!(answer.status(), 201, "{:?}", answer.body());
    }

    #[tokio::test]
    async fn answers_as_documented() {
        let answer = ask(&fixture()).await;
        fixture().assert_keeps(&mock(), &answer);
        // The same seed gives the same answer; a service has one of its own.
        if answer.answered_by() == AnsweredBy::Mock {
            insta::assert_json_snapshot!("create_customer", answer.json().expect("JSON"));
        }
    }

    #[tokio::test]
    async fn answers_in_time() {
        let took = ask(&fixture()).await.duration();
        assert!(took < Fixture::budget(), "it took {took:?}");
    }

    #[tokio::test]
    async fn refuses_a_body_without_its_fields() {
        let answer = ask_wrongly(&fixture()).await;
        assert!(answer.status().is_client_error(), "{} {:?}", answer.status(), answer.body());
    }

    /// 422
    #[test]
    fn knows_its_errors() {
        fixture().assert_errors(&mock());
    }
}

/// GET /customers/{customerId}
mod get_customer {
    use super::*;

    fn fixture() -> Fixture {
        Fixture::parse(include_str!("fixtures/get_customer.json"))
    }

    #[tokio::test]
    async fn answers_with_200() {
        let answer = ask(&fixture()).await;
        assert_eq!(answer.status(), 200, "{:?}", answer.body());
    }

    #[tokio::test]
    async fn answers_as_documented() {
        let answer = ask(&fixture()).await;
        fixture().assert_keeps(&mock(), &answer);
        // The same seed gives the same answer; a service has one of its own.
        if answer.answered_by() == AnsweredBy::Mock {
            insta::assert_json_snapshot!("get_customer", answer.json().expect("JSON"));
        }
    }

    #[tokio::test]
    async fn answers_in_time() {
        let took = ask(&fixture()).await.duration();
        assert!(took < Fixture::budget(), "it took {took:?}");
    }

    #[tokio::test]
    async fn refuses_a_path_of_another_type() {
        let answer = ask_wrongly(&fixture()).await;
        assert!(answer.status().is_client_error(), "{} {:?}", answer.status(), answer.body());
    }

    /// 404
    #[test]
    fn knows_its_errors() {
        fixture().assert_errors(&mock());
    }
}

/// DELETE /customers/{customerId}
mod delete_customer {
    use super::*;

    fn fixture() -> Fixture {
        Fixture::parse(include_str!("fixtures/delete_customer.json"))
    }

    #[tokio::test]
    async fn answers_with_204() {
        let answer = ask(&fixture()).await;
        assert_eq!(answer.status(), 204, "{:?}", answer.body());
    }

    #[tokio::test]
    async fn answers_as_documented() {
        let answer = ask(&fixture()).await;
        fixture().assert_keeps(&mock(), &answer);
    }

    #[tokio::test]
    async fn answers_in_time() {
        let took = ask(&fixture()).await.duration();
        assert!(took < Fixture::budget(), "it took {took:?}");
    }

    #[tokio::test]
    async fn refuses_a_path_of_another_type() {
        let answer = ask_wrongly(&fixture()).await;
        assert!(answer.status().is_client_error(), "{} {:?}", answer.status(), answer.body());
    }
}

/// GET /customers/{customerId}/addresses
mod list_addresses {
    use super::*;

    fn fixture() -> Fixture {
        Fixture::parse(include_str!("fixtures/list_addresses.json"))
    }

    #[tokio::test]
    async fn answers_with_200() {
        let answer = ask(&fixture()).await;
        assert_eq!(answer.status(), 200, "{:?}", answer.body());
    }

    #[tokio::test]
    async fn answers_as_documented() {
        let answer = ask(&fixture()).await;
        fixture().assert_keeps(&mock(), &answer);
        // The same seed gives the same answer; a service has one of its own.
        if answer.answered_by() == AnsweredBy::Mock {
            insta::assert_json_snapshot!("list_addresses", answer.json().expect("JSON"));
        }
    }

    #[tokio::test]
    async fn answers_in_time() {
        let took = ask(&fixture()).await.duration();
        assert!(took < Fixture::budget(), "it took {took:?}");
    }

    #[tokio::test]
    async fn refuses_a_path_of_another_type() {
        let answer = ask_wrongly(&fixture()).await;
        assert!(answer.status().is_client_error(), "{} {:?}", answer.status(), answer.body());
    }
}

/// POST /customers/{customerId}/addresses
mod create_address {
    use super::*;

    fn fixture() -> Fixture {
        Fixture::parse(include_str!("fixtures/create_address.json"))
    }

    #[tokio::test]
    async fn answers_with_201() {
        let answer = ask(&fixture()).await;
        assert_eq!(answer.status(), 201, "{:?}", answer.body());
    }

    #[tokio::test]
    async fn answers_as_documented() {
        let answer = ask(&fixture()).await;
        fixture().assert_keeps(&mock(), &answer);
        // The same seed gives the same answer; a service has one of its own.
        if answer.answered_by() == AnsweredBy::Mock {
            insta::assert_json_snapshot!("create_address", answer.json().expect("JSON"));
        }
    }

    #[tokio::test]
    async fn answers_in_time() {
        let took = ask(&fixture()).await.duration();
        assert!(took < Fixture::budget(), "it took {took:?}");
    }

    #[tokio::test]
    async fn refuses_a_body_without_its_fields() {
        let answer = ask_wrongly(&fixture()).await;
        assert!(answer.status().is_client_error(), "{} {:?}", answer.status(), answer.body());
    }
}

/// GET /customers/{customerId}/addresses/{addressId}
mod get_address {
    use super::*;

    fn fixture() -> Fixture {
        Fixture::parse(include_str!("fixtures/get_address.json"))
    }

    #[tokio::test]
    async fn answers_with_200() {
        let answer = ask(&fixture()).await;
        assert_eq!(answer.status(), 200, "{:?}", answer.body());
    }

    #[tokio::test]
    async fn answers_as_documented() {
        let answer = ask(&fixture()).await;
        fixture().assert_keeps(&mock(), &answer);
        // The same seed gives the same answer; a service has one of its own.
        if answer.answered_by() == AnsweredBy::Mock {
            insta::assert_json_snapshot!("get_address", answer.json().expect("JSON"));
        }
    }

    #[tokio::test]
    async fn answers_in_time() {
        let took = ask(&fixture()).await.duration();
        assert!(took < Fixture::budget(), "it took {took:?}");
    }

    #[tokio::test]
    async fn refuses_a_path_of_another_type() {
        let answer = ask_wrongly(&fixture()).await;
        assert!(answer.status().is_client_error(), "{} {:?}", answer.status(), answer.body());
    }
}

/// DELETE /customers/{customerId}/addresses/{addressId}
mod delete_address {
    use super::*;

    fn fixture() -> Fixture {
        Fixture::parse(include_str!("fixtures/delete_address.json"))
    }

    #[tokio::test]
    async fn answers_with_204() {
        let answer = ask(&fixture()).await;
        assert_eq!(answer.status(), 204, "{:?}", answer.body());
    }

    #[tokio::test]
    async fn answers_as_documented() {
        let answer = ask(&fixture()).await;
        fixture().assert_keeps(&mock(), &answer);
    }

    #[tokio::test]
    async fn answers_in_time() {
        let took = ask(&fixture()).await.duration();
        assert!(took < Fixture::budget(), "it took {took:?}");
    }

    #[tokio::test]
    async fn refuses_a_path_of_another_type() {
        let answer = ask_wrongly(&fixture()).await;
        assert!(answer.status().is_client_error(), "{} {:?}", answer.status(), answer.body());
    }
}

/// GET /orders
mod list_orders {
    use super::*;

    fn fixture() -> Fixture {
        Fixture::parse(include_str!("fixtures/list_orders.json"))
    }

    #[tokio::test]
    async fn answers_with_200() {
        let answer = ask(&fixture()).await;
        assert_eq!(answer.status(), 200, "{:?}", answer.body());
    }

    #[tokio::test]
    async fn answers_as_documented() {
        let answer = ask(&fixture()).await;
        fixture().assert_keeps(&mock(), &answer);
        // The same seed gives the same answer; a service has one of its own.
        if answer.answered_by() == AnsweredBy::Mock {
            insta::assert_json_snapshot!("list_orders", answer.json().expect("JSON"));
        }
    }

    #[tokio::test]
    async fn answers_in_time() {
        let took = ask(&fixture()).await.duration();
        assert!(took < Fixture::budget(), "it took {took:?}");
    }

    #[tokio::test]
    async fn refuses_a_parameter_of_another_type() {
        let answer = ask_wrongly(&fixture()).await;
        assert!(answer.status().is_client_error(), "{} {:?}", answer.status(), answer.body());
    }
}

/// POST /orders
mod create_order {
    use super::*;

    fn fixture() -> Fixture {
        Fixture::parse(include_str!("fixtures/create_order.json"))
    }

    #[tokio::test]
    async fn answers_with_201() {
        let answer = ask(&fixture()).await;
        assert_eq!(answer.status(), 201, "{:?}", answer.body());
    }

    #[tokio::test]
    async fn answers_as_documented() {
        let answer = ask(&fixture()).await;
        fixture().assert_keeps(&mock(), &answer);
        // The same seed gives the same answer; a service has one of its own.
        if answer.answered_by() == AnsweredBy::Mock {
            insta::assert_json_snapshot!("create_order", answer.json().expect("JSON"));
        }
    }

    #[tokio::test]
    async fn answers_in_time() {
        let took = ask(&fixture()).await.duration();
        assert!(took < Fixture::budget(), "it took {took:?}");
    }

    #[tokio::test]
    async fn refuses_a_body_without_its_fields() {
        let answer = ask_wrongly(&fixture()).await;
        assert!(answer.status().is_client_error(), "{} {:?}", answer.status(), answer.body());
    }

    /// 422
    #[test]
    fn knows_its_errors() {
        fixture().assert_errors(&mock());
    }
}

/// GET /orders/{id}
mod get_order {
    use super::*;

    fn fixture() -> Fixture {
        Fixture::parse(include_str!("fixtures/get_order.json"))
    }

    #[tokio::test]
    async fn answers_with_200() {
        let answer = ask(&fixture()).await;
        assert_eq!(answer.status(), 200, "{:?}", answer.body());
    }

    #[tokio::test]
    async fn answers_as_documented() {
        let answer = ask(&fixture()).await;
        fixture().assert_keeps(&mock(), &answer);
        // The same seed gives the same answer; a service has one of its own.
        if answer.answered_by() == AnsweredBy::Mock {
            insta::assert_json_snapshot!("get_order", answer.json().expect("JSON"));
        }
    }

    #[tokio::test]
    async fn answers_in_time() {
        let took = ask(&fixture()).await.duration();
        assert!(took < Fixture::budget(), "it took {took:?}");
    }

    #[tokio::test]
    async fn refuses_a_path_of_another_type() {
        let answer = ask_wrongly(&fixture()).await;
        assert!(answer.status().is_client_error(), "{} {:?}", answer.status(), answer.body());
    }

    /// 404
    #[test]
    fn knows_its_errors() {
        fixture().assert_errors(&mock());
    }
}

/// PUT /orders/{id}
mod replace_order {
    use super::*;

    fn fixture() -> Fixture {
        Fixture::parse(include_str!("fixtures/replace_order.json"))
    }

    #[tokio::test]
    async fn answers_with_200() {
        let answer = ask(&fixture()).await;
        assert_eq!(answer.status(), 200, "{:?}", answer.body());
    }

    #[tokio::test]
    async fn answers_as_documented() {
        let answer = ask(&fixture()).await;
        fixture().assert_keeps(&mock(), &answer);
        // The same seed gives the same answer; a service has one of its own.
        if answer.answered_by() == AnsweredBy::Mock {
            insta::assert_json_snapshot!("replace_order", answer.json().expect("JSON"));
        }
    }

    #[tokio::test]
    async fn answers_in_time() {
        let took = ask(&fixture()).await.duration();
        assert!(took < Fixture::budget(), "it took {took:?}");
    }

    #[tokio::test]
    async fn refuses_a_body_without_its_fields() {
        let answer = ask_wrongly(&fixture()).await;
        assert!(answer.status().is_client_error(), "{} {:?}", answer.status(), answer.body());
    }
}

/// PATCH /orders/{id}
mod update_order {
    use super::*;

    fn fixture() -> Fixture {
        Fixture::parse(include_str!("fixtures/update_order.json"))
    }

    #[tokio::test]
    async fn answers_with_200() {
        let answer = ask(&fixture()).await;
        assert_eq!(answer.status(), 200, "{:?}", answer.body());
    }

    #[tokio::test]
    async fn answers_as_documented() {
        let answer = ask(&fixture()).await;
        fixture().assert_keeps(&mock(), &answer);
        // The same seed gives the same answer; a service has one of its own.
        if answer.answered_by() == AnsweredBy::Mock {
            insta::assert_json_snapshot!("update_order", answer.json().expect("JSON"));
        }
    }

    #[tokio::test]
    async fn answers_in_time() {
        let took = ask(&fixture()).await.duration();
        assert!(took < Fixture::budget(), "it took {took:?}");
    }

    #[tokio::test]
    async fn refuses_a_body_of_another_type() {
        let answer = ask_wrongly(&fixture()).await;
        assert!(answer.status().is_client_error(), "{} {:?}", answer.status(), answer.body());
    }
}

/// DELETE /orders/{id}
mod delete_order {
    use super::*;

    fn fixture() -> Fixture {
        Fixture::parse(include_str!("fixtures/delete_order.json"))
    }

    #[tokio::test]
    async fn answers_with_204() {
        let answer = ask(&fixture()).await;
        assert_eq!(answer.status(), 204, "{:?}", answer.body());
    }

    #[tokio::test]
    async fn answers_as_documented() {
        let answer = ask(&fixture()).await;
        fixture().assert_keeps(&mock(), &answer);
    }

    #[tokio::test]
    async fn answers_in_time() {
        let took = ask(&fixture()).await.duration();
        assert!(took < Fixture::budget(), "it took {took:?}");
    }

    #[tokio::test]
    async fn refuses_a_path_of_another_type() {
        let answer = ask_wrongly(&fixture()).await;
        assert!(answer.status().is_client_error(), "{} {:?}", answer.status(), answer.body());
    }
}

/// POST /files
mod upload_file {
    use super::*;

    fn fixture() -> Fixture {
        Fixture::parse(include_str!("fixtures/upload_file.json"))
    }

    #[tokio::test]
    async fn answers_with_201() {
        let answer = ask(&fixture()).await;
        assert_eq!(answer.status(), 201, "{:?}", answer.body());
    }

    #[tokio::test]
    async fn answers_as_documented() {
        let answer = ask(&fixture()).await;
        fixture().assert_keeps(&mock(), &answer);
        // The same seed gives the same answer; a service has one of its own.
        if answer.answered_by() == AnsweredBy::Mock {
            insta::assert_json_snapshot!("upload_file", answer.json().expect("JSON"));
        }
    }

    #[tokio::test]
    async fn answers_in_time() {
        let took = ask(&fixture()).await.duration();
        assert!(took < Fixture::budget(), "it took {took:?}");
    }

    #[tokio::test]
    async fn refuses_a_missing_body() {
        let answer = ask_wrongly(&fixture()).await;
        assert!(answer.status().is_client_error(), "{} {:?}", answer.status(), answer.body());
    }
}

/// GET /files
mod list_files {
    use super::*;

    fn fixture() -> Fixture {
        Fixture::parse(include_str!("fixtures/list_files.json"))
    }

    #[tokio::test]
    async fn answers_with_200() {
        let answer = ask(&fixture()).await;
        assert_eq!(answer.status(), 200, "{:?}", answer.body());
    }

    #[tokio::test]
    async fn answers_as_documented() {
        let answer = ask(&fixture()).await;
        fixture().assert_keeps(&mock(), &answer);
        // The same seed gives the same answer; a service has one of its own.
        if answer.answered_by() == AnsweredBy::Mock {
            insta::assert_json_snapshot!("list_files", answer.json().expect("JSON"));
        }
    }

    #[tokio::test]
    async fn answers_in_time() {
        let took = ask(&fixture()).await.duration();
        assert!(took < Fixture::budget(), "it took {took:?}");
    }
}

/// GET /files/{fileId}
mod get_file {
    use super::*;

    fn fixture() -> Fixture {
        Fixture::parse(include_str!("fixtures/get_file.json"))
    }

    #[tokio::test]
    async fn answers_with_200() {
        let answer = ask(&fixture()).await;
        assert_eq!(answer.status(), 200, "{:?}", answer.body());
    }

    #[tokio::test]
    async fn answers_as_documented() {
        let answer = ask(&fixture()).await;
        fixture().assert_keeps(&mock(), &answer);
        // The same seed gives the same answer; a service has one of its own.
        if answer.answered_by() == AnsweredBy::Mock {
            insta::assert_json_snapshot!("get_file", answer.json().expect("JSON"));
        }
    }

    #[tokio::test]
    async fn answers_in_time() {
        let took = ask(&fixture()).await.duration();
        assert!(took < Fixture::budget(), "it took {took:?}");
    }
}

/// DELETE /files/{fileId}
mod delete_file {
    use super::*;

    fn fixture() -> Fixture {
        Fixture::parse(include_str!("fixtures/delete_file.json"))
    }

    #[tokio::test]
    async fn answers_with_204() {
        let answer = ask(&fixture()).await;
        assert_eq!(answer.status(), 204, "{:?}", answer.body());
    }

    #[tokio::test]
    async fn answers_as_documented() {
        let answer = ask(&fixture()).await;
        fixture().assert_keeps(&mock(), &answer);
    }

    #[tokio::test]
    async fn answers_in_time() {
        let took = ask(&fixture()).await.duration();
        assert!(took < Fixture::budget(), "it took {took:?}");
    }
}

/// GET /files/{fileId}/content
mod download_file {
    use super::*;

    fn fixture() -> Fixture {
        Fixture::parse(include_str!("fixtures/download_file.json"))
    }

    #[tokio::test]
    async fn answers_with_200() {
        let answer = ask(&fixture()).await;
        assert_eq!(answer.status(), 200, "{:?}", answer.body());
    }

    #[tokio::test]
    async fn answers_as_documented() {
        let answer = ask(&fixture()).await;
        fixture().assert_keeps(&mock(), &answer);
    }

    #[tokio::test]
    async fn answers_in_time() {
        let took = ask(&fixture()).await.duration();
        assert!(took < Fixture::budget(), "it took {took:?}");
    }
}

/// PUT /avatars/{name}
mod set_avatar {
    use super::*;

    fn fixture() -> Fixture {
        Fixture::parse(include_str!("fixtures/set_avatar.json"))
    }

    #[tokio::test]
    async fn answers_with_204() {
        let answer = ask(&fixture()).await;
        assert_eq!(answer.status(), 204, "{:?}", answer.body());
    }

    #[tokio::test]
    async fn answers_as_documented() {
        let answer = ask(&fixture()).await;
        fixture().assert_keeps(&mock(), &answer);
    }

    #[tokio::test]
    async fn answers_in_time() {
        let took = ask(&fixture()).await.duration();
        assert!(took < Fixture::budget(), "it took {took:?}");
    }

    #[tokio::test]
    async fn refuses_a_missing_body() {
        let answer = ask_wrongly(&fixture()).await;
        assert!(answer.status().is_client_error(), "{} {:?}", answer.status(), answer.body());
    }
}

/// GET /avatars/{name}
mod get_avatar {
    use super::*;

    fn fixture() -> Fixture {
        Fixture::parse(include_str!("fixtures/get_avatar.json"))
    }

    #[tokio::test]
    async fn answers_with_200() {
        let answer = ask(&fixture()).await;
        assert_eq!(answer.status(), 200, "{:?}", answer.body());
    }

    #[tokio::test]
    async fn answers_as_documented() {
        let answer = ask(&fixture()).await;
        fixture().assert_keeps(&mock(), &answer);
    }

    #[tokio::test]
    async fn answers_in_time() {
        let took = ask(&fixture()).await.duration();
        assert!(took < Fixture::budget(), "it took {took:?}");
    }
}

/// GET /settings
mod get_settings {
    use super::*;

    fn fixture() -> Fixture {
        Fixture::parse(include_str!("fixtures/get_settings.json"))
    }

    #[tokio::test]
    async fn answers_with_200() {
        let answer = ask(&fixture()).await;
        assert_eq!(answer.status(), 200, "{:?}", answer.body());
    }

    #[tokio::test]
    async fn answers_as_documented() {
        let answer = ask(&fixture()).await;
        fixture().assert_keeps(&mock(), &answer);
        // The same seed gives the same answer; a service has one of its own.
        if answer.answered_by() == AnsweredBy::Mock {
            insta::assert_json_snapshot!("get_settings", answer.json().expect("JSON"));
        }
    }

    #[tokio::test]
    async fn answers_in_time() {
        let took = ask(&fixture()).await.duration();
        assert!(took < Fixture::budget(), "it took {took:?}");
    }
}

/// PUT /settings
mod set_settings {
    use super::*;

    fn fixture() -> Fixture {
        Fixture::parse(include_str!("fixtures/set_settings.json"))
    }

    #[tokio::test]
    async fn answers_with_200() {
        let answer = ask(&fixture()).await;
        assert_eq!(answer.status(), 200, "{:?}", answer.body());
    }

    #[tokio::test]
    async fn answers_as_documented() {
        let answer = ask(&fixture()).await;
        fixture().assert_keeps(&mock(), &answer);
        // The same seed gives the same answer; a service has one of its own.
        if answer.answered_by() == AnsweredBy::Mock {
            insta::assert_json_snapshot!("set_settings", answer.json().expect("JSON"));
        }
    }

    #[tokio::test]
    async fn answers_in_time() {
        let took = ask(&fixture()).await.duration();
        assert!(took < Fixture::budget(), "it took {took:?}");
    }

    #[tokio::test]
    async fn refuses_a_body_without_its_fields() {
        let answer = ask_wrongly(&fixture()).await;
        assert!(answer.status().is_client_error(), "{} {:?}", answer.status(), answer.body());
    }
}

/// POST /login
mod login {
    use super::*;

    fn fixture() -> Fixture {
        Fixture::parse(include_str!("fixtures/login.json"))
    }

    #[tokio::test]
    async fn answers_with_200() {
        let answer = ask(&fixture()).await;
        assert_eq!(answer.status(), 200, "{:?}", answer.body());
    }

    #[tokio::test]
    async fn answers_as_documented() {
        let answer = ask(&fixture()).await;
        fixture().assert_keeps(&mock(), &answer);
        // The same seed gives the same answer; a service has one of its own.
        if answer.answered_by() == AnsweredBy::Mock {
            insta::assert_json_snapshot!("login", answer.json().expect("JSON"));
        }
    }

    #[tokio::test]
    async fn answers_in_time() {
        let took = ask(&fixture()).await.duration();
        assert!(took < Fixture::budget(), "it took {took:?}");
    }

    #[tokio::test]
    async fn refuses_a_body_without_its_fields() {
        let answer = ask_wrongly(&fixture()).await;
        assert!(answer.status().is_client_error(), "{} {:?}", answer.status(), answer.body());
    }
}

/// GET /me
mod who_am_i {
    use super::*;

    fn fixture() -> Fixture {
        Fixture::parse(include_str!("fixtures/who_am_i.json"))
    }

    #[tokio::test]
    async fn answers_with_200() {
        let answer = ask(&fixture()).await;
        assert_eq!(answer.status(), 200, "{:?}", answer.body());
    }

    #[tokio::test]
    async fn answers_as_documented() {
        let answer = ask(&fixture()).await;
        fixture().assert_keeps(&mock(), &answer);
        // The same seed gives the same answer; a service has one of its own.
        if answer.answered_by() == AnsweredBy::Mock {
            insta::assert_json_snapshot!("who_am_i", answer.json().expect("JSON"));
        }
    }

    #[tokio::test]
    async fn answers_in_time() {
        let took = ask(&fixture()).await.duration();
        assert!(took < Fixture::budget(), "it took {took:?}");
    }
}

/// GET /report
mod report {
    use super::*;

    fn fixture() -> Fixture {
        Fixture::parse(include_str!("fixtures/report.json"))
    }

    #[tokio::test]
    async fn answers_with_200() {
        let answer = ask(&fixture()).await;
        assert_eq!(answer.status(), 200, "{:?}", answer.body());
    }

    #[tokio::test]
    async fn answers_as_documented() {
        let answer = ask(&fixture()).await;
        fixture().assert_keeps(&mock(), &answer);
        // The same seed gives the same answer; a service has one of its own.
        if answer.answered_by() == AnsweredBy::Mock {
            insta::assert_json_snapshot!("report", answer.json().expect("JSON"));
        }
    }

    #[tokio::test]
    async fn answers_in_time() {
        let took = ask(&fixture()).await.duration();
        assert!(took < Fixture::budget(), "it took {took:?}");
    }

    #[tokio::test]
    async fn refuses_a_parameter_of_another_type() {
        let answer = ask_wrongly(&fixture()).await;
        assert!(answer.status().is_client_error(), "{} {:?}", answer.status(), answer.body());
    }

    /// 409
    #[test]
    fn knows_its_errors() {
        fixture().assert_errors(&mock());
    }
}
