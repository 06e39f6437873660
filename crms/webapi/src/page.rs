//! Pages: their bodies, contexts and the links from one to the next.

use earmark_embedded::schema::Table;
use earmark_odata::Query;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use serde_json::{Value as Json, json};

use crate::call::{Ask, Call, Listed};
use crate::encode::Entity;
use crate::fault::Fault;
use crate::prefer::{TOTAL, TOTAL_EXCEEDED};

/// Characters that need no encoding inside a skip token.
const TOKEN: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.');

/// The body of a page.
pub(crate) fn page_body(
    call: &Call<'_>,
    table: &'static Table,
    query: &Query,
    entities: Vec<Entity>,
    listed: &Listed,
    next: Option<String>,
) -> Json {
    let mut body = json!({"@odata.context": context(call, table, query), "value": entities});
    if let (true, Some(total)) = (query.count, listed.total) {
        body["@odata.count"] = Json::from(total);
    }
    if call.prefer.annotates(TOTAL) {
        let total = match (query.count, listed.total) {
            (true, Some(total)) => Json::from(total),
            _ => Json::from(-1),
        };
        body[format!("@{TOTAL}")] = total;
    }
    if call.prefer.annotates(TOTAL_EXCEEDED) {
        body[format!("@{TOTAL_EXCEEDED}")] = Json::from(query.count && listed.total_exceeded);
    }
    if let Some(next) = next {
        body["@odata.nextLink"] = Json::from(next);
    }
    body
}

/// `…$metadata#emails(subject,from(name))`
pub(crate) fn context(call: &Call<'_>, table: &Table, query: &Query) -> String {
    let shape = shape(query);
    let shape = if shape.is_empty() { shape } else { format!("({shape})") };
    format!("{}/$metadata#{}{shape}", call.base, table.set)
}

fn shape(query: &Query) -> String {
    let mut parts = query.select.clone();
    for expand in &query.expand {
        parts.push(match expand.reference {
            true => format!("{}/$ref()", expand.path),
            false => format!("{}({})", expand.path, shape(&expand.query)),
        });
    }
    parts.join(",")
}

/// The address of the next page.
pub(crate) fn next_link(call: &Call<'_>, ask: &Ask, token: &str, page: u64) -> String {
    let mut options: Vec<&str> = ask
        .query
        .split('&')
        .filter(|option| {
            let name = option.split('=').next().unwrap_or_default();
            let name = percent_decode_str(name).decode_utf8_lossy().to_ascii_lowercase();
            !option.is_empty() && name.trim_start_matches('$') != "skiptoken"
        })
        .collect();
    let token = format!("$skiptoken={}", skip_token(token, page));
    options.push(&token);
    format!("{}/{}?{}", call.base, ask.path.trim_start_matches('/'), options.join("&"))
}

/// A skip token, percent-encoded.
pub(crate) fn skip_token(token: &str, page: u64) -> String {
    utf8_percent_encode(&paging_cookie(token, page), TOKEN).to_string()
}

/// The CRM's token in the form that paging cookies have.
pub(crate) fn paging_cookie(token: &str, page: u64) -> String {
    let inner = utf8_percent_encode(token, TOKEN);
    format!("<cookie pagenumber=\"{page}\" pagingcookie=\"{inner}\" istracking=\"False\" />")
}

/// The page number and the CRM's token inside a skip token.
pub(crate) fn cookie(text: &str) -> Result<(u64, Option<String>), Fault> {
    let attribute = |name: &str| {
        let (_, rest) = text.split_once(&format!("{name}=\""))?;
        rest.split_once('"').map(|(value, _)| value)
    };
    let malformed =
        || Fault::new(400, 0x8004_0203, "The paging cookie in $skiptoken is malformed.");
    let number =
        attribute("pagenumber").and_then(|text| text.parse().ok()).ok_or_else(malformed)?;
    let token = attribute("pagingcookie").ok_or_else(malformed)?;
    let token = percent_decode_str(token).decode_utf8().map_err(|_| malformed())?;
    Ok((number, Some(token.into_owned())))
}
