//! Privileges by right and depth: what a role lets its users and teams do, to whose rows.

mod world;

use earmark_embedded::provision::DEFAULT_ROLE;
use earmark_embedded::{
    Caller, CrmError, EmbeddedCrm, Filter, IfMatch, Key, Query, Request, Response, Row, Value,
};
use earmark_model::activity::RecordRef;
use std::sync::Arc;
use uuid::Uuid;
use world::{crm, made, row, text, update, user};

const PRIVILEGE_DENIED: u32 = 0x8004_0220;
const TEAM_WITHOUT_ROLES: u32 = 0x8004_2f0a;

/// `privilegedepthmask`: own, business unit, business unit and below, all.
const DEPTHS: [(i64, &[&str]); 4] = [
    (1, &["mine"]),
    (2, &["mine", "beside"]),
    (4, &["mine", "beside", "below"]),
    (8, &["mine", "beside", "below", "above"]),
];

/// A user under test in the middle of three business units, with a role that gives nothing yet.
struct Office {
    crm: Arc<EmbeddedCrm>,
    me: Uuid,
    role: Uuid,
    /// Where a row's owner sits seen from the user, and that owner.
    owners: Vec<(&'static str, Uuid)>,
    unit: Uuid,
}

impl Office {
    async fn new() -> Self {
        let crm = crm();
        let admin = crm.administrator();
        let root = world::read(&crm, "systemuser", admin.user).await.expect("administrator");
        let root = root["businessunitid"].as_id().expect("root unit");
        let mut units = vec![root];
        for name in ["Middle", "Low"] {
            let above = units.last().copied().expect("a unit above");
            let unit = row([
                ("name", text(name)),
                ("parentbusinessunitid", Value::lookup("businessunit", above)),
            ]);
            units.push(made(&crm, &admin, "businessunit", unit).await.expect("unit"));
        }
        let role = made(&crm, &admin, "role", row([("name", text("Tested"))])).await.expect("role");
        let mut owners = Vec::new();
        for (place, unit) in
            [("mine", units[1]), ("beside", units[1]), ("below", units[2]), ("above", units[0])]
        {
            let mail = format!("{place}@contoso.test");
            let keeps = (place != "mine").then_some(DEFAULT_ROLE);
            let person = user(&crm, &mail, keeps).await.principal;
            let moved = row([("businessunitid", Value::lookup("businessunit", unit))]);
            crm.execute(update("systemuser", person, moved), &admin).await.expect("moved");
            owners.push((place, person));
        }
        let office = Self { me: owners[0].1, crm, role, owners, unit: units[1] };
        office.tie("systemuser", office.me, "systemuserroles_association", "role", role).await;
        office
    }

    fn caller(&self) -> Caller {
        Caller::user(self.me)
    }

    async fn tie(&self, table: &str, id: Uuid, relation: &str, far: &str, target: Uuid) {
        let request = Request::Associate {
            table: table.to_owned(),
            key: Key::Id(id),
            relation: relation.to_owned(),
            target: RecordRef { table: far.to_owned(), id: target },
        };
        self.crm.execute(request, &self.crm.administrator()).await.expect("tied");
    }

    /// The role gives the privilege to a depth.
    async fn grant(&self, role: Uuid, privilege: &str, depth: i64) {
        let privilege = self.only("privilege", Filter::eq("name", text(privilege))).await;
        let privilege = privilege["privilegeid"].as_id().expect("a privilege of that name");
        self.tie("role", role, "roleprivileges_association", "privilege", privilege).await;
        let tied = Filter::And(vec![
            Filter::eq("roleid", Value::Guid(role)),
            Filter::eq("privilegeid", Value::Guid(privilege)),
        ]);
        let id = self.only("roleprivileges", tied).await["roleprivilegeid"].as_id().expect("id");
        let deep = update("roleprivileges", id, row([("privilegedepthmask", Value::Int(depth))]));
        self.crm.execute(deep, &self.crm.administrator()).await.expect("granted");
    }

    async fn only(&self, table: &str, filter: Filter) -> Row {
        let query = Query { filter, ..Query::of(table) };
        let answer = self.crm.execute(Request::Query(query), &self.crm.administrator()).await;
        let Response::Rows { rows, .. } = answer.expect("rows") else { panic!("rows") };
        assert_eq!(rows.len(), 1, "{table}");
        rows[0].clone()
    }

    async fn contact_of(&self, owner: Uuid) -> Uuid {
        let contact =
            row([("lastname", text("Lee")), ("ownerid", Value::lookup("systemuser", owner))]);
        made(&self.crm, &self.crm.administrator(), "contact", contact).await.expect("contact")
    }

