//! The steps that are registered and enabled, with what their endpoints are asked with.

use super::{Circumstances, first_rows::BYPASS};
use crate::{
    error::{CrmError, code},
    session::{
        Session,
        sql::{id_at, optional_id_at},
    },
    step::{Image, Message},
};
use earmark_sqlite::rusqlite::{OptionalExtension, Row as SqlRow};
use std::{collections::BTreeSet, fmt};
use uuid::Uuid;

/// What the steps of one operation need to know.
#[derive(Debug, Default)]
pub(super) struct Registered {
    /// The steps in the order in which they are asked: by stage, then by rank.
    pub steps: Vec<RegisteredStep>,
    /// The organization's name.
    pub organization: String,
    /// The caller's business unit.
    pub business_unit: Uuid,
}

/// One step.
#[derive(Debug)]
pub(super) struct RegisteredStep {
    pub id: Uuid,
    pub name: String,
    /// The name of its message.
    pub message: String,
    /// The table; `None`: all that take steps.
    pub table: Option<String>,
    pub stage: i64,
    /// The columns that an update must name one of; empty: any.
    pub columns: BTreeSet<String>,
    /// The user in whose name it is called.
    pub user: Option<Uuid>,
    pub url: String,
    pub auth_type: i64,
    pub auth_value: Option<Hidden>,
}

/// A text that is not shown.
pub(super) struct Hidden(pub String);

impl fmt::Debug for Hidden {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("…")
    }
}

impl RegisteredStep {
    /// Whether it wants to see such a change.
    pub fn wants(&self, image: &Image) -> bool {
        if self.message != image.message.as_str() || !super::takes_steps(image.table) {
            return false;
        }
        if self.table.as_deref().is_some_and(|table| table != image.table) {
            return false;
        }
        if image.message != Message::Update || self.columns.is_empty() {
            return true;
        }
        let parties = image.parties();
        self.columns.iter().any(|column| {
            image.target.contains_key(column)
                || parties.iter().any(|(attribute, _)| attribute == column)
        })
    }
}

const STEPS: &str = "SELECT s.sdkmessageprocessingstepid, s.name, m.name, f.primaryobjecttypecode, \
     s.stage, s.filteringattributes, s.impersonatinguserid, e.url, e.authtype, a.authvalue \
     FROM sdkmessageprocessingstep s \
     JOIN sdkmessage m ON m.sdkmessageid = s.sdkmessageid \
     LEFT JOIN sdkmessagefilter f ON f.sdkmessagefilterid = s.sdkmessagefilterid \
     JOIN serviceendpoint e ON e.serviceendpointid = s.eventhandler \
     LEFT JOIN serviceendpoint_auth a ON a.serviceendpointid = e.serviceendpointid \
     WHERE s.statecode = 0 ORDER BY s.stage, s.rank, s.createdon, s.sdkmessageprocessingstepid";

/// Reads the enabled steps; none where the caller leaves them out.
///
/// Errors: a caller who may not leave them out.
pub(super) fn registered(
    session: &Session<'_>,
    circumstances: Circumstances,
) -> Result<Registered, CrmError> {
    let mut statement = session.tx.prepare_cached(STEPS)?;
    let steps: Vec<RegisteredStep> = statement.query_map([], step)?.collect::<Result<_, _>>()?;
    if circumstances.bypass {
        let user = session.caller.user;
        if session.reach_of(user, BYPASS)?.is_none() {
            return Err(CrmError::new(
                code::PRIVILEGE_DENIED,
                format!("Principal user (Id={user}, type=8) is missing {BYPASS} privilege"),
            ));
        }
        return Ok(Registered::default());
    }
    if steps.is_empty() {
        return Ok(Registered::default());
    }
    let organization =
        session.tx.query_row("SELECT name FROM organization", [], |row| row.get(0))?;
    let business_unit = session
        .tx
        .prepare_cached("SELECT businessunitid FROM systemuser WHERE systemuserid = ?")?
        .query_row([crate::session::sql::blob(session.caller.user)], |row| optional_id_at(row, 0))
        .optional()?
        .flatten();
    let business_unit = business_unit.unwrap_or(session.fixed.business_unit);
    Ok(Registered { steps, organization, business_unit })
}

fn step(row: &SqlRow<'_>) -> earmark_sqlite::rusqlite::Result<RegisteredStep> {
    let columns: Option<String> = row.get(5)?;
    Ok(RegisteredStep {
        id: id_at(row, 0)?,
        name: row.get(1)?,
        message: row.get(2)?,
        table: row.get(3)?,
        stage: row.get(4)?,
        columns: listed(columns.as_deref().unwrap_or_default()).map(str::to_owned).collect(),
        user: optional_id_at(row, 6)?,
        url: row.get(7)?,
        auth_type: row.get(8)?,
        auth_value: row.get::<_, Option<String>>(9)?.map(Hidden),
    })
}

/// The names in `a, b,c`.
pub(crate) fn listed(text: &str) -> impl Iterator<Item = &str> {
    text.split(',').map(str::trim).filter(|name| !name.is_empty())
}
