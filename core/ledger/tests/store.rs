//! What the embedded back end promises, method by method.

#[path = "store/bench.rs"]
mod bench;
#[path = "store/copies.rs"]
mod copies;
#[path = "store/partial.rs"]
mod partial;
#[path = "store/reading.rs"]
mod reading;
#[path = "store/recording.rs"]
mod recording;
#[path = "store/requests.rs"]
mod requests;
#[path = "store/schedule.rs"]
mod schedule;
