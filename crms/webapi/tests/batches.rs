//! Batches: change sets, references, ends.

mod world;

use serde_json::json;
use world::{Answer, World, world};

async fn batch(world: &World, body: &str, headers: &[(&str, &str)]) -> Answer {
    let mut all = vec![("content-type", "multipart/mixed;boundary=\"b\"")];
    all.extend_from_slice(headers);
    world.ask_with("POST", "$batch", &all, json!(body.replace('\n', "\r\n"))).await
}

fn part(request: &str) -> String {
    format!("--b\nContent-Type: application/http\nContent-Transfer-Encoding:binary\n\n{request}\n")
}

fn changes(requests: &[&str]) -> String {
    let mut text = "--b\nContent-Type: multipart/mixed; boundary=c\n\n".to_owned();
    for (index, request) in requests.iter().enumerate() {
        text += &format!(
            "--c\nContent-Type: application/http\nContent-Transfer-Encoding: binary\nContent-ID: {}\n\n{request}\n",
            index + 1
        );
    }
    text + "--c--\n"
}

const JSON: &str = "HTTP/1.1\nContent-Type: application/json;type=entry\n\n";

#[tokio::test]
async fn a_change_set_refers_to_its_own_rows() {
    let world = world().await;
    let body = changes(&[
        &format!("POST /api/data/v9.2/contacts {JSON}{{\"lastname\":\"Smith\"}}"),
        &format!(
            "POST http://crm.example/api/data/v9.2/accounts {JSON}{{\"name\":\"A\",\"primarycontactid@odata.bind\":\"$1\"}}"
        ),
        &format!("PUT $1/firstname {JSON}{{\"value\":\"Anna\"}}"),
        &format!("PUT $1/parentcustomerid_account/$ref {JSON}{{\"@odata.id\":\"$2\"}}"),
    ]) + &part(
        "GET accounts?$select=name&$expand=primarycontactid($select=fullname) HTTP/1.1\nAccept: application/json\n",
    ) + "--b--\n";
    let answer = batch(&world, &body, &[]).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    assert!(answer.header("content-type").starts_with("multipart/mixed; boundary=batchresponse_"));
    assert_eq!(answer.text.matches("HTTP/1.1 204 No Content").count(), 4, "{}", answer.text);
    assert_eq!(answer.text.matches("OData-EntityId: http://crm.example/api/data/v9.2/").count(), 2);
    assert!(answer.text.contains("boundary=changesetresponse_"));
    assert!(answer.text.contains("Content-ID: 3"));
    assert!(answer.text.contains("Anna Smith"), "{}", answer.text);
}

#[tokio::test]
async fn a_change_set_happens_all_or_not_at_all() {
    let world = world().await;
    let body = changes(&[
        &format!("POST accounts {JSON}{{\"name\":\"A\"}}"),
        &format!(
            "PATCH contacts(00000000-0000-0000-0000-000000000001) HTTP/1.1\nIf-Match: *\nContent-Type: application/json\n\n{}",
            "{\"lastname\":\"x\"}"
        ),
    ]) + "--b--\n";
    let answer = batch(&world, &body, &[]).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    assert!(
        answer.text.contains("0x80040217") && answer.text.contains("Content-ID: 2"),
        "{}",
        answer.text
    );
    assert!(!answer.text.contains("changesetresponse"));
    assert_eq!(world.get("accounts/$count").await.text, "0");
}

#[tokio::test]
async fn the_first_refusal_ends_a_batch_unless_it_may_go_on() {
    let world = world().await;
    let body = part("GET nonsense HTTP/1.1\n")
        + &part(&format!("POST accounts {JSON}{{\"name\":\"A\"}}"))
        + "--b--\n";
    let answer = batch(&world, &body, &[]).await;
    assert_eq!((answer.status, answer.text.matches("HTTP/1.1 ").count()), (200, 1));
    assert_eq!(world.get("accounts/$count").await.text, "0");
    let answer = batch(&world, &body, &[("prefer", "odata.continue-on-error")]).await;
    assert_eq!((answer.status, answer.text.matches("HTTP/1.1 ").count()), (200, 2));
    assert_eq!(world.get("accounts/$count").await.text, "1");
}

#[tokio::test]
async fn what_a_batch_may_not_hold_is_refused() {
    let world = world().await;
    for body in [
        changes(&["GET accounts HTTP/1.1\n"]),
        part("POST $batch HTTP/1.1\n"),
        part(&format!("GET accounts?$filter={} HTTP/1.1\n", "x".repeat(33_000))),
    ] {
        let answer = batch(&world, &(body + "--b--\n"), &[]).await;
        assert!(answer.text.contains("HTTP/1.1 400 Bad Request"), "{}", answer.text);
    }
    let body = part("GET WhoAmI HTTP/1.1\n").repeat(1_001) + "--b--\n";
    let answer = batch(&world, &body, &[]).await;
    assert_eq!(answer.status, 400);
    assert!(answer.message().contains("1000"), "{}", answer.message());
    let answer = world.ask("POST", "$batch", json!("x")).await;
    assert_eq!(answer.status, 400);
}
