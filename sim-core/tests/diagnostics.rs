//! What is wrong with a scenario is said: goal, every code has a file that triggers it, every message
//! has a code, a place and a way out, and no input whatever makes the front panic, hang or fill the
//! memory. Method: files under `broken/` with the rendered text beside each, assignments as the command
//! line takes them, and seeded mutations of a valid file.
#![allow(clippy::disallowed_methods, clippy::disallowed_types, reason = "tests read files and measure time")]

use std::collections::BTreeSet;
use std::path::Path;
use std::time::Instant;

use plimsoll_core::import::{Text, Wishes, z2jh};
use plimsoll_core::scenario::{CODES, Diagnostics, Document, Severity};

const VALID: &str = include_str!("valid/reddit.yaml");

fn validate(name: &str, bytes: &[u8]) -> Diagnostics {
    Document::parse(name, bytes).and_then(|document| document.validate()).unwrap_or_else(|found| found)
}

/// The files under `broken/`: name and bytes, in order.
fn broken() -> Vec<(String, Vec<u8>)> {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/broken");
    let entries = std::fs::read_dir(directory).expect("the directory is there");
    let paths = entries.map(|entry| entry.expect("readable").path());
    let mut paths: Vec<_> =
        paths.filter(|path| path.extension().is_some_and(|extension| extension == "yaml")).collect();
    paths.sort();
    let read = |path: &std::path::PathBuf| {
        let name = path.file_stem().expect("a name").to_string_lossy().into_owned();
        (name, std::fs::read(path).expect("readable"))
    };
    paths.iter().map(read).collect()
}

/// What assignments to the valid file come to.
fn assigned() -> Vec<(&'static str, Diagnostics)> {
    let outcome = |assignment: &str| {
        let mut document = Document::parse("valid/reddit.yaml", VALID.as_bytes()).expect("valid");
        match document.set(assignment) {
            Ok(()) => document.compile().map_or_else(|failed| failed, |compiled| compiled.warnings),
            Err(refused) => refused,
        }
    };
    ASSIGNMENTS.iter().map(|assignment| (*assignment, outcome(assignment))).collect()
}

const ASSIGNMENTS: [&str; 24] = [
    "nodeGroups.user.maxx=20",
    "nodeGroups.usr.max=20",
    "nodeGroups.user.max=twenty",
    "nodeGroups.user.max=2",
    "nodeGroups.users={min: 3}",
    "nodeGroups.gpu={min: 3}",
    "hub.culler.timeout=10m",
    "hub.cull.timeout=600",
    "hub.cull={timeout: 10 minuets}",
    "hub.singleuser.startup=-5s",
    "timeline.\"network dies\".at=25:00",
    "timeline.\"no such entry\"=null",
    "timeline.cordoned.note=null",
    "audience.reddit.session.active.exponential.median=1h",
    "audience.reddit.session.active.p95=1h",
    "workloads.builds.arrivals.profile[7].perHour=1",
    "workloads.builds.arrivals.profile.0.perHour=-1",
    "variants.calm.question=why",
    "checks.\"nodes at 04:45\"=nodes.ready << 3",
    "nodeGroups.user.max",
    "=20",
    "nodeGroups..max=20",
    "nodeGroups.user.max=",
    "nodeGroups.user={max: [}",
];

#[test]
fn every_broken_file_is_explained() {
    for (name, bytes) in broken() {
        let found = validate(&format!("broken/{name}.yaml"), &bytes);
        insta::with_settings!({
            snapshot_path => "broken", prepend_module_to_snapshot => false, omit_expression => true
        }, { insta::assert_snapshot!(name, found) });
    }
}

#[test]
fn every_bad_assignment_is_explained() {
    let text: Vec<String> =
        assigned().iter().map(|(assignment, found)| format!("$ --set {assignment}\n{found}\n")).collect();
    insta::with_settings!({
        snapshot_path => "broken", prepend_module_to_snapshot => false, omit_expression => true
    }, { insta::assert_snapshot!("assignments", text.join("\n")) });
}

