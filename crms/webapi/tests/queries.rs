//! Reads of many rows: filters, order, pages, expansions, annotations, refusals.

mod world;

use serde_json::{Value, json};
use world::{BASE, World, world};

async fn people() -> World {
    let world = world().await;
    let anna = world.contact("Anna", "Smith").await;
    for (first, last, phone) in [("Bo", "Jones", "1"), ("Cy", "O'Hara", "2"), ("Di", "smith", "3")]
    {
        world.made("contacts", json!({"firstname": first, "lastname": last, "telephone1": phone, "donotemail": first == "Bo"})).await;
    }
    for (name, contact) in [("Contoso", Some(&anna)), ("Fabrikam", None)] {
        let mut body = json!({"name": name});
        if let Some(contact) = contact {
            body["primarycontactid@odata.bind"] = json!(format!("/contacts({contact})"));
        }
        let account = world.made("accounts", body).await;
        for index in 0..3 {
            let regarding = format!("/accounts({account})");
            world.made("tasks", json!({"subject": format!("{name} {index}"), "prioritycode": index, "scheduledend": format!("2026-11-2{}T10:00:00Z", index), "regardingobjectid_account_task@odata.bind": regarding})).await;
        }
    }
    world
}

fn names(body: &Value, member: &str) -> Vec<String> {
    let rows = body["value"].as_array().unwrap_or_else(|| panic!("no list: {body}"));
    rows.iter().map(|row| row[member].as_str().unwrap_or_default().to_owned()).collect()
}

#[tokio::test]
async fn filters_select_the_rows_they_describe() {
    let world = people().await;
    for (filter, expected) in [
        ("lastname eq 'SMITH'", vec!["Anna", "Di"]),
        ("lastname eq 'O''Hara'", vec!["Cy"]),
        ("contains(lastname,'MIT') and not startswith(firstname,'a')", vec!["Di"]),
        ("endswith(lastname,'s') or telephone1 eq null", vec!["Anna", "Bo"]),
        ("telephone1 ne null and donotemail eq false", vec!["Cy", "Di"]),
        ("donotemail", vec!["Bo"]),
        ("telephone1 in ('1','2')", vec!["Bo", "Cy"]),
        ("account_primary_contact/any(a:a/name eq 'Contoso')", vec!["Anna"]),
        (
            "Microsoft.Dynamics.CRM.In(PropertyName='telephone1',PropertyValues=['1','3'])",
            vec!["Bo", "Di"],
        ),
        (
            "Microsoft.Dynamics.CRM.Between(PropertyName='telephone1',PropertyValues=['2','3'])",
            vec!["Cy", "Di"],
        ),
        (
            "Microsoft.Dynamics.CRM.Today(PropertyName='createdon') and firstname lt 'B'",
            vec!["Anna"],
        ),
        (
            "Microsoft.Dynamics.CRM.EqualUserId(PropertyName='ownerid') and 'Bo' eq firstname",
            vec!["Bo"],
        ),
        ("firstname eq @p1&@p1='Cy'", vec!["Cy"]),
        (
            "createdon ge 2026-11-22T00:00:00Z and createdon lt 2026-11-23 and statecode eq 0 and firstname eq 'Di'",
            vec!["Di"],
        ),
    ] {
        let path = format!("contacts?$select=firstname&$orderby=firstname&$filter={filter}");
        let answer = world.get(&path).await;
        assert_eq!(answer.status, 200, "{filter}: {}", answer.text);
        assert_eq!(names(&answer.json(), "firstname"), expected, "{filter}");
    }
    let by_path =
        world.get("accounts?$filter=primarycontactid/fullname eq 'Anna Smith'").await.json();
    assert_eq!(names(&by_path, "name"), ["Contoso"]);
    let id = by_path["value"][0]["_primarycontactid_value"].as_str().expect("an id");
    for filter in [
        format!("_primarycontactid_value eq {id}"),
        format!("primarycontactid/contactid eq '{id}'"),
    ] {
        let answer = world.get(&format!("accounts?$select=name&$filter={filter}")).await;
        assert_eq!(names(&answer.json(), "name"), ["Contoso"], "{filter}");
    }
    let all = world.get("accounts?$filter=Account_Tasks/all(t:startswith(t/subject,'Fab'))").await;
    assert_eq!(names(&all.json(), "name"), ["Fabrikam"]);
}

