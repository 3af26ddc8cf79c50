//! Checks: each claim read in the language of [`crate::check`], its errors shown in the file.

use super::super::diagnostic::Severity;
use super::super::node::Mark;
use super::super::path::{Path, ends};
use super::super::scalar::Problem;
use super::super::schema::Scenario;
use super::Findings;
use crate::check::{self, Check};
use crate::model::Clock;

/// The claims, in the file's order.
pub(super) fn checks(scenario: &Scenario, clock: &Clock, findings: &mut Findings<'_>) -> Vec<Check> {
    // Without a run every time lies outside of it, and that has been said already.
    if clock.report_duration().is_zero() {
        return Vec::new();
    }
    let names = names(scenario, clock);
    let mut read = Vec::new();
    for (name, text) in &scenario.checks {
        match check::parse(text, &names) {
            Ok(statement) => read.push(Check { name: name.clone(), text: text.clone(), statement }),
            Err(error) => {
                let path = Path::of(&["checks", name]);
                let fact = format!("check `{}`: {}", ends(name), error.message);
                let hint =
                    error.hint.unwrap_or_else(|| "`docs/checks.md` has the grammar of checks".to_owned());
                let mark = place_in(findings, &path, text, error.offset);
                let problem = Problem::new("S090", fact, hint);
                findings.list.push(findings.document().report(Severity::Error, mark, &path, problem));
            }
        }
    }
    read
}

/// What names in checks and conditions refer to.
pub(super) fn names<'s>(scenario: &'s Scenario, clock: &'s Clock) -> check::Names<'s> {
    check::Names {
        clock,
        groups: scenario.node_groups.keys().map(String::as_str).collect(),
        workloads: scenario.workloads.keys().map(String::as_str).collect(),
        audiences: scenario.audience.keys().map(String::as_str).collect(),
    }
}

/// Where byte `offset` of a check stands in the file: exact where the text stands on one line as it
/// is, else where the text begins.
fn place_in(findings: &Findings<'_>, path: &Path, text: &str, offset: usize) -> Mark {
    let mark = findings.document().mark_of(path);
    let line = findings.document().line_at(mark);
    let before = text.get(..offset.min(text.len())).unwrap_or("").chars().count();
    let start = mark.column.saturating_sub(1) as usize;
    // The text may stand in quotation marks.
    let stands =
        |skip: &usize| line.char_indices().nth(*skip).is_some_and(|(at, _)| line[at..].starts_with(text));
    let begins = (start..=start + 1).find(stands);
    begins.map_or(mark, |begins| Mark { column: (begins + before + 1) as u32, ..mark })
}
