//! The text that holds settings: reading, changing, writing.

use super::find;
use crate::error::{CrmError, code};
use quick_xml::{Reader, escape::escape, events::Event};
use std::collections::BTreeMap;

/// The settings that somebody set.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Stored(BTreeMap<&'static str, String>);

impl Stored {
    /// Reads the text of an organization. What cannot be understood counts as absent, so that a
    /// text of another origin never stops anything.
    pub fn parse(text: &str) -> Self {
        let mut stored = Self::default();
        for (name, value) in elements(text).unwrap_or_default() {
            // An unknown or unfit element has no effect.
            let _ = stored.set(&name, &value);
        }
        stored
    }

    /// Sets one setting. Errors: `InvalidOrgDBOrgSetting`.
    pub fn set(&mut self, name: &str, value: &str) -> Result<(), CrmError> {
        let setting = find(name).ok_or_else(|| {
            CrmError::new(
                code::INVALID_ORG_DB_ORG_SETTING,
                format!("there is no organization setting '{name}'"),
            )
        })?;
        self.0.insert(setting.name, setting.accept(value)?);
        Ok(())
    }

    /// Takes a setting back to its default. Whether it was set.
    pub fn unset(&mut self, name: &str) -> bool {
        find(name).is_some_and(|setting| self.0.remove(setting.name).is_some())
    }

    /// The value that somebody set.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(find(name)?.name).map(String::as_str)
    }

    /// The value that counts: the one set, else the default. `None` for an unknown name.
    pub fn effective(&self, name: &str) -> Option<String> {
        let setting = find(name)?;
        Some(self.0.get(setting.name).cloned().unwrap_or_else(|| setting.default_value()))
    }

    /// Whether a setting of type Boolean is on.
    pub fn is_on(&self, name: &str) -> bool {
        self.effective(name).as_deref() == Some("true")
    }

    /// What is set, by name.
    pub fn iter(&self) -> impl Iterator<Item = (&'static str, &str)> {
        self.0.iter().map(|(name, value)| (*name, value.as_str()))
    }

    /// The text; empty where nothing is set.
    pub fn to_text(&self) -> String {
        if self.0.is_empty() {
            return String::new();
        }
        let mut text = String::from("<OrgSettings>");
        for (name, value) in &self.0 {
            text.push_str(&format!("<{name}>{}</{name}>", escape(value.as_str())));
        }
        text.push_str("</OrgSettings>");
        text
    }
}

/// The elements below the root, in their order.
pub(super) fn elements(text: &str) -> Result<Vec<(String, String)>, CrmError> {
    let mut found = Vec::new();
    let text = text.trim();
    if text.is_empty() {
        return Ok(found);
    }
    let mut reader = Reader::from_str(text);
    let (mut depth, mut seen_root) = (0_usize, false);
    let mut current: Option<(String, String)> = None;
    loop {
        match reader.read_event().map_err(|_| malformed())? {
            Event::Start(start) => {
                let name = start.local_name().as_ref().to_owned();
                match depth {
                    0 => seen_root = root(&name, seen_root)?,
                    1 => current = Some((name, String::new())),
                    _ => return Err(malformed()),
                }
                depth += 1;
            }
            Event::Empty(start) => {
                let name = start.local_name().as_ref().to_owned();
                match depth {
                    0 => seen_root = root(&name, seen_root)?,
                    1 => found.push((name, String::new())),
                    _ => return Err(malformed()),
                }
            }
            Event::End(_) => {
                depth = depth.checked_sub(1).ok_or_else(malformed)?;
                found.extend(current.take());
            }
            Event::Text(part) => put(&mut current, &part.xml10_content())?,
            Event::CData(part) => put(&mut current, &part.xml10_content())?,
            Event::GeneralRef(reference) => {
                let character = reference.resolve_char_ref().map_err(|_| malformed())?;
                match character {
                    Some(character) => put(&mut current, character.encode_utf8(&mut [0; 4]))?,
                    None => {
                        let named = quick_xml::escape::resolve_predefined_entity(&reference);
                        put(&mut current, named.ok_or_else(malformed)?)?;
                    }
                }
            }
            Event::Comment(_) | Event::Decl(_) | Event::PI(_) => {}
            Event::DocType(_) => return Err(malformed()),
            Event::Eof => break,
        }
    }
    if depth != 0 || !seen_root {
        return Err(malformed());
    }
    Ok(found)
}

