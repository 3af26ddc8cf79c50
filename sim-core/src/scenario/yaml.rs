//! Bytes to tree: the only file that knows the YAML reader (serde-saphyr).
//!
//! **Bounded**: size, depth, nodes and what aliases may unfold to are limited before anything is
//! built, so a hostile file ends in one diagnostic within milliseconds.
//!
//! **Unambiguous**: YAML 1.1 and 1.2 disagree about `yes`, `0755`, `1_000`, `0b11` and `.inf`. Such a
//! plain scalar stays text here, and the field that wanted a number or a boolean says how to write it.
//! `0x14` and `1e3` mean the same everywhere and are numbers.

use core::fmt;

use indexmap::IndexMap;
use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, SeqAccess, Visitor};
use serde_saphyr::{Budget, Location, NonFiniteFloatPolicy, Options, Spanned};

use super::node::{Entry, Mark, Node, Value};
use super::path::ends;

/// The largest file that is read.
const MAX_BYTES: usize = 4 * 1024 * 1024;
/// Maps and lists within one another. A scenario needs about ten.
const MAX_DEPTH: usize = 32;
/// Values in one file, and values that aliases may unfold to.
const MAX_NODES: usize = 100_000;

/// Why there is no tree.
#[derive(Debug)]
pub(crate) struct Unreadable {
    /// The code of the diagnostic.
    pub code: &'static str,
    /// Line and column, from 1.
    pub at: (u32, u32),
    /// What is the case.
    pub fact: String,
    /// The way out.
    pub hint: String,
}

/// Reads the text of source `source`. An empty text is `Null`.
pub(crate) fn read(text: &str, source: u32) -> Result<Node, Unreadable> {
    let raw: Spanned<Raw> =
        serde_saphyr::from_str_with_options(text, options()).map_err(|error| unreadable(&error))?;
    Ok(node(raw, text, source))
}

/// Checks size and encoding, and takes off the byte-order mark that some editors write.
pub(crate) fn decode_text(bytes: &[u8]) -> Result<&str, Unreadable> {
    if bytes.len() > MAX_BYTES {
        return Err(Unreadable {
            code: "S002",
            at: (1, 1),
            fact: format!("the file has {} bytes; a scenario has at most {MAX_BYTES}", bytes.len()),
            hint: "is this the right file? A scenario describes a cluster in a few hundred lines".to_owned(),
        });
    }
    if bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]) {
        return Err(not_utf8((1, 1), "the file is UTF-16"));
    }
    let text = core::str::from_utf8(bytes).map_err(|error| {
        let good = String::from_utf8_lossy(&bytes[..error.valid_up_to()]).into_owned();
        let line = good.matches('\n').count() + 1;
        let column = good.rsplit('\n').next().unwrap_or("").chars().count() + 1;
        let byte = bytes.get(error.valid_up_to()).copied().unwrap_or_default();
        not_utf8((line as u32, column as u32), &format!("byte 0x{byte:02x} is not UTF-8"))
    })?;
    Ok(text.strip_prefix('\u{feff}').unwrap_or(text))
}

fn not_utf8(at: (u32, u32), fact: &str) -> Unreadable {
    let hint = "save the file as UTF-8; `iconv -t UTF-8` converts one".to_owned();
    Unreadable { code: "S003", at, fact: fact.to_owned(), hint }
}

fn options() -> Options {
    let budget: Option<Budget> = serde_saphyr::budget! {
        max_depth: MAX_DEPTH,
        flow_nesting_limit: MAX_DEPTH,
        max_nodes: MAX_NODES,
        max_events: 3 * MAX_NODES,
        max_anchors: 1_000,
        max_aliases: 10_000,
        max_recorded_anchor_events: 3 * MAX_NODES,
        max_recorded_anchor_bytes: MAX_BYTES,
        max_total_scalar_bytes: 2 * MAX_BYTES,
        max_documents: 2,
    };
    serde_saphyr::options! {
        budget: budget,
        alias_limits: serde_saphyr::alias_limits! {
            max_total_replayed_events: MAX_NODES,
            max_replay_stack_depth: MAX_DEPTH,
        },
        strict_booleans: true,
        with_snippet: false,
        non_finite_float_policy: NonFiniteFloatPolicy::AsString,
    }
}

/// What the reader's type resolution made of a node, before the source text has been looked at.
enum Raw {
    Null,
    Bool(bool),
    Unsigned(u64),
    Signed(i64),
    Float(f64),
    Text(String),
    Sequence(Vec<Spanned<Raw>>),
    Mapping(Vec<(Spanned<String>, Spanned<Raw>)>),
}

