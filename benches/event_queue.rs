//! The hold model of the event queue: pop the earliest, put it back an exponential time later.
#![allow(missing_docs, reason = "criterion's macros make the items")]

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use plimsoll_core::engine::{EventQueue, Purpose, Random};
use plimsoll_core::event::AutoscalerEvent;
use plimsoll_core::model::Distribution;
use plimsoll_core::time::SimTime;

fn hold(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("event_queue/hold");
    let random = Random::new(1, 0);
    let law = Distribution::Exponential { mean: 1.0 };
    let draw = |nth| law.duration(random.unit(Purpose::Lifetime, 0, nth));
    for size in [1_000_u64, 100_000, 1_000_000] {
        let mut queue = EventQueue::new();
        for nth in 0..size {
            queue.push(SimTime::ZERO + draw(nth), AutoscalerEvent::ScanDue.into());
        }
        let mut nth = size;
        group.throughput(Throughput::Elements(1));
        group.bench_function(BenchmarkId::from_parameter(size), |bencher| {
            bencher.iter(|| {
                if let Some((now, event)) = queue.pop_until(SimTime::MAX) {
                    nth += 1;
                    queue.push(now + draw(nth), event);
                }
            });
        });
    }
    group.finish();
}

criterion_group!(benches, hold);
criterion_main!(benches);
