//! What people do with items and folders in Outlook, through the Graph face.

use super::{
    World,
    http::{encoded, literal, request},
};
use anyhow::{Context, Result, bail};
use http::Method;
use serde_json::{Value, json};

/// One item as its owner sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    /// The immutable id.
    pub id: String,
    /// The subject.
    pub subject: String,
    /// The categories in their order.
    pub categories: Vec<String>,
    /// Where it is.
    pub place: Place,
}

/// The part of a mailbox that an item is in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// A folder of mail.
    Mail,
    /// The calendar.
    Calendar,
    /// The contacts.
    Contacts,
    /// A list of tasks.
    Tasks {
        /// The list's id.
        list: String,
    },
}

impl Seen {
    /// The item's address on the Graph face.
    pub(super) fn path(&self, user: &str) -> String {
        match &self.place {
            Place::Mail => message(user, &self.id),
            Place::Calendar => format!("{}/events/{}", home(user), encoded(&self.id)),
            Place::Contacts => format!("{}/contacts/{}", home(user), encoded(&self.id)),
            Place::Tasks { list } => {
                let list = encoded(list);
                format!("{}/todo/lists/{list}/tasks/{}", home(user), encoded(&self.id))
            }
        }
    }
}

/// The folders that every mailbox has, by their well-known names.
const WELL_KNOWN: [&str; 7] =
    ["inbox", "sentitems", "drafts", "deleteditems", "junkemail", "archive", "outbox"];

impl World {
    /// Makes a person (or, where `shared`, a queue) with mailbox and CRM user.
    pub async fn add_user(&self, mail: &str, name: &str, shared: bool) -> Result<()> {
        let kind = if shared { "shared" } else { "user" };
        let body = json!({
            "mail": mail, "displayName": name, "kind": kind, "systemUser": true,
        });
        self.admin(Method::POST, "/sandbox/v1/users", Some(body)).await.map(drop)
    }

    /// From now on the mailbox server behaves as a profile says.
    pub async fn behave(&self, profile: &str) -> Result<()> {
        let body = json!({"profile": profile});
        self.admin(Method::PUT, "/sandbox/v1/quirks", Some(body)).await.map(drop)
    }

    /// From now on the mailbox server has one behaviour, whatever its profile says.
    pub async fn set_quirk(&self, name: &str, value: bool) -> Result<()> {
        let mut shown = self.admin(Method::GET, "/sandbox/v1/quirks", None).await?;
        let mut quirks = shown["quirks"].take();
        quirks[name] = json!(value);
        let body = json!({"quirks": quirks});
        self.admin(Method::PUT, "/sandbox/v1/quirks", Some(body)).await.map(drop)
    }

    /// Takes a mailbox away from the mailbox server; the CRM still has its row.
    pub async fn remove_user(&self, mail: &str) -> Result<()> {
        let path = format!("/sandbox/v1/users/{}", encoded(mail));
        self.admin(Method::DELETE, &path, None).await.map(drop)
    }

    /// Takes a mailbox out of service at the mailbox server.
    pub async fn disable_user(&self, mail: &str) -> Result<()> {
        let path = format!("/sandbox/v1/users/{}", encoded(mail));
        let body = json!({"mailboxEnabled": false});
        self.admin(Method::PATCH, &path, Some(body)).await.map(drop)
    }

    /// One item by its id.
    pub async fn item_by_id(&self, user: &str, id: &str) -> Result<Seen> {
        let path = format!("{}?$select=id,subject,categories", message(user, id));
        Ok(seen(&self.admin(Method::GET, &path, None).await?, Place::Mail))
    }

    /// The id of a folder below another, which is made where it is missing.
    pub async fn folder_below(&self, user: &str, parent: &str, name: &str) -> Result<String> {
        let path = format!("{}/mailFolders/{}/childFolders", home(user), encoded(parent));
        let folders = self.rows(&format!("{path}?$top=200")).await?;
        let known = folders.iter().find(|folder| folder["displayName"] == name).cloned();
        let folder = match known {
            Some(folder) => folder,
            None => {
                let body = json!({"displayName": name});
                self.admin(Method::POST, &path, Some(body)).await?
            }
        };
        folder["id"].as_str().map(str::to_owned).context("a folder has an id")
    }

    /// The items with this subject, in one folder or in all; a subject that ends in `*` stands
    /// for every item whose subject begins so.
    pub async fn items(
        &self,
        user: &str,
        subject: &str,
        folder: Option<&str>,
    ) -> Result<Vec<Seen>> {
        let place = match folder {
            Some(folder) => format!("/mailFolders/{}", encoded(&self.folder(user, folder).await?)),
            None => String::new(),
        };
        let filter = match subject.strip_suffix('*') {
            Some(beginning) => format!("startswith(subject,{})", literal(beginning)),
            None => format!("subject%20eq%20{}", literal(subject)),
        };
        let path = format!(
            "{}{place}/messages?$filter={filter}&$select=id,subject,categories&$top=500",
            home(user)
        );
        let rows = self.rows(&path).await?;
        let mut seen: Vec<Seen> = rows.iter().map(|row| seen(row, Place::Mail)).collect();
        seen.sort_by(|a, b| (&a.subject, &a.id).cmp(&(&b.subject, &b.id)));
        Ok(seen)
    }