    async fn execute(&self, request: Request) -> Result<Response, CrmError> {
        self.crm.execute(request, &self.caller()).await
    }
}

fn read(table: &str, id: Uuid) -> Request {
    Request::Retrieve { table: table.to_owned(), key: Key::Id(id), columns: None }
}

fn delete(table: &str, id: Uuid) -> Request {
    Request::Delete { table: table.to_owned(), key: Key::Id(id), if_match: IfMatch::Unconditional }
}

fn owner(id: Uuid) -> Value {
    Value::lookup("systemuser", id)
}

/// What each right lets a user do to a contact of somebody, with the rights that it needs beside.
async fn attempt(office: &Office, right: &str, of: Uuid) -> Result<(), CrmError> {
    let contact = office.contact_of(of).await;
    let other = office.owners[1].1;
    let request = match right {
        "Read" => read("contact", contact),
        "Write" => update("contact", contact, row([("jobtitle", text("Buyer"))])),
        "Delete" => delete("contact", contact),
        "Assign" => {
            let to = if of == other { office.owners[2].1 } else { other };
            update("contact", contact, row([("ownerid", owner(to))]))
        }
        "Append" => {
            let account = row([("name", text("Contoso"))]);
            let admin = office.crm.administrator();
            let account = made(&office.crm, &admin, "account", account).await?;
            let tied = row([("parentcustomerid", Value::lookup("account", account))]);
            update("contact", contact, tied)
        }
        "AppendTo" => {
            let about = Value::lookup("contact", contact);
            world::create("task", row([("regardingobjectid", about)]), Vec::new())
        }
        "Create" => {
            let new = row([("lastname", text("Ek")), ("ownerid", owner(of))]);
            world::create("contact", new, Vec::new())
        }
        other => panic!("no right is called {other}"),
    };
    office.execute(request).await.map(|_| ())
}

/// Privileges that a right needs besides its own, at any depth.
fn beside(right: &str) -> &'static [&'static str] {
    match right {
        "Assign" => &["prvWriteContact", "prvReadContact"],
        "Append" => &["prvWriteContact", "prvAppendToAccount"],
        "AppendTo" => &["prvCreateActivity", "prvReadActivity", "prvAppendActivity"],
        "Create" => &["prvAssignContact", "prvReadContact"],
        _ => &[],
    }
}

#[tokio::test]
async fn each_right_reaches_as_deep_as_its_role_says() {
    for right in ["Create", "Read", "Write", "Delete", "Append", "AppendTo", "Assign"] {
        for (depth, reached) in DEPTHS {
            let office = Office::new().await;
            for privilege in beside(right) {
                office.grant(office.role, privilege, 8).await;
            }
            if right != "Create" && right != "Read" {
                // Whoever changes a row of their own must be able to own it.
                office.grant(office.role, "prvReadContact", 1).await;
            }
            let name = format!("prv{right}Contact");
            // Without it, nobody owns a row to be read.
            let first = usize::from(right == "Read");
            for (place, of) in office.owners.iter().skip(first).copied() {
                let error = attempt(&office, right, of).await.expect_err("without the privilege");
                let told = (error.code, error.message.contains(&name));
                assert_eq!(told, (PRIVILEGE_DENIED, true), "{right} {place}: {error}");
            }
            office.grant(office.role, &name, depth).await;
            for (place, of) in office.owners.clone() {
                let answer = attempt(&office, right, of).await;
                let is_reached = reached.contains(&place);
                assert_eq!(answer.is_ok(), is_reached, "{right} {depth} {place}: {answer:?}");
            }
        }
    }
}

#[tokio::test]
async fn lists_show_the_rows_within_reach_and_no_others() {
    for (depth, reached) in DEPTHS {
        let office = Office::new().await;
        office.grant(office.role, "prvReadContact", depth).await;
        for (_, of) in &office.owners {
            office.contact_of(*of).await;
        }
        let answer = office.execute(Request::Query(Query::of("contact"))).await;
        let Response::Rows { rows, .. } = answer.expect("rows") else { panic!("rows") };
        assert_eq!(rows.len(), reached.len(), "{depth}");
    }
}

