//! Regular expressions of group names, as the expander `priority` uses them.
//!
//! Models: the part of Go's `regexp` that names of groups need: literals, `.`, `[a-z]`, `[^a-z]`, `*`,
//! `+`, `?`, `\` before a character, `^` at the start, `$` at the end, and `|` outermost.
//! Leaves out: groups in brackets, counted repetition, character classes by name.

/// Whether the expression is found in the text.
pub(super) fn matches(expression: &str, text: &str) -> bool {
    let text: Vec<char> = text.chars().collect();
    expression.split('|').any(|branch| {
        let (anchored, branch) = branch.strip_prefix('^').map_or((false, branch), |rest| (true, rest));
        let pieces = pieces(branch);
        let starts = if anchored { 0..=0 } else { 0..=text.len() };
        starts.into_iter().any(|start| at(&pieces, &text[start..]))
    })
}

enum One {
    Any,
    End,
    Exactly(char),
    Set { negated: bool, ranges: Vec<(char, char)> },
}

/// A character and how often: at least, at most.
struct Piece {
    one: One,
    least: usize,
    most: usize,
}

fn pieces(expression: &str) -> Vec<Piece> {
    let mut pieces: Vec<Piece> = Vec::new();
    let mut rest = expression.chars().peekable();
    while let Some(character) = rest.next() {
        let one = match character {
            '.' => One::Any,
            '$' if rest.peek().is_none() => One::End,
            '\\' => One::Exactly(rest.next().unwrap_or('\\')),
            '[' => set(&mut rest),
            other => One::Exactly(other),
        };
        let (least, most) = match rest.peek() {
            Some('*') => (0, usize::MAX),
            Some('+') => (1, usize::MAX),
            Some('?') => (0, 1),
            _ => (1, 1),
        };
        if (least, most) != (1, 1) {
            rest.next();
        }
        pieces.push(Piece { one, least, most });
    }
    pieces
}

fn set(rest: &mut core::iter::Peekable<core::str::Chars<'_>>) -> One {
    let negated = rest.next_if_eq(&'^').is_some();
    let mut ranges = Vec::new();
    while let Some(first) = rest.next().filter(|character| *character != ']') {
        let last = if rest.next_if_eq(&'-').is_some() { rest.next().unwrap_or(first) } else { first };
        ranges.push((first, last));
    }
    One::Set { negated, ranges }
}

fn at(pieces: &[Piece], text: &[char]) -> bool {
    let Some((piece, later)) = pieces.split_first() else { return true };
    if matches!(piece.one, One::End) {
        return text.is_empty() && at(later, text);
    }
    let longest = text.iter().take(piece.most).take_while(|character| fits(&piece.one, **character)).count();
    (piece.least..=longest).rev().any(|count| at(later, &text[count..]))
}

fn fits(one: &One, character: char) -> bool {
    match one {
        One::Any => true,
        One::End => false,
        One::Exactly(own) => *own == character,
        One::Set { negated, ranges } => {
            ranges.iter().any(|(first, last)| (*first..=*last).contains(&character)) != *negated
        }
    }
}

#[cfg(test)]
mod tests {
    use super::matches;

    #[test]
    fn expressions_are_found_as_go_finds_them() {
        for (expression, text, expected) in [
            (".*", "any", true),
            ("^std$", "std", true),
            ("^std$", "std2", false),
            ("mem", "highmem-a", true),
            ("^high.*", "highcpu", true),
            ("^high.+a$", "high-a", true),
            ("^pool-[0-9]+$", "pool-17", true),
            ("^pool-[^0-9]+$", "pool-17", false),
            ("spot|std", "my-std", true),
            ("a\\.b", "axb", false),
        ] {
            assert_eq!(matches(expression, text), expected, "{expression} {text}");
        }
    }
}
