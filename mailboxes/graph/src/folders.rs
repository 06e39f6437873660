//! What the folders of one mailbox are for.

use crate::budget::Budget;
use crate::connection::{Connection, Entity, Refusal};
use crate::wire::call::malformed;
use crate::wire::users::mail_folders::{MailFolder, get};
use earmark_model::{Failure, FailureClass, FolderRole, Instant, limits};
use std::collections::{BTreeMap, BTreeSet};
use tokio::sync::Mutex;

/// Names that stand for folders in every language, and what those folders are for.
const NAMED: [(&str, FolderRole); 8] = [
    ("inbox", FolderRole::Inbox),
    ("sentitems", FolderRole::SentItems),
    ("drafts", FolderRole::Drafts),
    ("outbox", FolderRole::Outbox),
    ("deleteditems", FolderRole::DeletedItems),
    ("junkemail", FolderRole::Junk),
    (RECOVERABLE, FolderRole::RecoverableItems),
    (ROOT, FolderRole::Other),
];

const RECOVERABLE: &str = "recoverableitemsdeletions";

const ROOT: &str = "msgfolderroot";

/// Units: folders above each other. Source: far above what Exchange allows.
const DEPTH_MAX: usize = 320;

/// Folders move, so what was learned about an ordinary one is read again after this long.
const LEARNED_FOR: std::time::Duration = limits::SWEEP_INTERVAL;

/// The roles of one mailbox's folders: named ones read once, others when an item lies in them.
#[derive(Default)]
pub(crate) struct Folders {
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    named: BTreeMap<String, FolderRole>,
    named_at: Option<Instant>,
    learned: BTreeMap<String, (FolderRole, Instant)>,
}

impl Folders {
    /// The roles of the folders `ids`. Sends nothing where all are known.
    pub(crate) async fn roles(
        &self,
        connection: &Connection,
        budget: &Budget,
        address: &str,
        ids: BTreeSet<&str>,
    ) -> Result<BTreeMap<String, FolderRole>, Failure> {
        if ids.is_empty() {
            return Ok(BTreeMap::new());
        }
        let reader = Reader { connection, budget, address };
        let now = connection.now();
        let mut state = self.state.lock().await;
        state.learned.retain(|_, (_, at)| now.is_within(LEARNED_FOR, *at));
        let is_unknown = |state: &State| ids.iter().any(|id| state.role(id).is_none());
        let is_old = |at: Instant| !now.is_within(LEARNED_FOR, at);
        if is_unknown(&state) && state.named_at.is_none_or(is_old) {
            state.named = reader.named().await?;
            state.named_at = Some(now);
        }
        if is_unknown(&state) {
            let parents = reader.parents(&state, &ids).await?;
            state.learn(&parents, now);
        }
        let role = |id: &str| state.role(id).unwrap_or(FolderRole::Other);
        Ok(ids.into_iter().map(|id| (id.to_owned(), role(id))).collect())
    }
}

impl State {
    fn role(&self, id: &str) -> Option<FolderRole> {
        self.named.get(id).copied().or_else(|| self.learned.get(id).map(|(role, _)| *role))
    }

    /// Derives the role of every folder in `parents` from the nearest known one above it.
    /// A folder that is missing is not kept: it may only not be there yet.
    fn learn(&mut self, parents: &BTreeMap<String, Option<String>>, now: Instant) {
        for id in parents.keys().filter(|id| parents[*id].is_some()) {
            let mut above = parents[id].as_deref();
            let mut role = FolderRole::Other;
            for _ in 0..DEPTH_MAX {
                let Some(folder) = above else { break };
                if let Some(known) = self.role(folder) {
                    role = inherited(known);
                    break;
                }
                above = parents.get(folder).and_then(Option::as_deref);
            }
            self.learned.insert(id.clone(), (role, now));
        }
    }
}

/// What being below a folder with `role` means.
const fn inherited(role: FolderRole) -> FolderRole {
    match role {
        FolderRole::DeletedItems | FolderRole::Junk | FolderRole::RecoverableItems => role,
        FolderRole::Inbox
        | FolderRole::SentItems
        | FolderRole::Drafts
        | FolderRole::Outbox
        | FolderRole::Other => FolderRole::Other,
    }
}

struct Reader<'a> {
    connection: &'a Connection,
    budget: &'a Budget,
    address: &'a str,
}

