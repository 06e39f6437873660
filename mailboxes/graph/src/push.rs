//! Subscriptions to notifications.

use crate::mailbox::{GraphMailbox, of_mailbox};
use crate::tasks::no_service;
use crate::wire::call::{segment, user};
use crate::wire::subscriptions::{self as wire, create, delete, list, update};
use earmark_mailbox_port::{PushTarget, Renewal, Subscription};
use earmark_model::{Failure, FailureClass, Instant};
use std::time::Duration;

/// The longest that a subscription may last, less a minute for clocks that differ. Source: the
/// documented 4,230 minutes; a longer one is refused.
const LIFETIME_MAX: Duration = Duration::from_secs(4_229 * 60);

impl GraphMailbox {
    /// Mail, calendar, and each list of tasks. A mailbox whose tasks cannot be read has none.
    pub(crate) async fn resources(&self) -> Result<Vec<String>, Failure> {
        let own = self.own_path();
        let mut resources = vec![format!("{own}messages"), format!("{own}events")];
        let lists = match self.task_lists().await.map_err(|f| of_mailbox(no_service(f))) {
            Err(failure) if failure.class == FailureClass::ScopeUnreadable => Vec::new(),
            other => other?,
        };
        let tasks = lists.iter().map(|id| format!("{own}todo/lists/{}/tasks", segment(id)));
        resources.extend(tasks);
        Ok(resources)
    }

    /// What every resource of this mailbox begins with.
    fn own_path(&self) -> String {
        format!("{}/", user(self.address.as_str()).trim_start_matches('/'))
    }

    pub(crate) async fn make_subscription(
        &self,
        resource: &str,
        target: &PushTarget,
    ) -> Result<Subscription, Failure> {
        let expires = self.permitted(target.expires);
        let call = create::request(resource, &target.url, &target.client_state, expires)?;
        let reply = self.connection.send(&self.state.budget, &call).await;
        let made: wire::Subscription = reply.map_err(|f| of_mailbox(no_service(f)))?.json()?;
        let until = ends(&made).unwrap_or(expires);
        Ok(Subscription { id: made.id, resource: resource.to_owned(), expires: until })
    }

    pub(crate) async fn prolong(
        &self,
        subscription: &str,
        expires: Instant,
    ) -> Result<Renewal, Failure> {
        let expires = self.permitted(expires);
        let call = update::request(subscription, expires)?;
        match self.connection.ask(&self.state.budget, &call).await? {
            Ok(reply) if reply.body.is_empty() => Ok(Renewal::Until(expires)),
            Ok(reply) => Ok(Renewal::Until(ends(&reply.json()?).unwrap_or(expires))),
            Err(refusal) if refusal.status == 404 => Ok(Renewal::Gone),
            Err(refusal) => Err(of_mailbox(refusal.failure)),
        }
    }

    pub(crate) async fn subscriptions_to(&self, url: &str) -> Result<Vec<Subscription>, Failure> {
        let listing =
            self.connection.list::<wire::Subscription>(&self.state.budget, list::request()).await;
        let all = listing.map_err(of_mailbox)?.entries.into_iter();
        let ours = all.filter(|found| found.notification_url.as_deref() == Some(url));
        Ok(ours.filter_map(|found| self.own(found)).collect())
    }

    /// The subscription where it is to a resource of this mailbox, which is named as
    /// [`Self::resources`] does. The server may spell what does not depend on case in its own way.
    fn own(&self, found: wire::Subscription) -> Option<Subscription> {
        let own = self.own_path();
        let expires = ends(&found)?;
        let resource = found.resource?;
        let resource = resource.trim_start_matches('/');
        let plain = |text: &str| {
            percent_encoding::percent_decode_str(text).decode_utf8_lossy().to_lowercase()
        };
        let slash = resource.match_indices('/').nth(1).map(|(at, _)| at + 1)?;
        let (start, rest) = resource.split_at(slash);
        (plain(start) == plain(&own)).then(|| Subscription {
            id: found.id,
            resource: format!("{own}{rest}"),
            expires,
        })
    }

    pub(crate) async fn end_subscription(&self, subscription: &str) -> Result<(), Failure> {
        match self.connection.ask(&self.state.budget, &delete::request(subscription)).await? {
            Ok(_) => Ok(()),
            Err(refusal) if refusal.status == 404 => Ok(()),
            Err(refusal) => Err(of_mailbox(refusal.failure)),
        }
    }

    /// `expires`, or as late as the server permits.
    fn permitted(&self, expires: Instant) -> Instant {
        expires.min(self.connection.now().plus(LIFETIME_MAX))
    }
}

fn ends(subscription: &wire::Subscription) -> Option<Instant> {
    Instant::parse_rfc3339(subscription.expiration_date_time.as_deref()?)
}
