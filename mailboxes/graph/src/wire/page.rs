//! One page of a list, and the bound of every list within an answer.

use serde::de::{Error, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};
use std::fmt;
use std::marker::PhantomData;

/// Units: entries of one page, far above what is asked for. An entry that is nearly empty takes a
/// hundred times more room in memory than in an answer.
pub(crate) const PAGE_ENTRIES_MAX: usize = 20_000;

/// Units: people, headers, places or other parts of one item, far above what a server takes.
pub(crate) const PARTS_MAX: usize = 20_000;

/// How the error of a list begins that is longer than its bound.
pub(crate) const TOO_MANY: &str = "a list of more than";

/// A page without `value` is no list: reading it as empty would make items disappear.
#[derive(Debug, Deserialize)]
#[serde(bound = "T: Deserialize<'de>")]
pub(crate) struct Page<T> {
    #[serde(deserialize_with = "entries")]
    pub(crate) value: Vec<T>,
    #[serde(default, rename = "@odata.nextLink")]
    pub(crate) next_link: Option<String>,
}

fn entries<'de, D, T>(deserializer: D) -> Result<Vec<T>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    deserializer.deserialize_seq(AtMost(PAGE_ENTRIES_MAX, PhantomData))
}

/// A list that may be missing or null, of at most [`PARTS_MAX`] parts.
pub(crate) fn parts<'de, D, T>(deserializer: D) -> Result<Option<Vec<T>>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    Option::<Parts<T>>::deserialize(deserializer).map(|parts| parts.map(|parts| parts.0))
}

/// A list of at most [`PARTS_MAX`] parts.
pub(crate) struct Parts<T>(pub(crate) Vec<T>);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Parts<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_seq(AtMost(PARTS_MAX, PhantomData)).map(Self)
    }
}

/// Stops at the first entry beyond a number, so that no more than that is ever held.
struct AtMost<T>(usize, PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for AtMost<T> {
    type Value = Vec<T>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "a list of at most {}", self.0)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut sequence: A) -> Result<Vec<T>, A::Error> {
        let mut entries = Vec::new();
        while let Some(entry) = sequence.next_element()? {
            if entries.len() == self.0 {
                return Err(A::Error::custom(format!("{TOO_MANY} {}", self.0)));
            }
            entries.push(entry);
        }
        Ok(entries)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::call::malformed;
    use crate::wire::users::messages::Message;

    #[test]
    fn a_page_is_a_list_and_no_longer_than_its_bound() {
        let page = |entries: usize| format!(r#"{{"value":[{}]}}"#, vec!["{}"; entries].join(","));
        let read = |text: &str| serde_json::from_str::<Page<Message>>(text).map(|page| page.value);
        assert_eq!(read(&page(PAGE_ENTRIES_MAX)).expect("a page").len(), PAGE_ENTRIES_MAX);
        let failure = malformed(&read(&page(PAGE_ENTRIES_MAX + 1)).expect_err("too long"));
        assert_eq!(failure.code, "ListTooLong");
        assert!(failure.detail.contains("20000"), "{}", failure.detail);
        for text in ["{}", r#"{"value":null}"#, r#"{"value":{}}"#, "[]"] {
            assert_eq!(malformed(&read(text).expect_err(text)).code, "MalformedAnswer");
        }
    }

    #[test]
    fn the_parts_of_an_item_are_bounded_and_may_be_missing() {
        let message = |parts: usize| {
            let parts = vec!["{}"; parts].join(",");
            serde_json::from_str::<Message>(&format!(r#"{{"toRecipients":[{parts}]}}"#))
        };
        let recipients = message(5_000).expect("a message").to_recipients.expect("recipients");
        assert_eq!(recipients.len(), 5_000);
        assert_eq!(malformed(&message(PARTS_MAX + 1).expect_err("too many")).code, "ListTooLong");
        let none = serde_json::from_str::<Message>(r#"{"toRecipients":null}"#).expect("a message");
        assert!(none.to_recipients.is_none() && none.cc_recipients.is_none());
    }
}
