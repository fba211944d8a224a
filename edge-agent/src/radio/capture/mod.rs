//! Recordings of the air: btsnoop files (`btmon -w`, `hcidump`, Android's HCI log) and JSON lines.
//!
//! [`Capture`] reads frames one by one from a file of any size; [`player`] plays them as a [`super::Radio`].
//!
//! Invariants: reading is total. A recording that is damaged or cut off is played up to the damage, then
//! [`CaptureError::Damaged`] names the place. Memory does not depend on what lengths a file claims.
//!
//! To add a format: a reader with `next_frame`, a variant of `Reader`, and its recognition in [`Capture::open`].

pub mod btsnoop;
pub mod hci;
pub mod jsonl;
pub mod player;

use std::{
    fs::File,
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
};

use shopbell_domain::{signal::Dbm, time::Timestamp};

use super::AdBytes;

/// One advertisement of a recording.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recorded {
    /// When it was received, by the recorder's clock.
    pub time: Timestamp,
    /// How strong; `None` when the controller could not tell.
    pub rssi: Option<Dbm>,
    /// The AD structures.
    pub ad: AdBytes,
    /// Whether it answered an active scan.
    pub scan_response: bool,
}

/// Why a recording cannot be played, or not to its end.
#[derive(Debug, thiserror::Error)]
pub enum CaptureError {
    /// The file cannot be opened or read.
    #[error("cannot read the recording {}: {source}; check the path and its permissions", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// The system's answer.
        source: std::io::Error,
    },
    /// The file is a btsnoop file of a kind that holds no HCI events in a known form.
    #[error(
        "the recording {} has btsnoop datalink {datalink}: only 1002 (HCI UART) and 2001 (Linux monitor) can be \
         played; record with `btmon -w`",
        path.display()
    )]
    Datalink {
        /// The file.
        path: PathBuf,
        /// The datalink type as it stands in the file.
        datalink: u32,
    },
    /// The file is no recording.
    #[error(
        "{} is neither btsnoop nor JSON lines: record with `btmon -w FILE`, or name a recording",
        path.display()
    )]
    Foreign {
        /// The file.
        path: PathBuf,
    },
    /// From here on the file makes no sense. Everything before was played.
    #[error("the recording {} is damaged at {place}: {reason}; what stands before was played", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// Byte offset or line number.
        place: String,
        /// What is wrong there.
        reason: String,
    },
}

/// What a reader of a format found wrong; [`Capture`] adds the file.
#[derive(Debug)]
pub enum Fault {
    /// The system failed.
    Io(std::io::Error),
    /// An unknown kind of btsnoop file.
    Datalink(u32),
    /// No known kind of file.
    Foreign,
    /// The content makes no sense from here on.
    Damaged {
        /// Byte offset or line number.
        place: String,
        /// What is wrong there.
        reason: String,
    },
}

impl From<std::io::Error> for Fault {
    fn from(error: std::io::Error) -> Self {
        Self::Io(error)
    }
}

type Source = BufReader<File>;

#[derive(Debug)]
enum Reader {
    Btsnoop(btsnoop::Btsnoop<Source>),
    Jsonl(jsonl::JsonLines<Source>),
}

/// An open recording.
#[derive(Debug)]
pub struct Capture {
    path: PathBuf,
    reader: Reader,
}

impl Capture {
    /// Opens a recording; its first bytes tell the format.
    pub fn open(path: &Path) -> Result<Self, CaptureError> {
        let name = |fault| named(path, fault);
        let mut source = BufReader::new(File::open(path).map_err(|error| name(error.into()))?);
        let start = source.fill_buf().map_err(|error| name(error.into()))?;
        let reader = if start.starts_with(btsnoop::MAGIC) {
            Reader::Btsnoop(btsnoop::Btsnoop::open(source).map_err(name)?)
        } else {
            Reader::Jsonl(jsonl::JsonLines::new(source))
        };
        Ok(Self { path: path.to_owned(), reader })
    }

    /// The next advertisement; `None` at the end. After an error nothing more comes.
    pub fn next_frame(&mut self) -> Result<Option<Recorded>, CaptureError> {
        let next = match &mut self.reader {
            Reader::Btsnoop(reader) => reader.next_frame(),
            Reader::Jsonl(reader) => reader.next_frame(),
        };
        next.map_err(|fault| named(&self.path, fault))
    }
}

fn named(path: &Path, fault: Fault) -> CaptureError {
    let path = path.to_owned();
    match fault {
        Fault::Io(source) => CaptureError::Io { path, source },
        Fault::Datalink(datalink) => CaptureError::Datalink { path, datalink },
        Fault::Foreign => CaptureError::Foreign { path },
        Fault::Damaged { place, reason } => CaptureError::Damaged { path, place, reason },
    }
}

#[cfg(test)]
mod tests;
