//! Named values of the whole sandbox, and ids that no random source is needed for.

use crate::error::Refusal;
use earmark_sqlite::rusqlite::{OptionalExtension, Transaction, params};
use sha2::{Digest, Sha256};
use uuid::Uuid;

const COUNTER: &str = "idCounter";

/// The secret by which tokens are sealed, made at the first start.
pub(crate) const TOKEN_SECRET: &str = "tokenSecret";

/// A named value.
pub fn get(tx: &Transaction<'_>, name: &str) -> Result<Option<String>, Refusal> {
    Ok(tx
        .prepare_cached("SELECT value FROM setting WHERE name = ?1")?
        .query_row([name], |row| row.get(0))
        .optional()?)
}

/// Sets a named value.
pub fn put(tx: &Transaction<'_>, name: &str, value: &str) -> Result<(), Refusal> {
    tx.prepare_cached(
        "INSERT INTO setting (name, value) VALUES (?1, ?2)
         ON CONFLICT (name) DO UPDATE SET value = excluded.value",
    )?
    .execute(params![name, value])?;
    Ok(())
}

/// A new id: a function of the seed and of how many were made before.
pub fn next_guid(tx: &Transaction<'_>, seed: u64) -> Result<Uuid, Refusal> {
    let count = get(tx, COUNTER)?.and_then(|text| text.parse::<u64>().ok()).unwrap_or(0) + 1;
    put(tx, COUNTER, &count.to_string())?;
    Ok(guid(seed, count))
}

/// A seed of this file alone, so that two files never make the same `Message-ID`.
pub(crate) fn own_seed(tx: &Transaction<'_>) -> Result<u64, Refusal> {
    let secret = get(tx, TOKEN_SECRET)?.and_then(|text| Uuid::parse_str(&text).ok());
    Ok(secret.unwrap_or_default().as_u64_pair().0)
}

fn guid(seed: u64, count: u64) -> Uuid {
    let mut hash = Sha256::new();
    hash.update(b"earmark-sandbox/guid");
    hash.update(seed.to_be_bytes());
    hash.update(count.to_be_bytes());
    let digest = hash.finalize();
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&digest[..16]);
    uuid::Builder::from_random_bytes(bytes).into_uuid()
}
