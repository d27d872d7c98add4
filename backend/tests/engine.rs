//! The engine on recordings of the test VM: loops, side traces, jumps, calls, slow uops, re-entrance, statistics, dumps.

mod common;

use common::{Vm, configs, engine, frame, int, loop_to};
use sashiko_backend::Engine;
use sashiko_testvm::{TABLE, op};
use sashiko_trace::ir::{End, Slot};
use sashiko_trace::recorded::{Recorded, Recorder};

/// `while i < n: sum += i; i += 1`, with i, sum, n in slots 0 to 2.
fn sum_loop() -> Recorded {
    let mut recorder = Recorder::new(&TABLE, common::start(3), None);
    loop_to(&mut recorder, |recorder| {
        common::at(recorder, 1);
        recorder.load(Slot(1));
        recorder.load(Slot(0));
        recorder.uop(op::ADD_INT, &[]);
        recorder.store(Slot(1));
    });
    recorder.finish(End::Loop)
}

#[test]
fn a_loop_runs_under_every_policy_with_and_without_passes() {
    for config in configs() {
        let what = format!("{} with {:?}", config.policy, config.switches);
        let mut vm = Vm::new();
        let mut engine = engine(config, &mut vm);
        let trace = engine
            .compile(&sum_loop())
            .unwrap_or_else(|error| panic!("{what}: {error}"));
        let mut frame = frame(&[int(0), int(0), int(1000)], engine.words_needed(trace));
        // SAFETY: the frame is what the recording started from.
        let left = unsafe { Engine::run(&raw mut engine, trace, frame.as_mut_ptr(), &mut vm) };
        assert_eq!(left.resume.origin.pc, 0, "{what}");
        assert_eq!(left.base, frame.as_mut_ptr());
        assert_eq!((left.count, left.exit.trace), (1, trace));
        assert_eq!(frame[..3], [int(1000), int(499_500), int(1000)], "{what}");
        let stats = engine.stats();
        assert_eq!((stats.entered, stats.traces.compiled), (1, 1));
        assert_eq!(stats.exits.values().sum::<u64>(), 1);
    }
}