#[tokio::test]
async fn pages_are_followed_to_the_end() {
    let world = people().await;
    let prefer = [("prefer", "odata.maxpagesize=2")];
    let path = "tasks?$select=subject&$orderby=subject desc&$count=true&$top=1";
    let mut answer = world.ask_with("GET", path, &prefer, Value::Null).await;
    assert_eq!(answer.header("preference-applied"), "odata.maxpagesize=2");
    assert_eq!(answer.json()["@odata.count"], 6);
    let mut found = names(&answer.json(), "subject");
    while let Some(next) = answer.json()["@odata.nextLink"].as_str() {
        assert!(next.starts_with(&format!("{BASE}/tasks?$select=subject")), "{next}");
        answer = world.ask_with("GET", next, &prefer, Value::Null).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        found.extend(names(&answer.json(), "subject"));
        assert!(found.len() <= 6);
    }
    let expected =
        ["Fabrikam 2", "Fabrikam 1", "Fabrikam 0", "Contoso 2", "Contoso 1", "Contoso 0"];
    assert_eq!(found, expected);
    let top = world.get("tasks?$top=2").await.json();
    assert_eq!(
        (top["value"].as_array().map(Vec::len), top.get("@odata.nextLink")),
        (Some(2), None)
    );
    assert_eq!(world.get("tasks?$top=0").await.json()["value"], json!([]));
    assert_eq!(world.get("tasks/$count").await.text, "6");
    let broken = world.get("tasks?$skiptoken=nonsense").await;
    assert_eq!(broken.status, 400);
}

#[tokio::test]
async fn expansions_carry_rows_references_and_their_own_pages() {
    let world = people().await;
    let path = "accounts?$select=name&$orderby=name&$expand=primarycontactid($select=fullname),Account_Tasks($select=subject;$filter=prioritycode gt 0;$orderby=subject desc)";
    let body = world.get(path).await.json();
    assert_eq!(
        body["@odata.context"],
        format!(
            "{BASE}/$metadata#accounts(name,primarycontactid(fullname),Account_Tasks(subject))"
        )
    );
    assert_eq!(body["value"][0]["primarycontactid"]["fullname"], "Anna Smith");
    assert_eq!(body["value"][1]["primarycontactid"], Value::Null);
    let tasks = &body["value"][1]["Account_Tasks"];
    assert_eq!(tasks[0]["subject"], "Fabrikam 2");
    assert_eq!(tasks.as_array().map(Vec::len), Some(2));
    assert!(tasks[0]["@odata.etag"].is_string() && tasks[0]["activityid"].is_string());

    let prefer = [("prefer", "odata.maxpagesize=2")];
    let path = "accounts?$select=name&$filter=name eq 'Contoso'&$expand=Account_Tasks($select=subject;$orderby=subject)";
    let body = world.ask_with("GET", path, &prefer, Value::Null).await.json();
    let account = &body["value"][0];
    assert_eq!(account["Account_Tasks"].as_array().map(Vec::len), Some(2));
    let next = account["Account_Tasks@odata.nextLink"].as_str().expect("a next page");
    let rest = world.ask_with("GET", next, &prefer, Value::Null).await.json();
    assert_eq!(names(&rest, "subject"), ["Contoso 2"], "{next}: {rest}");

    let reference = world
        .get("accounts?$select=name&$expand=primarycontactid/$ref&$filter=name eq 'Contoso'")
        .await
        .json();
    let link = reference["value"][0]["primarycontactid"]["@odata.id"].as_str().expect("a link");
    assert!(link.starts_with(&format!("{BASE}/contacts(")));
    let top = world.get("accounts?$expand=Account_Tasks($top=1)").await.json();
    assert_eq!(top["value"][0]["Account_Tasks"].as_array().map(Vec::len), Some(1));
    let owner = world.get("accounts?$expand=ownerid,owningbusinessunit($select=name)").await.json();
    assert_eq!(owner["value"][0]["ownerid"]["ownerid"], world.admin.to_string());
}

#[tokio::test]
async fn annotations_come_where_they_are_preferred() {
    let world = people().await;
    let prefer = [("prefer", "odata.include-annotations=\"*\"")];
    let path = "tasks?$select=subject,prioritycode,_regardingobjectid_value,scheduledend&$filter=subject eq 'Contoso 1'&$count=true";
    let answer = world.ask_with("GET", path, &prefer, Value::Null).await;
    assert_eq!(answer.header("preference-applied"), "odata.include-annotations=\"*\"");
    let body = answer.json();
    assert_eq!(body["@Microsoft.Dynamics.CRM.totalrecordcount"], 1);
    assert_eq!(body["@Microsoft.Dynamics.CRM.totalrecordcountlimitexceeded"], false);
    let task = &body["value"][0];
    assert_eq!(task["prioritycode@OData.Community.Display.V1.FormattedValue"], "Normal");
    assert_eq!(
        task["_regardingobjectid_value@OData.Community.Display.V1.FormattedValue"],
        "Contoso"
    );
    assert_eq!(
        task["_regardingobjectid_value@Microsoft.Dynamics.CRM.lookuplogicalname"],
        "account"
    );
    assert_eq!(
        task["_regardingobjectid_value@Microsoft.Dynamics.CRM.associatednavigationproperty"],
        "regardingobjectid_account_task"
    );
    assert_eq!(
        task["scheduledend@OData.Community.Display.V1.FormattedValue"],
        "11/21/2026 10:00 AM"
    );
    let some =
        [("prefer", "odata.include-annotations=\"Microsoft.Dynamics.CRM.*\", odata.maxpagesize=5")];
    let body = world.ask_with("GET", path, &some, Value::Null).await.json();
    assert!(
        body["value"][0].get("prioritycode@OData.Community.Display.V1.FormattedValue").is_none()
    );
    assert!(body.get("@Microsoft.Dynamics.CRM.totalrecordcount").is_some());
}

