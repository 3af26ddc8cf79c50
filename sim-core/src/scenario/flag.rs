//! Values of flags that have a notation of their own: expanders and totals of cluster-autoscaler.

use super::diagnostic::nearest;
use super::scalar::{FromScalar, Problem, scalar};
use crate::model::autoscaler::ExpanderKind;

/// `least-waste` or `priority,least-waste`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Expanders {
    /// In order.
    pub kinds: Vec<ExpanderKind>,
}

/// `0:320000`: the least and the most.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Totals {
    /// The least.
    pub least: u32,
    /// The most.
    pub most: u32,
}

const KINDS: [(&str, ExpanderKind); 6] = [
    ("random", ExpanderKind::Random),
    ("most-pods", ExpanderKind::MostPods),
    ("least-waste", ExpanderKind::LeastWaste),
    ("least-nodes", ExpanderKind::LeastNodes),
    ("price", ExpanderKind::Price),
    ("priority", ExpanderKind::Priority),
];

scalar!(Expanders, {
    "description": "An expander, or several separated by commas.",
    "type": "string",
    "pattern": r"^(random|most-pods|least-waste|least-nodes|price|priority)(,(random|most-pods|least-waste|least-nodes|price|priority))*$"
});
scalar!(Totals, {
    "description": "The least and the most, such as `0:320000`.",
    "type": "string",
    "pattern": r"^[0-9]+:[0-9]+$"
});

impl FromScalar for Expanders {
    const EXPECTED: &'static str = "an expander such as `least-waste`";

    fn from_text(text: &str) -> Result<Self, Problem> {
        let kind = |name: &str| {
            let known = KINDS.iter().find(|(known, _)| *known == name).map(|(_, kind)| *kind);
            known.ok_or_else(|| {
                let names = KINDS.iter().map(|(name, _)| *name);
                let hint = match nearest(name, names) {
                    Some(near) => format!("did you mean `{near}`?"),
                    None => {
                        "they are random, most-pods, least-waste, least-nodes, price and priority".to_owned()
                    }
                };
                Problem::not("S013", name, "an expander", hint)
            })
        };
        Ok(Self { kinds: text.split(',').map(|name| kind(name.trim())).collect::<Result<_, _>>()? })
    }
}

impl FromScalar for Totals {
    const EXPECTED: &'static str = "the least and the most, such as `0:320000`";

    fn from_text(text: &str) -> Result<Self, Problem> {
        let problem = || Problem::not("S027", text, "a range `least:most`", "write for instance `0:320000`");
        let (least, most) = text.split_once(':').ok_or_else(problem)?;
        let number = |text: &str| text.trim().parse::<u32>().map_err(|_| problem());
        let totals = Self { least: number(least)?, most: number(most)? };
        if totals.least > totals.most {
            return Err(problem());
        }
        Ok(totals)
    }
}
