//! Rows: made, read, changed, deleted, tied.

mod world;

use serde_json::{Value, json};
use world::{BASE, world, world_with};

#[tokio::test]
async fn a_row_is_made_and_read_back() {
    let world = world().await;
    let id = world.contact("Peter", "Cambel").await;
    let answer = world.get(&format!("contacts({id})?$select=fullname,jobtitle,")).await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.header("odata-version"), "4.0");
    assert_eq!(answer.header("content-type"), "application/json; odata.metadata=minimal");
    assert_eq!(answer.header("x-ms-service-request-id"), answer.header("x-ms-request-id"));
    let body = answer.json();
    assert_eq!(
        body["@odata.context"],
        format!("{BASE}/$metadata#contacts(fullname,jobtitle)/$entity")
    );
    assert_eq!(body["fullname"], "Peter Cambel");
    assert_eq!(body["jobtitle"], Value::Null);
    assert_eq!(body["contactid"], id);
    assert_eq!(body["@odata.etag"], answer.header("etag"));
    assert_eq!(body.as_object().map(|members| members.len()), Some(5));

    let all = world.get(&format!("contacts({id})")).await.json();
    assert_eq!(all["_createdby_value"], world.admin.to_string());
    assert_eq!(all["createdon"], "2026-11-22T12:00:00Z");
    assert!(all.get("ownerid").is_none() && all["_ownerid_value"].is_string());
}

#[tokio::test]
async fn a_representation_is_returned_where_it_is_preferred() {
    let world = world().await;
    let prefer = [("prefer", "return=representation")];
    let answer =
        world.ask_with("POST", "accounts?$select=name", &prefer, json!({"name": "A"})).await;
    assert_eq!(answer.status, 201);
    assert_eq!(answer.header("preference-applied"), "return=representation");
    assert_eq!(answer.header("odata-entityid"), "");
    let id = answer.json()["accountid"].as_str().expect("an id").to_owned();
    let path = format!("accounts({id})?$select=name&$expand=primarycontactid");
    let answer = world.ask_with("PATCH", &path, &prefer, json!({"name": "B"})).await;
    assert_eq!((answer.status, &answer.json()["name"]), (200, &json!("B")));
    let answer =
        world.ask_with("POST", "accounts?$select=nonsense", &prefer, json!({"name": "C"})).await;
    assert_eq!(answer.status, 400);
    assert_eq!(world.get("accounts/$count?$filter=name eq 'C'").await.text, "0");
}

#[tokio::test]
async fn parties_are_made_with_their_email_and_replaced_as_a_whole() {
    let world = world().await;
    let contact = world.contact("Anna", "Smith").await;
    let email = world
        .made(
            "emails",
            json!({
                "subject": "Offer",
                "regardingobjectid_contact_email@odata.bind": format!("/contacts({contact})"),
                "email_activity_parties": [
                    {"participationtypemask": 1, "partyid_systemuser@odata.bind": format!("{BASE}/systemusers({})", world.admin)},
                    {"participationtypemask": 2, "partyid_contact@odata.bind": format!("contacts({contact})")},
                    {"participationtypemask": 2, "addressused": "bo@fabrikam.example"},
                ],
            }),
        )
        .await;
    let path = format!("emails({email})/email_activity_parties?$filter=participationtypemask eq 2");
    let parties = world.get(&path).await.json();
    assert_eq!(parties["value"].as_array().map(Vec::len), Some(2));

    let path = format!(
        "emails({email})?$select=subject&$expand=email_activity_parties($select=participationtypemask;\
         $expand=partyid_contact($select=fullname)),regardingobjectid_contact_email($select=lastname)"
    );
    let body = world.get(&path).await.json();
    assert_eq!(body["regardingobjectid_contact_email"]["lastname"], "Smith");
    let parties = body["email_activity_parties"].as_array().expect("parties").clone();
    let named: Vec<&Value> = parties
        .iter()
        .filter(|party| party["partyid_contact"]["fullname"] == "Anna Smith")
        .collect();
    assert_eq!((parties.len(), named.len()), (3, 1));

    let answer = world
        .ask("PATCH", &format!("emails({email})"), json!({"email_activity_parties": [{"participationtypemask": 3, "addressused": "cy@fabrikam.example"}]}))
        .await;
    assert_eq!(answer.status, 204, "{}", answer.text);
    let parties = world.get(&format!("emails({email})/email_activity_parties")).await.json();
    assert_eq!(parties["value"].as_array().map(Vec::len), Some(1));
    assert_eq!(parties["value"][0]["addressused"], "cy@fabrikam.example");
}

