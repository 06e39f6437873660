//! What the tables keep true: values, references, states, versions, privileges.

mod world;

use earmark_embedded::request::{Allow, ColumnPath, Key, Op, Order};
use earmark_embedded::{Caller, CrmError, Filter, IfMatch, Query, Request, Response, Row, Value};
use earmark_model::activity::RecordRef;
use uuid::Uuid;
use world::{child, create, crm, made, read, row, text, update, user};

fn path(columns: &[&str]) -> ColumnPath {
    columns.iter().map(|column| (*column).to_owned()).collect()
}

async fn rows(crm: &std::sync::Arc<earmark_embedded::EmbeddedCrm>, query: Query) -> Vec<Row> {
    match crm.execute(Request::Query(query), &crm.administrator()).await.expect("rows") {
        Response::Rows { rows, .. } => rows,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn values_that_do_not_fit_are_refused_by_column() {
    let crm = crm();
    let admin = crm.administrator();
    let nobody = Value::lookup("contact", Uuid::from_u128(1));
    for (table, row, code, named) in [
        ("contact", row([("jobtitle", text(&"x".repeat(101)))]), 0x8004_4331, "jobtitle"),
        ("contact", row([("fullname", text("Anna"))]), 0x8004_022e, "fullname"),
        ("contact", row([("nonsense", text("Anna"))]), 0x8004_1103, "nonsense"),
        ("contact", row([("jobtitle", Value::Int(1))]), 0x8004_0203, "jobtitle"),
        ("contact", row([("parentcustomerid", nobody)]), 0x8004_0217, "contact"),
        (
            "contact",
            row([("parentcustomerid", Value::lookup("lead", Uuid::nil()))]),
            0x8004_0203,
            "parentcustomerid",
        ),
        ("email", row([("senton", Value::Instant(0))]), 0x8004_022e, "senton"),
        ("email", row([("prioritycode", Value::Int(9))]), 0x8004_431a, "prioritycode"),
        ("task", row([("percentcomplete", Value::Int(101))]), 0x8004_432f, "percentcomplete"),
        ("account", Row::new(), 0x8004_0200, "name"),
        ("queueitem", Row::new(), 0x8004_0200, "objectid, queueid"),
        ("emailsearch", Row::new(), 0x8004_023b, "emailsearch"),
        ("nonsense", Row::new(), 0x8004_1102, "nonsense"),
    ] {
        let error = made(&crm, &admin, table, row).await.expect_err(named);
        assert_eq!(error.code, code, "{error}");
        assert!(error.message.contains(named), "{error}");
    }
}

#[tokio::test]
async fn state_and_status_belong_together() {
    let crm = crm();
    let admin = crm.administrator();
    for (given, wanted) in [
        (row([]), Some((0, 1))),
        (row([("statecode", Value::Int(1))]), Some((1, 2))),
        (row([("statuscode", Value::Int(4))]), Some((1, 4))),
        (row([("statecode", Value::Int(1)), ("statuscode", Value::Int(3))]), Some((1, 3))),
        (row([("statecode", Value::Int(0)), ("statuscode", Value::Int(3))]), None),
        (row([("statuscode", Value::Int(77))]), None),
        (row([("statecode", Value::Int(9))]), None),
    ] {
        let answer = made(&crm, &admin, "email", given).await;
        match (answer, wanted) {
            (Ok(id), Some((state, status))) => {
                let row = read(&crm, "email", id).await.expect("read");
                assert_eq!(row["statecode"], Value::Int(state));
                assert_eq!(row["statuscode"], Value::Int(status));
            }
            (Err(error), None) => assert_eq!(error.code, 0x8004_8408),
            (answer, wanted) => panic!("{answer:?} instead of {wanted:?}"),
        }
    }
    let id = made(&crm, &admin, "task", row([])).await.expect("task");
    let done = update("task", id, row([("statecode", Value::Int(1))]));
    crm.execute(done, &admin).await.expect("completed");
    assert_eq!(read(&crm, "task", id).await.expect("task")["statuscode"], Value::Int(5));
}

#[tokio::test]
async fn names_and_addresses_follow_their_record() {
    let crm = crm();
    let admin = crm.administrator();
    let contact = row([
        ("firstname", text("Anna")),
        ("lastname", text("Berg")),
        ("emailaddress1", text("Anna@Contoso.test")),
        ("emailaddress2", text("a.berg@contoso.test")),
    ]);
    let id = made(&crm, &admin, "contact", contact).await.expect("contact");
    assert_eq!(read(&crm, "contact", id).await.expect("read")["fullname"], text("Anna Berg"));
    let of = |id| Query {
        filter: Filter::eq("parentobjectid", Value::Guid(id)),
        order: vec![Order { column: path(&["emailaddress"]), descending: false }],
        ..Query::of("emailsearch")
    };
    let addresses = |rows: Vec<Row>| -> Vec<Value> {
        rows.into_iter().map(|row| row["emailaddress"].clone()).collect()
    };
    let found = addresses(rows(&crm, of(id)).await);
    assert_eq!(found, [text("a.berg@contoso.test"), text("anna@contoso.test")]);
    let change = row([("lastname", text("Dahl")), ("emailaddress2", Value::Null)]);
    crm.execute(update("contact", id, change), &admin).await.expect("changed");
    assert_eq!(read(&crm, "contact", id).await.expect("read")["fullname"], text("Anna Dahl"));
    assert_eq!(addresses(rows(&crm, of(id)).await), [text("anna@contoso.test")]);
    let delete = Request::Delete {
        table: "contact".to_owned(),
        key: Key::Id(id),
        if_match: IfMatch::Unconditional,
    };
    crm.execute(delete, &admin).await.expect("deleted");
    assert!(rows(&crm, of(id)).await.is_empty());
}

#[tokio::test]
async fn an_email_is_made_with_its_parties_and_attachments_or_not_at_all() {
    let crm = crm();
    let admin = crm.administrator();
    let anna = user(&crm, "anna@contoso.test", Some("Salesperson")).await;
    let id = Uuid::from_u128(77);
    let party = |mask, address| {
        child(
            "email_activity_parties",
            [("participationtypemask", Value::Int(mask)), ("addressused", text(address))],
        )
    };
    let resolved = child(
        "email_activity_parties",
        [
            ("participationtypemask", Value::Int(2)),
            ("partyid", Value::lookup("systemuser", anna.principal)),
        ],
    );
    let file = |name| {
        child(
            "email_activity_mime_attachment",
            [("filename", text(name)), ("body", text("cGxhbg=="))],
        )
    };
    let parties = vec![party(1, "x@outside.test"), resolved, party(2, "y@outside.test")];
    let email = || row([("activityid", Value::Guid(id)), ("subject", text("Offer"))]);
    let mut bad = parties.clone();
    bad.push(file("run.exe"));
    let error = crm.execute(create("email", email(), bad), &admin).await.expect_err("blocked");
    assert_eq!(error.code, 0x8004_3e09);
    assert!(read(&crm, "email", id).await.is_err());

    let mut good = parties;
    good.extend([file("plan.txt"), file("map.txt")]);
    crm.execute(create("email", email(), good), &admin).await.expect("made");
    let row = read(&crm, "email", id).await.expect("read");
    assert_eq!(row["torecipients"], text("anna@contoso.test;y@outside.test;"));
    assert_eq!(row["sender"], text("x@outside.test"));
    assert_eq!(row["attachmentcount"], Value::Int(2));
    let pointer = read(&crm, "activitypointer", id).await.expect("pointer");
    assert_eq!(pointer["activitytypecode"], text("email"));
    assert_eq!(pointer["subject"], text("Offer"));
    let error = crm.execute(create("email", email(), vec![]), &admin).await.expect_err("twice");
    assert_eq!((error.code, error.status), (0x8004_0237, 412));

    let with = Filter::Any {
        relation: "email_activity_parties".to_owned(),
        filter: Box::new(Filter::eq("addressused", text("Y@outside.test"))),
    };
    let found = rows(&crm, Query { filter: with, ..Query::of("email") }).await;
    assert_eq!(found.len(), 1);
}

#[tokio::test]
async fn roles_decide_who_may_do_what() {
    let crm = crm();
    let bare = user(&crm, "bare@contoso.test", None).await;
    let anna = user(&crm, "anna@contoso.test", Some("Salesperson")).await;
    let berit = user(&crm, "berit@contoso.test", Some("Salesperson")).await;
    let (bare, anna, berit) =
        (Caller::user(bare.principal), Caller::user(anna.principal), Caller::user(berit.principal));
    let contact = || row([("lastname", text("Berg"))]);
    let error = made(&crm, &bare, "contact", contact()).await.expect_err("no role");
    assert_eq!((error.code, error.status), (0x8004_0220, 403));
    assert!(error.message.contains("prvCreateContact"), "{error}");

    let id = made(&crm, &anna, "contact", contact()).await.expect("made");
    assert_eq!(read(&crm, "contact", id).await.expect("read")["ownerid"].as_id(), Some(anna.user));
    let change = || update("contact", id, row([("jobtitle", text("Boss"))]));
    let error = crm.execute(change(), &berit).await.expect_err("not hers");
    assert_eq!((error.code, error.status), (0x8004_8306, 403));
    crm.execute(change(), &anna).await.expect("hers");
    let assign = row([("ownerid", Value::lookup("systemuser", bare.user))]);
    let error = crm.execute(update("contact", id, assign), &anna).await.expect_err("no role");
    assert!(error.message.contains("prvReadContact"), "{error}");

    // Links are one's own, whatever else may be read.
    let link = row([("objectid", Value::Guid(id)), ("exchangeentryid", text("AAMk"))]);
    made(&crm, &anna, "exchangesyncidmapping", link).await.expect("linked");
    let all = Request::Query(Query::of("exchangesyncidmapping"));
    for (caller, wanted) in [(anna, 1), (berit, 0), (crm.administrator(), 1)] {
        match crm.execute(all.clone(), &caller).await.expect("rows") {
            Response::Rows { rows, .. } => assert_eq!(rows.len(), wanted),
            other => panic!("{other:?}"),
        }
    }
    let off = update("systemuser", anna.user, row([("isdisabled", Value::Bool(true))]));
    crm.execute(off, &crm.administrator()).await.expect("disabled");
    assert_eq!(crm.execute(all, &anna).await.expect_err("disabled").code, 0x8004_0225);
}

#[tokio::test]
async fn pages_follow_each_other_in_any_order() {
    let crm = crm();
    let admin = crm.administrator();
    for number in 0..7 {
        let mut account = row([("name", text(&format!("Account {number}")))]);
        if number % 2 == 0 {
            account.insert("numberofemployees".to_owned(), Value::Int(number % 3));
        }
        made(&crm, &admin, "account", account).await.expect("made");
    }
    for descending in [false, true] {
        let (mut seen, mut after) = (Vec::new(), None);
        loop {
            let query = Query {
                columns: Some(vec!["name".to_owned()]),
                order: vec![Order { column: path(&["numberofemployees"]), descending }],
                limit: Some(2),
                after,
                count: true,
                ..Query::of("account")
            };
            let answer = crm.execute(Request::Query(query), &admin).await.expect("page");
            let Response::Rows { rows, next, total, .. } = answer else { panic!("rows") };
            assert_eq!(total, Some(7));
            seen.extend(rows.into_iter().map(|row| row["name"].as_text().map(str::to_owned)));
            after = next;
            if after.is_none() {
                break;
            }
        }
        assert_eq!(seen.len(), 7);
        seen.sort();
        seen.dedup();
        assert_eq!(seen.len(), 7, "a row came twice");
    }
    let query = Query { after: Some("junk".to_owned()), ..Query::of("account") };
    assert!(crm.execute(Request::Query(query), &admin).await.is_err());
}

#[tokio::test]
async fn filters_reach_through_lookups_and_count_empty_as_different() {
    let crm = crm();
    let admin = crm.administrator();
    let account = made(&crm, &admin, "account", row([("name", text("Fabrikam"))])).await;
    let account = account.expect("account");
    let contact = row([
        ("lastname", text("Berg")),
        ("parentcustomerid", Value::lookup("account", account)),
        ("jobtitle", text("Buyer")),
    ]);
    made(&crm, &admin, "contact", contact).await.expect("contact");
    made(&crm, &admin, "contact", row([("lastname", text("Dahl"))])).await.expect("contact");
    let compare = |column: &[&str], op, value| Filter::Compare { column: path(column), op, value };
    for (filter, wanted) in [
        (compare(&["parentcustomerid_account", "name"], Op::Eq, text("FABRIKAM")), 1),
        (compare(&["parentcustomerid"], Op::Eq, Value::Guid(account)), 1),
        (compare(&["jobtitle"], Op::Ne, text("Buyer")), 1),
        (Filter::IsNull { column: path(&["jobtitle"]) }, 1),
        (Filter::Contains { column: path(&["lastname"]), text: "ER".to_owned() }, 1),
        (Filter::StartsWith { column: path(&["lastname"]), text: "d".to_owned() }, 1),
        (Filter::EndsWith { column: path(&["lastname"]), text: "x".to_owned() }, 0),
        (Filter::In { column: path(&["lastname"]), values: vec![text("berg"), text("DAHL")] }, 2),
        (Filter::Not(Box::new(Filter::eq("lastname", text("Berg")))), 1),
        (Filter::Or(vec![]), 0),
        (Filter::And(vec![]), 2),
    ] {
        let query = Query { filter: filter.clone(), ..Query::of("contact") };
        assert_eq!(rows(&crm, query).await.len(), wanted, "{filter:?}");
    }
    let role = Filter::Any {
        relation: "systemuserroles_association".to_owned(),
        filter: Box::new(Filter::eq("name", text("System Administrator"))),
    };
    let found = rows(&crm, Query { filter: role, ..Query::of("systemuser") }).await;
    assert_eq!(found.len(), 1);
}

#[tokio::test]
async fn versions_and_keys_guard_changes() {
    let crm = crm();
    let admin = crm.administrator();
    let key = Key::Alternate(row([("accountnumber", text("A1"))]));
    let upsert = |allow, name: &str| Request::Upsert {
        table: "account".to_owned(),
        key: key.clone(),
        row: row([("name", text(name))]),
        children: None,
        allow,
        if_match: IfMatch::Unconditional,
    };
    let both = Allow { create: true, update: true };
    let never = Allow { create: false, update: true };
    let error = crm.execute(upsert(never, "One"), &admin).await.expect_err("missing");
    assert_eq!((error.code, error.status), (0x8006_0891, 404));
    let answer = crm.execute(upsert(both, "One"), &admin).await.expect("made");
    let Response::Updated { id, created: true } = answer else { panic!("{answer:?}") };
    let answer = crm.execute(upsert(both, "Two"), &admin).await.expect("changed");
    assert_eq!(answer, Response::Updated { id, created: false });
    let only = Allow { create: true, update: false };
    assert_eq!(crm.execute(upsert(only, "x"), &admin).await.expect_err("there").code, 0x8004_0237);
    let twin = row([("name", text("Twin")), ("accountnumber", text("a1"))]);
    assert_eq!(made(&crm, &admin, "account", twin).await.expect_err("twin").code, 0x8006_0892);

    let version = read(&crm, "account", id).await.expect("read")["versionnumber"].as_int();
    let change = |version| Request::Update {
        table: "account".to_owned(),
        key: Key::Id(id),
        row: row([("name", text("Three"))]),
        children: None,
        if_match: IfMatch::Version(version),
    };
    let version = version.expect("version");
    crm.execute(change(version), &admin).await.expect("held");
    let error: CrmError = crm.execute(change(version), &admin).await.expect_err("stale");
    assert_eq!((error.code, error.status), (0x8006_0882, 412));
}

#[tokio::test]
async fn a_batch_happens_whole_or_not_at_all() {
    let crm = crm();
    let admin = crm.administrator();
    let id = Uuid::from_u128(5);
    let good = create(
        "contact",
        row([("contactid", Value::Guid(id)), ("lastname", text("Berg"))]),
        vec![],
    );
    let tie = update(
        "contact",
        id,
        row([("parentcustomerid", Value::lookup("account", Uuid::from_u128(6)))]),
    );
    let error = crm.execute_all(vec![good.clone(), tie], &admin).await.expect_err("refused");
    assert_eq!((error.index, error.error.code), (1, 0x8004_0217));
    assert!(read(&crm, "contact", id).await.is_err());
    let answers = crm.execute_all(vec![good, Request::WhoAmI], &admin).await.expect("done");
    assert_eq!(answers.len(), 2);
}

#[tokio::test]
async fn deleting_a_record_empties_what_pointed_to_it() {
    let crm = crm();
    let admin = crm.administrator();
    let contact = made(&crm, &admin, "contact", row([("lastname", text("Berg"))])).await;
    let contact = contact.expect("contact");
    let about = row([("regardingobjectid", Value::lookup("contact", contact))]);
    let party = child(
        "email_activity_parties",
        [
            ("participationtypemask", Value::Int(2)),
            ("partyid", Value::lookup("contact", contact)),
            ("addressused", text("berg@contoso.test")),
        ],
    );
    let answer = crm.execute(create("email", about, vec![party]), &admin).await.expect("made");
    let Response::Created { id, .. } = answer else { panic!("{answer:?}") };
    let before = read(&crm, "email", id).await.expect("read")["versionnumber"].as_int();
    let delete = |table: &str, id| Request::Delete {
        table: table.to_owned(),
        key: Key::Id(id),
        if_match: IfMatch::Unconditional,
    };
    crm.execute(delete("contact", contact), &admin).await.expect("deleted");
    let row = read(&crm, "email", id).await.expect("read");
    assert_eq!(row["regardingobjectid"], Value::Null);
    assert!(row["versionnumber"].as_int() > before);
    let query =
        Query { filter: Filter::eq("activityid", Value::Guid(id)), ..Query::of("activityparty") };
    let parties = rows(&crm, query.clone()).await;
    assert_eq!(parties[0]["partyid"], Value::Null);
    assert_eq!(parties[0]["ispartydeleted"], Value::Bool(true));
    crm.execute(delete("activitypointer", id), &admin).await.expect("deleted");
    assert!(read(&crm, "email", id).await.is_err());
    assert!(rows(&crm, query).await.is_empty());
    let user = delete("systemuser", admin.user);
    assert_eq!(crm.execute(user, &admin).await.expect_err("kept").code, 0x8004_0228);
}

#[tokio::test]
async fn rows_are_tied_and_untied() {
    let crm = crm();
    let admin = crm.administrator();
    let anna = user(&crm, "anna@contoso.test", Some("Salesperson")).await;
    let roles = rows(&crm, Query::of("role")).await;
    let role = roles.iter().find(|row| row["name"] == text("Salesperson")).expect("role");
    let target = RecordRef { table: "role".to_owned(), id: role["roleid"].as_id().expect("id") };
    let relation = "systemuserroles_association".to_owned();
    let (table, key) = ("systemuser".to_owned(), Key::Id(anna.principal));
    let untie = Request::Disassociate {
        table: table.clone(),
        key: key.clone(),
        relation: relation.clone(),
        target: Some(target.clone()),
    };
    let tie = Request::Associate { table, key, relation, target };
    let of = Query {
        filter: Filter::eq("systemuserid", Value::Guid(anna.principal)),
        ..Query::of("systemuserroles")
    };
    for (request, wanted) in [(&untie, 0), (&untie, 0), (&tie, 1), (&tie, 1)] {
        crm.execute(request.clone(), &admin).await.expect("done");
        assert_eq!(rows(&crm, of.clone()).await.len(), wanted);
    }
    let person = Caller::user(anna.principal);
    let error = crm.execute(untie, &person).await.expect_err("may not");
    assert!(error.message.contains("prvAssignRole"), "{error}");
}
