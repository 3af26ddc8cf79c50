//! Goal: quantities and objects are read as the libraries that everyone uses read them.
//! Method: random quantities through the `kube_quantity` crate; dumps of real clusters through the types of
//! `k8s-openapi`, which are generated from Kubernetes' own schema.

use std::collections::BTreeMap;

use k8s_openapi::api::core::v1 as openapi;
use k8s_openapi::apimachinery::pkg::api::resource::Quantity as OpenapiQuantity;
use kube_quantity::ParsedQuantity;
use plimsoll_core::kubernetes::{Node, Object, Objects, Pod, Quantity, ResourceList};
use proptest::prelude::*;

/// What the oracle makes of it. It calculates in floats: so far as these go, thousandths are exact.
fn oracle(text: &str) -> Option<f64> {
    let parsed = ParsedQuantity::try_from(OpenapiQuantity(text.to_owned())).ok()?;
    parsed.to_bytes_f64()
}

/// Rounded up, unless the float is off a whole number by its own grain only.
fn ceil(value: f64) -> i64 {
    let nearest = value.round();
    if (value - nearest).abs() <= nearest.abs() * 1e-15 { nearest as i64 } else { value.ceil() as i64 }
}

const DECIMAL: [&str; 6] = ["", "m", "k", "M", "G", "T"];
const BINARY: [&str; 4] = ["Ki", "Mi", "Gi", "Ti"];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4_096))]

    /// Up to six digits and three decimals: what people write.
    #[test]
    fn quantities_are_those_of_kube_quantity(
        whole in 0u32..1_000_000,
        decimals in prop::option::of(0u32..1_000),
        suffix in prop::sample::select([&DECIMAL[..], &BINARY[..]].concat()),
    ) {
        let text = match decimals {
            Some(decimals) => format!("{whole}.{decimals:03}{suffix}"),
            None => format!("{whole}{suffix}"),
        };
        let ours = Quantity::from_text(&text).expect("a quantity");
        let theirs = oracle(&text).expect("a quantity");
        if theirs < 1e12 {
            prop_assert_eq!(ours.units(), ceil(theirs), "{}", text);
        }
        if theirs < 1e9 {
            prop_assert_eq!(ours.millis(), ceil(theirs * 1e3), "{}", text);
        }
    }

    #[test]
    fn exponents_are_those_of_kube_quantity(whole in 0u32..1_000, exponent in -3i32..9, sign in "[eE]") {
        let text = format!("{whole}{sign}{exponent}");
        let (ours, theirs) = (Quantity::from_text(&text), oracle(&text));
        let (ours, theirs) = (ours.expect("a quantity"), theirs.expect("a quantity"));
        prop_assert_eq!(ours.units(), ceil(theirs), "{}", text);
    }

    /// Whatever is read at all is read by both; Kubernetes refuses some of what the oracle takes (`nan`, nothing),
    /// and takes `0E` for nothing of a suffix, where the oracle misses an exponent.
    #[test]
    fn nothing_is_read_that_kube_quantity_refuses(text in "[0-9.+mkKMGTi-]{0,8}") {
        if Quantity::from_text(&text).is_some() {
            prop_assert!(oracle(&text).is_some(), "{}", text);
        }
    }
}

fn amounts(ours: &ResourceList) -> BTreeMap<String, i64> {
    ours.iter().map(|(name, amount)| (name.clone(), amount.millis())).collect()
}

fn amounts_of(theirs: Option<&BTreeMap<String, OpenapiQuantity>>) -> BTreeMap<String, i64> {
    let millis = |amount: &OpenapiQuantity| ceil(oracle(&amount.0).expect("a quantity") * 1e3);
    theirs.into_iter().flatten().map(|(name, amount)| (name.clone(), millis(amount))).collect()
}

/// The items of a dump, with ours beside theirs. A bare list does not say of what it is.
fn both<T: serde::de::DeserializeOwned>(dump: &str, kind: &str) -> Vec<(Object, T)> {
    let dump: serde_json::Value = serde_json::from_str(dump).expect("JSON");
    let items = dump.get("items").unwrap_or(&dump).as_array().expect("a list").clone();
    let mut ours = Objects::default();
    for mut item in items.clone() {
        item["kind"] = kind.into();
        ours.add(item).unwrap_or_else(|wrong| panic!("{wrong}"));
    }
    assert!(
        !items.is_empty() && ours.objects.len() == items.len(),
        "a dump is not empty, and all of it is read"
    );
    let theirs = items.into_iter().map(|item| serde_json::from_value(item).expect("an object"));
    ours.objects.into_iter().zip(theirs).collect()
}