#[tokio::test]
async fn upserts_follow_their_conditions() {
    let world = world().await;
    let path = "accounts(00000000-0000-4000-8000-0000000000aa)";
    let missing = world.ask_with("PATCH", path, &[("if-match", "*")], json!({"name": "A"})).await;
    assert_eq!((missing.status, missing.code().as_str()), (404, "0x80040217"));
    let made = world.ask("PATCH", path, json!({"name": "A"})).await;
    assert_eq!(made.status, 204, "{}", made.text);
    assert_eq!(made.header("odata-entityid"), format!("{BASE}/{path}"));
    let there =
        world.ask_with("PATCH", path, &[("if-none-match", "*")], json!({"name": "B"})).await;
    assert_eq!(there.status, 412, "{}", there.text);
    let etag = world.get(path).await.header("etag").to_owned();
    let fresh = world.ask_with("PATCH", path, &[("if-match", &etag)], json!({"name": "C"})).await;
    assert_eq!(fresh.status, 204, "{}", fresh.text);
    for method in ["PATCH", "DELETE"] {
        let stale =
            world.ask_with(method, path, &[("if-match", &etag)], json!({"name": "D"})).await;
        assert_eq!((stale.status, stale.code().as_str()), (412, "0x80060882"));
    }
    let etag = world.get(path).await.header("etag").to_owned();
    let same = world.ask_with("GET", path, &[("if-none-match", &etag)], Value::Null).await;
    assert_eq!((same.status, same.text.as_str()), (304, ""));
    assert_eq!(world.ask("DELETE", path, Value::Null).await.status, 204);
    assert_eq!(world.get(path).await.status, 404);
}

#[tokio::test]
async fn rows_are_reached_by_alternate_keys() {
    let world = world().await;
    let key = "emails(messageid='%3Ca%2Fb%40x.example%3E',directioncode=false)";
    let made = world.ask("PATCH", key, json!({"subject": "first"})).await;
    assert_eq!(made.status, 204, "{}", made.text);
    let body = world.get(&format!("{key}?$select=messageid,directioncode,subject")).await.json();
    assert_eq!(body["messageid"], "<a/b@x.example>", "{body}");
    assert_eq!(body["directioncode"], false);
    assert_eq!(body["activityid"], made.id());
    let wrong = world.get("emails(subject='x')").await;
    assert_eq!((wrong.status, wrong.code().as_str()), (400, "0x80060888"));
    assert!(wrong.message().contains("Microsoft.Dynamics.CRM.email"));
    let user = world.get(&format!("systemusers(ownerid={})", world.admin)).await;
    assert_eq!(user.json()["ownerid"], world.admin.to_string());
    assert_eq!(world.get(&format!("systemusers(systemuserid={})", world.admin)).await.status, 400);
}

#[tokio::test]
async fn single_properties_are_read_written_and_cleared() {
    let world = world().await;
    let contact = world.contact("Anna", "Smith").await;
    let id = world
        .made(
            "accounts",
            json!({"name": "A", "primarycontactid@odata.bind": format!("/contacts({contact})")}),
        )
        .await;
    let put = world.ask("PUT", &format!("accounts({id})/name"), json!({"value": "B"})).await;
    assert_eq!(put.status, 204, "{}", put.text);
    let read = world.get(&format!("accounts({id})/name")).await.json();
    assert_eq!(
        read,
        json!({"@odata.context": format!("{BASE}/$metadata#accounts({id})/name"), "value": "B"})
    );
    assert_eq!(world.get(&format!("accounts({id})/name/$value")).await.text, "B");
    assert_eq!(
        world.get(&format!("accounts({id})/primarycontactid/fullname/$value")).await.text,
        "Anna Smith"
    );
    assert_eq!(
        world.get(&format!("accounts({id})/_primarycontactid_value")).await.json()["value"],
        contact
    );
    let phone = format!("accounts({id})/telephone1");
    world.ask("PUT", &phone, json!({"value": "1"})).await;
    assert_eq!(world.ask("DELETE", &phone, Value::Null).await.status, 204);
    assert_eq!(world.get(&phone).await.status, 204);
    assert_eq!(world.get(&format!("accounts({id})/nonsense")).await.status, 404);
}

