//! What the shell keeps of what engines told it: the sides of the last good run.
//!
//! An engine says only what is new. What it said of a choice with the outcome before, the shell still has: also of a
//! run that it does not show any more, since a newer one had been asked for.

use std::rc::Rc;

use plimsoll_core::experiment::Comparison;
use plimsoll_core::report::Report;
use plimsoll_core::scenario::Knob;
use yew::Properties;

use crate::protocol::{Choice, Outcome, Picture, SideNews, Spent, Told};

/// One side of a run.
#[derive(Clone, Debug)]
pub struct Side {
    /// What was asked.
    pub choice: Choice,
    /// What came of it.
    pub report: Report,
    /// The overview; without plots until it has been drawn.
    pub picture: Picture,
    /// The scenario's what-ifs.
    pub variants: Vec<(String, Option<String>)>,
    /// What may be turned.
    pub knobs: Vec<Knob>,
    /// Warnings about the scenario.
    pub told: Vec<Told>,
}

/// What a panel about one side is given: made anew when there is another side to show.
#[derive(Properties)]
pub struct OfSide {
    /// What is shown.
    pub side: Rc<Side>,
}

impl PartialEq for OfSide {
    fn eq(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.side, &other.side)
    }
}

/// What the last good run came to.
pub struct Shown {
    /// The run.
    pub run: u64,
    /// Its sides, in the order asked.
    pub sides: Vec<Rc<Side>>,
    /// The second side against the first.
    pub comparison: Option<Rc<Comparison>>,
    /// Where the engine's time went.
    pub spent: Spent,
}

/// The sides of an outcome, from what it says and what was `known` before; nothing if that is not enough.
pub fn sides(outcome: &mut Outcome, known: &[Rc<Side>]) -> Option<Vec<Rc<Side>>> {
    let last = outcome.sides.len().checked_sub(1)?;
    let mut picture = outcome.picture.take();
    let side = |(at, news): (usize, SideNews)| {
        let before = known.iter().find(|side| side.choice == news.choice);
        let drawn = picture.take_if(|_| at == last);
        let Some(about) = news.about else {
            return Some(match drawn {
                Some(picture) => Rc::new(Side { picture, ..Side::clone(before?) }),
                None => Rc::clone(before?),
            });
        };
        let seconds = about.report.scenario.duration_seconds;
        let undrawn = || Picture { seconds, ..Picture::default() };
        Some(Rc::new(Side {
            picture: drawn.or_else(|| Some(before?.picture.clone())).unwrap_or_else(undrawn),
            choice: news.choice,
            report: about.report,
            variants: about.variants,
            knobs: about.knobs,
            told: about.told,
        }))
    };
    std::mem::take(&mut outcome.sides).into_iter().enumerate().map(side).collect()
}
