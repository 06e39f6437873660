//! How much a thread has worked.

use std::{fs, sync::LazyLock, time::Duration};

static BEGAN: LazyLock<std::time::Instant> = LazyLock::new(std::time::Instant::now);

/// The time that the calling thread has spent on a processor; where the system does not tell, the
/// time that went by.
pub(super) fn of_this_thread() -> Duration {
    let told = fs::read_to_string("/proc/thread-self/schedstat").ok();
    let nanos = told.and_then(|text| text.split_whitespace().next()?.parse().ok());
    nanos.map_or_else(|| BEGAN.elapsed(), Duration::from_nanos)
}