impl Reader<'_> {
    async fn named(&self) -> Result<BTreeMap<String, FolderRole>, Failure> {
        let calls: Vec<_> =
            NAMED.iter().map(|(name, _)| get::request(self.address, name)).collect();
        let answers = self.connection.batch(self.budget, &calls).await?;
        let mut named = BTreeMap::new();
        let mut places = BTreeMap::new();
        for ((name, role), answer) in NAMED.iter().zip(answers) {
            let Some(folder) = found(answer)? else { continue };
            let Some(id) = folder.id else { continue };
            places.insert(*name, (id.clone(), folder.parent_folder_id));
            named.insert(id, *role);
        }
        named.extend(hidden_root(&places).map(|id| (id, FolderRole::RecoverableItems)));
        Ok(named)
    }

    /// The folders above those of `ids` whose role is not known, level by level.
    async fn parents(
        &self,
        state: &State,
        ids: &BTreeSet<&str>,
    ) -> Result<BTreeMap<String, Option<String>>, Failure> {
        let mut parents: BTreeMap<String, Option<String>> = BTreeMap::new();
        let mut level: BTreeSet<String> = ids.iter().map(|id| (*id).to_owned()).collect();
        for _ in 0..DEPTH_MAX {
            level.retain(|id| state.role(id).is_none() && !parents.contains_key(id));
            if level.is_empty() {
                break;
            }
            let calls: Vec<_> = level.iter().map(|id| get::request(self.address, id)).collect();
            let answers = self.connection.read_all(self.budget, &calls).await?;
            let mut above = BTreeSet::new();
            for (id, answer) in std::mem::take(&mut level).into_iter().zip(answers) {
                let parent = found(answer)?.and_then(|folder| folder.parent_folder_id);
                above.extend(parent.clone());
                parents.insert(id, parent);
            }
            level = above;
        }
        Ok(parents)
    }
}

/// The hidden folder that holds everything recoverable, told by being above the deletions and
/// not above or at the visible tree.
fn hidden_root(places: &BTreeMap<&str, (String, Option<String>)>) -> Option<String> {
    let (_, above) = places.get(RECOVERABLE)?;
    let (root, above_root) = places.get(ROOT)?;
    let above = above.clone()?;
    let is_visible = above == *root || above_root.as_ref().is_none_or(|id| *id == above);
    let is_named = places.values().any(|(id, _)| *id == above);
    (!is_visible && !is_named).then_some(above)
}

fn found(answer: Result<Entity, Refusal>) -> Result<Option<MailFolder>, Failure> {
    match answer {
        Ok(entity) => {
            serde_json::from_str(entity.get()).map(Some).map_err(|error| malformed(&error))
        }
        Err(refusal) if is_missing(&refusal.failure) => Ok(None),
        Err(refusal) => Err(refusal.failure),
    }
}

fn is_missing(failure: &Failure) -> bool {
    failure.class == FailureClass::ItemGone
        || failure.code.eq_ignore_ascii_case("ErrorFolderNotFound")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_below_deleted_items_and_junk_count_as_those() {
        let mut state = State::default();
        for (id, role) in
            [("D", FolderRole::DeletedItems), ("J", FolderRole::Junk), ("I", FolderRole::Inbox)]
        {
            state.named.insert(id.to_owned(), role);
        }
        let parent = |id: &str, above: Option<&str>| (id.to_owned(), above.map(str::to_owned));
        let parents = BTreeMap::from([
            parent("a", Some("D")),
            parent("b", Some("a")),
            parent("c", Some("J")),
            parent("d", Some("I")),
            parent("e", Some("nowhere")),
            parent("f", Some("g")),
            parent("g", Some("f")),
            parent("missing", None),
        ]);
        state.learn(&parents, Instant::from_millis(0));
        let role = |id| state.role(id);
        assert_eq!(role("a"), Some(FolderRole::DeletedItems));
        assert_eq!(role("b"), Some(FolderRole::DeletedItems));
        assert_eq!(role("c"), Some(FolderRole::Junk));
        for id in ["d", "e", "f", "g"] {
            assert_eq!(role(id), Some(FolderRole::Other), "{id}");
        }
        assert_eq!(role("missing"), None);
    }

    #[test]
    fn the_hidden_root_is_never_the_visible_tree() {
        let places = |above: Option<&str>| {
            let place = |id: &str, above: Option<&str>| (id.to_owned(), above.map(str::to_owned));
            BTreeMap::from([(RECOVERABLE, place("R", above)), (ROOT, place("M", Some("top")))])
        };
        assert_eq!(hidden_root(&places(Some("hidden"))), Some("hidden".to_owned()));
        for above in [Some("M"), Some("top"), None] {
            assert_eq!(hidden_root(&places(above)), None);
        }
    }
}
