//! `when …`: what people, time and bad luck do.

use super::{
    automatic, copies, fault, people, plans, plug_ins, prepare, push, rules,
    stage::{Item, Stage},
    testing,
    words::Words,
};
use crate::world::{Activity, Mail, Place};
use anyhow::{Context, Result, bail, ensure};
use std::time::Duration;

pub(super) async fn step(stage: &Stage, words: &Words<'_>) -> Result<()> {
    if stage.is_user(words.peek()) && !words.peek().ends_with("'s") {
        let user = stage.user(words.word()?)?;
        return by_user(stage, &user, words).await;
    }
    if copies::step(stage, words).await? {
        return Ok(());
    }
    if words.has("a person answers") {
        let yes = match words.word()? {
            "yes" => true,
            "no" => false,
            other => bail!("`{other}` is no answer"),
        };
        words.expect("about")?;
        let item = Item::read(words)?;
        words.expect("of")?;
        let user = stage.user(words.word()?)?;
        let one = stage.item(&user, &item).await?;
        ensure!(stage.world.answer_edit(&user, &one, yes).await?, "nothing waits for an answer");
        return Ok(());
    }
    if words.has("another organization") {
        return testing::taken(stage, words).await;
    }
    if words.has("a CRM user") {
        return by_crm_user(stage, words).await;
    }
    if words.has("an administrator") {
        return by_administrator(stage, words).await;
    }
    if words.has("a person requests") {
        return request(stage, words).await;
    }
    if words.has("mail") {
        return arrives(stage, words, None, false).await;
    }
    if words.has("an invitation") {
        return arrives(stage, words, None, true).await;
    }
    if words.has("the configuration names the category") {
        return stage.world.configure_category(words.word()?);
    }
    if words.has("the service") {
        return service(stage, words).await;
    }
    if words.has("the CRM expands its series") {
        return stage.world.expand_series().await;
    }
    if words.has("the ledger is lost") {
        return stage.world.lose_ledger().await;
    }
    if words.has("counting starts") {
        return stage.world.clear_counts().await;
    }
    if words.has("the record of") {
        let subject = words.word()?;
        words.expect("is noted")?;
        return stage.note(subject).await;
    }
    if words.has("the mailbox of") {
        let user = stage.user(words.word()?)?;
        if words.has("is compared") {
            return stage.world.compare_fully(&user).await;
        }
        if words.has("forgets whose it is") {
            return stage.world.stamp_for_another(&user, false).await;
        }
        if words.has("gets the primary address") {
            return stage.world.readdress(&user, words.word()?).await;
        }
        words.expect("vanishes")?;
        return stage.world.remove_user(&user).await;
    }
    if words.has("team") {
        let name = words.word()?;
        return people::role(stage, "team", name, words.word()?, words).await;
    }
    if fault::step(stage, words).await? || push::step(stage, words).await? {
        return Ok(());
    }
    if plug_ins::when(stage, words).await? {
        return Ok(());
    }
    if words.has("the") {
        let word = words.word()?;
        let activity = Activity::parse(word).with_context(|| format!("nothing notes a {word}"))?;
        let record = stage.activity(activity, words).await?;
        words.expect("is noted")?;
        stage.note_activity(&record);
        return Ok(());
    }
    passing(stage, words).await
}

async fn by_user(stage: &Stage, user: &str, words: &Words<'_>) -> Result<()> {
    let world = &stage.world;
    match words.word()? {
        verb @ ("assigns" | "removes") => categorizes(stage, user, words, verb == "assigns").await,
        verb @ ("moves" | "copies") => {
            let item = Item::read(words)?;
            words.expect("to")?;
            if words.has("the list") {
                let task = stage.item(user, &item).await?;
                return world.move_task(user, &task, words.word()?).await;
            }
            let folder = words.word()?;
            for one in stage.items(user, &item).await? {
                match verb {
                    "moves" => world.move_item(user, &one.id, folder).await?,
                    _ => world.copy_item(user, &one.id, folder).await?,
                }
            }
            Ok(())
        }
        "deletes" if words.has("the category") => world.delete_category(user, words.word()?).await,
        "deletes" => {
            let item = Item::read(words)?;
            let for_good = words.has("for good");
            for one in stage.items(user, &item).await? {
                match for_good {
                    _ if one.place != Place::Mail => world.remove(user, &one).await?,
                    true => world.delete_item(user, &one.id).await?,
                    false => world.move_item(user, &one.id, "deleteditems").await?,
                }
            }
            Ok(())
        }
        "creates" => {
            words.expect("the category")?;
            world.create_category(user, words.word()?).await
        }
        "gives" => {
            words.expect("the category")?;
            let name = words.word()?;
            words.expect("the colour")?;
            world.color_category(user, name, words.word()?).await
        }
        "renames" => {
            words.expect("the category")?;
            let from = words.word()?;
            words.expect("to")?;
            let to = words.word()?;
            world.rename_category(user, from, to, words.has("rewriting items")).await
        }
        "sends" if words.has("the draft") => {
            let item = stage.item(user, &Item::read(words)?).await?;
            world.send_draft(user, &item.id).await
        }
        "runs" => rules::run(stage, user, words).await,
        "replies" => {
            words.expect("to")?;
            let item = stage.item(user, &Item::read(words)?).await?;
            world.reply(user, &item.id).await
        }
        "sends" => world.send_mail(user, &written(stage, words)?).await,
        verb @ ("gets" | "loses") => people::role(stage, "user", user, verb, words).await,
        "drafts" => world.write_draft(user, &written(stage, words)?).await,
        verb => plans::by_user(stage, user, verb, words).await,
    }
}

