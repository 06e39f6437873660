//! Filters, orders and pages of small collections, over their values on the wire.

use super::request::Request;
use crate::error::Refusal;
use earmark_odata::{Evaluate, Expr, OrderBy, compare_by, matches};
use serde_json::Value;

/// Units: entities in a page at most.
const PAGE_MAX: u64 = 1_000;

/// What a collection consists of.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Kind {
    /// The type as error messages name it.
    pub(crate) name: &'static str,
    /// What `$select`, `$filter` and `$orderby` can name.
    pub(crate) properties: &'static [&'static str],
}

/// The part of a collection that is asked for.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Window {
    pub(crate) skip: u64,
    pub(crate) top: u64,
}

impl Window {
    /// From `$skip` and `$top`; `page` is how many there are without.
    pub(crate) fn of(request: &Request, page: u64) -> Result<Self, Refusal> {
        let top = request.query.top.or(request.prefer.page_size).unwrap_or(page);
        if top == 0 || top > PAGE_MAX {
            return Err(Refusal::bad_request(format!(
                "Invalid value '{top}' for $top query option found. The $top query option requires a value between 1 and {PAGE_MAX}."
            )));
        }
        Ok(Self { skip: request.query.skip.unwrap_or(0), top })
    }

    /// The entities of the window.
    pub(crate) fn cut<T>(self, all: Vec<T>) -> Vec<T> {
        let number = |value: u64| usize::try_from(value).unwrap_or(usize::MAX);
        all.into_iter().skip(number(self.skip)).take(number(self.top)).collect()
    }

    /// Sets the link to the next page, when one follows: `total` entities are there in all.
    pub(crate) fn link(self, request: &Request, total: usize, body: &mut Value) {
        let next = self.skip.saturating_add(self.top);
        if u64::try_from(total).is_ok_and(|total| next < total) {
            body["@odata.nextLink"] = request.link(&[("$skip", &next.to_string())]).into();
        }
    }
}

impl Kind {
    /// The entities that fit `$filter`, in the order of `$orderby`; `whole` gives one with every
    /// property that it can be filtered by.
    ///
    /// Errors: 400 when a property is not known or the filter cannot be evaluated.
    pub(crate) fn chosen<T>(
        self,
        request: &Request,
        ignore_case: bool,
        all: Vec<T>,
        whole: impl Fn(&T) -> Value,
    ) -> Result<Vec<T>, Refusal> {
        let filter =
            request.query.filter.as_ref().map(|expr| self.spelled(expr, &[])).transpose()?;
        let mut order = Vec::new();
        for term in &request.query.order_by {
            let path = self.path(&term.path)?;
            order.push(OrderBy { path, descending: term.descending });
        }
        let mut found = Vec::new();
        for one in all {
            let value = whole(&one);
            let fits = match &filter {
                Some(filter) => matches(filter, &value, &Evaluate { ignore_case })
                    .map_err(|_| invalid_filter())?,
                None => true,
            };
            if fits {
                found.push((value, one));
            }
        }
        found.sort_by(|(a, _), (b, _)| compare_by(&order, a, b));
        Ok(found.into_iter().map(|(_, one)| one).collect())
    }

    /// The names of `$select` in their own spelling; empty stands for all.
    pub(crate) fn selected(self, select: &[String]) -> Result<Vec<String>, Refusal> {
        if select.iter().any(|name| name == "*") {
            return Ok(Vec::new());
        }
        select.iter().map(|name| self.name_of(name).map(str::to_owned)).collect()
    }

