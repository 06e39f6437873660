//! What people do with a mailbox's list of categories.

use super::{World, http::encoded, mailboxes::home};
use anyhow::{Context, Result};
use http::Method;
use serde_json::{Value, json};

impl World {
    /// The names of a mailbox's list of categories, in order.
    pub async fn category_list(&self, user: &str) -> Result<Vec<String>> {
        let rows = self.category_rows(user).await?;
        let name = |row: &Value| row["displayName"].as_str().map(str::to_owned);
        Ok(rows.iter().filter_map(name).collect())
    }

    /// The id of a category in a mailbox's list.
    pub async fn category_id(&self, user: &str, name: &str) -> Result<Option<String>> {
        let rows = self.category_rows(user).await?;
        let row = rows.iter().find(|row| row["displayName"] == name);
        Ok(row.and_then(|row| row["id"].as_str()).map(str::to_owned))
    }

    /// The colour of a category in a mailbox's list, as Graph names it.
    pub async fn category_color(&self, user: &str, name: &str) -> Result<Option<String>> {
        let rows = self.category_rows(user).await?;
        let row = rows.iter().find(|row| row["displayName"] == name);
        Ok(row.and_then(|row| row["color"].as_str()).map(str::to_owned))
    }

    /// A person gives a category another colour.
    pub async fn color_category(&self, user: &str, name: &str, color: &str) -> Result<()> {
        self.act();
        let id = self.category_id(user, name).await?;
        let id = id.with_context(|| format!("{user} has no category {name}"))?;
        let path = format!("{}/outlook/masterCategories/{}", home(user), encoded(&id));
        self.admin(Method::PATCH, &path, Some(json!({"color": color}))).await.map(drop)
    }

    /// The name of the category with this id in a mailbox's list.
    pub async fn category_name(&self, user: &str, id: &str) -> Result<Option<String>> {
        let rows = self.category_rows(user).await?;
        let row = rows.iter().find(|row| row["id"] == id);
        Ok(row.and_then(|row| row["displayName"].as_str()).map(str::to_owned))
    }

    async fn category_rows(&self, user: &str) -> Result<Vec<Value>> {
        self.rows(&format!("{}/outlook/masterCategories", home(user))).await
    }

    /// A person adds a category to the list.
    pub async fn create_category(&self, user: &str, name: &str) -> Result<()> {
        self.act();
        let body = json!({"displayName": name, "color": "preset7"});
        let path = format!("{}/outlook/masterCategories", home(user));
        self.admin(Method::POST, &path, Some(body)).await.map(drop)
    }

    /// A person renames a category; some clients rewrite the items that bear it.
    pub async fn rename_category(
        &self,
        user: &str,
        from: &str,
        to: &str,
        rewrite_items: bool,
    ) -> Result<()> {
        self.act();
        let body = json!({"from": from, "to": to, "rewriteItems": rewrite_items});
        let path = format!("/sandbox/v1/users/{}/categories/rename", encoded(user));
        self.admin(Method::POST, &path, Some(body)).await.map(drop)
    }

    /// A person deletes a category from the list; items keep its name.
    pub async fn delete_category(&self, user: &str, name: &str) -> Result<()> {
        self.act();
        let id = self.category_id(user, name).await?;
        let id = id.with_context(|| format!("{user} has no category {name}"))?;
        let path = format!("{}/outlook/masterCategories/{}", home(user), encoded(&id));
        self.admin(Method::DELETE, &path, None).await.map(drop)
    }
}
