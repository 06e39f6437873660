//! A pretend CRM: records are the drafts that were last given to it.

use super::mailbox::lock;
use async_trait::async_trait;
use earmark_crm_port::{
    Crm, CrmChange, CrmChangePage, CrmCheckpoint, CrmLink, FoundRecord, Health, Lookup,
    LookupRequest, NaturalKey, OrganizationSnapshot, Promoted, RecordFields, TestOutcome, Tested,
    Updated,
};
use earmark_model::{
    ActivityDraft, ActivityId, Alert, ChannelStatus, Direction, Failure, FailureClass, Field,
    FieldPair, FieldValue, Instant, ItemContent, ItemKind, MailboxId, OrganizationId, PrincipalId,
    Regarding, identity,
};
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
};

#[derive(Debug, Clone)]
pub struct Kept {
    pub draft: ActivityDraft,
    pub is_closed: bool,
    /// Made out of the pattern of its series; no item gave it its values.
    pub is_plain: bool,
    pub updates: u32,
}

#[derive(Default)]
pub struct State {
    pub records: BTreeMap<ActivityId, Kept>,
    pub links: BTreeMap<CrmLink, ActivityId>,
    pub happened: Vec<CrmChange>,
    /// What people were told.
    pub alerts: Vec<Alert>,
    /// What was asked, in order.
    pub asked: Vec<&'static str>,
    /// The next promotion, link or unlink is carried out, and its answer lost.
    pub loses_answer: bool,
    /// Happens while each promotion is carried out.
    pub meanwhile: Option<Box<dyn FnMut() + Send>>,
    /// The next updates are refused.
    pub refuses_updates: bool,
    /// Original starts of which a series makes records when it is made.
    pub expands: Vec<Instant>,
}

pub struct Pretend {
    pub state: Mutex<State>,
    pub snapshot: Mutex<OrganizationSnapshot>,
}

impl Pretend {
    pub fn new(snapshot: OrganizationSnapshot) -> Arc<Self> {
        Arc::new(Self { state: Mutex::default(), snapshot: Mutex::new(snapshot) })
    }
}

fn fits(id: ActivityId, kept: &Kept, request: &LookupRequest) -> bool {
    let natural = match (&request.key, &kept.draft.content) {
        (
            NaturalKey::Appointment { ical_uid, original_start },
            ItemContent::Appointment(appointment),
        ) => {
            let start = kept.draft.occurrence.map(|occurrence| occurrence.original_start);
            appointment.ical_uid == *ical_uid && start == *original_start
        }
        (NaturalKey::Task(carried), ItemContent::Task(_)) => *carried == Some(id),
        _ => false,
    };
    natural || id == request.id
}

#[async_trait]
impl Crm for Pretend {
    fn organization(&self) -> OrganizationId {
        lock(&self.snapshot).organization
    }

    async fn lookup(&self, request: &LookupRequest) -> Result<Lookup, Failure> {
        let mut state = lock(&self.state);
        state.asked.push("lookup");
        let found = state.records.iter().filter(|(id, kept)| fits(**id, kept, request));
        let records = found.map(|(id, kept)| FoundRecord {
            id: *id,
            direction: Direction::Incoming,
            sender: None,
            sent: None,
            created: Instant::from_millis(0),
            regarding: kept.draft.regarding.clone(),
        });
        let linked_to = state.links.get(&request.link).copied();
        Ok(Lookup { records: records.collect(), linked_to, candidates: BTreeMap::new() })
    }

    async fn promote(&self, draft: &ActivityDraft, link: &CrmLink) -> Result<Promoted, Failure> {
        let mut state = lock(&self.state);
        state.asked.push("promote");
        if let Some(meanwhile) = &mut state.meanwhile {
            meanwhile();
        }
        let made = Kept { draft: draft.clone(), is_closed: false, is_plain: false, updates: 0 };
        let promoted = match state.records.get_mut(&draft.id) {
            Some(there) => {
                if there.is_plain {
                    *there = made;
                }
                Promoted::AlreadyThere(draft.id)
            }
            None => {
                let instances = instances(&state.expands, draft);
                state.records.extend(instances);
                state.records.insert(draft.id, made);
                Promoted::Created(draft.id)
            }
        };
        state.links.insert(link.clone(), draft.id);
        if std::mem::take(&mut state.loses_answer) {
            return Err(Failure::new(FailureClass::Timeout, "Timeout", "no answer in time"));
        }
        Ok(promoted)
    }

    async fn update(&self, draft: &ActivityDraft, keeping: &[Field]) -> Result<Updated, Failure> {
        let mut state = lock(&self.state);
        state.asked.push("update");
        if state.refuses_updates {
            return Err(Failure::new(FailureClass::Unavailable, "503", "out of order"));
        }
        let Some(kept) = state.records.get_mut(&draft.id) else {
            return Err(Failure::new(FailureClass::RecordGone, "0x80040217", "no such record"));
        };
        if kept.is_closed {
            return Ok(Updated::Closed);
        }
        assert_eq!(keeping, [], "nothing is edited in this CRM");
        kept.draft = draft.clone();
        kept.is_plain = false;
        kept.updates += 1;
        Ok(Updated::Done)
    }

    async fn conflicts(&self, _: &ActivityDraft) -> Result<Vec<ActivityId>, Failure> {
        Ok(Vec::new())
    }

