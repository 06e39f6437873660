//! The fields of a record beside those of its item, in the terms of the record.

use super::{
    draft,
    promote::rich_text,
    refused, repeats, unsupported,
    update::{MASTERS, PartyRow, told},
};
use crate::{
    crm::EmbeddedCrm,
    error::CrmError,
    schema::Table,
    session::{
        Session, find,
        rules::{closing::is_closed_by_person, party::parties_of},
    },
    value::{Row, Value},
};
use earmark_crm_port::RecordFields;
use earmark_model::{
    ActivityDraft, Address, Body, BodyKind, Failure, Field, FieldPair, FieldValue, Importance,
    Instant, ShowAs, TaskStatus,
};
use std::sync::Arc;

const TASKS: &str = "task";
const APPOINTMENTS: &str = "appointment";

/// `participationtypemask` of attendees. Source: the common data model.
pub(super) const REQUIRED: i64 = 5;
/// The same.
pub(super) const OPTIONAL: i64 = 6;
/// The same, of rooms and equipment.
pub(super) const RESOURCE: i64 = 10;

/// Tags of a body that says no more than its text does.
const PLAIN_TAGS: [&str; 8] = ["html", "head", "meta", "body", "div", "p", "br", "span"];

/// The columns that hold a field of a row of `table`.
pub(super) fn columns_of(field: Field, table: &Table) -> &'static [&'static str] {
    let is_task = table.logical == TASKS;
    match field {
        Field::Subject => &["subject"],
        Field::Body => &["description"],
        Field::Location => &["location"],
        Field::Time if table.logical == MASTERS => &repeats::COLUMNS,
        Field::Time => &[
            "scheduledstart",
            "scheduledend",
            "scheduleddurationminutes",
            "sortdate",
            "isalldayevent",
        ],
        Field::ShowAs => &["statecode", "statuscode"],
        Field::Importance => &["prioritycode"],
        Field::Status => &["statecode", "statuscode", "percentcomplete", "actualend"],
        Field::Start if is_task => &["scheduledstart", "scheduleddurationminutes"],
        Field::Due if is_task => &["scheduledend", "scheduleddurationminutes", "sortdate"],
        // Attendees are rows of their own.
        Field::Start | Field::Due | Field::Attendees => &[],
    }
}

/// Reads the record and sets its fields beside those that the draft would give it.
pub(super) async fn compare(
    crm: &Arc<EmbeddedCrm>,
    draft: &ActivityDraft,
) -> Result<RecordFields, Failure> {
    let (caller, id) = (crm.service_caller(), draft.id.0);
    let table = find(draft::table_of(draft)?).map_err(refused)?;
    if table.logical == "email" {
        return Err(unsupported(draft.kind));
    }
    let (row, parties, is_closed, rich_text) = crm
        .read(caller, move |session| {
            session.require_reads()?;
            let there = session.concrete(find("activitypointer")?, id)?;
            let is_closed = is_closed_by_person(session, there, id)?;
            let parties = told(&parties_of(session, id, table.logical)?);
            Ok((row_of(session, there, id)?, parties, is_closed, rich_text(session)?))
        })
        .await
        .map_err(refused)?;
    let (wanted, _) = draft::mapped(draft, rich_text)?;
    let is_html = rich_text && table.logical == APPOINTMENTS && draft.occurrence.is_none();
    let pair = |field: Field| {
        let own = FieldValue::of(&draft.content, field)?;
        if let FieldValue::People { required, optional } = &own {
            return Some(attendees(required, optional, &parties));
        }
        let item = value(&wanted, field, table, is_html)?;
        let record = value(&row, field, table, is_html)?;
        Some(FieldPair { field, is_whole: is_whole(&own, &item), item, record })
    };
    let modified = row.get("modifiedon").and_then(Value::as_instant).unwrap_or_default();
    Ok(RecordFields {
        fields: Field::ALL.into_iter().filter_map(pair).collect(),
        is_closed,
        modified: Instant::from_millis(modified),
    })
}

fn row_of(session: &Session<'_>, table: &'static Table, id: uuid::Uuid) -> Result<Row, CrmError> {
    Ok(session.whole(table, id)?.unwrap_or_default())
}

/// What a row has in a field; `None` where its table has no such field.
fn value(row: &Row, field: Field, table: &Table, is_html: bool) -> Option<FieldValue> {
    let is_task = table.logical == TASKS;
    let text = |column| row.get(column).and_then(Value::as_text).unwrap_or_default().to_owned();
    let at = |column| row.get(column).and_then(Value::as_instant).map(Instant::from_millis);
    let number = |column| row.get(column).and_then(Value::as_int).unwrap_or_default();
    Some(match field {
        Field::Subject => FieldValue::Text(text("subject")),
        Field::Location if !is_task => FieldValue::Text(text("location")),
        Field::Body => {
            let kind = if is_html { BodyKind::Html } else { BodyKind::Text };
            FieldValue::Body(Body { kind, text: text("description") })
        }
        Field::Time if table.logical == APPOINTMENTS => FieldValue::Time {
            start: at("scheduledstart")?,
            end: at("scheduledend")?,
            is_all_day: row.get("isalldayevent") == Some(&Value::Bool(true)),
        },
        Field::Time if table.logical == MASTERS => repeats::value(row)?,
        Field::ShowAs if !is_task => FieldValue::ShowAs(show_as(number("statuscode"))),
        Field::Importance => FieldValue::Importance(match number("prioritycode") {
            0 => Importance::Low,
            2 => Importance::High,
            _ => Importance::Normal,
        }),
        Field::Status if is_task => FieldValue::Status(task_status(number("statuscode"))),
        Field::Start if is_task => FieldValue::At(at("scheduledstart")),
        Field::Due if is_task => FieldValue::At(at("scheduledend")),
        _ => return None,
    })
}

