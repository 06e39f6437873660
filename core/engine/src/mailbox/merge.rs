//! Item and record, field by field: what was changed on one side is carried over to the other.

use super::{
    Cycle,
    apply::{Side, Stop},
    categorize, fields,
    follow::{no_record, version_read},
};
use earmark_crm_port::{Lookup, RecordFields, Updated};
use earmark_mailbox_port::{CategoryWrite, Detail, ItemRead};
use earmark_model::{
    ActivityDraft, Compared, Direction, Failure, Field, FieldPair, FieldValue, ItemContent,
    ItemKind, Link, ObservedItem, SyncedField,
};
use earmark_tracking::{
    Decision, Effect, Reason,
    merge::{Circumstances, Merged, Sides, merge},
    record::Confirmed,
};

/// What becomes of each field.
struct Outcome {
    pair: FieldPair,
    before: Option<SyncedField>,
    merged: Merged,
    /// Somebody's value is not kept, or cannot be carried over.
    is_conflict: bool,
}

impl Cycle<'_> {
    /// Carries over what was changed on one side. `content` is what the item has at its version.
    pub(super) async fn merge(
        &self,
        item: &mut ObservedItem,
        content: ItemContent,
        link: &Link,
        decision: &mut Decision,
        effect: &Effect,
    ) -> Result<Confirmed, Stop> {
        let in_crm = |failure| Stop::Failed(Side::Crm, effect.clone(), failure);
        let draft = self.bare_draft(item, &content, link).await.map_err(in_crm)?;
        let mut both = self.crm.compare(&draft).await.map_err(in_crm)?;
        let mut outcomes = self.outcomes(&both, item, &content, link);
        if outcomes.iter().any(moves_item) && self.has_exceptions(item, &content, effect).await? {
            for time in both.fields.iter_mut().filter(|pair| pair.field == Field::Time) {
                time.is_whole = false;
            }
            outcomes = self.outcomes(&both, item, &content, link);
        }
        let wanted = |merged: Merged| outcomes.iter().any(|one| one.merged == merged);
        let is_held = wanted(Merged::Held);
        // Attendees and the like are given to the record as a whole.
        let is_changed = link.synced_hash != Some(fields::hash(&content));
        let gives_record = !both.is_closed && (is_changed || wanted(Merged::ToRecord));
        let (mut content, mut version) = (content, version_read(item, item));
        if wanted(Merged::ToItem) {
            (content, version) = self.write_to_item(item, link, &outcomes, effect).await?;
        }
        let mut is_refused = both.is_closed && is_changed;
        if gives_record {
            let keeping: Vec<Field> = outcomes.iter().filter(|one| keeps(one)).map(field).collect();
            let updated = self.update(item, &content, link, &keeping).await.map_err(in_crm)?;
            is_refused = updated == Updated::Closed;
        }
        self.tell(decision, &outcomes, is_refused);
        let mut compared = if gives_record || wanted(Merged::ToItem) {
            let draft = self.bare_draft(item, &content, link).await.map_err(in_crm)?;
            self.compared(&draft).await.map_err(in_crm)?
        } else {
            seen(&both)
        };
        let fields = compared.fields.into_iter();
        compared.fields = fields.filter_map(|now| remembered(now, &outcomes, is_refused)).collect();
        let hash = (!is_refused).then(|| fields::hash(&content));
        Ok(Confirmed::Merged { version, hash, compared, is_held })
    }

    /// What the record has, as if the item had had it too: nothing is carried over now, and with the
    /// next change of the item the record gets what differs.
    pub(super) async fn as_the_record(
        &self,
        item: &ObservedItem,
        content: &ItemContent,
        link: &Link,
        effect: &Effect,
    ) -> Result<Compared, Stop> {
        let in_crm = |failure| Stop::Failed(Side::Crm, effect.clone(), failure);
        let draft = self.bare_draft(item, content, link).await.map_err(in_crm)?;
        let both = self.compared(&draft).await.map_err(in_crm)?;
        Ok(as_the_record(both))
    }

    /// What the draft and its record have in each field.
    pub(super) async fn compared(&self, draft: &ActivityDraft) -> Result<Compared, Failure> {
        Ok(seen(&self.crm.compare(draft).await?))
    }

    /// Whether some times of a series are not as it says, or taken out of it: another time of the
    /// series takes them away.
    async fn has_exceptions(
        &self,
        item: &ObservedItem,
        content: &ItemContent,
        effect: &Effect,
    ) -> Result<bool, Stop> {
        let ItemContent::Appointment(meeting) = content else { return Ok(false) };
        if meeting.recurrence.is_none() || !meeting.cancelled.is_empty() {
            return Ok(!meeting.cancelled.is_empty());
        }
        let failed = |failure| Stop::Failed(Side::Mailbox, effect.clone(), failure);
        Ok(!self.mailbox.exceptions(&item.handle).await.map_err(failed)?.is_empty())
    }

    fn outcomes(
        &self,
        both: &RecordFields,
        item: &ObservedItem,
        content: &ItemContent,
        link: &Link,
    ) -> Vec<Outcome> {
        let about = self.circumstances(both, item, content, link);
        let is_same = link.synced_hash == Some(fields::hash(content));
        let outcome = |pair: &FieldPair| {
            let now = SyncedField {
                field: pair.field,
                item: fields::hash_value(&pair.item),
                record: fields::hash_value(&pair.record),
            };
            let before = before(link, now, is_same);
            let sides = Sides {
                field: pair.field,
                item: now.item,
                record: now.record,
                before: before.map(|synced| (synced.item, synced.record)),
                is_whole: pair.is_whole,
            };
            let (merged, is_conflict) = merge(&sides, &about, self.rules());
            Outcome { pair: pair.clone(), before, merged, is_conflict }
        };
        both.fields.iter().map(outcome).collect()
    }

    fn circumstances(
        &self,
        both: &RecordFields,
        item: &ObservedItem,
        content: &ItemContent,
        link: &Link,
    ) -> Circumstances {
        let is_meeting = item.kind == ItemKind::Appointment;
        let has_attendees = match content {
            ItemContent::Appointment(appointment) => {
                !appointment.required.is_empty() || !appointment.optional.is_empty()
            }
            ItemContent::Message(_) | ItemContent::Task(_) => false,
        };
        Circumstances {
            is_attendee: is_meeting && !item.is_organizer,
            tells_attendees: is_meeting && item.is_organizer && has_attendees,
            may_tell: if self.settings.tells_attendees { Some(true) } else { link.edits.answer },
            is_closed: both.is_closed,
            is_restored: link.record_modified.is_some_and(|known| both.modified < known),
            is_guess: link.edits.is_guess,
            item_modified: item.modified,
            record_modified: both.modified,
        }
    }

    /// Gives the item what was changed in the record. Answers what it has then, and its version.
    async fn write_to_item(
        &self,
        item: &mut ObservedItem,
        link: &Link,
        outcomes: &[Outcome],
        effect: &Effect,
    ) -> Result<(ItemContent, earmark_model::Version), Stop> {
        let fail = |failure| Stop::Failed(Side::Mailbox, effect.clone(), failure);
        let changes: Vec<(Field, FieldValue)> = outcomes
            .iter()
            .filter(|one| one.merged == Merged::ToItem)
            .map(|one| (one.pair.field, one.pair.record.clone()))
            .collect();
        let (kind, handle) = (item.kind, item.handle.clone());
        let zone = link.time_zone.as_deref();
        let written =
            self.mailbox.change_fields(kind, &handle, &changes, zone, &item.version).await;
        match written.map_err(fail)? {
            CategoryWrite::Done(_) => {}
            CategoryWrite::Gone => return Err(fail(categorize::gone())),
            CategoryWrite::Stale => return Err(fail(categorize::kept_changing())),
        }
        // The server may keep less of a value than it was given.
        let read = self.mailbox.item(kind, &handle, Detail::Content).await.map_err(fail)?;
        let ItemRead::Found { item: fresh, content: Some(content) } = read else {
            return Err(fail(categorize::gone()));
        };
        let version = version_read(item, &fresh);
        *item = fresh;
        Ok((*content, version))
    }

    /// Gives the linked record the fields of the item, but for those in `keeping`.
    async fn update(
        &self,
        item: &ObservedItem,
        content: &ItemContent,
        link: &Link,
        keeping: &[Field],
    ) -> Result<Updated, Failure> {
        let activity = link.activity.ok_or_else(no_record)?;
        let occurrence = self.occurrence(item, content).await?;
        let request = self.lookup_request(item, content, activity, None);
        // Without addresses there is nobody to be found.
        let lookup = if request.addresses.is_empty() {
            Lookup::default()
        } else {
            self.crm.lookup(&request).await?
        };
        let identified = self.identify(item, content, link);
        let draft = self.draft(activity, item, content, identified.direction, &lookup);
        self.crm.update(&ActivityDraft { occurrence, ..draft }, keeping).await
    }

    /// What the record would say by the item, without the people.
    async fn bare_draft(
        &self,
        item: &ObservedItem,
        content: &ItemContent,
        link: &Link,
    ) -> Result<ActivityDraft, Failure> {
        let activity = link.activity.ok_or_else(no_record)?;
        let occurrence = self.occurrence(item, content).await?;
        let direction = link.direction.unwrap_or(Direction::Incoming);
        let draft = self.draft(activity, item, content, direction, &Lookup::default());
        Ok(ActivityDraft { occurrence, ..draft })
    }

    /// What is told of it in the item's history.
    fn tell(&self, decision: &mut Decision, outcomes: &[Outcome], is_refused: bool) {
        if decision.reason != Reason::FieldsUpdated {
            return;
        }
        let has = |merged: Merged| outcomes.iter().any(|one| one.merged == merged);
        decision.reason = if has(Merged::Held) {
            Reason::MeetingUpdateHeld
        } else if outcomes.iter().any(|one| one.is_conflict) {
            Reason::FieldsInConflict
        } else if has(Merged::ToItem) {
            Reason::FieldsWrittenBack
        } else if is_refused {
            Reason::RecordClosed
        } else {
            Reason::FieldsUpdated
        };
    }
}

