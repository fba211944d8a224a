//! Those who send events, as a world configures them.

use super::shop::sha256_of;

/// A web shop, an app, a till.
#[derive(Debug, Clone)]
pub(super) struct Source {
    id: String,
    kind: String,
    write_key: String,
}

impl Source {
    pub(super) fn new(id: &str, kind: &str, write_key: &str) -> Self {
        Self { id: id.to_owned(), kind: kind.to_owned(), write_key: write_key.to_owned() }
    }

    /// The source's part of the server's configuration.
    pub(super) fn config(&self) -> String {
        let (id, kind, hash) = (&self.id, &self.kind, sha256_of(&self.write_key));
        format!("\n[[source]]\nid = {id:?}\nname = {id:?}\nkind = {kind:?}\nwrite_key_sha256 = {hash:?}\n")
    }
}
