//! The scenarios that the page brings along.

use plimsoll_core::scenario::Document;

use crate::protocol::Preset;

/// Key and text of each, in the order of the gallery.
const PRESETS: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/presets.rs"));

/// What the gallery shows.
pub fn list() -> Vec<Preset> {
    let preset = |(key, text): &(&str, &str)| {
        let document = Document::parse(key, text.as_bytes()).ok()?;
        let field = |name| document.get(name)?.as_str().map(|text| text.trim().to_owned());
        let name = field("name").unwrap_or_else(|| (*key).to_owned());
        Some(Preset { key: (*key).to_owned(), name, question: field("question") })
    };
    PRESETS.iter().filter_map(preset).collect()
}

/// The text of a preset.
pub fn text(key: &str) -> Option<&'static str> {
    PRESETS.iter().find(|(preset, _)| *preset == key).map(|(_, text)| *text)
}
