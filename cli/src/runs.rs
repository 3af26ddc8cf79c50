//! From files and options to the runs they ask for.
//!
//! A file gives one run, or one for each variant chosen. `--set` is applied last, so that it holds in
//! every variant. A file with mistakes gives none: its diagnostics are told, and the other files go on.

use std::ffi::OsString;
use std::sync::Arc;

use plimsoll_core::kubernetes::Objects;
use plimsoll_core::model::Model;
use plimsoll_core::scenario::{Compiled, Diagnostics, Document};

use crate::args::{Replications, SelectionArgs};
use crate::cluster::read_cluster;
use crate::exit::{Exit, Failure};
use crate::fault;
use crate::source::{self, Source};
use crate::terminal;

/// One scenario or variant, ready to simulate.
#[derive(Clone)]
pub struct Run {
    /// The file as a command can name it.
    pub file: String,
    /// Whether the file has variants.
    pub has_variants: bool,
    /// The variant; `None`: the base.
    pub variant: Option<String>,
    /// What to simulate.
    pub model: Arc<Model>,
    /// Its seed.
    pub seed: u64,
    /// How many replications.
    pub replications: u32,
    /// Whether there are as many as the checks need.
    pub auto: bool,
}

impl Run {
    /// How messages call it: `reddit.yaml, variant ceiling-20, seed 42`.
    pub fn name(&self) -> String {
        let variant = self.variant.as_ref().map(|variant| format!(", variant {variant}")).unwrap_or_default();
        format!("{}{variant}, seed {}", self.file, self.seed)
    }

    /// An assignment that is worth a try: a quarter more nodes in the first group that grows by itself.
    pub fn what_if(&self) -> String {
        let mut groups = self.model.groups.iter().filter(|_| self.model.autoscaler.is_some());
        let group = groups.find(|group| group.min < group.max);
        // Other names would need quotes within the path.
        let plain = |name: &str| name.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_');
        match group {
            Some(group) if plain(&group.name) => {
                let more = group.max.div_ceil(4).max(1);
                format!("nodeGroups.{}.max={}", group.name, group.max.saturating_add(more))
            }
            // Every scenario has a seed, and another one is the first question to ask of a result.
            _ => format!("seed={}", self.seed.wrapping_add(1)),
        }
    }
}

/// The runs of several files.
pub struct Selected {
    /// In the order of the files, and of the variants in each.
    pub runs: Vec<Run>,
    /// How the files that gave no run end the command.
    pub worst: Exit,
}

/// Whether the command line can mean several runs. It decides the form of the output, so it depends on
/// what was asked, not on what was found.
pub fn may_be_several(files: &[OsString], selection: &SelectionArgs) -> bool {
    files.len() > 1 || selection.variants.is_some()
}

/// Reads `files` and compiles what `selection` chooses of them. Mistakes are told, and warnings too
/// unless `quiet`.
pub fn select(files: &[OsString], selection: &SelectionArgs, quiet: bool) -> Result<Selected, Failure> {
    let named = files.iter().chain(&selection.cluster).cloned().collect::<Vec<_>>();
    source::refuse_stdin_twice(&named)?;
    let cluster = read_cluster(selection, quiet)?;
    let mut selected = Selected { runs: Vec::new(), worst: Exit::Passed };
    for file in files {
        let source = Source::read(file);
        if let Err(failure) = source
            .and_then(|source| select_in(&source, selection, cluster.as_ref(), quiet, &mut selected.runs))
        {
            terminal::tell(&failure.to_string());
            selected.worst = selected.worst.max(failure.exit());
        }
    }
    Ok(selected)
}

/// Adds the runs of one file. When a variant has mistakes, the others are there all the same.
pub fn select_in(
    source: &Source,
    selection: &SelectionArgs,
    cluster: Option<&Objects>,
    quiet: bool,
    runs: &mut Vec<Run>,
) -> Result<(), Failure> {
    let reading = || format!("reading {}", source.name);
    let found = fault::contain(reading, || compile_all(source, selection, cluster, runs));
    let found = found.map_err(|_| Failure::Reported(Exit::Fault))?;
    let told: Diagnostics = found.iter().filter(|it| it.is_error() || !quiet).cloned().collect();
    terminal::tell(&told.to_string());
    if found.has_errors() { Err(Failure::Reported(Exit::BadInput)) } else { Ok(()) }
}

/// Compiles what is chosen of a file; what is found on the way is the same for many variants, and is
/// returned once.
fn compile_all(
    source: &Source,
    selection: &SelectionArgs,
    cluster: Option<&Objects>,
    runs: &mut Vec<Run>,
) -> Diagnostics {
    let base = match Document::parse(&source.name, &source.bytes) {
        Ok(base) => base,
        Err(found) => return found,
    };
    let mut found = Diagnostics::new();
    for variant in variants(&base, selection) {
        match compile(&base, variant.as_deref(), &selection.sets, cluster) {
            Ok(Compiled { model, warnings }) => {
                found.extend(warnings);
                runs.push(Run {
                    file: source.argument.clone(),
                    has_variants: !base.variant_names().is_empty(),
                    seed: selection.seed.unwrap_or(model.seed),
                    replications: match selection.replications {
                        Some(Replications::Count(count)) => count,
                        _ => model.replications,
                    },
                    auto: selection.replications == Some(Replications::Auto),
                    variant,
                    model: model.into(),
                });
            }
            Err(errors) => found.extend(errors),
        }
    }
    found
}

/// The variants chosen of a file; `None` is the base.
fn variants(base: &Document, selection: &SelectionArgs) -> Vec<Option<String>> {
    match (&selection.variant, &selection.variants) {
        (Some(variant), _) => vec![Some(variant.clone())],
        (None, None) => vec![None],
        (None, Some(named)) if named.iter().all(String::is_empty) => {
            std::iter::once(None).chain(base.variant_names().into_iter().map(Some)).collect()
        }
        (None, Some(named)) => named.iter().cloned().map(Some).collect(),
    }
}

fn compile(
    base: &Document,
    variant: Option<&str>,
    sets: &[String],
    cluster: Option<&Objects>,
) -> Result<Compiled, Diagnostics> {
    let mut document = match variant {
        Some(variant) => base.variant(variant)?,
        None => base.clone(),
    };
    for assignment in sets {
        document.set(assignment)?;
    }
    document.compile_on(cluster)
}
