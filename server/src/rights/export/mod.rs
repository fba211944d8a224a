//! Everything that is kept of a customer, for the customer (GDPR, articles 15 and 20).
//!
//! `customer.json` holds all of it, in sections; each says where its data come from, for which purposes they are used, who
//! gets to see them and how long they are kept. The CSV files hold what the customer provided and what was observed, not
//! what was made of it. Times are milliseconds since 1970 in the JSON, as they are kept, and RFC 3339 in the CSV.
//!
//! Members of the staff are not named: an export tells the shop and the role.
//!
//! To add something that is kept: a variant of [`Section`], which the compiler then asks for; when it was provided or
//! observed, a variant of `tables::Table` too.

mod csv;
mod gather;
mod section;
mod showings;
mod tables;
mod words;

use futures::{Stream, StreamExt as _, stream};
use serde_json::{Value, json};
use shopbell_domain::{
    id::{AssociateId, CustomerId, VisitId},
    identity::{Identifier, Unusable},
    ports::{Look, LookKind, StoreError},
    rights::subject,
};

use self::{gather::Data, section::Section, tables::Table};
use super::{
    instant::rfc3339,
    looks::office,
    person::{NotFound, whole_of},
    service::Rights,
};

/// Most bytes of one part.
const PART_BYTES: usize = 64 * 1_024;

/// Where the whole of it stands.
const JSON_FILE: &str = "customer.json";

/// Why there is no export.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// Nobody has this number.
    #[error("nothing is known of this customer")]
    Unknown,
    /// What was given names nobody.
    #[error(transparent)]
    Nobody(Unusable),
    /// Too much hangs together to say who is who.
    #[error("{0}")]
    TooLarge(String),
    /// The store could not tell.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A mistake in this program: something that is kept cannot be told.
    #[error("a record cannot be written as JSON: {0}")]
    Json(#[from] serde_json::Error),
}

impl From<NotFound> for ExportError {
    fn from(error: NotFound) -> Self {
        match error {
            NotFound::Unusable(error) => Self::Nobody(error),
            NotFound::TooLarge(error) => Self::TooLarge(error.to_string()),
            NotFound::Store(error) => Self::Store(error),
        }
    }
}

/// Which files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// All.
    All,
    /// `customer.json`.
    Json,
    /// The CSV files.
    Csv,
}

/// Who reads an export.
#[derive(Debug, Clone)]
pub struct Reader {
    who: AssociateId,
    kind: LookKind,
}

impl Reader {
    /// One of those who run the shops.
    pub fn operator() -> Self {
        Self { who: named("operator"), kind: LookKind::Exported }
    }

    /// A backend of the retailer, by its name in the configuration.
    pub fn app(name: &str) -> Self {
        let who = AssociateId::new(name).unwrap_or_else(|_| named("app"));
        Self { who, kind: LookKind::ExportedByApp }
    }
}

/// Some bytes of a file; parts of one file follow one another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// The file's name.
    pub file: &'static str,
    /// Its next bytes.
    pub bytes: Vec<u8>,
}

/// A piece of the export that is gathered at once.
#[derive(Debug, Clone, Copy)]
enum Piece {
    Head,
    Section(Section),
    End,
    Table(Table),
}

impl Rights {
    /// The files of whom `user` names, as regulations name one. Sections are read while they are sent.
    pub async fn export(
        &self,
        user: &str,
        format: Format,
        by: &Reader,
    ) -> Result<impl Stream<Item = Result<Part, ExportError>> + Send + use<>, ExportError> {
        let parts = self.parts();
        // A number of ours is one, whatever else it looks like.
        let number = || CustomerId::new(user).ok().map(|number| Identifier::from(&number));
        let named = subject(user).or_else(|error| number().ok_or(NotFound::Unusable(error)))?;
        let whole = whole_of(parts.events.as_ref(), parts.kept.as_ref(), &parts.rules, named).await?.all();
        let customer = whole.iter().find_map(Identifier::customer);
        self.export_of(customer, whole, format, by).await
    }

