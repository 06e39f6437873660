//! Files in memory, and what the first ones of each sort are on their first day: each is made once
//! for the process, and copied into every world.

use super::{log::Org, world::USERS};
use crate::{SeededRandom, VirtualClock, world::BEGINNING};
use anyhow::{Context, Result};
use earmark_embedded::{EmbeddedCrm, NewOrganization};
use earmark_http::Wiretap;
use earmark_ledger::SqliteStore;
use earmark_sandbox::{Sandbox, SandboxSettings};
use earmark_sqlite::{
    Mode,
    rusqlite::{Connection, backup::Backup},
};
use std::{
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};
use uuid::Uuid;

/// A new file in memory: its path, and what keeps it until somebody opens it.
pub(super) fn new_file(name: &str) -> Result<(PathBuf, Connection)> {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    let path = PathBuf::from(format!("file:/sim{number}-{name}?vfs=memdb"));
    let file = Connection::open(&path).context("make a file in memory")?;
    Ok((path, file))
}

/// Units: pages copied in one step.
const PAGES: i32 = 10_000;

/// Makes one database what another is.
pub(super) fn copy(from: &Connection, to: &mut Connection) -> Result<()> {
    Ok(Backup::new(from, to)?.run_to_completion(PAGES, Duration::ZERO, None)?)
}

/// Makes a file what the first one of its sort is on its first day: that is made once for the
/// process, and copied.
fn copy_of_first(
    made: &Mutex<Option<Connection>>,
    name: &str,
    make: impl FnOnce(&Path) -> Result<()>,
    to: &mut Connection,
) -> Result<()> {
    let mut made = made.lock().unwrap_or_else(PoisonError::into_inner);
    if made.is_none() {
        let path = PathBuf::from(format!("file:/sim-first-{name}?vfs=memdb"));
        let file = Connection::open(&path)?;
        make(&path).with_context(|| format!("make the first {name}"))?;
        *made = Some(file);
    }
    made.as_ref().map_or(Ok(()), |made| copy(made, to))
}

/// The file of a pretend Exchange without users.
pub(super) fn new_exchange() -> Result<(PathBuf, Connection)> {
    static MADE: Mutex<Option<Connection>> = Mutex::new(None);
    let (path, mut file) = new_file("exchange")?;
    let make = |path: &Path| -> Result<()> {
        let clock = Arc::new(VirtualClock::new(BEGINNING));
        let settings = SandboxSettings::default();
        Sandbox::open(Some(path), Mode::Inline, clock, 0, Wiretap::new(0), settings)?;
        Ok(())
    };
    copy_of_first(&MADE, "exchange", make, &mut file)?;
    Ok((path, file))
}

/// Makes a file what the CRM of an organization is on its first day.
pub(super) fn copy_of_new_crm(index: Org, to: &mut Connection) -> Result<()> {
    static MADE: [Mutex<Option<Connection>>; USERS.len()] =
        [const { Mutex::new(None) }; USERS.len()];
    let make = |path: &Path| -> Result<()> {
        let random = SeededRandom::new(0x6e65_7720_6372_6d00 + index as u64);
        let ids = Arc::new(move || random.uuid());
        let clock = Arc::new(VirtualClock::new(BEGINNING));
        EmbeddedCrm::open(Some(path), Mode::Inline, clock, ids, &new_organization(index))?;
        Ok(())
    };
    copy_of_first(&MADE[index], &format!("crm{index}"), make, to)
}

/// What the CRM of an organization is made with.
pub(super) fn new_organization(index: Org) -> NewOrganization {
    let id = Uuid::from_u128(0x0a61_5b2e_3c4d_4e5f_8091_a2b3_c4d5_e600 + index as u128);
    NewOrganization { id: Some(id), name: format!("Organization {index}") }
}

/// An empty ledger: made once for the process, and copied.
pub(super) fn new_ledger(organization: Org) -> Result<(PathBuf, Connection)> {
    static MADE: Mutex<Option<Connection>> = Mutex::new(None);
    let (path, mut file) = new_file(&format!("ledger{organization}"))?;
    let make = |made: &Path| -> Result<()> {
        let clock = Arc::new(VirtualClock::new(BEGINNING));
        SqliteStore::open(Some(made), Mode::Inline, clock)?;
        Ok(())
    };
    copy_of_first(&MADE, "ledger", make, &mut file)?;
    Ok((path, file))
}
