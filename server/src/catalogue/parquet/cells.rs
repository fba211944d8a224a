//! Values of a column as cells.

use parquet::{
    basic::{ConvertedType, LogicalType, TimeUnit, Type},
    column::reader::{ColumnReader, ColumnReaderImpl},
    data_type::{ByteArray, DataType},
    errors::ParquetError,
    schema::types::ColumnDescriptor,
};
use shopbell_domain::time::Timestamp;

use crate::catalogue::table::Value;

const DAY_MILLIS: i64 = 86_400_000;

/// Longest text of a cell, in bytes. A dictionary names one text for a million rows: a longer one is cut here, and then
/// refused by its field.
const MAX_CELL_BYTES: usize = 16 * 1_024;

/// How the values of a column are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reading {
    /// UTF-8.
    Text,
    /// A number, or a truth.
    Number,
    /// A whole number without sign.
    Unsigned,
    /// A number with so many decimals.
    Decimal(usize),
    /// Days since 1970.
    Days,
    /// So many in a millisecond.
    Fraction(i64),
    /// Milliseconds.
    Millis,
    /// Int96, as older Spark writes times.
    Int96,
}

impl Reading {
    /// How a column is to be read; `None` when it is of no kind that is read.
    pub(super) fn of(column: &ColumnDescriptor) -> Option<Self> {
        let by_logical = match column.logical_type_ref() {
            None => None,
            Some(LogicalType::String | LogicalType::Enum | LogicalType::Json) => Some(Self::Text),
            Some(LogicalType::Decimal(decimal)) => Some(Self::Decimal(scale(decimal.scale)?)),
            Some(LogicalType::Date) => Some(Self::Days),
            Some(LogicalType::Timestamp(about)) => Some(match about.unit {
                TimeUnit::MILLIS => Self::Millis,
                TimeUnit::MICROS => Self::Fraction(1_000),
                TimeUnit::NANOS => Self::Fraction(1_000_000),
            }),
            Some(LogicalType::Integer(about)) => {
                Some(if about.is_signed { Self::Number } else { Self::Unsigned })
            }
            // A time of day, a UUID, a place: nothing that is asked for here.
            Some(_) => return None,
        };
        let reading = by_logical.or_else(|| match (column.converted_type(), column.physical_type()) {
            // Some writers do not say that their bytes are text.
            (ConvertedType::UTF8 | ConvertedType::ENUM | ConvertedType::JSON, _)
            | (ConvertedType::NONE, Type::BYTE_ARRAY) => Some(Self::Text),
            (ConvertedType::DECIMAL, _) => scale(column.type_scale()).map(Self::Decimal),
            (ConvertedType::DATE, _) => Some(Self::Days),
            (ConvertedType::TIMESTAMP_MILLIS, _) => Some(Self::Millis),
            (ConvertedType::TIMESTAMP_MICROS, _) => Some(Self::Fraction(1_000)),
            (
                ConvertedType::UINT_8
                | ConvertedType::UINT_16
                | ConvertedType::UINT_32
                | ConvertedType::UINT_64,
                _,
            ) => Some(Self::Unsigned),
            (_, Type::INT96) => Some(Self::Int96),
            (_, Type::BOOLEAN | Type::INT32 | Type::INT64 | Type::FLOAT | Type::DOUBLE) => Some(Self::Number),
            _ => None,
        })?;
        let bytes = matches!(column.physical_type(), Type::BYTE_ARRAY | Type::FIXED_LEN_BYTE_ARRAY);
        let whole = matches!(column.physical_type(), Type::INT32 | Type::INT64);
        let fits = match reading {
            Self::Text => column.physical_type() == Type::BYTE_ARRAY,
            Self::Decimal(_) => bytes || whole,
            Self::Days | Self::Fraction(_) | Self::Millis | Self::Unsigned => whole,
            Self::Int96 => column.physical_type() == Type::INT96,
            Self::Number => !bytes && column.physical_type() != Type::INT96,
        };
        fits.then_some(reading)
    }

