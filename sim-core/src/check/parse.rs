//! From the text of a check to its meaning: a recursive descent over the bytes.
//!
//! ```text
//! check    = claim | "P" "(" claim ")" order number
//! claim    = sum ["at" moment] range
//! sum      = product (("+" | "-") product)*
//! product  = factor (("*" | "/") factor)*
//! factor   = "-" factor | number | "(" sum ")" ["at" moment] | metric ["at" moment] | function
//! function = name "(" metric ["," moment ".." moment] ")"
//! metric   = name ["{" label "=" value ("," label "=" value)* "}"]
//! range    = order number | "within" number ".." number | "=" number ["±" number]
//! order    = "=" | "!=" | "<" | "<=" | ">" | ">="
//! ```
//!
//! The last `at` of a sum, when nothing follows it, also holds for the levels of the sum that have none
//! of their own: `a / b at 08:29` compares two levels at one instant.

mod claimed;
#[cfg(test)]
mod tests;

use super::ast::{Claim, Expression, Function, Operator, Owner, Selector, Statement, Term, When};
use super::cursor::{Cursor, ParseError, quoted};
use super::metric::{CATALOGUE, Entry, Kind, Labels, Metric};
use super::moment::moment;
use super::range::Range;
use super::unit::Unit;
use crate::ids::{AudienceId, GroupId, Id, WorkloadId};
use crate::model::{Clock, Model};
use crate::time::{SimDuration, SimTime};

/// Parentheses and signs within one another beyond which a check is refused.
const MAX_DEPTH: u32 = 32;

/// What the names and times in a check refer to. Names stand in the order of their ids.
#[derive(Clone, Debug)]
pub struct Names<'a> {
    /// When the report begins and ends.
    pub clock: &'a Clock,
    /// Node groups.
    pub groups: Vec<&'a str>,
    /// Workloads.
    pub workloads: Vec<&'a str>,
    /// Audiences of the hub.
    pub audiences: Vec<&'a str>,
}

impl<'a> Names<'a> {
    /// The names of a model.
    pub fn of(model: &'a Model) -> Self {
        Self {
            clock: &model.clock,
            groups: model.groups.iter().map(|group| group.name.as_str()).collect(),
            workloads: model.workloads.iter().map(|workload| workload.name.as_str()).collect(),
            audiences: model.audiences.iter().map(|audience| audience.name.as_str()).collect(),
        }
    }
}

/// Reads a check.
///
/// # Errors
///
/// Whatever is wrong with it, at the first place where something is.
pub fn parse(text: &str, names: &Names<'_>) -> Result<Statement, ParseError> {
    let mut parser = Parser::new(text, names, false);
    let statement = parser.statement()?;
    parser.end()?;
    Ok(statement)
}

/// Reads the condition of an alert: a claim without times, about now and about what happened lately.
///
/// # Errors
///
/// Whatever is wrong with it, at the first place where something is.
pub fn parse_condition(text: &str, names: &Names<'_>) -> Result<Claim, ParseError> {
    let mut parser = Parser::new(text, names, true);
    let claim = parser.claim()?;
    parser.end()?;
    Ok(claim)
}

/// Reads a metric with its labels.
///
/// # Errors
///
/// Whatever is wrong with it, at the first place where something is.
pub fn parse_metric(text: &str, names: &Names<'_>) -> Result<(Metric, Selector), ParseError> {
    let mut parser = Parser::new(text, names, true);
    parser.cursor.skip_space();
    let offset = parser.cursor.offset;
    let name = parser.name();
    let (entry, of) = parser.metric(name, offset)?;
    parser.end()?;
    Ok((entry.metric, of))
}

/// A term that may still wait for the instant at which it is read.
struct Pending {
    term: Term,
    offset: usize,
    /// An instant or a window was given.
    timed: bool,
}

struct Parser<'a> {
    cursor: Cursor<'a>,
    names: &'a Names<'a>,
    terms: Vec<Pending>,
    /// It is about now: there are no times.
    momentary: bool,
    /// The latest `at`, and where it ended.
    last_at: Option<(SimTime, usize)>,
    depth: u32,
}

impl<'a> Parser<'a> {
    fn new(text: &'a str, names: &'a Names<'a>, momentary: bool) -> Self {
        Self { cursor: Cursor::new(text), names, terms: Vec::new(), momentary, last_at: None, depth: 0 }
    }

