//! What allocation costs, in time a uop, for each policy.
//!
//! `cargo bench -p sashiko-regalloc`. Two traces: float arithmetic with many values from before the loop (as in an
//! n-body loop), and integer arithmetic with a guard after every few uops.

use std::fmt::Write;

use bumpalo::Bump;
use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use sashiko_regalloc::plan::Plan;
use sashiko_regalloc::{Buffers, Given, Policy, Registers, allocate};
use sashiko_testvm::TABLE;
use sashiko_trace::text::parse_trace;

const POLICIES: [Policy; 5] = [
    Policy::Plain,
    Policy::StackCache(3),
    Policy::Linear,
    Policy::Ion,
    Policy::Fastalloc,
];

/// Six floats in, eight more from before the loop, some hundred operations.
fn floats() -> String {
    let mut text = String::from("trace loop at \"f\" pc 0 line 1 frame s0 top s20\n");
    for i in 0..14 {
        writeln!(text, "  v{i}: word = load_slot s{i}").unwrap();
        writeln!(text, "  v{}: float = unbox_float v{i} !e0", 20 + i).unwrap();
    }
    let params: Vec<String> = (0..6)
        .map(|i| format!("v{}: float [s{i}] = v{} then v{}", 40 + i, 20 + i, 130 + i))
        .collect();
    writeln!(text, "loop ({})", params.join(", ")).unwrap();
    let op = ["float_sub", "float_mul", "float_add"];
    for i in 0..96 {
        let left = if i < 6 { 40 + i } else { 44 + i };
        let right = if i % 3 == 1 { 26 + i % 8 } else { 40 + i % 6 };
        let v = 50 + i;
        writeln!(text, "  v{v}: float = {} v{left}, v{right}", op[i % 3]).unwrap();
        if i % 24 == 23 {
            writeln!(text, "  guard_float_lt v{v}, 1000.0 !e1").unwrap();
        }
    }
    text += "end loop !e0\ne0: resume \"f\" pc 0 line 1 frame s0 top s20\n";
    text += "e1: resume \"f\" pc 9 line 1 frame s0 top s20 {s0 = v40, s1 = v41, s2 = v42, s3 = v43, s4 = v44, s5 = v45}\n";
    text
}

/// Three ints that go round, a hundred operations that may overflow, a guard after every fourth.
fn ints() -> String {
    let mut text = String::from("trace loop at \"f\" pc 0 line 1 frame s0 top s3\n");
    for i in 0..3 {
        writeln!(text, "  v{i}: word = load_slot s{i}").unwrap();
        writeln!(text, "  v{}: int = unbox_int v{i} !e0", 10 + i).unwrap();
    }
    let params: Vec<String> = (0..3)
        .map(|i| format!("v{}: int [s{i}] = v{} then v{}", 20 + i, 10 + i, 127 + i))
        .collect();
    writeln!(text, "loop ({})", params.join(", ")).unwrap();
    for i in 0..100 {
        let left = if i < 3 { 20 + i } else { 27 + i };
        let right = if i % 2 == 0 {
            "7".to_owned()
        } else {
            format!("v{}", 20 + i % 3)
        };
        let v = 30 + i;
        writeln!(text, "  v{v}: int = int_add v{left}, {right} !e1").unwrap();
        if i % 4 == 3 {
            writeln!(text, "  guard_int_lt v{v}, 100000 !e1").unwrap();
        }
    }
    text += "end loop !e0\ne0: resume \"f\" pc 0 line 1 frame s0 top s3\n";
    text += "e1: resume \"f\" pc 9 line 1 frame s0 top s3 {s0 = v20, s1 = v21, s2 = v22}\n";
    text
}

fn benches(criterion: &mut Criterion) {
    for (name, text) in [("floats", floats()), ("ints", ints())] {
        let arena = Bump::new();
        let trace = parse_trace(&text, &TABLE, &arena).unwrap_or_else(|error| panic!("{error}"));
        let mut group = criterion.benchmark_group(name);
        group.throughput(Throughput::Elements(trace.len() as u64));
        for policy in POLICIES {
            let mut buffers = Buffers::default();
            let mut plan = Plan::default();
            group.bench_function(BenchmarkId::from_parameter(policy), |bencher| {
                bencher.iter(|| {
                    allocate(
                        policy,
                        Registers::ALL,
                        &trace,
                        Given::default(),
                        &mut buffers,
                        &mut plan,
                    )
                    .expect("there are registers enough");
                });
            });
        }
        group.finish();
    }
}

criterion_group!(all, benches);
criterion_main!(all);
