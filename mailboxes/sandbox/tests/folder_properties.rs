//! What clients put on mail folders.

mod face;

use face::{ANA, Face, LI};
use serde_json::{Value, json};

const MARK: &str = "String {66f5a359-4659-4830-9070-00047ec6ac6e} Name Color";

fn inbox_of(owner: &str) -> String {
    format!("/graph/v1.0/users/{owner}/mailFolders/inbox")
}

/// The folder with the property that `id` names.
async fn expanded(face: &Face, owner: &str, id: &str) -> Value {
    let id = face::encoded(id);
    let path = format!(
        "{}?$select=id&$expand=singleValueExtendedProperties($filter=id%20eq%20'{id}')",
        inbox_of(owner)
    );
    face.ask("GET", &path).send().await.expect(200).json.clone()
}

#[tokio::test]
async fn a_property_of_a_folder_is_shown_to_who_asks_for_it_by_id() {
    let face = Face::new().await;
    assert_eq!(expanded(&face, ANA, MARK).await["singleValueExtendedProperties"], Value::Null);
    for value in ["Green", "Blue"] {
        let body = json!({"singleValueExtendedProperties": [{"id": MARK, "value": value}]});
        face.ask("PATCH", &inbox_of(ANA)).json(&body).send().await.expect(200);
        let wanted = json!([{"id": MARK, "value": value}]);
        // The name keeps its case, the set does not.
        for id in [MARK.to_owned(), MARK.replace("66f5a359", "66F5A359")] {
            let found = expanded(&face, ANA, &id).await;
            assert_eq!(found["singleValueExtendedProperties"], wanted, "{id}");
        }
        let other = expanded(&face, ANA, &MARK.replace("Color", "color")).await;
        assert_eq!(other["singleValueExtendedProperties"], Value::Null);
    }
    let plain = face.ask("GET", &inbox_of(ANA)).send().await.expect(200).json.clone();
    assert_eq!(plain["singleValueExtendedProperties"], Value::Null);
    assert_eq!(expanded(&face, LI, MARK).await["singleValueExtendedProperties"], Value::Null);
}

#[tokio::test]
async fn a_property_comes_with_a_list_of_folders_and_stays_with_a_new_one() {
    let face = Face::new().await;
    let folders = format!("/graph/v1.0/users/{ANA}/mailFolders");
    let body = json!({
        "displayName": "Marked",
        "singleValueExtendedProperties": [{"id": MARK, "value": "Red"}],
    });
    face.ask("POST", &folders).json(&body).send().await.expect(201);
    let id = face::encoded(MARK);
    let list = format!(
        "{folders}?$top=100&$expand=singleValueExtendedProperties($filter=id%20eq%20'{id}')"
    );
    let answer = face.ask("GET", &list).send().await.expect(200);
    let bearing: Vec<&Value> = answer
        .values()
        .iter()
        .filter(|folder| folder["singleValueExtendedProperties"].is_array())
        .map(|folder| &folder["displayName"])
        .collect();
    assert_eq!(bearing, [&json!("Marked")]);
    let nonsense = format!("{folders}/inbox?$expand=messages2");
    face.ask("GET", &nonsense).send().await.expect(400);
}