    /// Nothing may follow.
    fn end(&mut self) -> Result<(), ParseError> {
        self.cursor.skip_space();
        if self.cursor.rest().is_empty() {
            return Ok(());
        }
        let error = self.cursor.unexpected("the end of the check");
        let mut ahead = self.cursor;
        Err(match ahead.eat("±") || ahead.eat("+-") {
            true => error.hint("`±` goes with `=`: write `= 600 ± 5%`"),
            false => error.hint("the right side of a check is one number"),
        })
    }

    fn statement(&mut self) -> Result<Statement, ParseError> {
        let mut ahead = self.cursor;
        if !(ahead.eat_word("P") && ahead.eat("(")) {
            return self.claim().map(Statement::Claim);
        }
        self.cursor = ahead;
        let of = self.claim()?;
        self.cursor.expect(")")?;
        self.cursor.skip_space();
        let offset = self.cursor.offset;
        let (range, _) = self.range(Unit::PLAIN)?;
        match range {
            Range::Within(..) | Range::Not(_) => {
                Err(ParseError::new(offset, "a probability is claimed to be below or above a number")
                    .hint("write `P(...) < 5%` or `P(...) > 95%`"))
            }
            Range::Below(limit) | Range::AtMost(limit) | Range::Above(limit) | Range::AtLeast(limit)
                if !(0.0..=1.0).contains(&limit) =>
            {
                Err(ParseError::new(offset, "a probability lies between 0 and 1").hint("write `P(...) < 5%`"))
            }
            range => Ok(Statement::Probability { of, range }),
        }
    }

    fn claim(&mut self) -> Result<Claim, ParseError> {
        self.cursor.skip_space();
        let start = self.cursor.offset;
        let (value, unit) = self.sum()?;
        self.at()?;
        self.cursor.skip_space();
        if self.terms.is_empty() {
            return Err(ParseError::new(start, "this check measures nothing")
                .hint("name a metric: `nodes.ready at 04:45 = 12`"));
        }
        let trailing = self.last_at.filter(|(_, end)| self.cursor.since(*end).is_empty());
        if let Some((at, _)) = trailing {
            self.fix(0, at);
        }
        if let Some(untimed) = self.terms.iter().find(|pending| !pending.timed && !self.momentary) {
            return Err(untimed_level(untimed));
        }
        let (range, spelling) = self.range(unit)?;
        let terms = self.terms.drain(..).map(|pending| pending.term).collect();
        Ok(Claim { value, terms, range, spelling })
    }

    fn sum(&mut self) -> Result<(Expression, Unit), ParseError> {
        let (mut left, unit) = self.product()?;
        loop {
            self.cursor.skip_space();
            let offset = self.cursor.offset;
            let operator = if self.cursor.eat("+") {
                Operator::Add
            } else if self.cursor.eat("-") {
                Operator::Subtract
            } else {
                return Ok((left, unit));
            };
            let (right, other) = self.product()?;
            if unit != other {
                let message = format!("{} and {} cannot be added", unit.noun(), other.noun());
                return Err(ParseError::new(offset, message));
            }
            left = Expression::Binary(operator, Box::new(left), Box::new(right));
        }
    }

    fn product(&mut self) -> Result<(Expression, Unit), ParseError> {
        let (mut left, mut unit) = self.factor()?;
        loop {
            let operator = if self.cursor.eat("*") {
                Operator::Multiply
            } else if self.cursor.eat("/") {
                Operator::Divide
            } else {
                return Ok((left, unit));
            };
            let (right, other) = self.factor()?;
            unit = if operator == Operator::Multiply { unit.times(other) } else { unit.per(other) };
            left = Expression::Binary(operator, Box::new(left), Box::new(right));
        }
    }

    fn factor(&mut self) -> Result<(Expression, Unit), ParseError> {
        self.cursor.skip_space();
        if self.depth == MAX_DEPTH {
            return Err(ParseError::new(self.cursor.offset, "too many parentheses within one another"));
        }
        self.depth += 1;
        let factor = self.factor_within();
        self.depth -= 1;
        factor
    }

    fn factor_within(&mut self) -> Result<(Expression, Unit), ParseError> {
        if self.cursor.at_number() {
            let literal = self.cursor.literal()?;
            return Ok((Expression::Number(literal.value), literal.unit));
        }
        if self.cursor.eat("-") {
            let (inner, unit) = self.factor()?;
            return Ok((Expression::Minus(Box::new(inner)), unit));
        }
        if self.cursor.eat("(") {
            let first = self.terms.len();
            let sum = self.sum()?;
            self.cursor.expect(")")?;
            if let Some(at) = self.at()? {
                self.fix(first, at);
            }
            return Ok(sum);
        }
        let offset = self.cursor.offset;
        let name = self.name();
        if name.is_empty() {
            return Err(self.cursor.unexpected("a metric, a function or a number"));
        }
        let mut ahead = self.cursor;
        if !name.contains('.') && ahead.eat("(") {
            self.cursor = ahead;
            let function = self.function(name, offset)?;
            return self.windowed(function);
        }
        let (entry, of) = self.metric(name, offset)?;
        if entry.metric.kind() != Kind::Level {
            return Err(no_level(entry, offset));
        }
        // The instant is a placeholder until `at` or the end of the claim says which.
        let term = Term { metric: entry.metric, of, when: When::At(SimTime::ZERO) };
        self.terms.push(Pending { term, offset, timed: false });
        let index = self.terms.len() - 1;
        if let Some(at) = self.at()? {
            self.fix(index, at);
        }
        Ok((Expression::Term(index), entry.unit))
    }