impl<'de> Deserialize<'de> for Raw {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(RawVisitor)
    }
}

struct RawVisitor;

impl<'de> Visitor<'de> for RawVisitor {
    type Value = Raw;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any YAML value")
    }
    fn visit_unit<E>(self) -> Result<Raw, E> {
        Ok(Raw::Null)
    }
    fn visit_bool<E>(self, value: bool) -> Result<Raw, E> {
        Ok(Raw::Bool(value))
    }
    fn visit_u64<E>(self, value: u64) -> Result<Raw, E> {
        Ok(Raw::Unsigned(value))
    }
    fn visit_i64<E>(self, value: i64) -> Result<Raw, E> {
        Ok(u64::try_from(value).map_or(Raw::Signed(value), Raw::Unsigned))
    }
    fn visit_f64<E>(self, value: f64) -> Result<Raw, E> {
        Ok(Raw::Float(value))
    }
    fn visit_str<E>(self, value: &str) -> Result<Raw, E> {
        Ok(Raw::Text(value.to_owned()))
    }
    fn visit_string<E>(self, value: String) -> Result<Raw, E> {
        Ok(Raw::Text(value))
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Raw, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element()? {
            list.push(item);
        }
        Ok(Raw::Sequence(list))
    }
    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Raw, A::Error> {
        let mut list = Vec::new();
        while let Some(entry) = entries.next_entry()? {
            list.push(entry);
        }
        Ok(Raw::Mapping(list))
    }
}

/// Joins the reader's view of a node with the text it was written as.
fn node(raw: Spanned<Raw>, text: &str, source: u32) -> Node {
    let mark =
        |at: &Location| Mark { source, line: narrow(at.line()).max(1), column: narrow(at.column()).max(1) };
    let place = mark(&raw.referenced);
    let value = match raw.value {
        Raw::Null => Value::Null,
        Raw::Bool(value) => Value::Bool(value),
        Raw::Unsigned(value) => number(Value::Unsigned(value), &raw.defined, text),
        Raw::Signed(value) => number(Value::Signed(value), &raw.defined, text),
        Raw::Float(value) => number(Value::Float(value), &raw.defined, text),
        // A plain `1e999` arrives as `.inf`; show what was written.
        Raw::Text(value) if matches!(value.as_str(), ".inf" | "-.inf" | ".nan") => {
            Value::Text(written(&raw.defined, text).map_or(value, str::to_owned))
        }
        Raw::Text(value) => Value::Text(value),
        Raw::Sequence(items) => {
            Value::Sequence(items.into_iter().map(|item| node(item, text, source)).collect())
        }
        Raw::Mapping(entries) => {
            let entry = |(key, value): (Spanned<String>, Spanned<Raw>)| {
                let entry = Entry { key: mark(&key.referenced), node: node(value, text, source) };
                (key.value, entry)
            };
            Value::Mapping(entries.into_iter().map(entry).collect::<IndexMap<_, _>>())
        }
    };
    Node { value, mark: place }
}

fn narrow(number: u64) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

/// The source text of a scalar.
fn written<'t>(at: &Location, text: &'t str) -> Option<&'t str> {
    let span = at.span();
    let start = usize::try_from(span.byte_offset()?).ok()?;
    let end = start.checked_add(usize::try_from(span.byte_len()?).ok()?)?;
    text.get(start..end)
}

/// `value` if every YAML reader takes the text for this number, else the text.
fn number(value: Value, at: &Location, text: &str) -> Value {
    let Some(written) = written(at, text).filter(|written| !written.is_empty()) else {
        return value;
    };
    let digits = written.trim_start_matches(['+', '-']);
    let leading_zero = digits.len() > 1 && digits.starts_with('0') && digits.as_bytes()[1].is_ascii_digit();
    let prefixed = ["0b", "0B", "0o", "0O", "0X"].iter().any(|prefix| digits.starts_with(prefix));
    if leading_zero || prefixed || written.contains('_') { Value::Text(written.to_owned()) } else { value }
}

