//! The master list of categories.

use super::{Bench, Desk, Mail, Outcome, TRACKED, Verdict, done, ensure, equal};
use earmark_model::{CategoryColor, CategoryName, MasterCategory};

const NO_LIST: Verdict = Verdict::NotApplicable("mailboxes have no master list");

impl Desk<'_> {
    async fn put(&self, name: &str, color: CategoryColor) -> Result<MasterCategory, String> {
        let put = self.mailbox.put_master_category(&CategoryName::new(name), color).await;
        done(put, "putting an entry")
    }

    async fn list(&self) -> Result<Vec<MasterCategory>, String> {
        done(self.mailbox.master_categories().await, "the master list")
    }

    async fn named(&self, name: &str) -> Result<Vec<MasterCategory>, String> {
        Ok(self.list().await?.into_iter().filter(|entry| entry.name.is_same(name)).collect())
    }
}

fn has_list(bench: &dyn Bench) -> bool {
    bench.server().capabilities().master_list
}

pub(super) async fn an_entry_is_put_once_whatever_its_case(bench: &dyn Bench) -> Outcome {
    if !has_list(bench) {
        return Ok(NO_LIST);
    }
    let desk = Desk::new(bench, "list-once").await?;
    let first = desk.put(TRACKED, CategoryColor::Preset(9)).await?;
    equal(&first.name.as_str(), &TRACKED, "name")?;
    equal(&first.color, &CategoryColor::Preset(9), "colour")?;
    for name in [TRACKED, "TRACKED TO DYNAMICS 365"] {
        let again = desk.put(name, CategoryColor::Preset(3)).await?;
        equal(&again, &first, "the entry that was there")?;
        equal(&again.name.as_str(), &TRACKED, "its spelling")?;
    }
    equal(&desk.named(TRACKED).await?, &vec![first], "entries of that name")?;
    Ok(Verdict::Held)
}

pub(super) async fn a_put_entry_exists_in_the_outside_world(bench: &dyn Bench) -> Outcome {
    if !has_list(bench) {
        return Ok(NO_LIST);
    }
    let desk = Desk::new(bench, "list-outside").await?;
    for (name, color) in
        [("Ü & O'Neill", CategoryColor::None), (TRACKED, CategoryColor::Preset(24))]
    {
        desk.put(name, color).await?;
        let outside = bench.master_names(&desk.address).await?;
        ensure(outside.iter().any(|there| there == name), || format!("{name} is not there"))?;
        let colors: Vec<_> = desk.named(name).await?.iter().map(|entry| entry.color).collect();
        equal(&colors, &vec![color], "colour")?;
    }
    Ok(Verdict::Held)
}

pub(super) async fn a_dropped_entry_leaves_its_name_on_items(bench: &dyn Bench) -> Outcome {
    if !has_list(bench) {
        return Ok(NO_LIST);
    }
    let desk = Desk::new(bench, "list-drop").await?;
    let entry = desk.put(TRACKED, CategoryColor::None).await?;
    let handle = desk.deliver(Mail::new("Offer").with(&[TRACKED])).await?;
    done(desk.mailbox.drop_master_category(&entry.id).await, "dropping an entry")?;
    equal(&desk.named(TRACKED).await?, &Vec::new(), "entries of that name")?;
    equal(&desk.look(&handle).await?.categories, &vec![TRACKED.to_owned()], "names on the item")?;
    Ok(Verdict::Held)
}

pub(super) async fn a_missing_entry_is_dropped_with_success(bench: &dyn Bench) -> Outcome {
    if !has_list(bench) {
        return Ok(NO_LIST);
    }
    let desk = Desk::new(bench, "list-missing").await?;
    let entry = desk.put(TRACKED, CategoryColor::None).await?;
    for _ in 0..2 {
        done(desk.mailbox.drop_master_category(&entry.id).await, "dropping an entry")?;
    }
    Ok(Verdict::Held)
}

pub(super) async fn a_rename_keeps_the_id(bench: &dyn Bench) -> Outcome {
    if !has_list(bench) || !bench.server().capabilities().category_ids {
        return Ok(Verdict::NotApplicable("entries have no ids"));
    }
    let desk = Desk::new(bench, "list-rename").await?;
    let entry = desk.put(TRACKED, CategoryColor::Preset(1)).await?;
    if !bench.rename_master_entry(&desk.address, &entry.id, "Im CRM").await? {
        return Ok(Verdict::NotApplicable("entries cannot be renamed"));
    }
    equal(&desk.named(TRACKED).await?, &Vec::new(), "entries of the old name")?;
    let ids: Vec<_> = desk.named("Im CRM").await?.into_iter().map(|entry| entry.id).collect();
    equal(&ids, &vec![entry.id], "ids")?;
    Ok(Verdict::Held)
}

pub(super) async fn a_recreated_entry_has_another_id(bench: &dyn Bench) -> Outcome {
    if !has_list(bench) || !bench.server().capabilities().category_ids {
        return Ok(Verdict::NotApplicable("entries have no ids"));
    }
    let desk = Desk::new(bench, "list-again").await?;
    let first = desk.put(TRACKED, CategoryColor::None).await?;
    done(desk.mailbox.drop_master_category(&first.id).await, "dropping an entry")?;
    let second = desk.put(TRACKED, CategoryColor::None).await?;
    ensure(first.id != second.id, || "the new entry has the old id".to_owned())?;
    Ok(Verdict::Held)
}
