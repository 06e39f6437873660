//! The display text of a value.

use std::collections::BTreeMap;

use earmark_embedded::request::{Filter, Query, Request};
use earmark_embedded::schema::{self, Column, Kind};
use earmark_embedded::value::{Row, Value};
use jiff::tz::TimeZone;
use uuid::Uuid;

use crate::call::{Call, id, listed};
use crate::encode::Shown;
use crate::fault::Fault;
use crate::prefer::FORMATTED;

/// Names of rows that lookups point to.
#[derive(Default)]
pub(crate) struct Labels(BTreeMap<Uuid, String>);

/// Units: ids in one query.
pub(crate) const IDS_PER_QUERY: usize = 200;

/// Reads the names of all rows that the shown lookups point to, where display texts are asked
/// for. Names are shown whether or not the caller may read the rows themselves.
pub(crate) async fn labels(call: &Call<'_>, rows: &[Row], shown: &Shown) -> Result<Labels, Fault> {
    let mut labels = Labels::default();
    if !call.prefer.annotates(FORMATTED) {
        return Ok(labels);
    }
    let mut wanted: BTreeMap<&str, Vec<Uuid>> = BTreeMap::new();
    for (name, value) in rows.iter().flatten() {
        let visible = shown
            .as_ref()
            .is_none_or(|columns| columns.iter().any(|column| column.logical == name));
        if let (true, Value::Lookup(reference)) = (visible, value) {
            wanted.entry(&reference.table).or_default().push(reference.id);
        }
    }
    for (table, mut ids) in wanted {
        let Some(table) = schema::table(table) else { continue };
        let Some(name) = table.name else { continue };
        ids.sort_unstable();
        ids.dedup();
        for some in ids.chunks(IDS_PER_QUERY) {
            let query = Query {
                columns: Some(vec![name.to_owned()]),
                filter: Filter::In {
                    column: vec![table.key.to_owned()],
                    values: some.iter().copied().map(Value::Guid).collect(),
                },
                ..Query::of(table.logical)
            };
            let crm = &call.face.crm;
            let answer = crm.execute(Request::Query(query), &crm.service_caller()).await?;
            for row in listed(answer)?.rows {
                if let (Some(id), Some(text)) =
                    (id(table, &row), row.get(name).and_then(Value::as_text))
                {
                    labels.0.insert(id, text.to_owned());
                }
            }
        }
    }
    Ok(labels)
}

/// The display text; `None` where the value is its own.
pub(crate) fn formatted(column: &Column, value: &Value, labels: &Labels) -> Option<String> {
    match (&column.kind, value) {
        (Kind::Options(options) | Kind::State(options), Value::Int(number)) => options
            .iter()
            .find(|(value, _)| i64::from(*value) == *number)
            .map(|(_, label)| (*label).to_owned()),
        (Kind::Status(options), Value::Int(number)) => options
            .iter()
            .find(|(value, _, _)| i64::from(*value) == *number)
            .map(|(_, label, _)| (*label).to_owned()),
        (Kind::Bool { labels, .. }, Value::Bool(value)) => {
            Some(labels[usize::from(*value)].to_owned())
        }
        (Kind::Lookup { .. }, Value::Lookup(reference)) => labels.0.get(&reference.id).cloned(),
        (Kind::Instant, Value::Instant(millis)) => jiff::Timestamp::from_millisecond(*millis)
            .ok()
            .map(|at| at.to_zoned(TimeZone::UTC).strftime("%-m/%-d/%Y %-I:%M %p").to_string()),
        (Kind::Date, Value::Date(day)) => {
            let day: jiff::civil::Date = day.parse().ok()?;
            Some(day.strftime("%-m/%-d/%Y").to_string())
        }
        (Kind::Int { .. } | Kind::BigInt, Value::Int(number)) => Some(grouped(*number)),
        (Kind::EntityName, Value::Text(name)) => {
            schema::table(name).map(|table| table.schema.to_owned())
        }
        (Kind::Decimal | Kind::Double, Value::Decimal(number)) => Some(format!("{number:.2}")),
        (Kind::Money, Value::Decimal(number)) => Some(format!("${number:.2}")),
        _ => None,
    }
}

/// A whole number with commas between thousands.
fn grouped(number: i64) -> String {
    let digits = number.unsigned_abs().to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    if number < 0 { format!("-{text}") } else { text }
}
