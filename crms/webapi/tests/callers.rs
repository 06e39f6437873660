//! Tokens, impersonation, functions, injected faults.

mod world;

use http_body_util::BodyExt;
use serde_json::{Value, json};
use uuid::Uuid;
use world::{BASE, world};

#[tokio::test]
async fn a_call_without_a_valid_token_is_sent_to_sign_in() {
    let world = world().await;
    for token in ["Bearer wrong", "Basic admin", ""] {
        let answer =
            world.ask_with("GET", "WhoAmI", &[("authorization", token)], Value::Null).await;
        assert_eq!(answer.status, 401);
        let challenge = answer.header("www-authenticate");
        assert!(challenge.starts_with("Bearer authorization_uri=http"), "{challenge}");
        assert_eq!(answer.code(), "0x80044302");
    }
    let stranger = format!("Bearer object:{}", Uuid::from_u128(7));
    let answer =
        world.ask_with("GET", "WhoAmI", &[("authorization", &stranger)], Value::Null).await;
    assert_eq!((answer.status, answer.code().as_str()), (403, "0x80072560"));
}

#[tokio::test]
async fn functions_answer_with_and_without_parentheses() {
    let world = world().await;
    for path in ["WhoAmI", "WhoAmI()", "/api/data/v9.0/WhoAmI()", "/api/data/v9.1/WhoAmI"] {
        let body = world.get(path).await.json();
        assert_eq!(body["UserId"], world.admin.to_string(), "{path}: {body}");
        assert_eq!(body["OrganizationId"], world.crm.organization_id().to_string());
        assert!(body["BusinessUnitId"].is_string());
        let context = body["@odata.context"].as_str().expect("a context");
        assert!(context.ends_with("$metadata#Microsoft.Dynamics.CRM.WhoAmIResponse"));
    }
    let version = world.get("RetrieveVersion()").await.json();
    assert!(version["Version"].as_str().expect("a version").starts_with("9.2."));
}

#[tokio::test]
async fn an_administrator_acts_for_others_and_nobody_else_does() {
    let world = world().await;
    let (anna, object) = world.user("anna", Some("Salesperson")).await;
    let object = object.to_string();
    let as_anna = [("callerobjectid", object.as_str())];
    let made = world.ask_with("POST", "accounts", &as_anna, json!({"name": "A"})).await;
    assert_eq!(made.status, 204, "{}", made.text);
    let account = world.get(&format!("accounts({})", made.id())).await.json();
    assert_eq!(account["_createdby_value"], anna.to_string());
    let by_id = anna.to_string();
    let who =
        world.ask_with("GET", "WhoAmI", &[("mscrmcallerid", &by_id)], Value::Null).await.json();
    assert_eq!(who["UserId"], by_id);

    let token = format!("Bearer user:{anna}");
    let admin = world.admin.to_string();
    let headers = [("authorization", token.as_str()), ("mscrmcallerid", admin.as_str())];
    let refused = world.ask_with("GET", "WhoAmI", &headers, Value::Null).await;
    assert_eq!((refused.status, refused.code().as_str()), (403, "0x80040220"));
    assert!(refused.message().contains("prvActOnBehalfOfAnotherUser"));
    let nobody = Uuid::from_u128(9).to_string();
    let missing =
        world.ask_with("GET", "WhoAmI", &[("callerobjectid", &nobody)], Value::Null).await;
    assert_eq!(missing.status, 403);
}

#[tokio::test]
async fn addresses_in_answers_follow_the_request() {
    let world = world().await;
    let body = world.get("").await.json();
    assert_eq!(body["@odata.context"], format!("{BASE}/$metadata"));
    let sets = body["value"].as_array().expect("sets");
    assert!(sets.contains(&json!({"name": "emails", "kind": "EntitySet", "url": "emails"})));
    let odd = [("host", "a\"b")];
    let mut request = http::Request::builder()
        .uri("/api/data/v9.2/WhoAmI")
        .header("authorization", "Bearer admin");
    for (name, value) in odd {
        request = request.header(name, value);
    }
    let answer = world.send(request.body(axum::body::Body::empty()).expect("a request")).await;
    assert!(answer.text.contains("http://localhost/api/data/v9.2"));
}

#[tokio::test]
async fn injected_faults_use_the_envelope_of_the_face() {
    for (status, code, expected) in [
        (429, "", "0x80072322"),
        (503, "0x80040216", "0x80040216"),
        (400, "0x80040265", "0x80040265"),
        (500, "", "0x80040216"),
    ] {
        let response = earmark_webapi::envelope(status, code);
        assert_eq!(response.status().as_u16(), status);
        let bytes = response.into_body().collect().await.expect("a body").to_bytes();
        let body: Value = serde_json::from_slice(&bytes).expect("JSON");
        assert_eq!(body["error"]["code"], expected);
        assert!(body["error"]["message"].is_string());
    }
}
