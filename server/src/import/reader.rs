//! The thread that reads and parses: lines into batches of changes.

use std::{
    fs::File,
    io::{self, BufRead, BufReader},
    path::Path,
};

use shopbell_domain::ports::Change;
use tokio::sync::mpsc;

use super::{
    lines::{Line, Lines, MAX_LINE},
    record::{self, Kind, Record, Refused},
    rejects::Rejected,
    stock::Group,
};

/// Text that a batch holds at most, in bytes, beyond its last line: bounds the memory of an import.
const BATCH_BYTES: usize = 1_024 * 1_024;

/// Lines that one batch rejects at most: a file that is no import at all reaches the rejects in steps.
const BATCH_REJECTED: usize = 10_000;

/// A line with its number, to name it if the store refuses it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct NumberedText {
    pub(super) number: u64,
    pub(super) text: String,
}

/// A change, and the lines that it comes from: one, or several for stock.
#[derive(Debug)]
pub(super) struct Parsed {
    pub(super) kind: Kind,
    pub(super) change: Change,
    pub(super) lines: Vec<NumberedText>,
}

/// How far a file was read.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Position {
    pub(super) line: u64,
    pub(super) bytes: u64,
}

/// What is written together.
#[derive(Debug, Default)]
pub(super) struct Batch {
    pub(super) changes: Vec<Parsed>,
    pub(super) rejected: Vec<Rejected>,
    pub(super) position: Position,
}

/// What the reader tells.
#[derive(Debug)]
pub(super) enum Step {
    /// The next lines.
    Batch(Batch),
    /// Reading failed; nothing follows.
    Failed(io::Error),
}

/// Where lines come from.
pub(super) enum Source {
    File { file: File, bytes: u64 },
    Stdin,
}

impl Source {
    /// Opens a file; `-` is standard input.
    pub(super) fn open(path: &Path) -> io::Result<Self> {
        if path.as_os_str() == "-" {
            return Ok(Self::Stdin);
        }
        let file = File::open(path)?;
        let metadata = file.metadata()?;
        if metadata.is_dir() {
            return Err(io::Error::new(io::ErrorKind::IsADirectory, "it is a directory"));
        }
        Ok(Self::File { bytes: metadata.len(), file })
    }

    /// Its length, where that is known.
    pub(super) const fn bytes(&self) -> Option<u64> {
        match self {
            Self::File { bytes, .. } => Some(*bytes),
            Self::Stdin => None,
        }
    }
}

/// Reads to the end, or until nobody listens any more.
pub(super) fn read(source: Source, batch: usize, steps: &mpsc::Sender<Step>) {
    let result = match source {
        Source::File { file, .. } => read_lines(BufReader::with_capacity(256 * 1_024, file), batch, steps),
        Source::Stdin => read_lines(io::stdin().lock(), batch, steps),
    };
    if let Err(error) = result {
        // Without a listener there is nobody to tell.
        let _ = steps.blocking_send(Step::Failed(error));
    }
}

fn read_lines(source: impl BufRead, changes: usize, steps: &mpsc::Sender<Step>) -> io::Result<()> {
    let mut lines = Lines::new(source);
    let mut gather = Gather::default();
    while let Some(line) = lines.next()? {
        gather.line(lines.number, line);
        if gather.is_full(changes) {
            let position = Position { line: lines.number, bytes: lines.bytes };
            if steps.blocking_send(Step::Batch(gather.take(position))).is_err() {
                return Ok(());
            }
        }
    }
    gather.end_group();
    let position = Position { line: lines.number, bytes: lines.bytes };
    let _ = steps.blocking_send(Step::Batch(gather.take(position)));
    Ok(())
}

/// A batch in the making. A group of stock lines that may still grow stays for the next one.
#[derive(Default)]
struct Gather {
    batch: Batch,
    bytes: usize,
    group: Option<Group>,
}

impl Gather {
    fn line(&mut self, number: u64, line: Line) {
        let text = match line {
            Line::Whole(text) if text.trim().is_empty() => return,
            Line::Whole(text) => text,
            Line::NotText(text) => {
                return self.reject(number, text, None, "the line is not UTF-8".to_owned());
            }
            Line::TooLong(start) => {
                return self.reject(number, start, None, format!("the line is longer than {MAX_LINE} bytes"));
            }
        };
        self.bytes += text.len();
        match record::parse(&text) {
            Err(Refused { kind, reason }) => self.reject(number, text, kind, reason),
            Ok((kind, Record::Change(change))) => {
                self.end_group();
                let lines = vec![NumberedText { number, text }];
                self.batch.changes.push(Parsed { kind, change, lines });
            }
            Ok((_, Record::Stock { store, product, piece })) => {
                let line = NumberedText { number, text };
                let Some(group) = self.group.as_mut().filter(|group| group.is_of(&store, &product)) else {
                    self.end_group();
                    self.group = Some(Group::new(store, product, piece, line));
                    return;
                };
                if let Err((line, reason)) = group.add(piece, line) {
                    self.reject(line.number, line.text, Some(Kind::Stock), reason);
                }
            }
        }
    }

    fn reject(&mut self, number: u64, text: String, kind: Option<Kind>, reason: String) {
        self.batch.rejected.push(Rejected { kind, number, reason, text });
    }

    fn end_group(&mut self) {
        if let Some(group) = self.group.take() {
            let (change, lines) = group.finish();
            self.batch.changes.push(Parsed { kind: Kind::Stock, change, lines });
        }
    }

    fn is_full(&self, changes: usize) -> bool {
        self.batch.changes.len() >= changes
            || self.batch.rejected.len() >= BATCH_REJECTED
            || self.bytes >= BATCH_BYTES
    }

    fn take(&mut self, position: Position) -> Batch {
        self.bytes = 0;
        Batch { position, ..std::mem::take(&mut self.batch) }
    }
}
