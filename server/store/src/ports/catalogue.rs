//! Products, their numbers, and stock. Public facts: nothing here is sealed.
//!
//! A number of the catalogue names the last product that claimed it; when that one gives it up, it names none.

use async_trait::async_trait;
use shopbell_domain::{
    catalogue::{
        Product, Sku, Stock,
        port::{Catalogue, Told},
        restocked,
    },
    id::{ProductId, StoreId},
    ports::StoreError,
    time::Timestamp,
};

use crate::{
    draft::Draft,
    engine::{Flow, Ground, read, read_value, scan},
    key::{Key, prefix},
    locks::Subject,
    record::{SkuRecord, StockRecord},
    store::EmbeddedStore,
};

/// A commit is made from this number of bytes on. The largest change fits between it and the engine's limit.
const COMMIT_BYTES: usize = 1_024 * 1_024;

#[async_trait]
impl Catalogue for EmbeddedStore {
    async fn tell(&self, changes: Vec<Told>) -> Result<Vec<bool>, StoreError> {
        let owned: Vec<String> =
            changes.iter().map(|change| product_of(change).as_str().to_owned()).collect();
        let numbers: Vec<String> =
            changes.iter().flat_map(numbers_of).map(|sku| sku.as_str().to_owned()).collect();
        let subjects = owned.iter().map(|product| Subject::Product(product));
        let subjects = subjects.chain(numbers.iter().map(|number| Subject::Sku(number)));
        self.write_many(subjects, move |ground| tell_all(ground, changes)).await
    }

    async fn variant(&self, sku: &Sku) -> Result<Option<(ProductId, Option<String>)>, StoreError> {
        let found = read::<SkuRecord>(self.ground(), &Key::Sku { sku: sku.clone() })?;
        Ok(found.map(|SkuRecord { product, size }| (product, size)))
    }

    async fn products(&self, after: Option<&ProductId>, limit: usize) -> Result<Vec<Product>, StoreError> {
        let after = after.map(|id| Key::Product { id: id.clone() }.encode());
        self.read(move |ground| {
            let prefix = prefix::products();
            let mut found = Vec::new();
            page(ground, &prefix, after, limit, |key, value| {
                found.extend(read_value::<Product>(ground, key, value)?);
                Ok(())
            })?;
            Ok(found)
        })
        .await
    }

    async fn stock_in(
        &self,
        store: &StoreId,
        after: Option<&ProductId>,
        limit: usize,
    ) -> Result<Vec<(ProductId, Vec<Stock>)>, StoreError> {
        let prefix = prefix::stock_in(store);
        let key = |product: &ProductId| Key::Stock { store: store.clone(), product: product.clone() };
        let after = after.map(|product| key(product).encode());
        self.read(move |ground| {
            let mut found = Vec::new();
            page(ground, &prefix, after, limit, |key, value| {
                if let Key::Stock { product, .. } = key {
                    let pieces = read_value::<StockRecord>(ground, key, value)?;
                    found.extend(pieces.map(|StockRecord(pieces)| (product.clone(), pieces)));
                }
                Ok(())
            })?;
            Ok(found)
        })
        .await
    }
}

/// Visits at most `limit` records from after a key on.
fn page(
    ground: Ground<'_>,
    prefix: &[u8],
    after: Option<Vec<u8>>,
    limit: usize,
    mut visit: impl FnMut(&Key, &[u8]) -> Result<(), StoreError>,
) -> Result<(), StoreError> {
    let start = after.map_or_else(
        || prefix.to_vec(),
        |mut key| {
            key.push(0);
            key
        },
    );
    let mut left = limit;
    scan(ground, prefix, &start, |key, value| {
        if left == 0 {
            return Ok(Flow::Stop);
        }
        left -= 1;
        let key =
            Key::decode(&key).map_err(|error| StoreError::Damaged(format!("the catalogue: {error}")))?;
        visit(&key, &value)?;
        Ok(Flow::On)
    })
}

const fn product_of(change: &Told) -> &ProductId {
    match change {
        Told::Product(product) => &product.id,
        Told::Ended { product, .. } | Told::Stock { product, .. } => product,
    }
}

fn numbers_of(change: &Told) -> impl Iterator<Item = &Sku> {
    let product = if let Told::Product(product) = change { Some(product) } else { None };
    product.into_iter().flat_map(|product| &product.variants).flat_map(|variant| &variant.skus)
}

fn tell_all(ground: Ground<'_>, changes: Vec<Told>) -> Result<Vec<bool>, StoreError> {
    let mut answers = Vec::with_capacity(changes.len());
    let mut draft = Draft::new(ground);
    for change in changes {
        if draft.bytes() >= COMMIT_BYTES {
            std::mem::replace(&mut draft, Draft::new(ground)).commit()?;
        }
        answers.push(match change {
            Told::Product(product) => put_product(&mut draft, product)?,
            Told::Ended { product, at } => end(&mut draft, product, at)?,
            Told::Stock { store, product, pieces } => {
                restock(&mut draft, &Key::Stock { store, product }, &pieces)?
            }
        });
    }
    draft.commit()?;
    Ok(answers)
}

/// Puts a product, and under its numbers what they name. Whether anything changed.
pub(super) fn put_product(draft: &mut Draft<'_>, product: Product) -> Result<bool, StoreError> {
    let key = Key::Product { id: product.id.clone() };
    let known = draft.read::<Product>(&key)?;
    let Some(new) = product.replacing(known.as_ref()) else { return Ok(false) };
    for sku in known.iter().flat_map(|known| &known.variants).flat_map(|variant| &variant.skus) {
        let kept = new.variants.iter().any(|variant| variant.skus.contains(sku));
        let key = Key::Sku { sku: sku.clone() };
        if !kept && draft.read::<SkuRecord>(&key)?.is_some_and(|named| named.product == new.id) {
            draft.remove(&key);
        }
    }
    for variant in &new.variants {
        for sku in &variant.skus {
            let (key, named) = (
                Key::Sku { sku: sku.clone() },
                SkuRecord { product: new.id.clone(), size: variant.size.clone() },
            );
            if draft.read::<SkuRecord>(&key)?.as_ref() != Some(&named) {
                draft.put(&key, &named)?;
            }
        }
    }
    draft.put(&key, &new)?;
    Ok(true)
}

fn end(draft: &mut Draft<'_>, product: ProductId, at: Timestamp) -> Result<bool, StoreError> {
    let key = Key::Product { id: product };
    match draft.read::<Product>(&key)? {
        Some(known) if known.ended.is_none() && known.revised.is_none_or(|revised| revised <= at) => {
            draft.put(&key, &Product { ended: Some(at), ..known })?;
            Ok(true)
        }
        _ => Ok(false),
    }
}

fn restock(draft: &mut Draft<'_>, key: &Key, told: &[Stock]) -> Result<bool, StoreError> {
    let known = draft.read::<StockRecord>(key)?;
    let is_known = known.is_some();
    let StockRecord(known) = known.unwrap_or_else(|| StockRecord(Vec::new()));
    match restocked(&known, told) {
        Some(pieces) => draft.put(key, &StockRecord(pieces)).map(|()| true),
        // That a product is not here is known from now on.
        None if !is_known => draft.put(key, &StockRecord(known)).map(|()| true),
        None => Ok(false),
    }
}
