//! Whether an appointment is in conflict with others, asked of the CRM before its record is made.

use super::Cycle;
use earmark_model::{
    ActivityDraft, Failure, ItemContent, ItemKind, Link, ObservedItem, RequestOrigin,
};
use earmark_tracking::{
    Decision,
    booking::{self, Booking},
};

impl Cycle<'_> {
    /// What becomes of an appointment in place of its record, where that is in conflict with others
    /// and nobody said that it is to be made all the same.
    pub(super) async fn in_conflict(
        &self,
        draft: &ActivityDraft,
        item: &ObservedItem,
        link: &Link,
    ) -> Result<Option<Decision>, Failure> {
        let ItemContent::Appointment(content) = &draft.content else { return Ok(None) };
        let of_series = draft.occurrence.is_some_and(|occurrence| occurrence.series.is_some());
        let asked_by = link.request.as_ref().map(|request| &request.origin);
        let booking = Booking {
            asks: self.settings.asks_about_conflicts,
            is_single: item.kind == ItemKind::Appointment
                && content.recurrence.is_none()
                && !of_series,
            by_person: asked_by == Some(&RequestOrigin::Person),
            answer: link.edits.answer,
        };
        if !booking::is_checked(&booking, self.rules()) {
            return Ok(None);
        }
        let others = self.crm.conflicts(draft).await?;
        let named: Vec<String> = others.iter().map(ToString::to_string).collect();
        let is_free = named.is_empty();
        Ok((!is_free).then(|| booking::conflict(&item.version, &named.join(", "))))
    }

    /// Where the organization does not want to be asked any more, what waits is saved.
    pub(super) fn answer_for_organization(&self, link: &mut Link) {
        if !self.settings.asks_about_conflicts && booking::waits(link) {
            link.edits.answer = Some(true);
        }
    }
}
