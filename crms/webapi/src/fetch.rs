//! `fetchXml=`: queries as FetchXML, without links and aggregates.

use earmark_embedded::request::{Filter, Order, Query as Rows};
use earmark_embedded::schema::{Column, Table};
use percent_encoding::percent_decode_str;
use quick_xml::Reader;
use quick_xml::escape::resolve_predefined_entity;
use quick_xml::events::{BytesRef, BytesStart, Event};
use serde_json::{Value as Json, json};

use crate::call::{Call, Listed};
use crate::condition::{Condition, column};
use crate::encode;
use crate::fault::Fault;
use crate::filter::Scope;
use crate::format;
use crate::page::paging_cookie;
use crate::reply::Reply;
use crate::settings::PAGE_ROWS_MAX;

const COOKIE: &str = "Microsoft.Dynamics.CRM.fetchxmlpagingcookie";
const MORE: &str = "Microsoft.Dynamics.CRM.morerecords";
/// Units: bytes of one query.
const BYTES_MAX: usize = 64 * 1024;
/// Units: filters inside filters.
const DEPTH_MAX: usize = 32;
/// Units: rows up to which pages are counted without a cookie.
const SIMPLE_ROWS_MAX: u64 = 50_000;

/// A query as it is read.
#[derive(Default)]
struct Fetch {
    columns: Vec<&'static Column>,
    every_column: bool,
    order: Vec<Order>,
    /// Filters that are open, the outermost first; the bool says whether one part is enough.
    open: Vec<(bool, Vec<Filter>)>,
    condition: Option<Condition>,
    in_value: bool,
    top: Option<u64>,
    count: Option<u64>,
    page: Option<u64>,
    cookie: Option<String>,
    total: bool,
}

pub(crate) fn malformed(what: impl AsRef<str>) -> Fault {
    Fault::new(400, 0x8004_0203, format!("The fetchXml is malformed: {}.", what.as_ref()))
}

/// GET of an entity set with `fetchXml`.
pub(crate) async fn list(
    call: &Call<'_>,
    table: &'static Table,
    text: &str,
) -> Result<Reply, Fault> {
    let scope = Scope {
        table,
        variable: None,
        aliases: &std::collections::BTreeMap::new(),
        user: call.caller.user,
        now: call.now(),
    };
    let mut fetch = read(&scope, text)?;
    let filter = fetch.open.pop().map_or(Filter::All, |(_, parts)| Filter::And(parts));
    let size = fetch.count.or(fetch.top).unwrap_or(PAGE_ROWS_MAX).clamp(1, PAGE_ROWS_MAX);
    let page = fetch.page.unwrap_or(1).max(1);
    // Without a cookie the rows of the pages before are read and left out.
    let skipped = if fetch.cookie.is_some() { 0 } else { (page - 1).saturating_mul(size) };
    if skipped > SIMPLE_ROWS_MAX {
        return Err(malformed("a page this far on needs its paging-cookie"));
    }
    let shown = (!fetch.every_column).then_some(fetch.columns);
    let names = |columns: &Vec<&Column>| columns.iter().map(|one| one.logical.to_owned()).collect();
    let mut listed = call
        .rows(Rows {
            columns: shown.as_ref().map(names),
            filter,
            order: fetch.order,
            limit: Some(skipped + size),
            after: fetch.cookie,
            count: fetch.total,
            ..Rows::of(table.logical)
        })
        .await?;
    let skipped = usize::try_from(skipped).unwrap_or(usize::MAX).min(listed.rows.len());
    listed.rows.drain(..skipped);
    let labels = format::labels(call, &listed.rows, &shown).await?;
    let mut entities: Vec<_> =
        listed.rows.iter().map(|row| encode::entity(call, table, row, &shown, &labels)).collect();
    for entity in &mut entities {
        entity.retain(|_, value| !value.is_null());
    }
    let more = fetch.top.is_none() || fetch.count.is_some();
    let body = body(call, table, entities, &listed, more.then_some(page));
    Ok(Reply::json(200, &body))
}

fn body(
    call: &Call<'_>,
    table: &Table,
    entities: Vec<encode::Entity>,
    listed: &Listed,
    page: Option<u64>,
) -> Json {
    let context = format!("{}/$metadata#{}", call.base, table.set);
    let mut body = json!({"@odata.context": context, "value": entities});
    if let Some(total) = listed.total {
        body["@odata.count"] = Json::from(total);
    }
    if let (Some(token), Some(page)) = (&listed.next, page) {
        if call.prefer.annotates(COOKIE) {
            body[format!("@{COOKIE}")] = Json::from(paging_cookie(token, page + 1));
        }
        if call.prefer.annotates(MORE) {
            body[format!("@{MORE}")] = Json::Bool(true);
        }
    }
    body
}

fn read(scope: &Scope<'_>, text: &str) -> Result<Fetch, Fault> {
    if text.len() > BYTES_MAX {
        return Err(malformed(format!("it is longer than {BYTES_MAX} bytes")));
    }
    let mut reader = Reader::from_str(text);
    let mut fetch = Fetch { open: vec![(false, Vec::new())], ..Fetch::default() };
    let mut named = false;
    loop {
        match reader.read_event().map_err(|error| malformed(error.to_string()))? {
            Event::Start(element) => named |= fetch.start(scope, &element)?,
            Event::Empty(element) => {
                named |= fetch.start(scope, &element)?;
                fetch.end(scope, element.name().as_ref())?;
            }
            Event::End(element) => fetch.end(scope, element.name().as_ref())?,
            Event::Text(text) => fetch.text(&text.xml10_content()),
            Event::GeneralRef(reference) => fetch.text(&resolved(&reference)?),
            Event::DocType(_) => return Err(malformed("it has a document type")),
            Event::Eof if named && fetch.open.len() == 1 => return Ok(fetch),
            Event::Eof => return Err(malformed("it has no entity, or an open element")),
            _ => {}
        }
    }
}

