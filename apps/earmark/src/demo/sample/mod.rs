//! The sample organization of the demo: invented people, records, mail and appointments.
//!
//! Read [`people`], [`records`], [`mail`] and [`calendar`] for the data, [`load`] for how it is put in.
//!
//! Invariant: every name is invented and every address ends in `.example` or `.test`.

pub mod calendar;
pub mod load;
pub mod mail;
pub mod people;
pub mod records;
