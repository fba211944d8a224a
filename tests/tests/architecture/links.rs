//! The documents' links: each leads to a file of this tree and, behind `#`, to a heading of that document.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Component, Path, PathBuf},
};

use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};

/// What one document has of both.
#[derive(Debug, Default)]
struct Document {
    /// Headings, as a link names them.
    headings: BTreeSet<String>,
    links: Vec<String>,
}

impl Document {
    fn of(text: &str) -> Self {
        let (mut found, mut heading) = (Self::default(), None);
        for event in Parser::new_ext(text, Options::ENABLE_TABLES) {
            match event {
                Event::Start(Tag::Heading { .. }) => heading = Some(String::new()),
                Event::End(TagEnd::Heading(_)) => found.add(&heading.take().unwrap_or_default()),
                Event::Text(text) | Event::Code(text) => {
                    if let Some(heading) = &mut heading {
                        heading.push_str(&text);
                    }
                }
                Event::Start(Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. }) => {
                    found.links.push(dest_url.into_string());
                }
                _ => {}
            }
        }
        found
    }

    /// The name that forges give a heading: lower case, without marks, with hyphens; a second one of that name has a number.
    fn add(&mut self, heading: &str) {
        let spaced = heading.to_lowercase().replace(' ', "-");
        let plain: String =
            spaced.chars().filter(|c| c.is_alphanumeric() || matches!(c, '-' | '_')).collect();
        let mut again = (1..).map(|number| format!("{plain}-{number}"));
        let mut name = plain.clone();
        while !self.headings.insert(name) {
            name = again.next().unwrap_or_default();
        }
    }
}

/// The links of `texts` (by their paths from the root) that lead nowhere.
pub(crate) fn dead(texts: &BTreeMap<String, String>, exists: &dyn Fn(&str) -> bool) -> Vec<String> {
    let documents: BTreeMap<&String, Document> =
        texts.iter().map(|(path, text)| (path, Document::of(text))).collect();
    let mut broken = Vec::new();
    for (path, document) in &documents {
        for link in document.links.iter().filter(|link| !link.contains("://") && !link.starts_with("mailto:"))
        {
            let (file, heading) = link.split_once('#').unwrap_or((link, ""));
            let to = if file.is_empty() { (*path).clone() } else { beside(path, file) };
            let there = documents.get(&to);
            if !exists(&to)
                || (!heading.is_empty() && !there.is_some_and(|one| one.headings.contains(heading)))
            {
                broken.push(format!("{path} links to {link}, which is not there"));
            }
        }
    }
    broken
}

/// A path as seen from the folder of a document, from the root.
fn beside(document: &str, path: &str) -> String {
    let mut found = PathBuf::new();
    for part in Path::new(document).parent().unwrap_or(Path::new("")).join(path).components() {
        match part {
            Component::ParentDir => _ = found.pop(),
            other => found.push(other),
        }
    }
    found.to_string_lossy().into_owned()
}
