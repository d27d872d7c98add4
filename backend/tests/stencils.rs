//! Every stencil of the test VM, in every shape, runs natively and must do what `eval` says: the same result or exit, the same
//! effects, and no register changed that it does not own.

mod common;

use bumpalo::Bump;
use common::Rng;
use sashiko_backend::arena::Arena;
use sashiko_backend::emit::{self, Emitter, Site};
use sashiko_backend::exits::{self, Thunks};
use sashiko_backend::moves::FrameLayout;
use sashiko_regalloc::plan::{Call, ExitPlan, GPRS, InstIndex, Loc, Plan, Step, Stitch, XMMS};
use sashiko_stencils::context::Context;
use sashiko_stencils::info::{Env, Outcome};
use sashiko_stencils::uop::{Aliases, Kinds};
use sashiko_stencils::{Bank, OperandRole, Rep, Role, Shape, Stencil, StencilId, UopId, UopInfo};
use sashiko_testvm::layout::{FALSE, NIL, TRUE, VmFields, word_of_float, word_of_int};
use sashiko_testvm::{TABLE, TestVm};
use sashiko_trace::ir::{End, Inst, Op, Origin, Resume, Slot, SnapshotId, Trace};

/// Slots: inputs, inputs that the stencil reads itself, the result.
const INPUTS: i32 = 0;
const MEMORY: i32 = 8;
const RESULT: i32 = 16;
const SLOTS: usize = 17;
const POISON: u64 = 0xdead_beef_dead_beef;

struct Machine {
    arena: Arena,
    thunk_base: usize,
    thunks: Thunks,
    context: Box<Context>,
}

impl Machine {
    fn new() -> Machine {
        let mut arena = Arena::new(1 << 20).unwrap();
        let mut code = Vec::new();
        let slow = TABLE.uops.iter().map(|uop| uop.slow.map(|slow| slow()));
        let thunks = Thunks::write(&mut code, slow);
        let mut placement = arena.reserve(code.len() as u32, 0).unwrap();
        arena.publish(&mut placement, &code, &[], &[]).unwrap();
        Machine {
            thunk_base: arena.address(placement.hot.start),
            arena,
            thunks,
            context: Box::new(Context::new(TABLE.pool, std::ptr::null_mut())),
        }
    }

    /// Stitches `plan` and runs it on `frame` once for each setting `prepare` makes.
    fn run(
        &mut self,
        trace: &Trace<'_>,
        plan: &Plan,
        mut each: impl FnMut(&mut dyn FnMut(&mut [u64; SLOTS], &mut TestVm) -> Context),
    ) {
        let (hot, cold) = emit::bounds(trace, plan, false);
        let mut placement = self.arena.reserve(hot, cold).unwrap();
        let site = Site {
            hot: self.arena.address(placement.hot.start),
            cold: self.arena.address(placement.cold.start),
            leave: self.thunk_base + self.thunks.leave as usize,
            back: self.thunk_base + self.thunks.back as usize,
            slow: (self.thunk_base, &self.thunks.slow),
            says_top: false,
            first_exit: 0,
            target: None,
            layout: FrameLayout {
                extent: SLOTS as i32,
            },
            parent_layout: None,
        };
        let mut emitter = Emitter::default();
        emitter.emit(trace, plan, &site).unwrap();
        self.arena
            .publish(&mut placement, &emitter.hot, &emitter.cold, &[])
            .unwrap();
        let context = &mut *self.context;
        each(&mut |frame, vm| {
            context.vm = vm.as_ctx();
            // SAFETY: the code is one stencil and an exit; `vm` and `frame` are as the uop wants them.
            unsafe { exits::enter(site.hot, frame.as_mut_ptr(), context) };
            // SAFETY: a context is plain data.
            unsafe { std::ptr::read(context) }
        });
        self.arena.free(placement);
    }
}

/// A VM with the same contents each time.
/// Which of the arrays is a pair.
const PAIR: usize = 3;

fn world() -> (TestVm, [u64; 4]) {
    let mut vm = TestVm::new();
    let arrays = [
        vm.array(&[word_of_int(4), word_of_float(2.5), NIL, TRUE]),
        vm.array(&[]),
        vm.array(&[word_of_int(-1)]),
        vm.pair(word_of_int(6), NIL, 1),
    ];
    vm.fields = VmFields {
        budget: 1,
        global: word_of_int(77),
    };
    (vm, arrays)
}

