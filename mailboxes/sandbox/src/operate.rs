//! What tests, sample data and the control API do to a sandbox, beside what clients can do.

use crate::{
    delivery::{self, Delivered, Occasion},
    error::Refusal,
    sandbox::Sandbox,
    settings::Provision,
    store::{
        category::{self, MasterCategory},
        change::{self, Setting},
        contact, event_write, folder,
        handle::{IdKind, message_id},
        insert::{Place, insert_at},
        message::NewMessage,
        outbox::{self, Sent},
        sharing::{self, MailRole},
        task_change,
        user::{self, User, UserKind},
    },
};
use std::collections::BTreeMap;

/// What a mailbox lets be changed about itself from outside.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct UserChange {
    /// The name.
    pub display_name: Option<String>,
    /// The primary address; the one before stays the user principal name.
    pub mail: Option<String>,
    /// The user principal name; the address itself is what it was at first.
    pub principal: Option<String>,
    /// The mailbox answers.
    pub enabled: Option<bool>,
    /// The mailbox has To Do.
    pub to_do: Option<bool>,
    /// What applications may do with it.
    pub access: Option<user::Access>,
}

impl Sandbox {
    /// Makes a user with an empty mailbox; with `system_user` also what the CRM needs.
    ///
    /// Errors: 409 when the address is taken; 501 or 502 when the CRM could not
    /// be told (nothing is made then).
    pub async fn create_user(
        &self,
        mail: &str,
        display_name: &str,
        kind: UserKind,
        system_user: bool,
    ) -> Result<User, Refusal> {
        let (seed, now_ms) = (self.seed(), self.now_ms());
        let (mail, name) = (mail.to_owned(), display_name.to_owned());
        let user = self
            .database()
            .write(move |tx| user::create(tx, seed, now_ms, &mail, &name, kind))
            .await?;
        if system_user && let Err(refusal) = self.provision(&user).await {
            // So that the same request can be made again.
            self.delete_user(&user.mail).await?;
            return Err(refusal);
        }
        Ok(user)
    }

    /// Makes what the CRM needs for a user. Repeatable: yes.
    ///
    /// Errors: 501 when this sandbox stands alone; 502 when the CRM refused.
    pub async fn provision(&self, user: &User) -> Result<(), Refusal> {
        let Some(hook) = &self.settings().provision else {
            return Err(Refusal::new(
                501,
                "NotImplemented",
                "This sandbox runs without a CRM; leave systemUser out or set it to false.",
            )
            .about("systemUser"));
        };
        let wanted = Provision {
            mail: user.mail.clone(),
            display_name: user.display_name.clone(),
            kind: user.kind,
            directory_id: user.guid,
        };
        hook.provision(&wanted)
            .await
            .map_err(|line| Refusal::new(502, "ProvisioningFailed", line).about("systemUser"))
    }

    /// All users by address.
    pub async fn users(&self) -> Result<Vec<User>, Refusal> {
        self.database().read(user::list).await
    }

    /// One user.
    pub async fn user(&self, mail: &str) -> Result<User, Refusal> {
        let mail = mail.to_owned();
        self.database().read(move |tx| user::get(tx, &mail)).await
    }

    /// Changes what can be changed about a user.
    pub async fn change_user(&self, mail: &str, wanted: UserChange) -> Result<User, Refusal> {
        let mail = mail.to_owned();
        self.database()
            .write(move |tx| {
                let mut user = user::get(tx, &mail)?;
                user.display_name = wanted.display_name.unwrap_or(user.display_name);
                if let Some(mail) = wanted.mail {
                    if user::find(tx, &mail)?.is_some_and(|other| other.row != user.row) {
                        return Err(user::taken().about("mail"));
                    }
                    let before = std::mem::replace(&mut user.mail, mail.trim().to_owned());
                    user.principal.get_or_insert(before.to_lowercase());
                }
                if let Some(name) = wanted.principal {
                    let name = name.trim().to_lowercase();
                    if user::find(tx, &name)?.is_some_and(|other| other.row != user.row) {
                        return Err(user::taken().about("userPrincipalName"));
                    }
                    user.principal = (name != user.mail.to_lowercase()).then_some(name);
                }
                user.enabled = wanted.enabled.unwrap_or(user.enabled);
                user.to_do = wanted.to_do.unwrap_or(user.to_do);
                user.access = wanted.access.unwrap_or(user.access);
                user::update(tx, &user)?;
                Ok(user)
            })
            .await
    }

    /// Removes a user with the whole mailbox.
    pub async fn delete_user(&self, mail: &str) -> Result<(), Refusal> {
        let mail = mail.to_owned();
        self.database().write(move |tx| user::delete(tx, &mail)).await.map(|_| ())
    }

    /// A message from anywhere: into every local recipient's Inbox and the local sender's Sent
    /// Items. `recipients` are those of the envelope; empty stands for To, Cc and Bcc.
    ///
    /// Errors: 422 when nobody here is among them and the sender is not here either.
    pub async fn deliver(
        &self,
        message: NewMessage,
        recipients: Vec<String>,
    ) -> Result<Delivered, Refusal> {
        let (now_ms, quirks) = (self.now_ms(), self.quirks());
        self.database()
            .write(move |tx| {
                let occasion = Occasion { now_ms, cause: "POST /deliver", quirks: &quirks };
                delivery::deliver(tx, &occasion, message, &recipients)
            })
            .await
    }

