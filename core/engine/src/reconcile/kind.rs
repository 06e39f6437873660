//! Every way in which mailbox, ledger and CRM can differ: one table with its words.

/// Who can repair a difference.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Repair {
    /// The rules, in a full comparison.
    Apply,
    /// A person only.
    Person,
}

impl Repair {
    /// The word used in reports.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Apply => "apply",
            Self::Person => "person",
        }
    }
}

macro_rules! kinds {
    ($($(#[$doc:meta])* $name:ident $word:literal $repair:ident $remedy:literal,)*) => {
        /// How something differs.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        pub enum DifferenceKind {
            $($(#[$doc])* $name,)*
        }

        impl DifferenceKind {
            /// All of them, in the order of this file.
            pub const ALL: &'static [Self] = &[$(Self::$name),*];

            /// The word used in reports.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $word),* }
            }

            /// Who can repair it.
            pub const fn repair(self) -> Repair {
                match self { $(Self::$name => Repair::$repair),* }
            }

            /// What a repair does, or what a person is to do.
            pub const fn remedy(self) -> &'static str {
                match self { $(Self::$name => $remedy),* }
            }
        }
    };
}

kinds! {
    /// Bears the category and is not linked in the CRM.
    BearerNotLinked "bearer_not_linked" Apply
        "--apply tracks it, as if the category had just been assigned.",
    /// Linked in the CRM, and the ledger does not know, or believes that it ended.
    LinkUnknown "link_unknown" Apply
        "--apply writes down the link where nothing was known, and leaves the category as it is; a link that the ledger knows to have ended is taken away again, and the record stays.",
    /// Linked in the CRM to another record than the ledger believes.
    LinkElsewhere "link_elsewhere" Apply
        "--apply writes down the record that the CRM has.",
    /// The ledger believes it is linked, and the CRM has the record without the link.
    LinkMissing "link_missing" Person
        "--apply only holds it, so that nothing is stripped. Was the CRM restored from a backup? `earmark held discard` links it again, `earmark held release` untracks it.",
    /// The ledger believes it is linked, and the CRM has neither link nor record; or the CRM has a
    /// link to a record that is not there.
    RecordMissing "record_missing" Person
        "--apply only holds it, so that nothing is stripped. Was the CRM restored from a backup? `earmark held discard` makes the record again, `earmark held release` untracks the item.",
    /// Tracked, and the category is not on the item.
    CategoryMissing "category_missing" Apply
        "--apply untracks it, under the brake; the record stays. To keep it tracked, assign the category again first.",
    /// Tracked, and the item left the mailbox or lies in Deleted Items or Junk.
    ItemGone "item_gone" Apply
        "--apply closes the item's row; link and record stay.",
    /// Linked in the CRM, unknown or open in the ledger, and the item left the mailbox.
    LinkOfGoneItem "link_of_gone_item" Apply
        "--apply writes down that the item is gone; link and record stay.",
    /// Tracked by the ledger alone: neither the item nor the link is there.
    RowWithoutItem "row_without_item" Apply
        "--apply closes the row.",
    /// One item is linked to several records.
    ItemDoubled "item_doubled" Person
        "Open the records in the CRM, keep the one that is in use, and delete the other links.",
    /// Several live records are of one source.
    SourceDoubled "source_doubled" Person
        "Open the records in the CRM, move what is worth keeping to the one that is linked, and delete the other. Nothing is deleted by itself.",
    /// Bears the Undeliverable category, and the ledger knows of no failure.
    UndeliverableUnknown "undeliverable_unknown" Person
        "Assign the tracking category to try again, or take the Undeliverable category off.",
    /// Tracked and linked, and still bears the Undeliverable category.
    UndeliverableStale "undeliverable_stale" Apply
        "--apply takes the Undeliverable category off.",
    /// The mailbox's list has no tracking category, though it should.
    EntryMissing "entry_missing" Apply
        "--apply makes the entry.",
    /// The tracking category has another name than the ledger knows.
    EntryRenamed "entry_renamed" Apply
        "--apply follows the new name.",
    /// The name of the tracking category belongs to another entry than the ledger knows.
    EntryRebound "entry_rebound" Apply
        "--apply adopts the entry.",
    /// Tracking is switched off, and the mailbox's list still has the category.
    EntryLeft "entry_left" Apply
        "--apply takes the entry out of the list; items keep the name.",
    /// A copy is expected for longer than it is waited for.
    CopyOverdue "copy_overdue" Apply
        "--apply looks for it once more and gives it up.",
    /// A subscription to notifications is missing, ended, or delivers elsewhere.
    SubscriptionMissing "subscription_missing" Apply
        "--apply subscribes again.",
    /// The ledger remembers the record as deleted, and the item is linked to it.
    EpochContradicts "epoch_contradicts" Apply
        "--apply writes down that the record is there.",
    /// The ledger remembers that a person untracked the message here, and it is tracked here.
    TombstoneContradicts "tombstone_contradicts" Apply
        "--apply forgets that it was untracked.",
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn each_kind_has_a_word_and_a_remedy_of_its_own_and_says_who_acts() {
        let words: BTreeSet<_> = DifferenceKind::ALL.iter().map(|kind| kind.as_str()).collect();
        assert_eq!(words.len(), DifferenceKind::ALL.len());
        for kind in DifferenceKind::ALL {
            let (remedy, word) = (kind.remedy(), kind.as_str());
            assert!(remedy.ends_with('.') && remedy.len() > 20, "{word}");
            assert!(kind.repair() == Repair::Person || remedy.starts_with("--apply"), "{word}");
        }
    }
}
