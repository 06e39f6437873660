//! What the files of a world are on its first day: each sort is made once for the process, and
//! copied into every world.

use super::{log::Org, world::USERS};
use crate::{SeededRandom, VirtualClock, memory_file::MemoryFile, world::BEGINNING};
use anyhow::{Context, Result};
use earmark_embedded::{EmbeddedCrm, NewOrganization};
use earmark_http::Wiretap;
use earmark_ledger::SqliteStore;
use earmark_sandbox::{Sandbox, SandboxSettings};
use earmark_sqlite::Mode;
use std::{
    path::Path,
    sync::{Arc, Mutex, PoisonError},
};
use uuid::Uuid;

/// A file that is what the first one of its sort was on its first day.
fn copy_of_first(
    made: &Mutex<Option<MemoryFile>>,
    name: &str,
    make: impl FnOnce(&Path) -> Result<()>,
) -> Result<MemoryFile> {
    let mut made = made.lock().unwrap_or_else(PoisonError::into_inner);
    if made.is_none() {
        let first = MemoryFile::new(name)?;
        make(first.path()).with_context(|| format!("make the first {name}"))?;
        *made = Some(first);
    }
    let mut file = MemoryFile::new(name)?;
    if let Some(made) = &*made {
        file.become_copy_of_file(made)?;
    }
    Ok(file)
}

/// The file of a pretend Exchange without users.
pub(super) fn new_exchange() -> Result<MemoryFile> {
    static MADE: Mutex<Option<MemoryFile>> = Mutex::new(None);
    copy_of_first(&MADE, "exchange", |path| {
        let clock = Arc::new(VirtualClock::new(BEGINNING));
        let settings = SandboxSettings::default();
        Sandbox::open(Some(path), Mode::Inline, clock, 0, Wiretap::new(0), settings)?;
        Ok(())
    })
}

/// The CRM of an organization.
pub(super) fn new_crm(index: Org) -> Result<MemoryFile> {
    static MADE: [Mutex<Option<MemoryFile>>; USERS.len()] =
        [const { Mutex::new(None) }; USERS.len()];
    copy_of_first(&MADE[index], &format!("crm{index}"), |path| {
        let random = SeededRandom::new(0x6e65_7720_6372_6d00 + index as u64);
        let ids = Arc::new(move || random.uuid());
        let clock = Arc::new(VirtualClock::new(BEGINNING));
        EmbeddedCrm::open(Some(path), Mode::Inline, clock, ids, &new_organization(index))?;
        Ok(())
    })
}

/// What the CRM of an organization is made with.
pub(super) fn new_organization(index: Org) -> NewOrganization {
    let id = Uuid::from_u128(0x0a61_5b2e_3c4d_4e5f_8091_a2b3_c4d5_e600 + index as u128);
    NewOrganization { id: Some(id), name: format!("Organization {index}") }
}

/// An empty ledger.
pub(super) fn new_ledger() -> Result<MemoryFile> {
    static MADE: Mutex<Option<MemoryFile>> = Mutex::new(None);
    copy_of_first(&MADE, "ledger", |path| {
        let clock = Arc::new(VirtualClock::new(BEGINNING));
        SqliteStore::open(Some(path), Mode::Inline, clock)?;
        Ok(())
    })
}
