//! The frame around a drawn body: size, name, description, origin.

use std::fmt::Write as _;

use plimsoll_core::report::Report;
use serde::Serialize;

use super::{coordinate, escaped};
use crate::figure::Figure;
use crate::lettering::FONT_STACK;
use crate::palette::{css_variables, forced_css_variables};
use crate::style::Theme;

/// What a document says about itself.
pub(crate) struct Identity {
    /// Tells this picture's elements from those of others in one page.
    pub(crate) id: String,
    /// Its name, for readers of the screen.
    pub(crate) title: String,
    /// What there is to see, for the same.
    pub(crate) description: String,
    /// Where it comes from, enough to draw it again, as JSON.
    pub(crate) origin: String,
}

/// Where a picture of a report comes from.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Origin<'r> {
    generator: &'static str,
    engine_version: &'r str,
    figure: &'static str,
    scenario: &'r str,
    variant: Option<&'r str>,
    /// As text: not every reader of JSON keeps 64 bits.
    seed: String,
    replications: u32,
    digest: &'r str,
}

/// The whole document around `body`.
pub(crate) fn document(identity: &Identity, (width, height): (i32, i32), theme: Theme, body: &str) -> String {
    let id = &identity.id;
    let mut svg = String::with_capacity(body.len() + 4_096);
    svg.push_str("<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"pl-figure\" width=\"");
    coordinate(&mut svg, width);
    svg.push_str("\" height=\"");
    coordinate(&mut svg, height);
    svg.push_str("\" viewBox=\"0 0 ");
    coordinate(&mut svg, width);
    svg.push(' ');
    coordinate(&mut svg, height);
    let _ = writeln!(
        svg,
        "\" role=\"img\" aria-labelledby=\"{id}-title {id}-desc\" font-family=\"{FONT_STACK}\">"
    );
    let _ = write!(svg, "<title id=\"{id}-title\">");
    escaped(&mut svg, &identity.title);
    let _ = write!(svg, "</title>\n<desc id=\"{id}-desc\">");
    escaped(&mut svg, &identity.description);
    svg.push_str("</desc>\n<metadata>");
    escaped(&mut svg, &identity.origin);
    svg.push_str("</metadata>\n");
    if theme == Theme::Auto {
        let _ = writeln!(
            svg,
            "<style>@media (prefers-color-scheme:dark){{svg.pl-figure{{{}}}}}@media (forced-colors:active){{svg.pl-figure{{{}}}}}</style>",
            css_variables(Theme::Dark),
            forced_css_variables(),
        );
    }
    svg.push_str(body);
    svg.push_str("</svg>\n");
    svg
}

/// A document that says nothing about itself: what stands beside it does.
pub(crate) fn bare_document((width, height): (i32, i32), body: &str) -> String {
    let mut svg = String::with_capacity(body.len() + 128);
    svg.push_str("<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"pl-thumbnail\" viewBox=\"0 0 ");
    coordinate(&mut svg, width);
    svg.push(' ');
    coordinate(&mut svg, height);
    svg.push_str("\" preserveAspectRatio=\"none\" aria-hidden=\"true\">");
    svg.push_str(body);
    svg.push_str("</svg>");
    svg
}

impl Identity {
    /// The identity of a picture of a report.
    pub(crate) fn of_report(report: &Report, figure: Figure, title: String, description: String) -> Self {
        let digest = report.digest.chars().filter(char::is_ascii_alphanumeric).take(16);
        let origin = Origin {
            generator: "Plimsoll",
            engine_version: &report.engine_version,
            figure: figure.name(),
            scenario: &report.scenario.name,
            variant: report.variant.as_deref(),
            seed: report.seed.to_string(),
            replications: report.replications,
            digest: &report.digest,
        };
        Self {
            id: format!("pl-{}-{}", figure.name(), digest.collect::<String>()),
            title,
            description,
            origin: serde_json::to_string(&origin).unwrap_or_default(),
        }
    }
}
