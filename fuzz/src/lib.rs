//! Hostile input: bytes that nobody would send by accident, thrown at everything that reads what
//! others wrote.
//!
//! Read [`target`] (what a target is), [`targets`] (all of them, one file each), [`bytes`] (how
//! inputs are made out of other inputs), [`corpus`] (where the inputs lie that are kept),
//! [`judge`] (one input, and what it cost), [`hunt`] (many inputs, and how one that fails is made
//! small), [`faces`] (requests as text).
//!
//! Invariants: a target has no opinion on what its bytes mean beyond its oracle, which panics where
//! it does not hold; equal seeds give equal inputs; an input that failed once is kept in
//! `regressions/` and tried in every run of the tests.

pub mod bytes;
pub mod corpus;
pub mod faces;
pub mod hunt;
pub mod judge;
pub mod target;
pub mod targets;
