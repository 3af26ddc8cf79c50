//! From text to objects.

use core::fmt;
use std::collections::BTreeMap;

use serde::de::DeserializeOwned;
use serde_json::Value;

use super::pod::Pod;
use super::policy::{Namespace, PodDisruptionBudget, PriorityClass};
use super::scheduler_configuration::SchedulerConfiguration;
use super::volume::{PersistentVolume, PersistentVolumeClaim, StorageClass};
use super::workload::{Service, Workload, WorkloadKind};
use crate::tree::deserializer::read_noting;
use crate::tree::error::ShapeError;
use crate::tree::node::Node;
use crate::tree::path::{Path, Step};

/// An object of a kind that Plimsoll models.
#[derive(Clone, Debug, PartialEq)]
pub enum Object {
    /// v1 Node.
    Node(Box<super::node::Node>),
    /// v1 Pod.
    Pod(Box<Pod>),
    /// v1 Namespace.
    Namespace(Namespace),
    /// v1 Service.
    Service(Service),
    /// A controller of pods.
    Workload(WorkloadKind, Box<Workload>),
    /// policy/v1 PodDisruptionBudget.
    PodDisruptionBudget(Box<PodDisruptionBudget>),
    /// scheduling.k8s.io/v1 PriorityClass.
    PriorityClass(PriorityClass),
    /// v1 PersistentVolume.
    PersistentVolume(Box<PersistentVolume>),
    /// v1 PersistentVolumeClaim.
    PersistentVolumeClaim(Box<PersistentVolumeClaim>),
    /// storage.k8s.io/v1 StorageClass.
    StorageClass(StorageClass),
    /// kubescheduler.config.k8s.io/v1 KubeSchedulerConfiguration.
    SchedulerConfiguration(Box<SchedulerConfiguration>),
}

/// What a text held.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Objects {
    /// Objects in the text's order.
    pub objects: Vec<Object>,
    /// Fields that are not modelled (`Pod.spec.containers[].livenessProbe`) and how often they occur.
    pub left_out: BTreeMap<String, u64>,
    /// Kinds that are not modelled and how many objects are of each.
    pub other_kinds: BTreeMap<String, u64>,
}

/// Why a text cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReadError {
    /// Which object (`object 3, Pod default/web-0`); empty: the text as a whole.
    pub object: String,
    /// Where in it (`spec.containers[0].resources.requests.cpu`); empty: the object as a whole.
    pub path: String,
    /// What is the case.
    pub fact: String,
}

impl fmt::Display for ReadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for place in [&self.object, &self.path] {
            if !place.is_empty() {
                write!(f, "{place}: ")?;
            }
        }
        f.write_str(&self.fact)
    }
}

impl core::error::Error for ReadError {}

/// Reads JSON or YAML: an object, a `List` (in lists, too), an array, or several YAML documents.
pub fn read(text: &str) -> Result<Objects, ReadError> {
    read_items(text, "")
}

/// As [`read`]; objects that say no kind are of `kind`. Some dumps tell it by the file's name alone.
pub fn read_items(text: &str, kind: &str) -> Result<Objects, ReadError> {
    let whole = |fact: String| ReadError { object: String::new(), path: String::new(), fact };
    let documents = if text.trim_start().starts_with(['{', '[']) {
        vec![serde_json::from_str(text).map_err(|error| whole(format!("this is not JSON: {error}")))?]
    } else {
        yaml(text).map_err(|error| whole(format!("this is not YAML: {error}")))?
    };
    let mut objects = Objects::default();
    for document in documents {
        objects.add_of_kind(document, kind)?;
    }
    Ok(objects)
}

/// Dumps of real clusters are large, hostile files are worse: 4,000,000 values, 64 levels.
fn yaml(text: &str) -> Result<Vec<Value>, String> {
    let budget: Option<serde_saphyr::Budget> = serde_saphyr::budget! {
        max_depth: 64,
        flow_nesting_limit: 64,
        max_nodes: 4_000_000,
        max_events: 12_000_000,
        max_total_scalar_bytes: 256 * 1024 * 1024,
    };
    let options = serde_saphyr::options! { budget: budget, strict_booleans: true, with_snippet: false };
    serde_saphyr::from_multiple_with_options(text, options).map_err(|error| {
        let message = error.to_string();
        message.lines().next().unwrap_or("it cannot be read").to_owned()
    })
}

impl Objects {
    /// Adds one parsed document: an object or a list of them.
    pub fn add(&mut self, document: Value) -> Result<(), ReadError> {
        self.add_of_kind(document, "")
    }

    /// Adds a document; `kind` is what it is of when it does not say.
    fn add_of_kind(&mut self, mut document: Value, kind: &str) -> Result<(), ReadError> {
        if let Value::Array(items) = document {
            return items.into_iter().try_for_each(|item| self.add_of_kind(item, kind));
        }
        if document.is_null() || document.as_object().is_some_and(serde_json::Map::is_empty) {
            return Ok(());
        }
        let kind = document.get("kind").and_then(Value::as_str).unwrap_or(kind).to_owned();
        match (document.get_mut("items").map(Value::take), kind.strip_suffix("List")) {
            // The items of a `PodList` may leave out what the list says; a plain `List` says nothing.
            (Some(items @ Value::Array(_)), Some(of)) => self.add_of_kind(items, of),
            _ => self.add_object(&kind, document),
        }
    }

