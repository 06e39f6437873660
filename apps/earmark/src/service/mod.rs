//! What every server of this program shares: the process around the parts.
//!
//! Read [`state`] for what the parts are, [`listener`] for how they are reached, [`stop`] for how
//! they end, [`folder`] for who may use the data folder, [`workers`] for several processes on one
//! ledger; [`headers`], [`machine`], [`retention`], [`logs`] and [`tls`] are the details.

pub mod browser;
pub mod crm_face;
pub mod faces;
pub mod folder;
pub mod headers;
pub mod latency;
pub mod listener;
pub mod logs;
pub mod machine;
pub mod parts;
pub mod retention;
pub mod serve;
pub mod state;
pub mod stop;
pub mod tls;
pub mod workers;