    /// Puts messages into a mailbox, each into the folder where it belongs, in one transaction;
    /// the answer is their immutable ids in the same order.
    pub async fn import(
        &self,
        mail: &str,
        messages: Vec<NewMessage>,
    ) -> Result<Vec<String>, Refusal> {
        let (mail, now_ms) = (mail.to_owned(), self.now_ms());
        self.database()
            .write(move |tx| {
                let owner = user::get(tx, &mail)?;
                let count = i64::try_from(messages.len()).unwrap_or(i64::MAX);
                let first = user::take_sequence(tx, owner.row, count)?;
                let mut folders = BTreeMap::new();
                let mut ids = Vec::with_capacity(messages.len());
                for (message, at) in messages.iter().zip(first..) {
                    let name = delivery::import_folder(message, &owner);
                    let folder = match folders.get(name) {
                        Some(folder) => *folder,
                        None => {
                            let folder = folder::well_known(tx, owner.row, name)?;
                            folders.insert(name, folder);
                            folder
                        }
                    };
                    let place = Place { user: owner.row, folder, now_ms };
                    let row = insert_at(tx, place, message, at)?;
                    ids.push(message_id(IdKind::Immutable, owner.guid, row, 1));
                }
                Ok(ids)
            })
            .await
    }

    /// Adds an entry to a master list.
    pub async fn create_category(
        &self,
        mail: &str,
        name: &str,
        color: &str,
    ) -> Result<MasterCategory, Refusal> {
        let (mail, name, color) = (mail.to_owned(), name.to_owned(), color.to_owned());
        let seed = self.seed();
        self.database()
            .write(move |tx| {
                let owner = user::get(tx, &mail)?;
                category::create(tx, seed, owner.row, &name, &color, 409)
            })
            .await
    }

    /// Renames a category as an Outlook client does: its id stays. With `rewrite_items` every
    /// item that carries the old name gets the new one; the answer is how many did.
    pub async fn rename_category(
        &self,
        mail: &str,
        from: &str,
        to: &str,
        rewrite_items: bool,
    ) -> Result<usize, Refusal> {
        let (mail, from, to) = (mail.to_owned(), from.to_owned(), to.to_owned());
        let (now_ms, quirks) = (self.now_ms(), self.quirks());
        self.database()
            .write(move |tx| {
                let owner = user::get(tx, &mail)?;
                category::rename(tx, owner.row, &from, &to)?;
                if !rewrite_items {
                    return Ok(0);
                }
                let at = Setting { user: owner.row, now_ms, quirks: &quirks };
                let messages = change::rewrite_category(tx, at, &from, &to)?;
                let events = event_write::rewrite_category(tx, at, &from, &to)?;
                let tasks = task_change::rewrite_category(tx, at, &from, &to)?;
                Ok(messages + events + tasks + contact::rewrite_category(tx, at, &from, &to)?)
            })
            .await
    }

    /// What was sent from mailboxes here, oldest first.
    pub async fn sent(&self) -> Result<Vec<Sent>, Refusal> {
        self.database().read(outbox::list).await
    }

    /// How many messages were sent from mailboxes here.
    pub async fn sent_count(&self) -> Result<u64, Refusal> {
        self.database().read(outbox::count).await
    }

    /// Gives somebody a role in all mail folders of a mailbox, or takes it away, as its owner does
    /// in Outlook. Repeatable: yes.
    pub async fn share_mail(
        &self,
        mail: &str,
        address: &str,
        role: MailRole,
    ) -> Result<(), Refusal> {
        let (mail, address) = (mail.to_owned(), address.to_owned());
        self.database()
            .write(move |tx| {
                let owner = user::get(tx, &mail)?;
                sharing::put_mail(tx, owner.row, &address, role)
            })
            .await
    }

    /// From now on no delta token that was made before is known.
    pub async fn expire_checkpoints(&self, mail: &str) -> Result<(), Refusal> {
        let mail = mail.to_owned();
        self.database()
            .write(move |tx| {
                let mut user = user::get(tx, &mail)?;
                user.generation += 1;
                user::update(tx, &user)
            })
            .await
    }

    /// Removes every user with all mail, and what was sent; faults and counts as well. Quirks go
    /// back to the documented ones; applications stay. Repeatable: yes.
    pub async fn reset(&self) -> Result<(), Refusal> {
        self.database()
            .write(|tx| {
                for user in user::list(tx)? {
                    user::delete(tx, &user.guid.to_string())?;
                }
                tx.execute("DELETE FROM sent", [])?;
                Ok::<_, Refusal>(())
            })
            .await?;
        self.tap().clear_faults();
        self.tap().clear_counts();
        self.throttle().forget();
        self.set_quirks(self.settings().quirks.clone()).await
    }
}
