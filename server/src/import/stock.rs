//! Consecutive stock lines of the same shop and product are one change: they list all its pieces there.
//!
//! A rejected line in between does not end the group; any other line does.

use shopbell_domain::{
    catalogue::Stock,
    id::{ProductId, StoreId},
    ports::Change,
};

use super::reader::NumberedText;

/// Most sizes of a product in a shop.
const MAX_PIECES: usize = 200;

/// A group that may still grow.
#[derive(Debug)]
pub(super) struct Group {
    store: StoreId,
    product: ProductId,
    pieces: Vec<Stock>,
    lines: Vec<NumberedText>,
}

impl Group {
    /// A group of one line.
    pub(super) fn new(store: StoreId, product: ProductId, piece: Stock, line: NumberedText) -> Self {
        Self { store, product, pieces: vec![piece], lines: vec![line] }
    }

    /// Whether a line of this shop and product belongs here.
    pub(super) fn is_of(&self, store: &StoreId, product: &ProductId) -> bool {
        self.store == *store && self.product == *product
    }

    /// Takes the next line, or tells why not.
    pub(super) fn add(&mut self, piece: Stock, line: NumberedText) -> Result<(), (NumberedText, String)> {
        if self.pieces.iter().any(|known| known.size == piece.size) {
            let size = piece.size.map_or_else(|| "no size".to_owned(), |size| format!("size {size}"));
            return Err((line, format!("size: {size} stands twice for this product and shop")));
        }
        if self.pieces.len() >= MAX_PIECES {
            return Err((line, format!("size: a product has at most {MAX_PIECES} sizes in a shop")));
        }
        self.pieces.push(piece);
        self.lines.push(line);
        Ok(())
    }

    /// The change, and the lines that it was made from.
    pub(super) fn finish(self) -> (Change, Vec<NumberedText>) {
        let Self { store, product, pieces, lines } = self;
        (Change::Stock { store, product, pieces }, lines)
    }
}
