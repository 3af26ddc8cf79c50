//! Lettering: the embedded typeface, how wide a text is in it, and where to break it.
//!
//! Widths are sums of the typeface's advances, in integers, so that a layout is the same on every
//! target and needs neither a font nor a browser. A reader without the typeface sees another one that
//! may be wider: [`with_room`] leaves space for that wherever a text must not run into something.

mod advances;

/// The typeface: two faces of Inter (Regular, SemiBold) cut down to Latin, as one TrueType collection.
/// Its licence is the SIL Open Font License 1.1, see `font/OFL.txt`.
pub const FONT: &[u8] = include_bytes!("../../font/Plimsoll-Inter.ttc");

/// The family name in [`FONT`] that the pictures ask for.
pub const FONT_FAMILY: &str = "Inter";

/// What the pictures ask for where [`FONT`] is not to be had; none of these is much wider.
pub(crate) const FONT_STACK: &str = "Inter,'Helvetica Neue',Helvetica,Arial,'Liberation Sans',sans-serif";

/// A size and a weight.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Face {
    /// Type size in tenths of a pixel.
    pub(crate) size: i32,
    /// SemiBold rather than Regular.
    pub(crate) bold: bool,
}

impl Face {
    /// A size in tenths of a pixel, Regular.
    pub(crate) const fn regular(size: i32) -> Self {
        Self { size, bold: false }
    }

    /// A size in tenths of a pixel, SemiBold.
    pub(crate) const fn bold(size: i32) -> Self {
        Self { size, bold: true }
    }

    /// How far the baseline lies below the middle of a line of figures or capitals.
    pub(crate) const fn drop(self) -> i32 {
        self.size * 364 / 1_000
    }
}

/// Width of a text in tenths of a pixel, rounded up.
pub(crate) fn width(text: &str, face: Face) -> i32 {
    let thousandths: i64 = text.chars().map(|character| i64::from(advance(character, face.bold))).sum();
    let tenths = (thousandths * i64::from(face.size) + 999) / 1_000;
    i32::try_from(tenths).unwrap_or(i32::MAX / 4)
}

/// A width with room for a reader's own typeface, which may be an eighth wider.
pub(crate) const fn with_room(width: i32) -> i32 {
    width + width / 8
}

/// The width that may be filled where `width` is to be had; the inverse of [`with_room`].
pub(crate) const fn within_room(width: i32) -> i32 {
    width * 8 / 9
}

/// Breaks a text into lines no wider than `limit`: between words, or within one that is too long.
pub(crate) fn wrap(text: &str, face: Face, limit: i32) -> Vec<String> {
    let mut lines = Vec::new();
    let mut line = String::new();
    for word in text.split_whitespace() {
        let longer = if line.is_empty() { word.to_owned() } else { format!("{line} {word}") };
        if width(&longer, face) <= limit {
            line = longer;
            continue;
        }
        if !line.is_empty() {
            lines.push(std::mem::take(&mut line));
        }
        let mut pieces = break_word(word, face, limit);
        line = pieces.pop().unwrap_or_default();
        lines.append(&mut pieces);
    }
    if !line.is_empty() {
        lines.push(line);
    }
    lines
}

/// Cuts a text so that it is no wider than `limit`, and says so by an ellipsis.
pub(crate) fn shorten(text: &str, face: Face, limit: i32) -> String {
    if width(text, face) <= limit {
        return text.to_owned();
    }
    let mut kept = text.to_owned();
    while kept.pop().is_some() {
        let shorter = format!("{}…", kept.trim_end());
        if width(&shorter, face) <= limit {
            return shorter;
        }
    }
    String::new()
}

fn break_word(word: &str, face: Face, limit: i32) -> Vec<String> {
    let mut pieces = vec![String::new()];
    for character in word.chars() {
        let last = pieces.len() - 1;
        if !pieces[last].is_empty() && width(&format!("{}{character}", pieces[last]), face) > limit {
            pieces.push(character.to_string());
        } else {
            pieces[last].push(character);
        }
    }
    pieces
}

/// Advance in thousandths of the type size. What the typeface lacks counts as a full em, which is what
/// the scripts it lacks are at their widest.
fn advance(character: char, bold: bool) -> u16 {
    let table = if bold { &advances::SEMIBOLD } else { &advances::REGULAR };
    let index = u32::from(character).wrapping_sub(advances::FIRST) as usize;
    let found = match table.get(index) {
        Some(&width) => width,
        None => match advances::FURTHER.binary_search_by_key(&character, |entry| entry.0) {
            Ok(at) if bold => advances::FURTHER[at].2,
            Ok(at) => advances::FURTHER[at].1,
            Err(_) => 0,
        },
    };
    if found == 0 { 1_000 } else { found }
}

#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests {
    use skrifa::instance::{LocationRef, Size};
    use skrifa::{FontRef, MetadataProvider};

    use super::*;

    /// The tables are what `font/subset.py` wrote for this very font file.
    #[test]
    fn widths_are_those_of_the_font() {
        for (index, bold) in [(0, false), (1, true)] {
            let font = FontRef::from_index(FONT, index).unwrap();
            let metrics = font.glyph_metrics(Size::unscaled(), LocationRef::default());
            let em = u32::from(font.metrics(Size::unscaled(), LocationRef::default()).units_per_em);
            let mut characters = 0;
            for character in (' '..='\u{17F}').chain(advances::FURTHER.map(|entry| entry.0)) {
                let Some(glyph) = font.charmap().map(character) else { continue };
                let units = metrics.advance_width(glyph).unwrap() as u32;
                assert_eq!(
                    u32::from(advance(character, bold)),
                    (units * 1_000).div_ceil(em),
                    "{character:?}"
                );
                characters += 1;
            }
            assert!(characters > 340, "{characters}");
        }
    }

    #[test]
    fn the_font_has_its_family_name_and_both_weights() {
        for (index, weight) in [(0, 400.0), (1, 600.0)] {
            let font = FontRef::from_index(FONT, index).unwrap();
            assert_eq!(font.attributes().weight.value(), weight);
            let named = |id| font.localized_strings(id).any(|name| name.to_string() == FONT_FAMILY);
            assert!(
                named(skrifa::string::StringId::FAMILY_NAME)
                    || named(skrifa::string::StringId::TYPOGRAPHIC_FAMILY_NAME)
            );
        }
        assert!(FONT.len() < 60_000 && FONT_STACK.starts_with(FONT_FAMILY));
    }

    const FACE: Face = Face::regular(120);

    #[test]
    fn a_wrapped_text_keeps_its_words_and_its_measure() {
        let text = "Pod network of 2fhq dies; the node stays Ready";
        let lines = wrap(text, FACE, 900);
        assert!(lines.len() > 1);
        assert!(lines.iter().all(|line| width(line, FACE) <= 900));
        assert_eq!(lines.join(" "), text);
    }

    #[test]
    fn a_word_without_end_is_broken() {
        let word = "x".repeat(500);
        let lines = wrap(&word, FACE, 900);
        assert!(lines.iter().all(|line| width(line, FACE) <= 900));
        assert_eq!(lines.concat(), word);
    }

    #[test]
    fn a_shortened_text_fits() {
        assert_eq!(shorten("regulars", FACE, 9_000), "regulars");
        let short = shorten("regulars that came by way of reddit", FACE, 900);
        assert!(short.ends_with('…') && width(&short, FACE) <= 900);
    }
}
