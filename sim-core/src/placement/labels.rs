//! Labels and what selects them.
//!
//! Models: k8s.io/apimachinery pkg/labels (`Requirement.Matches`) and k8s.io/component-helpers
//! scheduling/corev1/nodeaffinity (`NodeSelector`, `RequiredNodeAffinity`), Kubernetes 1.36.

use std::collections::BTreeMap;

use super::symbols::{Symbol, Symbols};
use crate::kubernetes::{self, LabelOperator, NodeOperator};

/// A label.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Label {
    /// Its key.
    pub key: Symbol,
    /// Its value.
    pub value: Symbol,
    /// Its value where that is a whole number.
    pub number: Option<i64>,
}

/// The labels of one object, each key once.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Labels(Vec<Label>);

impl Labels {
    /// Interns labels as written.
    pub fn compile(map: &BTreeMap<String, String>, symbols: &mut Symbols) -> Self {
        let mut label = |(key, value): (&String, &String)| Label {
            key: symbols.intern(key),
            value: symbols.intern(value),
            number: value.parse().ok(),
        };
        Self(map.iter().map(&mut label).collect())
    }

    /// The label with this key.
    pub fn get(&self, key: Symbol) -> Option<&Label> {
        self.0.iter().find(|label| label.key == key)
    }

    /// The value of the label with this key.
    pub fn value(&self, key: Symbol) -> Option<Symbol> {
        self.get(key).map(|label| label.value)
    }

    /// Sets the label with this key to a value that is no number.
    pub fn set(&mut self, key: Symbol, value: Symbol) {
        let label = Label { key, value, number: None };
        match self.0.iter_mut().find(|label| label.key == key) {
            Some(known) => *known = label,
            None => self.0.push(label),
        }
    }

    /// All but the label with this key.
    pub fn without(&self, key: Symbol) -> Self {
        Self(self.0.iter().filter(|label| label.key != key).copied().collect())
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// All of them.
    pub fn iter(&self) -> impl Iterator<Item = &Label> {
        self.0.iter()
    }
}

/// What a requirement asks of a label.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Test {
    In(Vec<Symbol>),
    NotIn(Vec<Symbol>),
    Exists,
    Absent,
    Above(i64),
    Below(i64),
}

/// A requirement on one label.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Requirement {
    key: Symbol,
    test: Test,
}

impl Requirement {
    /// The label is there with one of these values.
    pub fn is_in(key: Symbol, values: Vec<Symbol>) -> Self {
        Self { key, test: Test::In(values) }
    }

    /// The label is absent or has none of these values.
    pub fn is_not_in(key: Symbol, values: Vec<Symbol>) -> Self {
        Self { key, test: Test::NotIn(values) }
    }

    /// One requirement for each label that must be there.
    pub fn exact(map: &BTreeMap<String, String>, symbols: &mut Symbols) -> Vec<Self> {
        let each = |(key, value): (&String, &String)| {
            let value = symbols.intern(value);
            Self::is_in(symbols.intern(key), vec![value])
        };
        map.iter().map(each).collect()
    }

    /// Whether it is about the label that names a node.
    pub fn is_by_hostname(&self) -> bool {
        self.key == Symbol::HOSTNAME
    }

    /// Whether `labels` meet it.
    pub fn matches(&self, labels: &Labels) -> bool {
        let label = labels.get(self.key);
        let number = label.and_then(|label| label.number);
        match &self.test {
            Test::In(values) => label.is_some_and(|label| values.contains(&label.value)),
            Test::NotIn(values) => label.is_none_or(|label| !values.contains(&label.value)),
            Test::Exists => label.is_some(),
            Test::Absent => label.is_none(),
            Test::Above(bound) => number.is_some_and(|number| number > *bound),
            Test::Below(bound) => number.is_some_and(|number| number < *bound),
        }
    }
}

/// A selector of labels.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Selector {
    /// What an absent selector means.
    Nothing,
    /// All of these hold; none means everything.
    All(Vec<Requirement>),
}

