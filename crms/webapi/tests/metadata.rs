//! `$metadata` and `EntityDefinitions`, alone and against a real organization's names.

mod world;

use std::collections::{BTreeMap, BTreeSet};

use earmark_embedded::schema;
use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};
use serde_json::{Value, json};
use world::{BASE, conformance, world};

/// Names that the slice does not have, and why ours are right.
const OURS: [(&str, &str); 8] = [
    (
        "activitymimeattachment.objecttypecode",
        "left out of the slice, part of the documented table",
    ),
    ("emailsearch.parentobjectid_", "the slice has the column without its navigations"),
    ("mailboxtrackingcategory.mailboxid", "the slice has it lead to the organization"),
    ("tracelog.regardingobjectownerid", "the slice has the column without its navigation"),
    (
        "recurringappointmentmaster.earmark_timezone",
        "our own, since the product keeps a number that only its own tables explain",
    ),
    (
        "sdkmessagefilter.primaryobjecttypecode",
        "left out of the slice, part of the published table",
    ),
    ("sdkmessagefilter.secondaryobjecttypecode", "left out of the slice, as the one before"),
    (".regardingobjectid_", "documented as regardingobjectid_<target>_<activity>"),
];

#[derive(Default)]
struct Type {
    base: String,
    keys: Vec<String>,
    /// Name, then type and length.
    properties: BTreeMap<String, (String, String)>,
    navigations: BTreeMap<String, BTreeSet<String>>,
}

fn attribute(element: &BytesStart<'_>, name: &str) -> String {
    let found = element.attributes().flatten().find(|found| found.key.as_ref() == name);
    found.map(|found| found.value.clone().into_owned()).unwrap_or_default()
}

/// The entity types of a CSDL document. `unique` refuses a name that is declared twice.
fn types(xml: &str, unique: bool) -> BTreeMap<String, Type> {
    let mut reader = Reader::from_str(xml);
    let (mut found, mut current) = (BTreeMap::<String, Type>::new(), String::new());
    loop {
        let event = reader.read_event().expect("well-formed XML");
        let (Event::Start(element) | Event::Empty(element)) = &event else {
            match event {
                Event::Eof => return found,
                Event::End(end) if end.name().as_ref() == "EntityType" => current.clear(),
                _ => {}
            }
            continue;
        };
        let name = attribute(element, "Name");
        let kind = attribute(element, "Type").replace("mscrm.", "");
        if element.name().as_ref() == "EntityType" {
            current.clone_from(&name);
            let base = attribute(element, "BaseType").replace("mscrm.", "");
            assert!(found.insert(name.clone(), Type { base, ..Type::default() }).is_none());
        }
        let Some(entity) = found.get_mut(&current) else { continue };
        match element.name().as_ref() {
            "PropertyRef" => entity.keys.push(name),
            "Property" => {
                let length = attribute(element, "MaxLength");
                let twice = entity.properties.insert(name.clone(), (kind, length)).is_some();
                assert!(!twice || !unique, "{current}.{name} is declared twice");
            }
            "NavigationProperty" => {
                let kinds = entity.navigations.entry(name.clone()).or_default();
                kinds.insert(kind);
                assert!(kinds.len() == 1 || !unique, "{current}.{name} is declared twice");
            }
            _ => {}
        }
    }
}

#[tokio::test]
async fn the_metadata_document_is_consistent() {
    let world = world().await;
    let answer = world.get("$metadata").await;
    assert_eq!((answer.status, answer.header("content-type")), (200, "application/xml"));
    let types = types(&answer.text, true);
    for table in schema::tables() {
        let entity = &types[table.logical];
        let base = &types[&entity.base];
        assert!(entity.keys.is_empty() != base.keys.is_empty(), "{}", table.logical);
        for name in entity.properties.keys() {
            assert!(
                !base.properties.contains_key(name) || name == "ownerid",
                "{}.{name}",
                table.logical
            );
        }
        for (name, kinds) in &entity.navigations {
            for kind in kinds {
                let kind = kind
                    .strip_prefix("Collection(")
                    .map_or(kind.as_str(), |kind| kind.trim_end_matches(')'));
                assert!(types.contains_key(kind), "{}.{name} leads to {kind}", table.logical);
            }
        }
        assert!(answer.text.contains(&format!("<EntitySet Name=\"{}\"", table.set)));
    }
    assert_eq!(types["systemuser"].base, "principal");
    assert_eq!(types["principal"].keys, ["ownerid"]);
    assert_eq!(types["email"].base, "activitypointer");
    assert!(types["email"].navigations.contains_key("email_activity_parties"));
}

