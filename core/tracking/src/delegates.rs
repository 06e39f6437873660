//! Delegates: whoever may change somebody else's mailbox assigns categories there by the names of a
//! list of their own.

use crate::Rules;
use earmark_model::CategoryName;

/// A name under which a delegate knows the category and that is not the owner's, the first by
/// spelling: what is assigned under it does not count in the owner's mailbox. Case never matters.
pub fn other_name<'a>(
    own: &CategoryName,
    delegates: impl IntoIterator<Item = &'a CategoryName>,
    rules: &Rules,
) -> Option<&'a CategoryName> {
    if !rules.delegate_names_compared {
        return None;
    }
    let others = delegates.into_iter().filter(|name| !own.is_same(name.as_str()));
    others.min_by(|one, other| one.as_str().cmp(other.as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn case_is_no_difference_and_the_first_by_spelling_is_named() {
        let own = CategoryName::new("Tracked");
        let names = ["TRACKED", "Sales", "Kunden"].map(CategoryName::new);
        let other = |names: &[CategoryName]| {
            other_name(&own, names, &Rules::all()).map(|name| name.as_str().to_owned())
        };
        assert_eq!(other(&names[..1]), None);
        assert_eq!(other(&names).as_deref(), Some("Kunden"));
        assert_eq!(other(&[]), None);
    }
}
