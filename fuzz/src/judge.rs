//! One input: whether its target bears it, and what that cost.

use crate::target::Body;
use std::cell::RefCell;
use std::panic::{self, AssertUnwindSafe};
use std::sync::Once;
use std::time::{Duration, Instant};

/// Units: bytes held at the same time for one input of at most
/// [`INPUT_MAX`](crate::bytes::INPUT_MAX) bytes.
pub const HELD_MAX: u64 = 48 * 1024 * 1024;

/// Units: bytes allocated in sum for one input, freed ones included: a measure of work that no
/// clock disturbs.
pub const WORKED_MAX: u64 = 1024 * 1024 * 1024;

/// No input may take this long even on a busy machine without optimisation.
pub const TOOK_MAX: Duration = Duration::from_secs(20);

/// What an input cost its target.
#[derive(Debug, Clone, Copy, Default)]
pub struct Cost {
    /// Units: bytes held at the same time.
    pub held: u64,
    /// Units: bytes allocated in sum.
    pub worked: u64,
    /// The time on the clock.
    pub took: Duration,
}

thread_local! {
    static PANIC: RefCell<Option<String>> = const { RefCell::new(None) };
    static QUIET: RefCell<bool> = const { RefCell::new(false) };
}

/// Gives one input to a target. Answers its shape and its cost, or why it failed; after a failure
/// the target must be made anew.
pub fn judge(body: &mut Body, input: &[u8]) -> Result<(u64, Cost), String> {
    hear_panics();
    QUIET.with_borrow_mut(|quiet| *quiet = true);
    let began = Instant::now();
    let mut outcome = Err(());
    // Caught inside, because the counter loses its place where a panic goes through it.
    let info = allocation_counter::measure(|| {
        outcome = panic::catch_unwind(AssertUnwindSafe(|| body(input))).map_err(drop);
    });
    QUIET.with_borrow_mut(|quiet| *quiet = false);
    let cost = Cost { held: info.bytes_max, worked: info.bytes_total, took: began.elapsed() };
    let shape = outcome
        .map_err(|()| PANIC.take().unwrap_or_else(|| "it panicked on another thread".to_owned()))?;
    if cost.held > HELD_MAX || cost.worked > WORKED_MAX || cost.took > TOOK_MAX {
        return Err(format!("{} bytes of input cost too much: {cost:?}", input.len()));
    }
    Ok((shape, cost))
}

/// Keeps what a panic on this thread says, and prints nothing while an input is judged.
fn hear_panics() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let usual = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            if QUIET.with_borrow(|quiet| *quiet) {
                PANIC.set(Some(info.to_string()));
            } else {
                usual(info);
            }
        }));
    });
}
