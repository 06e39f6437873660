//! What a table keeps true by itself, around every change of its rows.
//!
//! [`names`] (full names), [`addresses`] (the rows by which an address finds a record),
//! [`email`], [`party`], [`attachment`], [`task`] (activities), [`series`] (a master and its
//! instances), [`closing`] (who completed or cancelled what), [`mailboxes`] (one mailbox for each
//! user and queue), [`filtering`] (their automatic filter), [`organization`] (the settings text),
//! [`queue_item`], [`plug_in`] (steps and endpoints).

mod addresses;
mod attachment;
pub(crate) mod closing;
mod email;
mod filtering;
pub(crate) mod mailboxes;
mod names;
mod organization;
pub(crate) mod party;
mod plug_in;
mod queue_item;
pub(crate) mod series;
mod task;

use super::Session;
use crate::{error::CrmError, request::Child, schema::Table, value::Row};
use uuid::Uuid;

pub(crate) use attachment::{Limits as AttachmentLimits, is_blocked, limits as attachment_limits};

/// Tables whose rows the store makes by itself or by tying two rows.
pub(super) fn is_kept_by_store(table: &Table) -> bool {
    matches!(
        table.logical,
        "emailsearch"
            | "privilege"
            | "queuemembership"
            | "roleprivileges"
            | "sdkmessage"
            | "sdkmessagefilter"
            | "systemuserroles"
            | "teammembership"
            | "teamroles"
    )
}

/// The table whose rows are tied, and then given a depth.
pub(super) fn has_depth(table: &Table) -> bool {
    table.logical == "roleprivileges"
}

/// Tables whose rows are disabled rather than deleted.
pub(super) fn is_never_deleted(table: &Table) -> bool {
    matches!(
        table.logical,
        "organization" | "systemuser" | "businessunit" | "usersettings" | "mailbox"
    )
}

/// Completes a new row.
pub(super) fn before_create(
    session: &Session<'_>,
    table: &'static Table,
    row: &mut Row,
    children: &[Child],
) -> Result<(), CrmError> {
    names::complete(table, None, row);
    match table.logical {
        "email" => email::before_create(session, row, children)?,
        "activityparty" => party::before_create(session, row)?,
        "activitymimeattachment" => attachment::before_create(session, row)?,
        "systemuser" | "team" | "role" => mailboxes::place(session, row),
        "queueitem" => queue_item::before_create(session, row)?,
        "recurringappointmentmaster" => series::complete(row),
        "sdkmessageprocessingstep" => plug_in::complete_step(session, row)?,
        "serviceendpoint" => plug_in::complete_endpoint(session, row)?,
        "task" => task::before_create(row),
        "queue" | "usersettings" => filtering::before_create(table, row)?,
        "organization" => return Err(organization::only_one()),
        _ => {}
    }
    if table.is_activity {
        email::complete_activity(table, row);
    }
    Ok(())
}

/// Does what follows from a new row.
pub(super) fn after_create(
    session: &Session<'_>,
    table: &'static Table,
    id: Uuid,
    row: &Row,
) -> Result<(), CrmError> {
    addresses::index(session, table, id, row)?;
    if closing::is_closed(row) {
        closing::note(session, table, id, row)?;
    }
    match table.logical {
        "activitymimeattachment" => attachment::count_on_parent(session, row),
        "recurringappointmentmaster" => series::begin(session, id),
        "systemuser" => mailboxes::for_user(session, id, row),
        "queue" => mailboxes::for_queue(session, id, row),
        "exchangesyncidmapping" => mailboxes::place_link(session, id),
        _ => Ok(()),
    }
}

/// Completes a change.
pub(super) fn before_update(
    session: &Session<'_>,
    table: &'static Table,
    current: &Row,
    changes: &mut Row,
    children: Option<&[Child]>,
) -> Result<(), CrmError> {
    names::complete(table, Some(current), changes);
    match table.logical {
        "email" => email::before_update(session, changes, children),
        "appointment" => {
            series::edited(session, current, changes, children);
            Ok(())
        }
        "recurringappointmentmaster" => {
            series::times(Some(current), changes);
            Ok(())
        }
        "mailbox" => mailboxes::before_update(session, table, current, changes),
        "organization" => organization::before_update(current, changes),
        "sdkmessageprocessingstep" => plug_in::change_step(session, current, changes),
        "serviceendpoint" => plug_in::change_endpoint(session, current, changes),
        "queue" | "usersettings" => filtering::refuse_correlation(table, changes, Some(current)),
        _ => Ok(()),
    }
}

/// Does what follows from a change.
pub(super) fn after_update(
    session: &Session<'_>,
    table: &'static Table,
    id: Uuid,
    current: &Row,
    changes: &Row,
    children: Option<&[Child]>,
) -> Result<(), CrmError> {
    addresses::index_changed(session, table, id, current, changes)?;
    closing::note(session, table, id, changes)?;
    if table.is_activity && changes.contains_key("ownerid") {
        party::follow_owner(session, id, changes)?;
    }
    match table.logical {
        "systemuser" => mailboxes::follow(session, table, id, current, changes),
        "queue" => {
            mailboxes::follow(session, table, id, current, changes)?;
            filtering::opened(session, id, current, changes)
        }
        "usersettings" => filtering::opened(session, id, current, changes),
        "recurringappointmentmaster" => {
            let has_parties = children.is_some_and(|children| !children.is_empty());
            series::follow(session, id, changes, has_parties)
        }
        _ => Ok(()),
    }
}

/// Takes away what hangs on a row.
pub(super) fn before_delete(
    session: &Session<'_>,
    table: &'static Table,
    id: Uuid,
) -> Result<(), CrmError> {
    addresses::forget(session, table, id)?;
    match table.logical {
        "appointment" => series::take_out(session, id)?,
        "recurringappointmentmaster" => series::cascade(session, id)?,
        _ => {}
    }
    match table.logical {
        "activitymimeattachment" => attachment::uncount(session, id),
        "queue" => mailboxes::forget(session, id),
        "serviceendpoint" => plug_in::forget_endpoint(session, id),
        _ if table.is_activity => email::forget_parts(session, id),
        _ => Ok(()),
    }
}
