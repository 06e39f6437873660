//! The table of faults.

/// Where a fault strikes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// On the way to the mailbox server and back.
    Wire,
    /// On the way to the CRM and back.
    Crm,
    /// On both.
    Both,
    /// On the way of notifications to the service.
    Push,
    /// In the ledger.
    Ledger,
    /// To a worker or a whole component: an event of the plan.
    Event,
}

macro_rules! kinds {
    ($($(#[$doc:meta])* $name:ident $id:literal $word:literal $place:ident $usual:literal,)*) => {
        /// One class of faults; the names are those of the list of faults.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Kind {
            $($(#[$doc])* $name,)*
        }

        impl Kind {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$name),*];

            /// `F2`, or a name of its own.
            pub const fn id(self) -> &'static str {
                match self { $(Self::$name => $id),* }
            }

            /// What it is, in short.
            pub const fn word(self) -> &'static str {
                match self { $(Self::$name => $word),* }
            }

            /// Where it strikes.
            pub const fn place(self) -> Place {
                match self { $(Self::$name => Place::$place),* }
            }

            /// How often it strikes in a mixture. Units: of 10,000 occasions; for an event of the
            /// plan, how many a day.
            pub const fn usual(self) -> u32 {
                match self { $(Self::$name => $usual),* }
            }
        }
    };
}

kinds! {
    /// A request never arrives.
    Lost "F1" "request lost" Both 80,
    /// It is carried out and the answer is lost.
    AnswerLost "F2" "answer lost" Both 170,
    /// It is carried out up to a quarter of an hour after the service gave up.
    Late "F3" "carried out late" Both 90,
    /// It is carried out twice.
    Twice "F4" "carried out twice" Both 140,
    /// The server asks for patience.
    Throttled "F5" "throttled" Both 80,
    /// The server is out of order for some requests.
    OutOfOrder "F6" "out of order" Both 40,
    /// A change is refused as a conflict without a cause.
    Conflict "F7" "conflict without cause" Wire 1_500,
    /// What is new is not found, or shown as it was.
    Stale "F8" "stale read" Wire 1_500,
    /// The credential is not accepted in the middle of work.
    Unauthenticated "F9" "credential refused" Both 60,
    /// A mailbox may not be read for a while.
    Forbidden "F10" "forbidden for a while" Wire 7,
    /// The answer is no answer, or says more or less than it should.
    Nonsense "F11" "malformed answer" Wire 200,
    /// The answer ends in the middle.
    Stall "F12" "stalled answer" Both 60,
    /// There is no connection.
    NoConnection "F13" "no connection" Wire 90,
    /// The answer is a redirect.
    Redirect "F14" "redirect" Wire 60,
    /// A request above those that a mailbox takes at once is refused, in a batch too.
    Fifth "Fifth" "the fifth at once refused" Wire 200,
    /// The server does not take a change of categories.
    CategoryRefused "Category" "category write refused" Wire 1_200,
    /// A notification is lost.
    PushLost "F15" "notification lost" Push 2_000,
    /// It arrives three times.
    PushTwice "F16" "notification tripled" Push 1_000,
    /// It arrives after a later one.
    PushReordered "F17" "notifications reordered" Push 1_000,
    /// It arrives up to four hours later.
    PushDelayed "F18" "notification delayed" Push 800,
    /// It arrives before what it tells about can be read.
    PushEarly "F19" "notification early" Push 500,
    /// A stranger sends one.
    PushForged "F20" "notification forged" Push 800,
    /// One delivery is about several organizations and subscriptions.
    PushMixed "F21" "delivery mixed" Push 500,
    /// Notifications were missed, a subscription was ended, or is to be renewed.
    Lifecycle "F22" "subscription in trouble" Event 12,
    /// A subscription is forgotten without a word.
    Forgotten "Forgotten" "subscription forgotten" Event 4,
    /// The service answers too slowly in the eyes of the server.
    PushSlow "F23" "slow endpoint" Push 100,
    /// The server asks again whether the address wants notifications.
    Validation "F24" "validation repeated" Event 6,
    /// The way to the next page is not known any more, as a whole.
    PageGone "F25" "410 in the middle of paging" Wire 300,
    /// Items come twice, or in another order.
    Repeated "F26" "items repeated" Wire 500,
    /// The link to the next page expired.
    LinkExpired "F27" "next link expired" Wire 300,
    /// A page is empty but for the link to the next.
    EmptyPage "F28" "empty page" Wire 400,
    /// A list of changes does not name an item.
    Unreported "F29" "item not reported" Wire 300,
    /// Items come without properties that they may lack.
    Partial "F31" "partial properties" Wire 300,
    /// A plug-in fails: with certain items always, with others now and then.
    PlugIn "F48" "plug-in fails" Crm 800,
    /// A rule against duplicates refuses.
    Duplicate "F49" "duplicate detected" Crm 300,
    /// The owner lacks a privilege.
    Privilege "F52" "owner lacks privilege" Crm 200,
    /// One of the limits of the CRM is reached.
    Limits "F54" "limit of the CRM" Crm 200,
    /// What was just made is not found yet.
    Unseen "F55" "insert visible late" Crm 1_200,
    /// The CRM is restored from a backup.
    Restored "F56" "CRM restored" Event 1,
    /// A worker ends in the middle of something.
    Killed "F57" "worker killed" Event 8,
    /// The ledger refuses.
    LedgerFails "F58" "ledger fails" Ledger 20,
    /// A worker stands still for longer than its lease.
    Paused "F59" "worker paused" Event 4,
    /// The ledger is an older one, or none.
    LedgerBack "F60" "ledger set back" Event 1,
    /// The last commits vanish.
    PowerLoss "PowerLoss" "last commits vanish" Event 2,
    /// The service's clock jumps.
    ClockJump "F61" "clock jumps" Event 2,
    /// The workers are started again with another configuration.
    Reloaded "F63" "configuration reloaded" Event 1,
    /// Everything is slow.
    Overload "F64" "overload" Event 2,
    /// The CRM forgets its list of changes up to now.
    FeedExpired "Feed" "list of changes expired" Event 2,
}

impl Kind {
    /// By its name.
    pub fn parse(id: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|kind| kind.id().eq_ignore_ascii_case(id))
    }

    /// Whether it strikes requests to the mailbox server.
    pub const fn is_of_wire(self) -> bool {
        matches!(self.place(), Place::Wire | Place::Both)
    }

    /// Whether it strikes calls of the CRM.
    pub const fn is_of_crm(self) -> bool {
        matches!(self.place(), Place::Crm | Place::Both)
    }
}
