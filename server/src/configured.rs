//! A file that the configuration may name in place of a text of this program.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

/// What is read, and the name by which mistakes in it are told.
#[derive(Debug)]
pub(crate) struct Configured {
    pub(crate) path: PathBuf,
    pub(crate) text: String,
}

/// The file cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("{key}: {path} cannot be read: {source}")]
pub struct Unreadable {
    /// The key that names it.
    key: &'static str,
    /// Which file.
    path: PathBuf,
    /// The system's answer.
    source: io::Error,
}

/// The file that `key` names, else this program's own text, which goes by a name in words.
pub(crate) fn read(
    key: &'static str,
    file: Option<&Path>,
    own: (&str, &str),
) -> Result<Configured, Unreadable> {
    let Some(path) = file else {
        let (name, text) = own;
        return Ok(Configured { path: PathBuf::from(name), text: text.to_owned() });
    };
    let path = path.to_owned();
    match fs::read_to_string(&path) {
        Ok(text) => Ok(Configured { path, text }),
        Err(source) => Err(Unreadable { key, path, source }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_read_or_named_and_without_one_the_own_text_stands() {
        let own = ("the words of this program", "own");
        let without = read("words.file", None, own).unwrap();
        assert_eq!(
            (without.path.to_str(), without.text.as_str()),
            (Some("the words of this program"), "own")
        );
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("words.txt");
        let error = read("words.file", Some(&path), own).unwrap_err().to_string();
        assert!(error.starts_with(&format!("words.file: {} cannot be read", path.display())), "{error}");
        fs::write(&path, "theirs").unwrap();
        assert_eq!(read("words.file", Some(&path), own).unwrap().text, "theirs");
    }
}
