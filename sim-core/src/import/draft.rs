//! A scenario in the making: YAML in block style, each line with the comment that says where it came from.

use core::fmt::Write;

use serde_json::Value;

/// A map whose entries keep their order.
#[derive(Clone, Debug, Default)]
pub(super) struct Draft {
    entries: Vec<Entry>,
}

#[derive(Clone, Debug)]
struct Entry {
    /// Comments on lines of their own.
    above: Vec<String>,
    key: String,
    item: Item,
    /// The comment at the end of the line.
    origin: String,
}

#[derive(Clone, Debug)]
enum Item {
    /// On the line of its key, as it is to be written.
    Inline(String),
    Map(Draft),
}

/// Where comments at the end of a line begin, if the line leaves room.
const COMMENT_COLUMN: usize = 44;
/// The longest line of comments.
const WIDTH: usize = 110;

impl Draft {
    /// Adds a text, quoted where YAML would read something else: a number, a date, a switch.
    pub(super) fn text(&mut self, key: &str, text: &str, origin: impl Into<String>) {
        let written =
            if text.starts_with(|c: char| c.is_ascii_alphabetic()) { plain(text) } else { quoted(text) };
        self.raw(key, written, origin);
    }

    /// Adds an amount, which may be a number.
    pub(super) fn value(&mut self, key: &str, value: &str, origin: impl Into<String>) {
        self.raw(key, plain(value), origin);
    }

    /// Adds a value that is written as it stands: a flow map, a distribution.
    pub(super) fn raw(&mut self, key: &str, text: impl Into<String>, origin: impl Into<String>) {
        self.push(key, Item::Inline(text.into()), origin.into());
    }

    /// Adds a structure as one line of flow style.
    pub(super) fn json(&mut self, key: &str, value: &Value, origin: impl Into<String>) {
        self.raw(key, flow(value), origin);
    }

    /// Adds a section; an empty one is left out.
    pub(super) fn map(&mut self, key: &str, section: Draft) {
        if !section.entries.is_empty() {
            self.push(key, Item::Map(section), String::new());
        }
    }

    /// Adds a comment above what was added last.
    pub(super) fn above(&mut self, comment: &str) {
        if let Some(last) = self.entries.last_mut() {
            last.above.extend(wrapped(comment));
        }
    }

    fn push(&mut self, key: &str, item: Item, origin: String) {
        self.entries.push(Entry { above: Vec::new(), key: plain(key), item, origin });
    }

    /// The text, below the comment `head`.
    pub(super) fn write(&self, head: &str) -> String {
        let mut text = String::new();
        for line in head.lines() {
            for line in if line.is_empty() { vec![String::new()] } else { wrapped(line) } {
                let _ = writeln!(text, "{}", format!("# {line}").trim_end());
            }
        }
        self.write_into(&mut text, 0);
        text
    }

    fn write_into(&self, text: &mut String, depth: usize) {
        let indent = "  ".repeat(depth);
        for entry in &self.entries {
            // Sections of the file stand apart.
            if depth == 0 && matches!(entry.item, Item::Map(_)) {
                text.push('\n');
            }
            for comment in &entry.above {
                let _ = writeln!(text, "{indent}# {comment}");
            }
            match &entry.item {
                Item::Inline(value) => {
                    let line = format!("{indent}{}: {value}", entry.key);
                    let _ = match entry.origin.as_str() {
                        "" => writeln!(text, "{line}"),
                        origin => writeln!(text, "{line:COMMENT_COLUMN$}  # {origin}"),
                    };
                }
                Item::Map(section) => {
                    let _ = writeln!(text, "{indent}{}:", entry.key);
                    section.write_into(text, depth + 1);
                }
            }
        }
    }
}

/// Words in lines of comments.
fn wrapped(comment: &str) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in comment.split_whitespace() {
        let line = lines.last_mut().expect("there is one");
        if !line.is_empty() && line.len() + word.len() >= WIDTH {
            lines.push(printable(word));
        } else {
            if !line.is_empty() {
                line.push(' ');
            }
            line.push_str(&printable(word));
        }
    }
    lines
}

/// A file cannot break out of the comment that quotes it.
pub(super) fn printable(text: &str) -> String {
    text.chars().map(|c| if c.is_control() || c == '\u{2028}' || c == '\u{2029}' { ' ' } else { c }).collect()
}

/// The plain scalar where it means the same, else a quoted one.
fn plain(text: &str) -> String {
    let first = text.chars().next().unwrap_or(' ');
    let bare = text.chars().all(|c| c.is_ascii_alphanumeric() || "._/-".contains(c))
        && (first.is_ascii_alphanumeric() || first == '/')
        && !matches!(
            text.to_ascii_lowercase().as_str(),
            "null" | "true" | "false" | "yes" | "no" | "on" | "off" | "y" | "n"
        );
    if bare { text.to_owned() } else { quoted(text) }
}

/// A text in double quotes: JSON's are YAML's.
pub(super) fn quoted(text: &str) -> String {
    Value::String(text.to_owned()).to_string()
}

/// A structure in flow style; texts that look like something else are quoted.
fn flow(value: &Value) -> String {
    match value {
        Value::String(text) if text.parse::<f64>().is_ok() => quoted(text),
        Value::String(text) => plain(text),
        Value::Array(items) => format!("[{}]", items.iter().map(flow).collect::<Vec<_>>().join(", ")),
        Value::Object(entries) => {
            let entry = |(key, value): (&String, &Value)| format!("{}: {}", plain(key), flow(value));
            format!("{{{}}}", entries.iter().map(entry).collect::<Vec<_>>().join(", "))
        }
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_that_yaml_would_misread_are_quoted() {
        assert_eq!(plain("n1-highmem-8"), "n1-highmem-8");
        assert_eq!(plain("image:tag"), "\"image:tag\"");
        assert_eq!(plain("no"), "\"no\"");
        assert_eq!(plain(""), "\"\"");
        assert_eq!(plain("a # b\n"), "\"a # b\\n\"");
        let value = serde_json::json!({"a": ["1", 2, true, "x: y"], "b/c": null});
        assert_eq!(flow(&value), "{a: [\"1\", 2, true, \"x: y\"], b/c: null}");
    }

    #[test]
    fn comments_say_where_a_line_came_from() {
        let mut inner = Draft::default();
        inner.value("guarantee", "1G", "values.yaml:3");
        let mut draft = Draft::default();
        draft.text("name", "2018", "");
        draft.map("memory", inner);
        draft.map("nothing", Draft::default());
        draft.above("above the\nsection");
        assert_eq!(
            draft.write("One.\n\nTwo."),
            "# One.\n#\n# Two.\nname: \"2018\"\n\n# above the section\nmemory:\n  guarantee: 1G                               # values.yaml:3\n"
        );
    }
}
