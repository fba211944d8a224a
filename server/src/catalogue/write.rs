//! Batches into the store, and what a snapshot leaves out.

use std::collections::{BTreeMap, BTreeSet};

use shopbell_domain::{
    catalogue::{
        Stock,
        port::{Catalogue, Told},
    },
    id::{ProductId, StoreId},
    ports::StoreError,
    time::Timestamp,
};

use super::{
    columns::What,
    goods::Seen,
    pieces::Which,
    read::{Batch, Raw, Said},
    table::BadRow,
};

/// Products that are looked at, or changed, at once.
const PAGE: usize = 500;

/// A snapshot that would end more than this share of what is known is not believed.
const LARGEST_SHARE: f64 = 0.5;

/// Unless it is about no more than so many.
const FEW: u64 = 20;

/// What became of a snapshot's silence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Kept {
    /// So many products are no longer sold, or sizes out of stock.
    Ended(u64),
    /// Nothing: rows were refused, and might have named what is missing.
    RowsRefused,
    /// Nothing: so many of so many would go.
    TooMany {
        /// How many would go.
        ending: u64,
        /// Of how many.
        of: u64,
    },
}

/// Writes what a table says.
pub(crate) struct Writer<'a> {
    store: &'a dyn Catalogue,
    now: Timestamp,
    /// What the file has named; kept only of a snapshot.
    named: Option<Seen>,
    shops: BTreeSet<StoreId>,
    /// The shops of the configuration.
    known_shops: BTreeSet<StoreId>,
    /// Rows that changed the store.
    pub(crate) new: u64,
    /// Rows that the store knew already.
    pub(crate) known: u64,
    /// Rows that were refused.
    pub(crate) refused: u64,
}

type Piles = BTreeMap<(StoreId, ProductId), (Vec<Stock>, u64)>;

impl<'a> Writer<'a> {
    /// For one table, which may be a snapshot: all that there is.
    pub(crate) fn new(
        store: &'a dyn Catalogue,
        now: Timestamp,
        snapshot: bool,
        known_shops: BTreeSet<StoreId>,
    ) -> Self {
        let named = snapshot.then(Seen::default);
        Self { store, now, named, shops: BTreeSet::new(), known_shops, new: 0, known: 0, refused: 0 }
    }

    /// Shops of the table that the configuration does not have. Their stock is kept: a chain sends one file, and its next
    /// shop may open tomorrow. But it may also be a name that was mistyped.
    pub(crate) fn unknown_shops(&self) -> Vec<StoreId> {
        self.shops.difference(&self.known_shops).cloned().collect()
    }

    /// Writes a batch. The rows that were refused, in order.
    pub(crate) async fn batch(&mut self, batch: Batch) -> Result<Vec<BadRow>, StoreError> {
        let mut bad = batch.bad;
        let (mut changes, mut rows, mut piles) = (Vec::new(), Vec::new(), Piles::new());
        for said in batch.said {
            match said {
                Said::Product(product, count) => {
                    self.name(&[Some(product.id.as_str())]);
                    changes.push(Told::Product(*product));
                    rows.push(count);
                }
                Said::Pieces(pieces, raw) => {
                    if let Err(refused) = self.pile(&mut piles, pieces, raw).await? {
                        bad.push(refused);
                    }
                }
            }
        }
        for ((store, product), (pieces, count)) in piles {
            changes.push(Told::Stock { store, product, pieces });
            rows.push(count);
        }
        for (changed, count) in self.store.tell(changes).await?.into_iter().zip(rows) {
            if changed {
                self.new += count;
            } else {
                self.known += count;
            }
        }
        self.refused += bad.len() as u64;
        bad.sort_by_key(|bad| bad.number);
        Ok(bad)
    }

