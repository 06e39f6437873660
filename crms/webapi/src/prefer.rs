//! The `Prefer` header.

use http::HeaderMap;

use crate::settings::PAGE_ROWS_MAX;

/// What a client prefers.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Prefer {
    /// `return=representation`.
    pub(crate) representation: bool,
    /// `odata.maxpagesize`, at most the largest page.
    pub(crate) page_rows: Option<u64>,
    /// `odata.continue-on-error`.
    pub(crate) continue_on_error: bool,
    /// `odata.track-changes`.
    pub(crate) track_changes: bool,
    annotations: Vec<String>,
}

/// Display text of a value.
pub(crate) const FORMATTED: &str = "OData.Community.Display.V1.FormattedValue";
/// Logical name of the table that a lookup points to.
pub(crate) const LOOKUP_TABLE: &str = "Microsoft.Dynamics.CRM.lookuplogicalname";
/// Navigation that reads a lookup.
pub(crate) const NAVIGATION: &str = "Microsoft.Dynamics.CRM.associatednavigationproperty";
/// Number of rows.
pub(crate) const TOTAL: &str = "Microsoft.Dynamics.CRM.totalrecordcount";
/// Whether there are more rows than are counted.
pub(crate) const TOTAL_EXCEEDED: &str = "Microsoft.Dynamics.CRM.totalrecordcountlimitexceeded";

impl Prefer {
    /// Reads the header; what is not known is ignored.
    pub(crate) fn of(headers: &HeaderMap) -> Self {
        let mut prefer = Self::default();
        let values = headers.get_all("prefer").iter().filter_map(|value| value.to_str().ok());
        for part in values.flat_map(unquoted_split) {
            let (name, value) = part.split_once('=').unwrap_or((part, ""));
            let value = value.trim().trim_matches('"');
            match name.trim().to_ascii_lowercase().as_str() {
                "return" => prefer.representation = value.eq_ignore_ascii_case("representation"),
                "odata.maxpagesize" | "maxpagesize" => {
                    prefer.page_rows = value
                        .parse()
                        .ok()
                        .filter(|rows| *rows > 0)
                        .map(|rows: u64| rows.min(PAGE_ROWS_MAX));
                }
                "odata.include-annotations" | "include-annotations" => {
                    prefer.annotations =
                        value.split(',').map(|pattern| pattern.trim().to_owned()).collect();
                }
                "odata.continue-on-error" | "continue-on-error" => {
                    prefer.continue_on_error = !value.eq_ignore_ascii_case("false");
                }
                "odata.track-changes" => prefer.track_changes = true,
                _ => {}
            }
        }
        prefer
    }

    /// Whether an annotation is asked for.
    pub(crate) fn annotates(&self, name: &str) -> bool {
        let mut wanted = false;
        for pattern in &self.annotations {
            let (include, pattern) = match pattern.strip_prefix('-') {
                Some(rest) => (false, rest),
                None => (true, pattern.as_str()),
            };
            let hit = match pattern.strip_suffix('*') {
                Some(prefix) => name.starts_with(prefix),
                None => name == pattern,
            };
            if hit {
                wanted = include;
            }
        }
        wanted
    }

    /// Whether any annotation is asked for.
    pub(crate) fn annotates_any(&self) -> bool {
        !self.annotations.is_empty()
    }

    /// `Preference-Applied` of an answer; `list` and `write` say which preferences could apply.
    pub(crate) fn applied(&self, list: bool, write: bool) -> Option<String> {
        let mut applied = Vec::new();
        if write && self.representation {
            applied.push("return=representation".to_owned());
        }
        if let (true, Some(rows)) = (list, self.page_rows) {
            applied.push(format!("odata.maxpagesize={rows}"));
        }
        if self.annotates_any() && (!write || self.representation) {
            let patterns = self.annotations.join(",");
            applied.push(format!("odata.include-annotations=\"{patterns}\""));
        }
        (!applied.is_empty()).then(|| applied.join(","))
    }
}

fn unquoted_split(value: &str) -> Vec<&str> {
    let (mut parts, mut start, mut quoted) = (Vec::new(), 0, false);
    for (index, c) in value.char_indices() {
        match c {
            '"' => quoted = !quoted,
            ',' | ';' if !quoted => {
                parts.push(value[start..index].trim());
                start = index + 1;
            }
            _ => {}
        }
    }
    parts.push(value[start..].trim());
    parts
}
