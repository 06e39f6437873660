//! Every item that carries one of some names.

use super::{Bench, Desk, Folder, Mail, Outcome, TRACKED, Verdict, done, ensure, equal, names};
use crate::Scope;
use earmark_model::{ItemHandle, ObservedItem};
use std::collections::BTreeSet;
use std::time::Duration;

impl Desk<'_> {
    async fn bearing(&self, list: &[&str]) -> Result<Vec<ObservedItem>, String> {
        done(self.mailbox.bearing(Scope::Mail, &names(list)).await, "bearing")
    }
}

fn handles(items: &[ObservedItem]) -> BTreeSet<ItemHandle> {
    items.iter().map(|item| item.handle.clone()).collect()
}

pub(super) async fn bearers_are_found_in_every_folder(bench: &dyn Bench) -> Outcome {
    let desk = Desk::new(bench, "bearers-folders").await?;
    let mut wanted = BTreeSet::new();
    for folder in Folder::ALL {
        let mail = Mail::new(&format!("In {folder:?}")).with(&["Red", TRACKED]).lying_in(folder);
        wanted.insert(desk.deliver(mail).await?);
    }
    desk.deliver(Mail::new("Other").with(&["Red"])).await?;
    // Age does not matter.
    bench.advance(Duration::from_secs(400 * 86_400));
    equal(&handles(&desk.bearing(&[TRACKED]).await?), &wanted, "bearers")?;
    Ok(Verdict::Held)
}

pub(super) async fn bearers_are_found_whatever_their_name_is_made_of(bench: &dyn Bench) -> Outcome {
    let desk = Desk::new(bench, "bearers-names").await?;
    let odd =
        ["O'Neill's", "R&D + 100 %", "Größe 你好 🙂", "a/b?c#d", "\"quoted\" (x)", "$filter eq 1"];
    for name in odd {
        let handle = desk.deliver(Mail::new(name).with(&[name])).await?;
        let found = desk.bearing(&[name]).await?;
        equal(&handles(&found), &BTreeSet::from([handle]), name)?;
        let categories: Vec<_> = found.into_iter().map(|item| item.categories).collect();
        equal(&categories, &vec![vec![name.to_owned()]], "the spelling")?;
    }
    Ok(Verdict::Held)
}

pub(super) async fn bearers_of_several_names_come_once(bench: &dyn Bench) -> Outcome {
    let desk = Desk::new(bench, "bearers-several").await?;
    let both = desk.deliver(Mail::new("Both").with(&["Red", "Blue"])).await?;
    let one = desk.deliver(Mail::new("One").with(&["Blue"])).await?;
    desk.deliver(Mail::new("None").with(&["Green"])).await?;
    let found = desk.bearing(&["Red", "Blue"]).await?;
    equal(&found.len(), &2, "items")?;
    equal(&handles(&found), &BTreeSet::from([both, one]), "bearers")?;
    Ok(Verdict::Held)
}

pub(super) async fn bearers_of_similar_names_do_not_come(bench: &dyn Bench) -> Outcome {
    let desk = Desk::new(bench, "bearers-similar").await?;
    for name in
        ["Tracked", "Tracked to Dynamics 365 (Undeliverable)", "Not Tracked to Dynamics 365"]
    {
        desk.deliver(Mail::new(name).with(&[name])).await?;
    }
    equal(&desk.bearing(&[TRACKED]).await?.len(), &0, "bearers")?;
    Ok(Verdict::Held)
}

pub(super) async fn no_names_have_no_bearers(bench: &dyn Bench) -> Outcome {
    let desk = Desk::new(bench, "bearers-none").await?;
    desk.deliver(Mail::new("Offer").with(&[TRACKED])).await?;
    equal(&desk.bearing(&[]).await?.len(), &0, "bearers")?;
    equal(&desk.bearing(&["Nobody has this"]).await?.len(), &0, "bearers")?;
    Ok(Verdict::Held)
}

pub(super) async fn many_bearers_come_completely(bench: &dyn Bench) -> Outcome {
    let desk = Desk::new(bench, "bearers-many").await?;
    let mut wanted = BTreeSet::new();
    // More than any page that a connector asks for.
    for number in 0..1_050 {
        let mail = Mail::new(&format!("Number {number}")).with(&[TRACKED]);
        wanted.insert(desk.deliver(mail).await?);
    }
    let found = handles(&desk.bearing(&[TRACKED]).await?);
    ensure(found == wanted, || format!("{} of {} bearers came", found.len(), wanted.len()))?;
    Ok(Verdict::Held)
}