/// What a uop can have changed, pointers to arrays written as their numbers.
fn observe(vm: &TestVm, arrays: &[u64; 4]) -> Vec<u64> {
    let number = |word: u64| {
        let known = arrays.iter().position(|array| *array == word);
        known.map_or(word, |number| 1000 + number as u64)
    };
    let mut seen = vec![vm.fields.budget as u64, number(vm.fields.global)];
    seen.extend(vm.log.iter().map(|word| number(*word)));
    seen.push(POISON);
    seen.extend(vm.dropped.iter().map(|word| number(*word)));
    let tag = |word: u64| vm.pair_of(word).map(|pair| pair.tag as u64);
    seen.extend(arrays.iter().filter_map(|word| tag(*word)));
    for array in arrays {
        seen.push(vm.array_of(*array).refcount);
        seen.extend(vm.items(*array).into_iter().map(number));
    }
    seen
}

/// An input as a recipe, since addresses differ from world to world.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Sample {
    Bits(u64),
    Array(usize),
    Data(usize),
}

impl Sample {
    fn bits(self, vm: &TestVm, arrays: &[u64; 4]) -> u64 {
        match self {
            Sample::Bits(bits) => bits,
            Sample::Array(n) => arrays[n],
            Sample::Data(n) => vm.array_of(arrays[n]).data as u64,
        }
    }
}

/// Does the uop follow pointers? Then only pointers are handed to it.
fn follows(info: &UopInfo) -> bool {
    let reads = info.effects.reads != Aliases::NONE || info.role == Role::Effect;
    // Of two uops that count, one asks what it was given.
    let asks = info.effects.counts != 0 && info.unchecked.is_some();
    reads && !info.takes_env && !asks
}

fn samples(info: &UopInfo, input: usize, rng: &mut Rng) -> Sample {
    let ints = [
        0,
        1,
        -1,
        2,
        3,
        -7,
        1 << 47,
        (1 << 47) - 1,
        -(1 << 47),
        i64::MAX,
        i64::MIN,
        i64::from(i32::MAX),
        i64::from(i32::MIN),
        63,
        64,
    ];
    let floats = [
        0.0,
        -0.0,
        1.0,
        -1.5,
        0.1,
        1e300,
        -1e300,
        f64::INFINITY,
        f64::NEG_INFINITY,
        f64::NAN,
        f64::MIN_POSITIVE,
        4.9e15,
    ];
    let words = [
        NIL,
        TRUE,
        FALSE,
        word_of_int(5),
        word_of_int(-(1 << 47)),
        word_of_int((1 << 47) - 1),
        word_of_float(0.5),
        word_of_float(-2.0),
        word_of_float(f64::NAN),
    ];
    match info.inputs[input].rep {
        Rep::Int => Sample::Bits(*rng.pick(&ints) as u64),
        Rep::Float => Sample::Bits(rng.pick(&floats).to_bits()),
        Rep::Bool => Sample::Bits(rng.next() & 1),
        Rep::Ptr => Sample::Data(0),
        Rep::Word if !info.fields.is_none() && input == 0 => Sample::Array(PAIR),
        Rep::Word if follows(info) && input == 0 => Sample::Array(rng.below(3)),
        Rep::Word if rng.below(4) == 0 => Sample::Array(rng.below(3)),
        Rep::Word => Sample::Bits(*rng.pick(&words)),
    }
}

fn immediates(info: &UopInfo, rng: &mut Rng) -> Vec<u64> {
    let one = |bits: u8| match (bits, info.role) {
        // Offsets and indices: within what the pointers above point to.
        (32, _) if info.fields.gets.is_some() => rng.below(2) as u64,
        (32, Role::Effect) => *rng.pick(&[0, 8, 16]),
        (32, _) => *rng.pick(&[0, 1, -1i64 as u64, i64::from(i32::MIN) as u64, 1000]),
        _ => *rng.pick(&[0, 1, word_of_int(5), u64::MAX, 0x1234_5678_9abc_def0]),
    };
    let bits: Vec<u8> = info.immediates.iter().map(|i| i.bits).collect();
    bits.into_iter().map(one).collect()
}

/// A trace of one instruction.
fn single<'a>(bump: &'a Bump, uop: UopId, immediates: &[u64]) -> Trace<'a> {
    let info = TABLE.info(uop);
    let start = Resume {
        origin: Origin::default(),
        frame: Slot(0),
        top: Slot(SLOTS as i32),
    };
    let mut trace = Trace::new(bump, &TABLE, &[], start, End::Leave);
    let args: Vec<_> = info
        .inputs
        .iter()
        .map(|input| trace.new_value(input.rep, Kinds::ANY))
        .collect();
    let result = info
        .result
        .map(|result| trace.new_value(result.rep, Kinds::ANY));
    trace.body.push(Inst {
        op: Op::Uop(uop),
        args: bump.alloc_slice_copy(&args),
        immediates: bump.alloc_slice_copy(immediates),
        result,
        snapshot: info.exits.then_some(SnapshotId(0)),
        origin: Origin::default(),
        by: None,
    });
    trace
}

