//! Values of options: forms, engines, figures, numbers of replications.

use clap::ValueEnum;
use plimsoll_charts::Figure;

/// Forms of a result.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum OutputForm {
    /// For people
    Table,
    /// The same with all notes, or all columns
    Wide,
    /// For programs: the report; one object a line when there are several runs
    Json,
    /// The same report as YAML, one document for each run
    Yaml,
    /// One row for each run: summary and checks
    Csv,
    /// For documents: what is claimed beside what is found, what-ifs as tables
    Markdown,
    /// Replication 0 under the names of kube-state-metrics and JupyterHub
    Openmetrics,
}

/// Forms of a comparison.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ComparisonForm {
    /// For people
    Table,
    /// For programs; one object a line when there are several comparisons
    Json,
    /// For a pull request or the summary of a CI job
    Markdown,
}

/// Forms of what a search or a sweep came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum AnswerForm {
    /// For people
    Table,
    /// For programs
    Json,
}

/// Engines that run shards.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Engine {
    /// A Kubernetes Indexed Job
    K8sJob,
    /// A Python script for Dask
    Dask,
    /// A Slurm job array
    Slurm,
    /// A shell script for GNU parallel
    Parallel,
}

/// Forms of a picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum PictureForm {
    /// Scalable, and equal in every byte for equal runs
    Svg,
    /// Pixels, twice the nominal size
    Png,
}

/// How many replications.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Replications {
    /// So many.
    Count(u32),
    /// Until the checks are decided.
    Auto,
}

pub(super) fn replications(text: &str) -> Result<Replications, String> {
    match text.parse() {
        _ if text == "auto" => Ok(Replications::Auto),
        Ok(count @ 1..=1_000_000) => Ok(Replications::Count(count)),
        _ => Err("write a number from 1 to 1000000, or auto".to_owned()),
    }
}

pub(super) fn figure(name: &str) -> Result<Figure, String> {
    name.parse().map_err(|_| format!("the figures are: {}", figure_names()))
}

pub(super) fn figure_help() -> String {
    format!("Figures to draw: {}", figure_names())
}

fn figure_names() -> String {
    Figure::ALL.iter().map(|figure| figure.name()).collect::<Vec<_>>().join(", ")
}
