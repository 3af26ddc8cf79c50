//! The command that repeats a figure, as it can stand in a document: complete, with the seed, and
//! without paths that exist on one machine only.

use std::path::Path;

use plimsoll_charts::Figure;
use plimsoll_core::report::Report;

use crate::args::{PictureForm, PlotArgs};

/// What the figure was made from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum From {
    /// A scenario file, which the command runs again.
    Scenario,
    /// A saved report, which holds all there is to say.
    Report,
}

/// `plimsoll plot …` for one figure of one report.
pub fn plot_command(args: &PlotArgs, from: From, report: &Report, figure: Figure) -> String {
    let mut words = vec!["plimsoll".to_owned(), "plot".to_owned(), portable(Path::new(&args.file))];
    let mut option = |name: &str, value: &str| words.extend([name.to_owned(), value.to_owned()]);
    if from == From::Scenario {
        if let Some(variant) = &report.variant {
            option("--variant", variant);
        }
        for assignment in &args.selection.sets {
            option("--set", assignment);
        }
        option("--seed", &report.seed.to_string());
        if args.selection.replications.is_some() {
            option("--replications", &report.replications.to_string());
        }
    }
    option("--figure", figure.name());
    if args.out != Path::new(".") {
        option("--out", &portable(&args.out));
    }
    if args.formats != [PictureForm::Svg] {
        option("--format", &formats(&args.formats));
    }
    let input = match (args.file == "-", from) {
        (false, _) => "",
        (true, From::Scenario) => " < scenario.yaml",
        (true, From::Report) => " < report.json",
    };
    let command: Vec<String> = words.iter().map(|word| quoted(word)).collect();
    command.join(" ") + input
}

fn formats(formats: &[PictureForm]) -> String {
    let name = |form: &PictureForm| match form {
        PictureForm::Svg => "svg",
        PictureForm::Png => "png",
    };
    formats.iter().map(name).collect::<Vec<_>>().join(",")
}

/// A path below the current directory relative to it; of any other absolute path, its last part.
fn portable(path: &Path) -> String {
    if path.is_relative() {
        return path.to_string_lossy().into_owned();
    }
    let here = std::env::current_dir().unwrap_or_default();
    let shown = match path.strip_prefix(&here) {
        Ok(below) if !below.as_os_str().is_empty() => below.as_os_str(),
        Ok(_) => ".".as_ref(),
        Err(_) => path.file_name().unwrap_or(path.as_os_str()),
    };
    shown.to_string_lossy().into_owned()
}

/// A word as a POSIX shell reads it back.
pub fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || "-_./=,:+@%".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_quoted_only_where_the_shell_needs_it() {
        assert_eq!(quoted("nodeGroups.user.max=25"), "nodeGroups.user.max=25");
        assert_eq!(quoted("a b"), "'a b'");
        assert_eq!(quoted("it's"), r"'it'\''s'");
        assert_eq!(quoted(""), "''");
    }

    #[test]
    fn no_absolute_path_is_shown() {
        let here = std::env::current_dir().expect("the test has a directory");
        assert_eq!(portable(&here.join("scenarios/a.yaml")), "scenarios/a.yaml");
        assert_eq!(portable(&here), ".");
        assert_eq!(portable(Path::new("/home/somebody/a.yaml")), "a.yaml");
        assert_eq!(portable(Path::new("../a.yaml")), "../a.yaml");
    }
}