#[test]
fn every_message_has_code_place_and_way_out() {
    let files = broken().into_iter().map(|(name, bytes)| (validate(&name, &bytes), name));
    let assignments = assigned().into_iter().map(|(assignment, found)| (found, assignment.to_owned()));
    for (found, name) in files.chain(assignments) {
        assert!(!found.is_empty(), "{name} has nothing wrong with it");
        for diagnostic in &found {
            let place = diagnostic.place.as_ref().unwrap_or_else(|| panic!("{name}: {diagnostic}"));
            assert!(place.line >= 1 && place.column >= 1, "{name}: {diagnostic}");
            assert!(diagnostic.hint.as_ref().is_some_and(|hint| !hint.is_empty()), "{name}: {diagnostic}");
            assert!(!diagnostic.fact.is_empty(), "{name}: {diagnostic}");
            assert!(CODES.iter().any(|code| code.code == diagnostic.code), "{name}: {diagnostic}");
            assert!(
                diagnostic.to_string().lines().all(|line| line.chars().count() < 420),
                "{name}: {diagnostic}"
            );
        }
    }
}

#[test]
fn every_code_is_triggered() {
    let mut seen: BTreeSet<&str> = BTreeSet::new();
    for (name, bytes) in broken() {
        seen.extend(validate(&name, &bytes).iter().map(|diagnostic| diagnostic.code));
    }
    seen.extend(assigned().iter().flat_map(|(_, found)| found.iter().map(|diagnostic| diagnostic.code)));
    seen.extend(validate("large.yaml", &vec![b'a'; 10_000_000]).iter().map(|diagnostic| diagnostic.code));
    let document = Document::parse("valid/reddit.yaml", VALID.as_bytes()).expect("valid");
    seen.extend(
        document.variant("clam").expect_err("there is `calm`").iter().map(|diagnostic| diagnostic.code),
    );
    // Without a machine type and people, and of values that are no hub's.
    for values in ["singleuser: {}", "replicaCount: 1"] {
        let files = [Text { name: "values.yaml", text: values }];
        let found = z2jh(&files, &Wishes::default()).expect_err("more is needed");
        seen.extend(found.iter().map(|diagnostic| diagnostic.code));
    }
    let known: BTreeSet<&str> = CODES.iter().map(|code| code.code).collect();
    let silent: Vec<_> = known.difference(&seen).collect();
    assert!(silent.is_empty(), "no file triggers {silent:?}");
}

#[test]
fn hostile_files_are_refused_at_once() {
    let large_scalar = vec![b'a'; 4_000_000];
    let large_key = [large_scalar.as_slice(), b": 1"].concat();
    let large_value = [b"name: ".as_slice(), &large_scalar].concat();
    let many_keys: String = (0..90_000).map(|n| format!("k{n}: 1\n")).collect();
    let deep: String = (0..2_000).map(|n| format!("{}a:\n", " ".repeat(n))).collect();
    for (name, bytes) in [
        ("10 MB of `a`", vec![b'a'; 10_000_000]),
        ("4 MB of `a`", large_scalar),
        ("a key of 4 MB", large_key),
        ("a value of 4 MB", large_value),
        ("90,000 keys", many_keys.into_bytes()),
        ("deep blocks", deep.into_bytes()),
        ("zeros", vec![0; 1_000_000]),
        ("quotes", vec![b'"'; 1_000_001]),
        ("brackets", vec![b'['; 1_000_000]),
        ("question marks", b"? ".repeat(500_000)),
        ("UTF-16", b"\xff\xfea\0:\0".to_vec()),
    ] {
        let begin = Instant::now();
        let found = validate("hostile.yaml", &bytes);
        assert!(found.has_errors(), "{name}");
        assert!(found.to_string().len() < 100_000, "{name}: the message is as long as the file");
        assert!(begin.elapsed().as_secs() < 10, "{name} took {:?}", begin.elapsed());
    }
}

/// A small generator of its own, so that the cases are the same for ever (SplitMix64).
struct Dice(u64);

impl Dice {
    fn roll(&mut self, below: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((mixed ^ (mixed >> 31)) % below.max(1) as u64) as usize
    }
}