fn exits_of(info: &UopInfo) -> Vec<ExitPlan> {
    let exit = |inst| ExitPlan {
        inst,
        snapshot: SnapshotId(0),
        locs: 0..0,
    };
    let mut exits = Vec::new();
    if info.exits {
        exits.push(exit(Some(InstIndex(0))));
    }
    exits.push(exit(None));
    exits
}

fn load(input: usize, to: Loc) -> Step {
    Step::Move {
        from: Loc::Slot(Slot(INPUTS + input as i32)),
        to,
    }
}

/// Registers for the operands of a stencil, chosen at random within the rules.
fn stitch(id: StencilId, stencil: &Stencil, inputs: &[u64], rng: &mut Rng) -> Stitch {
    let mut gprs: Vec<u8> = GPRS.to_vec();
    let mut xmms: Vec<u8> = XMMS.to_vec();
    rng.shuffle(&mut gprs);
    rng.shuffle(&mut xmms);
    let mut take = |bank| match bank {
        Bank::Gpr => Loc::Gpr(gprs.pop().unwrap()),
        Bank::Xmm => Loc::Xmm(xmms.pop().unwrap()),
    };
    let mut places: Vec<Loc> = (0..inputs.len())
        .map(|i| match stencil.key.input(i) {
            Shape::Mem => Loc::Slot(Slot(MEMORY + i as i32)),
            Shape::Const => Loc::Const(inputs[i]),
            Shape::Reg => Loc::Const(POISON),
        })
        .collect();
    let (mut output, mut temps, mut early) = (None, Vec::new(), Vec::new());
    for operand in stencil.operands {
        match operand.role {
            OperandRole::Input(i) => {
                let place = take(operand.bank);
                places[usize::from(i)] = place;
                if !operand.late {
                    early.push((operand.bank, place));
                }
            }
            OperandRole::Output => {
                let shared = early.iter().find(|(bank, _)| *bank == operand.bank);
                output = Some(match shared {
                    Some((_, place)) if rng.below(2) == 0 => *place,
                    _ => take(operand.bank),
                });
            }
            OperandRole::Temp => temps.push(match take(operand.bank) {
                Loc::Gpr(n) | Loc::Xmm(n) => n,
                _ => unreachable!(),
            }),
        }
    }
    if stencil.key.result() == Shape::Mem {
        output = Some(Loc::Slot(Slot(RESULT)));
    }
    Stitch {
        inst: InstIndex(0),
        stencil: id,
        inputs: places.into(),
        output,
        temps: temps.into(),
    }
}

/// A register input that the stencil never mentions has no place; give it none to load.
fn loads(inputs: &[Loc]) -> Vec<Step> {
    let wanted = |loc: &Loc| loc.is_memory() || loc.is_reg();
    let inputs = inputs.iter().enumerate();
    inputs
        .filter(|(_, loc)| wanted(loc))
        .map(|(i, loc)| load(i, *loc))
        .collect()
}

/// Runs one plan on several inputs and compares with `eval`.
fn compare(
    machine: &mut Machine,
    uop: UopId,
    plan: &Plan,
    immediates: &[u64],
    cases: &[Vec<Sample>],
    kept: &[(usize, Loc)],
    what: &str,
) {
    let info = TABLE.info(uop);
    let bump = Bump::new();
    let trace = single(&bump, uop, immediates);
    machine.run(&trace, plan, |native| {
        for case in cases {
            let (mut vm, arrays) = world();
            let mut frame = [POISON; SLOTS];
            for (i, sample) in case.iter().enumerate() {
                frame[i] = sample.bits(&vm, &arrays);
            }
            let inputs = frame[..case.len()].to_vec();
            let given = frame;
            let context = native(&mut frame, &mut vm);
            let left = context.exit as usize + 1 != plan.exits.len();

            let (mut other, theirs) = world();
            let bits: Vec<u64> = case.iter().map(|s| s.bits(&other, &theirs)).collect();
            let mut other_frame = given;
            let env = Env {
                vm: other.as_ctx(),
                base: other_frame.as_mut_ptr(),
            };
            // SAFETY: the inputs are what the uop expects: pointers where it follows them.
            let outcome = unsafe { (info.eval)(env, &bits, immediates) };
            let context_text = format!("{what}, inputs {case:x?}, immediates {immediates:x?}");
            assert_eq!(left, outcome == Outcome::Exit, "exit of {context_text}");
            assert_eq!(
                observe(&vm, &arrays),
                observe(&other, &theirs),
                "effects of {context_text}"
            );
            if let (false, Outcome::Value(want)) = (left, outcome) {
                let got = frame[RESULT as usize];
                let same = match info.result.unwrap().rep {
                    Rep::Float => {
                        let (got, want) = (f64::from_bits(got), f64::from_bits(want));
                        got.to_bits() == want.to_bits() || got.is_nan() && want.is_nan()
                    }
                    // Pointers into the other world.
                    Rep::Ptr => got == vm.array_of(inputs[0]).data as u64,
                    _ => got == want || theirs.contains(&want) && arrays.contains(&got),
                };
                assert!(same, "result of {context_text}: {got:#x}, not {want:#x}");
            }
            for (input, place) in kept {
                let now = match place {
                    Loc::Gpr(n) => context.gprs[usize::from(*n)],
                    Loc::Xmm(n) => context.xmms[usize::from(*n)].to_bits(),
                    _ => continue,
                };
                assert_eq!(now, inputs[*input], "input {input} of {context_text}");
            }
        }
    });
}

