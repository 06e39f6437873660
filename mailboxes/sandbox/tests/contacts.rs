//! Contacts as clients see them.

mod face;

use face::{Face, LI, encoded};
use serde_json::{Value, json};
use std::time::Duration;

fn id(value: &Value) -> String {
    encoded(value["id"].as_str().expect("id"))
}

#[tokio::test]
async fn contacts_are_made_read_changed_and_deleted() {
    let face = Face::new().await;
    let url = format!("/users/{LI}/contacts");
    let body = json!({
        "givenName": "Ana",
        "surname": "Ruiz",
        "emailAddresses": [{ "address": "ana@contoso.test", "name": "Ana R." }],
        "businessPhones": ["+1 555 0100"],
        "homeAddress": { "city": "Sevilla" },
        "birthday": "1990-05-01T00:00:00Z",
    });
    let new = face.ask("POST", &url).json(&body).send().await.expect(201).json;
    assert_eq!((&new["displayName"], &new["fileAs"]), (&json!("Ana Ruiz"), &json!("Ruiz, Ana")));
    for name in ["givenName", "emailAddresses", "businessPhones", "homeAddress", "birthday"] {
        assert_eq!(new[name], body[name], "{name}");
    }
    assert_eq!(
        (&new["imAddresses"], &new["jobTitle"], &new["otherAddress"]),
        (&json!([]), &Value::Null, &json!({}))
    );
    let one = format!("{url}/{}", id(&new));
    let etag = new["@odata.etag"].as_str().expect("etag");
    face.clock.turn(Duration::from_secs(5));
    let changed = face
        .ask("PATCH", &one)
        .header("if-match", etag)
        .json(&json!({ "categories": ["Blue"], "jobTitle": "Buyer", "birthday": null }))
        .send()
        .await
        .expect(200)
        .json;
    assert_eq!(
        (&changed["categories"], &changed["jobTitle"], &changed["birthday"]),
        (&json!(["Blue"]), &json!("Buyer"), &Value::Null)
    );
    assert_eq!(changed["givenName"], json!("Ana"));
    assert_ne!(changed["changeKey"], new["changeKey"]);
    assert_ne!(changed["lastModifiedDateTime"], new["lastModifiedDateTime"]);
    face.ask("DELETE", &one).header("if-match", etag).send().await.expect(412);
    let immutable = face.get(&one).immutable().send().await.expect(200).json;
    assert_ne!(immutable["id"], new["id"]);
    face.get(&format!("{url}/{}", id(&immutable))).send().await.expect(200);
    face.ask("DELETE", &one).send().await.expect(204);
    assert_eq!(face.get(&one).send().await.expect(404).code(), "ErrorItemNotFound");
    for (body, target) in [
        (json!({ "emailAddresses": "x" }), "emailAddresses"),
        (json!({ "givenName": 1 }), "givenName"),
        (json!({ "birthday": "may" }), "birthday"),
        (json!({ "businessPhones": "x" }), "businessPhones"),
    ] {
        let refused = face.ask("POST", &url).json(&body).send().await.expect(400);
        assert_eq!(refused.json["error"]["target"], json!(target));
    }
    let unknown = face.ask("POST", &url).json(&json!({ "phone": "x" })).send().await.expect(400);
    assert_eq!(unknown.code(), "RequestBodyRead");
}

#[tokio::test]
async fn contacts_are_found_by_category_and_address() {
    let face = Face::new().await;
    let url = format!("/users/{LI}/contacts");
    for (name, categories) in
        [("Ana", json!(["Blue"])), ("Ben", json!([])), ("Cid", json!(["Red", "Blue"]))]
    {
        let body = json!({ "givenName": name, "categories": categories, "emailAddresses": [{ "address": format!("{name}@contoso.test") }] });
        face.ask("POST", &url).json(&body).send().await.expect(201);
    }
    let folders = face.get(&format!("/users/{LI}/contactFolders")).send().await.expect(200);
    assert_eq!(folders.values().len(), 1);
    let folder = id(&folders.values()[0]);
    for (filter, wanted) in [
        ("categories/any(c:c eq 'blue')", vec!["Ana", "Cid"]),
        ("emailAddresses/any(a:a/address eq 'ben@contoso.test')", vec!["Ben"]),
        ("emailAddresses/any(a:a/address eq 'nobody@contoso.test')", vec![]),
        ("givenName eq 'Cid' and categories/any(c:c eq 'Red')", vec!["Cid"]),
    ] {
        for base in [
            url.clone(),
            format!("/users/{LI}/contactFolders/{folder}/contacts"),
            format!("/users/{LI}/contactFolders('contacts')/contacts"),
        ] {
            let found = face
                .get(&format!("{base}?$filter={}&$select=givenName", encoded(filter)))
                .send()
                .await
                .expect(200);
            let names: Vec<_> =
                found.values().iter().filter_map(|one| one["givenName"].as_str()).collect();
            assert_eq!(names, wanted, "{filter}");
        }
    }
    let page = face
        .get(&format!("{url}?$top=2&$orderby=givenName%20desc&$count=true"))
        .send()
        .await
        .expect(200);
    assert_eq!(
        (&page.values()[0]["givenName"], &page.json["@odata.count"]),
        (&json!("Cid"), &json!(3))
    );
    let next = page.json["@odata.nextLink"].as_str().expect("next");
    assert_eq!(face.get(next).send().await.expect(200).values()[0]["givenName"], json!("Ana"));
    assert_eq!(face.get(&format!("{url}/$count")).send().await.expect(200).text, "3");
    face.get(&format!("/users/{LI}/contactFolders/contacts")).send().await.expect(200);
    face.get(&format!("/users/{LI}/contactFolders/x/contacts")).send().await.expect(404);
    face.get(&format!("{url}?$filter={}", encoded("phone eq 'x'"))).send().await.expect(400);
    face.ask("PUT", "/sandbox/v1/quirks")
        .json(&json!({ "profile": "hostile" }))
        .send()
        .await
        .expect(200);
    let exact = face
        .get(&format!("{url}?$filter={}", encoded("categories/any(c:c eq 'blue')")))
        .send()
        .await
        .expect(200);
    assert!(exact.values().is_empty());
}
