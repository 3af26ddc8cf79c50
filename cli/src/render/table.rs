//! Tables, for people: one run at length, or several side by side.
//!
//! In kubectl's manner: no borders, heads in capitals, numbers to the right.

use anstyle::Style;
use comfy_table::presets::NOTHING;
use comfy_table::{Cell, CellAlignment, ContentArrangement, Table};
use plimsoll_core::experiment::difference;
use plimsoll_core::report::{
    CheckOutcome, Interval, MemoryRisk, Note, NoteBy, PendingPod, Report, Verdict, WaitingReason, units,
};

use Column::{Number, Words};

use super::Shown;
use crate::repeat::quoted;
use crate::terminal::{BAD, FAINT, GOOD, OPEN, STRONG, printable};

/// More than these the timeline leaves to the figures.
const NOTES_SHOWN: usize = 12;
/// Columns of several runs side by side: the head, and the first of these figures that there is.
const FIGURES: [(&str, &[&str]); 9] = [
    ("PEAK PODS", &["peakPodsRunning"]),
    ("NODES", &["peakNodes"]),
    ("LAUNCHED", &["launchSuccessShare"]),
    ("P95 WAIT", &["launchWaitP95Seconds", "podWaitP95Seconds"]),
    ("MEAN PODS", &["meanPodsRunning"]),
    ("PENDING", &["peakPodsPending"]),
    ("MEAN NODES", &["meanNodes"]),
    ("NODE HOURS", &["nodeHours"]),
    ("COST", &["costDollars"]),
];
/// So many of them where lines are to be short.
const NARROW: usize = 4;
/// More than these hardly anybody reads about.
const VICTIMS_SHOWN: usize = 12;
/// More than these hardly any pod waits for.
const REASONS_SHOWN: usize = 6;

/// One run: what was asked, how it came out, and why.
pub fn report(shown: &Shown<'_>, wide: bool) -> String {
    let report = &shown.report;
    let sections = [
        title(report),
        notes(&report.notes, wide),
        waiting(&report.waiting, wide),
        pending(&report.pending),
        checks(&report.checks),
        memory(report.memory.as_ref()),
        summary(report),
        provenance(report),
        next_steps(shown),
    ];
    sections.into_iter().filter(|section| !section.is_empty()).collect::<Vec<_>>().join("\n")
}

