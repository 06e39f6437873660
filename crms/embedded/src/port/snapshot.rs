//! Settings and mailboxes of the organization, in one read.

use super::{alerts, health};
use crate::{
    error::CrmError,
    session::{
        Session,
        sql::{id_at, optional_id_at},
    },
    settings::Stored,
};
use earmark_crm_port::{
    DeliveryMethod, FilteringMethod, MailboxOwner, MailboxRow, OrganizationSettings,
    OrganizationSnapshot, ServerProfile, TestRequest, Tested,
};
use earmark_model::{
    AlertLevels, ChannelStatus, Instant, MailboxAddress, MailboxId, Obstacle, OrganizationId,
    PrincipalId, ProfileId, limits,
};
use earmark_sqlite::rusqlite::{self, Row};
use std::time::Duration;
use uuid::Uuid;

/// `emailrouteraccessapproval`: approved.
const APPROVED: i64 = 1;
/// `incomingemaildeliverymethod`: Dynamics 365 for Outlook.
const INCOMING_BY_OUTLOOK: i64 = 1;
/// `actdeliverymethod`: Dynamics 365 for Outlook.
const ACT_BY_OUTLOOK: i64 = 0;
/// `servertype` of an email server profile: POP3 and IMAP, which know no categories.
const WITHOUT_CATEGORIES: [i64; 2] = [1, 4];
/// `…status`: the test went well.
const SUCCESS: i64 = 1;

struct Organization {
    name: String,
    stored: Stored,
    ignores_internal: bool,
    unresolves_ambiguous: bool,
    user_approval: bool,
    queue_approval: bool,
    alerts: AlertLevels,
}

/// Settings and mailboxes.
pub(super) fn snapshot(session: &Session<'_>) -> Result<OrganizationSnapshot, CrmError> {
    session.require_reads()?;
    let organization = organization(session)?;
    let stored = &organization.stored;
    Ok(OrganizationSnapshot {
        organization: OrganizationId(session.fixed.organization),
        settings: OrganizationSettings {
            track_categorized_items: stored.is_on("TrackCategorizedItems"),
            tells_attendees: stored.effective("MeetingUpdatesFromCrm").as_deref() == Some("send"),
            asks_about_conflicts: stored.effective("SchedulingConflicts").as_deref() == Some("ask"),
            ignore_copied_items: stored.is_on("IgnoreCopiedItemsInSSSForMailbox"),
            two_activities: !organization.ignores_internal,
            resolve_inactive: stored.is_on("ResolveForInactiveEntities"),
            unresolve_ambiguous_sender: stored.is_on("UnresolveSenderInCaseOfMultipleMatch"),
            unresolve_ambiguous_recipients: organization.unresolves_ambiguous,
            queue_items_of_recipients: stored.is_on("CreateQueueItemsForAcceptingQueueRecipients"),
            queue_item_of_mailbox: stored.is_on("CreateQueueItemForSynchronizingMailbox"),
            alerts: organization.alerts,
            alert_days: alerts::days_kept(stored),
            own_filter_only: stored.is_on("UseFilteringMethodOfSyncingMailboxOnlyForCorrelation"),
            reject_internal_if_recorded: stored.is_on("IgnoreInternalEmailDetectionEnhancement"),
            keep_internal_to_queues: stored.is_on("DoNotIgnoreInternalEmailToQueues"),
            reject_internal_from_queues: stored.is_on("IgnoreInternalEmailFromQueues"),
            calendar_past: days(stored, "CalendarPastWindowInDays", limits::CALENDAR_PAST),
            calendar_ahead: days(stored, "CalendarFutureWindowInDays", limits::CALENDAR_AHEAD),
        },
        mailboxes: mailboxes(session, &organization)?,
        name: organization.name,
    })
}

/// A setting in days; `default` where it says nothing usable.
fn days(stored: &Stored, name: &str, default: Duration) -> Duration {
    let days = stored.effective(name).and_then(|days| days.parse::<u32>().ok());
    days.map_or(default, |days| Duration::from_secs(u64::from(days) * 24 * 60 * 60))
}