#[tokio::test]
async fn what_is_not_supported_is_refused_by_name() {
    let world = world().await;
    for (path, status, part) in [
        ("nonsense", 404, "Resource not found for the segment 'nonsense'."),
        ("accounts?$skip=1", 400, "$skip"),
        ("accounts?$search=x", 400, "$search"),
        (
            "accounts?$select=nonsense",
            400,
            "Could not find a property named 'nonsense' on type 'Microsoft.Dynamics.CRM.account'.",
        ),
        ("accounts?$filter=nonsense eq 1", 400, "'nonsense'"),
        ("accounts?$filter=name eq 5", 400, "'name'"),
        ("accounts?$filter=name eq", 400, "$filter"),
        ("accounts?$filter=name/nonsense eq 1", 400, "'name'"),
        ("accounts?$filter=length(name) eq 1", 400, "'length'"),
        ("accounts?$filter=name eq accountnumber", 400, "comparison"),
        ("accounts?$orderby=nonsense", 400, "'nonsense'"),
        ("accounts?$expand=nonsense", 400, "'nonsense'"),
        (
            "accounts?$expand=Account_Tasks/$ref",
            400,
            "Expand with $ref is only supported on lookup type navigation property.",
        ),
        ("accounts?$expand=Account_Tasks($count=true)", 400, "$count"),
        ("accounts?$expand=Account_Tasks($skip=1)", 400, "$skip"),
        ("accounts?$expand=primarycontactid($expand=Contact_Tasks($top=1))", 400, "$top"),
        ("accounts?$apply=aggregate($count as n)", 501, "$apply"),
        ("accounts?fetchXml=<fetch/>", 400, "fetchXml"),
        ("accounts?fetchXml=<fetch><entity name=\"contact\"/></fetch>", 400, "'contact'"),
        (
            "accounts?fetchXml=<fetch><entity name=\"account\"><attribute name=\"nonsense\"/></entity></fetch>",
            400,
            "'nonsense'",
        ),
        (
            "accounts?fetchXml=<fetch><entity name=\"account\"><link-entity name=\"contact\"/></entity></fetch>",
            501,
            "link-entity",
        ),
        ("accounts?fetchXml=<fetch><entity name=\"account\"></fetch>", 400, "malformed"),
        ("accounts?savedQuery=1", 501, "savedQuery"),
        ("accounts?$deltatoken=1", 400, "change tracking"),
        ("accounts(1)", 400, "The key in the request URI is not valid"),
        ("accounts(", 400, "')'"),
        (
            "contacts?$filter=not Microsoft.Dynamics.CRM.In(PropertyName='statecode',PropertyValues=['0'])",
            400,
            "'not'",
        ),
        (
            "contacts?$filter=Microsoft.Dynamics.CRM.Nonsense(PropertyName='statecode')",
            400,
            "'Nonsense'",
        ),
    ] {
        let answer = world.get(path).await;
        assert_eq!(answer.status, status, "{path}: {}", answer.text);
        assert!(answer.message().contains(part), "{path}: {}", answer.message());
        assert!(answer.code().starts_with("0x8"), "{path}");
    }
    let many = vec!["primarycontactid"; 16].join(",");
    assert_eq!(world.get(&format!("accounts?$expand={many}")).await.status, 400);
    assert_eq!(world.ask("PUT", "accounts", json!({})).await.status, 405);
    assert_eq!(world.ask("DELETE", "accounts", Value::Null).await.status, 405);
    assert_eq!(world.get("/api/data/v8.2/accounts").await.status, 404);
    let track = [("prefer", "odata.track-changes")];
    let answer = world.ask_with("GET", "accounts", &track, Value::Null).await;
    assert_eq!((answer.status, answer.code().as_str()), (400, "0x80072491"));
}

