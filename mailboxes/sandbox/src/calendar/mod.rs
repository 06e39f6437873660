//! What a calendar computes without a store: zones, series, their occurrences, ids of meetings.
//!
//! Days and hours of a series count in its own zone; everything else is instants.

pub mod zone;

pub mod recurrence;

pub mod expand;

pub mod series;

pub mod uid;
