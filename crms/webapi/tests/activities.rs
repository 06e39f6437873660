//! Appointments, series and tasks over the face: parties, instances, metadata.

mod world;

use serde_json::{Value, json};
use world::{World, world};

fn masks(parties: &Value) -> Vec<i64> {
    let mut masks: Vec<i64> = parties
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|party| party["participationtypemask"].as_i64())
        .collect();
    masks.sort_unstable();
    masks
}

/// Attendees and organizer, as a client binds them.
fn attendees(world: &World, contact: &str) -> Value {
    let organizer = format!("/systemusers({})", world.admin);
    json!([
        {"participationtypemask": 7, "partyid_systemuser@odata.bind": organizer},
        {"participationtypemask": 5, "partyid_contact@odata.bind": format!("/contacts({contact})")},
        {"participationtypemask": 6, "addressused": "bo@fabrikam.example"},
    ])
}

#[tokio::test]
async fn parties_are_made_with_each_activity_read_and_replaced() {
    let world = world().await;
    let contact = world.contact("Anna", "Smith").await;
    for (set, relation, parties) in [
        ("appointments", "appointment_activity_parties", attendees(&world, &contact)),
        (
            "recurringappointmentmasters",
            "recurringappointmentmaster_activity_parties",
            attendees(&world, &contact),
        ),
        (
            "tasks",
            "task_activity_parties",
            json!([{
                "participationtypemask": 9,
                "partyid_systemuser@odata.bind": format!("/systemusers({})", world.admin),
            }]),
        ),
    ] {
        let wanted = masks(&parties);
        let body = json!({"subject": "With people", relation: parties});
        let id = world.made(set, body).await;
        let path = format!(
            "{set}({id})?$select=subject&$expand={relation}($select=participationtypemask,addressused;\
             $expand=partyid_contact($select=lastname),partyid_systemuser($select=fullname))"
        );
        let expanded = world.get(&path).await;
        assert_eq!(expanded.status, 200, "{}", expanded.text);
        assert_eq!(masks(&expanded.json()[relation]), wanted, "{set}");
        let collection = world.get(&format!("{set}({id})/{relation}")).await.json();
        assert_eq!(masks(&collection["value"]), wanted, "{set}");

        let change = json!({relation: [wanted_party(wanted[0], &world)]});
        let answer = world.ask("PATCH", &format!("{set}({id})"), change).await;
        assert_eq!(answer.status, 204, "{}", answer.text);
        let collection = world.get(&format!("{set}({id})/{relation}")).await.json();
        assert_eq!(masks(&collection["value"]), [wanted[0]], "{set}");
    }
}

fn wanted_party(mask: i64, world: &World) -> Value {
    let user = format!("/systemusers({})", world.admin);
    json!({"participationtypemask": mask, "partyid_systemuser@odata.bind": user})
}

#[tokio::test]
async fn a_part_that_nobody_plays_in_an_activity_is_refused() {
    let world = world().await;
    for (set, relation, mask) in [
        ("emails", "email_activity_parties", 5),
        ("appointments", "appointment_activity_parties", 2),
        ("recurringappointmentmasters", "recurringappointmentmaster_activity_parties", 1),
        ("tasks", "task_activity_parties", 7),
    ] {
        let body = json!({"subject": "x", relation: [wanted_party(mask, &world)]});
        let answer = world.ask("POST", set, body).await;
        assert_eq!((answer.status, answer.code().as_str()), (400, "0x80040203"), "{set}");
        assert_eq!(world.get(&format!("{set}/$count")).await.text, "0", "nothing is left of it");
    }
}

