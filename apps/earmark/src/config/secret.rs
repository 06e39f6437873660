//! Secrets: read from a file that only its owner may read, or from the environment.

use secrecy::SecretString;
use std::path::Path;

/// Units: bytes; a longer file is not a secret but a mistake.
const SECRET_MAX: u64 = 64 * 1024;

/// Why a secret could not be read. Never says what it is.
#[derive(Debug, thiserror::Error)]
pub enum SecretError {
    /// Not there, or not readable.
    #[error("{path}: cannot read the secret ({detail}); check the path and who may read it")]
    Unreadable {
        /// The file.
        path: String,
        /// What the system said.
        detail: String,
    },
    /// Others may read it.
    #[error("{path}: other users may read this secret (mode {mode:03o}); run `chmod 600 {path}`")]
    Open {
        /// The file.
        path: String,
        /// Its permission bits.
        mode: u32,
    },
    /// Nothing in it.
    #[error("{path}: the secret is empty; put one line into it")]
    Empty {
        /// The file.
        path: String,
    },
}

/// Reads the secret in `path`, without surrounding space.
pub fn read(path: &Path) -> Result<SecretString, SecretError> {
    let shown = path.display().to_string();
    let unreadable = |detail: String| SecretError::Unreadable { path: shown.clone(), detail };
    let metadata = std::fs::metadata(path).map_err(|error| unreadable(error.to_string()))?;
    if let Some(mode) = too_open(&metadata) {
        return Err(SecretError::Open { path: shown, mode });
    }
    if metadata.len() > SECRET_MAX {
        return Err(unreadable("it is larger than 64 KiB".to_owned()));
    }
    let text = std::fs::read_to_string(path).map_err(|error| unreadable(error.to_string()))?;
    let text = text.trim();
    if text.is_empty() {
        return Err(SecretError::Empty { path: shown });
    }
    Ok(SecretString::from(text))
}

#[cfg(unix)]
fn too_open(metadata: &std::fs::Metadata) -> Option<u32> {
    use std::os::unix::fs::PermissionsExt;
    let mode = metadata.permissions().mode() & 0o777;
    (mode & 0o077 != 0).then_some(mode)
}

#[cfg(not(unix))]
fn too_open(_: &std::fs::Metadata) -> Option<u32> {
    None
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use secrecy::ExposeSecret;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn a_secret_that_others_may_read_is_refused() {
        let folder = tempfile::tempdir().expect("folder");
        let path = folder.path().join("token");
        std::fs::write(&path, "canary\n").expect("write");
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).expect("mode");
        let error = read(&path).expect_err("refused").to_string();
        assert!(error.contains("chmod 600") && !error.contains("canary"), "{error}");
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).expect("mode");
        assert_eq!(read(&path).expect("read").expose_secret(), "canary");
    }
}
