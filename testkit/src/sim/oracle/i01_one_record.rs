//! I1: at most one live record of one message in one direction and epoch.

use super::{Checker, Truth};
use crate::sim::{
    log::{Entry, Happening},
    world::SimWorld,
};
use anyhow::{Result, bail};
use async_trait::async_trait;
use earmark_embedded::Value;

#[derive(Default)]
pub(super) struct OneRecord(u64);

#[async_trait]
impl Checker for OneRecord {
    fn name(&self) -> &'static str {
        "I1"
    }

    fn on(&mut self, entry: &Entry, truth: &Truth) -> Result<()> {
        let Happening::Record { organization, activity, before: None, after: Some(row), .. } =
            &entry.what
        else {
            return Ok(());
        };
        self.0 += 1;
        let key = |row: &earmark_embedded::Row| {
            let text = |name: &str| row.get(name).and_then(Value::as_text).map(str::to_owned);
            (text("messageid"), row.get("directioncode").and_then(Value::as_bool))
        };
        let wanted = key(row);
        let twin = truth.records.iter().find(|((org, id), other)| {
            org == organization && id != activity && wanted.0.is_some() && key(other) == wanted
        });
        if let Some(((_, twin), _)) = twin {
            bail!("{activity} and {twin} are both records of {wanted:?}");
        }
        Ok(())
    }

    async fn at_rest(&mut self, _: &SimWorld, _: &Truth) -> Result<()> {
        Ok(())
    }

    fn occasions(&self) -> u64 {
        self.0
    }
}
