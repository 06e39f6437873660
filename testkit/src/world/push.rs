//! Notifications: how the pretend Exchange reaches the running service.

use super::{World, http::encoded};
use anyhow::{Context, Result};
use earmark_engine::PushSettings;
use earmark_mailbox_port::{Happened, MailboxServer, Notification};
use earmark_model::{ItemHandle, ItemKind};
use http::Method;
use serde_json::{Value, json};
use std::sync::atomic::Ordering;

impl World {
    /// From now on the service asks for notifications.
    pub async fn offer_push(&self) -> Result<()> {
        self.has_push.store(true, Ordering::Relaxed);
        self.restart().await
    }

    /// What the service is told about push.
    pub(super) fn push_settings(&self) -> Option<PushSettings> {
        let has_push = self.has_push.load(Ordering::Relaxed);
        has_push.then(|| PushSettings { url: self.push_url().to_owned() })
    }

    /// Delivers what is to be told now, and does what becomes due by it, until all is quiet.
    pub async fn settle(&self) {
        while {
            let is_told = self.hear().await;
            self.run_units().await;
            is_told
        } {}
    }

    /// Tells the service what is to be told now. Answers whether there was anything.
    pub(super) async fn hear(&self) -> bool {
        let bodies = self.delivered().await;
        for body in &bodies {
            self.told(body).await;
        }
        !bodies.is_empty()
    }

    /// The service is told what a body says.
    async fn told(&self, body: &[u8]) {
        let Ok(notifications) = self.graph_server().read_notifications(body) else { return };
        for notification in notifications {
            self.engine().notified(notification).await;
        }
    }

    /// What arrived last arrives once more.
    pub async fn tell_again(&self) -> Result<()> {
        let body = self.last_delivered().context("nothing has arrived yet")?;
        self.told(&body).await;
        Ok(())
    }

    /// The subscriptions to anything of a mailbox, as the pretend Exchange has them.
    pub async fn subscriptions(&self, user: &str) -> Result<Vec<Value>> {
        let answer = self.admin(Method::GET, "/sandbox/v1/subscriptions", None).await?;
        let list = answer["subscriptions"].as_array().or_else(|| answer.as_array());
        let list = list.with_context(|| format!("the list of subscriptions is {answer}"))?;
        let of_user =
            |row: &&Value| row["resource"].as_str().is_some_and(|resource| resource.contains(user));
        Ok(list.iter().filter(of_user).cloned().collect())
    }

    /// The server tells about the subscriptions of a mailbox: `missed`, `subscriptionRemoved`,
    /// `reauthorizationRequired`.
    pub async fn announce(&self, user: &str, event: &str) -> Result<()> {
        for row in self.subscriptions(user).await? {
            let is_of_tasks = row["resource"].as_str().is_some_and(|one| one.contains("/todo/"));
            if is_of_tasks && event != "reauthorizationRequired" {
                continue;
            }
            let id = row["id"].as_str().context("a subscription has an id")?;
            let path = format!("/sandbox/v1/subscriptions/{}/lifecycle", encoded(id));
            self.admin(Method::POST, &path, Some(json!({"event": event}))).await?;
        }
        Ok(())
    }

    /// The server forgets the subscriptions of a mailbox without a word.
    pub async fn forget_subscriptions(&self, user: &str) -> Result<()> {
        for row in self.subscriptions(user).await? {
            let id = row["id"].as_str().context("a subscription has an id")?;
            let path = format!("/sandbox/v1/subscriptions/{}", encoded(id));
            self.admin(Method::DELETE, &path, None).await?;
        }
        Ok(())
    }

    /// A stranger pretends that an item of a mailbox changed: with the id of a real subscription
    /// and a wrong secret, with none, and with the id of no subscription.
    pub async fn forge(&self, user: &str, item: &str) -> Result<()> {
        let rows = self.subscriptions(user).await?;
        let known = rows.first().and_then(|row| row["id"].as_str());
        let known = known.context("there is a subscription to forge for")?;
        for (subscription, secret) in
            [(known, Some("guessed")), (known, None), ("another", Some("guessed"))]
        {
            let happened =
                Happened::Changed { kind: ItemKind::Email, handle: ItemHandle::from(item) };
            let notification = Notification {
                subscription: subscription.to_owned(),
                client_state: secret.map(str::to_owned),
                happened,
            };
            self.engine().notified(notification).await;
        }
        Ok(())
    }
}
