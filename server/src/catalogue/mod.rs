//! Products and the stock of shops, from tables: CSV and Parquet files, and what stock systems send while the server runs.
//!
//! ```text
//!  file ──open──> Table (csv | parquet) ──columns──> rows ──goods | pieces──> batches ──Writer──> domain::Catalogue
//!  PUT /v1/catalogue ──┘    a thread, bounded memory        │ refused: row, field, what would be right
//! ```
//!
//! What it owes whoever brings a file:
//!
//! * **Nothing is guessed.** Amounts are read from decimal text exactly, in a currency that is told; what is not UTF-8 is
//!   refused by line and column; a row is taken whole or refused with its reason.
//! * **Only what changed is written.** The same file again writes nothing, so an import that was stopped is run again.
//! * **A part is a part.** What a file does not name stays, unless it is said to be a snapshot: then products that it does
//!   not name are no longer sold, and sizes that it does not name are out of stock in the shops that it names. Not so when a
//!   row was refused (it might be one of those), or when most would go (it might be cut off).
//! * **Memory is bounded**, whatever a file says of itself (`parquet::pages`, [`csv`](self)).
//!
//! JSON lines come another way (`crate::import`), since there customers and products stand in one file.
//!
//! To add a format: a [`table::Table`], its first bytes in `open`. To add a field: see `columns`.
//!
//! Never here: customers.

pub(crate) mod cells;
mod columns;
mod csv;
pub(crate) mod door;
mod goods;
mod open;
mod parquet;
mod pieces;
mod read;
mod table;
mod watched;
mod write;

pub(crate) use self::{
    columns::What,
    open::{Format, format},
    read::{Step, file},
    table::BadRow,
    watched::Watched,
    write::{Kept, Writer},
};
pub use self::{read::Layout, table::TableError};

#[cfg(test)]
mod tests;