fn unreadable(error: &serde_saphyr::Error) -> Unreadable {
    use serde_saphyr::Error;
    // The place is that of the alias, the reason that of what it unfolds to.
    let mut reason = error;
    while let Error::AliasError { error, .. } = reason {
        reason = error;
    }
    let location = error.location();
    let at = location.map_or((1, 1), |at| (narrow(at.line()).max(1), narrow(at.column()).max(1)));
    let diagnostic = |code, fact: String, hint: &str| Unreadable { code, at, fact, hint: hint.to_owned() };
    match reason {
        Error::MultipleDocuments { .. } => diagnostic(
            "S005",
            "a second YAML document begins here; a scenario is one".to_owned(),
            "put each scenario into a file of its own, or write what-ifs as `variants`",
        ),
        Error::DuplicateMappingKey { key, .. } => diagnostic(
            "S006",
            format!("the key `{}` stands twice in this map", ends(key.as_deref().unwrap_or("?"))),
            "remove or rename one of the two",
        ),
        Error::Budget { .. }
        | Error::AliasReplayLimitExceeded { .. }
        | Error::AliasReplayStackDepthExceeded { .. }
        | Error::AliasExpansionLimitExceeded { .. }
        | Error::AliasReplayCounterOverflow { .. } => diagnostic(
            "S007",
            "the file unfolds to more values than a scenario can hold".to_owned(),
            "a scenario has at most 32 levels and 100,000 values, aliases unfolded",
        ),
        _ => {
            let message = plain(reason);
            if message.contains("recursion limit") || message.contains("nesting") {
                let fact = format!("maps and lists stand more than {MAX_DEPTH} levels deep");
                return diagnostic(
                    "S007",
                    fact,
                    "a scenario needs about ten levels; is a bracket left open?",
                );
            }
            diagnostic("S001", format!("this is not YAML: {message}"), way_out(&message))
        }
    }
}

/// The reader's message without the place, which the diagnostic shows itself.
fn plain(error: &serde_saphyr::Error) -> String {
    let message = error.to_string();
    let first = message.lines().next().unwrap_or("it cannot be read");
    let cut = first.rfind(" at line ").unwrap_or(first.len());
    ends_long(&first[..cut])
}

fn ends_long(text: &str) -> String {
    const SHOWN: usize = 200;
    if text.chars().nth(SHOWN).is_some() {
        text.chars().take(SHOWN).chain(['…']).collect()
    } else {
        text.to_owned()
    }
}

/// What usually helps.
fn way_out(message: &str) -> &'static str {
    if message.contains("tab") {
        "indent with spaces; YAML allows no tabs there"
    } else if message.contains("anchor") {
        "an alias `*name` needs an anchor `&name` before it; text that begins with `*` or `&` needs quotes"
    } else if message.contains("quote") {
        "close the quotation mark"
    } else if message.contains("string scalar") {
        "a key is a plain word or quoted text"
    } else {
        "look at indentation, a missing `:` or an unclosed bracket or quote on this line or the one above"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(text: &str) -> String {
        match read(text, 0).expect("readable").value {
            Value::Text(text) => format!("text {text}"),
            other => format!("{other:?}"),
        }
    }

    #[test]
    fn a_scalar_is_a_number_only_where_all_readers_agree() {
        for (text, expected) in [
            ("15", "Unsigned(15)"),
            ("-15", "Signed(-15)"),
            ("0.5", "Float(0.5)"),
            ("1e3", "Float(1000.0)"),
            ("0x14", "Unsigned(20)"),
            ("true", "Bool(true)"),
            ("\"15\"", "text 15"),
            ("500m", "text 500m"),
            ("12:30", "text 12:30"),
            ("1_000", "text 1_000"),
            ("0755", "text 0755"),
            ("0b11", "text 0b11"),
            ("yes", "text yes"),
            ("1e999", "text 1e999"),
            (".nan", "text .nan"),
            ("~", "Null"),
            ("", "Null"),
        ] {
            assert_eq!(value(text), expected, "{text}");
        }
    }

    #[test]
    fn places_are_those_of_use() {
        let root = read("a: &x {k: 1}\nb: *x\n", 3).expect("readable");
        let b = root.entries().and_then(|entries| entries.get("b")).expect("there");
        assert_eq!(b.key, Mark { source: 3, line: 2, column: 1 });
        assert_eq!(b.node.mark, Mark { source: 3, line: 2, column: 4 });
    }

    #[test]
    fn hostile_files_end_in_one_diagnostic() {
        let lol: String = (1..12)
            .map(|n| format!("a{n}: &a{n} [{}]\n", vec![format!("*a{}", n - 1); 9].join(",")))
            .collect();
        for (text, code) in [
            (format!("a0: &a0 [x, x]\n{lol}"), "S007"),
            ("[".repeat(100_000), "S007"),
            ((0..5_000).map(|n| format!("{}a:\n", " ".repeat(n % 900))).collect(), "S007"),
            ("- ".repeat(100_000), "S007"),
            (format!("[{}]", "1,".repeat(200_000)), "S007"),
            ("a: 1\n---\nb: 2\n".to_owned(), "S005"),
            ("a:\n\tb: 1\n".to_owned(), "S001"),
        ] {
            assert_eq!(read(&text, 0).expect_err("hostile").code, code, "{}", ends(&text));
        }
    }
}