fn root(name: &str, seen: bool) -> Result<bool, CrmError> {
    if seen || !name.eq_ignore_ascii_case("OrgSettings") {
        return Err(malformed());
    }
    Ok(true)
}

fn put(current: &mut Option<(String, String)>, text: &str) -> Result<(), CrmError> {
    match current {
        Some((_, value)) => value.push_str(text),
        None if text.trim().is_empty() => {}
        None => return Err(malformed()),
    }
    Ok(())
}

fn malformed() -> CrmError {
    CrmError::new(
        code::INVALID_ORG_DB_ORG_SETTING,
        "column 'orgdborgsettings' takes XML with the root OrgSettings and one element for each \
         setting, or an empty text to clear all",
    )
}

#[cfg(test)]
mod tests {
    use super::super::{merge, registry};
    use super::*;

    #[test]
    fn a_fragment_is_merged_and_an_empty_text_clears_all() {
        let first =
            "<OrgSettings><TrackCategorizedItems>false</TrackCategorizedItems></OrgSettings>";
        let second = "<?xml version=\"1.0\"?>\n<orgsettings>\n <TraceLogPersistenceTimeInDays> 7 \
                      </TraceLogPersistenceTimeInDays>\n</orgsettings>";
        let both = merge(&merge("", first).expect("first"), second).expect("second");
        let stored = Stored::parse(&both);
        assert_eq!(stored.get("TrackCategorizedItems"), Some("false"));
        assert_eq!(stored.get("TraceLogPersistenceTimeInDays"), Some("7"));
        assert_eq!(stored.effective("IgnoreCopiedItemsInSSSForMailbox").as_deref(), Some("true"));
        assert_eq!(merge(&both, "").expect("cleared"), "");
        assert_eq!(merge(&both, "<OrgSettings/>").expect("untouched"), both);
    }

    #[test]
    fn what_does_not_fit_is_refused_by_name() {
        for (fragment, named) in [
            ("<OrgSettings><Nonsense>1</Nonsense></OrgSettings>", "Nonsense"),
            (
                "<OrgSettings><TrackCategorizedItems>maybe</TrackCategorizedItems></OrgSettings>",
                "TrackCategorizedItems",
            ),
            (
                "<OrgSettings><SSSTaskDeletionSyncBehaviorFromExchange>3</SSSTaskDeletionSyncBehaviorFromExchange></OrgSettings>",
                "SSSTaskDeletionSyncBehaviorFromExchange",
            ),
            (
                "<OrgSettings><ExpireChangeTrackingInDays>7</ExpireChangeTrackingInDays></OrgSettings>",
                "expirechangetrackingindays",
            ),
            ("<Settings/>", "orgdborgsettings"),
            ("<OrgSettings><A><B/></A></OrgSettings>", "orgdborgsettings"),
            ("<OrgSettings>", "orgdborgsettings"),
            ("<!DOCTYPE a []><OrgSettings/>", "orgdborgsettings"),
            ("plain", "orgdborgsettings"),
        ] {
            let error = merge("", fragment).expect_err(fragment);
            assert_eq!(error.code, 0x8004_8514);
            assert!(error.message.contains(named), "{fragment}: {}", error.message);
        }
    }

    #[test]
    fn values_are_stored_in_one_spelling() {
        let text = merge(
            "",
            "<OrgSettings><trackcategorizeditems>0</trackcategorizeditems>\
             <JumpBarNumberIndicatorOverride>a&amp;b&#33;</JumpBarNumberIndicatorOverride></OrgSettings>",
        )
        .expect("accepted");
        assert_eq!(
            text,
            "<OrgSettings><JumpBarNumberIndicatorOverride>a&amp;b!</JumpBarNumberIndicatorOverride>\
             <TrackCategorizedItems>false</TrackCategorizedItems></OrgSettings>"
        );
    }

    #[test]
    fn the_registry_is_sorted_and_whole() {
        assert_eq!(registry().len(), 201);
        for setting in registry() {
            assert_eq!(find(&setting.name.to_uppercase()), Some(setting));
        }
    }
}