#[tokio::test]
async fn the_role_of_a_team_counts_for_its_members_in_the_business_unit_of_the_team() {
    let office = Office::new().await;
    let admin = office.crm.administrator();
    let root = office.only("businessunit", Filter::eq("parentbusinessunitid", Value::Null)).await;
    assert_ne!(root["businessunitid"].as_id(), Some(office.unit));
    let team = row([("name", text("Field")), ("teamtype", Value::Int(0))]);
    let team = made(&office.crm, &admin, "team", team).await.expect("a team of the root unit");
    let role = made(&office.crm, &admin, "role", row([("name", text("Shared"))])).await;
    let role = role.expect("role");
    office.grant(role, "prvReadContact", 2).await;
    office.tie("team", team, "teamroles_association", "role", role).await;
    let above = office.contact_of(office.owners[3].1).await;
    let below = office.contact_of(office.owners[2].1).await;
    assert_eq!(
        office.execute(read("contact", above)).await.expect_err("no member").code,
        PRIVILEGE_DENIED
    );
    office.tie("team", team, "teammembership_association", "systemuser", office.me).await;
    assert!(office.execute(read("contact", above)).await.is_ok());
    assert!(office.execute(read("contact", below)).await.is_err());
}

#[tokio::test]
async fn a_team_role_for_the_team_alone_gives_members_what_the_team_owns() {
    for (inherited, reads_own) in [(0, false), (1, true)] {
        let office = Office::new().await;
        let admin = office.crm.administrator();
        let team = row([("name", text("Field")), ("teamtype", Value::Int(0))]);
        let team = made(&office.crm, &admin, "team", team).await.expect("team");
        let role = row([("name", text("Shared")), ("isinherited", Value::Int(inherited))]);
        let role = made(&office.crm, &admin, "role", role).await.expect("role");
        let mine = office.contact_of(office.owners[1].1).await;
        office.grant(role, "prvReadContact", 1).await;
        office.tie("team", team, "teamroles_association", "role", role).await;
        office.tie("team", team, "teammembership_association", "systemuser", office.me).await;
        for (to, table, is_read) in [(office.me, "systemuser", reads_own), (team, "team", true)] {
            let given = update("contact", mine, row([("ownerid", Value::lookup(table, to))]));
            office.crm.execute(given, &admin).await.expect("assigned");
            let answer = office.execute(read("contact", mine)).await;
            assert_eq!(answer.is_ok(), is_read, "{inherited} {table}: {answer:?}");
        }
    }
}

#[tokio::test]
async fn an_owner_must_be_able_to_own() {
    let crm = crm();
    let admin = crm.administrator();
    let bare = user(&crm, "bare@contoso.test", None).await.principal;
    let team = row([("name", text("Field")), ("teamtype", Value::Int(0))]);
    let team = made(&crm, &admin, "team", team).await.expect("team");
    for (table, id, code, says) in [
        ("systemuser", bare, PRIVILEGE_DENIED, "type=8, roleCount=0) is missing prvReadContact"),
        ("team", team, TEAM_WITHOUT_ROLES, "has no security role"),
    ] {
        let contact = row([("lastname", text("Lee")), ("ownerid", Value::lookup(table, id))]);
        let error = made(&crm, &admin, "contact", contact).await.expect_err("refused");
        assert_eq!((error.code, error.message.contains(says)), (code, true), "{error}");
    }
}

#[tokio::test]
async fn the_service_has_every_privilege_that_synchronization_needs() {
    let crm = crm();
    let role = Filter::eq("name", text("Earmark Service"));
    let rows = |table: &'static str, filter: Filter| {
        let crm = Arc::clone(&crm);
        async move {
            let query = Query { filter, ..Query::of(table) };
            match crm.execute(Request::Query(query), &crm.administrator()).await.expect("rows") {
                Response::Rows { rows, .. } => rows,
                other => panic!("{other:?}"),
            }
        }
    };
    let role = rows("role", role).await[0]["roleid"].clone();
    let granted: Vec<Value> = rows("roleprivileges", Filter::eq("roleid", role))
        .await
        .into_iter()
        .map(|row| row["privilegeid"].clone())
        .collect();
    let activity = ["Create", "Read", "Write", "Delete", "Append", "AppendTo", "Assign"]
        .map(|right| format!("prv{right}Activity"));
    let contact =
        ["Assign", "Read", "Write", "Create", "Delete"].map(|right| format!("prv{right}Contact"));
    let others = [
        "prvReadEmailServerProfile",
        "prvReadMailbox",
        "prvWriteMailbox",
        "prvReadOrganization",
        "prvSyncToOutlook",
        "prvReadActionCard",
        "prvReadConnection",
        "prvReadUserQuery",
        "prvReadQueue",
        "prvReadQuery",
        "prvReadIncident",
        "prvSearchAvailability",
        "prvOverrideCreatedOnCreatedBy",
    ]
    .map(str::to_owned);
    for name in activity.into_iter().chain(contact).chain(others) {
        let found = rows("privilege", Filter::eq("name", text(&name))).await;
        assert_eq!(found.len(), 1, "{name}");
        assert!(granted.contains(&found[0]["privilegeid"]), "{name}");
    }
}
