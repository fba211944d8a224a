//! What a table is, whichever format it has: a header, then rows of cells, read one after the other in bounded memory.

use std::{borrow::Cow, io};

use shopbell_domain::time::Timestamp;

/// Most bytes of one row, as text: more is a mistake, such as a quote that is never closed.
pub(super) const MAX_ROW_BYTES: usize = 1_024 * 1_024;

/// Most columns of a table.
pub(super) const MAX_COLUMNS: usize = 2_000;

/// What stands in a cell that is not empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Value {
    /// Text, or a number written out as exact decimal text.
    Text(String),
    /// A time, of formats that have a type for it.
    Time(Timestamp),
}

impl Value {
    /// As text.
    pub(super) fn text(&self) -> Cow<'_, str> {
        match self {
            Self::Text(text) => Cow::Borrowed(text),
            Self::Time(at) => Cow::Owned(at.as_millis().to_string()),
        }
    }
}

/// A row: the cells of the columns that were selected, in that order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Row {
    /// The line where it begins; of formats without lines its number, from 1.
    pub(super) number: u64,
    /// Its cells; blank ones are none.
    pub(super) cells: Vec<Option<Value>>,
}

/// A row that is no row, and the one after it may be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct BadRow {
    pub(crate) number: u64,
    /// What is wrong, where, and what would be right.
    pub(crate) reason: String,
    /// The row, as far as it can be read.
    pub(crate) text: String,
}

/// Why a table cannot be read on.
#[derive(Debug, thiserror::Error)]
pub enum TableError {
    /// Reading failed.
    #[error("{0}")]
    Io(#[from] io::Error),
    /// It is not what it seems to be.
    #[error("{0}")]
    Format(String),
}

/// A table that is being read.
pub(super) trait Table: Send {
    /// The names of its columns.
    fn header(&self) -> &[String];
    /// From now on rows hold these columns, by their place.
    fn select(&mut self, columns: &[usize]);
    /// The next row; `None` at the end.
    fn next(&mut self) -> Result<Option<Result<Row, BadRow>>, TableError>;
    /// Bytes of the file that were read so far.
    fn bytes(&self) -> u64;
}