async fn categorizes(stage: &Stage, user: &str, words: &Words<'_>, assigns: bool) -> Result<()> {
    let category = words.word()?;
    words.expect(if assigns { "to" } else { "from" })?;
    if words.has("the conversation of") {
        return rules::categorize_conversation(stage, user, words, category, assigns).await;
    }
    let item = Item::read(words)?;
    if words.has("just before the next write") {
        let one = stage.item(user, &item).await?;
        return stage.world.assign_before_next_write(user, &one, category);
    }
    if words.has("of") {
        let owner = stage.user(words.word()?)?;
        for one in stage.items(&owner, &item).await? {
            let done = stage.world.categorize_for(user, &owner, &one, category, assigns).await?;
            ensure!(done, "{user} may not do that in the mailbox of {owner}");
        }
        return Ok(());
    }
    for one in stage.items(user, &item).await? {
        if assigns {
            stage.world.assign(user, &one, category).await?;
        } else {
            stage.world.unassign(user, &one, category).await?;
        }
    }
    Ok(())
}

async fn by_crm_user(stage: &Stage, words: &Words<'_>) -> Result<()> {
    let verb = words.word()?;
    if words.has("every record of") {
        return every_record(stage, verb, words.word()?).await;
    }
    if let Some(activity) = words.peek_after("the").and_then(Activity::parse)
        && activity != Activity::Email
    {
        words.expect("the")?;
        words.word()?;
        return plans::by_crm_user(stage, verb, activity, words).await;
    }
    let is_outgoing = if words.has("the outgoing") {
        Some(true)
    } else if words.has("the incoming") {
        Some(false)
    } else {
        words.expect("the")?;
        None
    };
    words.expect("record of")?;
    let record = stage.record(words.word()?, is_outgoing).await?;
    to_record(stage, verb, &record.id).await
}

async fn every_record(stage: &Stage, verb: &str, subject: &str) -> Result<()> {
    for record in stage.world.records(subject).await? {
        to_record(stage, verb, &record.id).await?;
    }
    Ok(())
}

async fn to_record(stage: &Stage, verb: &str, record: &str) -> Result<()> {
    match verb {
        "deletes" => stage.world.delete_record(record).await,
        "unlinks" => {
            let links = stage.world.links_of(record).await?;
            if links.is_empty() {
                bail!("the record is linked to nothing");
            }
            for link in links {
                stage.world.unlink(&link).await?;
            }
            Ok(())
        }
        other => bail!("a CRM user does not know how to `{other}`"),
    }
}

async fn by_administrator(stage: &Stage, words: &Words<'_>) -> Result<()> {
    match words.word()? {
        "sets" if words.has("the column") => {
            let (name, value) = prepare::pair(words)?;
            stage.world.set_column(name, value).await
        }
        "sets" => {
            let (name, value) = prepare::pair(words)?;
            stage.world.set_setting(name, value).await
        }
        "lets" => {
            let user = stage.user(words.word()?)?;
            automatic::filter(stage, &user, words).await
        }
        "clears" => {
            words.expect("the settings")?;
            stage.world.clear_settings().await
        }
        "adds" if words.has("the profile") => stage.world.add_profile(words.word()?).await,
        "deletes" if words.has("the profile") => stage.world.delete_profile(words.word()?).await,
        "chooses" => people::chooses_profile(stage, words).await,
        "adds" => {
            words.expect("the user")?;
            prepare::person(stage, words, false).await
        }
        "deletes" => {
            words.expect("the team")?;
            stage.world.delete_team(words.word()?).await
        }
        "gives" => people::gives_queue(stage, words).await,
        "changes" => people::changes(stage, words).await,
        "tests" => testing::tests(stage, words).await,
        verb @ ("releases" | "discards") => {
            words.expect("what is held of")?;
            let user = stage.user(words.word()?)?;
            stage.world.decide_held(&user, verb == "releases").await
        }
        other => bail!("an administrator does not know how to `{other}`"),
    }
}

