//! Rules in Outlook, and what is done to a whole conversation.

use super::{
    Seen, World,
    http::{encoded, literal},
    mailboxes::{Place, home, message, seen},
};
use anyhow::{Context, Result};
use http::Method;
use serde_json::{Value, json};

/// What a rule does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RuleAction {
    /// Assigns a category.
    Assign(String),
    /// Moves to a folder, by its well-known name or the name that it was given.
    Move(String),
}

impl World {
    /// A person makes a rule for mail from one sender.
    pub async fn add_rule(
        &self,
        user: &str,
        name: &str,
        from: &str,
        action: &RuleAction,
    ) -> Result<()> {
        let actions = match action {
            RuleAction::Assign(category) => json!({"assignCategories": [category]}),
            RuleAction::Move(folder) => json!({"moveToFolder": self.folder(user, folder).await?}),
        };
        let body = json!({
            "displayName": name,
            "conditions": {"fromAddresses": [{"emailAddress": {"address": from}}]},
            "actions": actions,
        });
        self.admin(Method::POST, &rules(user), Some(body)).await.map(drop)
    }

    /// A person runs a rule over the mail that is in a folder.
    pub async fn run_rule(&self, user: &str, name: &str, folder: &str) -> Result<()> {
        let rows = self.rows(&rules(user)).await?;
        let rule = rows.iter().find(|rule| rule["displayName"] == name);
        let rule = rule.with_context(|| format!("{user} has no rule {name}"))?;
        self.run(user, json!({"ruleId": rule["id"], "folder": self.folder(user, folder).await?}))
            .await
    }

    /// A person runs a rule of the mail program that takes a category off.
    pub async fn run_removing_rule(&self, user: &str, category: &str, folder: &str) -> Result<()> {
        let folder = self.folder(user, folder).await?;
        self.run(user, json!({"removeCategories": [category], "folder": folder})).await
    }

    async fn run(&self, user: &str, body: Value) -> Result<()> {
        self.act();
        let path = format!("/sandbox/v1/users/{}/rules/run", encoded(user));
        self.admin(Method::POST, &path, Some(body)).await.map(drop)
    }

    /// Every message of the conversation of an item, in any folder.
    pub async fn conversation(&self, user: &str, item: &Seen) -> Result<Vec<Seen>> {
        let path = format!("{}?$select=conversationId", message(user, &item.id));
        let shown = self.admin(Method::GET, &path, None).await?;
        let id = shown["conversationId"].as_str().context("a message has a conversation")?;
        let filter = format!("conversationId%20eq%20{}", literal(id));
        let select = "$select=id,subject,categories&$top=200";
        let path = format!("{}/messages?$filter={filter}&{select}", home(user));
        Ok(self.rows(&path).await?.iter().map(|row| seen(row, Place::Mail)).collect())
    }

    /// A person answers a message.
    pub async fn reply(&self, user: &str, id: &str) -> Result<()> {
        self.act();
        let path = format!("{}/reply", message(user, id));
        self.admin(Method::POST, &path, Some(json!({"comment": "Thank you."}))).await.map(drop)
    }
}

fn rules(user: &str) -> String {
    format!("{}/mailFolders/inbox/messageRules", home(user))
}
