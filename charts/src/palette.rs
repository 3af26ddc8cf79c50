//! The inks that pictures are drawn with.
//!
//! Series wear the Okabe–Ito colours, which readers with any common colour vision tell apart, darkened
//! or lightened until lines stand out 3 : 1 and lettering 4.5 : 1 from the paper; where two of them meet
//! in one panel, a dash or a width tells them apart as well. plotters never sees a colour: what it
//! hands to the backend is the number of an ink, and only the backend looks it up.

use std::fmt::Write as _;

use plotters::style::RGBColor;

use crate::style::Theme;

/// What a mark or a text is drawn with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Ink {
    /// The ground of everything.
    Paper,
    /// Titles, and the lettering that matters.
    Strong,
    /// Labels of axes, explanations; the discs of notes.
    Soft,
    /// Axes.
    Rule,
    /// Lines across a plot.
    Grid,
    /// Lines down a plot where a note applies.
    Note,
    /// Lines that lead from a disc or a label to what it names.
    Leader,
    /// Pods that run.
    Running,
    /// Pods that start.
    Starting,
    /// Pods that are to go, but have not.
    Terminating,
    /// Pods that no node has room for.
    Pending,
    /// The area between them and the others.
    PendingArea,
    /// Nodes that are ready.
    Ready,
    /// The most nodes there may be.
    Ceiling,
    /// Nodes that take new pods.
    Schedulable,
    /// Launches that succeeded.
    Succeeded,
    /// Launches that failed.
    Failed,
    /// The mean wait.
    Wait,
    /// The longest wait.
    LongestWait,
    /// The first audience; others follow.
    FirstAudience,
    /// The second audience.
    SecondAudience,
    /// The third audience.
    ThirdAudience,
    /// The fourth audience.
    FourthAudience,
}

/// A colour in `#rrggbb`.
type Hex = &'static str;

/// An ink's looks.
struct Looks {
    ink: Ink,
    name: &'static str,
    /// Colours of marks and of lettering, by theme.
    light: (Hex, Hex),
    dark: (Hex, Hex),
    /// `stroke-dasharray`.
    dash: Option<&'static str>,
    /// Lines on whole pixels rather than smooth ones.
    crisp: bool,
}

const fn looks(ink: Ink, name: &'static str, light: (Hex, Hex), dark: (Hex, Hex)) -> Looks {
    Looks { ink, name, light, dark, dash: None, crisp: false }
}

impl Looks {
    const fn dashed(mut self, dash: &'static str) -> Self {
        self.dash = Some(dash);
        self
    }

    const fn crisp(mut self) -> Self {
        self.crisp = true;
        self
    }
}

/// In the order of [`Ink`].
const LOOKS: [Looks; 23] = [
    looks(Ink::Paper, "paper", ("#ffffff", "#ffffff"), ("#191f27", "#191f27")),
    looks(Ink::Strong, "strong", ("#1d2430", "#1d2430"), ("#e8ebef", "#e8ebef")),
    looks(Ink::Soft, "soft", ("#5b6472", "#5b6472"), ("#a6afbb", "#a6afbb")),
    looks(Ink::Rule, "rule", ("#b9b4a8", "#5b6472"), ("#4b5666", "#a6afbb")).crisp(),
    looks(Ink::Grid, "grid", ("#ece9e2", "#5b6472"), ("#28303a", "#a6afbb")).crisp(),
    looks(Ink::Note, "note", ("#8d95a1", "#5b6472"), ("#78828f", "#a6afbb")).dashed("2 3"),
    looks(Ink::Leader, "leader", ("#8d95a1", "#5b6472"), ("#78828f", "#a6afbb")),
    looks(Ink::Running, "running", ("#0072b2", "#0072b2"), ("#4ea3dc", "#6bb5e6")),
    looks(Ink::Starting, "starting", ("#2f8fcb", "#1f77ad"), ("#8fd3f7", "#8fd3f7")).dashed("1.5 2"),
    looks(Ink::Terminating, "terminating", ("#7a7f8a", "#5b6472"), ("#a6afbb", "#a6afbb")).dashed("4 2"),
    looks(Ink::Pending, "pending", ("#b87a00", "#8f5f00"), ("#f0b94b", "#f0b94b")),
    looks(Ink::PendingArea, "pending-area", ("#e69f00", "#8f5f00"), ("#e69f00", "#f0b94b")),
    looks(Ink::Ready, "ready", ("#1d2430", "#1d2430"), ("#e8ebef", "#e8ebef")),
    looks(Ink::Ceiling, "ceiling", ("#d55e00", "#b34f00"), ("#f08a4b", "#f08a4b")).dashed("6 4"),
    looks(Ink::Schedulable, "schedulable", ("#2f8fcb", "#1f77ad"), ("#7cc8f2", "#7cc8f2")).dashed("2 2"),
    looks(Ink::Succeeded, "succeeded", ("#009e73", "#00795a"), ("#3cc29a", "#3cc29a")),
    looks(Ink::Failed, "failed", ("#d55e00", "#b34f00"), ("#f08a4b", "#f08a4b")),
    looks(Ink::Wait, "wait", ("#a0527f", "#a0527f"), ("#d18ab3", "#d18ab3")),
    looks(Ink::LongestWait, "longest-wait", ("#a0527f", "#a0527f"), ("#d18ab3", "#d18ab3")).dashed("2 2.5"),
    looks(Ink::FirstAudience, "audience-1", ("#a0527f", "#a0527f"), ("#d18ab3", "#d18ab3")).dashed("7 3"),
    looks(Ink::SecondAudience, "audience-2", ("#009e73", "#00795a"), ("#3cc29a", "#3cc29a")).dashed("3 2"),
    looks(Ink::ThirdAudience, "audience-3", ("#b34f00", "#b34f00"), ("#f08a4b", "#f08a4b")).dashed("1.5 2"),
    looks(Ink::FourthAudience, "audience-4", ("#5b6472", "#5b6472"), ("#a6afbb", "#a6afbb"))
        .dashed("8 2 2 2"),
];

