//! Everything that is due is sent, and when the next thing is due.

use super::{
    compose,
    endpoint::Verdict,
    post::{Outcome, Post},
};
use crate::{
    error::Refusal,
    sandbox::Sandbox,
    store::notice::{self, Notice},
};
use earmark_http::Transport;
use earmark_model::Instant;
use futures::stream::{FuturesUnordered, StreamExt};
use std::{sync::Arc, time::Duration};

/// Units: notices in one post at most.
const POST_MAX: usize = 100;

/// When a store that refused is asked again.
const STORE_RETRY: Duration = Duration::from_secs(1);

impl Sandbox {
    /// Sends every notification that is due, also those that come up meanwhile, and answers when
    /// the next one is due (`None`: not before something happens, see
    /// [`Sandbox::wait_for_notices`]).
    ///
    /// Sets no timer: whoever drives the clock calls it again. Dropping the future may send what
    /// was under way a second time. Repeatable: yes; without a transport it does nothing.
    pub async fn deliver_notifications(&self) -> Option<Instant> {
        let transport = self.settings().push.clone()?;
        let _turn = self.notifier().turn.lock().await;
        let mut busy: Vec<String> = Vec::new();
        let mut under_way = FuturesUnordered::new();
        loop {
            let (notices, next) = match self.look(busy.clone()).await {
                Ok(found) => found,
                Err(_) => return Some(self.now().plus(STORE_RETRY)),
            };
            let is_idle = notices.is_empty();
            for post in posts(notices) {
                busy.push(post.url.clone());
                under_way.push(self.carry(&*transport, post));
            }
            if under_way.is_empty() && is_idle {
                return next;
            }
            tokio::select! {
                // In this order, so that equal worlds deliver equally.
                biased;
                Some(done) = under_way.next() => match done {
                    Ok(url) => busy.retain(|one| *one != url),
                    Err(_) => return Some(self.now().plus(STORE_RETRY)),
                },
                () = self.wait_for_notices() => {}
            }
        }
    }

    /// Waits until something was noticed that [`Sandbox::deliver_notifications`] should send.
    /// A word that came before the wait counts; several count once.
    pub async fn wait_for_notices(&self) {
        self.noticed().notified().await;
    }

    /// Delivers notifications as they come up, until `stop` is done. For the service; a
    /// simulator calls [`Sandbox::deliver_notifications`] itself.
    pub async fn run_notifier(self: Arc<Self>, stop: impl Future<Output = ()>) {
        let deliver = async {
            loop {
                match self.deliver_notifications().await {
                    None => self.wait_for_notices().await,
                    Some(next) => tokio::select! {
                        () = self.wait_for_notices() => {}
                        () = tokio::time::sleep(next.since(self.now())) => {}
                    },
                }
            }
        };
        tokio::select! {
            () = stop => {}
            () = deliver => {}
        }
    }

    /// What is due, but for busy addresses; and when the next thing will be.
    async fn look(&self, busy: Vec<String>) -> Result<(Vec<Notice>, Option<Instant>), Refusal> {
        let now_ms = self.now_ms();
        self.database()
            .write(move |tx| {
                notice::look(tx, now_ms)?;
                let due = notice::due(tx, now_ms, &busy)?;
                let next = notice::next_due(tx, now_ms)?;
                Ok((due, next.map(Instant::from_millis)))
            })
            .await
    }

    /// Sends one post and keeps what became of it; the answer is its address.
    async fn carry(&self, transport: &dyn Transport, post: Post) -> Result<String, Refusal> {
        let started_ms = self.now_ms();
        let rows = post.rows();
        let outcome = match self.notifier().endpoints.verdict(&post.url, started_ms) {
            Verdict::Dropped { until_ms } => {
                let (said, lost): (Vec<_>, Vec<_>) =
                    post.notices.iter().partition(|notice| notice.what.lifecycle);
                let said: Vec<i64> = said.iter().map(|notice| notice.row).collect();
                let lost: Vec<i64> = lost.iter().map(|notice| notice.row).collect();
                self.database()
                    .write(move |tx| {
                        notice::put_off(tx, &said, until_ms, None)?;
                        notice::drop_all(tx, &lost, started_ms, until_ms)
                    })
                    .await?;
                return Ok(post.url);
            }
            Verdict::Delayed { until_ms } => {
                self.database().write(move |tx| notice::put_off(tx, &rows, until_ms, None)).await?;
                return Ok(post.url);
            }
            Verdict::Sent => {
                match compose::body(&post.notices, &self.quirks(), self.token_secret()) {
                    Some(body) => post.send(transport, self.tap(), &body).await,
                    None => Outcome::Taken,
                }
            }
        };
        let now_ms = self.now_ms();
        if !matches!(outcome, Outcome::HeldBack { .. }) {
            let count = post.notices.len();
            self.notifier().endpoints.count(&post.url, count, now_ms - started_ms, now_ms);
        }
        self.database()
            .write(move |tx| match &outcome {
                Outcome::Taken => notice::told(tx, &rows, now_ms),
                Outcome::Refused => notice::again(tx, &rows, now_ms),
                Outcome::HeldBack { delay_ms, then } => {
                    let delay_ms = i64::try_from(*delay_ms).unwrap_or(i64::MAX);
                    notice::put_off(tx, &rows, now_ms.saturating_add(delay_ms), Some(then))
                }
            })
            .await?;
        Ok(post.url)
    }
}

/// One post for each address, with its first notices in their order.
fn posts(notices: Vec<Notice>) -> Vec<Post> {
    let mut posts: Vec<Post> = Vec::new();
    for notice in notices {
        match posts.iter_mut().find(|post| post.url == notice.url()) {
            Some(post) if post.notices.len() < POST_MAX => post.notices.push(notice),
            Some(_) => {}
            None => posts.push(Post { url: notice.url().to_owned(), notices: vec![notice] }),
        }
    }
    posts
}