    async fn pile(
        &mut self,
        piles: &mut Piles,
        pieces: super::pieces::Pieces,
        raw: Raw,
    ) -> Result<Result<(), BadRow>, StoreError> {
        let found = match pieces.which {
            Which::Product(product, size) => Some((product, size)),
            Which::Sku(sku) => self.store.variant(&sku).await?,
        };
        let Some((product, size)) = found else {
            let reason =
                "sku: no product of the catalogue has this number; import the catalogue first".to_owned();
            return Ok(Err(BadRow { number: raw.number, reason, text: raw.text }));
        };
        let store = pieces.store;
        self.name(&[Some(store.as_str()), Some(product.as_str()), size.as_deref()]);
        if !self.shops.contains(&store) {
            self.shops.insert(store.clone());
        }
        let (pile, rows) = piles.entry((store, product)).or_default();
        let stock = Stock { size, ..pieces.stock };
        // Of a size that is told twice the last word counts.
        pile.retain(|known| known.size != stock.size);
        pile.push(stock);
        *rows += 1;
        Ok(Ok(()))
    }

    fn name(&mut self, parts: &[Option<&str>]) {
        if let Some(named) = &mut self.named {
            named.note(parts);
        }
    }

    /// Ends what a snapshot did not name. To be called when the whole table was read.
    pub(crate) async fn finish(&mut self, what: What) -> Result<Kept, StoreError> {
        let Some(named) = self.named.take() else { return Ok(Kept::Ended(0)) };
        if self.refused > 0 {
            return Ok(Kept::RowsRefused);
        }
        let (mut ending, mut of) = (0, 0);
        self.silent(what, &named, Pass::Count, &mut ending, &mut of).await?;
        #[expect(clippy::cast_precision_loss, reason = "a share of counts; no count is near 2^52")]
        let share = ending as f64 / (of as f64).max(1.0);
        if ending > FEW && share > LARGEST_SHARE {
            return Ok(Kept::TooMany { ending, of });
        }
        (ending, of) = (0, 0);
        self.silent(what, &named, Pass::End, &mut ending, &mut of).await?;
        Ok(Kept::Ended(ending))
    }

    async fn silent(
        &self,
        what: What,
        named: &Seen,
        pass: Pass,
        ending: &mut u64,
        of: &mut u64,
    ) -> Result<(), StoreError> {
        match what {
            What::Products => self.silent_products(named, pass, ending, of).await,
            What::Stock => {
                for shop in &self.shops {
                    self.silent_stock(shop, named, pass, ending, of).await?;
                }
                Ok(())
            }
        }
    }

    async fn silent_products(
        &self,
        named: &Seen,
        pass: Pass,
        ending: &mut u64,
        of: &mut u64,
    ) -> Result<(), StoreError> {
        let mut after = None;
        loop {
            let page = self.store.products(after.as_ref(), PAGE).await?;
            let Some(last) = page.last() else { return Ok(()) };
            after = Some(last.id.clone());
            let sold = page.into_iter().filter(|product| product.ended.is_none());
            let mut changes = Vec::new();
            for product in sold {
                *of += 1;
                if !named.holds(&[Some(product.id.as_str())]) {
                    *ending += 1;
                    changes.push(Told::Ended { product: product.id, at: self.now });
                }
            }
            self.end(pass, changes).await?;
        }
    }

    async fn silent_stock(
        &self,
        shop: &StoreId,
        named: &Seen,
        pass: Pass,
        ending: &mut u64,
        of: &mut u64,
    ) -> Result<(), StoreError> {
        let mut after = None;
        loop {
            let page = self.store.stock_in(shop, after.as_ref(), PAGE).await?;
            let Some((last, _)) = page.last() else { return Ok(()) };
            after = Some(last.clone());
            let mut changes = Vec::new();
            for (product, pieces) in page {
                let here = pieces.into_iter().filter(|piece| piece.quantity > 0);
                let here: Vec<Stock> = here.collect();
                *of += here.len() as u64;
                let silent = here.into_iter().filter(|piece| {
                    !named.holds(&[Some(shop.as_str()), Some(product.as_str()), piece.size.as_deref()])
                });
                let gone: Vec<Stock> = silent.map(|piece| Stock::counted(piece.size, 0, self.now)).collect();
                if !gone.is_empty() {
                    *ending += gone.len() as u64;
                    changes.push(Told::Stock { store: shop.clone(), product, pieces: gone });
                }
            }
            self.end(pass, changes).await?;
        }
    }

    async fn end(&self, pass: Pass, changes: Vec<Told>) -> Result<(), StoreError> {
        if pass == Pass::End && !changes.is_empty() {
            self.store.tell(changes).await?;
        }
        Ok(())
    }
}

/// Whether it is only counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Pass {
    Count,
    End,
}