#[tokio::test]
async fn names_and_types_agree_with_a_real_organization() {
    let Some(folder) = conformance() else { return };
    let path = folder.join("metadata-slice.xml");
    let Ok(slice) = std::fs::read_to_string(&path) else {
        println!("skipped: EARMARK_CONFORMANCE: {} is missing", path.display());
        return;
    };
    let real = types(&slice, false);
    let ours = types(&world().await.get("$metadata").await.text, true);
    let mut wrong = Vec::new();
    for table in schema::tables() {
        let Some(theirs) = real.get(table.logical) else {
            println!("left out: the slice has no table {}", table.logical);
            continue;
        };
        for (name, (kind, length)) in &ours[table.logical].properties {
            match theirs.properties.get(name) {
                None => wrong.push(format!("{}.{name} is unknown", table.logical)),
                Some((real, _)) if real != kind => {
                    wrong.push(format!("{}.{name} is {real}, not {kind}", table.logical));
                }
                Some((_, real)) if !real.is_empty() && !length.is_empty() && real != length => {
                    wrong.push(format!("{}.{name} has length {real}, not {length}", table.logical));
                }
                Some(_) => {}
            }
        }
        for (name, kinds) in &ours[table.logical].navigations {
            let single = kinds.iter().all(|kind| !kind.starts_with("Collection("));
            let known = theirs.navigations.get(name);
            let agrees =
                known.is_some_and(|real| kinds.contains("principal") || kinds.is_subset(real));
            if single && !agrees {
                wrong.push(format!("{}.{name} leads to {kinds:?}, not {known:?}", table.logical));
            }
        }
    }
    wrong.retain(|text| !OURS.iter().any(|(name, _)| text.contains(name)));
    assert!(wrong.is_empty(), "{} names differ:\n{}", wrong.len(), wrong.join("\n"));
}

