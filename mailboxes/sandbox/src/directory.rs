//! The users of the sandbox as the token endpoint sees them.

use crate::{
    error::Refusal,
    identity::{DirectoryUser, Users},
    store::user,
};
use async_trait::async_trait;
use earmark_sqlite::Database;
use std::sync::Arc;

/// Looks users up in the store.
pub(crate) struct Directory {
    database: Arc<Database>,
}

impl Directory {
    pub(crate) fn new(database: Arc<Database>) -> Self {
        Self { database }
    }
}

#[async_trait]
impl Users for Directory {
    async fn by_mail(&self, mail: &str) -> Option<DirectoryUser> {
        let mail = mail.to_owned();
        let found: Result<_, Refusal> = self.database.read(move |tx| user::find(tx, &mail)).await;
        found.unwrap_or_default().map(|user| DirectoryUser {
            id: user.guid,
            mail: user.mail,
            display_name: user.display_name,
        })
    }
}
