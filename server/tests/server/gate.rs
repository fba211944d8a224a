//! Who reads what is known of customers. Each file that does stands here with the reason why it may: whoever adds one comes
//! by this list, and asks `Consent::permits` before anybody sees what was read, or says why that need not be.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

/// Reads of a person's records, as they are written.
const READS: [&str; 10] = [
    ".profile(",
    ".view(",
    ".events_of(",
    ".visits_of(",
    ".looks_at(",
    ".log_of(",
    ".log_in_short(",
    ".log_since(",
    "store.customer(",
    "decisions.said(",
];

/// The files, and what keeps what they read from whom it is not for.
const READERS: [(&str, &str); 25] = [
    ("brief/reader.rs", "Situation::gather and Card::compose ask for each field"),
    ("demand/gathering.rs", "what many bought together; shows nothing of one person"),
    ("floor/decisions.rs", "the gate itself: what is stored, less what was taken away"),
    ("floor/task/help.rs", "ends a wish for help; shows nothing"),
    ("floor/task/showing.rs", "how a guest took words, for when to ring; shows nothing of it"),
    ("floor/task/till.rs", "asks whether visits may be recorded; rows and cards ask for orders"),
    ("floor/till.rs", "as the one before"),
    ("grpc/consent.rs", "tells the customer what was decided"),
    ("grpc/floor.rs", "whether a card of the visit held a starter of which something is said; shows nothing"),
    ("grpc/online.rs", "whether there is such a customer, to record the look"),
    ("grpc/starters.rs", "explains a card to operators, less what is no longer shared, and records the look"),
    ("import/sharing.rs", "compares a file with what was decided"),
    ("notes/mod.rs", "asks for notes at each reading and writing"),
    ("online/offline.rs", "makes views while no server runs; shows nothing"),
    ("online/plan.rs", "makes views; shows nothing"),
    ("online/portrait.rs", "whether anything is known by a number; shows nothing of it"),
    ("ranking/learner.rs", "learns from what was shown; shows nothing of one person"),
    ("retention/activity.rs", "when somebody was last active, to forget them"),
    ("retention/persons.rs", "the same, of who is no customer"),
    ("rights/carry.rs", "carries out what the customer asked"),
    ("rights/export/gather.rs", "the customer's own export"),
    ("rights/export/section.rs", "the customer's own export"),
    ("rights/leaving.rs", "whether others told anything of a person, to forget what one source told"),
    ("rights/service.rs", "the customer's own questions"),
    ("shopify/desk.rs", "whether there is such a customer, for a decision"),
];

fn sources(directory: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if path.is_dir() && name != "tests" {
            sources(&path, found);
        } else if path.extension().is_some_and(|end| end == "rs") && name != "tests.rs" {
            found.push(path);
        }
    }
}

#[test]
fn whoever_reads_what_is_known_of_customers_is_listed() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    sources(&root, &mut files);
    assert!(files.len() > 50);
    let reads = |path: &PathBuf| {
        let text = fs::read_to_string(path).unwrap();
        let code = text.lines().filter(|line| !line.trim_start().starts_with("//"));
        code.flat_map(|line| READS.iter().filter(|read| line.contains(**read))).count() > 0
    };
    let found: Vec<String> = files
        .iter()
        .filter(|path| reads(path))
        .map(|path| path.strip_prefix(&root).unwrap().to_string_lossy().replace('\\', "/"))
        .collect();
    let listed: BTreeMap<&str, &str> = READERS.into_iter().collect();
    for file in &found {
        assert!(
            listed.contains_key(file.as_str()),
            "{file} reads what is known of customers: list it, with the reason"
        );
    }
    for file in listed.keys() {
        assert!(found.iter().any(|reader| reader == file), "{file} reads nothing of customers any more");
    }
}