fn organization(session: &Session<'_>) -> Result<Organization, CrmError> {
    Ok(session
        .tx
        .prepare_cached(
            "SELECT name, orgdborgsettings, ignoreinternalemail, \
             unresolveemailaddressifmultiplematch, requireapprovalforuseremail, \
             requireapprovalforqueueemail, generatealertsforerrors, generatealertsforwarnings, \
             generatealertsforinformation FROM organization LIMIT 1",
        )?
        .query_row([], |row| {
            let flag = |index| {
                Ok::<_, rusqlite::Error>(row.get::<_, Option<bool>>(index)?.unwrap_or(false))
            };
            let text: Option<String> = row.get(1)?;
            Ok::<_, rusqlite::Error>(Organization {
                name: row.get::<_, Option<String>>(0)?.unwrap_or_default(),
                stored: Stored::parse(text.as_deref().unwrap_or_default()),
                ignores_internal: flag(2)?,
                unresolves_ambiguous: flag(3)?,
                user_approval: flag(4)?,
                queue_approval: flag(5)?,
                alerts: AlertLevels {
                    errors: row.get::<_, Option<bool>>(6)?.unwrap_or(true),
                    warnings: flag(7)?,
                    information: row.get::<_, Option<bool>>(8)?.unwrap_or(true),
                },
            })
        })?)
}

fn mailboxes(
    session: &Session<'_>,
    organization: &Organization,
) -> Result<Vec<MailboxRow>, CrmError> {
    let mut statement = session.tx.prepare_cached(
        "SELECT m.mailboxid, m.emailaddress, m.regardingobjectid, m.regardingobjectid_table, \
         q.ownerid, m.incomingemaildeliverymethod, m.statecode, m.emailrouteraccessapproval, \
         m.enabledforincomingemail, m.incomingemailstatus, \
         CASE m.regardingobjectid_table WHEN 'queue' THEN q.statecode = 1 \
           ELSE coalesce(u.isdisabled, 0) END, \
         CASE m.regardingobjectid_table WHEN 'queue' THEN q.incomingemailfilteringmethod \
           ELSE s.incomingemailfilteringmethod END, \
         max(coalesce(m.processemailreceivedafter, p.processemailsreceivedafter), \
           coalesce(p.processemailsreceivedafter, m.processemailreceivedafter)), \
         m.actdeliverymethod, m.outgoingemailstatus, m.actstatus, \
         m.testemailconfigurationscheduled, m.testandenablelastattemptedon, \
         m.postponetestemailconfigurationuntil, m.testemailconfigurationretrycount, \
         m.orgmarkedasprimaryforexchangesync, p.emailserverprofileid, p.name, p.statecode, \
         p.servertype, p.minpollingintervalinminutes, p.maxconcurrentconnections, \
         m.lastsuccessfulsynccompletedon, m.lastsyncerrorcode, m.lastsyncerror, \
         m.lastsyncerroroccurredon \
         FROM mailbox m \
         LEFT JOIN systemuser u ON u.systemuserid = m.regardingobjectid \
         LEFT JOIN usersettings s ON s.systemuserid = m.regardingobjectid \
         LEFT JOIN queue q ON q.queueid = m.regardingobjectid \
         LEFT JOIN emailserverprofile p ON p.emailserverprofileid = m.emailserverprofile \
         WHERE m.regardingobjectid IS NOT NULL",
    )?;
    let rows = statement.query_map([], |row| mailbox(row, organization))?;
    let mut mailboxes: Vec<MailboxRow> = rows.collect::<Result<_, _>>()?;
    mailboxes.sort_by(|a, b| (&a.address, a.id).cmp(&(&b.address, b.id)));
    Ok(mailboxes)
}

