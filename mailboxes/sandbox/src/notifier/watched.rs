//! The sandbox's file, with a word to the notifier when a change left notices.

use crate::store::notice;
use earmark_sqlite::{Database, Error, rusqlite::Transaction};
use std::sync::Arc;
use tokio::sync::Notify;

/// The file of a sandbox.
pub(crate) struct Watched {
    database: Arc<Database>,
    /// `None` when nobody delivers.
    noticed: Option<Arc<Notify>>,
}

impl Watched {
    pub(crate) fn new(database: Arc<Database>, noticed: Option<Arc<Notify>>) -> Self {
        Self { database, noticed }
    }

    /// As [`Database::read`].
    pub(crate) async fn read<T, E, F>(&self, work: F) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<Error> + Send + 'static,
        F: FnOnce(&Transaction<'_>) -> Result<T, E> + Send + 'static,
    {
        self.database.read(work).await
    }

    /// As [`Database::write`].
    ///
    /// The word goes out from inside the transaction, so that it is not lost with a caller who
    /// went away. The notifier looks in a transaction of its own, which comes after this one.
    pub(crate) async fn write<T, E, F>(&self, work: F) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<Error> + Send + 'static,
        F: FnOnce(&Transaction<'_>) -> Result<T, E> + Send + 'static,
    {
        let Some(noticed) = self.noticed.clone() else { return self.database.write(work).await };
        self.database
            .write(move |tx| {
                let answer = work(tx)?;
                if notice::any_new(tx)? {
                    noticed.notify_one();
                }
                Ok(answer)
            })
            .await
    }
}