#[tokio::test]
async fn rows_are_tied_and_untied_by_reference() {
    let world = world().await;
    let contact = world.contact("Anna", "Smith").await;
    let account = world.made("accounts", json!({"name": "A"})).await;
    let link = json!({"@odata.id": format!("{BASE}/contacts({contact})")});
    let ties = format!("accounts({account})/contact_customer_accounts");
    let tied = world.ask("POST", &format!("{ties}/$ref"), link.clone()).await;
    assert_eq!(tied.status, 204, "{}", tied.text);
    assert_eq!(world.get(&format!("{ties}/$count")).await.text, "1");
    let references = world.get(&format!("{ties}/$ref")).await.json();
    assert_eq!(references["value"][0]["@odata.id"], format!("{BASE}/contacts({contact})"));
    let untied = world
        .ask("DELETE", &format!("{ties}/$ref?$id={BASE}/contacts({contact})"), Value::Null)
        .await;
    assert_eq!(untied.status, 204, "{}", untied.text);
    assert_eq!(world.get(&format!("{ties}/$count")).await.text, "0");

    let lookup = format!("accounts({account})/primarycontactid");
    assert_eq!(world.ask("PUT", &format!("{lookup}/$ref"), link).await.status, 204);
    assert_eq!(world.get(&lookup).await.json()["fullname"], "Anna Smith");
    assert_eq!(world.ask("DELETE", &format!("{lookup}/$ref"), Value::Null).await.status, 204);
    assert_eq!(world.get(&lookup).await.status, 204);
}

#[tokio::test]
async fn a_security_role_is_taken_and_given_back() {
    let world = world().await;
    let (user, _) = world.user("anna", Some("Salesperson")).await;
    let roles = format!("systemusers({user})/systemuserroles_association");
    let role = world.get(&format!("{roles}?$select=name")).await.json()["value"][0].clone();
    assert_eq!(role["name"], "Salesperson", "{role}");
    let role = role["roleid"].as_str().expect("an id").to_owned();
    let token = format!("Bearer user:{user}");
    let mine = [("authorization", token.as_str())];
    assert_eq!(world.ask_with("GET", "contacts", &mine, Value::Null).await.status, 200);

    let gone = world.ask("DELETE", &format!("{roles}({role})/$ref"), Value::Null).await;
    assert_eq!(gone.status, 204, "{}", gone.text);
    let refused = world.ask_with("GET", "contacts", &mine, Value::Null).await;
    assert_eq!((refused.status, refused.code().as_str()), (403, "0x80040220"));
    assert!(refused.message().contains("prvReadContact"), "{}", refused.message());
    let back = json!({"@odata.id": format!("{BASE}/roles({role})")});
    assert_eq!(world.ask("POST", &format!("{roles}/$ref"), back).await.status, 204);
    assert_eq!(world.ask_with("GET", "contacts", &mine, Value::Null).await.status, 200);
    let held = world
        .get(&format!("systemusers({user})/Microsoft.Dynamics.CRM.RetrieveUserPrivileges"))
        .await
        .json();
    let names: Vec<&str> = held["RolePrivileges"]
        .as_array()
        .expect("a list")
        .iter()
        .filter_map(|one| one["PrivilegeName"].as_str())
        .collect();
    assert!(names.contains(&"prvReadContact"));
}

#[tokio::test]
async fn columns_that_the_crm_keeps_are_refused_from_clients() {
    let world = world().await;
    for column in ["senton", "inreplyto", "conversationindex", "attachmentcount"] {
        let value =
            if column == "attachmentcount" { json!(1) } else { json!("2026-01-01T00:00:00Z") };
        let answer = world.ask("POST", "emails", json!({"subject": "x", column: value})).await;
        assert_eq!(answer.status, 400, "{column}");
        assert!(answer.message().contains(column), "{}", answer.message());
    }
}