    /// The files of a person, who may be a guest without a number.
    pub(super) async fn export_of(
        &self,
        customer: Option<CustomerId>,
        who: Vec<Identifier>,
        format: Format,
        by: &Reader,
    ) -> Result<impl Stream<Item = Result<Part, ExportError>> + Send + use<>, ExportError> {
        let data = Data::new(self.clone(), customer, who);
        if !data.is_known().await? {
            return Err(ExportError::Unknown);
        }
        self.looked(&data, by).await?;
        let pieces = stream::iter(pieces(format)).then(move |piece| {
            let data = data.clone();
            async move { cut(piece, piece.gathered(&data).await) }
        });
        Ok(pieces.flat_map(stream::iter))
    }

    /// Keeps that all of it is read, before it is. Of a guest without a number no looks are kept.
    async fn looked(&self, data: &Data, by: &Reader) -> Result<(), StoreError> {
        let looks = data.customer.iter().map(|customer| Look {
            at: data.now(),
            store: office(),
            associate: by.who.clone(),
            customer: customer.clone(),
            visit: VisitId(0),
            what: by.kind,
        });
        self.parts().store.record_looks(looks.collect()).await
    }
}

fn pieces(format: Format) -> Vec<Piece> {
    let (json, csv) = match format {
        Format::All => (true, true),
        Format::Json => (true, false),
        Format::Csv => (false, true),
    };
    let mut pieces = Vec::new();
    if json {
        pieces.push(Piece::Head);
        pieces.extend(Section::ALL.into_iter().map(Piece::Section));
        pieces.push(Piece::End);
    }
    if csv {
        pieces.extend(Table::ALL.into_iter().map(Piece::Table));
    }
    pieces
}

fn cut(piece: Piece, bytes: Result<Vec<u8>, ExportError>) -> Vec<Result<Part, ExportError>> {
    let bytes = match bytes {
        Ok(bytes) => bytes,
        Err(error) => return vec![Err(error)],
    };
    let file = piece.file();
    bytes.chunks(PART_BYTES).map(|bytes| Ok(Part { file, bytes: bytes.to_vec() })).collect()
}

impl Piece {
    const fn file(self) -> &'static str {
        match self {
            Self::Head | Self::Section(_) | Self::End => JSON_FILE,
            Self::Table(table) => table.file(),
        }
    }

    async fn gathered(self, data: &Data) -> Result<Vec<u8>, ExportError> {
        match self {
            Self::Head => head(data),
            Self::Section(section) => {
                let gathered = section.gathered(data).await?;
                let mut bytes = format!(",\n\"{}\": ", section.name()).into_bytes();
                serde_json::to_writer_pretty(&mut bytes, &gathered)?;
                Ok(bytes)
            }
            Self::End => Ok(b"\n}\n".to_vec()),
            Self::Table(table) => table.gathered(data).await,
        }
    }
}

/// An object that the sections go on.
fn head(data: &Data) -> Result<Vec<u8>, ExportError> {
    let about: Value = json!({
        "format": "shopbell customer export 1",
        "customer": data.customer.as_ref().map(CustomerId::as_str),
        "exportedAt": rfc3339(data.now()),
        "times": "milliseconds since 1970-01-01T00:00:00Z",
        "rights": "You may have this corrected, restricted or erased, and object to its use. Ask the retailer.",
    });
    let mut bytes = serde_json::to_vec_pretty(&about)?;
    // Without its end.
    bytes.truncate(bytes.trim_ascii_end().len().saturating_sub(1));
    bytes.truncate(bytes.trim_ascii_end().len());
    Ok(bytes)
}

/// In the place of whoever wrote a note.
fn nobody_of_the_staff() -> AssociateId {
    named("associate")
}

fn named(word: &str) -> AssociateId {
    AssociateId::new(word).unwrap_or_else(|_| unreachable!("a word makes an associate's number"))
}
