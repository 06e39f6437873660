//! The checkpoint of the window of changed mail: an instant of the server's own clock.

use earmark_mailbox_port::Checkpoint;
use earmark_model::{Failure, FailureClass, Instant};

/// The format; another one is not understood and counts as expired.
const FORMAT: &str = "graph-mail-1:";

/// The checkpoint for everything up to `instant`.
pub(crate) fn write(instant: Instant) -> Checkpoint {
    Checkpoint(format!("{FORMAT}{}", instant.as_millis()))
}

/// The instant in `checkpoint`.
///
/// Errors: `CheckpointExpired` for any other format.
pub(crate) fn read(checkpoint: &Checkpoint) -> Result<Instant, Failure> {
    checkpoint
        .0
        .strip_prefix(FORMAT)
        .and_then(|millis| millis.parse().ok())
        .map(Instant::from_millis)
        .filter(|instant| instant.to_string().ends_with('Z'))
        .ok_or_else(|| {
            Failure::new(
                FailureClass::CheckpointExpired,
                "UnknownCheckpoint",
                "The checkpoint was not written by this version; reading starts again.",
            )
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_and_anything_else_has_expired() {
        let instant = Instant::from_millis(1_790_000_000_123);
        assert_eq!(read(&write(instant)), Ok(instant));
        for text in [
            "",
            "graph-mail-1:",
            "graph-mail-2:5",
            "graph-mail-1:x",
            "graph-mail-1:9223372036854775807",
        ] {
            let failure = read(&Checkpoint(text.to_owned())).expect_err(text);
            assert_eq!(failure.class, FailureClass::CheckpointExpired);
        }
    }
}
