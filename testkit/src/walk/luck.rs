//! What time and bad luck do.

use super::{DECOY, FIRST_NAME, USERS, Walk};
use anyhow::{Context, Result, ensure};
use earmark_model::Baseline;
use serde_json::{Value, json};
use std::{collections::BTreeMap, time::Duration};

/// Units: cycles after which everything must have come to rest. An item without a sender uses up
/// six attempts, each a cycle after the last.
const CYCLES_TO_REST: u64 = 9;

impl Walk {
    /// New faults instead of the old ones.
    pub(super) async fn trouble(&mut self) -> Result<()> {
        let mut rules = Vec::new();
        for target in ["graph", "crm"] {
            let mut rule = json!({"target": target});
            rule["fault"] = match self.pick(12) {
                0 | 1 => json!({"dropResponse": true}),
                2 => json!({"status": 503}),
                3 => json!({"status": 429, "retryAfter": 40}),
                4 => json!({"duplicate": true}),
                5 => json!({"status": 429}),
                6 => json!({"status": 500}),
                7 if target == "graph" => {
                    rule["method"] = json!("PATCH");
                    json!({"status": 412})
                }
                7 | 8 if target == "crm" => {
                    rule["method"] = json!("POST");
                    rule["path"] = json!("emails");
                    json!({"status": 400, "code": "0x80040265"})
                }
                9 => json!({"status": 429, "retryAfter": 1200}),
                10 => json!({"status": 401}),
                _ => continue,
            };
            let percent = if self.chance(15) { 100 } else { 5 + self.pick(40) };
            self.tell(format!("{percent} % suffer {rule}"));
            rule["probability"] = Value::from(percent as f64 / 100.0);
            rules.push(rule);
        }
        self.world.set_faults(Value::from(rules)).await
    }

    /// Time passes, well or badly.
    pub(super) async fn luck(&mut self) -> Result<()> {
        self.fire().await?;
        match self.pick(100) {
            0..=19 => {
                self.tell("one cycle passes");
                self.world.cycle().await;
            }
            20..=49 => {
                let seconds = 1 + self.pick(14 * 60) as u64;
                self.tell(format!("{seconds} seconds pass"));
                self.world.pass(Duration::from_secs(seconds)).await;
            }
            50..=61 => {
                let minutes = 16 + self.pick(120) as u64;
                self.tell(format!("{minutes} minutes pass"));
                self.world.pass(Duration::from_secs(60 * minutes)).await;
            }
            62..=79 => {
                let request = 1 + u32::try_from(self.pick(30)).unwrap_or(0);
                let struck = self.world.crash_during(request).await?;
                self.tell(format!("killed after request {request}: {struck}"));
            }
            80..=85 => {
                self.tell("a restart");
                self.world.restart().await?;
                self.world.run_due().await;
            }
            86..=87 => self.lose_ledger().await?,
            88..=91 => self.outage().await?,
            _ => self.trouble().await?,
        }
        Ok(())
    }

    pub(super) async fn lose_ledger(&mut self) -> Result<()> {
        self.tell("the ledger is lost");
        self.ledger_lost = true;
        self.ever_lost = true;
        self.world.lose_ledger().await?;
        for item in self.items.values_mut() {
            item.unclear = true;
            item.forgotten = true;
        }
        for user in USERS {
            self.current.insert(user, FIRST_NAME.to_owned());
        }
        self.world.run_due().await;
        Ok(())
    }

    /// The armed act is put in place for the time that passes now.
    async fn fire(&mut self) -> Result<()> {
        let Some((id, name)) = &self.armed else { return Ok(()) };
        let item = &self.items[id];
        let seen = self.world.item_by_id(item.user, id).await?;
        self.world.assign_before_next_write(item.user, &seen, name)
    }

    /// No mailbox can be read: nothing may be concluded from that.
    async fn outage(&mut self) -> Result<()> {
        let fault = match self.pick(5) {
            0 => json!({"status": 503}),
            1 => json!({"status": 403, "code": "ErrorAccessDenied"}),
            2 => json!({"status": 404, "code": "MailboxNotEnabledForRESTAPI"}),
            3 => json!({"status": 401}),
            _ => json!({"dropResponse": true}),
        };
        self.tell(format!("no mailbox can be read for an hour: {fault}"));
        let rule = json!({"target": "graph", "fault": fault});
        self.world.set_faults(json!([rule])).await?;
        let before = self.baselines().await?;
        self.world.pass(Duration::from_secs(3_600)).await;
        let after = self.baselines().await?;
        ensure!(
            before == after,
            "I17: {before:#?} became {after:#?} while no mailbox could be read"
        );
        self.trouble().await
    }

    async fn baselines(&self) -> Result<BTreeMap<String, Baseline>> {
        let mut all = BTreeMap::new();
        for user in USERS {
            for link in self.world.links(user).await? {
                if link.baseline == Baseline::Tracked {
                    all.insert(link.key.handle.as_str().to_owned(), link.baseline);
                }
            }
        }
        Ok(all)
    }

    /// No more faults and acts, and time enough.
    pub(super) async fn heal(&mut self) -> Result<()> {
        self.world.clear_faults().await?;
        self.armed_ends().await?;
        if !self.switch_on {
            self.toggle_switch().await?;
            self.world.clear_faults().await?;
        }
        self.tell("everything heals");
        for _ in 0..CYCLES_TO_REST {
            self.world.pass(Duration::from_secs(15 * 60)).await;
            self.look(true).await?;
        }
        if std::mem::take(&mut self.ledger_lost) {
            // Removals that the lost ledger had not seen are found by a full comparison only.
            self.compare_fully().await?;
            self.world.cycle().await;
            self.world.cycle().await;
            self.look(true).await?;
        }
        Ok(())
    }

    /// Whoever was about to write does not; the next write meets an act that concerns nobody.
    async fn armed_ends(&mut self) -> Result<()> {
        if self.armed.take().is_none() {
            return Ok(());
        }
        let decoys = self.world.items(USERS[0], DECOY, None).await?;
        let decoy = decoys.first().context("the decoy is there")?;
        let name = format!("Decoy {}", decoy.categories.len());
        self.world.assign_before_next_write(USERS[0], decoy, &name)
    }
}
