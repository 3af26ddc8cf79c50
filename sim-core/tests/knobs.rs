//! Goal: a scenario's knobs are those that people turn, and turning one never breaks the scenario.
//! Method: every knob of every scenario is set to what it says its value is and to both ends of its range; the
//! knobs of the reddit hug are reviewed as a list.

#![expect(clippy::disallowed_methods, reason = "the ban is on the core; a test reads files")]

use std::fmt::Write as _;
use std::path::Path;

use plimsoll_core::scenario::{Document, KnobKind};

fn document(file: &str) -> Document {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../scenarios").join(file);
    let bytes = std::fs::read(path).expect("readable");
    Document::parse(file, &bytes).unwrap_or_else(|wrong| panic!("{wrong}"))
}

const FILES: [&str; 6] = [
    "incidents/2018-01-18-reddit-hug.yaml",
    "incidents/2018-03-13-hub-volume-locked.yaml",
    "class-day.yaml",
    "hub-week.yaml",
    "batch-day.yaml",
    "spot-reclaim.yaml",
];

#[test]
fn every_knob_can_be_turned_all_the_way() {
    for file in FILES {
        let base = document(file);
        let knobs = base.knobs();
        assert!(knobs.len() >= 3, "{file}: {knobs:#?}");
        for knob in &knobs {
            assert!(!knob.about.is_empty() && !knob.label.contains("{}"), "{knob:?}");
            let texts = if knob.kind == KnobKind::Choice {
                assert!(knob.choices.contains(knob.written.as_ref().unwrap_or(&knob.choices[0])), "{knob:?}");
                knob.choices.clone()
            } else {
                assert!(knob.min <= knob.value && knob.value <= knob.max && knob.step > 0.0, "{knob:?}");
                let texts: Vec<String> =
                    [knob.min, knob.value, knob.max].into_iter().map(|value| knob.text(value)).collect();
                assert_eq!(knob.read(&texts[1]), Some(knob.value), "{knob:?}");
                texts
            };
            for text in texts {
                let mut turned = base.clone();
                turned.set(&knob.assignment(&text)).unwrap_or_else(|wrong| panic!("{file}: {wrong}"));
                let read_back = turned.knobs().into_iter().find(|other| other.path == knob.path);
                assert_eq!(read_back.and_then(|other| other.written), Some(text.clone()), "{knob:?}");
                if knob.kind != KnobKind::Choice && text == knob.text(knob.value) {
                    let was = base.compile().unwrap_or_else(|wrong| panic!("{wrong}")).model;
                    let is = turned.compile().unwrap_or_else(|wrong| panic!("{file}: {wrong}")).model;
                    assert_eq!(format!("{:?}", was.groups), format!("{:?}", is.groups), "{knob:?}");
                }
            }
        }
    }
}

#[test]
fn the_knobs_of_the_reddit_hug_are_as_reviewed() {
    let mut list = String::new();
    for knob in document(FILES[0]).knobs() {
        let (text, written) = (|value| knob.text(value), knob.written.as_deref());
        let (min, max, step) = (text(knob.min), text(knob.max), text(knob.step));
        let range = if knob.kind == KnobKind::Choice {
            knob.choices.join(", ")
        } else {
            format!("{min} to {max} by {step}")
        };
        let written = written.map_or_else(|| format!("{} by default", text(knob.value)), str::to_owned);
        let _ = writeln!(list, "{}: {}: {written}; {range}\n    {}", knob.path, knob.label, knob.about);
    }
    insta::assert_snapshot!(list);
}
