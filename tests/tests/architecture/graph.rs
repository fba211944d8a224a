//! Who depends on whom, as cargo knows it.

use std::{collections::BTreeSet, path::Path};

use cargo_metadata::MetadataCommand;

use crate::rules::Room;

/// The crates of a workspace.
pub(crate) struct Graph(pub(crate) Vec<Crate>);

/// One crate and its direct dependencies, those of tests and build scripts included.
#[derive(Clone)]
pub(crate) struct Crate {
    pub(crate) name: String,
    pub(crate) folder: String,
    pub(crate) depends_on: BTreeSet<String>,
}

impl Graph {
    pub(crate) fn of_workspace(root: &Path) -> Self {
        let metadata = MetadataCommand::new()
            .current_dir(root)
            .no_deps()
            .other_options(["--offline".into()])
            .exec()
            .unwrap();
        let crates = metadata.workspace_packages().into_iter().map(|package| Crate {
            name: package.name.to_string(),
            folder: package.manifest_path.parent().unwrap().strip_prefix(root).unwrap().to_string(),
            depends_on: package.dependencies.iter().map(|dependency| dependency.name.clone()).collect(),
        });
        Self(crates.collect())
    }
}

/// Each dependency that a room's line does not allow, each crate without a line, each line without a crate.
pub(crate) fn broken_arrows(graph: &Graph, rooms: &[Room]) -> Vec<String> {
    let mut broken = Vec::new();
    for found in &graph.0 {
        let Some(room) = rooms.iter().find(|room| room.package == found.name && room.folder == found.folder)
        else {
            broken.push(format!("{} in {}/ has no line in rules::ROOMS", found.name, found.folder));
            continue;
        };
        for name in found.depends_on.iter().filter(|name| !allowed(name, room, rooms)) {
            broken.push(format!("{}/ ({}) must not depend on {name}", room.folder, room.package));
        }
    }
    for room in rooms.iter().filter(|room| graph.0.iter().all(|found| found.name != room.package)) {
        broken.push(format!(
            "rules::ROOMS has {} in {}/, which is not in the workspace",
            room.package, room.folder
        ));
    }
    broken
}

fn allowed(dependency: &str, room: &Room, rooms: &[Room]) -> bool {
    let ours = rooms.iter().any(|other| other.package == dependency);
    if ours {
        return room.may_use.contains(&dependency);
    }
    !room.never.contains(&dependency.replace('-', "_").as_str())
}
