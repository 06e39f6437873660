//! One setting, and what may be its value.

use crate::error::{CrmError, code};

/// One organization setting.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Setting {
    /// Its name, as the product spells it.
    pub name: &'static str,
    /// Its type, range and default.
    pub kind: SettingKind,
    /// It is a column of the organization row rather than a part of the settings text.
    pub is_organization_column: bool,
    /// Values in range that are not available yet, and why.
    pub not_yet: Option<(&'static [i64], &'static str)>,
}

/// Type, range and default.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SettingKind {
    /// `true` or `false`; `1` and `0` are taken for them.
    Boolean {
        /// The default.
        default: bool,
    },
    /// A whole number.
    Number {
        /// The default.
        default: i64,
        /// The least value.
        min: i64,
        /// The greatest value.
        max: i64,
    },
    /// A number with a fraction.
    Double {
        /// The default, as text.
        default: &'static str,
    },
    /// One of a few words, in any case.
    Word {
        /// The default.
        default: &'static str,
        /// Every word.
        words: &'static [&'static str],
    },
    /// Text.
    Text {
        /// The default.
        default: &'static str,
    },
}

impl Setting {
    /// The default, as the settings text would have it.
    pub fn default_value(&self) -> String {
        match self.kind {
            SettingKind::Boolean { default } => default.to_string(),
            SettingKind::Number { default, .. } => default.to_string(),
            SettingKind::Double { default }
            | SettingKind::Word { default, .. }
            | SettingKind::Text { default } => default.to_owned(),
        }
    }

    /// `value` as the settings text has it.
    ///
    /// Errors: `InvalidOrgDBOrgSetting`, with what the setting takes.
    pub fn accept(&self, value: &str) -> Result<String, CrmError> {
        let value = value.trim();
        let refused = |takes: String| {
            Err(CrmError::new(
                code::INVALID_ORG_DB_ORG_SETTING,
                format!("setting '{}' takes {takes}", self.name),
            ))
        };
        if self.is_organization_column {
            return refused(format!(
                "its value from column '{}' of the organization; set it there",
                self.name.to_ascii_lowercase()
            ));
        }
        match self.kind {
            SettingKind::Boolean { .. } => match value.to_ascii_lowercase().as_str() {
                "true" | "1" => Ok("true".to_owned()),
                "false" | "0" => Ok("false".to_owned()),
                _ => refused("'true' or 'false'".to_owned()),
            },
            SettingKind::Number { min, max, .. } => match value.parse::<i64>() {
                Ok(number) if (min..=max).contains(&number) => match self.not_yet {
                    Some((values, why)) if values.contains(&number) => Err(CrmError::new(
                        code::INVALID_ORG_DB_ORG_SETTING,
                        format!("setting '{}' cannot be {number}: {why}", self.name),
                    )),
                    Some(_) | None => Ok(number.to_string()),
                },
                _ => refused(match (min, max) {
                    (i64::MIN, i64::MAX) => "a whole number".to_owned(),
                    (min, i64::MAX) => format!("a whole number from {min}"),
                    (min, max) => format!("a whole number from {min} to {max}"),
                }),
            },
            SettingKind::Double { .. } => match value.parse::<f64>() {
                Ok(number) if number.is_finite() => Ok(value.to_owned()),
                _ => refused("a number".to_owned()),
            },
            SettingKind::Word { words, .. } => {
                let found = words.iter().find(|word| word.eq_ignore_ascii_case(value));
                found.map_or_else(
                    || refused(format!("one of '{}'", words.join("', '"))),
                    |word| Ok((*word).to_owned()),
                )
            }
            SettingKind::Text { .. } => Ok(value.to_owned()),
        }
    }

    pub(super) const fn column(self) -> Self {
        Self { is_organization_column: true, ..self }
    }

    pub(super) const fn not_yet(self, values: &'static [i64], why: &'static str) -> Self {
        Self { not_yet: Some((values, why)), ..self }
    }
}

const fn setting(name: &'static str, kind: SettingKind) -> Setting {
    Setting { name, kind, is_organization_column: false, not_yet: None }
}

pub(super) const fn flag(name: &'static str, default: bool) -> Setting {
    setting(name, SettingKind::Boolean { default })
}

pub(super) const fn number(name: &'static str, default: i64, min: i64, max: i64) -> Setting {
    setting(name, SettingKind::Number { default, min, max })
}

pub(super) const fn double(name: &'static str, default: &'static str) -> Setting {
    setting(name, SettingKind::Double { default })
}

pub(super) const fn word(
    name: &'static str,
    default: &'static str,
    words: &'static [&'static str],
) -> Setting {
    setting(name, SettingKind::Word { default, words })
}

pub(super) const fn text(name: &'static str, default: &'static str) -> Setting {
    setting(name, SettingKind::Text { default })
}
