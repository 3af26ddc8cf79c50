//! What may be typed: clap types only, no meaning.
//!
//! Each help text shows its examples before its options, because most readers want a line to copy.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{ArgAction, Args, Parser, Subcommand, ValueEnum};
use plimsoll_charts::Figure;
use plimsoll_core::model::Era;

/// Examples first, then usage, then options.
const TEMPLATE: &str = "{about-with-newline}\n{before-help}{usage-heading} {usage}\n\n{all-args}{after-help}";

const EXAMPLES: &str = "Examples:
  plimsoll run scenario.yaml                               what happens? do the checks hold?
  plimsoll run scenario.yaml --set nodeGroups.user.max=25  what if there were more nodes?
  plimsoll run scenario.yaml --variants                    every what-if of the file at once
  plimsoll run scenario.yaml --replications 100 -o json    with intervals, for a program
  plimsoll compare scenario.yaml --variants                what does each change, beyond chance?
  plimsoll plan scenario.yaml --vary nodeGroups.user.max=8..40    what is the least that will do?
  plimsoll sweep scenario.yaml --vary hub.cull.timeout=10m,30m,1h --out sweep.parquet
  plimsoll validate scenarios/*.yaml                       are the files right?
  plimsoll explain nodeGroups.user.max                     what may stand there?
  plimsoll plot scenario.yaml --out docs/figures           a picture for a design document
  plimsoll import z2jh values.yaml --machine n1-highmem-8 --users 300    a scenario of your hub
";

const RUN_EXAMPLES: &str = "Examples:
  plimsoll run scenario.yaml
  plimsoll run scenario.yaml --set nodeGroups.user.max=25 --set hub.cull.timeout=30m
  plimsoll run scenario.yaml --variants=ceiling-20,cordon-early
  plimsoll run scenarios/*.yaml -o csv > results.csv
  plimsoll run scenario.yaml -o openmetrics > run.om       for promtool tsdb create-blocks-from
  plimsoll run - --replications 50 --quiet < scenario.yaml && echo 'the checks hold'
  kubectl get nodes,pods -A -o json | plimsoll run scenario.yaml --cluster -
";

const COMPARE_EXAMPLES: &str = "Examples:
  plimsoll compare today.yaml tomorrow.yaml --replications 100
  plimsoll compare scenario.yaml --variants
  plimsoll compare scenario.yaml --variants=max-age-6h --replications 200 -o json
  plimsoll compare scenario.yaml --variants=max-age-6h \\
                   --measure 'max(pods.running, 18:00..06:15)'
";

const SWEEP_EXAMPLES: &str = "Examples:
  plimsoll sweep scenario.yaml --vary nodeGroups.user.max=15..20 --out sweep.parquet
  plimsoll sweep scenario.yaml --vary nodeGroups.user.max=10..30:5 \\
                 --vary hub.cull.timeout=10m,30m,1h --replications 200 --out sweep.csv
  plimsoll sweep scenario.yaml --out zipped.csv \\
                 --vary 'nodeGroups.user.min=1,2;nodeGroups.user.max=5,10'
  plimsoll sweep scenario.yaml --vary nodeGroups.user.max=5..50 \\
                 --vary hub.cull.timeout=300s..7200s --sobol 256 --out samples.parquet
  plimsoll sweep scenario.yaml --vary nodeGroups.user.max=5..50 \\
                 --vary hub.cull.timeout=300s..7200s --sensitivity 64 --out which-matters.csv
  plimsoll sweep scenario.yaml --vary nodeGroups.user.max=15..20 --shard 0/4 --out parts
";

const PLAN_EXAMPLES: &str = "Examples:
  plimsoll plan scenario.yaml --vary nodeGroups.user.max=8..40
  plimsoll plan scenario.yaml --vary audience.students.arrivals.perHour=100..2000:100 \\
                --maximise audience.students.arrivals.perHour
  plimsoll plan scenario.yaml --vary nodeGroups.user.max=8..40:4 --vary hub.cull.timeout=10m,1h \\
                --minimise nodeHours
";

const PLAN_AFTER: &str = "Exit codes:
  0  there is a value at which every check passes
  1  there is none
  3  there is none, but the replications leave one undecided
";

const MERGE_EXAMPLES: &str = "Examples:
  plimsoll merge parts --out sweep.parquet
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

const IMPORT_EXAMPLES: &str = "Examples:
  plimsoll import z2jh values.yaml --machine n1-highmem-8 --users 300 > hub.yaml
  plimsoll import z2jh mybinder/values.yaml config/prod.yaml --machine n1-highmem-8 --users 3000 --max 20
  plimsoll import z2jh values.yaml --machine 7910m,46Gi,110 --users 300 | plimsoll run -
";

const IMPORT_AFTER: &str =
    "The scenario goes to standard output; what was found, assumed, not modelled and ignored is told on
standard error. Each line of the scenario says which file and line its value came from.

Exit codes:
  0  a scenario was made; plimsoll validate finds nothing wrong with it
  2  something is missing (the machines, the people) or wrong
  4  a file cannot be read
";

const RIGHT_SIZE_EXAMPLES: &str = "Examples:
  plimsoll rightsize scenario.yaml --workload hub --target 1%
  plimsoll rightsize scenario.yaml --workload api --target 0.1% --variants
";

const EXPLAIN_EXAMPLES: &str = "Examples:
  plimsoll explain S012
  plimsoll explain nodeGroups.user.max                     a field of a scenario, and what may stand there
  plimsoll explain scenario                                the fields at the top
  plimsoll explain                                         every code and its title
";

const SCHEMA_EXAMPLES: &str = "Examples:
  plimsoll schema > schema.json
  # yaml-language-server: $schema=schema.json      first line of a scenario: the editor completes and checks
";

const SERVE_EXAMPLES: &str = "Examples:
  plimsoll serve --open
  plimsoll serve --port 9000
";

const COMPLETIONS_EXAMPLES: &str = "Examples:
  plimsoll completions bash > ~/.local/share/bash-completion/completions/plimsoll
  plimsoll completions zsh > ~/.zfunc/_plimsoll
";

const MAN_EXAMPLES: &str = "Examples:
  plimsoll man | man -l -
  plimsoll man --out ~/.local/share/man/man1
";

const AFTER: &str = "Exit codes:
  0  done, and every check holds
  1  a check does not hold
  2  the input is wrong: a scenario, an option
  3  no check fails, but the replications leave one undecided
  4  a file cannot be read or written, or Plimsoll itself is at fault
";

const COMPARE_AFTER: &str =
    "Both sides run under the same seed and draw the same numbers for the same users, so replications are
compared in pairs; each interval holds with 95 % confidence. Ends with 0 whatever the checks say: a
comparison is an answer, run is the gate.
";

const SWEEP_AFTER: &str =
    "Finished parts stay beside the output, in OUT.parts: after any interruption the same command goes on,
and the file is the same, byte for byte. Ends with 0 whatever the checks say, unless --gate.
";

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

fn replications(text: &str) -> Result<Replications, String> {
    match text.parse() {
        _ if text == "auto" => Ok(Replications::Auto),
        Ok(count @ 1..=1_000_000) => Ok(Replications::Count(count)),
        _ => Err("write a number from 1 to 1000000, or auto".to_owned()),
    }
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
