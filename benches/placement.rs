//! One decision of the scheduler: which node for this pod, in clusters of several sizes that are about
//! half full; through the index, and naively in the smallest.
#![allow(missing_docs, reason = "criterion's macro")]
#![allow(dead_code, clippy::print_stdout, reason = "the program uses the rest, and prints")]

#[path = "src/instructions.rs"]
mod instructions;
#[path = "src/placement.rs"]
mod placement;

use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use placement::{Bench, FAMILIES, NODES};

fn decide(criterion: &mut Criterion) {
    for (family, _) in FAMILIES {
        let mut group = criterion.benchmark_group(format!("placement/{family}"));
        for nodes in NODES {
            let mut bench = Bench::new(family, nodes);
            group.bench_function(BenchmarkId::new("indexed", nodes), |bencher| {
                bencher.iter(|| bench.decide(false));
            });
        }
        let mut bench = Bench::new(family, NODES[0]);
        group.bench_function(BenchmarkId::new("naive", NODES[0]), |bencher| {
            bencher.iter(|| bench.decide(true));
        });
        group.finish();
    }
}

criterion_group!(benches, decide);
criterion_main!(benches);