fn pod_is(ours: &Pod, theirs: &openapi::Pod) {
    let spec = theirs.spec.as_ref().expect("a pod has a spec");
    let name = theirs.metadata.name.as_deref().unwrap_or_default();
    assert_eq!(ours.metadata.name, name);
    assert_eq!(ours.metadata.namespace, theirs.metadata.namespace, "{name}");
    assert_eq!(ours.metadata.labels, theirs.metadata.labels.clone().unwrap_or_default(), "{name}");
    assert_eq!(ours.spec.node_name, spec.node_name, "{name}");
    assert_eq!(ours.spec.node_selector, spec.node_selector.clone().unwrap_or_default(), "{name}");
    assert_eq!(ours.spec.priority, spec.priority, "{name}");
    assert_eq!(ours.spec.scheduler_name, spec.scheduler_name, "{name}");
    assert_eq!(ours.spec.host_network, spec.host_network.unwrap_or(false), "{name}");
    assert_eq!(ours.spec.tolerations.len(), spec.tolerations.as_ref().map_or(0, Vec::len), "{name}");
    assert_eq!(ours.spec.volumes.len(), spec.volumes.as_ref().map_or(0, Vec::len), "{name}");
    assert_eq!(ours.spec.containers.len(), spec.containers.len(), "{name}");
    assert_eq!(ours.spec.init_containers.len(), spec.init_containers.as_ref().map_or(0, Vec::len), "{name}");
    for (ours, theirs) in ours.spec.containers.iter().zip(&spec.containers) {
        let resources = theirs.resources.clone().unwrap_or_default();
        assert_eq!(ours.name, theirs.name);
        assert_eq!(Some(&ours.image), theirs.image.as_ref(), "{name}");
        assert_eq!(amounts(&ours.resources.requests), amounts_of(resources.requests.as_ref()), "{name}");
        assert_eq!(amounts(&ours.resources.limits), amounts_of(resources.limits.as_ref()), "{name}");
    }
}

fn node_is(ours: &Node, theirs: &openapi::Node) {
    let name = theirs.metadata.name.as_deref().unwrap_or_default();
    let status = theirs.status.as_ref().expect("a node has a status");
    let spec = theirs.spec.clone().unwrap_or_default();
    assert_eq!(ours.metadata.name, name);
    assert_eq!(ours.metadata.labels, theirs.metadata.labels.clone().unwrap_or_default(), "{name}");
    assert_eq!(ours.spec.unschedulable, spec.unschedulable.unwrap_or(false), "{name}");
    assert_eq!(ours.spec.taints.len(), spec.taints.as_ref().map_or(0, Vec::len), "{name}");
    assert_eq!(amounts(&ours.status.allocatable), amounts_of(status.allocatable.as_ref()), "{name}");
    assert_eq!(amounts(&ours.status.capacity), amounts_of(status.capacity.as_ref()), "{name}");
}

#[test]
fn pods_are_those_of_k8s_openapi() {
    let dumps = [
        include_str!("clusters/aws-pods-kube-system.json"),
        include_str!("clusters/aws-pods-sonobuoy.json"),
        include_str!("clusters/azure-pods.json"),
    ];
    for (ours, theirs) in dumps.into_iter().flat_map(|dump| both(dump, "Pod")) {
        let Object::Pod(ours) = ours else { panic!("{ours:?} is no pod") };
        pod_is(&ours, &theirs);
    }
}

#[test]
fn nodes_are_those_of_k8s_openapi() {
    let dumps = [include_str!("clusters/aws-nodes.json"), include_str!("clusters/azure-nodes.json")];
    for (ours, theirs) in dumps.into_iter().flat_map(|dump| both(dump, "Node")) {
        let Object::Node(ours) = ours else { panic!("{ours:?} is no node") };
        node_is(&ours, &theirs);
    }
}
