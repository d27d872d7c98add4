//! What compiling costs, in time an instruction of the trace: stitching alone, and the whole way from the recording to published
//! code.
//!
//! `cargo bench -p sashiko-backend`. The trace is a random program of the test VM as its recorder would write it: tagged
//! values, reference counts, guards, a few calls.

#[allow(dead_code, reason = "programs are only compiled here, not run")]
#[path = "../../optimizer/tests/programs/mod.rs"]
mod programs;

use std::time::{Duration, Instant};

use bumpalo::Bump;
use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use sashiko_backend::emit::{Emitter, Site};
use sashiko_backend::moves::FrameLayout;
use sashiko_backend::{Config, Engine};
use sashiko_optimizer::{Fuel, Pipeline};
use sashiko_regalloc::plan::Plan;
use sashiko_regalloc::{Buffers, Given, Policy, Registers, allocate};
use sashiko_testvm::TABLE;
use sashiko_trace::lift::lift;
use sashiko_trace::recorded::Recorded;

const POLICIES: [Policy; 4] = [
    Policy::Plain,
    Policy::StackCache(3),
    Policy::Linear,
    Policy::Ion,
];

/// A loop of some 150 instructions of the VM.
fn recorded() -> Recorded {
    let seeds = 0..100;
    let loops = seeds.map(|seed| programs::program(seed, 150).recorded);
    let mut loops = loops.filter(|recorded| recorded.end == sashiko_trace::ir::End::Loop);
    loops.next().expect("two of three are loops")
}

fn stitching(criterion: &mut Criterion) {
    let recorded = recorded();
    let bump = Bump::new();
    let mut trace = lift(&recorded, None, &TABLE, &bump).expect("it was recorded by the rules");
    let mut fuel = Fuel::UNLIMITED;
    Pipeline::default()
        .run(&mut trace, &mut fuel)
        .expect("the passes keep the trace right");
    let thunks = vec![0; TABLE.uops.len()];
    let site = Site {
        hot: 0x10_0000,
        cold: 0x20_0000,
        leave: 0x1000,
        back: 0x1100,
        slow: (0x1000, &thunks),
        says_top: false,
        first_exit: 0,
        target: None,
        layout: FrameLayout { extent: 100 },
        parent_layout: None,
    };
    let mut group = criterion.benchmark_group("stitch");
    group.throughput(Throughput::Elements(trace.len() as u64));
    for policy in POLICIES {
        let (mut buffers, mut plan) = (Buffers::default(), Plan::default());
        let registers = Registers::ALL;
        allocate(
            policy,
            registers,
            &trace,
            Given::default(),
            &mut buffers,
            &mut plan,
        )
        .expect("there are registers enough");
        let mut emitter = Emitter::default();
        group.bench_function(BenchmarkId::from_parameter(policy), |bencher| {
            bencher.iter(|| {
                emitter
                    .emit(&trace, &plan, &site)
                    .expect("the plan is right");
            });
        });
    }
    group.finish();
}

fn whole(criterion: &mut Criterion) {
    let recorded = recorded();
    let mut group = criterion.benchmark_group("compile");
    group.throughput(Throughput::Elements(recorded.ops.len() as u64));
    for policy in POLICIES {
        let config = Config {
            policy,
            check: false,
            ..Config::default()
        };
        group.bench_function(BenchmarkId::from_parameter(policy), |bencher| {
            bencher.iter_custom(|rounds| compile_often(&config, &recorded, rounds));
        });
    }
    group.finish();
}

/// Compiles `rounds` times, with a new engine now and then so that the arena never fills.
fn compile_often(config: &Config, recorded: &Recorded, rounds: u64) -> Duration {
    const BATCH: u64 = 500;
    let mut time = Duration::ZERO;
    let mut left = rounds;
    while left > 0 {
        let mut engine = Engine::new(&TABLE, config.clone()).expect("this machine runs the code");
        let batch = left.min(BATCH);
        let started = Instant::now();
        for _ in 0..batch {
            engine.compile(recorded).expect("it compiles");
        }
        time += started.elapsed();
        left -= batch;
    }
    time
}

criterion_group!(benches, stitching, whole);
criterion_main!(benches);
