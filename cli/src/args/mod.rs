//! What may be typed: clap types only, no meaning.
//!
//! Each help text shows its examples before its options, because most readers want a line to copy.

mod examples;
mod forms;

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{ArgAction, Args, Parser, Subcommand, ValueEnum};
use plimsoll_charts::Figure;
use plimsoll_core::model::Era;

use self::examples::{
    AFTER, COMPARE_AFTER, COMPARE_EXAMPLES, COMPLETIONS_EXAMPLES, EXAMPLES, EXPLAIN_EXAMPLES, IMPORT_AFTER,
    IMPORT_EXAMPLES, MAN_EXAMPLES, MERGE_EXAMPLES, PLAN_AFTER, PLAN_EXAMPLES, PLOT_EXAMPLES,
    RIGHT_SIZE_EXAMPLES, RUN_EXAMPLES, SCHEMA_EXAMPLES, SERVE_EXAMPLES, SWEEP_AFTER, SWEEP_EXAMPLES,
    VALIDATE_EXAMPLES,
};
pub use self::forms::{AnswerForm, ComparisonForm, Engine, OutputForm, PictureForm, Replications};
use self::forms::{figure, figure_help, replications};

/// Examples first, then usage, then options.
const TEMPLATE: &str = "{about-with-newline}\n{before-help}{usage-heading} {usage}\n\n{all-args}{after-help}";

/// Files are named as kubectl's are, too: `-f FILE` is FILE, and `-f -` is standard input. No command has
/// another `-f`, so the flag itself says nothing.
pub fn without_filename_flags(words: impl Iterator<Item = OsString>) -> Vec<OsString> {
    let mut kept = Vec::new();
    let mut all_are_files = false;
    for word in words {
        let text = word.to_string_lossy();
        all_are_files |= text == "--";
        match (all_are_files, text.strip_prefix("--filename=").or_else(|| text.strip_prefix("-f="))) {
            (false, _) if text == "-f" || text == "--filename" => {}
            (false, Some(file)) => kept.push(file.into()),
            _ => kept.push(word),
        }
    }
    kept
}

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
    /// Tell what a change does from chance: two scenarios, or the variants of one
    #[command(help_template = TEMPLATE, before_help = COMPARE_EXAMPLES, after_help = COMPARE_AFTER)]
    Compare(CompareArgs),
    /// Compute a row for every point of some axes and every replication, into Parquet or CSV
    #[command(help_template = TEMPLATE, before_help = SWEEP_EXAMPLES, after_help = SWEEP_AFTER)]
    Sweep(SweepArgs),
    /// Find the smallest value (or the cheapest combination) at which every check passes
    #[command(help_template = TEMPLATE, before_help = PLAN_EXAMPLES, after_help = PLAN_AFTER)]
    Plan(PlanArgs),
    /// Make one file of the parts that the shards of a sweep have written
    #[command(help_template = TEMPLATE, before_help = MERGE_EXAMPLES)]
    Merge(MergeArgs),
    /// Find every mistake in scenarios and their variants, without running them
    #[command(help_template = TEMPLATE, before_help = VALIDATE_EXAMPLES)]
    Validate(ValidateArgs),
    /// Draw figures of a run, with the caption and the command that repeats them
    #[command(help_template = TEMPLATE, before_help = PLOT_EXAMPLES)]
    Plot(PlotArgs),
    /// Make a scenario of what you have: the values.yaml files of a hub
    #[command(help_template = TEMPLATE, before_help = IMPORT_EXAMPLES, after_help = IMPORT_AFTER)]
    Import(ImportArgs),
    /// Find the smallest memory request and limit of a workload that keep a risk low
    #[command(help_template = TEMPLATE, before_help = RIGHT_SIZE_EXAMPLES)]
    Rightsize(RightSizeArgs),
    /// Say what the code of a diagnostic or a field of a scenario means
    #[command(help_template = TEMPLATE, before_help = EXPLAIN_EXAMPLES)]
    Explain(ExplainArgs),
    /// Print the JSON Schema of scenario files, for editors and generators
    #[command(help_template = TEMPLATE, before_help = SCHEMA_EXAMPLES)]
    Schema,
    /// Open the page from this binary: all in the browser, offline, for this machine only
    #[command(help_template = TEMPLATE, before_help = SERVE_EXAMPLES)]
    Serve(ServeArgs),
    /// Print what makes a shell complete commands and options
    #[command(help_template = TEMPLATE, before_help = COMPLETIONS_EXAMPLES)]
    Completions(CompletionsArgs),
    /// Print the manual page
    #[command(help_template = TEMPLATE, before_help = MAN_EXAMPLES)]
    Man(ManArgs),
}

/// `plimsoll serve`.
#[derive(Debug, Args)]
pub struct ServeArgs {
    /// Port on 127.0.0.1; the first free one from 8421 on if absent
    #[arg(long, value_name = "PORT")]
    pub port: Option<u16>,