    /// Gives the instant `at` to the terms from `first` on that have none.
    fn fix(&mut self, first: usize, at: SimTime) {
        for pending in self.terms[first..].iter_mut().filter(|pending| !pending.timed) {
            pending.term.when = When::At(at);
            pending.timed = true;
        }
    }

    /// `at` and a moment, if they stand here.
    fn at(&mut self) -> Result<Option<SimTime>, ParseError> {
        self.cursor.skip_space();
        let offset = self.cursor.offset;
        if !self.cursor.eat_word("at") {
            return Ok(None);
        }
        if self.momentary {
            return Err(timed(offset));
        }
        let at = moment(&mut self.cursor, self.names.clock)?;
        self.last_at = Some((at, self.cursor.offset));
        Ok(Some(at))
    }

    fn name(&mut self) -> &'a str {
        self.cursor.take_while(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '_'))
    }

    fn function(&self, name: &str, offset: usize) -> Result<Function, ParseError> {
        let names = Function::ALL.map(Function::name);
        let known = Function::ALL.into_iter().find(|function| function.name() == name);
        known
            .ok_or_else(|| ParseError::new(offset, format!("unknown function `{name}`")).suggest(name, names))
    }

    /// What stands in the parentheses of a function, and the closing one.
    fn windowed(&mut self, function: Function) -> Result<(Expression, Unit), ParseError> {
        self.cursor.skip_space();
        let offset = self.cursor.offset;
        let name = self.name();
        if name.is_empty() {
            return Err(self
                .cursor
                .unexpected("a metric")
                .hint(format!("write `{}(pods.running)`", function.name())));
        }
        let (entry, of) = self.metric(name, offset)?;
        let kind = entry.metric.kind();
        if !kind.functions().contains(&function) {
            return Err(no_function(entry, function, offset));
        }
        if of.by_age() {
            return Err(ParseError::new(offset, "pods are told apart by age only at an instant")
                .hint(format!("write `{}{{olderThan=6h}} at 08:29`", entry.name)));
        }
        let comma = self.cursor.offset;
        let (from, to) = match self.cursor.eat(",") {
            true if self.momentary => return Err(timed(comma)),
            true => self.window()?,
            false => self.whole(),
        };
        if self.cursor.eat_word("at") {
            return Err(ParseError::new(
                self.cursor.offset - 2,
                "a function is taken over a window, not at an instant",
            )
            .hint("write the level itself: `pods.running at 06:00`"));
        }
        if matches!(self.cursor.rest().chars().next(), Some('+' | '-' | '*' | '/')) {
            return Err(ParseError::new(self.cursor.offset, "a function takes one metric")
                .hint("compute with the results: `max(a) + max(b)`"));
        }
        self.cursor.expect(")")?;
        let term = Term { metric: entry.metric, of, when: When::Over { function, from, to } };
        self.terms.push(Pending { term, offset, timed: true });
        let unit = if function == Function::Count { Unit::PLAIN } else { entry.unit };
        Ok((Expression::Term(self.terms.len() - 1), unit))
    }

    fn whole(&self) -> (SimTime, SimTime) {
        (self.names.clock.report_start(), self.names.clock.horizon)
    }

    fn window(&mut self) -> Result<(SimTime, SimTime), ParseError> {
        self.cursor.skip_space();
        let offset = self.cursor.offset;
        let from = moment(&mut self.cursor, self.names.clock)?;
        self.cursor.expect("..")?;
        let to = moment(&mut self.cursor, self.names.clock)?;
        if from < to {
            return Ok((from, to));
        }
        Err(ParseError::new(offset, "this window ends before it begins")
            .hint("a bare time is the first one after the start; write `day 2 04:45` for a later one"))
    }

    /// The metric called `name`, and its labels if any follow.
    fn metric(&mut self, name: &str, offset: usize) -> Result<(&'static Entry, Selector), ParseError> {
        let Some(entry) = CATALOGUE.iter().find(|entry| entry.name == name) else {
            let error = ParseError::new(offset, format!("unknown metric `{name}`"));
            return Err(error.suggest(name, CATALOGUE.iter().map(|entry| entry.name)));
        };
        let mut of = Selector::default();
        if self.cursor.eat("{") && !self.cursor.eat("}") {
            loop {
                self.label(entry, &mut of)?;
                if self.cursor.eat("}") {
                    break;
                }
                if !self.cursor.eat(",") {
                    return Err(self.cursor.unexpected("`,` or `}`"));
                }
            }
        }
        Ok((entry, of))
    }

    fn label(&mut self, entry: &Entry, of: &mut Selector) -> Result<(), ParseError> {
        self.cursor.skip_space();
        let offset = self.cursor.offset;
        let label = self.cursor.take_while(|c| c.is_ascii_alphanumeric());
        if label.is_empty() {
            return Err(self.cursor.unexpected("a label").hint(labels_of(entry)));
        }
        if !entry.labels.names().contains(&label) {
            let error = ParseError::new(offset, format!("`{}` has no label `{label}`", entry.name));
            return Err(error.hint(labels_of(entry)));
        }
        self.cursor.expect("=")?;
        let taken = match label {
            "group" => {
                of.group.replace(GroupId::from_index(self.value("node group", &self.names.groups)?)).is_some()
            }
            "audience" => {
                let id = AudienceId::from_index(self.value("audience", &self.names.audiences)?);
                of.owner.replace(Owner::Audience(id)).is_some()
            }
            "workload" => {
                let id = WorkloadId::from_index(self.value("workload", &self.names.workloads)?);
                of.owner.replace(Owner::Workload(id)).is_some()
            }
            "olderThan" => of.older_than.replace(SimDuration::from_secs_f64(self.cursor.span()?)).is_some(),
            _ => of.younger_than.replace(SimDuration::from_secs_f64(self.cursor.span()?)).is_some(),
        };
        if taken {
            return Err(ParseError::new(offset, format!("`{label}` has been said before"))
                .hint("a pod belongs to one audience or one workload, and to one group"));
        }
        Ok(())
    }

    /// The position of the name that stands here among `known`.
    fn value(&mut self, what: &str, known: &[&str]) -> Result<usize, ParseError> {
        self.cursor.skip_space();
        let offset = self.cursor.offset;
        let name = if self.cursor.eat("\"") {
            let name = self.cursor.take_while(|c| c != '"');
            self.cursor.expect("\"")?;
            name
        } else {
            self.cursor.take_while(|c| !c.is_whitespace() && !matches!(c, ',' | '}' | '{' | '"'))
        };
        let found = known.iter().position(|candidate| *candidate == name);
        found.ok_or_else(|| {
            let error = ParseError::new(offset, format!("there is no {what} `{name}`"));
            error.suggest(name, known.iter().copied())
        })
    }
}