impl Ink {
    /// One ink for each audience; there are no more.
    pub(crate) const AUDIENCES: [Self; 4] =
        [Self::FirstAudience, Self::SecondAudience, Self::ThirdAudience, Self::FourthAudience];

    /// The ink whose number plotters carried as a colour.
    pub(crate) fn of_color(rgb: (u8, u8, u8)) -> Self {
        LOOKS[usize::from(rgb.0)].ink
    }

    /// Its number, as the colour that plotters carries.
    pub(crate) const fn color(self) -> RGBColor {
        RGBColor(self as u8, 0, 0)
    }

    /// What CSS calls it.
    pub(crate) fn name(self) -> &'static str {
        self.looks().name
    }

    /// The dash of its lines.
    pub(crate) fn dash(self) -> Option<&'static str> {
        self.looks().dash
    }

    /// Whether its lines lie on whole pixels.
    pub(crate) fn is_crisp(self) -> bool {
        self.looks().crisp
    }

    /// What marks are painted with.
    pub(crate) fn mark(self, theme: Theme) -> String {
        let looks = self.looks();
        match theme {
            Theme::Light => looks.light.0.to_owned(),
            Theme::Dark => looks.dark.0.to_owned(),
            Theme::Auto => format!("var(--pl-{},{})", looks.name, looks.light.0),
        }
    }

    /// What lettering is painted with.
    pub(crate) fn lettering(self, theme: Theme) -> String {
        let looks = self.looks();
        match theme {
            Theme::Light => looks.light.1.to_owned(),
            Theme::Dark => looks.dark.1.to_owned(),
            Theme::Auto => format!("var(--pl-{}-text,{})", looks.name, looks.light.1),
        }
    }

    fn looks(self) -> &'static Looks {
        &LOOKS[self as usize]
    }
}

/// The declarations of all CSS variables that [`Theme::Auto`] pictures read, in the light or in the
/// dark colours: for a page whose reader can switch themes. `Auto` stands for light.
///
/// A page with a switch sets them on `svg.pl-figure`, under a selector of its own
/// (`:root[data-theme=dark] svg.pl-figure { … }`), which then outranks the picture's own media query.
#[must_use]
pub fn css_variables(theme: Theme) -> String {
    let mut css = String::new();
    for looks in &LOOKS {
        let (mark, lettering) = if theme == Theme::Dark { looks.dark } else { looks.light };
        let _ = write!(css, "--pl-{name}:{mark};--pl-{name}-text:{lettering};", name = looks.name);
    }
    css
}

/// The same for readers whose system forces colours: paper and lettering are the system's, and dashes
/// and labels alone tell the series apart.
pub(crate) fn forced_css_variables() -> String {
    let mut css = String::new();
    for looks in &LOOKS {
        let color = match looks.ink {
            Ink::Paper => "Canvas",
            Ink::Rule | Ink::Grid | Ink::Note | Ink::Leader => "GrayText",
            _ => "CanvasText",
        };
        let _ = write!(css, "--pl-{name}:{color};--pl-{name}-text:", name = looks.name);
        css.push_str(if looks.ink == Ink::Paper { "Canvas;" } else { "CanvasText;" });
    }
    css
}

#[cfg(test)]
mod tests {
    use super::*;

    /// WCAG 2: how far two colours stand apart.
    fn contrast(one: Hex, other: Hex) -> f64 {
        let luminance = |hex: Hex| {
            let channel = |at: usize| {
                let value = f64::from(u8::from_str_radix(&hex[at..at + 2], 16).unwrap()) / 255.0;
                if value <= 0.03928 { value / 12.92 } else { libm::pow((value + 0.055) / 1.055, 2.4) }
            };
            0.2126 * channel(1) + 0.7152 * channel(3) + 0.0722 * channel(5)
        };
        let (one, other) = (luminance(one), luminance(other));
        (one.max(other) + 0.05) / (one.min(other) + 0.05)
    }

    fn stands_out(ink: Ink) -> bool {
        // Grid and axes only help the eye along; the pending area is framed by a line.
        !matches!(ink, Ink::Paper | Ink::Rule | Ink::Grid | Ink::PendingArea)
    }

    #[test]
    fn inks_are_numbered_as_listed() {
        for (index, looks) in LOOKS.iter().enumerate() {
            assert_eq!(looks.ink as usize, index);
            assert_eq!(Ink::of_color((looks.ink as u8, 0, 0)), looks.ink);
        }
    }

    #[test]
    fn lettering_and_marks_stand_out_from_the_paper() {
        let paper = &LOOKS[0];
        for looks in &LOOKS[1..] {
            for (colors, paper) in [(looks.light, paper.light.0), (looks.dark, paper.dark.0)] {
                let (mark, lettering) = (contrast(colors.0, paper), contrast(colors.1, paper));
                assert!(lettering >= 4.5, "lettering in {}: {lettering:.2}", looks.name);
                assert!(!stands_out(looks.ink) || mark >= 3.0, "marks in {}: {mark:.2}", looks.name);
            }
        }
    }

    #[test]
    fn numbers_on_the_discs_of_notes_can_be_read() {
        let (paper, disc) = (&LOOKS[Ink::Paper as usize], &LOOKS[Ink::Soft as usize]);
        assert!(contrast(paper.light.1, disc.light.0) >= 4.5);
        assert!(contrast(paper.dark.1, disc.dark.0) >= 4.5);
    }
}