    /// The next cells of a column; exactly `wanted`.
    pub(super) fn read(
        self,
        reader: &mut ColumnReader,
        wanted: usize,
    ) -> Result<Vec<Option<Value>>, ParquetError> {
        match reader {
            ColumnReader::BoolColumnReader(reader) => {
                column(reader, wanted, |yes: &bool| Some(text(yes.to_string())))
            }
            ColumnReader::Int32ColumnReader(reader) => {
                column(reader, wanted, |number: &i32| Some(self.int32(*number)))
            }
            ColumnReader::Int64ColumnReader(reader) => {
                column(reader, wanted, |number: &i64| Some(self.int64(*number)))
            }
            ColumnReader::Int96ColumnReader(reader) => {
                column(reader, wanted, |at: &parquet::data_type::Int96| Some(time(at.to_millis())))
            }
            // `Display` of floating-point numbers writes the shortest decimal that reads back as the same, never an exponent.
            ColumnReader::FloatColumnReader(reader) => {
                column(reader, wanted, |number: &f32| number.is_finite().then(|| text(number.to_string())))
            }
            ColumnReader::DoubleColumnReader(reader) => {
                column(reader, wanted, |number: &f64| number.is_finite().then(|| text(number.to_string())))
            }
            ColumnReader::ByteArrayColumnReader(reader) => {
                column(reader, wanted, |bytes: &ByteArray| self.bytes(bytes.data()))
            }
            ColumnReader::FixedLenByteArrayColumnReader(reader) => {
                column(reader, wanted, |bytes: &parquet::data_type::FixedLenByteArray| {
                    self.bytes(bytes.data())
                })
            }
        }
    }

    fn int32(self, number: i32) -> Value {
        if self == Self::Unsigned {
            return text(number.cast_unsigned().to_string());
        }
        self.int64(i64::from(number))
    }

    fn int64(self, number: i64) -> Value {
        match self {
            Self::Unsigned => text(number.cast_unsigned().to_string()),
            Self::Decimal(scale) => text(decimal(i128::from(number), scale)),
            Self::Days => time(number.saturating_mul(DAY_MILLIS)),
            Self::Fraction(parts) => time(number.div_euclid(parts)),
            Self::Millis => time(number),
            Self::Text | Self::Number | Self::Int96 => text(number.to_string()),
        }
    }

    fn bytes(self, bytes: &[u8]) -> Option<Value> {
        if let Self::Decimal(scale) = self {
            return Some(text(decimal(big_endian(bytes)?, scale)));
        }
        let kept = bytes.get(..MAX_CELL_BYTES).unwrap_or(bytes);
        // What is no text becomes U+FFFD, which each field that people read lets pass: it is seen.
        let kept = String::from_utf8_lossy(kept);
        let kept = kept.trim();
        (!kept.is_empty()).then(|| text(kept.to_owned()))
    }
}

fn scale(scale: i32) -> Option<usize> {
    usize::try_from(scale).ok().filter(|scale| *scale <= 38)
}

const fn text(text: String) -> Value {
    Value::Text(text)
}

const fn time(millis: i64) -> Value {
    Value::Time(Timestamp::from_millis(millis))
}

/// Digits with a decimal point before the last `scale` ones.
fn decimal(unscaled: i128, scale: usize) -> String {
    let sign = if unscaled < 0 { "-" } else { "" };
    let digits = format!("{:0width$}", unscaled.unsigned_abs(), width = scale + 1);
    let (units, decimals) = digits.split_at_checked(digits.len() - scale).unwrap_or((&digits, ""));
    if decimals.is_empty() { format!("{sign}{units}") } else { format!("{sign}{units}.{decimals}") }
}

/// Two's complement of at most 16 bytes.
fn big_endian(bytes: &[u8]) -> Option<i128> {
    if bytes.is_empty() || bytes.len() > 16 {
        return None;
    }
    let filling = if bytes.first().is_some_and(|first| first & 0x80 != 0) { 0xFF } else { 0 };
    let mut all = [filling; 16];
    for (to, from) in all.iter_mut().rev().zip(bytes.iter().rev()) {
        *to = *from;
    }
    Some(i128::from_be_bytes(all))
}

/// Reads exactly `wanted` cells: fewer are a damaged file.
fn column<T: DataType>(
    reader: &mut ColumnReaderImpl<T>,
    wanted: usize,
    cell: impl Fn(&T::T) -> Option<Value>,
) -> Result<Vec<Option<Value>>, ParquetError> {
    let (mut levels, mut values) = (Vec::new(), Vec::new());
    let mut rows = 0;
    while rows < wanted {
        let (more, ..) = reader.read_records(wanted - rows, Some(&mut levels), None, &mut values)?;
        if more == 0 {
            return Err(ParquetError::General(
                "a column has fewer values than its row group has rows".to_owned(),
            ));
        }
        rows += more;
    }
    if values.len() == wanted {
        return Ok(values.iter().map(cell).collect());
    }
    // Flat columns: a level of 0 is no value.
    let mut values = values.iter();
    Ok(levels
        .iter()
        .take(wanted)
        .map(|level| if *level == 0 { None } else { values.next().and_then(&cell) })
        .collect())
}
