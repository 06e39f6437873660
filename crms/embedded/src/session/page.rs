//! Where a page of rows stopped: the values that its last row was ordered by.

use super::sql::is_text;
use crate::{
    error::{CrmError, code},
    schema::Column,
};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use earmark_sqlite::rusqlite::types::Value as Sql;
use serde::{Deserialize, Serialize};

/// One column that rows are ordered by, as SQL.
pub(super) struct OrderedBy {
    pub text: String,
    pub column: &'static Column,
    pub descending: bool,
}

impl OrderedBy {
    /// As a part of `ORDER BY`.
    pub fn clause(&self) -> String {
        let fold = if is_text(&self.column.kind) { " COLLATE NOCASE" } else { "" };
        let way = if self.descending { " DESC" } else { "" };
        format!("{}{fold}{way}", self.text)
    }
}

#[derive(Debug, Serialize, Deserialize)]
enum Mark {
    #[serde(rename = "n")]
    Null,
    #[serde(rename = "i")]
    Integer(i64),
    #[serde(rename = "r")]
    Real(f64),
    #[serde(rename = "t")]
    Text(String),
    #[serde(rename = "b")]
    Bytes(String),
}

/// The token that goes on after a row with these values.
pub(super) fn token(values: Vec<Sql>) -> String {
    let marks: Vec<Mark> = values
        .into_iter()
        .map(|value| match value {
            Sql::Null => Mark::Null,
            Sql::Integer(number) => Mark::Integer(number),
            Sql::Real(number) => Mark::Real(number),
            Sql::Text(text) => Mark::Text(text),
            Sql::Blob(bytes) => Mark::Bytes(URL_SAFE_NO_PAD.encode(bytes)),
        })
        .collect();
    URL_SAFE_NO_PAD.encode(serde_json::to_vec(&marks).unwrap_or_default())
}

/// The condition that lets through what comes after `token`, with its parameters.
pub(super) fn after(token: &str, order: &[OrderedBy]) -> Result<(String, Vec<Sql>), CrmError> {
    let values = parse(token).filter(|values| values.len() == order.len()).ok_or_else(|| {
        CrmError::new(code::INVALID_ARGUMENT, "the skip token is not one of this query")
    })?;
    let (mut parts, mut parameters) = (Vec::new(), Vec::new());
    for position in 0..order.len() {
        let mut terms = Vec::new();
        for (earlier, value) in order.iter().zip(&values).take(position) {
            terms.push(format!("{} IS ?", earlier.text));
            parameters.push(value.clone());
        }
        let (by, value) = (&order[position], &values[position]);
        let text = &by.text;
        // Empty values come first in rising order and last in falling order.
        terms.push(match (by.descending, value) {
            (false, Sql::Null) => format!("{text} IS NOT NULL"),
            (true, Sql::Null) => "0".to_owned(),
            (false, _) => format!("{text} > ?"),
            (true, _) => format!("({text} < ? OR {text} IS NULL)"),
        });
        if !matches!(value, Sql::Null) {
            parameters.push(value.clone());
        }
        parts.push(format!("({})", terms.join(" AND ")));
    }
    Ok((format!("({})", parts.join(" OR ")), parameters))
}

fn parse(token: &str) -> Option<Vec<Sql>> {
    let bytes = URL_SAFE_NO_PAD.decode(token).ok()?;
    let marks: Vec<Mark> = serde_json::from_slice(&bytes).ok()?;
    marks
        .into_iter()
        .map(|mark| {
            Some(match mark {
                Mark::Null => Sql::Null,
                Mark::Integer(number) => Sql::Integer(number),
                Mark::Real(number) => Sql::Real(number),
                Mark::Text(text) => Sql::Text(text),
                Mark::Bytes(text) => Sql::Blob(URL_SAFE_NO_PAD.decode(text).ok()?),
            })
        })
        .collect()
}