#[tokio::test]
async fn definitions_are_listed_filtered_and_expanded() {
    let world = world().await;
    let path = "EntityDefinitions?$select=LogicalName,EntitySetName,PrimaryIdAttribute&$filter=LogicalName eq 'email'";
    let body = world.get(path).await.json();
    let email = &body["value"][0];
    assert_eq!(body["value"].as_array().map(Vec::len), Some(1));
    assert_eq!(
        (&email["LogicalName"], &email["EntitySetName"], &email["PrimaryIdAttribute"]),
        (&json!("email"), &json!("emails"), &json!("activityid"))
    );
    assert_eq!(email.as_object().map(|members| members.len()), Some(4));
    let id = email["MetadataId"].as_str().expect("an id");

    let path = "EntityDefinitions(LogicalName='email')?$select=SchemaName,ObjectTypeCode,OwnershipType,LogicalCollectionName,PrimaryNameAttribute&$expand=Attributes($select=LogicalName,AttributeType)";
    let body = world.get(path).await.json();
    assert_eq!(body["@odata.context"], format!("{BASE}/$metadata#EntityDefinitions/$entity"));
    assert_eq!(body["MetadataId"], id);
    assert_eq!(
        (&body["ObjectTypeCode"], &body["OwnershipType"]),
        (&json!(4202), &json!("UserOwned"))
    );
    let subject = body["Attributes"]
        .as_array()
        .expect("columns")
        .iter()
        .find(|one| one["LogicalName"] == "subject");
    assert_eq!(subject.expect("subject")["AttributeType"], "String");

    let one = world
        .get(&format!("EntityDefinitions({id})/Attributes(LogicalName='subject')"))
        .await
        .json();
    assert_eq!(
        (&one["MaxLength"], &one["@odata.type"]),
        (&json!(800), &json!("#Microsoft.Dynamics.CRM.StringAttributeMetadata"))
    );
    let path = "EntityDefinitions(LogicalName='email')/Attributes(LogicalName='statuscode')/Microsoft.Dynamics.CRM.StatusAttributeMetadata?$select=LogicalName&$expand=OptionSet";
    let status = world.get(path).await.json();
    assert_eq!(
        status["OptionSet"]["Options"][3]["Label"]["UserLocalizedLabel"]["Label"],
        "Received"
    );
    let path = "EntityDefinitions(LogicalName='email')/ManyToOneRelationships?$filter=ReferencingAttribute eq 'regardingobjectid' and ReferencedEntity eq 'contact'";
    let relation = world.get(path).await.json();
    assert_eq!(
        relation["value"][0]["ReferencingEntityNavigationPropertyName"],
        "regardingobjectid_contact_email"
    );

    let keys = world.get("EntityDefinitions(LogicalName='email')/Keys").await.json();
    assert_eq!(keys["value"][0]["KeyAttributes"], json!(["messageid", "directioncode"]));
    let path = "RelationshipDefinitions?$filter=SchemaName eq 'email_activity_parties'";
    assert_eq!(world.get(path).await.json()["value"][0]["ReferencingEntity"], "activityparty");
    let listed =
        world.get("EntityDefinitions?$filter=IsPrivate eq false&$select=LogicalName").await.json();
    assert_eq!(listed["value"].as_array().map(Vec::len), Some(schema::tables().len()));

    let missing = world.get("EntityDefinitions(LogicalName='nonsense')").await;
    assert_eq!((missing.status, missing.code().as_str()), (404, "0x80040217"));
    assert_eq!(world.get("EntityDefinitions(LogicalName='email')/Nonsense").await.status, 404);
}

#[tokio::test]
async fn codes_are_those_of_the_product() {
    let Some(folder) = conformance() else { return };
    let Ok(text) = std::fs::read_to_string(folder.join("error-codes.json")) else {
        println!("skipped: EARMARK_CONFORMANCE has no error-codes.json");
        return;
    };
    let codes: Value = serde_json::from_str(&text).expect("JSON");
    let world = world().await;
    let nobody = "00000000-0000-0000-0000-000000000001";
    let asked = [
        ("CrmHttpError", world.get("nonsense").await),
        ("ObjectDoesNotExist", world.get(&format!("contacts({nobody})")).await),
        (
            "RequestIsNotAuthenticated",
            world.ask_with("GET", "", &[("authorization", "x")], Value::Null).await,
        ),
        (
            "UserNotMemberOfOrg",
            world.ask_with("GET", "", &[("callerobjectid", nobody)], Value::Null).await,
        ),
        ("NotSupported", world.get("contacts?savedQuery=x").await),
        ("ChangeTrackingNotEnabledForEntity", world.get("contacts?$deltatoken=1").await),
        ("InvalidArgument", world.get("contacts?$skiptoken=x").await),
        ("RecordNotFoundByEntityKey", world.get("emails(messageid='x',directioncode=true)").await),
    ];
    for (name, answer) in asked {
        assert_eq!(
            answer.code(),
            codes[name]["hex"].as_str().unwrap_or_default(),
            "{name}: {}",
            answer.text
        );
    }
    for (status, name) in [
        (401, "RequestIsNotAuthenticated"),
        (403, "PrivilegeDenied"),
        (412, "ConcurrencyVersionMismatch"),
        (413, "RequestLengthTooLarge"),
        (429, "ThrottlingBurstRequestLimitExceededError"),
        (500, "UnExpected"),
    ] {
        let body = earmark_webapi::envelope(status, "").into_body();
        let bytes = http_body_util::BodyExt::collect(body).await.expect("a body").to_bytes();
        let body: Value = serde_json::from_slice(&bytes).expect("JSON");
        assert_eq!(body["error"]["code"], codes[name]["hex"], "{name}");
    }
}
