//! The standard security roles, and the privileges in them.

use crate::{
    error::CrmError,
    plug_ins, schema,
    session::{
        Session,
        access::{Depth, Right},
        find,
    },
    value::{Row, Value},
};
use earmark_model::activity::RecordRef;
use earmark_sqlite::rusqlite::{OptionalExtension, params};
use std::collections::BTreeSet;
use uuid::Uuid;

/// The role that may do everything.
pub(crate) const ADMINISTRATOR: &str = "System Administrator";
/// The role of the synchronization service.
pub(crate) const SERVICE: &str = "Earmark Service";
/// The role that people get.
pub const PERSON: &str = "Salesperson";

/// Privileges that belong to no table.
const OTHERS: [&str; 10] = [
    "prvActOnBehalfOfAnotherUser",
    "prvApproveRejectEmailAddress",
    "prvOverrideCreatedOnCreatedBy",
    "prvReadActionCard",
    "prvReadConnection",
    "prvReadQuery",
    "prvReadUserQuery",
    "prvSearchAvailability",
    "prvSyncToOutlook",
    "prvUseOfficeApps",
];

/// Makes all privileges and the standard roles.
pub(crate) fn make(session: &Session<'_>) -> Result<(), CrmError> {
    let roles = [ADMINISTRATOR, SERVICE, PERSON].map(|name| (name, session.new_id()));
    for (name, id) in roles {
        let row = Row::from([
            ("name".to_owned(), Value::text(name)),
            (
                "businessunitid".to_owned(),
                Value::lookup("businessunit", session.fixed.business_unit),
            ),
            ("isinherited".to_owned(), Value::Int(1)),
        ]);
        session.insert_row(find("role")?, id, row)?;
    }
    let nouns: BTreeSet<&str> =
        schema::tables().iter().filter_map(|table| table.privilege).collect();
    // Those of plug-in steps are put in when the file is opened.
    let nouns = nouns.into_iter().filter(|noun| !plug_ins::NOUNS.contains(noun));
    for noun in nouns {
        for right in Right::ALL {
            if !exists(noun, right) {
                continue;
            }
            let privilege = make_privilege(session, &format!("prv{}{noun}", right.as_str()))?;
            for (name, role) in roles {
                let depth = match name {
                    ADMINISTRATOR => Some(Depth::Global),
                    SERVICE => service_depth(noun, right),
                    _ => person_depth(noun, right),
                };
                if let Some(depth) = depth {
                    grant(session, role, privilege, depth)?;
                }
            }
        }
    }
    for name in OTHERS {
        let privilege = make_privilege(session, name)?;
        for (role_name, role) in roles {
            if role_name != PERSON || matches!(name, "prvSyncToOutlook" | "prvUseOfficeApps") {
                grant(session, role, privilege, Depth::Global)?;
            }
        }
    }
    Ok(())
}

/// Whether the product has such a privilege.
fn exists(noun: &str, right: Right) -> bool {
    match noun {
        "Organization" => matches!(right, Right::Read | Right::Write | Right::AppendTo),
        "ExchangeSyncIdMapping" => {
            matches!(right, Right::Create | Right::Read | Right::Write | Right::Delete)
        }
        "User" | "Team" | "BusinessUnit" | "UserSettings" | "TraceLog" => {
            !matches!(right, Right::Assign | Right::Share)
        }
        "Role" => right != Right::Share,
        _ => true,
    }
}

/// What the synchronization service may do: make and link activities for everybody, read whom and
/// what they are about, and keep mailboxes.
fn service_depth(noun: &str, right: Right) -> Option<Depth> {
    let allowed = match noun {
        "Activity" | "ExchangeSyncIdMapping" | "TraceLog" | "Mailbox" | "Contact" => true,
        "Account" | "Lead" | "Opportunity" | "Incident" => {
            matches!(right, Right::Read | Right::Append | Right::AppendTo)
        }
        "Queue" => !matches!(right, Right::Delete | Right::Assign | Right::Share),
        "Organization" => matches!(right, Right::Read),
        _ => matches!(right, Right::Read | Right::AppendTo),
    };
    allowed.then_some(Depth::Global)
}

/// What people may do: work on their own rows, read those of their business unit.
fn person_depth(noun: &str, right: Right) -> Option<Depth> {
    match noun {
        "Account" | "Contact" | "Lead" | "Opportunity" | "Incident" | "Activity" => {
            Some(match right {
                Right::Read | Right::AppendTo => Depth::Local,
                _ => Depth::Basic,
            })
        }
        "ExchangeSyncIdMapping" => Some(Depth::Basic),
        "Mailbox" => {
            matches!(right, Right::Read | Right::Write | Right::AppendTo).then_some(Depth::Basic)
        }
        "UserSettings" => matches!(right, Right::Read | Right::Write).then_some(Depth::Basic),
        _ => matches!(right, Right::Read | Right::AppendTo).then_some(Depth::Global),
    }
}

fn make_privilege(session: &Session<'_>, name: &str) -> Result<Uuid, CrmError> {
    let id = session.new_id();
    let row = Row::from([("name".to_owned(), Value::text(name))]);
    session.insert_row(find("privilege")?, id, row)?;
    Ok(id)
}

fn grant(session: &Session<'_>, role: Uuid, privilege: Uuid, depth: Depth) -> Result<(), CrmError> {
    session
        .tx
        .prepare_cached(
            "INSERT INTO roleprivileges (roleprivilegeid, roleid, privilegeid, \
             privilegedepthmask, versionnumber) VALUES (?, ?, ?, ?, ?)",
        )?
        .execute(params![
            session.new_id().as_bytes(),
            role.as_bytes(),
            privilege.as_bytes(),
            depth.mask(),
            session.next_version()?
        ])?;
    Ok(())
}

/// Gives a user the role of that name. Repeatable: yes.
pub(crate) fn give(session: &Session<'_>, user: Uuid, name: &str) -> Result<(), CrmError> {
    let role: Option<[u8; 16]> = session
        .tx
        .prepare_cached("SELECT roleid FROM role WHERE name = ? ORDER BY versionnumber LIMIT 1")?
        .query_row([name], |row| row.get(0))
        .optional()?;
    let Some(role) = role.map(Uuid::from_bytes) else {
        return Err(CrmError::new(
            crate::error::code::OBJECT_DOES_NOT_EXIST,
            format!("there is no security role '{name}'"),
        ));
    };
    let relation = schema::relation("systemuser", "systemuserroles_association")
        .ok_or_else(|| CrmError::no_column("systemuser", "systemuserroles_association"))?;
    session.tie(relation, user, &RecordRef { table: "role".to_owned(), id: role })
}
