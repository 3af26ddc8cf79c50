//! The difference of two scenarios, as assignments: what has to be set in the one to have the other.
//!
//! The shortest form in which a what-if can be passed on, in a link or on a command line. Fields compare by what
//! they say, so that comments, order and spelling of the file make no difference.

use super::document::Document;
use super::node::{Node, Value};
use super::path::{Path, Step};

impl Document {
    /// The assignments, in the file's order, that make `self` of `base`; `None` where there is no way to do it with
    /// assignments, such as a name that no path can hold. Applied one after the other with [`Document::set`] to
    /// `base` they give a document that says the same as this one; that has been tried.
    pub fn difference(&self, base: &Self) -> Option<Vec<String>> {
        let mut sets = Vec::new();
        compare(base.root(), self.root(), &Path::default(), &mut sets);
        let mut check = base.clone();
        for set in &sets {
            check.set(set).ok()?;
        }
        (check.root().to_json() == self.root().to_json()).then_some(sets)
    }
}

fn compare(base: &Node, other: &Node, path: &Path, sets: &mut Vec<String>) {
    if base.to_json() == other.to_json() {
        return;
    }
    let (Some(had), Some(has)) = (base.entries(), other.entries()) else {
        // A list of the same length, such as a profile, may differ in one number only.
        if let (Value::Sequence(had), Value::Sequence(has)) = (&base.value, &other.value)
            && had.len() == has.len()
        {
            for (index, (base, other)) in had.iter().zip(has).enumerate() {
                compare(base, other, &path.index(index), sets);
            }
            return;
        }
        sets.push(format!("{}={}", typed(path), other.to_json()));
        return;
    };
    for key in had.keys().filter(|key| !has.contains_key(*key)) {
        sets.push(format!("{}=null", typed(&path.key(key))));
    }
    for (key, entry) in has {
        let here = path.key(key);
        match had.get(key) {
            Some(before) => compare(&before.node, &entry.node, &here, sets),
            None => sets.push(format!("{}={}", typed(&here), entry.node.to_json())),
        }
    }
}

/// A path as it can be typed, however long its keys are.
fn typed(path: &Path) -> String {
    let mut text = String::new();
    for step in path.steps() {
        match step {
            Step::Index(index) => text += &format!("[{index}]"),
            Step::Key(key) => {
                if !text.is_empty() {
                    text.push('.');
                }
                let plain = !key.is_empty()
                    && key.chars().all(|c| c.is_alphanumeric() || matches!(c, '-' | '_' | '/'));
                if plain {
                    text += key;
                } else {
                    text += &format!("\"{}\"", key.replace('\\', "\\\\").replace('"', "\\\""));
                }
            }
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    const BASE: &str = "apiVersion: plimsoll/v1\nname: a\nnodeGroups:\n  user: {machine: n1-highmem-8, min: 0, max: 15}\n\
        audience:\n  a:\n    arrivals: {profile: [{at: \"08:00\", perHour: 1}, {at: \"09:00\", perHour: 2}]}\n\
        checks:\n  it holds: max(pods.running) < 5\n";

    fn difference(other: &str) -> Option<Vec<String>> {
        let parse = |text: &str| Document::parse("x.yaml", text.as_bytes()).unwrap();
        parse(other).difference(&parse(BASE))
    }

    #[test]
    fn a_what_if_is_one_assignment() {
        assert_eq!(difference(BASE), Some(vec![]));
        assert_eq!(difference(&format!("# another comment\n{BASE}")), Some(vec![]));
        let more = BASE.replace("max: 15", "max: 20");
        assert_eq!(difference(&more), Some(vec!["nodeGroups.user.max=20".to_owned()]));
        let busier = BASE.replace("perHour: 2", "perHour: 7.5");
        assert_eq!(difference(&busier), Some(vec!["audience.a.arrivals.profile[1].perHour=7.5".to_owned()]));
    }

    #[test]
    fn what_comes_and_goes_is_told() {
        let other = BASE.replace("min: 0, ", "").replace("it holds:", "it really holds:") + "seed: 7\n";
        let expected = [
            "nodeGroups.user.min=null",
            "checks.\"it holds\"=null",
            "checks.\"it really holds\"=\"max(pods.running) < 5\"",
            "seed=7",
        ];
        assert_eq!(difference(&other), Some(expected.map(str::to_owned).to_vec()));
    }

    #[test]
    fn lists_of_another_length_are_replaced() {
        let other = BASE.replace(", {at: \"09:00\", perHour: 2}", "");
        let expected = r#"audience.a.arrivals.profile=[{"at":"08:00","perHour":1}]"#;
        assert_eq!(difference(&other), Some(vec![expected.to_owned()]));
    }
}
