//! Which column of a table means what, by its name.
//!
//! A name is known by its letters and digits: `Product ID`, `product_id` and `productId` are one. Beside our own names the
//! ones of Google Merchant's product feed are known, which most web shops can export. `docs/import.md` lists them all; a
//! test holds that list to [`NAMES`].
//!
//! To add a field: a variant of [`Field`], its names in [`NAMES`], its reading in `goods` or `pieces`, a row in
//! `docs/import.md`.

use std::collections::BTreeMap;

use super::table::TableError;

/// What a column can mean.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Field {
    ProductId,
    Id,
    Sku,
    Barcode,
    Name,
    Category,
    Brand,
    Price,
    PriceMinor,
    Currency,
    SalePrice,
    SalePriceMinor,
    SaleFrom,
    SaleUntil,
    SaleDates,
    Size,
    Sizes,
    Url,
    ImageUrl,
    Ended,
    UpdatedAt,
    Store,
    Quantity,
    Since,
}

/// The names of each field, the first one being ours.
pub(super) const NAMES: &[(Field, &[&str])] = &[
    (Field::ProductId, &["product_id", "item_group_id"]),
    (Field::Id, &["id"]),
    (Field::Sku, &["sku", "variant_sku"]),
    (Field::Barcode, &["barcode", "gtin", "ean"]),
    (Field::Name, &["name", "title", "product_name"]),
    (Field::Category, &["category", "product_type", "google_product_category"]),
    (Field::Brand, &["brand", "vendor"]),
    (Field::Price, &["price"]),
    (Field::PriceMinor, &["price_minor"]),
    (Field::Currency, &["currency", "currency_code"]),
    (Field::SalePrice, &["sale_price"]),
    (Field::SalePriceMinor, &["sale_price_minor"]),
    (Field::SaleFrom, &["sale_from"]),
    (Field::SaleUntil, &["sale_until"]),
    (Field::SaleDates, &["sale_price_effective_date"]),
    (Field::Size, &["size"]),
    (Field::Sizes, &["sizes"]),
    (Field::Url, &["url", "link"]),
    (Field::ImageUrl, &["image_url", "image_link", "image"]),
    (Field::Ended, &["ended"]),
    (Field::UpdatedAt, &["updated_at", "counted_at"]),
    (Field::Store, &["store_id", "store", "store_code", "location_id"]),
    (Field::Quantity, &["quantity", "available", "on_hand"]),
    (Field::Since, &["since"]),
];

/// What a table tells of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum What {
    /// Products and their sizes.
    Products,
    /// Pieces in shops.
    Stock,
}

/// The columns that are read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Columns {
    /// What the table tells of.
    pub(super) what: What,
    /// Each field's place in the header, in the order in which they are selected.
    places: Vec<(Field, usize)>,
    /// Names that mean nothing here.
    pub(super) unused: Vec<String>,
}

/// The field of a column.
fn field_of(name: &str) -> Option<Field> {
    let letters = letters(name);
    let known = |(_, names): &&(Field, &[&str])| names.iter().any(|known| self::letters(known) == letters);
    NAMES.iter().find(known).map(|(field, _)| *field)
}

fn letters(name: &str) -> String {
    name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// How many of these names are known.
pub(super) fn known<'a>(names: impl Iterator<Item = &'a str>) -> usize {
    names.filter(|name| field_of(name.trim().trim_matches('"')).is_some()).count()
}

impl Columns {
    /// Finds out what a header means. `renamed` tells fields whose columns have names of the retailer's own; `one_store`
    /// whether the shop is told otherwise than by a column.
    pub(super) fn of(
        header: &[String],
        renamed: &BTreeMap<String, String>,
        one_store: bool,
    ) -> Result<Self, TableError> {
        let mut places: Vec<(Field, usize)> = Vec::new();
        let mut unused = Vec::new();
        let own = own_names(header, renamed)?;
        for (place, name) in header.iter().enumerate() {
            let taken_over = own.iter().any(|(field, _)| field_of(name) == Some(*field));
            let field = own.iter().find(|(_, own)| own == name).map(|(field, _)| *field);
            let field = field.or_else(|| field_of(name).filter(|_| !taken_over));
            match field {
                Some(field) if places.iter().all(|(known, _)| *known != field) => places.push((field, place)),
                _ => unused.push(name.clone()),
            }
        }
        let has = |field| places.iter().any(|(known, _)| *known == field);
        let product = has(Field::ProductId) || has(Field::Id);
        let what = if has(Field::Quantity) && (has(Field::Store) || one_store) && (product || has(Field::Sku))
        {
            What::Stock
        } else if has(Field::Name) && product {
            What::Products
        } else {
            return Err(unknown(header));
        };
        Ok(Self { what, places, unused })
    }

    /// The places of the columns to select.
    pub(super) fn selected(&self) -> Vec<usize> {
        self.places.iter().map(|(_, place)| *place).collect()
    }

    /// Where a field's cell stands in a selected row.
    pub(super) fn place(&self, field: Field) -> Option<usize> {
        self.places.iter().position(|(known, _)| *known == field)
    }

    /// The name of a selected column, as our own.
    pub(super) fn name(field: Field) -> &'static str {
        let named = NAMES.iter().find(|(known, _)| *known == field);
        named.and_then(|(_, names)| names.first()).copied().unwrap_or_default()
    }

    /// The fields of a selected row, in order.
    pub(super) fn fields(&self) -> impl Iterator<Item = Field> {
        self.places.iter().map(|(field, _)| *field)
    }
}

fn own_names(
    header: &[String],
    renamed: &BTreeMap<String, String>,
) -> Result<Vec<(Field, String)>, TableError> {
    let mut own = Vec::with_capacity(renamed.len());
    for (field, column) in renamed {
        let Some(known) = field_of(field) else {
            let all: Vec<_> = NAMES.iter().filter_map(|(_, names)| names.first().copied()).collect();
            return Err(TableError::Format(format!(
                "there is no field {field:?}; the fields are {}",
                all.join(", ")
            )));
        };
        if !header.contains(column) {
            return Err(TableError::Format(format!(
                "the header has no column {column:?}; it has {}",
                header.join(", ")
            )));
        }
        own.push((known, column.clone()));
    }
    Ok(own)
}

fn unknown(header: &[String]) -> TableError {
    let shown: Vec<String> = header.iter().take(30).map(|name| name.chars().take(40).collect()).collect();
    TableError::Format(format!(
        "the header tells neither of products (product_id and name) nor of stock (store_id, product_id or sku, and \
         quantity); it names {}. Rename columns, or say --column FIELD=NAME",
        shown.join(", ")
    ))
}
