//! Keys and tokens, read from files: never from an argument or the environment, which other users can see.

use std::{
    fmt, fs,
    io::{self, Read as _},
    path::{Path, PathBuf},
};

use zeroize::{Zeroize as _, Zeroizing};

/// Larger files are no keys; a wrong path must not fill the memory.
const MAX_BYTES: u64 = 64 * 1_024;

/// The permission bits of users who are neither the owner nor in the group.
#[cfg(unix)]
const EVERYBODY: u32 = 0o007;

/// A token or another text that must not be seen. It prints a placeholder and is wiped when it goes.
#[derive(Clone)]
pub struct Secret(Zeroizing<String>);

impl Secret {
    /// Wraps a secret that did not come from a file.
    pub fn new(text: String) -> Self {
        Self(Zeroizing::new(text))
    }

    /// The text. Call it only where it is used.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[secret]")
    }
}

/// Why a secret was not read. Never holds any part of it.
#[derive(Debug, thiserror::Error)]
pub enum SecretError {
    /// The system refused.
    #[error("could not read the secret in {}: {source}; {}", path.display(), way_out(source))]
    Io {
        /// The file.
        path: PathBuf,
        /// The system's answer.
        source: io::Error,
    },
    /// Everybody on the machine can read it.
    #[error("{} can be read by every user (mode {mode:03o}); run `chmod 600 {}`", path.display(), path.display())]
    TooOpen {
        /// The file.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// The content is not what it should be.
    #[error("{} must hold {expected}", path.display())]
    Content {
        /// The file.
        path: PathBuf,
        /// What was expected.
        expected: String,
    },
}

impl SecretError {
    /// Whether there is no such file, so that making one overwrites nothing.
    pub fn is_missing(&self) -> bool {
        matches!(self, Self::Io { source, .. } if source.kind() == io::ErrorKind::NotFound)
    }
}

fn way_out(source: &io::Error) -> &'static str {
    match source.kind() {
        io::ErrorKind::NotFound => "check the path; a relative one starts from the directory of the call",
        io::ErrorKind::PermissionDenied => {
            "make the user of this process its owner (`chown`), and let that user into the directories above it"
        }
        io::ErrorKind::IsADirectory => "name a file",
        _ => "look at the disk that it is on",
    }
}

/// Reads a token: one line of text; spaces and line ends around it do not count.
pub fn read_token(path: &Path) -> Result<Secret, SecretError> {
    let text = read_file(path)?;
    let token = text.trim();
    if token.is_empty() || token.contains(char::is_whitespace) {
        return Err(content(path, "one token without spaces"));
    }
    Ok(Secret::new(token.to_owned()))
}

/// Reads a key of `N` bytes, written as `2 * N` hexadecimal digits.
pub fn read_key<const N: usize>(path: &Path) -> Result<Zeroizing<[u8; N]>, SecretError> {
    let text = read_file(path)?;
    let mut key = Zeroizing::new([0; N]);
    hex::decode_to_slice(text.trim(), key.as_mut_slice())
        .map_err(|_| content(path, &format!("{} hexadecimal digits ({N} bytes)", 2 * N)))?;
    Ok(key)
}

/// Reads a secret of several lines, such as the private key in a PEM file, as it stands.
pub fn read_text(path: &Path) -> Result<Secret, SecretError> {
    let mut text = read_file(path)?;
    Ok(Secret::new(std::mem::take(&mut *text)))
}

fn content(path: &Path, expected: &str) -> SecretError {
    SecretError::Content { path: path.to_owned(), expected: expected.to_owned() }
}

fn read_file(path: &Path) -> Result<Zeroizing<String>, SecretError> {
    let io = |source| SecretError::Io { path: path.to_owned(), source };
    let file = fs::File::open(path).map_err(io)?;
    let metadata = file.metadata().map_err(io)?;
    check_mode(path, &metadata)?;
    if metadata.len() > MAX_BYTES {
        return Err(content(path, &format!("a secret of at most {MAX_BYTES} bytes")));
    }
    let mut bytes = Zeroizing::new(Vec::with_capacity(1_024));
    file.take(MAX_BYTES).read_to_end(&mut bytes).map_err(io)?;
    match String::from_utf8(std::mem::take(&mut *bytes)) {
        Ok(text) => Ok(Zeroizing::new(text)),
        Err(not_text) => {
            not_text.into_bytes().zeroize();
            Err(content(path, "text"))
        }
    }
}

#[cfg(unix)]
fn check_mode(path: &Path, metadata: &fs::Metadata) -> Result<(), SecretError> {
    let mode = std::os::unix::fs::MetadataExt::mode(metadata) & 0o777;
    if mode & EVERYBODY == 0 { Ok(()) } else { Err(SecretError::TooOpen { path: path.to_owned(), mode }) }
}

#[cfg(not(unix))]
fn check_mode(_path: &Path, _metadata: &fs::Metadata) -> Result<(), SecretError> {
    // Access lists take the place of modes there; the profile directory's default keeps others out.
    Ok(())
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    fn file(content: &[u8], mode: u32) -> (tempfile::TempDir, PathBuf) {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("secret");
        fs::write(&path, content).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
        (home, path)
    }

    #[test]
    fn a_token_is_read_without_its_line_end_and_never_printed() {
        let (_home, path) = file(b"t0ken\r\n", 0o600);
        let secret = read_token(&path).unwrap();
        assert_eq!((secret.reveal(), format!("{secret:?}")), ("t0ken", "[secret]".to_owned()));
    }

    #[test]
    fn a_file_open_to_all_is_refused_with_the_remedy() {
        let (_home, path) = file(b"t0ken", 0o644);
        let error = read_token(&path).unwrap_err().to_string();
        assert!(error.contains("(mode 644); run `chmod 600 ") && error.contains("secret"), "{error}");
        assert!(!error.contains("t0ken"));
    }

    #[test]
    fn wrong_content_is_not_quoted() {
        let (_home, path) = file(b"hunter2 hunter3", 0o640);
        let error = read_token(&path).unwrap_err().to_string();
        assert!(
            error.ends_with("must hold one token without spaces") && !error.contains("hunter"),
            "{error}"
        );
        let error = read_key::<16>(&path).unwrap_err().to_string();
        assert!(error.ends_with("must hold 32 hexadecimal digits (16 bytes)") && !error.contains("hunter"));
        let (_home, path) = file(&[0xFF, 0xFE], 0o600);
        assert!(read_token(&path).is_err());
        let (_home, path) = file(&vec![b'a'; 70_000], 0o600);
        assert!(read_token(&path).unwrap_err().to_string().contains("at most 65536 bytes"));
    }

    #[test]
    fn a_key_is_read_from_hex() {
        let (_home, path) = file(b"000102030405060708090a0b0c0d0e0F\n", 0o400);
        assert_eq!(*read_key::<16>(&path).unwrap(), [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15]);
        let missing = read_key::<16>(Path::new("/nonexistent/key")).unwrap_err();
        assert!(missing.to_string().contains("/nonexistent/key") && missing.is_missing(), "{missing}");
        assert!(
            missing
                .to_string()
                .ends_with("check the path; a relative one starts from the directory of the call")
        );
        let directory = read_key::<16>(path.parent().unwrap()).unwrap_err();
        assert!(!directory.is_missing(), "{directory}");
    }
}
