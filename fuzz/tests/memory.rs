//! Inputs as large as the limits, and larger: what is held meanwhile is bounded.

#[path = "memory/answers.rs"]
mod answers;
#[path = "memory/bodies.rs"]
mod bodies;
#[path = "memory/files.rs"]
mod files;

/// Units: bytes.
const MB: u64 = 1024 * 1024;

/// Runs `work` and fails when it held more than `held_max` bytes at the same time, which Rust
/// allocated on this thread.
fn within<T>(held_max: u64, what: &str, work: impl FnOnce() -> T) -> T {
    let mut outcome = None;
    let info = allocation_counter::measure(|| outcome = Some(work()));
    println!("{what}: {} KiB held, {} KiB in sum", info.bytes_max / 1024, info.bytes_total / 1024);
    assert!(info.bytes_max <= held_max, "{what}: {} bytes held", info.bytes_max);
    outcome.expect("it ran")
}