fn mailbox(row: &Row<'_>, organization: &Organization) -> rusqlite::Result<MailboxRow> {
    let address: Option<String> = row.get(1)?;
    let principal = PrincipalId(id_at(row, 2)?);
    let is_queue = row.get::<_, Option<String>>(3)?.as_deref() == Some("queue");
    let owner: Option<Uuid> = optional_id_at(row, 4)?;
    let filter: Option<i64> = row.get(11)?;
    let forced = organization.stored.effective("SSSForceFilteringMethodForUserMailboxes");
    let forced = forced.and_then(|value| value.parse::<i64>().ok()).filter(|value| *value >= 0);
    let obstacle = obstacle(row, organization, is_queue)?;
    let disabled_because = match obstacle {
        Some(obstacle) => Some(said(obstacle, is_queue)),
        None => disabled_because(row)?,
    };
    Ok(MailboxRow {
        id: MailboxId(id_at(row, 0)?),
        address: MailboxAddress::new(address.as_deref().unwrap_or_default()),
        owner: match owner {
            Some(owner) if is_queue => {
                MailboxOwner::Queue { queue: principal, owner: PrincipalId(owner) }
            }
            _ => MailboxOwner::User(principal),
        },
        incoming: match row.get::<_, Option<i64>>(5)? {
            Some(2) => DeliveryMethod::ServerSideSynchronization,
            Some(0) | None => DeliveryMethod::None,
            Some(_) => DeliveryMethod::Other,
        },
        act: match row.get::<_, Option<i64>>(13)? {
            Some(1) => DeliveryMethod::ServerSideSynchronization,
            Some(2) | None => DeliveryMethod::None,
            Some(_) => DeliveryMethod::Other,
        },
        obstacle,
        tested: Tested {
            incoming: status(row, 9)?,
            outgoing: status(row, 14)?,
            act: status(row, 15)?,
        },
        test: test(row)?,
        is_enabled: disabled_because.is_none(),
        disabled_because: disabled_because.map(str::to_owned),
        filtering: filtering(if is_queue { filter } else { forced.or(filter) }),
        process_received_after: row.get::<_, Option<i64>>(12)?.map(Instant::from_millis),
        profile: profile(row)?,
        health: health::kept(row, 27)?,
    })
}

/// The email server profile that the row names.
fn profile(row: &Row<'_>) -> rusqlite::Result<Option<ServerProfile>> {
    let Some(id) = optional_id_at(row, 21)? else { return Ok(None) };
    let minutes: Option<u32> = row.get(25)?;
    let connections: Option<u32> = row.get(26)?;
    Ok(Some(ServerProfile {
        id: ProfileId(id),
        name: row.get::<_, Option<String>>(22)?.unwrap_or_default(),
        is_active: is_active(row)?,
        polling_interval: Duration::from_secs(u64::from(minutes.unwrap_or(0)) * 60),
        connections: connections.and_then(|number| usize::try_from(number).ok()),
    }))
}

fn is_active(row: &Row<'_>) -> rusqlite::Result<bool> {
    Ok(row.get::<_, Option<i64>>(23)?.unwrap_or(0) == 0)
}

fn status(row: &Row<'_>, index: usize) -> rusqlite::Result<ChannelStatus> {
    Ok(ChannelStatus::from_number(row.get::<_, Option<i64>>(index)?.unwrap_or(0)))
}

/// The test that somebody asked for.
fn test(row: &Row<'_>) -> rusqlite::Result<Option<TestRequest>> {
    if !row.get::<_, Option<bool>>(16)?.unwrap_or(false) {
        return Ok(None);
    }
    let instant =
        |index| row.get::<_, Option<i64>>(index).map(|millis| millis.map(Instant::from_millis));
    Ok(Some(TestRequest {
        asked: instant(17)?,
        not_before: instant(18)?,
        repeated: row.get::<_, Option<u32>>(19)?.unwrap_or(0),
        takes_over: row.get::<_, Option<bool>>(20)?.unwrap_or(false),
    }))
}