    /// The id of a folder at any depth by its well-known or display name.
    pub(super) async fn folder(&self, user: &str, name: &str) -> Result<String> {
        if WELL_KNOWN.contains(&name) {
            return Ok(name.to_owned());
        }
        let mut paths = vec![format!("{}/mailFolders?$top=200", home(user))];
        while let Some(path) = paths.pop() {
            for folder in self.rows(&path).await? {
                let id = folder["id"].as_str().context("a folder has an id")?;
                if folder["displayName"] == name {
                    return Ok(id.to_owned());
                }
                if folder["childFolderCount"] != 0 {
                    let below = format!("{}/mailFolders/{}", home(user), encoded(id));
                    paths.push(format!("{below}/childFolders?$top=200"));
                }
            }
        }
        bail!("{user} has no folder {name}")
    }

    /// A person makes a folder below another.
    pub async fn add_folder_below(&self, user: &str, parent: &str, name: &str) -> Result<()> {
        let parent = self.folder(user, parent).await?;
        self.folder_below(user, &parent, name).await.map(drop)
    }

    /// A person makes a folder.
    pub async fn add_folder(&self, user: &str, name: &str) -> Result<()> {
        let body = json!({"displayName": name});
        let path = format!("{}/mailFolders", home(user));
        self.admin(Method::POST, &path, Some(body)).await.map(drop)
    }

    /// A person assigns a category; the others stay.
    pub async fn assign(&self, user: &str, item: &Seen, category: &str) -> Result<()> {
        let mut names = item.categories.clone();
        if names.iter().any(|name| name.eq_ignore_ascii_case(category)) {
            bail!("{} bears {category} already", item.subject);
        }
        names.push(category.to_owned());
        self.set_categories_of(user, item, &names).await
    }

    /// A person removes a category; the others stay.
    pub async fn unassign(&self, user: &str, item: &Seen, category: &str) -> Result<()> {
        let mut names = item.categories.clone();
        names.retain(|name| !name.eq_ignore_ascii_case(category));
        if names.len() == item.categories.len() {
            bail!("{} does not bear {category}", item.subject);
        }
        self.set_categories_of(user, item, &names).await
    }

    /// Another client sets all categories of a message.
    pub async fn set_categories(&self, user: &str, id: &str, names: &[String]) -> Result<()> {
        self.act();
        let body = json!({"categories": names});
        self.admin(Method::PATCH, &message(user, id), Some(body)).await.map(drop)
    }

    async fn set_categories_of(&self, user: &str, item: &Seen, names: &[String]) -> Result<()> {
        self.act();
        let body = json!({"categories": names});
        self.admin(Method::PATCH, &item.path(user), Some(body)).await.map(drop)
    }

    /// A person assigns a category in the very moment before the service's next write.
    pub fn assign_before_next_write(&self, user: &str, item: &Seen, category: &str) -> Result<()> {
        let mut names = item.categories.clone();
        names.push(category.to_owned());
        let body = json!({"categories": names}).to_string();
        let headers = [("content-type", "application/json"), ("prefer", r#"IdType="ImmutableId""#)];
        let token = Some(self.admin_token());
        let path = item.path(user);
        let request = request(Method::PATCH, &path, token, &headers, body.into())?;
        self.interrupter.before_next_write(request);
        Ok(())
    }

    /// A person moves an item.
    pub async fn move_item(&self, user: &str, id: &str, folder: &str) -> Result<()> {
        self.to_folder(user, id, folder, "move").await
    }

    /// A person moves an item into the folder with this id.
    pub async fn move_item_to_id(&self, user: &str, id: &str, folder: &str) -> Result<()> {
        self.to_folder_id(user, id, folder, "move").await
    }

    /// A person copies an item.
    pub async fn copy_item(&self, user: &str, id: &str, folder: &str) -> Result<()> {
        self.to_folder(user, id, folder, "copy").await
    }

    async fn to_folder(&self, user: &str, id: &str, folder: &str, verb: &str) -> Result<()> {
        let folder = self.folder(user, folder).await?;
        self.to_folder_id(user, id, &folder, verb).await
    }

    async fn to_folder_id(&self, user: &str, id: &str, folder: &str, verb: &str) -> Result<()> {
        self.act();
        let body = json!({"destinationId": folder});
        let path = format!("{}/{verb}", message(user, id));
        self.admin(Method::POST, &path, Some(body)).await.map(drop)
    }

    /// A person deletes an item for good.
    pub async fn delete_item(&self, user: &str, id: &str) -> Result<()> {
        self.act();
        let path = format!("{}/permanentDelete", message(user, id));
        self.admin(Method::POST, &path, None).await.map(drop)
    }
}

pub(super) fn home(user: &str) -> String {
    format!("/graph/v1.0/users/{}", encoded(user))
}

pub(super) fn message(user: &str, id: &str) -> String {
    format!("{}/messages/{}", home(user), encoded(id))
}

pub(super) fn seen(row: &Value, place: Place) -> Seen {
    let text = |name: &str| row[name].as_str().unwrap_or_default().to_owned();
    let subject = match &place {
        Place::Tasks { .. } => text("title"),
        Place::Contacts => text("displayName"),
        Place::Mail | Place::Calendar => text("subject"),
    };
    let categories = row["categories"].as_array().into_iter().flatten();
    Seen {
        id: text("id"),
        subject,
        place,
        categories: categories.filter_map(Value::as_str).map(str::to_owned).collect(),
    }
}
