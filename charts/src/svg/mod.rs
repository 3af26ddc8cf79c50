//! The SVG writer: plotters' drawing calls in, one text out.
//!
//! Coordinates are integers, tenths of a pixel, until they are written as decimals by [`coordinate`];
//! attributes stand in a fixed order; nothing is looked up in the system. The same report therefore
//! gives the same bytes on every target.

mod backend;
mod document;

pub(crate) use backend::{Run, SvgBackend};
pub(crate) use document::{Identity, bare_document, document};

use std::fmt::Write as _;

/// Writes tenths as the shortest decimal: `12`, `12.5`, `-.5`.
pub(crate) fn coordinate(out: &mut String, tenths: i32) {
    let magnitude = tenths.unsigned_abs();
    let (whole, tenth) = (magnitude / 10, magnitude % 10);
    if tenths < 0 {
        out.push('-');
    }
    // Writing into a String cannot fail.
    let _ = match (whole, tenth) {
        (_, 0) => write!(out, "{whole}"),
        (0, _) => write!(out, ".{tenth}"),
        _ => write!(out, "{whole}.{tenth}"),
    };
}

/// Writes a text between tags so that XML reads it back: characters that mean something are escaped, those that
/// XML cannot hold are replaced, white space becomes blanks.
pub(crate) fn escaped(out: &mut String, text: &str) {
    for character in text.chars() {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '\t' | '\n' | '\r' => out.push(' '),
            '\0'..='\u{1F}' | '\u{FFFE}' | '\u{FFFF}' => out.push('\u{FFFD}'),
            _ => out.push(character),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn coordinates_are_as_short_as_can_be() {
        for (tenths, text) in
            [(0, "0"), (5, ".5"), (-5, "-.5"), (120, "12"), (-125, "-12.5"), (i32::MIN, "-214748364.8")]
        {
            let mut out = String::new();
            coordinate(&mut out, tenths);
            assert_eq!(out, text);
        }
    }

    #[test]
    fn what_xml_cannot_hold_is_replaced() {
        let mut out = String::new();
        escaped(&mut out, "a<b>&\"c\"\n\u{0}\u{1b}");
        assert_eq!(out, "a&lt;b&gt;&amp;\"c\" \u{FFFD}\u{FFFD}");
    }
}
