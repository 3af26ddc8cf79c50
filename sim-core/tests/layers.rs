//! Goal: the walls stand. Method: read every `use crate::...` line of the sources and compare with the
//! table of who may import whom (ARCHITECTURE.md shows the same map).

#![expect(clippy::disallowed_methods, reason = "the ban is on the core; a test reads its sources")]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// What each module of the core may import. A module may always import its own parts; `components` and
/// its sub-modules are judged by their own rule below.
const MAY_IMPORT: &[(&str, &[&str])] = &[
    ("time", &[]),
    ("ids", &[]),
    ("resources", &[]),
    ("event", &["ids", "time"]),
    ("check", &["ids", "time", "model"]),
    ("model", &["ids", "time", "resources", "check", "kubernetes", "placement"]),
    ("tree", &[]),
    ("kubernetes", &["tree"]),
    ("scenario", &["ids", "time", "resources", "tree", "kubernetes", "model", "check", "placement"]),
    ("import", &["resources", "model", "scenario", "tree"]),
    ("world", &["ids", "time", "resources", "model", "placement"]),
    ("engine", &["ids", "time", "event", "model", "world"]),
    ("autoscaling", &["time", "kubernetes", "model", "placement"]),
    ("placement", &["kubernetes", "model"]),
    (
        "components",
        &["ids", "time", "resources", "event", "model", "world", "engine", "placement", "autoscaling"],
    ),
    ("digest", &["ids", "time", "world"]),
    (
        "metrics",
        &[
            "ids",
            "time",
            "resources",
            "kubernetes",
            "model",
            "placement",
            "world",
            "check",
            "report",
            "trace",
        ],
    ),
    ("trace", &["ids", "time", "model", "placement", "world"]),
    ("simulation", &["components", "digest", "engine", "event", "metrics", "model", "time", "world"]),
    ("report", &["model", "check", "metrics", "time"]),
    ("replay", &["ids", "model", "placement", "report", "simulation", "time", "trace", "world"]),
    (
        "experiment",
        &["digest", "ids", "model", "check", "metrics", "report", "scenario", "simulation", "time"],
    ),
];

#[test]
fn modules_import_only_what_they_may() {
    let allowed: BTreeMap<&str, &[&str]> = MAY_IMPORT.iter().copied().collect();
    let mut faults = Vec::new();
    for (path, imports) in imports_of_sources() {
        let module = path
            .components()
            .next()
            .unwrap()
            .as_os_str()
            .to_str()
            .unwrap()
            .trim_end_matches(".rs")
            .to_owned();
        if module == "lib" {
            continue;
        }
        let Some(may) = allowed.get(module.as_str()) else {
            faults.push(format!("{module} is not on the map in tests/layers.rs"));
            continue;
        };
        for import in imports {
            if import != module && !may.contains(&import.as_str()) {
                faults.push(format!("{} imports {import}", path.display()));
            }
        }
    }
    assert!(faults.is_empty(), "{faults:#?}");
}

/// A component never imports another: it hears of others through the world's changes only.
#[test]
fn components_do_not_know_one_another() {
    let mut faults = Vec::new();
    for (path, text) in sources() {
        let Ok(inside) = path.strip_prefix("components") else { continue };
        if inside == Path::new("mod.rs") {
            continue;
        }
        let own = inside
            .components()
            .next()
            .unwrap()
            .as_os_str()
            .to_str()
            .unwrap()
            .trim_end_matches(".rs")
            .to_owned();
        for line in text.lines().filter(|line| !line.trim_start().starts_with("//")) {
            let mut rest = line;
            while let Some(at) = rest.find("components::") {
                rest = &rest[at + "components::".len()..];
                let other: String = rest.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
                if other != own {
                    faults.push(format!("{}: {}", path.display(), line.trim()));
                }
            }
            if line.contains("super::super::") && inside.components().count() > 1 {
                faults.push(format!("{}: {}", path.display(), line.trim()));
            }
            if inside.components().count() == 1
                && line.contains("use super::")
                && !line.contains("use super::*")
            {
                faults.push(format!("{}: {}", path.display(), line.trim()));
            }
        }
    }
    assert!(faults.is_empty(), "{faults:#?}");
}

/// Every component is wired on the one page: one line in each of the two matches.
#[test]
fn the_wiring_is_on_one_page() {
    let simulation = std::fs::read_to_string(source_folder().join("simulation.rs")).unwrap();
    let events = std::fs::read_to_string(source_folder().join("event.rs")).unwrap();
    let groups = events
        .lines()
        .filter_map(|line| line.trim().strip_suffix("Event);"))
        .filter_map(|line| line.split('(').next());
    for group in groups {
        assert!(
            simulation.contains(&format!("Event::{group}(event) =>")),
            "nobody fires the events of {group}"
        );
    }
    for (path, text) in sources() {
        let wires = text.contains(".observe(change") || text.contains(".fire(event");
        assert!(!wires || path == Path::new("simulation.rs"), "{} wires components too", path.display());
    }
}

fn source_folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src")
}

/// Every source file with its path below `src`, tests at its end cut off.
fn sources() -> Vec<(PathBuf, String)> {
    let mut found = Vec::new();
    let mut folders = vec![source_folder()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let text = std::fs::read_to_string(&path).unwrap();
                let code = text.split("#[cfg(test)]").next().unwrap().to_owned();
                found.push((path.strip_prefix(source_folder()).unwrap().to_owned(), code));
            }
        }
    }
    assert!(found.len() > 30, "the sources were not found");
    found.sort();
    found
}

/// The top-level modules that each file names after `crate::`, comments left out.
fn imports_of_sources() -> Vec<(PathBuf, Vec<String>)> {
    let imports = |text: &str| {
        let mut found = Vec::new();
        let mut documentation_only = false;
        for line in text.lines() {
            if line.trim_start().starts_with("//") {
                continue;
            }
            if line.trim() == "#[cfg(doc)]" {
                documentation_only = true;
                continue;
            }
            let mut rest = if documentation_only { "" } else { line };
            documentation_only = false;
            while let Some(at) = rest.find("crate::") {
                rest = &rest[at + "crate::".len()..];
                let name: String = rest.chars().take_while(|c| c.is_lowercase() || *c == '_').collect();
                if !name.is_empty() && name != "crate" {
                    found.push(name);
                }
            }
        }
        found
    };
    sources().into_iter().map(|(path, text)| (path, imports(&text))).collect()
}