/// Changes a file a little: bytes, words, lines, values.
fn mutate(dice: &mut Dice) -> Vec<u8> {
    const WORDS: [&str; 28] = [
        "null",
        "{}",
        "[]",
        "-1",
        "0",
        "1e999",
        ".nan",
        "9999999999999999999999",
        "0x14",
        "yes",
        "''",
        "~",
        "*a",
        "&a x",
        "day 2 04:45",
        "+1h",
        "06:00",
        "2Gi",
        "-2Gi",
        "99999999999d",
        "1us",
        "{lognormal: {median: 1s, p95: 1us}}",
        "[1, {a: b}]",
        "!!str 1",
        "2018-01-17T18:00:00-08:00",
        "\u{1f600}",
        "| \n  x",
        "newest",
    ];
    let mut bytes = VALID.as_bytes().to_vec();
    for _ in 0..=dice.roll(3) {
        let lines: Vec<Vec<u8>> = bytes.split(|byte| *byte == b'\n').map(<[u8]>::to_vec).collect();
        let line = dice.roll(lines.len());
        match dice.roll(6) {
            0 => {
                let at = dice.roll(bytes.len());
                bytes[at] = dice.roll(256) as u8;
            }
            1 => {
                let at = dice.roll(bytes.len());
                bytes.drain(at..(at + dice.roll(40)).min(bytes.len()));
            }
            2 => bytes = [&lines[..line], &lines[line + 1..]].concat().join(&b'\n'),
            3 => {
                let other = dice.roll(lines.len());
                let mut lines = lines;
                lines.swap(line, other);
                bytes = lines.join(&b'\n');
            }
            _ => {
                let mut lines = lines;
                let colon = lines[line].iter().rposition(|byte| *byte == b':').map_or(0, |at| at + 1);
                lines[line].truncate(colon);
                lines[line].extend(format!(" {}", WORDS[dice.roll(WORDS.len())]).bytes());
                bytes = lines.join(&b'\n');
            }
        }
        if bytes.is_empty() {
            return bytes;
        }
    }
    bytes
}

#[test]
fn no_mutation_panics() {
    let mut dice = Dice(2018);
    let mut valid = 0;
    for case in 0..2_000 {
        let bytes = mutate(&mut dice);
        let found = validate("mutation.yaml", &bytes);
        let rendered = found.to_string();
        assert_eq!(rendered.is_empty(), found.is_empty(), "case {case}");
        valid += usize::from(!found.iter().any(|diagnostic| diagnostic.severity == Severity::Error));
    }
    assert!(
        (100..1_900).contains(&valid),
        "the mutations are too mild or too wild: {valid} of 2000 are valid"
    );
}

#[test]
fn no_random_text_panics() {
    const PIECES: [&str; 24] = [
        "a", ":", " ", "\n", "\n  ", "- ", "{", "}", "[", "]", ",", "\"", "'", "#", "&a", "*a", "|", ">",
        "!", "%", "\t", "\u{feff}", "<<: ", "\u{e9}",
    ];
    let mut dice = Dice(1);
    for _ in 0..3_000 {
        let text: String = (0..dice.roll(60)).map(|_| PIECES[dice.roll(PIECES.len())]).collect();
        let _ = validate("random.yaml", text.as_bytes());
        let noise: Vec<u8> = (0..dice.roll(60)).map(|_| dice.roll(256) as u8).collect();
        let _ = validate("random.yaml", &noise);
    }
}

#[test]
fn no_assignment_panics() {
    const PATHS: [&str; 16] = [
        "nodeGroups",
        "user",
        "timeline",
        "\"network dies\"",
        "at",
        "hub",
        "cull",
        "[0]",
        "[99]",
        "audience",
        "reddit",
        "arrivals",
        "flashCrowd",
        "variants",
        "checks",
        "\"",
    ];
    const VALUES: [&str; 10] = ["null", "{}", "[]", "1", "x", "{a: b}", "[{}]", "\"", "1h", "&a [*a]"];
    let base = Document::parse("valid/reddit.yaml", VALID.as_bytes()).expect("valid");
    let mut dice = Dice(7);
    for _ in 0..1_000 {
        let path: Vec<&str> = (0..=dice.roll(4)).map(|_| PATHS[dice.roll(PATHS.len())]).collect();
        let mut document = base.clone();
        if document.set(&format!("{}={}", path.join("."), VALUES[dice.roll(VALUES.len())])).is_ok() {
            let _ = document.compile();
        }
    }
}