    async fn compare(&self, draft: &ActivityDraft) -> Result<RecordFields, Failure> {
        let mut state = lock(&self.state);
        state.asked.push("compare");
        let Some(kept) = state.records.get(&draft.id) else {
            return Err(Failure::new(FailureClass::RecordGone, "0x80040217", "no such record"));
        };
        let pair = |field| {
            let item = FieldValue::of(&draft.content, field)?;
            let record = FieldValue::of(&kept.draft.content, field)?;
            Some(FieldPair { field, item, record, is_whole: true })
        };
        let fields = Field::ALL.into_iter().filter_map(pair).collect();
        let modified = Instant::from_millis(0);
        Ok(RecordFields { fields, is_closed: kept.is_closed, modified })
    }

    async fn link(
        &self,
        link: &CrmLink,
        activity: ActivityId,
        regarding: Option<Option<&Regarding>>,
    ) -> Result<(), Failure> {
        let mut state = lock(&self.state);
        state.asked.push("link");
        state.links.insert(link.clone(), activity);
        if let (Some(regarding), Some(kept)) = (regarding, state.records.get_mut(&activity)) {
            kept.draft.regarding = regarding.cloned();
        }
        if std::mem::take(&mut state.loses_answer) {
            return Err(Failure::new(FailureClass::Timeout, "Timeout", "no answer in time"));
        }
        Ok(())
    }

    async fn put_in_queues(&self, _: ActivityId, _: &[PrincipalId]) -> Result<(), Failure> {
        lock(&self.state).asked.push("put in queues");
        Ok(())
    }

    async fn unlink(&self, link: &CrmLink, _: ActivityId) -> Result<(), Failure> {
        let mut state = lock(&self.state);
        state.asked.push("unlink");
        state.links.remove(link);
        if std::mem::take(&mut state.loses_answer) {
            return Err(Failure::new(FailureClass::Timeout, "Timeout", "no answer in time"));
        }
        Ok(())
    }

    async fn changes(&self, checkpoint: Option<&CrmCheckpoint>) -> Result<CrmChangePage, Failure> {
        let state = lock(&self.state);
        let next = CrmCheckpoint(state.happened.len().to_string());
        let from = checkpoint.and_then(|checkpoint| checkpoint.0.parse().ok());
        let from: usize = from.unwrap_or(state.happened.len());
        Ok(CrmChangePage { changes: state.happened[from..].to_vec(), next })
    }

    async fn links(&self, mailbox: MailboxId) -> Result<Vec<(CrmLink, ActivityId)>, Failure> {
        let state = lock(&self.state);
        let links = state.links.iter().filter(|(link, _)| link.mailbox == mailbox);
        Ok(links.map(|(link, activity)| (link.clone(), *activity)).collect())
    }

    async fn existing(&self, activities: &[ActivityId]) -> Result<Vec<ActivityId>, Failure> {
        let state = lock(&self.state);
        let there = activities.iter().filter(|activity| state.records.contains_key(activity));
        Ok(there.copied().collect())
    }

    async fn keep_watermark(
        &self,
        mailbox: MailboxId,
        received_after: Instant,
    ) -> Result<(), Failure> {
        lock(&self.state).asked.push("keep_watermark");
        let mut snapshot = lock(&self.snapshot);
        let row = snapshot.mailboxes.iter_mut().find(|row| row.id == mailbox);
        if let Some(row) = row {
            row.process_received_after = row.process_received_after.max(Some(received_after));
        }
        Ok(())
    }

    async fn record_test(
        &self,
        mailbox: MailboxId,
        _: Option<Instant>,
        outcome: TestOutcome,
    ) -> Result<(), Failure> {
        lock(&self.state).asked.push("record_test");
        let mut snapshot = lock(&self.snapshot);
        let row = snapshot.mailboxes.iter_mut().find(|row| row.id == mailbox);
        if let (Some(row), TestOutcome::Ended { incoming, act }) = (row, outcome) {
            row.tested = Tested { incoming, act, ..Tested::default() };
            row.is_enabled = incoming == ChannelStatus::Success;
            row.test = None;
        }
        Ok(())
    }

    async fn record_health(&self, mailbox: MailboxId, health: &Health) -> Result<(), Failure> {
        let mut snapshot = lock(&self.snapshot);
        if let Some(row) = snapshot.mailboxes.iter_mut().find(|row| row.id == mailbox) {
            row.health = health.clone();
        }
        Ok(())
    }

    async fn settings(&self) -> Result<OrganizationSnapshot, Failure> {
        Ok(lock(&self.snapshot).clone())
    }

    async fn raise(&self, alerts: &[Alert]) -> Result<(), Failure> {
        let mut state = lock(&self.state);
        for alert in alerts {
            if !state.alerts.iter().any(|known| known.id == alert.id) {
                state.alerts.push(alert.clone());
            }
        }
        Ok(())
    }
}

/// The records that the CRM makes with a series.
fn instances(starts: &[Instant], draft: &ActivityDraft) -> Vec<(ActivityId, Kept)> {
    let ItemContent::Appointment(appointment) = &draft.content else { return Vec::new() };
    if appointment.recurrence.is_none() {
        return Vec::new();
    }
    let instance = |start: &Instant| {
        let key = identity::appointment_source_key(&appointment.ical_uid, Some(*start));
        let organization = super::ORGANIZATION;
        let id = identity::record_id(organization, ItemKind::Appointment, &key, "", 0);
        let occurrence =
            earmark_model::Occurrence { original_start: *start, series: Some(draft.id) };
        let draft = ActivityDraft { id, occurrence: Some(occurrence), ..draft.clone() };
        (id, Kept { draft, is_closed: false, is_plain: true, updates: 0 })
    };
    starts.iter().map(instance).collect()
}
