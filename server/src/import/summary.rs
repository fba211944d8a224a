//! What became of an import.

use std::{collections::BTreeMap, fmt, path::PathBuf};

use shopbell_domain::{id::StoreId, ports::Applied};

use super::Kind;
use crate::catalogue::Kept;

/// Names of shops that a summary shows.
const SHOWN: usize = 10;

/// Lines of one type.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counts {
    /// Lines that changed the store.
    pub new: u64,
    /// Lines that the store knew already.
    pub known: u64,
    /// Lines that were refused.
    pub rejected: u64,
}

/// All lines of an import. Empty lines are not counted.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Summary {
    /// Lines by type.
    pub kinds: BTreeMap<Kind, Counts>,
    /// Lines whose type could not be told: all refused.
    pub untyped: u64,
    /// Customer lines whose level or greeting differs from what the customer decided, which stayed.
    pub kept_sharing: u64,
    /// Customers who came at level 0 though the file says more, since the store may have lost what they took away.
    pub closed_sharing: u64,
    /// Lines about who was erased since, or is suppressed: they stay out.
    pub kept_out: u64,
    /// Columns of a table that mean nothing here.
    pub unused_columns: Vec<String>,
    /// Shops of a table that the configuration does not have.
    pub unknown_shops: Vec<StoreId>,
    /// What became of what a snapshot does not name; `None` when it is none.
    pub(crate) left_out: Option<Kept>,
    /// The rejected lines with their reasons; `None` when there are none.
    pub rejected_file: Option<PathBuf>,
}

impl Summary {
    /// The counts of a type.
    pub fn of(&self, kind: Kind) -> Counts {
        self.kinds.get(&kind).copied().unwrap_or_default()
    }

    /// All refused lines.
    pub fn rejected(&self) -> u64 {
        self.untyped + self.kinds.values().map(|counts| counts.rejected).sum::<u64>()
    }

    pub(super) fn count(&mut self, kind: Kind, applied: Applied, lines: u64) {
        let counts = self.kinds.entry(kind).or_default();
        match applied {
            Applied::New => counts.new += lines,
            Applied::Known => counts.known += lines,
            Applied::UnknownCustomer | Applied::PhoneTaken => counts.rejected += lines,
        }
    }

    pub(super) fn reject(&mut self, kind: Option<Kind>) {
        match kind {
            Some(kind) => self.kinds.entry(kind).or_default().rejected += 1,
            None => self.untyped += 1,
        }
    }
}

/// A number with what it counts.
pub(crate) fn count(number: u64, what: &str) -> String {
    format!("{number} {what}{}", if number == 1 { "" } else { "s" })
}

impl Summary {
    fn write_unknown_shops(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.unknown_shops.is_empty() {
            return Ok(());
        }
        let names: Vec<&str> = self.unknown_shops.iter().take(SHOWN).map(StoreId::as_str).collect();
        let more = self.unknown_shops.len() - names.len();
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        writeln!(f, "shops that are not configured here: {}{more}; their stock is kept", names.join(", "))
    }
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{:<10} {:>10} {:>10} {:>10}", "type", "new", "known", "rejected")?;
        for (kind, counts) in &self.kinds {
            let Counts { new, known, rejected } = counts;
            writeln!(f, "{:<10} {new:>10} {known:>10} {rejected:>10}", kind.name())?;
        }
        if self.untyped > 0 {
            writeln!(f, "{:<10} {:>10} {:>10} {:>10}", "(no type)", "", "", self.untyped)?;
        }
        if self.kept_sharing > 0 {
            writeln!(
                f,
                "{} decided otherwise than the file says; their own decision stays",
                count(self.kept_sharing, "customer")
            )?;
        }
        if self.closed_sharing > 0 {
            writeln!(
                f,
                "{} came at level 0: this store was recovered and may have lost what they took away \
                 (--levels-from-file takes the file's levels)",
                count(self.closed_sharing, "customer")
            )?;
        }
        if self.kept_out > 0 {
            writeln!(
                f,
                "{} of customers who were erased after the file was written, or are suppressed, stayed out",
                count(self.kept_out, "line")
            )?;
        }
        if !self.unused_columns.is_empty() {
            writeln!(f, "columns that mean nothing here: {}", self.unused_columns.join(", "))?;
        }
        self.write_unknown_shops(f)?;
        match &self.left_out {
            None => {}
            Some(Kept::Ended(number)) => {
                writeln!(f, "not in the snapshot, so no longer sold or out of stock: {number}")?;
            }
            Some(Kept::RowsRefused) => writeln!(
                f,
                "rows were rejected and may be those that are missing: nothing was taken to have ended; mend them, and \
                 import the whole snapshot again"
            )?,
            Some(Kept::TooMany { ending, of }) => writeln!(
                f,
                "the snapshot would end {ending} of {of}: that looks like a file that is cut off, so nothing was ended; if \
                 it is right, import it in two steps, with the ones that ended marked in the column `ended`"
            )?,
        }
        if let Some(path) = &self.rejected_file {
            writeln!(f, "rejected lines with reasons (personal data: delete after use): {}", path.display())?;
        }
        Ok(())
    }
}
