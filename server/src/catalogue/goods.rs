//! Rows of products into products: one row is a product, or one of its sizes.

use std::{
    collections::HashSet,
    hash::{DefaultHasher, Hash as _, Hasher as _},
};

use shopbell_domain::{
    catalogue::{Price, Product, Variant},
    id::ProductId,
};

use super::{
    cells::{self, Cells},
    columns::Field,
};

/// What stands between two sizes of a list.
const LISTED: [char; 3] = ['|', ';', ','];

/// What one row says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Goods {
    /// The product, without its sizes.
    pub(super) product: Product,
    /// The sizes of this row.
    pub(super) variants: Vec<Variant>,
}

/// Reads a row.
pub(super) fn read(cells: &Cells<'_>) -> Result<Goods, String> {
    let id = cells.product()?.ok_or("product_id: is empty")?;
    let name = cells.label(Field::Name, Product::MAX_NAME)?.filter(|name| !name.is_empty());
    let name = name.ok_or("name: is empty; it is shown on tablets")?;
    let category = cells.label(Field::Category, Product::MAX_LABEL)?.unwrap_or_default();
    let price = cells.price()?;
    let product = Product {
        brand: cells.label(Field::Brand, Product::MAX_LABEL)?,
        price,
        url: cells.url(Field::Url)?,
        image_url: cells.url(Field::ImageUrl)?,
        ended: cells.time(Field::Ended)?,
        revised: cells.time(Field::UpdatedAt)?,
        ..Product::new(id, name, category)
    };
    Ok(Goods { product, variants: variants(cells, price)? })
}

fn variants(cells: &Cells<'_>, price: Option<Price>) -> Result<Vec<Variant>, String> {
    let (skus, size) = (cells.skus()?, cells.label(Field::Size, Product::MAX_LABEL)?);
    if let Some(list) = cells.text(Field::Sizes) {
        if size.is_some() || !skus.is_empty() {
            return Err("sizes: one row is either one size with its number, or a list of sizes".to_owned());
        }
        let sizes = list.split(LISTED).map(str::trim).filter(|size| !size.is_empty());
        let listed = sizes.map(|size| {
            let size = cells::label("sizes", size, Product::MAX_LABEL)?;
            Ok(Variant { skus: Vec::new(), size: Some(size), price: None })
        });
        return listed.collect();
    }
    if skus.is_empty() && size.is_none() {
        return Ok(Vec::new());
    }
    Ok(vec![Variant { skus, size, price }])
}

/// A product in the making: rows of one product stand one after the other.
#[derive(Debug)]
pub(super) struct Group {
    product: Product,
    /// The rows that it is made of.
    pub(super) rows: u64,
}

impl Group {
    /// From its first row.
    pub(super) fn new(goods: Goods) -> Self {
        let Goods { product, variants } = goods;
        let mut group = Self { product, rows: 1 };
        for variant in variants {
            // One row lists each size with at most a few numbers; a size that stands twice in its list is one.
            let _ = group.put(variant);
        }
        group
    }

    /// Whether a row belongs to it.
    pub(super) fn is_of(&self, product: &ProductId) -> bool {
        self.product.id == *product
    }

    /// Adds a row: what it says of the whole product is what the first one said, but for the last change.
    pub(super) fn add(&mut self, goods: Goods) -> Result<(), String> {
        for variant in goods.variants {
            self.put(variant)?;
        }
        self.product.revised = self.product.revised.max(goods.product.revised);
        self.rows += 1;
        Ok(())
    }

    /// A size that stands twice, as of two colours, is one size with the numbers of both.
    fn put(&mut self, variant: Variant) -> Result<(), String> {
        let variants = &mut self.product.variants;
        let taken = |known: &Variant| known.skus.iter().any(|sku| variant.skus.contains(sku));
        if variants.iter().any(taken) {
            return Err("sku: stands twice for this product".to_owned());
        }
        if let Some(known) = variants.iter_mut().find(|known| known.size == variant.size) {
            if known.skus.len() + variant.skus.len() > Variant::MAX_SKUS {
                return Err(format!("sku: one size has at most {} numbers", Variant::MAX_SKUS));
            }
            known.skus.extend(variant.skus);
        } else if variants.len() < Product::MAX_VARIANTS {
            variants.push(variant);
        } else {
            return Err(format!("size: a product has at most {} sizes", Product::MAX_VARIANTS));
        }
        Ok(())
    }

    /// The product. Where its sizes cost the same, that is the product's price and not theirs.
    pub(super) fn finish(self) -> Product {
        let mut product = self.product;
        for variant in &mut product.variants {
            if variant.price == product.price {
                variant.price = None;
            }
        }
        product
    }
}

/// Remembers what a file has told, as numbers of eight bytes: two of a million products are taken for one with a chance of one
/// in thirty million.
#[derive(Debug, Default)]
pub(super) struct Seen(HashSet<u64>);

impl Seen {
    /// Notes something; `false` when it was noted before.
    pub(super) fn note(&mut self, parts: &[Option<&str>]) -> bool {
        self.0.insert(Self::number(parts))
    }

    /// Whether it was noted.
    pub(super) fn holds(&self, parts: &[Option<&str>]) -> bool {
        self.0.contains(&Self::number(parts))
    }

    fn number(parts: &[Option<&str>]) -> u64 {
        let mut hash = DefaultHasher::new();
        parts.hash(&mut hash);
        hash.finish()
    }
}
