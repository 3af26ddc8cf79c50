//! What may be typed: clap types only, no meaning.
//!
//! Each help text shows its examples before its options, because most readers want a line to copy.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{ArgAction, Args, Parser, Subcommand, ValueEnum};
use plimsoll_charts::Figure;

/// Examples first, then usage, then options.
const TEMPLATE: &str = "{about-with-newline}\n{before-help}{usage-heading} {usage}\n\n{all-args}{after-help}";

const EXAMPLES: &str = "Examples:
  plimsoll run scenario.yaml                               what happens? do the checks hold?
  plimsoll run scenario.yaml --set nodeGroups.user.max=25  what if there were more nodes?
  plimsoll run scenario.yaml --variants                    every what-if of the file at once
  plimsoll run scenario.yaml --replications 100 -o json    with intervals, for a program
  plimsoll validate scenarios/*.yaml                       are the files right?
  plimsoll plot scenario.yaml --out docs/figures           a picture for a design document
";

const RUN_EXAMPLES: &str = "Examples:
  plimsoll run scenario.yaml
  plimsoll run scenario.yaml --set nodeGroups.user.max=25 --set hub.cull.timeout=30m
  plimsoll run scenario.yaml --variants=ceiling-20,cordon-early
  plimsoll run scenarios/*.yaml -o csv > results.csv
  plimsoll run - --replications 50 --quiet < scenario.yaml && echo 'the checks hold'
";

const VALIDATE_EXAMPLES: &str = "Examples:
  plimsoll validate scenario.yaml
  plimsoll validate scenarios/*.yaml
";

const PLOT_EXAMPLES: &str = "Examples:
  plimsoll plot scenario.yaml
  plimsoll plot scenario.yaml --variants --figure pods --out docs/figures --format svg,png
  plimsoll run scenario.yaml -o json > report.json && plimsoll plot report.json
";

const SCHEMA_EXAMPLES: &str = "Examples:
  plimsoll schema > schema.json
  # yaml-language-server: $schema=schema.json      first line of a scenario: the editor completes and checks
";

const AFTER: &str = "Exit codes:
  0  done, and every check holds
  1  a check does not hold
  2  the input is wrong: a scenario, an option
  3  no check fails, but the replications leave one undecided
  4  a file cannot be read or written, or Plimsoll itself is at fault
";

/// Find the load line of your cluster before the flood does.
///
/// Plimsoll simulates a Kubernetes cluster (nodes, pods, kube-scheduler, cluster-autoscaler, JupyterHub)
/// from one scenario file and reports what happens to the people who use it. The same file and the same
/// seed give the same bytes, on every machine and in the browser.
#[derive(Debug, Parser)]
#[command(
    name = "plimsoll",
    version,
    help_template = TEMPLATE,
    before_help = EXAMPLES,
    after_help = AFTER,
    max_term_width = 110,
    disable_help_subcommand = true,
)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,

    /// When to use colour.
    #[arg(
        long,
        global = true,
        value_name = "WHEN",
        default_value = "auto",
        hide_possible_values = true,
        hide_default_value = true,
        help_heading = "Global options"
    )]
    #[arg(help = "When to use colour: auto (the default), always or never; NO_COLOR counts too")]
    pub color: clap::ColorChoice,
}

/// The verbs.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Simulate scenarios, show what happened and decide their checks
    #[command(help_template = TEMPLATE, before_help = RUN_EXAMPLES, after_help = AFTER)]
    Run(RunArgs),
    /// Find every mistake in scenarios and their variants, without running them
    #[command(help_template = TEMPLATE, before_help = VALIDATE_EXAMPLES)]
    Validate(ValidateArgs),
    /// Draw figures of a run, with the caption and the command that repeats them
    #[command(help_template = TEMPLATE, before_help = PLOT_EXAMPLES)]
    Plot(PlotArgs),
    /// Print the JSON Schema of scenario files, for editors and generators
    #[command(help_template = TEMPLATE, before_help = SCHEMA_EXAMPLES)]
    Schema,
}

/// `plimsoll run`.
#[derive(Debug, Args)]
pub struct RunArgs {
    /// Scenario files; - is standard input
    #[arg(value_name = "FILE", required = true)]
    pub files: Vec<OsString>,

    #[command(flatten)]
    pub selection: SelectionArgs,

    /// Form of the result; table on a terminal, json otherwise
    #[arg(short, long, value_name = "FORM")]
    pub output: Option<OutputForm>,

    /// Also write every change of replication 0, one JSON object a line
    #[arg(long, value_name = "PATH")]
    pub events: Option<PathBuf>,

    /// Say nothing but the result and errors
    #[arg(short, long)]
    pub quiet: bool,
}

/// `plimsoll validate`.
#[derive(Debug, Args)]
pub struct ValidateArgs {
    /// Scenario files; - is standard input
    #[arg(value_name = "FILE", required = true)]
    pub files: Vec<OsString>,
}

/// `plimsoll plot`.
#[derive(Debug, Args)]
pub struct PlotArgs {
    /// A scenario file, or a report saved by run -o json; - is standard input
    #[arg(value_name = "FILE")]
    pub file: OsString,

    /// Figures to draw
    #[arg(long = "figure", value_name = "NAME", default_value = "overview", value_delimiter = ',')]
    #[arg(value_parser = figure, help = figure_help())]
    pub figures: Vec<Figure>,

    /// Directory to write into; made when missing
    #[arg(long, value_name = "DIR", default_value = ".")]
    pub out: PathBuf,

    /// Forms of the picture: svg, or png at twice the size
    #[arg(long = "format", value_name = "FORM", default_value = "svg", value_delimiter = ',')]
    pub formats: Vec<PictureForm>,

    #[command(flatten)]
    pub selection: SelectionArgs,
}

/// What to run of a file, and how often.
#[derive(Clone, Debug, Default, Args)]
pub struct SelectionArgs {
    /// Change a value of the scenario: nodeGroups.user.max=25; repeatable
    #[arg(long = "set", value_name = "PATH=VALUE", action = ArgAction::Append)]
    pub sets: Vec<String>,

    /// Run this variant instead of the base
    #[arg(long, value_name = "NAME", conflicts_with = "variants")]
    pub variant: Option<String>,

    /// Run the base and every variant, or the variants named
    #[arg(long, value_name = "A,B", num_args = 0..=1, require_equals = true, value_delimiter = ',')]
    #[arg(default_missing_value = "")]
    pub variants: Option<Vec<String>>,

    /// Seed of every draw; by default the scenario's
    #[arg(long, value_name = "N")]
    pub seed: Option<u64>,

    /// Independent replications; by default the scenario's
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    pub replications: Option<u32>,

    /// Threads to use; by default one for each core. The result is the same for any number
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    pub threads: Option<u16>,
}

/// Forms of a result.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum OutputForm {
    /// For people
    Table,
    /// For programs: the report; one object a line when there are several runs
    Json,
    /// The same report as YAML, one document for each run
    Yaml,
    /// One row for each run: summary and checks
    Csv,
}

/// Forms of a picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum PictureForm {
    /// Scalable, and equal in every byte for equal runs
    Svg,
    /// Pixels, twice the nominal size
    Png,
}

fn figure(name: &str) -> Result<Figure, String> {
    name.parse().map_err(|_| format!("the figures are: {}", figure_names()))
}

fn figure_help() -> String {
    format!("Figures to draw: {}", figure_names())
}

fn figure_names() -> String {
    Figure::ALL.iter().map(|figure| figure.name()).collect::<Vec<_>>().join(", ")
}