    /// Open it in the browser too
    #[arg(long)]
    pub open: bool,
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

    /// Exit code where a check fails, instead of 1
    #[arg(long, value_name = "N", default_value_t = 1, hide_default_value = true)]
    #[arg(value_parser = clap::value_parser!(u8).range(1..))]
    pub fail_code: u8,

    /// Also write every change of replication 0, one JSON object a line
    #[arg(long, value_name = "PATH")]
    pub events: Option<PathBuf>,

    /// Say nothing but the result and errors
    #[arg(short, long)]
    pub quiet: bool,
}

/// `plimsoll compare`.
#[derive(Debug, Args)]
pub struct CompareArgs {
    /// The base, and what is compared with it; one file when its --variants are
    #[arg(value_name = "FILE", required = true, num_args = 1..=2)]
    pub files: Vec<OsString>,

    #[command(flatten)]
    pub selection: SelectionArgs,

    /// Draw both side by side on shared axes, as SVG files in this directory
    #[arg(long, value_name = "DIR")]
    pub plot: Option<PathBuf>,

    /// Compare this too, as a check would write it: 'max(pods.running, 18:00..06:15)'; repeatable
    #[arg(long = "measure", value_name = "EXPRESSION", action = ArgAction::Append)]
    pub measures: Vec<String>,

    /// Form of the result; table on a terminal, json otherwise
    #[arg(short, long, value_name = "FORM")]
    pub output: Option<ComparisonForm>,

    /// Say nothing but the result and errors
    #[arg(short, long)]
    pub quiet: bool,
}

/// `plimsoll sweep`.
#[derive(Debug, Args)]
pub struct SweepArgs {
    #[command(flatten)]
    pub varied: VariedArgs,

    /// Instead of all combinations, N points of a Latin hypercube
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=10_000_000))]
    #[arg(conflicts_with_all = ["sobol", "sensitivity"])]
    pub lhs: Option<u32>,

    /// Instead of all combinations, the first N of Sobol's points; a power of two is best
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=10_000_000))]
    pub sobol: Option<u32>,

    /// Tell which axis matters: first-order and total indices, from N rows of one point more than there are
    /// axes and one; a power of two is best
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(2..=1_000_000))]
    #[arg(conflicts_with = "sobol")]
    pub sensitivity: Option<u32>,

    /// Replications of each point; by default the scenario's
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    pub replications: Option<u32>,

    /// File to write, .parquet or .csv; with --shard, where the parts go: a folder, or s3://BUCKET/PREFIX
    #[arg(long, value_name = "PATH")]
    pub out: PathBuf,

    /// Compute shard I of N only (I from 0); auto/N asks the batch system which, auto also how many there are
    #[arg(long, value_name = "I/N")]
    pub shard: Option<String>,

    /// Compute nothing: print what makes this engine run all N shards of --shard auto/N
    #[arg(long, value_name = "ENGINE", requires = "shard")]
    pub emit: Option<Engine>,

    /// Draw the figures over up to three axes, and what the points trade, as SVG files in this directory
    #[arg(long, value_name = "DIR", conflicts_with = "shard")]
    pub plot: Option<PathBuf>,

    /// Let the verdicts decide the exit code
    #[arg(long, conflicts_with = "shard")]
    pub gate: bool,

    /// Form of what is printed: a line for each point, or with json all there is to say of each
    #[arg(short, long, value_name = "FORM", default_value = "table", hide_default_value = true)]
    pub output: AnswerForm,
}

/// `plimsoll plan`.
#[derive(Debug, Args)]
pub struct PlanArgs {
    #[command(flatten)]
    pub varied: VariedArgs,

    /// What should be small: the path that varies (the default with one), or a figure such as nodeHours
    #[arg(long, visible_alias = "minimize", value_name = "PATH|FIGURE", conflicts_with = "maximise")]
    pub minimise: Option<String>,

    /// The path whose largest value is wanted, such as an audience
    #[arg(long, visible_alias = "maximize", value_name = "PATH")]
    pub maximise: Option<String>,

    /// The most replications of a point; fewer are run where fewer decide
    #[arg(long, value_name = "N", default_value_t = 1_000)]
    #[arg(value_parser = clap::value_parser!(u32).range(20..=5_000))]
    pub replications: u32,

    /// Form of the result; table on a terminal, json otherwise
    #[arg(short, long, value_name = "FORM")]
    pub output: Option<AnswerForm>,
}

/// A scenario, and what varies in it.
#[derive(Clone, Debug, Args)]
pub struct VariedArgs {
    /// A scenario file; - is standard input
    #[arg(value_name = "FILE")]
    pub file: OsString,

    /// Values for a path: low..high, low..high:step, low..high:log:count or a,b,c; `;` zips two paths;
    /// repeatable. Without it, the axes that the scenario names under `sweep`
    #[arg(long, value_name = "PATH=VALUES", action = ArgAction::Append)]
    pub vary: Vec<String>,

