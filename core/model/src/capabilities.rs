//! What a mailbox server can do, as data, so that rules need not know who made it.

/// What a mailbox connector can do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Capabilities {
    /// Mailboxes have a master list of categories.
    pub master_list: bool,
    /// Master entries have ids that survive a rename.
    pub category_ids: bool,
    /// There is a feed of changed items.
    pub changes: bool,
    /// Item handles survive moves between folders.
    pub stable_handles: bool,
    /// Tasks can be read and written.
    pub tasks: bool,
    /// Delegates can act on somebody else's mailbox.
    pub delegates: bool,
    /// A mailbox can keep a mark of whom it belongs to.
    pub stamp: bool,
    /// The server announces changes by itself.
    pub push: bool,
    /// Units: requests in flight for one mailbox.
    pub parallel_max: usize,
}
