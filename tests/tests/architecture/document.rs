//! ARCHITECTURE.md against the tree. The convention: a path of this tree stands in backquotes, from the root, and
//! begins with one of the folders below; everything else in backquotes is read as a word.

/// The folders whose paths are checked.
const FOLDERS: [&str; 8] =
    ["domain/", "proto/", "kit/", "server/", "edge-agent/", "web/", "tests/", "deploy/"];

/// The paths that a document names, without the slash at their end.
fn named(text: &str) -> Vec<&str> {
    let quoted = text.split('`').skip(1).step_by(2);
    quoted
        .filter(|word| {
            FOLDERS.iter().any(|folder| word.starts_with(folder)) && !word.contains([' ', '*', '{', '<'])
        })
        .map(|word| word.trim_end_matches('/'))
        .collect()
}

/// What the document names and the tree does not have.
pub(crate) fn missing_from_the_tree(text: &str, exists: &dyn Fn(&str) -> bool) -> Vec<String> {
    let gone = named(text).into_iter().filter(|path| !exists(path));
    gone.map(|path| format!("ARCHITECTURE.md names {path}, which is not there")).collect()
}

/// What the tree has and the document does not name, neither itself nor by something inside it.
pub(crate) fn missing_from_the_document(text: &str, wanted: &[String]) -> Vec<String> {
    let named = named(text);
    let is_named = |path: &str| {
        named
            .iter()
            .any(|name| name.strip_prefix(path).is_some_and(|rest| rest.is_empty() || rest.starts_with('/')))
    };
    let unnamed = wanted.iter().filter(|path| !is_named(path));
    unnamed.map(|path| format!("ARCHITECTURE.md does not name {path}")).collect()
}
