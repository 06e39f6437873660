//! The sample organization of the demo: invented people, records and mail.
//!
//! Read [`people`], [`records`] and [`mail`] for the data, [`load`] for how it is put in.
//!
//! Invariant: every name is invented and every address ends in `.example` or `.test`.

pub mod load;
pub mod mail;
pub mod people;
pub mod records;
