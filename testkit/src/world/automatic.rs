//! The automatic filters of users and queues, through the OData face.

use super::{
    World,
    http::literal,
    records::{ROOT, text},
};
use anyhow::{Result, bail};
use http::Method;
use serde_json::json;

impl World {
    /// An administrator lets the filter of a user or queue take all messages, or none.
    pub async fn set_filter(&self, mail: &str, accepts_all: bool) -> Result<()> {
        self.act();
        let (set, id) = self.user_or_queue(mail).await?;
        let set = if set == "systemusers" { "usersettingscollection" } else { set };
        let method = if accepts_all { 0 } else { 4 };
        let body = json!({"incomingemailfilteringmethod": method});
        self.admin(Method::PATCH, &format!("{ROOT}/{set}({id})"), Some(body)).await.map(drop)
    }

    /// The entity set and the id of the user or queue with an address.
    pub async fn user_or_queue(&self, mail: &str) -> Result<(&'static str, String)> {
        let tables = [
            ("systemusers", "systemuserid", "internalemailaddress"),
            ("queues", "queueid", "emailaddress"),
        ];
        for (set, key, column) in tables {
            let filter = format!("{column}%20eq%20{}", literal(mail));
            let path = format!("{ROOT}/{set}?$select={key}&$filter={filter}");
            if let Some(row) = self.rows(&path).await?.first() {
                return Ok((set, text(row, key)));
            }
        }
        bail!("no user or queue has the address {mail}")
    }

    /// The user or queue for whom an email activity was accepted automatically.
    pub async fn accepted_for(&self, record: &str) -> Result<Option<String>> {
        let path = format!("{ROOT}/emails({record})?$select=_acceptingentityid_value");
        let row = self.admin(Method::GET, &path, None).await?;
        Ok(row["_acceptingentityid_value"].as_str().map(str::to_owned))
    }
}
