//! Holds the code to DESIGN's arrows, ARCHITECTURE.md to the tree, and files to a size that can be read.
//!
//! Here: the rules as tables (`architecture/rules.rs`) and their checks as functions of plain values, so that each is
//! also shown to fail on a made-up tree that breaks it. Never here: a rule with no such test.
//!
//! To add a crate: a line in `rules::ROOMS`. To add a top-level module: name its path in ARCHITECTURE.md.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

#[path = "architecture/document.rs"]
mod document;
#[path = "architecture/graph.rs"]
mod graph;
#[path = "architecture/links.rs"]
mod links;
#[path = "architecture/rules.rs"]
mod rules;
#[path = "architecture/sources.rs"]
mod sources;

use std::{collections::BTreeMap, fs, path::PathBuf};

use graph::{Crate, Graph};
use rules::{LONG_FILES, MAX_LINES, ROOMS};

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_path_buf()
}

fn assert_none(broken: &[String]) {
    assert!(broken.is_empty(), "{} broken:\n  {}\n", broken.len(), broken.join("\n  "));
}

#[test]
fn no_crate_depends_against_the_arrows() {
    assert_none(&graph::broken_arrows(&Graph::of_workspace(&root()), ROOMS));
}

#[test]
fn no_source_names_what_its_room_forbids() {
    let root = root();
    let mut broken = Vec::new();
    for room in ROOMS {
        for file in sources::rust_files(&root.join(room.folder), ROOMS, &root) {
            let text = fs::read_to_string(root.join(&file)).unwrap();
            broken.extend(sources::forbidden_paths(&file, &text, room));
        }
    }
    assert_none(&broken);
}

#[test]
fn the_page_imports_nothing_from_the_rest_of_the_tree() {
    let root = root();
    let mut broken = Vec::new();
    for file in
        sources::files(&root).iter().filter(|file| file.starts_with("web/") && sources::is_script(file))
    {
        let text = fs::read_to_string(root.join(file)).unwrap();
        broken.extend(sources::imports_that_leave(file, &text, "web"));
    }
    assert_none(&broken);
}

#[test]
fn the_document_and_the_tree_agree() {
    let root = root();
    let text = fs::read_to_string(root.join("ARCHITECTURE.md")).unwrap();
    let mut broken = document::missing_from_the_tree(&text, &|path| root.join(path).exists());
    broken.extend(document::missing_from_the_document(&text, &sources::rooms_and_modules(&root, ROOMS)));
    assert_none(&broken);
}

#[test]
fn every_link_of_the_documents_leads_somewhere() {
    let root = root();
    // What stands in tests is a part of a document that stands elsewhere.
    let documents = sources::files(&root)
        .into_iter()
        .filter(|file| sources::is_document(file) && !file.starts_with("tests/"));
    let texts: BTreeMap<String, String> = documents
        .map(|file| {
            let text = fs::read_to_string(root.join(&file)).unwrap();
            (file, text)
        })
        .collect();
    assert!(texts.len() > 10, "found only {} documents: the search is broken", texts.len());
    assert_none(&links::dead(&texts, &|path| root.join(path).exists()));
}

#[test]
fn no_file_is_too_long_to_read() {
    let root = root();
    let lengths: Vec<(String, usize)> = sources::files(&root)
        .into_iter()
        .filter(|file| sources::is_source(file))
        .map(|file| {
            let lines = fs::read_to_string(root.join(&file)).unwrap().lines().count();
            (file, lines)
        })
        .collect();
    assert!(lengths.len() > 50, "found only {} source files: the search is broken", lengths.len());
    assert_none(&sources::too_long(&lengths, MAX_LINES, LONG_FILES));
}

/// Made-up trees, each with one thing wrong.
mod broken_on_purpose {
    use super::*;

    fn depends(name: &str, on: &[&str]) -> Crate {
        let folder = ROOMS.iter().find(|room| room.package == name).map_or("elsewhere", |room| room.folder);
        Crate {
            name: name.to_owned(),
            folder: folder.to_owned(),
            depends_on: on.iter().map(ToString::to_string).collect(),
        }
    }

