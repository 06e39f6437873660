//! Automatic acceptance: whose filter takes mail, and for whom a record was accepted.

use super::{stage::Stage, words::Words};
use crate::world::EmailRecord;
use anyhow::{Result, bail};

/// `USER accepts all|no mail`.
pub(super) async fn filter(stage: &Stage, user: &str, words: &Words<'_>) -> Result<()> {
    if !words.has("accepts") {
        words.expect("accept")?;
    }
    let accepts_all = match words.word()? {
        "all" => true,
        "no" => false,
        other => bail!("no filter takes `{other}` mail"),
    };
    words.expect("mail")?;
    stage.world.set_filter(user, accepts_all).await
}

/// `accepted for USER|nobody`.
pub(super) async fn accepted(stage: &Stage, record: &EmailRecord, words: &Words<'_>) -> Result<()> {
    words.expect("for")?;
    let wanted = match words.word()? {
        "nobody" => None,
        user => Some(stage.world.user_or_queue(&stage.user(user)?).await?.1),
    };
    let found = stage.world.accepted_for(&record.id).await?;
    if found != wanted {
        bail!("expected the record to be accepted for {wanted:?}, found {found:?}");
    }
    Ok(())
}