impl Selector {
    /// Interns a selector as written.
    pub fn compile(selector: Option<&kubernetes::LabelSelector>, symbols: &mut Symbols) -> Self {
        let Some(selector) = selector else { return Self::Nothing };
        let mut all = Requirement::exact(&selector.match_labels, symbols);
        for expression in &selector.match_expressions {
            let values = expression.values.iter().map(|value| symbols.intern(value)).collect();
            let test = match expression.operator {
                LabelOperator::In => Test::In(values),
                LabelOperator::NotIn => Test::NotIn(values),
                LabelOperator::Exists => Test::Exists,
                LabelOperator::DoesNotExist => Test::Absent,
            };
            all.push(Requirement { key: symbols.intern(&expression.key), test });
        }
        Self::All(all)
    }

    /// What selects objects with these labels, whatever else they have.
    pub fn of(labels: &Labels) -> Self {
        Self::All(labels.iter().map(|label| Requirement::is_in(label.key, vec![label.value])).collect())
    }

    /// The selector with further requirements; nothing stays nothing.
    pub fn and(&mut self, more: impl IntoIterator<Item = Requirement>) {
        if let Self::All(all) = self {
            all.extend(more);
        }
    }

    /// Whether it matches whatever it sees.
    pub fn is_everything(&self) -> bool {
        matches!(self, Self::All(all) if all.is_empty())
    }

    /// Whether it matches `labels`.
    pub fn matches(&self, labels: &Labels) -> bool {
        match self {
            Self::Nothing => false,
            Self::All(all) => all.iter().all(|requirement| requirement.matches(labels)),
        }
    }
}

/// A requirement on a node's name: is it this one, or is it not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct NameRequirement {
    name: Symbol,
    wanted: bool,
}

/// A term of a selector of nodes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NodeTerm {
    labels: Vec<Requirement>,
    names: Vec<NameRequirement>,
    /// A term that Kubernetes cannot parse matches no node, nor does an empty one.
    never: bool,
    /// The names that `metadata.name In` lists leave, if there are any such lists.
    only: Option<Vec<Symbol>>,
}

impl NodeTerm {
    /// Interns a term as written.
    pub fn compile(term: &kubernetes::NodeSelectorTerm, symbols: &mut Symbols) -> Self {
        let never = term.match_expressions.is_empty() && term.match_fields.is_empty();
        let mut compiled = Self { labels: Vec::new(), names: Vec::new(), never, only: None };
        for expression in &term.match_expressions {
            let key = symbols.intern(&expression.key);
            let values = expression.values.iter().map(|value| symbols.intern(value)).collect();
            let bound = || match expression.values.as_slice() {
                [bound] => bound.parse().ok(),
                _ => None,
            };
            let test = match expression.operator {
                NodeOperator::In => Some(Test::In(values)),
                NodeOperator::NotIn => Some(Test::NotIn(values)),
                NodeOperator::Exists => Some(Test::Exists),
                NodeOperator::DoesNotExist => Some(Test::Absent),
                NodeOperator::Gt => bound().map(Test::Above),
                NodeOperator::Lt => bound().map(Test::Below),
            };
            match test {
                Some(test) => compiled.labels.push(Requirement { key, test }),
                None => compiled.never = true,
            }
        }
        for field in &term.match_fields {
            compiled.add_field(field, symbols);
        }
        compiled
    }

    fn add_field(&mut self, field: &kubernetes::NodeRequirement, symbols: &mut Symbols) {
        let values: Vec<Symbol> = field.values.iter().map(|value| symbols.intern(value)).collect();
        let is_name = field.key == "metadata.name";
        if is_name && field.operator == NodeOperator::In {
            self.only = Some(match self.only.take() {
                Some(only) => only.into_iter().filter(|name| values.contains(name)).collect(),
                None => values.clone(),
            });
        }
        match (field.operator, values.as_slice()) {
            (NodeOperator::In, [name]) if is_name => {
                self.names.push(NameRequirement { name: *name, wanted: true });
            }
            (NodeOperator::NotIn, [name]) if is_name => {
                self.names.push(NameRequirement { name: *name, wanted: false });
            }
            _ => self.never = true,
        }
    }

    /// Whether it has nothing to say, so that a preference of it counts nothing.
    pub fn is_empty(&self) -> bool {
        self.never && self.labels.is_empty() && self.names.is_empty()
    }

    /// The nodes that the term names, if it names any.
    pub fn only_names(&self) -> Option<&[Symbol]> {
        self.only.as_deref()
    }