/// The attendees on both sides, by their addresses. Whoever has none is told of on neither side, so
/// that a list with such a one is not whole.
fn attendees(required: &[Address], optional: &[Address], parties: &[PartyRow]) -> FieldPair {
    let own = [required, optional].map(|list| list.iter().map(|one| one.address.as_str()));
    let with = |masks: &'static [i64]| {
        parties.iter().filter(|row| masks.contains(&row.mask)).map(|row| row.address.as_str())
    };
    let kept = [with(&[REQUIRED]), with(&[OPTIONAL, RESOURCE])];
    let is_known = |address: &str| !address.trim().is_empty();
    let is_whole =
        own.iter().cloned().flatten().all(is_known) && kept.iter().cloned().flatten().all(is_known);
    let [required, optional] = own.map(addresses);
    let item = FieldValue::People { required, optional };
    let [required, optional] = kept.map(addresses);
    let record = FieldValue::People { required, optional };
    FieldPair { field: Field::Attendees, item, record, is_whole }
}

/// Each address once, in lower case and in order.
fn addresses<'a>(of: impl Iterator<Item = &'a str>) -> Vec<Address> {
    let mut addresses: Vec<String> = of.map(|address| address.trim().to_lowercase()).collect();
    addresses.retain(|address| !address.is_empty());
    addresses.sort();
    addresses.dedup();
    addresses.into_iter().map(|address| Address { name: String::new(), address }).collect()
}

/// What is completed, cancelled or free takes nobody's time.
const fn show_as(status: i64) -> ShowAs {
    match status {
        1 | 3 | 4 => ShowAs::Free,
        2 => ShowAs::Tentative,
        6 => ShowAs::OutOfOffice,
        _ => ShowAs::Busy,
    }
}

/// What is cancelled is over.
const fn task_status(status: i64) -> TaskStatus {
    match status {
        3 => TaskStatus::InProgress,
        4 => TaskStatus::WaitingOnOthers,
        5 | 6 => TaskStatus::Completed,
        7 => TaskStatus::Deferred,
        _ => TaskStatus::NotStarted,
    }
}

/// Whether `kept`, which the record has of the item's `own` value, says all that it says.
fn is_whole(own: &FieldValue, kept: &FieldValue) -> bool {
    match (own, kept) {
        (FieldValue::Text(own), FieldValue::Text(kept)) => own == kept,
        (FieldValue::Body(own), FieldValue::Body(kept)) if own.kind == kept.kind => {
            own.text.trim_end() == kept.text.trim_end()
        }
        (FieldValue::Body(own), FieldValue::Body(kept)) => {
            let all = super::draft::plain(own);
            is_plain(&own.text) && all.chars().count() == kept.text.chars().count()
        }
        (
            FieldValue::Series { recurrence: own, .. },
            FieldValue::Series { recurrence: kept, .. },
        ) => repeats::is_whole(own, kept),
        _ => true,
    }
}

/// Whether HTML has nothing but lines of text in it.
fn is_plain(html: &str) -> bool {
    html.split('<').skip(1).all(|part| {
        let tag = part.split('>').next().unwrap_or_default().trim_start_matches('/').trim();
        let (name, attributes) = tag.split_once(char::is_whitespace).unwrap_or((tag, ""));
        let name = name.trim_end_matches('/').to_ascii_lowercase();
        let is_bare = attributes.trim_matches(['/', ' ']).is_empty() || name == "meta";
        PLAIN_TAGS.contains(&name.as_str()) && is_bare
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_html_without_form_is_plain() {
        for plain in [
            "one",
            "<html><head>\r\n<meta http-equiv=\"Content-Type\" content=\"text/html\"></head><body><p>a</p><br/></body></html>",
            "<div>a &lt; b</div>",
        ] {
            assert!(is_plain(plain), "{plain}");
        }
        for formed in ["<b>a</b>", "<p style=\"color:red\">a</p>", "<a href=\"x\">a</a>", "<img>"] {
            assert!(!is_plain(formed), "{formed}");
        }
    }

    #[test]
    fn a_text_that_was_cut_is_not_whole() {
        let text = |text: &str| FieldValue::Text(text.to_owned());
        assert!(is_whole(&text("Room 4"), &text("Room 4")));
        assert!(!is_whole(&text("Room 4 and 5"), &text("Room 4")));
        let body = |kind, text: &str| FieldValue::Body(Body { kind, text: text.to_owned() });
        let kept = body(BodyKind::Text, "one");
        assert!(is_whole(&body(BodyKind::Html, "<p>one</p>"), &kept));
        assert!(!is_whole(&body(BodyKind::Html, "<p><b>one</b></p>"), &kept));
        assert!(!is_whole(&body(BodyKind::Text, "one two"), &kept));
    }
}
