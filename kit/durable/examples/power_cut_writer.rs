//! The process whose power is cut in `tests/power_cut.rs`: `power_cut_writer <store directory> <ack file>`.
//!
//! Several writers commit as an outbox does: each commit puts an event under two keys, overwrites a cursor and
//! deletes an old event. Only after the store's answer is `writer sequence` appended to the ack file, which
//! lies outside of what loses its power. It runs until it is killed.

use std::{
    fs::{File, OpenOptions},
    io::Write as _,
    path::Path,
};

use shopbell_durable::{KeyReader, KeyWriter, Options, Store, WriteBatch};

const WRITERS: u8 = 8;
const KEPT: u64 = 200;

fn main() -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    let arguments: Vec<String> = std::env::args().collect();
    let [_, dir, acks] = arguments.as_slice() else {
        return Err("usage: power_cut_writer <dir> <acks>".into());
    };
    let options = Options { cache_bytes: 1 << 20, reserve_bytes: 1 << 20, ..Options::default() };
    let store = Store::open(Path::new(dir), options)?;
    let acks = OpenOptions::new().create(true).append(true).open(acks)?;
    std::thread::scope(|scope| {
        let writers: Vec<_> = (0..WRITERS)
            .map(|writer| {
                scope.spawn({
                    let (store, acks) = (&store, &acks);
                    move || write(store, acks, writer)
                })
            })
            .collect();
        writers.into_iter().try_for_each(|writer| writer.join().map_err(|_| "a writer panicked")?)
    })
}

fn write(store: &Store, mut acks: &File, writer: u8) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    let newest = store.scan_prefix_back(KeyWriter::new(b'e').u8(writer).finish(), None, 1)?;
    let last = match newest.first() {
        Some(entry) => {
            let mut key = KeyReader::new(&entry.key, b'e')?;
            key.u8()?;
            key.u64()?
        }
        None => 0,
    };
    // What a cut has left is on the disk, told or not. Otherwise a life that ends before its first answer would leave the
    // next one two commits ahead of what was told.
    if last > 0 {
        acks.write_all(format!("{writer} {last}\n").as_bytes())?;
    }
    for sequence in last + 1.. {
        let mut batch = WriteBatch::new();
        let event = format!("event {sequence} of writer {writer}: {}", "x".repeat(80));
        batch.put(KeyWriter::new(b'e').u8(writer).u64(sequence).finish(), event.as_bytes());
        batch.put(KeyWriter::new(b'm').u64(sequence).u8(writer).finish(), event.as_bytes());
        batch.put(KeyWriter::new(b'c').u8(writer).finish(), sequence.to_be_bytes());
        if let Some(old) = sequence.checked_sub(KEPT) {
            batch.delete(KeyWriter::new(b'e').u8(writer).u64(old).finish());
            batch.delete(KeyWriter::new(b'm').u64(old).u8(writer).finish());
        }
        store.commit_blocking(batch)?;
        acks.write_all(format!("{writer} {sequence}\n").as_bytes())?;
    }
    Ok(())
}
