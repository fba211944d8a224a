//! Comma-separated values (RFC 4180), as spreadsheets and databases write them: also with semicolons, tabs or bars, with a
//! byte order mark, packed with gzip. The text is UTF-8.

use std::{
    io::{self, BufRead, BufReader, Read},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use flate2::bufread::MultiGzDecoder;

use super::{
    columns,
    table::{BadRow, MAX_COLUMNS, MAX_ROW_BYTES, Row, Table, TableError, Value},
};

/// What may stand between two fields.
const DELIMITERS: [u8; 4] = [b',', b';', b'\t', b'|'];

/// The first bytes of gzip.
pub(super) const GZIP: [u8; 2] = [0x1F, 0x8B];

/// Characters of a bad row that are kept to recognise it by.
const KEPT: usize = 500;

const BUFFER: usize = 64 * 1_024;

/// A table of comma-separated values.
pub(super) struct Csv {
    rows: ::csv::Reader<Limited<Box<dyn Read + Send>>>,
    record: ::csv::ByteRecord,
    header: Vec<String>,
    selected: Vec<usize>,
    allowance: Arc<AtomicU64>,
    read: Arc<AtomicU64>,
}

impl Csv {
    /// Opens what `source` holds, packed or not.
    pub(super) fn open(source: impl Read + Send + 'static) -> Result<Self, TableError> {
        let read = Arc::new(AtomicU64::new(0));
        let counted = Counted { inner: source, read: Arc::clone(&read) };
        let mut plain = BufReader::with_capacity(BUFFER, unpacked(counted)?);
        let delimiter = delimiter(first_line(plain.fill_buf()?));
        let allowance = Arc::new(AtomicU64::new(MAX_ROW_BYTES as u64));
        let inner: Box<dyn Read + Send> = Box::new(plain);
        let rows = ::csv::ReaderBuilder::new()
            .delimiter(delimiter)
            .flexible(true)
            .has_headers(false)
            .from_reader(Limited { inner, allowance: Arc::clone(&allowance) });
        let (record, header, selected) = (::csv::ByteRecord::new(), Vec::new(), Vec::new());
        let mut table = Self { rows, record, header, selected, allowance, read };
        table.read_header()?;
        Ok(table)
    }

    fn read_header(&mut self) -> Result<(), TableError> {
        if !self.advance()? {
            return Err(TableError::Format(
                "the file is empty: its first line must name the columns".to_owned(),
            ));
        }
        if self.record.len() > MAX_COLUMNS {
            let found = self.record.len();
            return Err(TableError::Format(format!(
                "line 1 has {found} columns: at most {MAX_COLUMNS} are read"
            )));
        }
        let mut header = Vec::with_capacity(self.record.len());
        for (place, field) in self.record.iter().enumerate() {
            let name =
                text(field).map_err(|byte| not_utf8(1, place, None, byte)).map_err(TableError::Format)?;
            header.push(name.trim().to_owned());
        }
        self.header = header;
        Ok(())
    }

    /// Reads the next record into `record`; `false` at the end.
    fn advance(&mut self) -> Result<bool, TableError> {
        self.allowance.store(MAX_ROW_BYTES as u64, Ordering::Relaxed);
        let begins = self.rows.position().line();
        match self.rows.read_byte_record(&mut self.record) {
            Ok(more) => Ok(more),
            Err(error) => match error.into_kind() {
                ::csv::ErrorKind::Io(error) if error.kind() == io::ErrorKind::FileTooLarge => {
                    Err(TableError::Format(format!(
                        "the row that begins in line {begins} has more than {MAX_ROW_BYTES} bytes: a quotation mark may be \
                         missing there"
                    )))
                }
                ::csv::ErrorKind::Io(error) => Err(error.into()),
                other => Err(TableError::Format(format!("line {begins}: {other:?}"))),
            },
        }
    }

    fn row(&self) -> Result<Row, BadRow> {
        let number = self.record.position().map_or(0, ::csv::Position::line);
        let (found, wanted) = (self.record.len(), self.header.len());
        if found != wanted {
            return Err(self.bad(
                number,
                format!(
                    "line {number} has {found} fields and the header {wanted}: quote fields that hold the separator"
                ),
            ));
        }
        let mut cells = Vec::with_capacity(self.selected.len());
        for place in &self.selected {
            let field = self.record.get(*place).unwrap_or_default();
            let name = self.header.get(*place).map(String::as_str);
            match text(field) {
                Ok(text) => cells.push(cell(text)),
                Err(byte) => return Err(self.bad(number, not_utf8(number, *place, name, byte))),
            }
        }
        Ok(Row { number, cells })
    }

    fn bad(&self, number: u64, reason: String) -> BadRow {
        let fields: Vec<_> = self.record.iter().map(String::from_utf8_lossy).collect();
        BadRow { number, reason, text: fields.join(",").chars().take(KEPT).collect() }
    }
}

impl Table for Csv {
    fn header(&self) -> &[String] {
        &self.header
    }

    fn select(&mut self, columns: &[usize]) {
        self.selected = columns.to_vec();
    }

    fn next(&mut self) -> Result<Option<Result<Row, BadRow>>, TableError> {
        Ok(self.advance()?.then(|| self.row()))
    }

    fn bytes(&self) -> u64 {
        self.read.load(Ordering::Relaxed)
    }
}

/// The text of a field, or the place of the first byte that is none, from 1.
fn text(field: &[u8]) -> Result<&str, usize> {
    std::str::from_utf8(field).map_err(|error| error.valid_up_to() + 1)
}

fn not_utf8(line: u64, place: usize, name: Option<&str>, byte: usize) -> String {
    let column = place + 1;
    let name = name.map(|name| format!(" ({name})")).unwrap_or_default();
    format!("line {line}, column {column}{name}, byte {byte}: not UTF-8; save the file as UTF-8")
}

/// `="00123"` is how spreadsheets are kept from reading a number: it means its text. Any other formula is only text here.
fn cell(text: &str) -> Option<Value> {
    let text = text.trim();
    let text = text.strip_prefix("=\"").and_then(|inner| inner.strip_suffix('"')).unwrap_or(text).trim();
    (!text.is_empty()).then(|| Value::Text(text.to_owned()))
}

/// The separator that makes the most known columns of a header; a comma when none does.
fn delimiter(line: &[u8]) -> u8 {
    let line = String::from_utf8_lossy(line);
    let known = |delimiter: &u8| columns::known(line.split(char::from(*delimiter)));
    // The last of several with the same number is taken: the comma.
    DELIMITERS.into_iter().rev().max_by_key(known).unwrap_or(b',')
}

/// Whether a beginning of a file looks like the header of a table.
pub(super) fn is_header(start: &[u8]) -> bool {
    let line = first_line(start);
    let text = String::from_utf8_lossy(line);
    columns::known(text.split(char::from(delimiter(line)))) >= 2
}

fn first_line(start: &[u8]) -> &[u8] {
    let start = start.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(start);
    start.split(|byte| matches!(byte, b'\n' | b'\r')).next().unwrap_or_default()
}

fn unpacked(source: impl Read + Send + 'static) -> io::Result<Box<dyn Read + Send>> {
    let mut source = BufReader::with_capacity(BUFFER, source);
    if source.fill_buf()?.starts_with(&GZIP) {
        return Ok(Box::new(MultiGzDecoder::new(source)));
    }
    Ok(Box::new(source))
}

/// Reads at most as much as is allowed until the allowance is renewed.
struct Limited<R> {
    inner: R,
    allowance: Arc<AtomicU64>,
}

impl<R: Read> Read for Limited<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let left = self.allowance.load(Ordering::Relaxed);
        if left == 0 {
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        let read = self.inner.read(into)?;
        self.allowance.store(left.saturating_sub(read as u64), Ordering::Relaxed);
        Ok(read)
    }
}

/// Counts what is read.
struct Counted<R> {
    inner: R,
    read: Arc<AtomicU64>,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(into)?;
        self.read.fetch_add(read as u64, Ordering::Relaxed);
        Ok(read)
    }
}