/// `tracking|untracking of "Offer" in anna [regarding contact kim@…]`.
async fn request(stage: &Stage, words: &Words<'_>) -> Result<()> {
    let tracks = match words.word()? {
        "tracking" => true,
        "untracking" => false,
        other => bail!("nobody requests `{other}`"),
    };
    words.expect("of")?;
    let item = Item::read(words)?;
    words.expect("of")?;
    let user = stage.user(words.word()?)?;
    let regarding = if words.has("regarding") {
        let table = words.word()?;
        let id = stage.world.party(table, words.word()?).await?;
        Some((table.to_owned(), id))
    } else {
        None
    };
    for one in stage.items(&user, &item).await? {
        stage.world.request_for(&user, &one, tracks, regarding.clone()).await?;
    }
    Ok(())
}

/// `"Offer" arrives for anna@… from kim@… …`.
async fn arrives(
    stage: &Stage,
    words: &Words<'_>,
    many: Option<usize>,
    is_invitation: bool,
) -> Result<()> {
    let subject = words.word()?.to_owned();
    let megabytes = if words.has("of") {
        let size = words.number()?;
        words.expect("MB")?;
        Some(size)
    } else {
        None
    };
    words.expect(if many.is_some() { "arrive" } else { "arrives" })?;
    words.expect("for")?;
    let mut mail = Mail { subject, is_invitation, megabytes, ..Mail::default() };
    mail.to = addresses(stage, words.word()?)?;
    words.expect("from")?;
    mail.from = if words.has("nobody") { String::new() } else { words.word()?.to_owned() };
    options(stage, words, &mut mail)?;
    let delayed =
        if words.has("delayed for") { addresses(stage, words.word()?)? } else { Vec::new() };
    let Some(many) = many else { return copies::deliver(stage, &mail, &delayed).await };
    for number in 1..=many {
        let subject = format!("{} {number}", mail.subject);
        copies::deliver(stage, &Mail { subject, ..mail.clone() }, &delayed).await?;
    }
    Ok(())
}

/// `"Offer" to kim@… …`.
fn written(stage: &Stage, words: &Words<'_>) -> Result<Mail> {
    let mut mail = Mail { subject: words.word()?.to_owned(), ..Mail::default() };
    words.expect("to")?;
    mail.to = addresses(stage, words.word()?)?;
    options(stage, words, &mut mail)?;
    Ok(mail)
}

fn options(stage: &Stage, words: &Words<'_>, mail: &mut Mail) -> Result<()> {
    loop {
        if words.has("cc") {
            mail.cc = addresses(stage, words.word()?)?;
        } else if words.has("bcc") {
            mail.bcc = addresses(stage, words.word()?)?;
        } else if words.has("message-id") {
            mail.message_id = Some(words.word()?.to_owned());
        } else if words.has("answering") {
            mail.in_reply_to = Some(words.word()?.to_owned());
        } else if words.has("keywords") {
            mail.keywords = Some(words.word()?.to_owned());
        } else if words.has("body") {
            mail.body = Some(words.word()?.to_owned());
        } else if words.has("attachment") {
            mail.attachments.push(words.word()?.to_owned());
        } else {
            return Ok(());
        }
    }
}

fn addresses(stage: &Stage, list: &str) -> Result<Vec<String>> {
    list.split(',').map(|name| stage.user(name)).collect()
}

async fn service(stage: &Stage, words: &Words<'_>) -> Result<()> {
    let world = &stage.world;
    if words.has("restarts") {
        return world.restart().await;
    }
    words.expect("is killed after")?;
    if words.has("every request in turn") {
        let mut request = 1;
        while world.crash_during(request).await? {
            request += 1;
            if request > 500 {
                bail!("the service never comes to the end of its work");
            }
        }
        return Ok(());
    }
    words.expect("request")?;
    let request = words.number()?;
    if !world.crash_during(request).await? {
        bail!("the cycle ended before request {request}");
    }
    Ok(())
}

/// `one cycle passes`, `3 cycles pass`, `10 minutes pass`, `40 mails "Note" arrive …`.
async fn passing(stage: &Stage, words: &Words<'_>) -> Result<()> {
    let number: u32 = if words.has("one") { 1 } else { words.number()? };
    let unit = words.word()?;
    if unit == "mails" {
        let many = usize::try_from(number).context("too many mails")?;
        return arrives(stage, words, Some(many), false).await;
    }
    if !words.has("passes") {
        words.expect("pass")?;
    }
    let length = match unit {
        "cycle" | "cycles" => {
            for _ in 0..number {
                stage.world.cycle().await;
            }
            return Ok(());
        }
        "second" | "seconds" => Duration::from_secs(1),
        "minute" | "minutes" => Duration::from_secs(60),
        "hour" | "hours" => Duration::from_secs(60 * 60),
        "day" | "days" => Duration::from_secs(24 * 60 * 60),
        other => bail!("time is not measured in `{other}`"),
    };
    stage.world.pass(length * number).await;
    Ok(())
}
