//! The names of summary figures in words: `launchWaitP95Seconds` is `launch wait p95`, a time.

use super::words;
use crate::check::Spelling;

/// What a name ends with says how its value is written.
const ENDINGS: [(&str, Spelling); 3] =
    [("Seconds", Spelling::Time), ("Share", Spelling::Percent), ("Bytes", Spelling::Bytes)];

/// How a figure's value is written.
pub(super) fn spelling(name: &str) -> Spelling {
    ENDINGS.into_iter().find(|(ending, _)| name.ends_with(ending)).map_or(Spelling::Plain, |(_, it)| it)
}

/// The name in words, without its unit.
pub(super) fn label(name: &str) -> String {
    let stem = ENDINGS.into_iter().find_map(|(ending, _)| name.strip_suffix(ending)).unwrap_or(name);
    let mut label = String::new();
    for character in stem.chars() {
        if character.is_uppercase() {
            label.push(' ');
        }
        label.extend(character.to_lowercase());
    }
    label
}

/// A difference of two values: between shares it is counted in points.
pub(super) fn amount(value: f64, spelling: Spelling) -> String {
    let minus = if value < 0.0 { "-" } else { "" };
    let text = words::number(value.abs(), spelling);
    match spelling {
        Spelling::Percent => format!("{minus}{} points", text.trim_end_matches(" %")),
        _ => format!("{minus}{text}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_say_their_unit() {
        assert_eq!(
            (label("launchWaitP95Seconds"), spelling("launchWaitP95Seconds")),
            ("launch wait p95".to_owned(), Spelling::Time)
        );
        assert_eq!((label("nodeHours"), spelling("nodeHours")), ("node hours".to_owned(), Spelling::Plain));
        assert_eq!(amount(-0.125, Spelling::Percent), "-12.5 points");
        assert_eq!(amount(-5_400.0, Spelling::Time), "-1h30m");
    }
}
