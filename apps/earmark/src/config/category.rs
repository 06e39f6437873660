//! The names and colours that mailboxes without an entry get.

use super::file::CategoryFile;
use earmark_engine::Settings;
use earmark_model::{CategoryColor, CategoryName};

/// Units: characters of a category's name, as mailbox servers take them.
const NAME_MAX: usize = 255;

/// Names and colours that were checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Categories {
    /// The tracking category.
    pub tracked: (CategoryName, CategoryColor),
    /// The Undeliverable category.
    pub undeliverable: (CategoryName, CategoryColor),
}

impl Default for Categories {
    fn default() -> Self {
        let settings = Settings::default();
        Self {
            tracked: (settings.tracked_name, settings.tracked_color),
            undeliverable: (settings.undeliverable_name, settings.undeliverable_color),
        }
    }
}

/// Checks what the file says.
///
/// Errors: the key below `category`, what is wrong with it, and what to do.
pub fn check(file: &CategoryFile) -> Result<Categories, (&'static str, String, &'static str)> {
    let default = Categories::default();
    let tracked = (
        name("name", file.name.as_deref(), default.tracked.0)?,
        color("color", file.color.as_deref(), default.tracked.1)?,
    );
    let undeliverable = (
        name("undeliverable_name", file.undeliverable_name.as_deref(), default.undeliverable.0)?,
        color("undeliverable_color", file.undeliverable_color.as_deref(), default.undeliverable.1)?,
    );
    if tracked.0 == undeliverable.0 {
        let problem = "is the same as category.name".to_owned();
        return Err(("undeliverable_name", problem, "give the two categories different names"));
    }
    Ok(Categories { tracked, undeliverable })
}

fn name(
    key: &'static str,
    given: Option<&str>,
    default: CategoryName,
) -> Result<CategoryName, (&'static str, String, &'static str)> {
    let Some(given) = given else { return Ok(default) };
    let length = given.chars().count();
    if given.trim() != given || length == 0 || length > NAME_MAX {
        let problem = format!("is empty, padded, or longer than {NAME_MAX} characters");
        return Err((key, problem, "leave it out for the default"));
    }
    // Outlook separates names with these.
    if given.contains([',', ';']) || given.chars().any(char::is_control) {
        let problem = "has a comma, a semicolon or a control character in it".to_owned();
        return Err((key, problem, "leave it out for the default"));
    }
    Ok(CategoryName::new(given))
}

fn color(
    key: &'static str,
    given: Option<&str>,
    default: CategoryColor,
) -> Result<CategoryColor, (&'static str, String, &'static str)> {
    let Some(given) = given else { return Ok(default) };
    let preset = given.strip_prefix("preset").and_then(|number| number.parse().ok());
    match (given, preset) {
        ("none", _) => Ok(CategoryColor::None),
        (_, Some(number @ 0..=24)) if given == format!("preset{number}") => {
            Ok(CategoryColor::Preset(number))
        }
        _ => Err((key, format!("`{given}` is not a colour"), "use none, or preset0 to preset24")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(name: &str, undeliverable: &str, color: &str) -> CategoryFile {
        CategoryFile {
            name: Some(name.to_owned()),
            undeliverable_name: Some(undeliverable.to_owned()),
            color: Some(color.to_owned()),
            undeliverable_color: None,
        }
    }

    #[test]
    fn names_and_colours_of_the_file_are_taken() {
        let categories = check(&file("CRM", "CRM failed", "preset24")).expect("valid");
        assert_eq!(categories.tracked, ("CRM".into(), CategoryColor::Preset(24)));
        assert_eq!(categories.undeliverable, ("CRM failed".into(), CategoryColor::Preset(0)));
        assert_eq!(check(&CategoryFile::default()), Ok(Categories::default()));
    }

    #[test]
    fn what_no_mailbox_could_have_is_refused_by_its_key() {
        let long = "x".repeat(NAME_MAX + 1);
        for (given, key) in [
            (file("", "b", "none"), "name"),
            (file(" a", "b", "none"), "name"),
            (file(&long, "b", "none"), "name"),
            (file("a;b", "b", "none"), "name"),
            (file("a", "A ", "none"), "undeliverable_name"),
            (file("a", "A", "none"), "undeliverable_name"),
            (file("a", "b", "preset25"), "color"),
            (file("a", "b", "preset04"), "color"),
            (file("a", "b", "green"), "color"),
        ] {
            assert_eq!(check(&given).expect_err(key).0, key, "{given:?}");
        }
    }
}