#[test]
fn every_stencil_in_every_shape_does_what_eval_says() {
    let mut machine = Machine::new();
    let mut rng = Rng::new(1);
    let mut shapes = 0;
    for (id, stencil) in TABLE.stencils.iter().enumerate() {
        let info = TABLE.info(stencil.uop);
        for _ in 0..4 {
            let immediates = immediates(info, &mut rng);
            let mut cases: Vec<Vec<Sample>> = Vec::new();
            for _ in 0..24 {
                let case = (0..info.inputs.len()).map(|i| samples(info, i, &mut rng));
                cases.push(case.collect());
            }
            // A constant input is part of the code: the same in all cases, and of 32 bits.
            let fixed: Vec<u64> = (0..info.inputs.len())
                .map(|_| {
                    *rng.pick(&[0i64, 1, -1, 7, i64::from(i32::MIN), i64::from(i32::MAX)]) as u64
                })
                .collect();
            for case in &mut cases {
                for (i, sample) in case.iter_mut().enumerate() {
                    if stencil.key.input(i) == Shape::Const {
                        *sample = Sample::Bits(fixed[i]);
                    }
                }
            }
            let stitch = stitch(StencilId(id as u16), stencil, &fixed, &mut rng);
            let output = stitch.output;
            let kept: Vec<_> = stitch.inputs.iter().copied().enumerate().collect();
            let kept: Vec<_> = kept
                .into_iter()
                .filter(|(_, place)| Some(*place) != output)
                .collect();
            let mut body = loads(&stitch.inputs);
            body.push(Step::Stitch(stitch));
            body.extend(output.map(|from| Step::Move {
                from,
                to: Loc::Slot(Slot(RESULT)),
            }));
            let plan = Plan {
                body,
                exits: exits_of(info),
                ..Plan::default()
            };
            let what = format!("`{}` {:?}", info.name, stencil.key);
            compare(
                &mut machine,
                stencil.uop,
                &plan,
                &immediates,
                &cases,
                &kept,
                &what,
            );
        }
        shapes += 1;
    }
    assert!(shapes > 150, "only {shapes} stencils");
}

#[test]
fn every_called_uop_does_what_eval_says() {
    let mut machine = Machine::new();
    let mut rng = Rng::new(2);
    let mut calls = 0;
    for (number, info) in TABLE.uops.iter().enumerate() {
        // A new object is another one each time.
        if info.call.is_none() || info.fields.alloc {
            continue;
        }
        for _ in 0..8 {
            let immediates = immediates(info, &mut rng);
            let cases: Vec<Vec<Sample>> = (0..24)
                .map(|_| {
                    (0..info.inputs.len())
                        .map(|i| samples(info, i, &mut rng))
                        .collect()
                })
                .collect();
            let arguments: Vec<_> = info.call_arguments().collect();
            let mut body: Vec<Step> = arguments
                .iter()
                .zip(info.inputs)
                .enumerate()
                .map(|(i, ((bank, register), _))| load(i, Loc::reg(*bank, *register)))
                .collect();
            for ((bank, register), immediate) in
                arguments[info.inputs.len()..].iter().zip(&immediates)
            {
                body.push(Step::Move {
                    from: Loc::Const(*immediate),
                    to: Loc::reg(*bank, *register),
                });
            }
            body.push(Step::Call(Call { inst: InstIndex(0) }));
            body.extend(info.call_result().map(|(bank, register)| Step::Move {
                from: Loc::reg(bank, register),
                to: Loc::Slot(Slot(RESULT)),
            }));
            let plan = Plan {
                body,
                exits: exits_of(info),
                ..Plan::default()
            };
            let what = format!("call of `{}`", info.name);
            compare(
                &mut machine,
                UopId(number as u16),
                &plan,
                &immediates,
                &cases,
                &[],
                &what,
            );
        }
        calls += 1;
    }
    assert!(calls >= 5, "only {calls} called uops");
}