    fn add_object(&mut self, kind: &str, document: Value) -> Result<(), ReadError> {
        let object = match kind {
            "Node" => Object::Node(self.typed(kind, document)?),
            "Pod" => Object::Pod(self.typed(kind, document)?),
            "Namespace" => Object::Namespace(*self.typed(kind, document)?),
            "Service" => Object::Service(*self.typed(kind, document)?),
            "PodDisruptionBudget" => Object::PodDisruptionBudget(self.typed(kind, document)?),
            "PriorityClass" => Object::PriorityClass(*self.typed(kind, document)?),
            "PersistentVolume" => Object::PersistentVolume(self.typed(kind, document)?),
            "PersistentVolumeClaim" => Object::PersistentVolumeClaim(self.typed(kind, document)?),
            "StorageClass" => Object::StorageClass(*self.typed(kind, document)?),
            "KubeSchedulerConfiguration" => Object::SchedulerConfiguration(self.typed(kind, document)?),
            "" => {
                let fact = "this has no `kind`; a Kubernetes object says `apiVersion` and `kind`".to_owned();
                return Err(ReadError {
                    object: self.next_name(&document, "object"),
                    path: String::new(),
                    fact,
                });
            }
            _ => match workload_kind(kind) {
                Some(workload) => Object::Workload(workload, self.typed(kind, document)?),
                None => {
                    *self.other_kinds.entry(kind.to_owned()).or_default() += 1;
                    return Ok(());
                }
            },
        };
        self.objects.push(object);
        Ok(())
    }

    /// Reads one object, noting what its type does not hold.
    fn typed<T: DeserializeOwned>(&mut self, kind: &str, document: Value) -> Result<Box<T>, ReadError> {
        let object = self.next_name(&document, kind);
        let (result, unread) = read_noting(&Node::from_json(document));
        for field in unread {
            let field = field_name(&field);
            if field != "apiVersion" && field != "kind" {
                *self.left_out.entry(format!("{kind}.{field}")).or_default() += 1;
            }
        }
        result.map(Box::new).map_err(|error: ShapeError| ReadError {
            object,
            path: error.path().to_string(),
            fact: error.to_string(),
        })
    }

    /// What messages call the object that comes next.
    fn next_name(&self, document: &Value, kind: &str) -> String {
        let metadata = |field: &str| document.pointer(&format!("/metadata/{field}")).and_then(Value::as_str);
        let read = self.objects.len() as u64 + self.other_kinds.values().sum::<u64>();
        let name = match (metadata("namespace"), metadata("name")) {
            (Some(namespace), Some(name)) => format!(" {namespace}/{name}"),
            (None, Some(name)) => format!(" {name}"),
            _ => String::new(),
        };
        format!("object {}, {kind}{name}", read + 1)
    }
}

fn workload_kind(kind: &str) -> Option<WorkloadKind> {
    Some(match kind {
        "Deployment" => WorkloadKind::Deployment,
        "ReplicaSet" => WorkloadKind::ReplicaSet,
        "StatefulSet" => WorkloadKind::StatefulSet,
        "DaemonSet" => WorkloadKind::DaemonSet,
        "Job" => WorkloadKind::Job,
        "ReplicationController" => WorkloadKind::ReplicationController,
        _ => return None,
    })
}

/// The path of a field with positions in lists left out, so that equal fields add up.
fn field_name(path: &Path) -> String {
    let mut name = String::new();
    for step in path.steps() {
        match step {
            Step::Index(_) => name.push_str("[]"),
            Step::Key(key) => {
                let dot = if name.is_empty() { "" } else { "." };
                name = format!("{name}{dot}{key}");
            }
        }
    }
    name
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_documents_and_json_are_one() {
        let pod = "apiVersion: v1\nkind: Pod\nmetadata: {name: a, labels: null}\nspec: {containers: [{name: c, \
                   livenessProbe: {}}]}\n";
        let several = format!("{pod}---\napiVersion: v1\nkind: ConfigMap\n---\n{pod}");
        let objects = read(&several).expect("readable");
        assert_eq!(objects.objects.len(), 2);
        assert_eq!(objects.left_out["Pod.spec.containers[].livenessProbe"], 2);
        assert_eq!(objects.other_kinds["ConfigMap"], 1);
        let list = r#"{"kind":"List","items":[{"kind":"PodList","items":[{"metadata":{"name":"a"}}]}]}"#;
        assert!(
            matches!(read(list).expect("readable").objects.as_slice(), [Object::Pod(pod)] if pod.metadata.name == "a")
        );
    }

    #[test]
    fn errors_say_where() {
        let text = r#"{"kind":"Pod","metadata":{"name":"a"},"spec":{"containers":[{"resources":{"requests":{"cpu":"much"}}}]}}"#;
        let error = read(text).expect_err("wrong").to_string();
        assert_eq!(
            error,
            "object 1, Pod a: spec.containers[0].resources.requests.cpu: `much` is not a quantity such as `500m` or `2Gi`"
        );
        assert!(read("{\"metadata\":{}}").expect_err("no kind").to_string().contains("no `kind`"));
        assert!(read("a: [").is_err());
    }
}