#[tokio::test]
async fn payloads_that_do_not_fit_are_refused_by_name() {
    let world = world().await;
    for (body, part) in [
        (
            json!({"nonsense": 1}),
            "Invalid property 'nonsense' was found in entity 'Microsoft.Dynamics.CRM.account'",
        ),
        (
            json!({"nonsense@odata.bind": "/contacts(00000000-0000-0000-0000-000000000001)"}),
            "An undeclared property 'nonsense'",
        ),
        (json!({"name": 5}), "'name'"),
        (
            json!({"_primarycontactid_value": "00000000-0000-0000-0000-000000000001"}),
            "Use Navigation properties instead",
        ),
        (
            json!({"primarycontactid@odata.bind": "/accounts(00000000-0000-0000-0000-000000000001)"}),
            "does not lead to",
        ),
        (json!({"primarycontactid@odata.bind": "nonsense"}), "nonsense"),
        (json!({"@odata.type": "Microsoft.Dynamics.CRM.contact"}), "@odata.type"),
        (json!("{\"name\": "), "not valid JSON"),
        (json!("[]"), "not a JSON object"),
    ] {
        let answer = world.ask("POST", "accounts", body).await;
        assert_eq!(answer.status, 400, "{}", answer.text);
        assert!(answer.message().contains(part), "{part}: {}", answer.message());
    }
    let mut deep = json!({"firstname": "x"});
    for _ in 0..20 {
        deep = json!({"parentcustomerid_contact": deep, "lastname": "x"});
    }
    assert_eq!(world.ask("POST", "contacts", deep).await.status, 400);
    let gone = json!({"name": "A", "primarycontactid@odata.bind": "/contacts(00000000-0000-0000-0000-000000000001)"});
    assert_eq!(world.ask("POST", "accounts", gone).await.status, 404);
}

#[tokio::test]
async fn bodies_above_the_limit_are_refused() {
    let world = world_with(|settings| settings.body_bytes_max = 100).await;
    let answer = world.ask("POST", "accounts", json!({"name": "x".repeat(200)})).await;
    assert_eq!((answer.status, answer.code().as_str()), (413, "0x8004418a"));
}

#[tokio::test]
async fn many_rows_are_made_changed_and_queued_by_actions() {
    let world = world().await;
    let targets = json!({"Targets": [
        {"@odata.type": "Microsoft.Dynamics.CRM.task", "subject": "a"},
        {"@odata.type": "Microsoft.Dynamics.CRM.task", "subject": "b"},
    ]});
    let made = world.ask("POST", "tasks/Microsoft.Dynamics.CRM.CreateMultiple", targets).await;
    assert_eq!(made.status, 200, "{}", made.text);
    let ids = made.json()["Ids"].as_array().expect("ids").clone();
    assert_eq!(ids.len(), 2);
    let changes = json!({"Targets": [
        {"activityid": ids[0], "subject": "c"},
        {"activityid": "00000000-0000-0000-0000-000000000001", "subject": "d"},
    ]});
    let path = "tasks/Microsoft.Dynamics.CRM.UpdateMultiple";
    assert_eq!(world.ask("POST", path, changes).await.status, 404);
    assert_eq!(world.get("tasks/$count?$filter=subject eq 'c'").await.text, "0");
    let changes = json!({"Targets": [{"activityid": ids[0], "subject": "c"}]});
    assert_eq!(world.ask("POST", path, changes).await.status, 204);
    assert_eq!(world.get("tasks/$count?$filter=subject eq 'c'").await.text, "1");

    let values: Vec<Value> =
        ids.iter().map(|id| json!({"Value": id, "Type": "System.Guid"})).collect();
    let condition = json!({"AttributeName": "activityid", "Operator": "In", "Values": values});
    let job =
        json!({"QuerySet": [{"EntityName": "task", "Criteria": {"Conditions": [condition]}}]});
    let deleted = world.ask("POST", "BulkDelete", job).await;
    assert_eq!(
        (deleted.status, deleted.json()["JobId"].is_string()),
        (200, true),
        "{}",
        deleted.text
    );
    assert_eq!(world.get("tasks/$count").await.text, "0");

    let queue = world.made("queues", json!({"name": "Support"})).await;
    let email = world.made("emails", json!({"subject": "x"})).await;
    let target =
        json!({"Target": {"activityid": email, "@odata.type": "Microsoft.Dynamics.CRM.email"}});
    let queued = world
        .ask("POST", &format!("queues({queue})/Microsoft.Dynamics.CRM.AddToQueue"), target)
        .await;
    assert_eq!(queued.status, 200, "{}", queued.text);
    assert!(queued.json()["QueueItemId"].is_string());
}