#[tokio::test]
async fn fetchxml_selects_orders_and_pages() {
    let world = people().await;
    let query = |inner: &str, settings: &str| {
        format!(
            "contacts?fetchXml=<fetch {settings}><entity name=\"contact\"><attribute name=\"firstname\"/><order attribute=\"firstname\"/>{inner}</entity></fetch>"
        )
    };
    for (filter, expected) in [
        ("", vec!["Anna", "Bo", "Cy", "Di"]),
        (
            "<filter><condition attribute=\"lastname\" operator=\"eq\" value=\"O&apos;Hara\"/></filter>",
            vec!["Cy"],
        ),
        (
            "<filter type=\"or\"><condition attribute=\"firstname\" operator=\"like\" value=\"A%25\"/><condition attribute=\"telephone1\" operator=\"in\"><value>1</value><value>3</value></condition></filter>",
            vec!["Anna", "Bo", "Di"],
        ),
        (
            "<filter><condition attribute=\"telephone1\" operator=\"null\"/><condition attribute=\"createdon\" operator=\"today\"/></filter>",
            vec!["Anna"],
        ),
        (
            "<filter><condition attribute=\"donotemail\" operator=\"eq\" value=\"1\"/><filter type=\"or\"><condition attribute=\"lastname\" operator=\"not-null\"/></filter></filter>",
            vec!["Bo"],
        ),
    ] {
        let path = query(filter, "").replace('&', "%26");
        let answer = world.get(&path).await;
        assert_eq!(answer.status, 200, "{filter}: {}", answer.text);
        assert_eq!(names(&answer.json(), "firstname"), expected, "{filter}");
        assert!(answer.json()["value"][0].get("telephone1").is_none());
    }
    let prefer = [(
        "prefer",
        "odata.include-annotations=\"Microsoft.Dynamics.CRM.fetchxmlpagingcookie,Microsoft.Dynamics.CRM.morerecords\"",
    )];
    let first = world
        .ask_with("GET", &query("", "count=\"3\" page=\"1\""), &prefer, Value::Null)
        .await
        .json();
    assert_eq!(first["@Microsoft.Dynamics.CRM.morerecords"], true);
    let cookie = first["@Microsoft.Dynamics.CRM.fetchxmlpagingcookie"].as_str().expect("a cookie");
    let inner = cookie
        .split("pagingcookie=\"")
        .nth(1)
        .and_then(|rest| rest.split('"').next())
        .expect("a cookie");
    for settings in [
        format!("count=\"3\" page=\"2\" paging-cookie=\"{inner}\""),
        "count=\"3\" page=\"2\"".to_owned(),
    ] {
        let second =
            world.ask_with("GET", &query("", &settings), &prefer, Value::Null).await.json();
        assert_eq!(names(&second, "firstname"), ["Di"], "{settings}: {second}");
        assert!(second.get("@Microsoft.Dynamics.CRM.morerecords").is_none());
    }
    let top = world.get(&query("", "top=\"2\"")).await.json();
    assert_eq!(names(&top, "firstname"), ["Anna", "Bo"]);
}

#[tokio::test]
async fn plain_sql_is_rewritten() {
    let world = people().await;
    for (sql, expected) in [
        ("SELECT firstname FROM contact WHERE lastname = 'O''Hara'", vec!["Cy"]),
        ("select top 2 firstname, lastname from contact order by firstname desc", vec!["Di", "Cy"]),
        (
            "SELECT firstname FROM contact WHERE (lastname LIKE '%25mi%25' OR telephone1 IN ('1','2')) AND firstname NOT LIKE 'C%25' ORDER BY firstname ASC",
            vec!["Anna", "Bo", "Di"],
        ),
        ("SELECT firstname FROM contact WHERE telephone1 IS NULL", vec!["Anna"]),
        (
            "SELECT firstname FROM contact WHERE telephone1 IS NOT NULL AND telephone1 >= '3'",
            vec!["Di"],
        ),
    ] {
        let answer = world.get(&format!("contacts?sql={sql}")).await;
        assert_eq!(answer.status, 200, "{sql}: {}", answer.text);
        assert_eq!(names(&answer.json(), "firstname"), expected, "{sql}");
    }
    let account = world.get("accounts?sql=SELECT name, primarycontactid FROM account WHERE primarycontactid IS NOT NULL").await.json();
    assert!(account["value"][0]["_primarycontactid_value"].is_string());
    for sql in [
        "DELETE FROM contact",
        "SELECT x FROM contact",
        "SELECT firstname FROM account",
        "SELECT firstname FROM contact WHERE",
        "SELECT firstname FROM contact; --",
        "SELECT firstname FROM contact WHERE firstname = 'x",
        "",
    ] {
        assert_eq!(world.get(&format!("contacts?sql={sql}")).await.status, 400, "{sql}");
    }
}
