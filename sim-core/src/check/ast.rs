//! What a check says, with every name resolved.

use super::metric::Metric;
use super::range::Range;
use super::unit::Spelling;
use crate::ids::{AudienceId, GroupId, WorkloadId};
use crate::time::{SimDuration, SimTime};

/// A check's meaning.
#[derive(Clone, Debug, PartialEq)]
pub enum Statement {
    /// A value of the run lies in a range.
    Claim(Claim),
    /// The share of replications in which a claim holds lies in a range.
    Probability {
        /// What holds in a replication or does not.
        of: Claim,
        /// Where its probability, 0 to 1, should lie.
        range: Range,
    },
}

impl Statement {
    /// The claim about a single run.
    pub const fn claim(&self) -> &Claim {
        match self {
            Self::Claim(claim) | Self::Probability { of: claim, .. } => claim,
        }
    }
}

/// A value of a run, and where it should lie.
#[derive(Clone, Debug, PartialEq)]
pub struct Claim {
    /// What is computed from the terms.
    pub value: Expression,
    /// What is measured, in the order of the text.
    pub terms: Vec<Term>,
    /// Where the value should lie, in seconds, bytes or plain numbers.
    pub range: Range,
    /// How the claimed number was written.
    pub spelling: Spelling,
}

impl Claim {
    /// The claimed value's number for the measured values of the terms; `None` where a term has none
    /// or the arithmetic has no result (a division by zero).
    pub fn evaluate(&self, terms: &[Option<f64>]) -> Option<f64> {
        self.value.evaluate(terms).filter(|value| value.is_finite())
    }
}

/// Arithmetic over terms.
#[derive(Clone, Debug, PartialEq)]
pub enum Expression {
    /// A literal, in seconds, bytes or plain numbers.
    Number(f64),
    /// An entry of [`Claim::terms`].
    Term(usize),
    /// The negative.
    Minus(Box<Expression>),
    /// Two operands.
    Binary(Operator, Box<Expression>, Box<Expression>),
}

impl Expression {
    fn evaluate(&self, terms: &[Option<f64>]) -> Option<f64> {
        Some(match self {
            Self::Number(value) => *value,
            Self::Term(index) => (*terms.get(*index)?)?,
            Self::Minus(inner) => -inner.evaluate(terms)?,
            Self::Binary(operator, left, right) => {
                let (left, right) = (left.evaluate(terms)?, right.evaluate(terms)?);
                match operator {
                    Operator::Add => left + right,
                    Operator::Subtract => left - right,
                    Operator::Multiply => left * right,
                    Operator::Divide => left / right,
                }
            }
        })
    }
}

/// An arithmetic operator.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operator {
    /// `+`
    Add,
    /// `-`
    Subtract,
    /// `*`
    Multiply,
    /// `/`
    Divide,
}

/// Something measured: a metric, for whom, and when.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Term {
    /// The metric.
    pub metric: Metric,
    /// For whom.
    pub of: Selector,
    /// When, and what is taken from it.
    pub when: When,
}

/// Which part of a metric is meant; everything by default.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Selector {
    /// Only what belongs to this population.
    pub owner: Option<Owner>,
    /// Only what is in this group of nodes.
    pub group: Option<GroupId>,
    /// Only pods that were created at least this long before the instant.
    pub older_than: Option<SimDuration>,
    /// Only pods that were created less than this before the instant.
    pub younger_than: Option<SimDuration>,
}

impl Selector {
    /// Whether pods are told apart by age, which needs a look at each of them.
    pub const fn by_age(&self) -> bool {
        self.older_than.is_some() || self.younger_than.is_some()
    }
}

/// Who pods and launches belong to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Owner {
    /// An audience of the hub.
    Audience(AudienceId),
    /// A workload.
    Workload(WorkloadId),
}

/// When a metric is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    /// After everything that happens at or before this instant.
    At(SimTime),
    /// Over the time from the first instant up to the second.
    Over {
        /// What is taken from the window.
        function: Function,
        /// Its beginning; what happens in this instant belongs to it.
        from: SimTime,
        /// Its end; what happens in this instant belongs to it only at the end of the run.
        to: SimTime,
    },
}

/// What is taken from a window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Function {
    /// Of a level: over time. Of a duration: over the sample. Of a ratio: the share.
    Mean,
    /// The smallest.
    Min,
    /// The largest.
    Max,
    /// How many.
    Count,
    /// The total.
    Sum,
    /// The level at the window's end.
    Last,
    /// The share of a ratio: another word for its mean.
    Share,
    /// Half of the sample is below.
    P50,
    /// 90 % of the sample are below.
    P90,
    /// 95 % of the sample are below.
    P95,
    /// 99 % of the sample are below.
    P99,
}

impl Function {
    /// All functions, in the order in which messages list them.
    pub const ALL: [Self; 11] = [
        Self::Mean,
        Self::Min,
        Self::Max,
        Self::Count,
        Self::Sum,
        Self::Last,
        Self::Share,
        Self::P50,
        Self::P90,
        Self::P95,
        Self::P99,
    ];

    /// Its name in a check.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Mean => "mean",
            Self::Min => "min",
            Self::Max => "max",
            Self::Count => "count",
            Self::Sum => "sum",
            Self::Last => "last",
            Self::Share => "share",
            Self::P50 => "p50",
            Self::P90 => "p90",
            Self::P95 => "p95",
            Self::P99 => "p99",
        }
    }

    /// The share of the sample that a quantile leaves below it.
    pub const fn quantile(self) -> Option<f64> {
        match self {
            Self::P50 => Some(0.50),
            Self::P90 => Some(0.90),
            Self::P95 => Some(0.95),
            Self::P99 => Some(0.99),
            _ => None,
        }
    }
}