#[tokio::test]
async fn a_series_shows_its_instances_among_the_appointments() {
    let world = world().await;
    let contact = world.contact("Anna", "Smith").await;
    let master = world
        .made(
            "recurringappointmentmasters",
            json!({
                "subject": "Every Monday",
                "starttime": "2026-11-23T09:00:00+01:00",
                "endtime": "2026-11-23T09:30:00+01:00",
                "patternstartdate": "2026-11-23T00:00:00+01:00",
                "recurrencepatterntype": 1,
                "interval": 1,
                "daysofweekmask": 2,
                "patternendtype": 2,
                "occurrences": 3,
                "earmark_timezone": "W. Europe Standard Time",
                "regardingobjectid_contact_recurringappointmentmaster@odata.bind":
                    format!("/contacts({contact})"),
                "recurringappointmentmaster_activity_parties": attendees(&world, &contact),
            }),
        )
        .await;
    let path = format!(
        "appointments?$filter=seriesid eq {master}&$orderby=scheduledstart\
         &$select=subject,scheduledstart,scheduleddurationminutes,instancetypecode,originalstartdate\
         &$expand=appointment_activity_parties($select=participationtypemask)"
    );
    let instances = world.get(&path).await.json();
    let found: Vec<_> = instances["value"]
        .as_array()
        .expect("instances")
        .iter()
        .map(|instance| {
            assert_eq!(instance["scheduledstart"], instance["originalstartdate"]);
            assert_eq!(masks(&instance["appointment_activity_parties"]), [5, 6, 7]);
            (instance["scheduledstart"].clone(), instance["instancetypecode"].clone())
        })
        .collect();
    let wanted = ["2026-11-23T08:00:00Z", "2026-11-30T08:00:00Z", "2026-12-07T08:00:00Z"];
    assert_eq!(found, wanted.map(|start| (json!(start), json!(2))));

    let all = world.get("activitypointers?$select=activitytypecode,subject").await.json();
    let kinds: Vec<_> = all["value"].as_array().expect("activities").iter().collect();
    assert_eq!(kinds.len(), 4, "the series and its instances: {all}");
    let path = format!(
        "contacts({contact})?$select=lastname&$expand=Contact_RecurringAppointmentMasters($select=subject),\
         Contact_Appointments($select=subject)"
    );
    let body = world.get(&path).await.json();
    assert_eq!(body["Contact_RecurringAppointmentMasters"][0]["subject"], "Every Monday");
    assert_eq!(body["Contact_Appointments"].as_array().map(Vec::len), Some(3));

    let read_only = json!({"subject": "x", "instancetypecode": 2});
    assert_eq!(world.ask("POST", "appointments", read_only).await.status, 400);
    let path = format!("recurringappointmentmasters({master})");
    assert_eq!(world.ask("DELETE", &path, json!(null)).await.status, 204);
    assert_eq!(world.get("appointments/$count").await.text, "0");
}

#[tokio::test]
async fn one_day_of_a_task_stands_for_both() {
    let world = world().await;
    for (given, other) in [("scheduledend", "scheduledstart"), ("scheduledstart", "scheduledend")] {
        let body = json!({"subject": "Sign invoice", given: "2026-12-19T00:00:00-07:00"});
        let id = world.made("tasks", body).await;
        let task = world.get(&format!("tasks({id})")).await.json();
        assert_eq!((&task[given], &task[other]), (&json!("2026-12-19T07:00:00Z"), &task[given]));
    }
}

#[tokio::test]
async fn metadata_and_definitions_know_the_calendar() {
    let world = world().await;
    let metadata = world.get("$metadata").await.text;
    for name in [
        "appointment_activity_parties",
        "recurringappointmentmaster_activity_parties",
        "task_activity_parties",
        "Lead_Appointments",
        "Account_RecurringAppointmentMasters",
    ] {
        assert!(metadata.contains(&format!("Name=\"{name}\"")), "{name}");
    }
    for (table, columns) in [
        (
            "appointment",
            ["globalobjectid", "originalstartdate", "onlinemeetingjoinurl", "seriesid"],
        ),
        (
            "recurringappointmentmaster",
            ["daysofweekmask", "deletedexceptionslist", "earmark_timezone", "expansionstatecode"],
        ),
        ("task", ["percentcomplete", "actualend", "scheduledend", "prioritycode"]),
    ] {
        let path =
            format!("EntityDefinitions(LogicalName='{table}')/Attributes?$select=LogicalName");
        let known = world.get(&path).await.text;
        for column in columns {
            assert!(known.contains(&format!("\"{column}\"")), "{table}.{column}");
            assert!(metadata.contains(&format!("Name=\"{column}\"")), "{table}.{column}");
        }
    }
}
