//! What people do with their calendar, tasks and contacts, through the Graph face.

use super::{
    World,
    http::{encoded, literal},
    mailboxes::{Place, Seen, home, seen},
};
use anyhow::{Context, Result, bail};
use http::Method;
use jiff::{ToSpan, civil::Date};
use serde_json::{Value, json};

/// Units: days around a day in which an occurrence of that day may have been moved.
const MOVED_AROUND: i64 = 31;

impl World {
    /// A person makes a calendar item from its Graph members.
    pub async fn plan(&self, user: &str, event: Value) -> Result<()> {
        self.act();
        self.admin(Method::POST, &format!("{}/events", home(user)), Some(event)).await.map(drop)
    }

    /// The calendar items with this subject: single ones and masters, or with `on` the occurrence
    /// of the series that falls on that day by its pattern.
    pub async fn events(&self, user: &str, subject: &str, on: Option<&str>) -> Result<Vec<Seen>> {
        let filter = match subject.strip_suffix('*') {
            Some(beginning) => format!("startswith(subject,{})", literal(beginning)),
            None => format!("subject%20eq%20{}", literal(subject)),
        };
        let path = format!(
            "{}/events?$filter={filter}&$select=id,subject,categories&$top=200",
            home(user)
        );
        let rows = self.rows(&path).await?;
        let mut found: Vec<Seen> = rows.iter().map(|row| seen(row, Place::Calendar)).collect();
        found.sort_by(|a, b| (&a.subject, &a.id).cmp(&(&b.subject, &b.id)));
        let Some(day) = on else { return Ok(found) };
        let mut occurrences = Vec::new();
        for master in found {
            occurrences.extend(self.occurrence(user, &master.id, day).await?);
        }
        Ok(occurrences)
    }

    async fn occurrence(&self, user: &str, master: &str, day: &str) -> Result<Option<Seen>> {
        let date: Date = day.parse().with_context(|| format!("`{day}` is not a day"))?;
        let from = date.checked_sub(MOVED_AROUND.days())?;
        let until = date.checked_add(MOVED_AROUND.days())?;
        let path = format!(
            "{}/events/{}/instances?startDateTime={from}T00:00:00Z&endDateTime={until}T00:00:00Z\
             &$select=id,subject,categories,start,originalStart,type&$top=200",
            home(user),
            encoded(master)
        );
        let rows = self.rows(&path).await?;
        let is_of_day = |row: &&Value| {
            let start = row["originalStart"].as_str().or_else(|| row["start"]["dateTime"].as_str());
            start.is_some_and(|start| start.starts_with(day))
        };
        Ok(rows.iter().find(is_of_day).map(|row| seen(row, Place::Calendar)))
    }

    /// An item as its owner sees it, bodies as text.
    pub async fn members(&self, user: &str, item: &Seen) -> Result<Value> {
        self.admin(Method::GET, &item.path(user), None).await
    }

    /// A person changes members of an item.
    pub async fn edit(&self, user: &str, item: &Seen, changes: Value) -> Result<()> {
        self.act();
        self.admin(Method::PATCH, &item.path(user), Some(changes)).await.map(drop)
    }

    /// A person deletes a calendar item or a task.
    pub async fn remove(&self, user: &str, item: &Seen) -> Result<()> {
        self.act();
        self.admin(Method::DELETE, &item.path(user), None).await.map(drop)
    }

    /// The organizer cancels a meeting, or an attendee answers it: `cancel`, `accept`, `decline`,
    /// `tentativelyAccept`.
    pub async fn answer(&self, user: &str, item: &Seen, action: &str) -> Result<()> {
        self.act();
        let path = format!("{}/{action}", item.path(user));
        self.admin(Method::POST, &path, Some(json!({"comment": ""}))).await.map(drop)
    }

    /// A person adds a contact.
    pub async fn add_contact_card(&self, user: &str, name: &str) -> Result<()> {
        self.act();
        let body = json!({"displayName": name, "givenName": name});
        self.admin(Method::POST, &format!("{}/contacts", home(user)), Some(body)).await.map(drop)
    }

    /// The contacts of a mailbox with this name.
    pub async fn contact_cards(&self, user: &str, name: &str) -> Result<Vec<Seen>> {
        let rows = self.rows(&format!("{}/contacts?$top=100", home(user))).await?;
        let named = rows.iter().filter(|row| row["displayName"] == name);
        Ok(named.map(|row| seen(row, Place::Contacts)).collect())
    }

    /// A person makes a list of tasks.
    pub async fn add_list(&self, user: &str, name: &str) -> Result<()> {
        self.act();
        let path = format!("{}/todo/lists", home(user));
        self.admin(Method::POST, &path, Some(json!({"displayName": name}))).await.map(drop)
    }

    /// A person adds a task from its Graph members to a list, or to the default one.
    pub async fn add_task(&self, user: &str, list: Option<&str>, task: Value) -> Result<()> {
        self.act();
        let list = self.task_list(user, list).await?;
        let path = format!("{}/todo/lists/{}/tasks", home(user), encoded(&list));
        self.admin(Method::POST, &path, Some(task)).await.map(drop)
    }

    /// The tasks with this title, in all lists.
    pub async fn tasks(&self, user: &str, title: &str) -> Result<Vec<Seen>> {
        let mut found = Vec::new();
        for list in self.rows(&format!("{}/todo/lists", home(user))).await? {
            if list["wellknownListName"] == "flaggedEmails" {
                continue;
            }
            let list = list["id"].as_str().context("a list has an id")?;
            let path = format!("{}/todo/lists/{}/tasks", home(user), encoded(list));
            for row in self.rows(&path).await? {
                let of_interest = match title.strip_suffix('*') {
                    Some(beginning) => {
                        row["title"].as_str().is_some_and(|title| title.starts_with(beginning))
                    }
                    None => row["title"] == title,
                };
                if of_interest {
                    found.push(seen(&row, Place::Tasks { list: list.to_owned() }));
                }
            }
        }
        found.sort_by(|a, b| (&a.subject, &a.id).cmp(&(&b.subject, &b.id)));
        Ok(found)
    }

    /// A person drags a task into another list, which gives it another id.
    pub async fn move_task(&self, user: &str, task: &Seen, list: &str) -> Result<()> {
        self.act();
        let list = self.task_list(user, Some(list)).await?;
        let path = format!("/sandbox/v1/users/{}/tasks/move", encoded(user));
        let body = json!({"taskId": task.id, "toListId": list});
        self.admin(Method::POST, &path, Some(body)).await.map(drop)
    }

    async fn task_list(&self, user: &str, name: Option<&str>) -> Result<String> {
        let lists = self.rows(&format!("{}/todo/lists", home(user))).await?;
        let list = lists.iter().find(|list| match name {
            Some(name) => list["displayName"] == name,
            None => list["wellknownListName"] == "defaultList",
        });
        let id = list.and_then(|list| list["id"].as_str()).map(str::to_owned);
        match (id, name) {
            (Some(id), _) => Ok(id),
            (None, Some(name)) => bail!("{user} has no list {name}"),
            (None, None) => bail!("{user} has no default list"),
        }
    }
}
