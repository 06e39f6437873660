//! What goes over the wire, one file for each remote operation, in the shape of Graph's paths.
//! Nothing here sends: an operation writes a [`call::Call`] and says what its answer looks like.

pub(crate) mod call;

pub(crate) mod page;

pub(crate) mod error;

pub(crate) mod token;

pub(crate) mod batch;

pub(crate) mod users;

pub(crate) mod subscriptions;

pub(crate) mod notifications;

#[cfg(test)]
mod samples;