/// The item would take place at another time.
const fn moves_item(outcome: &Outcome) -> bool {
    matches!((outcome.pair.field, outcome.merged), (Field::Time, Merged::ToItem | Merged::Held))
}

const fn field(outcome: &Outcome) -> Field {
    outcome.pair.field
}

/// What both sides had in the field. Where nothing is remembered but the item's fields as a whole,
/// as by an older version of the service, only one side can have changed as long as nothing was
/// heard of the other.
fn before(link: &Link, now: SyncedField, item_is_same: bool) -> Option<SyncedField> {
    if let Some(known) = link.synced_fields.iter().find(|synced| synced.field == now.field) {
        return Some(*known);
    }
    let both = match (link.edits.is_open(), item_is_same) {
        _ if !link.synced_fields.is_empty() => return None,
        (false, _) => now.record,
        (true, true) => now.item,
        (true, false) => return None,
    };
    Some(SyncedField { item: both, record: both, ..now })
}

/// The record keeps its own value.
const fn keeps(outcome: &Outcome) -> bool {
    match outcome.merged {
        Merged::Apart | Merged::Held => true,
        Merged::Same | Merged::ToRecord | Merged::ToItem => false,
    }
}

/// The record's values, as if the item had had them too.
pub(super) fn as_the_record(both: Compared) -> Compared {
    let fields = both.fields.into_iter();
    let fields = fields.map(|synced| SyncedField { item: synced.record, ..synced }).collect();
    Compared { fields, ..both }
}

/// What both sides have in each field.
fn seen(both: &RecordFields) -> Compared {
    let hashes = |pair: &FieldPair| SyncedField {
        field: pair.field,
        item: fields::hash_value(&pair.item),
        record: fields::hash_value(&pair.record),
    };
    Compared { fields: both.fields.iter().map(hashes).collect(), modified: both.modified }
}

/// What is remembered of a field. What is held is known as it was before, so that it is looked at
/// again; so is what a closed record did not take.
fn remembered(now: SyncedField, outcomes: &[Outcome], is_refused: bool) -> Option<SyncedField> {
    let outcome = outcomes.iter().find(|one| one.pair.field == now.field);
    let waits = |one: &&Outcome| {
        one.merged == Merged::Held
            || (is_refused && one.merged == Merged::Apart && !one.is_conflict)
    };
    match outcome.filter(waits) {
        Some(one) => one.before,
        None => Some(now),
    }
}