fn timed(offset: usize) -> ParseError {
    ParseError::new(offset, "a condition is about now, and about what happened lately: it has no times")
        .hint("leave the time out; `over` says how far back lately is")
}

fn untimed_level(pending: &Pending) -> ParseError {
    let name = pending.term.metric.entry().name;
    ParseError::new(pending.offset, format!("`{name}` changes all the time: when?"))
        .hint(format!("write `{name} at 04:45`, `max({name})` or `mean({name}, 06:00..06:30)`"))
}

fn no_level(entry: &Entry, offset: usize) -> ParseError {
    let functions: Vec<_> = entry.metric.kind().functions().iter().map(|function| function.name()).collect();
    let message = match entry.metric.kind() {
        Kind::Flow => format!("`{}` is counted over a window", entry.name),
        _ => format!("`{}` is taken over a window", entry.name),
    };
    ParseError::new(offset, message).hint(format!(
        "it has {}: `{}({})`",
        quoted(&functions),
        functions[0],
        entry.name
    ))
}

fn no_function(entry: &Entry, function: Function, offset: usize) -> ParseError {
    let kind = entry.metric.kind();
    let functions: Vec<_> = kind.functions().iter().map(|function| function.name()).collect();
    let message = format!("`{}` is a {} and has no `{}`", entry.name, kind.name(), function.name());
    ParseError::new(offset, message).hint(format!("it has {}", quoted(&functions)))
}

fn labels_of(entry: &Entry) -> String {
    let only = if entry.labels == Labels::Pods || entry.labels == Labels::PodsByAge { "" } else { "only " };
    format!("it has {only}{}", quoted(entry.labels.names()))
}