/// Several runs: a line each. Without a hub, what waits are pods. Wide: also what it cost, and what repeats it.
pub fn comparison(shown: &[Shown<'_>], wide: bool) -> String {
    if shown.is_empty() {
        return String::new();
    }
    // What all have in common stands above.
    let first = &shown[0].report.scenario.name;
    let one = shown.len() > 1 && shown.iter().all(|shown| shown.report.scenario.name == *first);
    let mut columns = if one { Vec::new() } else { vec![Words("SCENARIO")] };
    columns.extend([Words("VARIANT"), Number("CHECKS")]);
    let figures = FIGURES.iter().take(if wide { FIGURES.len() } else { NARROW });
    columns.extend(figures.clone().map(|(head, _)| Number(head)));
    if wide {
        columns.extend([Number("SEED"), Number("RUNS"), Words("DIGEST")]);
    }
    columns.push(Words("VERDICT"));
    let mut table = table(&columns);
    for Shown { report, .. } in shown {
        let passed = report.checks.iter().filter(|check| check.verdict == Verdict::Pass).count();
        let figure = |names: &[&str]| {
            let found = names.iter().find_map(|name| report.summary.get_key_value(*name));
            found.map_or("-".to_owned(), |(name, value)| units::value(name, *value))
        };
        let mut row = if one { Vec::new() } else { vec![text(&report.scenario.name)] };
        row.push(text(report.variant.as_deref().unwrap_or("-")));
        row.push(Cell::new(format!("{passed}/{}", report.checks.len())));
        row.extend(figures.clone().map(|(_, names)| Cell::new(figure(names))));
        if wide {
            row.extend([Cell::new(report.seed), Cell::new(report.replications), text(&report.digest)]);
        }
        row.push(text(overall(report).1));
        table.add_row(row);
    }
    let mut verdicts = shown.iter().map(|shown| overall(&shown.report));
    let head = if one { format!("{STRONG}{}{STRONG:#}\n", printable(first)) } else { String::new() };
    let lines = lines(&table, |line| match verdicts.next() {
        Some((style, word)) => match line.strip_suffix(word) {
            Some(start) => format!("{start}{style}{word}{style:#}"),
            None => line.to_owned(),
        },
        None => line.to_owned(),
    });
    format!("{head}{lines}\n{}", answers(shown))
}

/// What came out of each, and what a variant does that its base does not.
fn answers(shown: &[Shown<'_>]) -> String {
    let mut text = String::new();
    for one in shown {
        let of_same_file =
            |other: &&Shown<'_>| other.run.file == one.run.file && other.report.variant.is_none();
        let base = shown.iter().find(of_same_file);
        let (name, answer) = match (&one.report.variant, base) {
            (Some(variant), Some(base)) => (variant, difference(&base.report, &one.report)),
            (Some(variant), None) => (variant, one.report.answer.clone()),
            (None, _) => (&one.report.scenario.name, one.report.answer.clone()),
        };
        text += &format!("{STRONG}{}{STRONG:#}: {}\n", printable(name), printable(&answer));
    }
    text
}

/// Name, question, verdict.
fn title(report: &Report) -> String {
    let name = printable(&report.scenario.name);
    let variant = report
        .variant
        .as_ref()
        .map(|variant| format!(", variant {}", printable(variant)))
        .unwrap_or_default();
    let mut text = format!("{STRONG}{name}{variant}{STRONG:#}\n");
    if let Some(question) = &report.scenario.question {
        text += &format!("{}\n", printable(question));
    }
    text += &format!("\n{STRONG}{}{STRONG:#}\n", printable(&report.answer));
    let (style, _) = overall(report);
    text + &format!("{style}{}{style:#}\n", printable(&report.verdict))
}

/// What pods waited for.
fn waiting(reasons: &[WaitingReason], wide: bool) -> String {
    if reasons.is_empty() {
        return String::new();
    }
    let mut table = table(&[
        Words("PODS WAITED FOR"),
        Number("AT MOST"),
        Words("AT"),
        Number("POD-HOURS"),
        Words("MESSAGE"),
    ]);
    for row in reasons.iter().take(if wide { usize::MAX } else { REASONS_SHOWN }) {
        table.add_row([
            text(&row.reason),
            Cell::new(row.peak_pods),
            text(&row.peak_clock),
            Cell::new(format!("{:.1}", row.pod_hours)),
            text(&row.message),
        ]);
    }
    lines(&table, str::to_owned)
}

/// Pods that still wait at the end.
fn pending(pods: &[PendingPod]) -> String {
    if pods.is_empty() {
        return String::new();
    }
    let mut table = table(&[Words("STILL PENDING"), Number("FOR"), Words("MESSAGE")]);
    for pod in pods {
        let waited = units::value("waitSeconds", pod.waited_seconds);
        table.add_row([text(&pod.pod), Cell::new(waited), text(&pod.message)]);
    }
    lines(&table, str::to_owned)
}

/// What happened when.
fn notes(notes: &[Note], wide: bool) -> String {
    let most = if wide { usize::MAX } else { NOTES_SHOWN };
    if notes.is_empty() {
        return String::new();
    }
    let mut table = table(&[Words("TIME"), Words("WHAT HAPPENED")]);
    for note in shortened(notes, most) {
        table.add_row([text(&note.clock), text(&note.text)]);
    }
    let mut section = lines(&table, str::to_owned);
    if notes.len() > most {
        let more = notes.len() - most;
        section += &format!("{FAINT}and {more} more; -o wide shows them all{FAINT:#}\n");
    }
    section
}

/// The notes that there is room for: sentences before bare names, those of the timeline before the model's own,
/// in order of time.
fn shortened(notes: &[Note], most: usize) -> impl Iterator<Item = &Note> {
    let mut chosen: Vec<usize> = (0..notes.len()).collect();
    // An entry that says nothing is called by its name, which is one word.
    let is_name = |note: &Note| !note.text.contains(' ');
    chosen.sort_by_key(|&index| (is_name(&notes[index]), notes[index].by == NoteBy::Model, index));
    chosen.truncate(most);
    chosen.sort_unstable();
    chosen.into_iter().map(|index| &notes[index])
}

/// The claims with their marks.
fn checks(checks: &[CheckOutcome]) -> String {
    if checks.is_empty() {
        return String::new();
    }
    let mut table = table(&[Words(""), Words("CHECK"), Words("FOUND")]);
    for check in checks {
        table.add_row([text(mark(check.verdict)), text(&check.name), text(&check.text)]);
    }
    let mut verdicts = checks.iter().map(|check| check.verdict);
    lines(&table, |line| {
        let Some(verdict) = verdicts.next() else {
            return line.to_owned();
        };
        let (style, mark) = (style(verdict), mark(verdict));
        line.replacen(mark, &format!("{style}{mark}{style:#}"), 1)
    })
}

/// What memory may cost: how likely, whom, and why.
fn memory(risk: Option<&MemoryRisk>) -> String {
    let Some(risk) = risk else { return String::new() };
    let percent = |share: f64| units::value("lostShare", share);
    let interval = |interval: &Interval| format!("{} to {}", percent(interval.low), percent(interval.high));
    let mut risks = table(&[Words("MEMORY"), Number("CHANCE"), Number("INTERVAL")]);
    for row in &risk.risks {
        let cells = [Cell::new(percent(row.probability)), Cell::new(interval(&row.interval))];
        risks.add_row([text(&row.what)].into_iter().chain(cells));
    }
    if let Some(share) = risk.user_hours_lost_share {
        risks.add_row([text("users' hours that are lost"), Cell::new(percent(share)), Cell::new("")]);
    }
    let mut sections = lines(&risks, str::to_owned);
    if !risk.victims.is_empty() {
        let heads = [
            Words("VICTIM"),
            Words("ON"),
            Words("HOW"),
            Number("CHANCE"),
            Number("INTERVAL"),
            Number("A RUN"),
        ];
        let mut victims = table(&heads);
        for row in risk.victims.iter().take(VICTIMS_SHOWN) {
            victims.add_row([
                text(&row.workload),
                text(&row.node_group),
                text(&row.how),
                Cell::new(percent(row.probability)),
                Cell::new(interval(&row.interval)),
                Cell::new(format!("{:.2}", row.mean)),
            ]);
        }
        sections += &format!("\n{}", lines(&victims, str::to_owned));
    }
    if !risk.causes.is_empty() {
        let mut causes = table(&[Words("FIRST CAUSE"), Number("RUNS"), Number("SHARE")]);
        for row in &risk.causes {
            causes.add_row([text(&row.cause), Cell::new(row.runs), Cell::new(percent(row.share))]);
        }
        sections += &format!("\n{}", lines(&causes, str::to_owned));
    }
    sections
}

/// The figures of the whole run.
fn summary(report: &Report) -> String {
    if report.summary.is_empty() {
        return String::new();
    }
    let with_intervals = !report.intervals.is_empty();
    let heads = [Words("FIGURE"), Number("MEAN"), Number("95 % INTERVAL")];
    let mut table = match with_intervals {
        true => table(&heads),
        false => table(&[Words("FIGURE"), Number("VALUE")]),
    };
    for (name, value) in &report.summary {
        let mut row = vec![text(&units::words(name)), Cell::new(units::value(name, *value))];
        if with_intervals {
            let interval = report.intervals.get(name);
            row.push(Cell::new(interval.map_or("-".to_owned(), |interval| {
                format!("{} to {}", units::value(name, interval.low), units::value(name, interval.high))
            })));
        }
        table.add_row(row);
    }
    lines(&table, str::to_owned)
}

/// What it takes to get the same again.
fn provenance(report: &Report) -> String {
    let replications = units::counted(report.replications.into(), "replication");
    format!(
        "{FAINT}{} from {}, {}; seed {}, {replications}, digest {}, plimsoll {}{FAINT:#}\n",
        units::duration(report.scenario.duration_seconds),
        report.scenario.start,
        report.scenario.era,
        report.seed,
        report.digest,
        report.engine_version,
    )
}

/// Commands that may come next.
fn next_steps(Shown { run, report }: &Shown<'_>) -> String {
    let file = if run.file == "-" { "FILE".to_owned() } else { quoted(&run.file) };
    let variant = match &report.variant {
        Some(variant) => format!(" --variant {}", quoted(variant)),
        None => String::new(),
    };
    let mut steps = format!("what if  plimsoll run {file}{variant} --set {}\n", quoted(&run.what_if()));
    if run.has_variants {
        steps += &format!("compare  plimsoll run {file} --variants\n");
    }
    steps + &format!("picture  plimsoll plot {file}{variant} --seed {}\n", report.seed)
}

/// The worst verdict of all checks.
fn overall(report: &Report) -> (Style, &'static str) {
    let any = |verdict| report.checks.iter().any(|check| check.verdict == verdict);
    let verdict = match () {
        () if any(Verdict::Fail) => Verdict::Fail,
        () if any(Verdict::Undecided) => Verdict::Undecided,
        () => Verdict::Pass,
    };
    let word = match verdict {
        Verdict::Fail => "fails",
        Verdict::Undecided => "undecided",
        Verdict::Pass if report.checks.is_empty() => "no checks",
        Verdict::Pass => "holds",
    };
    (style(verdict), word)
}

/// The mark of a verdict.
pub fn mark(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Pass => "✓",
        Verdict::Fail => "✗",
        Verdict::Undecided => "?",
    }
}

/// The colour of a verdict.
pub fn style(verdict: Verdict) -> Style {
    match verdict {
        Verdict::Pass => GOOD,
        Verdict::Fail => BAD,
        Verdict::Undecided => OPEN,
    }
}

/// A column by its head: words stand to the left, numbers to the right.
#[derive(Clone, Copy)]
pub enum Column {
    /// Set to the left.
    Words(&'static str),
    /// Set to the right.
    Number(&'static str),
}

/// An empty table with these heads.
pub fn table(columns: &[Column]) -> Table {
    let mut table = Table::new();
    table.load_style(NOTHING).set_content_arrangement(ContentArrangement::Disabled);
    table.set_header(columns.iter().map(|column| match column {
        Words(head) | Number(head) => head,
    }));
    for (index, column) in columns.iter().enumerate() {
        if let (Number(_), Some(column)) = (column, table.column_mut(index)) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    table
}

/// A cell of text from a file.
pub fn text(content: &str) -> Cell {
    Cell::new(printable(content))
}

/// The table's lines: the head as it is, every row as `paint` makes it. Colour is put on after the
/// layout, so that it has no width.
pub fn lines(table: &Table, mut paint: impl FnMut(&str) -> String) -> String {
    let mut text = String::new();
    for (index, line) in table.lines().enumerate() {
        let line = line.trim_end();
        let line = line.strip_prefix(' ').unwrap_or(line);
        text += &if index == 0 { format!("{FAINT}{line}{FAINT:#}") } else { paint(line) };
        text.push('\n');
    }
    text
}
