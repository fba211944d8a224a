//! The thread that reads a table: rows into batches of what they say.

use std::{collections::BTreeMap, path::Path};

use shopbell_domain::{catalogue::Product, id::StoreId, money::Currency, time::Timestamp};
use tokio::sync::mpsc;

use super::{
    cells::Cells,
    columns::{Columns, Field, What},
    goods::{self, Goods, Group, Seen},
    open,
    pieces::{self, Pieces},
    table::{BadRow, Row, Table, TableError},
};

/// Rows that wait in a batch.
const BATCH_ROWS: u64 = 1_000;

/// Bytes of text that wait in a batch, about.
const BATCH_BYTES: usize = 1_024 * 1_024;

/// How a table is read.
#[derive(Debug, Clone, Default)]
pub struct Layout {
    /// Columns with names of the retailer's own, by our names of the fields.
    pub columns: BTreeMap<String, String>,
    /// The currency of amounts that name none.
    pub currency: Option<Currency>,
    /// The shop of stock without a column of it.
    pub store: Option<StoreId>,
}

/// Rows that say something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Said {
    /// A product, by so many rows.
    Product(Box<Product>, u64),
    /// Pieces, by a row that is kept in case its number is not known.
    Pieces(Pieces, Raw),
}

/// A row as it can be told to people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Raw {
    pub(super) number: u64,
    pub(super) text: String,
}

/// What is written together.
#[derive(Debug, Default)]
pub(crate) struct Batch {
    pub(super) said: Vec<Said>,
    pub(super) bad: Vec<BadRow>,
    /// Rows of it.
    pub(super) rows: u64,
    /// The last of them.
    pub(crate) row: u64,
    /// How much of the file was read by then.
    pub(crate) bytes: u64,
}

/// What the reader tells.
#[derive(Debug)]
pub(crate) enum Step {
    /// What the table is, first.
    Opened { what: What, unused: Vec<String> },
    /// The next rows.
    Batch(Batch),
    /// Reading failed; nothing follows.
    Failed { error: TableError, row: u64 },
}

/// Reads a file to the end, or until nobody listens any more.
pub(crate) fn file(path: &Path, layout: &Layout, now: Timestamp, steps: &mpsc::Sender<Step>) {
    let mut row = 0;
    let result = open::file(path).and_then(|table| rows(table, layout, now, steps, &mut row));
    if let Err(error) = result {
        // Without a listener there is nobody to tell.
        let _ = steps.blocking_send(Step::Failed { error, row });
    }
}

fn rows(
    mut table: Box<dyn Table>,
    layout: &Layout,
    now: Timestamp,
    steps: &mpsc::Sender<Step>,
    last: &mut u64,
) -> Result<(), TableError> {
    let columns = Columns::of(table.header(), &layout.columns, layout.store.is_some())?;
    table.select(&columns.selected());
    let opened = Step::Opened { what: columns.what, unused: columns.unused.clone() };
    if steps.blocking_send(opened).is_err() {
        return Ok(());
    }
    let mut gather = Gather::new(&columns, layout, now);
    while let Some(row) = table.next()? {
        match row {
            Ok(row) => {
                *last = row.number;
                gather.row(&row);
            }
            Err(bad) => {
                *last = bad.number;
                gather.bad(bad);
            }
        }
        if gather.is_full() && steps.blocking_send(Step::Batch(gather.take(*last, table.bytes()))).is_err() {
            return Ok(());
        }
    }
    gather.end_group();
    let _ = steps.blocking_send(Step::Batch(gather.take(*last, table.bytes())));
    Ok(())
}

/// A batch in the making. A product whose sizes may still come stays for the next one.
struct Gather<'a> {
    columns: &'a Columns,
    layout: &'a Layout,
    now: Timestamp,
    batch: Batch,
    text_bytes: usize,
    group: Option<Group>,
    told: Seen,
}

impl<'a> Gather<'a> {
    fn new(columns: &'a Columns, layout: &'a Layout, now: Timestamp) -> Self {
        let (batch, group, told) = (Batch::default(), None, Seen::default());
        Self { columns, layout, now, batch, text_bytes: 0, group, told }
    }

    fn row(&mut self, row: &Row) {
        self.batch.rows += 1;
        self.text_bytes += row.cells.iter().flatten().map(|cell| cell.text().len()).sum::<usize>();
        let cells = Cells { row, columns: self.columns, currency: self.layout.currency };
        let said = match self.columns.what {
            What::Products => goods::read(&cells).and_then(|goods| self.goods(goods)),
            What::Stock => pieces::read(&cells, self.layout.store.as_ref(), self.now).map(|pieces| {
                let raw = Raw { number: row.number, text: self.shown(row) };
                self.batch.said.push(Said::Pieces(pieces, raw));
            }),
        };
        if let Err(reason) = said {
            let text = self.shown(row);
            self.batch.bad.push(BadRow { number: row.number, reason, text });
        }
    }

    fn bad(&mut self, bad: BadRow) {
        self.batch.rows += 1;
        self.batch.bad.push(bad);
    }

    fn goods(&mut self, goods: Goods) -> Result<(), String> {
        if let Some(group) = &mut self.group
            && group.is_of(&goods.product.id)
        {
            return group.add(goods);
        }
        if !self.told.note(&[Some(goods.product.id.as_str())]) {
            return Err(
                "product_id: the rows of a product stand one after the other; sort the file by it".to_owned()
            );
        }
        self.end_group();
        self.group = Some(Group::new(goods));
        Ok(())
    }

    fn end_group(&mut self) {
        if let Some(group) = self.group.take() {
            let rows = group.rows;
            self.batch.said.push(Said::Product(Box::new(group.finish()), rows));
        }
    }

    /// The row as JSON, by our names.
    fn shown(&self, row: &Row) -> String {
        let fields: Vec<Field> = self.columns.fields().collect();
        let cells = fields.into_iter().zip(&row.cells);
        let object: serde_json::Map<String, serde_json::Value> = cells
            .filter_map(|(field, cell)| {
                let text: String = cell.as_ref()?.text().chars().take(500).collect();
                Some((Columns::name(field).to_owned(), text.into()))
            })
            .collect();
        serde_json::Value::Object(object).to_string()
    }

    fn is_full(&self) -> bool {
        self.batch.rows >= BATCH_ROWS || self.text_bytes >= BATCH_BYTES
    }

    fn take(&mut self, row: u64, bytes: u64) -> Batch {
        self.text_bytes = 0;
        Batch { row, bytes, ..std::mem::take(&mut self.batch) }
    }
}