    fn room(folder: &str) -> &'static rules::Room {
        ROOMS.iter().find(|room| room.folder == folder).unwrap()
    }

    /// A tree in which every room exists and nothing depends on anything, but for `changed`.
    fn tree_with(changed: &Crate) -> Graph {
        let others =
            ROOMS.iter().filter(|room| room.package != changed.name).map(|room| depends(room.package, &[]));
        Graph(others.chain([changed.clone()]).collect())
    }

    #[test]
    fn a_backwards_arrow_is_found() {
        let broken =
            graph::broken_arrows(&tree_with(&depends("shopbell-domain", &["shopbell-server"])), ROOMS);
        assert_eq!(broken, ["domain/ (shopbell-domain) must not depend on shopbell-server"]);
    }

    #[test]
    fn a_forward_arrow_is_fine() {
        let fine = tree_with(&depends("shopbell-server", &["shopbell-domain", "shopbell-store", "axum"]));
        assert_eq!(graph::broken_arrows(&fine, ROOMS), [""; 0]);
    }

    #[test]
    fn a_forbidden_library_is_found() {
        let broken = graph::broken_arrows(&tree_with(&depends("shopbell-server", &["sled"])), ROOMS);
        assert_eq!(broken, ["server/ (shopbell-server) must not depend on sled"]);
    }

    #[test]
    fn a_crate_without_a_room_and_a_room_without_its_crate_are_found() {
        let mut tree = tree_with(&depends("shopbell-stray", &[]));
        tree.0.retain(|found| found.name != "shopbell-kit");
        let broken = graph::broken_arrows(&tree, ROOMS);
        assert_eq!(
            broken,
            [
                "shopbell-stray in elsewhere/ has no line in rules::ROOMS",
                "rules::ROOMS has shopbell-kit in kit/, which is not in the workspace"
            ]
        );
    }

    #[test]
    fn forbidden_paths_are_found_in_uses_groups_and_expressions() {
        let text = "use std::{fmt, fs::File};\nfn f() { tokio::spawn(async {}); }\n";
        let broken = sources::forbidden_paths("domain/src/x.rs", text, room("domain"));
        assert_eq!(broken, ["domain/src/x.rs names std::fs::File", "domain/src/x.rs names tokio::spawn"]);
    }

    #[test]
    fn an_agent_that_looks_at_customers_is_found() {
        let text = "use shopbell_domain::{consent::Level, token::PresenceToken};\n";
        let broken = sources::forbidden_paths("edge-agent/src/x.rs", text, room("edge-agent"));
        assert_eq!(broken, ["edge-agent/src/x.rs names shopbell_domain::consent::Level"]);
    }

    #[test]
    fn words_in_comments_and_strings_are_no_paths() {
        let text = "//! Never tokio::spawn.\n/// See std::fs.\nfn f() -> &'static str { \"tokio::spawn\" }\n";
        assert_eq!(sources::forbidden_paths("domain/src/x.rs", text, room("domain")), [""; 0]);
    }

    #[test]
    fn a_page_that_reaches_outside_is_found() {
        let text = "import { a } from \"../api/client\";\nimport b from '../../server/src/b';\n";
        let broken = sources::imports_that_leave("web/src/views/x.ts", text, "web");
        assert_eq!(broken, [""; 0], "web/server/src/b is still inside web/");
        let broken = sources::imports_that_leave("web/src/x.ts", text, "web");
        assert_eq!(broken, ["web/src/x.ts imports ../../server/src/b, outside web/"]);
    }

    #[test]
    fn the_document_is_held_both_ways() {
        let text = "A visit begins in `edge-agent/src/radio/`, see `domain/src/gone.rs` and `cargo test`.";
        let tree = |path: &str| path.starts_with("edge-agent/src/radio");
        assert_eq!(
            document::missing_from_the_tree(text, &tree),
            ["ARCHITECTURE.md names domain/src/gone.rs, which is \
            not there"]
        );
        let wanted = ["edge-agent/src/radio", "kit/src/clock.rs"].map(str::to_owned);
        assert_eq!(
            document::missing_from_the_document(text, &wanted),
            ["ARCHITECTURE.md does not name kit/src/clock.rs"]
        );
    }

    #[test]
    fn a_link_to_no_file_and_one_to_no_heading_are_found() {
        let guide = "# A guide\n\n## What it's for, and `who`\n\n## Twice\n\n## Twice\n";
        let page = "[a](guide.md) [b](guide.md#what-its-for-and-who) [c](guide.md#twice-1) [d](../README.md#top) \
                    [e](https://example.org/#x) [f](guide.md#twice-2) [g](gone.md)\n\n```\n[h](gone.md)\n```\n";
        let texts: BTreeMap<String, String> = [
            ("docs/guide.md", guide),
            ("docs/page.md", page),
            ("README.md", "# Top\n\n[i](#top) [j](#end)\n"),
        ]
        .map(|(path, text)| (path.to_owned(), text.to_owned()))
        .into();
        assert_eq!(
            links::dead(&texts, &|path| texts.contains_key(path)),
            [
                "README.md links to #end, which is not there",
                "docs/page.md links to guide.md#twice-2, which is not there",
                "docs/page.md links to gone.md, which is not there",
            ]
        );
    }

    #[test]
    fn a_long_file_and_a_stale_exception_are_found() {
        let exceptions = [rules::LongFile { path: "b.rs", since: "2026-11-22", reason: "a table" }];
        let lengths = [("a.rs".to_owned(), 401), ("b.rs".to_owned(), 400)];
        assert_eq!(
            sources::too_long(&lengths, 400, &exceptions),
            [
                "a.rs has 401 lines, more than 400: split it along what it says, or give a reason in rules::LONG_FILES",
                "rules::LONG_FILES excuses b.rs since 2026-11-22 (a table), which needs no excuse any more: take it out"
            ]
        );
    }
}