    /// Whether it tells nodes apart by their names.
    pub fn is_by_name(&self) -> bool {
        !self.names.is_empty() || self.only.is_some() || self.labels.iter().any(Requirement::is_by_hostname)
    }

    /// Whether a node of this name with these labels meets it.
    pub fn matches(&self, name: Symbol, labels: &Labels) -> bool {
        !self.never
            && self.labels.iter().all(|requirement| requirement.matches(labels))
            && self.names.iter().all(|requirement| (requirement.name == name) == requirement.wanted)
    }
}

/// A selector of nodes: one of its terms holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NodeSelector {
    /// The terms.
    pub terms: Vec<NodeTerm>,
}

impl NodeSelector {
    /// Interns a selector as written.
    pub fn compile(selector: &kubernetes::NodeSelector, symbols: &mut Symbols) -> Self {
        let terms = selector.node_selector_terms.iter().map(|term| NodeTerm::compile(term, symbols));
        Self { terms: terms.collect() }
    }

    /// Whether a node of this name with these labels is selected.
    pub fn matches(&self, name: Symbol, labels: &Labels) -> bool {
        self.terms.iter().any(|term| term.matches(name, labels))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kubernetes::{NodeRequirement, NodeSelectorTerm};

    fn labels(pairs: &[(&str, &str)], symbols: &mut Symbols) -> Labels {
        let map = pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
        Labels::compile(&map, symbols)
    }

    fn requirement(key: &str, operator: NodeOperator, values: &[&str]) -> NodeRequirement {
        NodeRequirement {
            key: key.to_owned(),
            operator,
            values: values.iter().map(|v| (*v).to_owned()).collect(),
        }
    }

    #[test]
    fn an_absent_label_is_not_in_any_list() {
        let mut symbols = Symbols::default();
        let node = labels(&[("gen", "5"), ("disk", "ssd")], &mut symbols);
        let name = symbols.intern("node-0");
        for (expected, expression) in [
            (true, requirement("disk", NodeOperator::In, &["ssd", "hdd"])),
            (false, requirement("pool", NodeOperator::In, &["ssd"])),
            (true, requirement("pool", NodeOperator::NotIn, &["ssd"])),
            (false, requirement("disk", NodeOperator::NotIn, &["ssd"])),
            (true, requirement("gen", NodeOperator::Gt, &["4"])),
            (false, requirement("gen", NodeOperator::Gt, &["5"])),
            (false, requirement("disk", NodeOperator::Lt, &["9"])),
            (false, requirement("gen", NodeOperator::Lt, &["much"])),
        ] {
            let term = NodeSelectorTerm { match_expressions: vec![expression.clone()], match_fields: vec![] };
            let term = NodeTerm::compile(&term, &mut symbols);
            assert_eq!(term.matches(name, &node), expected, "{expression:?}");
        }
    }

    #[test]
    fn empty_selectors_differ_by_kind() {
        let mut symbols = Symbols::default();
        let none = Labels::default();
        assert!(Selector::compile(Some(&kubernetes::LabelSelector::default()), &mut symbols).matches(&none));
        assert!(!Selector::compile(None, &mut symbols).matches(&none));
        let term = NodeTerm::compile(&NodeSelectorTerm::default(), &mut symbols);
        assert!(!term.matches(Symbol::EMPTY, &none) && term.is_empty());
    }

    #[test]
    fn names_are_met_by_one_node_and_intersect() {
        let mut symbols = Symbols::default();
        let both = [
            requirement("metadata.name", NodeOperator::In, &["a"]),
            requirement("metadata.name", NodeOperator::In, &["b"]),
        ];
        let term = NodeSelectorTerm { match_expressions: vec![], match_fields: both.to_vec() };
        assert_eq!(NodeTerm::compile(&term, &mut symbols).only_names(), Some(&[][..]));
        let term = NodeSelectorTerm { match_expressions: vec![], match_fields: both[..1].to_vec() };
        let term = NodeTerm::compile(&term, &mut symbols);
        let (a, b) = (symbols.intern("a"), symbols.intern("b"));
        assert!(term.matches(a, &Labels::default()) && !term.matches(b, &Labels::default()));
    }
}
