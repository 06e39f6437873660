//! One cycle of an organization: settings, mailboxes, and what happened in the CRM.

use crate::{Engine, EngineError, circuit::Circuit};
use earmark_crm_port::{CrmChange, CrmCheckpoint, DeliveryMethod, MailboxRow};
use earmark_ledger::{AlertEnd, AlertQuery, Comparison, Lease, Record};
use earmark_model::{
    AlertState, FailureClass, FailureNote, LinkKey, MailboxId, Obstacle, OrganizationId, limits,
};
use earmark_tracking::{AlertKind, alert::Occasion, profile};
use std::time::Duration;

pub(crate) async fn cycle(engine: &Engine, lease: &Lease) -> Result<(), EngineError> {
    let organization = lease.organization;
    engine.recall_crm(organization).await?;
    // A CRM that is to be left alone is asked by the next probe only.
    if let Circuit::Open { .. } = engine.crm_circuits.check(organization, engine.now()) {
        return Ok(());
    }
    let mut memory = engine.parts.store.organization(organization).await?;
    let failed_before = memory.last_failure.is_some();
    let outcome = engine.refresh(organization).await;
    match &outcome {
        Ok(_) => {
            engine.heard_from_crm(organization, None);
            // Other workers see by it that they know something older.
            memory.last_success = engine.read_at(organization).or(memory.last_success);
            memory.last_failure = None;
        }
        Err(EngineError::Outside(failure)) => {
            engine.heard_from_crm(organization, Some(failure));
            memory.last_failure = Some(FailureNote {
                class: failure.class.as_str().to_owned(),
                code: failure.code.clone(),
                detail: failure.detail.clone(),
            });
        }
        Err(_) => {}
    }
    let mut record = Record { organization: Some(memory), ..Record::default() };
    let settings = engine.known_settings(organization);
    if outcome.is_ok() {
        if engine.parts.rules.alerts_of_what_lasts {
            let end = engine.alert_end(AlertKind::CrmOutOfOrder, organization, None, &settings);
            record.alerts_ended.push(end);
        }
    } else if failed_before && engine.parts.rules.alerts_of_what_lasts {
        // Once is no outage.
        let episode = engine.now().as_millis().to_string();
        let occasion = Occasion::new(AlertKind::CrmOutOfOrder, episode, "");
        record.alerts.extend(engine.alert(occasion, organization, None, &settings));
    }
    if outcome.is_ok()
        && let Err(error) = changes(engine, lease, &mut record).await
    {
        if let EngineError::Outside(failure) = &error {
            engine.heard_from_crm(organization, Some(failure));
        }
        return Err(error);
    }
    if outcome.is_ok() && engine.parts.rules.alerts_of_what_lasts {
        tell_of_profiles(engine, organization, &mut record).await?;
    }
    engine.commit_with_pause(lease, record).await?;
    if outcome.is_ok() {
        engine.hand_over_alerts(organization).await;
    }
    let kept = Duration::from_secs(u64::from(settings.alert_days) * 24 * 60 * 60);
    engine.parts.store.prune_alerts(organization, engine.now().minus(kept)).await?;
    let oldest = engine.now().minus(limits::HISTORY_AGE_MAX);
    engine.parts.store.prune_history(organization, oldest, limits::HISTORY_ENTRIES_MAX).await?;
    outcome.map(|_| ())
}

/// Mailboxes stand still because their email server profile is inactive: one alert names all such
/// profiles, and another takes its place when these are others.
async fn tell_of_profiles(
    engine: &Engine,
    organization: OrganizationId,
    record: &mut Record,
) -> Result<(), EngineError> {
    let snapshot = engine.snapshot(organization).await?;
    let settings = &snapshot.settings;
    let stands_still = |row: &&MailboxRow| {
        row.obstacle == Some(Obstacle::ProfileInactive)
            && row.incoming == DeliveryMethod::ServerSideSynchronization
    };
    let stopped = snapshot.mailboxes.iter().filter(stands_still);
    let names = stopped.filter_map(|row| row.profile.as_ref()).map(|profile| &*profile.name);
    let kind = AlertKind::ProfileInactive;
    let end = engine.alert_end(kind, organization, None, settings);
    let Some(said) = profile::inactive(names) else {
        record.alerts_ended.push(end);
        return Ok(());
    };
    let occasion = Occasion::new(kind, engine.now().as_millis().to_string(), said);
    let Some(alert) = engine.alert(occasion, organization, None, settings) else { return Ok(()) };
    let query = AlertQuery { code: Some(alert.code.clone()), limit: 1, ..AlertQuery::default() };
    let last = engine.parts.store.alerts(organization, query).await?.alerts.pop();
    let last = last.filter(|last| last.state != AlertState::Resolved);
    if last.is_none_or(|last| last.alert.text != alert.text) {
        record.alerts_ended.push(AlertEnd { then: None, ..end });
        record.alerts.push(alert);
    }
    Ok(())
}

/// Unlinks, deletions and edits made in the CRM become facts of the links; their mailboxes are woken.
async fn changes(engine: &Engine, lease: &Lease, record: &mut Record) -> Result<(), EngineError> {
    let organization = lease.organization;
    let Some(crm) = engine.crm(organization) else { return Ok(()) };
    let Some(memory) = record.organization.as_mut() else { return Ok(()) };
    let checkpoint = memory.checkpoint.clone().map(CrmCheckpoint);
    // What happened to their records before the feed begins is not told by it.
    if checkpoint.is_none() && engine.parts.store.tracked_count(organization).await? > 0 {
        record.comparison = Some(Comparison::Mailboxes);
    }
    let page = match crm.changes(checkpoint.as_ref()).await {
        Err(failure) if failure.class == FailureClass::CheckpointExpired => {
            tracing::warn!(organization.id = %organization,
                "the CRM's change feed starts anew; every mailbox is compared fully");
            record.wake.extend(all_mailboxes(engine, organization).await?);
            record.comparison = Some(Comparison::MailboxesAndRecords);
            crm.changes(None).await?
        }
        other => other?,
    };
    memory.checkpoint = Some(page.next.0);
    for change in page.changes {
        match change {
            CrmChange::Unlinked { link, activity } => {
                record.wake.push(link.mailbox);
                let key = LinkKey { organization, mailbox: link.mailbox, handle: link.handle };
                record.unlinked_in_crm.push((key, activity));
            }
            CrmChange::RecordDeleted { activity } => record.deleted_activities.push(activity),
            // The ledger knows of what kind the items are: emails are not written back.
            CrmChange::Edited { activity } => record.edited_activities.push(activity),
        }
    }
    // An attempt whose answer was lost may have made a record again that was deleted since the first.
    if !record.deleted_activities.is_empty() {
        let there = crm.existing(&record.deleted_activities).await?;
        record.deleted_activities.retain(|activity| !there.contains(activity));
    }
    Ok(())
}

async fn all_mailboxes(
    engine: &Engine,
    organization: OrganizationId,
) -> Result<Vec<MailboxId>, EngineError> {
    let snapshot = engine.snapshot(organization).await?;
    Ok(snapshot.mailboxes.iter().map(|row| row.id).collect())
}
