//! What the answer for one pod says of others of the same specification, whose requests may be drawn each anew.
//!
//! Where one found no room, none will that requests no less, while pods are only ever added. Where one fits,
//! each does that requests no more, while nothing changes.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::objects::Pod;
use crate::placement::requests::CpuAndMemory;

/// Up to which node, by position, each is too full for pods of a specification and size.
#[derive(Clone, Debug, Default)]
pub struct Full {
    /// Sizes with that position, by where the specification is: never put in order.
    sizes: BTreeMap<usize, Vec<(CpuAndMemory, usize)>>,
}

impl Full {
    /// None of the nodes before this position has room for the pod.
    pub fn before(&self, pod: &Pod) -> usize {
        let sizes = self.sizes.get(&Arc::as_ptr(&pod.spec).addr());
        let (size, sizes) = (pod.requests(), sizes.map_or(&[][..], Vec::as_slice));
        sizes.iter().filter(|(less, _)| covers(size, *less)).map(|(_, end)| *end).max().unwrap_or(0)
    }

    /// None of the nodes before `end` takes the pod. What keeps it off more than for want of room is not noted.
    pub fn note(&mut self, pod: &Pod, end: usize) {
        if pod.only_needs_room() {
            let size = pod.requests();
            let sizes = self.sizes.entry(Arc::as_ptr(&pod.spec).addr()).or_default();
            sizes.retain(|(more, before)| !(covers(*more, size) && *before <= end));
            sizes.push((size, end));
        }
    }
}

/// Sizes that fit.
#[derive(Clone, Debug, Default)]
pub struct Fitting {
    /// By where the specification is: never put in order.
    sizes: BTreeMap<usize, Vec<CpuAndMemory>>,
}

impl Fitting {
    /// Whether the pod fits since another did.
    pub fn has(&self, pod: &Pod) -> bool {
        let sizes = self.sizes.get(&Arc::as_ptr(&pod.spec).addr());
        sizes.is_some_and(|sizes| sizes.iter().any(|size| covers(*size, pod.requests())))
    }

    /// The pod fits.
    pub fn note(&mut self, pod: &Pod) {
        let size = pod.requests();
        let sizes = self.sizes.entry(Arc::as_ptr(&pod.spec).addr()).or_default();
        sizes.retain(|less| !covers(size, *less));
        sizes.push(size);
    }
}

fn covers(one: CpuAndMemory, other: CpuAndMemory) -> bool {
    one.cpu_millis >= other.cpu_millis && one.memory_bytes >= other.memory_bytes
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::autoscaling::manifest;
    use crate::kubernetes::{Object, read};
    use crate::placement::Symbols;
    use crate::placement::compile::PriorityClasses;

    /// Pods of one specification.
    fn pods() -> impl Fn(i64, i64) -> Pod {
        let objects = read(r#"{"kind": "Pod", "metadata": {}, "spec": {}}"#).expect("readable").objects;
        let [Object::Pod(pod)] = objects.as_slice() else { panic!("one pod") };
        let pod = manifest::pod(1, pod, &PriorityClasses::default(), &mut Symbols::default());
        move |cpu_millis, memory_bytes| {
            let drawn = Some(CpuAndMemory { cpu_millis, memory_bytes });
            Pod { drawn, ..pod.clone() }
        }
    }

    #[test]
    fn what_requests_no_more_fits_too() {
        let of = pods();
        let mut fitting = Fitting::default();
        fitting.note(&of(5, 5));
        fitting.note(&of(1, 9));
        assert!(fitting.has(&of(5, 5)) && fitting.has(&of(1, 7)) && !fitting.has(&of(2, 7)));
        fitting.note(&of(5, 9));
        assert!(fitting.has(&of(2, 7)) && !fitting.has(&of(6, 0)));
        assert!(!fitting.has(&pods()(1, 1)), "another specification");
    }

    #[test]
    fn what_requests_no_less_finds_no_room_either() {
        let of = pods();
        let mut full = Full::default();
        full.note(&of(5, 5), 3);
        full.note(&of(9, 1), 7);
        assert_eq!(full.before(&of(5, 5)), 3);
        assert_eq!(full.before(&of(9, 5)), 7, "the farther of two");
        assert_eq!(full.before(&of(4, 9)), 0, "less of one is less");
        full.note(&of(2, 2), 4);
        assert_eq!((full.before(&of(5, 5)), full.before(&of(2, 3))), (4, 4));
        assert_eq!(full.before(&pods()(9, 9)), 0, "another specification");
    }
}
