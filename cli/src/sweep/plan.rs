//! What a sweep is to do: the scenario, the points, the replications, and the parts they are cut into.

use std::sync::Arc;

use plimsoll_core::experiment::{Axis, AxisError, Design, Sampling, Sweep};
use plimsoll_core::model::Model;
use plimsoll_core::scenario::schema::SweepPlan;
use plimsoll_core::scenario::{Diagnostics, Document};

use super::parts::{AxisColumn, Kind, Manifest};
use crate::args::VariedArgs;
use crate::exit::{Exit, Failure};
use crate::source::Source;
use crate::terminal;

/// A sweep has about so many parts: small enough that an interruption costs little.
const PARTS: u64 = 1_000;
/// Fewer rows than these are not worth a file.
const MIN_PART_ROWS: u64 = 8;
/// More rows than these are too much to lose.
const MAX_PART_ROWS: u64 = 10_000;

/// A sweep, ready to compute.
pub struct Plan {
    /// The points and their models.
    pub sweep: Arc<Sweep>,
    /// What the folder of parts says about itself.
    pub manifest: Manifest,
}

impl Plan {
    /// Reads the scenario and the axes, and tries each value of each axis. What the command line does not say
    /// the scenario does; `sampling` is asked for, or else the scenario's.
    pub fn new(
        source: &Source,
        args: &VariedArgs,
        sampling: Option<Sampling>,
        replications: Option<u32>,
    ) -> Result<Plan, Failure> {
        let (base, model) = base(source, args).map_err(|found| told(&found))?;
        let planned = base.scenario().map_err(|found| told(&found))?.sweep.unwrap_or_default();
        if args.vary.is_empty() && planned.axes.is_empty() {
            return Err(Failure::bad_input(
                "nothing varies",
                "write --vary PATH=VALUES, such as --vary nodeGroups.user.max=15..20, or axes under `sweep` in the scenario",
            ));
        }
        let axes = match args.vary.is_empty() {
            true => planned
                .axes
                .iter()
                .map(|(name, map)| Axis::from_map(name, map))
                .collect::<Result<Vec<_>, _>>(),
            false => args.vary.iter().map(|text| Axis::parse(text)).collect(),
        };
        let sampling = match sampling {
            Some(sampling) => sampling,
            None => planned_sampling(&planned)?,
        };
        let replications = replications.or(planned.replications);
        let seed = args.seed.unwrap_or(model.seed);
        let replications = replications.unwrap_or(model.replications);
        let design = axes.and_then(|axes| Design::new(axes, sampling, seed)).map_err(wrong_axis)?;
        let identity = [
            format!("{} {seed} {replications} {sampling:?}", plimsoll_core::VERSION),
            format!("{:?}", args.variant),
            format!("{:?}", args.sets),
            format!("{:?}", args.vary),
            String::from_utf8_lossy(&source.bytes).into_owned(),
        ];
        let axes = axis_columns(&design);
        let sweep = Arc::new(Sweep::new(base, design, seed, replications));
        sweep.try_values().map_err(|found| told(&found))?;
        let manifest = Manifest {
            api_version: "plimsoll/v1".to_owned(),
            kind: "Sweep".to_owned(),
            engine_version: plimsoll_core::VERSION.to_owned(),
            fingerprint: fingerprint(&identity),
            scenario: model.about.name.clone(),
            variant: args.variant.clone(),
            seed,
            replications: sweep.replications(),
            points: sweep.design().points(),
            part_rows: sweep.rows().div_ceil(PARTS).clamp(MIN_PART_ROWS, MAX_PART_ROWS),
            axes,
        };
        Ok(Plan { sweep, manifest })
    }
}

/// How the scenario wants points chosen.
fn planned_sampling(planned: &SweepPlan) -> Result<Sampling, Failure> {
    match (planned.latin_hypercube, planned.sobol, planned.sensitivity) {
        (None, None, None) => Ok(Sampling::Grid),
        (Some(points @ 1..), None, None) => Ok(Sampling::LatinHypercube(points)),
        (None, Some(points @ 1..), None) => Ok(Sampling::Sobol(points)),
        (None, None, Some(rows @ 2..)) => Ok(Sampling::Saltelli(rows)),
        _ => Err(Failure::bad_input(
            "the scenario's sweep does not say one way to choose its points",
            "keep one of latinHypercube, sobol and sensitivity, with 2 or more points",
        )),
    }
}

/// The scenario with what the command line chooses and changes of it, and its model.
fn base(source: &Source, args: &VariedArgs) -> Result<(Document, Model), Diagnostics> {
    let mut document = Document::parse(&source.name, &source.bytes)?;
    if let Some(variant) = &args.variant {
        document = document.variant(variant)?;
    }
    for assignment in &args.sets {
        document.set(assignment)?;
    }
    let compiled = document.compile()?;
    if !args.quiet {
        terminal::tell(&compiled.warnings.to_string());
    }
    Ok((document, compiled.model))
}

/// Tells what is wrong with a scenario.
pub fn told(found: &Diagnostics) -> Failure {
    terminal::tell(&found.to_string());
    Failure::Reported(Exit::BadInput)
}

pub fn wrong_axis(error: AxisError) -> Failure {
    Failure::bad_input(error.fact, error.hint)
}

/// How the column of each path is written: numbers where all its values are.
fn axis_columns(design: &Design) -> Vec<AxisColumn> {
    let mut columns = Vec::new();
    for axis in design.axes() {
        let ends = axis.ends();
        let values = if axis.is_empty() { ends.as_slice() } else { axis.values() };
        let is_span = axis.is_empty();
        for (place, path) in axis.paths.iter().enumerate() {
            let all = |is: fn(&str) -> bool| values.iter().all(|texts| is(&texts[place]));
            let kind = match () {
                () if !is_span && all(|text| text.parse::<i64>().is_ok()) => Kind::Whole,
                () if all(|text| text.parse::<f64>().is_ok_and(f64::is_finite)) => Kind::Number,
                () => Kind::Text,
            };
            columns.push(AxisColumn { path: path.clone(), kind });
        }
    }
    columns
}

/// FNV-1a over the texts, each with its length: tells one sweep from another, not friend from foe.
fn fingerprint(texts: &[String]) -> String {
    let mut hash: u64 = 0xcbf2_9ce4_8422_2325;
    let mut take = |byte: u8| hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    for text in texts {
        (text.len() as u64).to_le_bytes().into_iter().for_each(&mut take);
        text.bytes().for_each(&mut take);
    }
    format!("{hash:016x}")
}