    fn name_of(self, name: &str) -> Result<&'static str, Refusal> {
        let known = self.properties.iter().find(|known| known.eq_ignore_ascii_case(name));
        known.copied().ok_or_else(|| {
            Refusal::bad_query(format!(
                "Could not find a property named '{name}' on type '{}'.",
                self.name
            ))
        })
    }

    fn path(self, path: &[String]) -> Result<Vec<String>, Refusal> {
        let (first, rest) = path.split_first().ok_or_else(invalid_filter)?;
        let mut spelled = vec![self.name_of(first)?.to_owned()];
        spelled.extend(rest.iter().cloned());
        Ok(spelled)
    }

    /// The same expression with its properties in their own spelling.
    fn spelled(self, expr: &Expr, variables: &[&str]) -> Result<Expr, Refusal> {
        let both = |left: &Expr, right: &Expr| {
            Ok::<_, Refusal>((
                Box::new(self.spelled(left, variables)?),
                Box::new(self.spelled(right, variables)?),
            ))
        };
        Ok(match expr {
            Expr::And(left, right) => {
                let (left, right) = both(left, right)?;
                Expr::And(left, right)
            }
            Expr::Or(left, right) => {
                let (left, right) = both(left, right)?;
                Expr::Or(left, right)
            }
            Expr::Not(inner) => Expr::Not(Box::new(self.spelled(inner, variables)?)),
            Expr::Compare { left, op, right } => {
                let (left, right) = both(left, right)?;
                Expr::Compare { left, op: *op, right }
            }
            Expr::In { left, list } => {
                Expr::In { left: Box::new(self.spelled(left, variables)?), list: list.clone() }
            }
            Expr::Call { function, arguments } => Expr::Call {
                function: function.clone(),
                arguments: arguments
                    .iter()
                    .map(|one| self.spelled(one, variables))
                    .collect::<Result<_, _>>()?,
            },
            Expr::Lambda { any, path, variable, body } => {
                let mut inner = variables.to_vec();
                inner.extend(variable.as_deref());
                Expr::Lambda {
                    any: *any,
                    path: self.path(path)?,
                    variable: variable.clone(),
                    body: match body {
                        Some(body) => Some(Box::new(self.spelled(body, &inner)?)),
                        None => None,
                    },
                }
            }
            Expr::Path(path) if path.first().is_some_and(|name| variables.contains(&&**name)) => {
                expr.clone()
            }
            Expr::Path(path) => Expr::Path(self.path(path)?),
            Expr::Literal(_) => expr.clone(),
        })
    }
}

fn invalid_filter() -> Refusal {
    Refusal::new(
        400,
        "ErrorInvalidUrlQueryFilter",
        "The query filter contains one or more invalid nodes.",
    )
}

/// `If-Match`: the etag, what is inside it, or `*`.
///
/// Errors: 412 when it names another version.
pub(crate) fn check_match(request: &Request, current: &str) -> Result<(), Refusal> {
    let Some(wanted) = request.headers.get("if-match") else { return Ok(()) };
    let bare = |text: &str| text.trim().trim_start_matches("W/").trim_matches('"').to_owned();
    let fits = wanted
        .to_str()
        .unwrap_or_default()
        .split(',')
        .any(|one| one.trim() == "*" || bare(one) == bare(current));
    if fits { Ok(()) } else { Err(Refusal::changed_meanwhile()) }
}

/// A member of an object, its name in any case; null is there too.
pub(crate) fn given<'a>(object: &'a Value, name: &str) -> Option<&'a Value> {
    let found = object.as_object()?.iter().find(|(key, _)| key.eq_ignore_ascii_case(name));
    found.map(|(_, value)| value)
}

/// Refuses members that the type does not have.
pub(crate) fn check_members(body: &Value, kind: Kind, more: &[&str]) -> Result<(), Refusal> {
    for name in body.as_object().into_iter().flatten().map(|(name, _)| name) {
        let is_known = name.contains('@')
            || kind.properties.iter().chain(more).any(|known| known.eq_ignore_ascii_case(name));
        if !is_known {
            return Err(Refusal::new(
                400,
                "RequestBodyRead",
                format!(
                    "The property '{name}' does not exist on type '{}'. Make sure to only use property names that are defined by the type.",
                    kind.name
                ),
            )
            .about(name));
        }
    }
    Ok(())
}
