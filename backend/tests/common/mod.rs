//! What several tests share.

#![allow(dead_code, reason = "each test uses a part")]

/// A source of random numbers; the same seed gives the same numbers.
pub(crate) struct Rng(u64);

impl Rng {
    pub(crate) fn new(seed: u64) -> Rng {
        Rng(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 11
    }

    pub(crate) fn below(&mut self, limit: usize) -> usize {
        (self.next() % limit as u64) as usize
    }

    pub(crate) fn pick<'s, T>(&mut self, items: &'s [T]) -> &'s T {
        &items[self.below(items.len())]
    }

    pub(crate) fn shuffle<T>(&mut self, items: &mut [T]) {
        for i in (1..items.len()).rev() {
            items.swap(i, self.below(i + 1));
        }
    }
}

use sashiko_backend::{Config, Engine};
use sashiko_regalloc::Policy;
use sashiko_stencils::Rep;
use sashiko_testvm::layout::{Array, is_pointer, word_of_bool, word_of_float, word_of_int};
use sashiko_testvm::{TABLE, TestVm, op};
use sashiko_trace::exit::Rebuild;
use sashiko_trace::ir::{Origin, Resume, Slot};
use sashiko_trace::recorded::Recorder;

/// The test VM as an engine's runtime.
pub(crate) struct Vm {
    pub(crate) vm: Box<TestVm>,
}

impl Vm {
    pub(crate) fn new() -> Vm {
        Vm {
            vm: Box::new(TestVm::new()),
        }
    }
}

/// A frame that begins with `words` and has room for `room`.
pub(crate) fn frame(words: &[u64], room: usize) -> Vec<u64> {
    let mut frame = words.to_vec();
    frame.resize(room.max(words.len()) + 8, 0);
    frame
}

impl Rebuild for Vm {
    fn box_value(&mut self, rep: Rep, bits: u64) -> u64 {
        match rep {
            Rep::Word | Rep::Ptr => bits,
            Rep::Int => word_of_int(bits as i64),
            Rep::Float => word_of_float(f64::from_bits(bits)),
            Rep::Bool => word_of_bool(bits != 0),
        }
    }

    fn add_reference(&mut self, word: u64) {
        if is_pointer(word) {
            // SAFETY: words that are pointers point to arrays of the VM.
            unsafe { (*(word as *mut Array)).refcount += 1 };
        }
    }

    fn vm_pointer(&mut self) -> *mut u8 {
        self.vm.as_ctx()
    }
}

/// An engine for the test VM.
pub(crate) fn engine(config: Config, vm: &mut Vm) -> Engine {
    let mut engine = Engine::new(&TABLE, config).expect("this machine runs the code");
    engine.set_vm(vm.vm.as_ctx());
    engine
}

/// Every policy, with all passes and with none, everything checked.
pub(crate) fn configs() -> impl Iterator<Item = Config> {
    let switches = ["all", "none"];
    Policy::ALL.into_iter().flat_map(move |policy| {
        switches.into_iter().map(move |switches| Config {
            policy,
            switches: switches.parse().expect("these are switches"),
            check: true,
            arena_bytes: 1 << 20,
            keep_dumps: true,
            ..Config::default()
        })
    })
}

pub(crate) fn int(value: i64) -> u64 {
    word_of_int(value)
}

/// The beginning of a frame of `locals` locals.
pub(crate) fn start(locals: i32) -> Resume {
    Resume {
        origin: Origin {
            code: 0,
            pc: 0,
            line: 1,
        },
        frame: Slot(0),
        top: Slot(locals),
    }
}

/// Instruction `pc` begins, on line `pc + 1`.
pub(crate) fn at(recorder: &mut Recorder, pc: u32) {
    let code = recorder.code("loop.t");
    recorder.instruction(Origin {
        code,
        pc,
        line: pc + 1,
    });
}

/// `while i < n: body; i += 1`, with i in slot 0 and n in slot 2. The condition is at pc 0, the step at pc 90.
pub(crate) fn loop_to(recorder: &mut Recorder, body: impl FnOnce(&mut Recorder)) {
    at(recorder, 0);
    recorder.load(Slot(0));
    recorder.load(Slot(2));
    recorder.uop(op::LT_INT, &[]);
    recorder.uop(op::UNBOX_BOOL, &[]);
    recorder.uop(op::GUARD_TRUE, &[]);
    body(recorder);
    step(recorder);
}

/// `i += 1`, at pc 90.
pub(crate) fn step(recorder: &mut Recorder) {
    at(recorder, 90);
    recorder.load(Slot(0));
    recorder.constant(int(1));
    recorder.uop(op::ADD_INT, &[]);
    recorder.store(Slot(0));
}
