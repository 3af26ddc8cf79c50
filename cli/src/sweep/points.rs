//! What came out of a sweep: a line for each point, and how many hold.

use comfy_table::{Cell, CellAlignment};
use plimsoll_core::experiment::{Row, outcome};
use plimsoll_core::report::{Verdict, units};

use super::parts::Manifest;
use super::plan::{Plan, told};
use crate::exit::{Exit, Failure};
use crate::render::table::{self, lines, text};

/// More points than these the file leaves to those who read it.
const SHOWN: usize = 40;
/// The figures of a line: without a hub, what waits are pods.
const FIGURES: [(&str, &[&str]); 4] = [
    ("PEAK PODS", &["peakPodsRunning"]),
    ("NODES", &["peakNodes"]),
    ("LAUNCHED", &["launchSuccessShare"]),
    ("P95 WAIT", &["launchWaitP95Seconds", "podWaitP95Seconds"]),
];

/// The points as their rows come by.
#[derive(Default)]
pub struct Points {
    /// The rows of the point that is coming by.
    current: Vec<Row>,
    shown: Vec<Line>,
    counts: [u64; 3],
}

struct Line {
    values: Vec<String>,
    passed: usize,
    checks: usize,
    figures: Vec<String>,
    verdict: Option<Verdict>,
}

impl Points {
    /// A row comes by, in the order of the points.
    pub fn see(&mut self, plan: &Plan, row: &Row) -> Result<(), Failure> {
        self.current.push(row.clone());
        if self.current.len() == plan.manifest.replications as usize {
            self.close(plan)?;
        }
        Ok(())
    }

    /// The last row of a point is there: its verdicts over all of them.
    fn close(&mut self, plan: &Plan) -> Result<(), Failure> {
        let rows = std::mem::take(&mut self.current);
        let Some(first) = rows.first() else { return Ok(()) };
        let model = plan.sweep.model(first.point).map_err(|found| told(&found))?;
        let value = |row: &Row, name: &str| row.checks.get(name).and_then(|check| check.value);
        let verdicts: Vec<Verdict> = model
            .checks
            .iter()
            .map(|check| {
                let values: Vec<_> = rows.iter().map(|row| value(row, &check.name)).collect();
                outcome(check, &values).verdict
            })
            .collect();
        let verdict = worst(&verdicts);
        if let Some(verdict) = verdict {
            self.counts[rank(verdict)] += 1;
        }
        if self.shown.len() < SHOWN {
            self.shown.push(Line {
                values: first.values.clone(),
                passed: verdicts.iter().filter(|verdict| **verdict == Verdict::Pass).count(),
                checks: verdicts.len(),
                figures: FIGURES.iter().map(|(_, names)| mean(&rows, names)).collect(),
                verdict,
            });
        }
        Ok(())
    }

    /// What the checks of all points mean for a gate.
    pub fn exit(&self) -> Exit {
        match self.counts {
            [_, _, failed] if failed > 0 => Exit::Failed,
            [_, open, _] if open > 0 => Exit::Undecided,
            _ => Exit::Passed,
        }
    }

    /// For people: a line for each of the first points, and a sentence.
    pub fn table(&self, manifest: &Manifest) -> String {
        let width = manifest.axes.len();
        let heads = ["CHECKS"].into_iter().chain(FIGURES.map(|(head, _)| head)).chain(["VERDICT"]);
        let mut table = table::table(&[]);
        table.set_header(manifest.axes.iter().map(|axis| text(&axis.path)).chain(heads.map(Cell::new)));
        for column in table.column_iter_mut().skip(width).take(1 + FIGURES.len()) {
            column.set_cell_alignment(CellAlignment::Right);
        }
        for line in &self.shown {
            let mut cells: Vec<Cell> = line.values.iter().map(|value| text(value)).collect();
            cells.push(Cell::new(format!("{}/{}", line.passed, line.checks)));
            cells.extend(line.figures.iter().map(Cell::new));
            cells.push(Cell::new(line.verdict.map_or("no checks", word)));
            table.add_row(cells);
        }
        format!("{}\n{}\n", lines(&table, str::to_owned), self.sentence(manifest))
    }

    fn sentence(&self, manifest: &Manifest) -> String {
        let points = units::counted(manifest.points, "point");
        let shown = match manifest.points as usize > SHOWN {
            true => format!(" The first {SHOWN} are shown."),
            false => String::new(),
        };
        match self.counts {
            [0, 0, 0] => format!("{points}, no checks.{shown}"),
            [pass, open, fail] => {
                format!("{points}: all checks hold at {pass}, one fails at {fail}, {open} undecided.{shown}")
            }
        }
    }
}

/// The mean of the first figure there is.
fn mean(rows: &[Row], names: &[&str]) -> String {
    for name in names {
        let values: Vec<f64> = rows.iter().filter_map(|row| row.figures.get(*name).copied()).collect();
        if !values.is_empty() {
            return units::value(name, values.iter().sum::<f64>() / values.len() as f64);
        }
    }
    "-".to_owned()
}

fn rank(verdict: Verdict) -> usize {
    match verdict {
        Verdict::Pass => 0,
        Verdict::Undecided => 1,
        Verdict::Fail => 2,
    }
}

fn worst(verdicts: &[Verdict]) -> Option<Verdict> {
    verdicts.iter().copied().max_by_key(|verdict| rank(*verdict))
}

fn word(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Pass => "holds",
        Verdict::Undecided => "undecided",
        Verdict::Fail => "fails",
    }
}
