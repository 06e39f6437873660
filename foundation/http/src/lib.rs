//! How requests leave the process, and how faults and counts are put before a face.
//!
//! Outgoing: [`Client`] checks the [`AllowList`] and refuses redirects; a [`Transport`] carries
//! the bytes, over the network ([`NetworkTransport`]) or into a service of the same process
//! ([`ServiceTransport`]). Incoming: [`watched`] puts a [`Wiretap`] before a router, so that
//! requests can be counted and made to fail.
//!
//! Invariants: no redirect is ever followed; no request leaves for a place that is not on the
//! list; no answer is read beyond the limit of its request, counted after decompression; no
//! error text holds a header, a query or a body; nothing here reads the clock or retries.

pub mod transport;

pub mod client;

pub mod network;

pub mod public;

mod resolve;

pub mod service;

pub mod retry_after;

pub mod faults;

pub mod glob;

pub mod route;

pub mod wire;

pub use client::{AllowList, Client};
pub use faults::{Fault, FaultRule, RequestCount, Target, Wiretap};
pub use network::NetworkTransport;
pub use public::is_public;
pub use retry_after::{http_date, retry_after, server_date};
pub use service::ServiceTransport;
pub use transport::{SendError, SendOptions, Transport};
pub use wire::{Face, watched};