    /// Change a value of the scenario at every point; repeatable
    #[arg(long = "set", value_name = "PATH=VALUE", action = ArgAction::Append)]
    pub sets: Vec<String>,

    /// Vary this variant instead of the base
    #[arg(long, value_name = "NAME")]
    pub variant: Option<String>,

    /// Seed of every draw; by default the scenario's
    #[arg(long, value_name = "N")]
    pub seed: Option<u64>,

    /// Threads to use; by default one for each core. The result is the same for any number
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    pub threads: Option<u16>,

    /// Say nothing but the result and errors
    #[arg(short, long)]
    pub quiet: bool,
}

/// `plimsoll merge`.
#[derive(Debug, Args)]
pub struct MergeArgs {
    /// The folder or s3://BUCKET/PREFIX that the shards wrote their parts to
    #[arg(value_name = "FOLDER")]
    pub folder: PathBuf,

    /// File to write, .parquet or .csv
    #[arg(long, value_name = "PATH")]
    pub out: PathBuf,
}

/// `plimsoll validate`.
#[derive(Debug, Args)]
pub struct ValidateArgs {
    /// Scenario files; - is standard input
    #[arg(value_name = "FILE", required = true)]
    pub files: Vec<OsString>,
}

/// `plimsoll import`.
#[derive(Debug, Args)]
pub struct ImportArgs {
    /// What the files are: z2jh, the values of the charts of JupyterHub and BinderHub
    #[arg(value_name = "KIND", value_enum, hide_possible_values = true)]
    pub kind: ImportKind,

    /// The files, in the order in which Helm is given them: later ones override; - is standard input
    #[arg(value_name = "FILE", required = true)]
    pub files: Vec<OsString>,

    /// The machines of the user nodes: a type, or what pods may request on one (7910m,46Gi,110)
    #[arg(long, value_name = "TYPE")]
    pub machine: Option<String>,

    /// People who come on the day that is simulated
    #[arg(long, visible_alias = "audience", value_name = "N")]
    #[arg(value_parser = clap::value_parser!(u32).range(1..=10_000_000))]
    pub users: Option<u32>,

    /// The fewest user nodes; by default 1
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(0..=100_000))]
    pub min: Option<u32>,

    /// The most user nodes; by default enough for all users at once
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub max: Option<u32>,

    /// The release of Kubernetes and the charts of its time: k8s-1.8, k8s-1.10, k8s-1.34 or k8s-1.36 (the default)
    #[arg(long, value_name = "ERA", value_parser = era, default_value = "k8s-1.36", hide_default_value = true)]
    pub era: Era,

    /// The scenario's name; by default the name of the last file
    #[arg(long, value_name = "NAME")]
    pub name: Option<String>,

    /// Say nothing but errors
    #[arg(short, long)]
    pub quiet: bool,
}

/// What can be imported.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ImportKind {
    /// Helm values of a hub.
    Z2jh,
}

fn era(name: &str) -> Result<Era, String> {
    let all = [Era::V1_8, Era::V1_10, Era::V1_34, Era::V1_36];
    let names = || all.map(Era::name).join(", ");
    all.into_iter().find(|era| era.name() == name).ok_or_else(|| format!("the eras are: {}", names()))
}

/// `plimsoll rightsize`.
#[derive(Debug, Args)]
pub struct RightSizeArgs {
    /// Scenario files; - is standard input
    #[arg(value_name = "FILE", required = true)]
    pub files: Vec<OsString>,

    /// The workload, or hub for users' pods
    #[arg(long, value_name = "NAME")]
    pub workload: String,

    /// The risk that is taken: that a container reaches its limit, and that a node full of such pods runs out
    #[arg(long, value_name = "SHARE", default_value = "1%")]
    pub target: String,

    #[command(flatten)]
    pub selection: SelectionArgs,
}

/// `plimsoll explain`.
#[derive(Debug, Args)]
pub struct ExplainArgs {
    /// A code, such as S012, or a field, such as nodeGroups.user.max; all codes when none is named
    #[arg(value_name = "CODE|FIELD")]
    pub subjects: Vec<String>,
}

/// `plimsoll completions`.
#[derive(Debug, Args)]
pub struct CompletionsArgs {
    /// The shell
    #[arg(value_name = "SHELL")]
    pub shell: clap_complete::Shell,
}

/// `plimsoll man`.
#[derive(Debug, Args)]
pub struct ManArgs {
    /// Write the pages of all commands into this directory instead
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
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

    /// Begin with a real cluster, `kubectl get nodes,pods -A -o json`; repeatable, - is standard input
    #[arg(long, value_name = "FILE", action = ArgAction::Append)]
    pub cluster: Vec<OsString>,

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

    /// Independent replications; by default the scenario's. With auto, as many as the checks need to be
    /// decided, up to 5000
    #[arg(long, value_name = "N|auto", value_parser = replications)]
    pub replications: Option<Replications>,

    /// Threads to use; by default one for each core. The result is the same for any number
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    pub threads: Option<u16>,
}
