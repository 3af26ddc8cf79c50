//! `plimsoll rightsize`: the smallest request and limit of a workload under a risk target, and what they cost.

use std::sync::Arc;

use comfy_table::Cell;
use plimsoll_core::experiment::{RightSize, Sizing, right_size as answer};
use plimsoll_core::report::units;

use crate::args::RightSizeArgs;
use crate::exit::{Exit, Failure};
use crate::render::table::{Column, lines, table, text};
use crate::runs;
use crate::terminal;

/// Prints a table for each node group that takes the workload's pods.
pub fn right_size(args: &RightSizeArgs) -> Result<Exit, Failure> {
    let target = share(&args.target)?;
    let selected = runs::select(&args.files, &args.selection, false)?;
    for run in &selected.runs {
        let sizes = answer(&Arc::clone(&run.model), &args.workload, target).ok_or_else(|| {
            Failure::bad_input(
                format!("nothing says what the pods of {} use", args.workload),
                "name a workload, or hub for users' pods, whose pod has a `use`",
            )
        })?;
        terminal::print(&render(&sizes))?;
    }
    Ok(selected.worst)
}

/// `1%` or `0.01`.
fn share(text: &str) -> Result<f64, Failure> {
    let (number, whole) = text.strip_suffix('%').map_or((text, 1.0), |number| (number, 100.0));
    let share = number.trim().parse::<f64>().map(|number| number / whole);
    share.ok().filter(|share| (1e-9..1.0).contains(share)).ok_or_else(|| {
        Failure::bad_input(
            format!("{text} is not a risk"),
            "write a percentage such as 1% or a number from 0 to 1",
        )
    })
}

fn render(sizes: &[RightSize]) -> String {
    let mut rows = table(&[
        Column::Words("NODES"),
        Column::Words("SIZE"),
        Column::Number("REQUEST"),
        Column::Number("LIMIT"),
        Column::Number("PODS A NODE"),
        Column::Number("KILL"),
        Column::Number("NODE RUNS OUT"),
        Column::Number("DOLLARS A POD-HOUR"),
    ]);
    for size in sizes {
        rows.add_row(row(&size.node_group, "now", Some(&size.now)));
        rows.add_row(row(&size.node_group, "advised", size.advised.as_ref()));
    }
    let mut told = lines(&rows, str::to_owned);
    if sizes.iter().any(|size| size.leaks) {
        told += "It leaks: whatever its limit, it reaches it if it lives long enough.\n";
    }
    told
}

fn row(group: &str, what: &str, sizing: Option<&Sizing>) -> Vec<Cell> {
    let cells = sizing.map_or_else(
        || vec!["-".to_owned(); 6],
        |sizing| {
            let bytes = |bytes: u64| units::value("memoryBytes", bytes as f64);
            vec![
                bytes(sizing.request),
                sizing.limit.map_or("none".to_owned(), bytes),
                sizing.pods_on_a_node.to_string(),
                chance(sizing.kill),
                chance(sizing.exhaustion),
                format!("{:.4}", sizing.dollars_per_pod_hour),
            ]
        },
    );
    [text(group), text(what)].into_iter().chain(cells.into_iter().map(Cell::new)).collect()
}

/// A chance in per cent; the small ones matter.
fn chance(share: f64) -> String {
    if share > 0.0 && share < 1e-6 { "< 0.0001 %".to_owned() } else { format!("{:.4} %", share * 100.0) }
}
