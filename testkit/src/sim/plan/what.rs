//! What can happen: one word and some numbers for each, so that a plan is text as well.

use super::{luck::Luck, words::events};
use anyhow::{Context, Result, bail, ensure};
use std::{fmt, str::FromStr};

events! {
    /// What happens. A `user` is an index into all users, an `item` the how-maniest of the
    /// mailbox, counted round and round.
    enum What and Luck {
        /// A message arrives.
        Deliver "deliver" {
            /// Bit by bit, the users that receive it.
            to: u8,
            /// Its number; two with one number have one `Message-ID`.
            n: u64,
            /// In what way it is odd, by [`super::Oddity`].
            oddity: u8,
        }
        /// A person sends a message.
        Send "send" {
            /// Who.
            user: usize,
            /// Bit by bit, the users that receive it; none: somebody outside.
            to: u8,
            /// Its number.
            n: u64,
        }
        /// A person answers everybody.
        Reply "reply" {
            /// Who.
            user: usize,
            /// Which message.
            item: u64,
        }
        /// A person begins a message.
        Draft "draft" {
            /// Who.
            user: usize,
            /// Bit by bit, the users that will receive it.
            to: u8,
            /// Its number.
            n: u64,
            /// It bears the category from the start.
            categorized: bool,
        }
        /// A person sends what was begun.
        SendDraft "send-draft" {
            /// Who.
            user: usize,
            /// The how-maniest draft.
            item: u64,
        }
        /// A person reads a message, or marks it unread.
        Read "read" {
            /// Who.
            user: usize,
            /// Which message.
            item: u64,
        }
        /// A person assigns the category.
        Assign "assign" {
            /// Who.
            user: usize,
            /// The first message.
            item: u64,
            /// How many, from there.
            count: u64,
            /// How the name is spelled, and where in the list it comes.
            way: u8,
        }
        /// A person removes the category.
        Remove "remove" {
            /// Who.
            user: usize,
            /// The first message.
            item: u64,
            /// How many, from there.
            count: u64,
        }
        /// A person assigns or removes the category in a whole conversation.
        Conversation "conversation" {
            /// Who.
            user: usize,
            /// A message of it.
            item: u64,
            /// Assigned or removed.
            assigns: bool,
        }
        /// A person assigns another category.
        Other "other" {
            /// Who.
            user: usize,
            /// Which message.
            item: u64,
            /// Which category.
            name: u64,
            /// Where in the list it comes.
            at: usize,
        }
        /// A person removes another category.
        OtherOff "other-off" {
            /// Who.
            user: usize,
            /// Which message.
            item: u64,
            /// The how-maniest of the others.
            at: usize,
        }
        /// Somebody acts on an item just before the service's next write to it.
        Moment "moment" {
            /// In whose mailbox.
            user: usize,
            /// What is done, by [`super::Deed`].
            deed: u8,
            /// A number for what is assigned.
            n: u64,
        }
        /// A person moves a message.
        Move "move" {
            /// Who.
            user: usize,
            /// Which message.
            item: u64,
            /// Where to, by [`super::FOLDERS`].
            folder: usize,
        }
        /// A person moves a message to Archive, and at once back.
        ToAndFro "to-and-fro" {
            /// Who.
            user: usize,
            /// Which message.
            item: u64,
        }
        /// A person copies a message.
        Copy "copy" {
            /// Who.
            user: usize,
            /// Which message.
            item: u64,
        }
        /// A person deletes a message: to Deleted Items, and from there further.
        Delete "delete" {
            /// Who.
            user: usize,
            /// Which message.
            item: u64,
        }
        /// A person deletes a message for good.
        Destroy "destroy" {
            /// Who.
            user: usize,
            /// Which message.
            item: u64,
        }
        /// A person puts a message of Deleted Items back into the Inbox.
        Restore "restore" {
            /// Who.
            user: usize,
            /// The how-maniest of Deleted Items.
            item: u64,
        }
        /// An archive takes a message out and puts it in again: it has a new id.
        Reimport "reimport" {
            /// Whose.
            user: usize,
            /// Which message.
            item: u64,
        }
        /// A person renames the category.
        Rename "rename" {
            /// Who.
            user: usize,
            /// A number for the new name.
            n: u64,
            /// The items are rewritten.
            rewrites: bool,
        }
        /// A person deletes the category from the list.
        Drop "drop-entry" {
            /// Who.
            user: usize,
        }
        /// A person makes an entry of the category's first name, in another colour.
        Make "make-entry" {
            /// Who.
            user: usize,
            /// Which colour.
            color: u8,
        }
        /// A person makes a rule for new mail.
        Rule "rule" {
            /// Who.
            user: usize,
            /// For messages whose number ends in this digit.
            digit: u64,
            /// It assigns the category, else another one.
            ours: bool,
        }
        /// A person deletes every rule.
        NoRules "no-rules" {
            /// Who.
            user: usize,
        }
        /// A person runs a rule of the mail program that takes the category off a whole folder.
        TakeOff "take-off" {
            /// Who.
            user: usize,
            /// Which, by [`super::FOLDERS`].
            folder: usize,
        }
        /// A person asks, outside Outlook, that a message be tracked or untracked.
        Ask "ask" {
            /// Who.
            user: usize,
            /// Which message.
            item: u64,
            /// Tracked or untracked.
            tracks: bool,
            /// With a regarding.
            regarding: bool,
        }
        /// An administrator turns a setting.
        Setting "setting" {
            /// Of which organization.
            organization: usize,
            /// Which, by [`super::SETTINGS`].
            which: usize,
            /// On or off.
            on: bool,
        }
        /// An administrator takes a mailbox out of service, or puts it back.
        Mailbox "mailbox" {
            /// Whose.
            user: usize,
            /// At the mailbox server, else in the CRM.
            at_server: bool,
            /// Back, or out.
            enabled: bool,
        }
        /// A person lets the automatic filter take all messages, or none.
        Filter "filter" {
            /// Who.
            user: usize,
            /// All, or none.
            accepts: bool,
        }
        /// An administrator takes the role of a user away, or gives it back.
        Role "role" {
            /// Whose.
            user: usize,
            /// Given, or taken.
            given: bool,
        }
        /// A CRM user deletes an email.
        DeleteRecord "delete-record" {
            /// In which organization.
            organization: usize,
            /// The how-maniest.
            item: u64,
        }
        /// A CRM user takes the link of a message away.
        Unlink "unlink" {
            /// Whose message.
            user: usize,
            /// The how-maniest link.
            item: u64,
        }
        /// A CRM user completes or cancels an email, or opens it again.
        Close "close-record" {
            /// In which organization.
            organization: usize,
            /// The how-maniest.
            item: u64,
            /// The state.
            state: u8,
        }
        /// A CRM user edits what is not the service's.
        Edit "edit-record" {
            /// In which organization.
            organization: usize,
            /// The how-maniest.
            item: u64,
            /// A number for the new value.
            n: u64,
        }
        /// A plug-in refuses messages with a certain word from now on, or none any more.
        PlugIn "plug-in" {
            /// In which organization.
            organization: usize,
            /// It refuses.
            refuses: bool,
        }
        /// A person makes an appointment, a meeting or a series.
        Meet "meet" {
            /// Who.
            user: usize,
            /// Bit by bit, the users that are invited.
            with: u8,
            /// Its number, by which it is known.
            n: u64,
            /// What it is, by [`super::Kept`].
            kept: u8,
            /// It bears the category from the start.
            categorized: bool,
        }
        /// A person changes an appointment, a meeting, a series or an exception.
        ChangeMeeting "change-meeting" {
            /// Who.
            user: usize,
            /// The how-maniest in the calendars.
            item: u64,
            /// What of it, by [`super::Change`].
            change: u8,
            /// A number for the new value.
            n: u64,
        }
        /// A person does something to one time of a series.
        ChangeTime "change-time" {
            /// Who.
            user: usize,
            /// The how-maniest series.
            item: u64,
            /// The how-maniest of its times.
            at: u64,
            /// What, by [`super::Change`].
            change: u8,
            /// A number for the new value.
            n: u64,
        }
        /// The organizer has a series go on otherwise.
        ChangeSeries "change-series" {
            /// Who.
            user: usize,
            /// The how-maniest of that person's own series.
            item: u64,
            /// How, by [`super::Repeat`].
            way: u8,
            /// A number for the new value, and of the series that follows.
            n: u64,
        }
        /// A colleague assigns or removes the category in somebody's calendar.
        Delegate "delegate" {
            /// In whose calendar.
            user: usize,
            /// The colleague.
            by: usize,
            /// The how-maniest in the calendars.
            item: u64,
            /// Assigned or removed.
            assigns: bool,
        }
        /// An administrator wants to be asked about appointments that are in conflict with others, or
        /// not any more.
        Conflicts "conflicts" {
            /// In which organization.
            organization: usize,
            /// Asked, or saved.
            asks: bool,
        }
        /// An administrator deactivates the email server profile of an organization's mailboxes, or
        /// activates it again.
        Profile "server-profile" {
            /// Of which organization.
            organization: usize,
            /// Active, or not.
            active: bool,
        }
        /// A person answers an invitation.
        Answer "answer" {
            /// Who.
            user: usize,
            /// The how-maniest meeting of others.
            item: u64,
            /// Accepted, tentatively accepted or declined.
            way: u8,
        }
        /// A person deletes an appointment or a series, which calls a meeting off where that person
        /// organizes it; or takes an exception out of its series.
        DeleteMeeting "delete-meeting" {
            /// Who.
            user: usize,
            /// The how-maniest in the calendars.
            item: u64,
        }
        /// A person assigns or removes the category in a calendar.
        MarkMeeting "mark-meeting" {
            /// Who.
            user: usize,
            /// The how-maniest in the calendars.
            item: u64,
            /// Assigned or removed.
            assigns: bool,
        }
        /// A person makes a task.
        AddTask "add-task" {
            /// Who.
            user: usize,
            /// Its number, by which it is known.
            n: u64,
            /// It bears the category from the start.
            categorized: bool,
        }
        /// A person changes, completes or reopens a task.
        ChangeTask "change-task" {
            /// Who.
            user: usize,
            /// The how-maniest task.
            item: u64,
            /// What of it.
            change: u8,
            /// A number for the new value.
            n: u64,
        }
        /// A person moves a task to another list, where it has another id.
        MoveTask "move-task" {
            /// Who.
            user: usize,
            /// The how-maniest task.
            item: u64,
            /// The how-maniest list.
            list: usize,
        }
        /// A person deletes a task.
        DeleteTask "delete-task" {
            /// Who.
            user: usize,
            /// The how-maniest task.
            item: u64,
        }
        /// A person assigns or removes the category on a task.
        MarkTask "mark-task" {
            /// Who.
            user: usize,
            /// The how-maniest task.
            item: u64,
            /// Assigned or removed.
            assigns: bool,
        }
        /// A person asks, outside Outlook, that an appointment or a task be tracked or untracked.
        AskAbout "ask-about" {
            /// Who.
            user: usize,
            /// The how-maniest of calendars and task lists.
            item: u64,
            /// Tracked or untracked.
            tracks: bool,
        }
        /// A CRM user deletes an appointment, a series, an exception or a task.
        DeleteActivity "delete-activity" {
            /// In which organization.
            organization: usize,
            /// The how-maniest.
            item: u64,
        }
        /// A CRM user completes or cancels such a record, or opens it again.
        CloseActivity "close-activity" {
            /// In which organization.
            organization: usize,
            /// The how-maniest.
            item: u64,
            /// The state.
            state: u8,
        }
        /// A CRM user edits what is not the service's of such a record.
        EditActivity "edit-activity" {
            /// In which organization.
            organization: usize,
            /// The how-maniest.
            item: u64,
            /// A number for the new value.
            n: u64,
        }
        /// A CRM user gives what both sides keep of a linked record another value.
        ChangeRecord "change-record" {
            /// In which organization.
            organization: usize,
            /// The how-maniest.
            item: u64,
            /// What of it, by [`super::Edit`].
            edit: u8,
            /// A number for the new value.
            n: u64,
        }
        /// A worker is killed and started again.
        Kill "kill" {
            /// Which, by index into all workers.
            worker: usize,
            /// After this time. Units: seconds.
            for_seconds: u64,
        }
    }
}