const fn filtering(value: Option<i64>) -> FilteringMethod {
    match value {
        Some(0) => FilteringMethod::AllMessages,
        Some(2) => FilteringMethod::FromLeadsContactsAccounts,
        Some(3) => FilteringMethod::FromEmailEnabledRecords,
        Some(4) => FilteringMethod::NoMessages,
        Some(_) | None => FilteringMethod::InResponse,
    }
}

/// The first column that keeps the mailbox from being tested.
fn obstacle(
    row: &Row<'_>,
    organization: &Organization,
    is_queue: bool,
) -> rusqlite::Result<Option<Obstacle>> {
    let number = |index| Ok::<_, rusqlite::Error>(row.get::<_, Option<i64>>(index)?.unwrap_or(0));
    let approval = if is_queue { organization.queue_approval } else { organization.user_approval };
    let address = row.get::<_, Option<String>>(1)?;
    let obstacles = [
        (address.is_none_or(|address| address.trim().is_empty()), Obstacle::NoAddress),
        (number(6)? != 0, Obstacle::Inactive),
        (number(10)? != 0, Obstacle::OwnerInactive),
        (approval && number(7)? != APPROVED, Obstacle::NotApproved),
        (optional_id_at(row, 21)?.is_none(), Obstacle::NoProfile),
        (!is_active(row)?, Obstacle::ProfileInactive),
        (WITHOUT_CATEGORIES.contains(&number(24)?), Obstacle::ProfileOtherServer),
    ];
    Ok(obstacles.into_iter().find(|(holds, _)| *holds).map(|(_, obstacle)| obstacle))
}

/// The column that stands in the way, with what to do.
const fn said(obstacle: Obstacle, is_queue: bool) -> &'static str {
    match obstacle {
        Obstacle::NoAddress => "the mailbox has no address (emailaddress); enter one",
        Obstacle::Inactive => "the mailbox is inactive (statecode); activate it",
        Obstacle::OwnerInactive if is_queue => "the queue is inactive (statecode); activate it",
        Obstacle::OwnerInactive => "the user is disabled (isdisabled); enable the user",
        Obstacle::NotApproved => {
            "the address is not approved (emailrouteraccessapproval); approve it"
        }
        Obstacle::NoProfile => {
            "the mailbox has no email server profile (emailserverprofile); choose one"
        }
        Obstacle::ProfileInactive => {
            "the email server profile of the mailbox is inactive (statecode); activate it, or choose \
             another one (emailserverprofile)"
        }
        Obstacle::ProfileOtherServer => {
            "the email server profile of the mailbox is for POP3 or IMAP (servertype), which have no \
             categories; choose one for Exchange (emailserverprofile)"
        }
    }
}

/// What else stands in the way of a mailbox that may be tested, with what to do.
fn disabled_because(row: &Row<'_>) -> rusqlite::Result<Option<&'static str>> {
    let number = |index| Ok::<_, rusqlite::Error>(row.get::<_, Option<i64>>(index)?.unwrap_or(0));
    let reasons = [
        (
            number(5)? == INCOMING_BY_OUTLOOK,
            "incoming mail goes through Dynamics 365 for Outlook (incomingemaildeliverymethod), \
             which does not go together with tracking by category; choose server-side \
             synchronization",
        ),
        (
            row.get::<_, Option<i64>>(13)? == Some(ACT_BY_OUTLOOK),
            "appointments, contacts and tasks go through Dynamics 365 for Outlook \
             (actdeliverymethod), which does not go together with tracking by category; choose \
             server-side synchronization",
        ),
        (
            number(5)? != 2,
            "incoming mail does not go through server-side synchronization \
             (incomingemaildeliverymethod); choose it",
        ),
        (
            number(8)? == 0,
            "the mailbox is not enabled for incoming mail (enabledforincomingemail); test and \
             enable it",
        ),
        (
            number(9)? != SUCCESS,
            "the test of incoming mail has not succeeded (incomingemailstatus); test and enable \
             the mailbox",
        ),
    ];
    Ok(reasons.into_iter().find(|(holds, _)| *holds).map(|(_, why)| why))
}