/// The text that `&…;` stands for.
fn resolved(reference: &BytesRef<'_>) -> Result<String, Fault> {
    let character = reference.resolve_char_ref().map_err(|error| malformed(error.to_string()))?;
    if let Some(character) = character {
        return Ok(character.to_string());
    }
    resolve_predefined_entity(reference)
        .map(str::to_owned)
        .ok_or_else(|| malformed("it has an entity that is not predefined"))
}

/// An attribute of an element, entities resolved.
fn attribute(element: &BytesStart<'_>, name: &str) -> Result<Option<String>, Fault> {
    let found = element.try_get_attribute(name).map_err(|error| malformed(error.to_string()))?;
    found
        .map(|found| {
            quick_xml::escape::unescape(&found.value)
                .map(std::borrow::Cow::into_owned)
                .map_err(|error| malformed(error.to_string()))
        })
        .transpose()
}

fn required(element: &BytesStart<'_>, name: &str) -> Result<String, Fault> {
    attribute(element, name)?.ok_or_else(|| malformed(format!("the attribute '{name}' is missing")))
}

fn number(element: &BytesStart<'_>, name: &str) -> Result<Option<u64>, Fault> {
    attribute(element, name)?
        .map(|text| text.trim().parse().map_err(|_| malformed(format!("'{name}' is no number"))))
        .transpose()
}

impl Fetch {
    /// Reads the start of an element; true at the entity.
    fn start(&mut self, scope: &Scope<'_>, element: &BytesStart<'_>) -> Result<bool, Fault> {
        match element.name().as_ref() {
            "fetch" => self.settings(element)?,
            "entity" => {
                let name = required(element, "name")?;
                if name != scope.table.logical {
                    return Err(malformed(format!("'{name}' is not the entity of the address")));
                }
                return Ok(true);
            }
            "attribute" => {
                let column = column(scope.table, &required(element, "name")?)?;
                self.columns.push(column);
            }
            "all-attributes" => self.every_column = true,
            "order" => self.order.push(Order {
                column: vec![column(scope.table, &required(element, "attribute")?)?.logical.into()],
                descending: attribute(element, "descending")?.is_some_and(|text| text == "true"),
            }),
            "filter" => {
                if self.open.len() > DEPTH_MAX {
                    return Err(malformed(format!("filters are nested deeper than {DEPTH_MAX}")));
                }
                let either = attribute(element, "type")?.is_some_and(|text| text == "or");
                self.open.push((either, Vec::new()));
            }
            "condition" => {
                self.condition = Some(Condition {
                    attribute: required(element, "attribute")?,
                    operator: required(element, "operator")?,
                    values: attribute(element, "value")?.into_iter().collect(),
                });
            }
            "value" => {
                self.in_value = true;
                if let Some(condition) = &mut self.condition {
                    condition.values.push(String::new());
                }
            }
            other => {
                return Err(Fault::not_supported(&format!("The FetchXML element '{other}'")));
            }
        }
        Ok(false)
    }

    /// Text inside `<value>`; between elements there is nothing but space.
    fn text(&mut self, text: &str) {
        let value = self.condition.as_mut().and_then(|condition| condition.values.last_mut());
        if let (true, Some(value)) = (self.in_value, value) {
            value.push_str(text);
        }
    }

    fn settings(&mut self, element: &BytesStart<'_>) -> Result<(), Fault> {
        if attribute(element, "aggregate")?.is_some_and(|text| text == "true") {
            return Err(Fault::not_supported("An aggregate in FetchXML"));
        }
        self.top = number(element, "top")?;
        self.count = number(element, "count")?;
        self.page = number(element, "page")?;
        self.total = attribute(element, "returntotalrecordcount")?.is_some_and(|t| t == "true");
        self.cookie = attribute(element, "paging-cookie")?.map(|text| {
            let token = match text.split_once("pagingcookie=\"") {
                Some((_, rest)) => rest.split('"').next().unwrap_or_default().to_owned(),
                None => text,
            };
            percent_decode_str(&token).decode_utf8_lossy().into_owned()
        });
        Ok(())
    }

    fn end(&mut self, scope: &Scope<'_>, name: &str) -> Result<(), Fault> {
        match name {
            "value" => self.in_value = false,
            "condition" => {
                if let (Some(condition), Some((_, parts))) =
                    (self.condition.take(), self.open.last_mut())
                {
                    parts.push(condition.filter(scope)?);
                }
            }
            "filter" if self.open.len() > 1 => {
                if let Some((either, parts)) = self.open.pop() {
                    let filter = match (either, parts.is_empty()) {
                        (_, true) => Filter::All,
                        (true, false) => Filter::Or(parts),
                        (false, false) => Filter::And(parts),
                    };
                    if let Some((_, outer)) = self.open.last_mut() {
                        outer.push(filter);
                    }
                }
            }
            _ => {}
        }
        Ok(())
    }
}
