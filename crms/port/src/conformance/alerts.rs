//! What people are told.

use super::bench::Bench;
use super::promoting::address;
use super::seen::SeenAlert;
use super::{Outcome, Verdict, done, equal};
use earmark_model::{Alert, AlertLevel, MailboxId};
use uuid::Uuid;

fn alert(bench: &dyn Bench, mailbox: Option<MailboxId>) -> Alert {
    let number = bench.fresh();
    Alert {
        id: Uuid::from_u128(0xa1e7_0000 + u128::from(number)),
        mailbox,
        level: AlertLevel::Error,
        code: "item_undeliverable".to_owned(),
        number: 3001,
        lasts: false,
        is_permanent: true,
        outcome: "Crm.80040220".to_owned(),
        outcome_number: Some(-2_147_220_960),
        text: format!("Alert {number}."),
        at: bench.now(),
    }
}

pub(super) async fn an_alert_is_shown_once_however_often_it_is_raised(
    bench: &dyn Bench,
) -> Outcome {
    let person = bench.user(&address(bench, "alerted")).await?;
    let (first, second) = (alert(bench, Some(person.mailbox)), alert(bench, None));
    done(bench.crm().raise(&[first.clone(), second.clone()]).await, "raise")?;
    done(bench.crm().raise(&[first.clone(), second.clone()]).await, "raise again")?;
    let seen = |alert: &Alert| SeenAlert { level: alert.level, text: alert.text.clone() };
    let Some(mailbox) = bench.look_at_alerts(Some(person.mailbox)).await? else {
        return Ok(Verdict::NotApplicable("the CRM shows no alerts"));
    };
    equal(&mailbox, &vec![seen(&first)], "the alerts of the mailbox")?;
    let organization = bench.look_at_alerts(None).await?.unwrap_or_default();
    let shown = organization.iter().filter(|one| one.text == second.text).count();
    equal(&shown, &1, "alerts of the organization with that text")?;
    Ok(Verdict::Held)
}

pub(super) async fn an_alert_about_a_mailbox_that_is_gone_is_no_failure(
    bench: &dyn Bench,
) -> Outcome {
    let nobody = MailboxId(Uuid::from_u128(0xdead_0000 + u128::from(bench.fresh())));
    done(bench.crm().raise(&[alert(bench, Some(nobody))]).await, "raise")?;
    Ok(Verdict::Held)
}
