//! What people are told, as the ledger keeps it and as the CRM shows it.

use super::World;
use anyhow::{Context, Result};
use earmark_ledger::{AlertQuery, KeptAlert};
use earmark_model::Actor;

/// Units: alerts that are looked at.
const MANY: usize = 10_000;

impl World {
    /// The alerts of a code about a mailbox, or about the organization, newest first.
    pub async fn alerts(&self, user: Option<&str>, code: &str) -> Result<Vec<KeptAlert>> {
        let mailbox = match user {
            Some(user) => Some(self.mailbox(user).await?),
            None => None,
        };
        let code = Some(code.to_owned());
        let query = AlertQuery { mailbox, code, limit: MANY, ..AlertQuery::default() };
        let page = self.store().alerts(self.outside.organization(), query).await;
        let alerts = page.context("read the ledger")?.alerts;
        Ok(alerts.into_iter().filter(|one| one.alert.mailbox == mailbox).collect())
    }

    /// Text and outcome of the alerts of a code that the CRM shows.
    pub async fn shown_alerts(
        &self,
        user: Option<&str>,
        code: &str,
    ) -> Result<Vec<(String, String)>> {
        let path = "/api/data/v9.2/tracelogs?$select=text,errortypedisplay,errordetails,\
                    _regardingobjectid_value";
        let path = match user {
            Some(user) => {
                let mailbox = self.mailbox(user).await?;
                format!("{path}&$filter=_regardingobjectid_value%20eq%20{mailbox}")
            }
            None => path.to_owned(),
        };
        let rows = self.rows(&path).await?;
        let text =
            |row: &serde_json::Value, name: &str| row[name].as_str().unwrap_or_default().to_owned();
        Ok(rows
            .iter()
            .filter(|row| text(row, "errordetails").split(' ').next() == Some(code))
            .map(|row| (text(row, "text"), text(row, "errortypedisplay")))
            .collect())
    }

    /// To whom the history of an item puts down what happened for a reason.
    pub async fn actors(&self, user: &str, id: &str, reason: &str) -> Result<Vec<Option<Actor>>> {
        let history = self.entries(user, id).await?;
        let of_reason = history.into_iter().filter(|entry| entry.reason == reason);
        Ok(of_reason.map(|entry| entry.actor).collect())
    }
}
