//! Lists the scenarios that the page brings along: every one below `scenarios/` but the benchmarks.

use std::fmt::Write as _;
use std::path::Path;
use std::{env, fs};

fn main() {
    let root = Path::new(&env::var("CARGO_MANIFEST_DIR").expect("cargo says where")).join("../scenarios");
    let mut found = Vec::new();
    for folder in ["incidents", ""] {
        let folder = root.join(folder);
        println!("cargo::rerun-if-changed={}", folder.display());
        let files = fs::read_dir(&folder).expect("the folder of scenarios is there");
        let mut paths: Vec<_> = files.flatten().map(|file| file.path()).collect();
        paths.retain(|path| path.extension().is_some_and(|ending| ending == "yaml"));
        paths.sort();
        found.extend(paths);
    }
    let mut list = String::from("&[\n");
    for path in found {
        let key = path.strip_prefix(&root).expect("it was found there").with_extension("");
        let (key, path) = (key.display(), path.display());
        writeln!(list, "    ({:?}, include_str!({:?})),", key.to_string(), path.to_string())
            .expect("a String takes it");
    }
    list.push(']');
    let out = Path::new(&env::var("OUT_DIR").expect("cargo says where")).join("presets.rs");
    fs::write(out, list).expect("the list can be written");
}
