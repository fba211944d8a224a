//! The programs under test, built from this tree.

use std::{collections::HashMap, path::PathBuf, process::Command, sync::OnceLock};

/// Where the program of this name stands, built if it is not up to date.
///
/// Cargo gives integration tests only the binaries of their own package; these belong to others, so cargo is asked. Who has
/// built everything and runs each test as a process of its own, as `make test` does, spares that by `SHOPBELL_PROGRAMS`, the
/// directory in which they stand.
pub fn program(name: &str) -> PathBuf {
    static PROGRAMS: OnceLock<HashMap<String, PathBuf>> = OnceLock::new();
    if let Some(built) = std::env::var_os("SHOPBELL_PROGRAMS") {
        let program = PathBuf::from(built).join(name);
        assert!(program.is_file(), "SHOPBELL_PROGRAMS is set, and there is no {}", program.display());
        return program;
    }
    let programs = PROGRAMS.get_or_init(build);
    programs
        .get(name)
        .unwrap_or_else(|| panic!("cargo built no program {name}; it built {programs:?}"))
        .clone()
}

fn build() -> HashMap<String, PathBuf> {
    let mut cargo = Command::new(env!("CARGO"));
    cargo.args(["build", "--quiet", "--locked", "-p", "shopbell-server", "-p", "shopbell-edge", "--bins"]);
    cargo.args(["--message-format", "json"]).current_dir(env!("CARGO_MANIFEST_DIR"));
    // Cargo tells a test of which package it is. Build scripts below (ring's) would take that for a change, and all that
    // speaks TLS would be compiled again, here and at the next build.
    for (variable, _) in std::env::vars_os() {
        let name = variable.to_string_lossy();
        if name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST_") {
            cargo.env_remove(&variable);
        }
    }
    if !cfg!(debug_assertions) {
        cargo.arg("--release");
    }
    let output = cargo.output().expect("cargo runs");
    assert!(
        output.status.success(),
        "the programs under test do not build:\n{}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8_lossy(&output.stdout).lines().filter_map(executable).collect()
}

fn executable(line: &str) -> Option<(String, PathBuf)> {
    let message: serde_json::Value = serde_json::from_str(line).ok()?;
    let path = message.get("executable")?.as_str()?;
    let name = message.get("target")?.get("name")?.as_str()?;
    Some((name.to_owned(), PathBuf::from(path)))
}
