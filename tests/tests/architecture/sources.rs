//! What stands in the files: paths that Rust code names, what the page imports, how long a file is.

use std::{
    fs,
    path::{Component, Path, PathBuf},
};

use syn::visit::{self, Visit};

use crate::rules::{LongFile, Room};

/// Folders that hold nothing anybody here wrote.
const NOT_OURS: [&str; 8] =
    [".git", "target", "node_modules", "dist", "gen", "test-results", "playwright-report", "captures"];

/// All files below `root`, from `root`, sorted.
pub(crate) fn files(root: &Path) -> Vec<String> {
    let mut found = Vec::new();
    let mut folders = vec![root.to_path_buf()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap().flatten() {
            let path = entry.path();
            let kind = entry.file_type().unwrap();
            if kind.is_dir() && !NOT_OURS.iter().any(|name| entry.file_name() == *name) {
                folders.push(path);
            } else if kind.is_file() {
                found.push(path.strip_prefix(root).unwrap().to_string_lossy().into_owned());
            }
        }
    }
    found.sort();
    found
}

fn extension(file: &str) -> &str {
    Path::new(file).extension().and_then(|extension| extension.to_str()).unwrap_or_default()
}

/// Whether people write and read this kind of file as code.
pub(crate) fn is_source(file: &str) -> bool {
    matches!(extension(file), "rs" | "proto" | "ts" | "svelte" | "css" | "py" | "sh")
}

/// Whether people read this kind of file as text.
pub(crate) fn is_document(file: &str) -> bool {
    extension(file) == "md"
}

/// Whether a file of the page can import others.
pub(crate) fn is_script(file: &str) -> bool {
    matches!(extension(file), "ts" | "js" | "svelte")
}

/// The Rust files of one room, without those of rooms inside it.
pub(crate) fn rust_files(folder: &Path, rooms: &[Room], root: &Path) -> Vec<String> {
    let inner = |file: &Path| {
        rooms
            .iter()
            .map(|room| root.join(room.folder))
            .any(|other| other != folder && other.starts_with(folder) && file.starts_with(other))
    };
    let all = files(folder).into_iter().map(|file| folder.join(file));
    all.filter(|file| extension(&file.to_string_lossy()) == "rs" && !inner(file))
        .map(|file| file.strip_prefix(root).unwrap().to_string_lossy().into_owned())
        .collect()
}

/// Every crate's folder, every top-level module of it, and every folder of the page's sources.
pub(crate) fn rooms_and_modules(root: &Path, rooms: &[Room]) -> Vec<String> {
    let mut wanted = Vec::new();
    for folder in rooms.iter().map(|room| room.folder) {
        wanted.push(folder.to_owned());
        for entry in fs::read_dir(root.join(folder).join("src")).unwrap().flatten() {
            let name = entry.file_name().into_string().unwrap();
            let module =
                entry.path().is_dir() || (extension(&name) == "rs" && name != "lib.rs" && name != "tests.rs");
            let inside_a_file = entry.path().is_dir() && entry.path().with_extension("rs").exists();
            if module && !inside_a_file {
                wanted.push(format!("{folder}/src/{name}"));
            }
        }
    }
    let page = fs::read_dir(root.join("web/src")).unwrap().flatten().filter(|entry| entry.path().is_dir());
    let page = page.map(|entry| entry.file_name().into_string().unwrap()).filter(|name| name != "gen");
    wanted.extend(page.map(|name| format!("web/src/{name}")));
    wanted.sort();
    wanted
}

/// The paths that a file names though its room must not.
pub(crate) fn forbidden_paths(file: &str, text: &str, room: &Room) -> Vec<String> {
    let parsed = syn::parse_file(text).unwrap_or_else(|e| panic!("{file}: {e}"));
    let mut paths = Paths::default();
    paths.visit_file(&parsed);
    let hits = |path: &&String| {
        room.never.iter().any(|never| {
            path.strip_prefix(never).is_some_and(|rest| rest.is_empty() || rest.starts_with("::"))
        })
    };
    paths.0.iter().filter(hits).map(|path| format!("{file} names {path}")).collect()
}

/// Collects the full paths of `use` declarations and of expressions, types and attributes.
#[derive(Default)]
struct Paths(Vec<String>);

impl Paths {
    fn tree(&mut self, prefix: &str, tree: &syn::UseTree) {
        let join = |name: &dyn ToString| format!("{prefix}{}", name.to_string());
        match tree {
            syn::UseTree::Path(path) => self.tree(&format!("{}::", join(&path.ident)), &path.tree),
            syn::UseTree::Name(name) if name.ident == "self" => {
                self.0.push(prefix.trim_end_matches("::").to_owned());
            }
            syn::UseTree::Name(name) => self.0.push(join(&name.ident)),
            syn::UseTree::Rename(rename) => self.0.push(join(&rename.ident)),
            syn::UseTree::Glob(_) => self.0.push(prefix.trim_end_matches("::").to_owned()),
            syn::UseTree::Group(group) => group.items.iter().for_each(|item| self.tree(prefix, item)),
        }
    }
}

impl<'ast> Visit<'ast> for Paths {
    fn visit_item_use(&mut self, item: &'ast syn::ItemUse) {
        self.tree("", &item.tree);
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        if path.segments.len() > 1 {
            let names: Vec<String> = path.segments.iter().map(|segment| segment.ident.to_string()).collect();
            self.0.push(names.join("::"));
        }
        visit::visit_path(self, path);
    }
}

/// The relative imports of a script that lead out of `folder`.
pub(crate) fn imports_that_leave(file: &str, text: &str, folder: &str) -> Vec<String> {
    let specifiers =
        text.lines().filter(|line| line.contains("import") || line.contains(" from ")).flat_map(quoted);
    let leaving = specifiers.filter(|specifier| {
        specifier.starts_with('.')
            && !resolve(Path::new(file).parent().unwrap(), specifier).starts_with(folder)
    });
    leaving.map(|specifier| format!("{file} imports {specifier}, outside {folder}/")).collect()
}

fn quoted(line: &str) -> impl Iterator<Item = &str> {
    line.split(['"', '\'']).skip(1).step_by(2)
}

fn resolve(folder: &Path, specifier: &str) -> PathBuf {
    let mut path = folder.to_path_buf();
    for part in Path::new(specifier).components() {
        match part {
            Component::ParentDir if !path.pop() => path.push(".."),
            Component::Normal(name) => path.push(name),
            _ => {}
        }
    }
    path
}

/// Files longer than `max` without an excuse, and excuses that nothing needs.
pub(crate) fn too_long(lengths: &[(String, usize)], max: usize, excused: &[LongFile]) -> Vec<String> {
    let long: Vec<&(String, usize)> = lengths.iter().filter(|(_, lines)| *lines > max).collect();
    let unexcused = long.iter().filter(|(file, _)| excused.iter().all(|excuse| excuse.path != file));
    let mut broken: Vec<String> = unexcused
        .map(|(file, lines)| {
            format!("{file} has {lines} lines, more than {max}: split it along what it says, or give a reason in rules::LONG_FILES")
        })
        .collect();
    for excuse in excused.iter().filter(|excuse| long.iter().all(|(file, _)| file != excuse.path)) {
        broken.push(format!(
            "rules::LONG_FILES excuses {} since {} ({}), which needs no excuse any more: take it out",
            excuse.path, excuse.since, excuse.reason
        ));
    }
    broken
}
