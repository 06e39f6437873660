//! `GET /users/{id}/calendarView`: everything that takes place in a window, series expanded and
//! without their masters. Answers pages of [`super::events::Event`].

use super::events::{SUMMARY, list::PAGE_SIZE};
use crate::wire::call::{self, Call, user};
use earmark_model::Instant;

/// A window of the calendar. Whole seconds.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Window {
    pub(crate) from: Instant,
    pub(crate) to: Instant,
}

/// What carries the category `name` in `window`.
pub(crate) fn bearing(address: &str, window: Window, name: &str) -> Call {
    let filter = call::bearing(name);
    Call::get(format!("{}&{filter}&$select={SUMMARY}&$top={PAGE_SIZE}", path(address, window)))
}

/// Everything in `window`.
pub(crate) fn all(address: &str, window: Window) -> Call {
    Call::get(format!("{}&$select={SUMMARY}&$top={PAGE_SIZE}", path(address, window)))
}

fn path(address: &str, window: Window) -> String {
    let second = |instant: Instant| {
        let millis = instant.as_millis();
        Instant::from_millis(millis - millis.rem_euclid(1000))
    };
    let (from, to) = (second(window.from), second(window.to));
    format!("{}/calendarView?startDateTime={from}&endDateTime={to}", user(address))
}
