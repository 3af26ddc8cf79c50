//! Recordings of the real autoscaler: files, and their objects as the library takes them.
#![allow(dead_code, reason = "each test uses its part")]

pub mod replay;
pub mod settings;
pub mod told;

use std::io::Read;
use std::path::{Path, PathBuf};

use serde_json::Value;

/// Every recording of the folder in `variable`, or of `own` below `tests`, in order of name.
pub fn recordings(variable: &str, own: &str) -> Vec<(String, Value)> {
    let folder = std::env::var_os(variable)
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("tests").join(own), PathBuf::from);
    let mut paths: Vec<PathBuf> = std::fs::read_dir(&folder)
        .unwrap_or_else(|fault| panic!("{}: {fault}", folder.display()))
        .map(|entry| entry.unwrap().path())
        .filter(|path| {
            let name = path.file_name().unwrap().to_string_lossy();
            name.ends_with(".json") || name.ends_with(".json.gz")
        })
        .collect();
    paths.sort();
    paths.into_iter().map(|path| (name_of(&path), read(&path))).collect()
}

fn name_of(path: &Path) -> String {
    let name = path.file_name().unwrap().to_string_lossy();
    name.trim_end_matches(".gz").trim_end_matches(".json").to_owned()
}

fn read(path: &Path) -> Value {
    let bytes = std::fs::read(path).unwrap();
    let text = if path.extension().is_some_and(|extension| extension == "gz") {
        let mut text = Vec::new();
        flate2::read::GzDecoder::new(&bytes[..]).read_to_end(&mut text).unwrap();
        text
    } else {
        bytes
    };
    serde_json::from_slice(&text).unwrap_or_else(|fault| panic!("{}: {fault}", path.display()))
}

/// A list, empty when absent.
pub fn list<'a>(value: &'a Value, field: &str) -> &'a [Value] {
    value.get(field).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

/// A text, empty when absent.
pub fn text<'a>(value: &'a Value, field: &str) -> &'a str {
    value.get(field).and_then(Value::as_str).unwrap_or("")
}

/// A number, 0 when absent.
pub fn number(value: &Value, field: &str) -> i64 {
    value.get(field).and_then(Value::as_i64).unwrap_or(0)
}
