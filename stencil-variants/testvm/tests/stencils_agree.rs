//! Every stencil does what its body does: each is run natively, under several register assignments, and compared with
//! `UopInfo::eval` in result, exit, memory, and in the registers it must leave alone.
//!
//! Outputs are given the register of an input wherever the stencil says they may be, inputs share registers when
//! their values are equal, and the slot of a result in memory is sometimes that of an input. So a wrong `late` flag, a
//! hole compared with zero, a lost addend or a misread branch is a failure here.

#[path = "support/machine.rs"]
mod machine;

use machine::{Body, GPRS, Left};
use sashiko_stencils::context::Context;
use sashiko_stencils::info::{Env, Outcome};
use sashiko_stencils::{Bank, HoleValue, OperandRole, Rep, Shape, Stencil, UopInfo, call};
use sashiko_testvm::layout::{Array, Pair, word_of_bool, word_of_float, word_of_int};
use sashiko_testvm::{TABLE, TestVm};

/// A small generator, so that a failure can be repeated.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn below(&mut self, n: usize) -> usize {
        (self.next() >> 16) as usize % n
    }

    fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[self.below(from.len())]
    }
}

const INTS: &[i64] = &[
    0,
    1,
    2,
    3,
    5,
    7,
    -1,
    -2,
    63,
    64,
    65,
    1 << 20,
    i64::MAX,
    i64::MIN,
    (1 << 47) - 1,
    1 << 47,
    -(1 << 47),
    -(1 << 47) - 1,
];
const FLOATS: &[f64] = &[
    0.0,
    -0.0,
    1.0,
    -1.5,
    2.0,
    3.25,
    1e300,
    -1e300,
    f64::INFINITY,
    f64::NEG_INFINITY,
    f64::NAN,
    1e-310,
];
const SMALL: &[i64] = &[
    0,
    1,
    -1,
    2,
    5,
    0x7fff_0000,
    -0x7fff_0000,
    1 << 20,
    3 << 20,
    -5,
];

/// A VM with two arrays and a pair, and its memory as numbers.
struct World {
    vm: TestVm,
    arrays: [u64; 2],
    pair: u64,
}

/// Elements of the world's arrays; dropping the last reference empties an array.
const LENGTHS: [usize; 2] = [6, 3];

impl World {
    fn new() -> World {
        let mut vm = TestVm::new();
        vm.fields.global = word_of_int(77);
        let arrays = LENGTHS.map(|length| vm.array(&vec![word_of_float(1.5); length]));
        let pair = vm.pair(word_of_int(1), word_of_int(2), 3);
        World { vm, arrays, pair }
    }

    fn pair(&self) -> *mut Pair {
        self.pair as usize as *mut Pair
    }

    fn array(&self, i: usize) -> *mut Array {
        self.arrays[i] as usize as *mut Array
    }

    fn memory(&self) -> Vec<u64> {
        let mut memory = vec![self.vm.fields.budget as u64, self.vm.fields.global];
        for i in 0..2 {
            memory.push(self.vm.array_of(self.arrays[i]).refcount);
            memory.extend(self.vm.items(self.arrays[i]));
        }
        // SAFETY: the VM keeps its pairs.
        unsafe {
            let pair = self.pair();
            memory.extend((0..2).map(|i| (*pair).array.data.add(i).read()));
            memory.push((*pair).tag as u64);
        }
        memory.push(self.vm.log.len() as u64);
        memory.extend(&self.vm.log);
        memory
    }

    /// Brings the memory into a state that depends on `seed` alone.
    fn reset(&mut self, seed: u64) {
        self.vm.fields.budget = (seed % 3) as i64 - 1;
        self.vm.fields.global = word_of_int((seed % 100) as i64);
        self.vm.log.clear();
        self.vm.dropped.clear();
        // SAFETY: the VM keeps its pairs.
        unsafe {
            let pair = self.pair();
            for i in 0..2 {
                (*pair)
                    .array
                    .data
                    .add(i)
                    .write(word_of_int((seed % 7) as i64));
            }
            (*pair).tag = SMALL[(seed % 4) as usize];
        }
        for (i, length) in LENGTHS.into_iter().enumerate() {
            let array = self.array(i);
            // SAFETY: the VM keeps its arrays.
            unsafe {
                (*array).refcount = 1 + seed % 2;
                (*array).len = length;
                for j in 0..(*array).len {
                    (*array)
                        .data
                        .add(j)
                        .write(word_of_int((seed % 5) as i64 + j as i64));
                }
            }
        }
    }

    /// Bits for an input. What a uop dereferences must be there; the names of its parameters tell.
    fn input(&self, random: &mut Random, name: &str, rep: Rep) -> u64 {
        match (name, rep) {
            ("array", _) => self.arrays[random.below(2)],
            ("pair", _) => self.pair,
            // SAFETY: the VM keeps its arrays.
            ("data", Rep::Ptr) => unsafe { (*self.array(0)).data as u64 },
            ("index", _) => random.below(8) as u64,
            (_, Rep::Word) => match random.below(5) {
                0 | 1 => word_of_int(random.pick(INTS) >> 16),
                2 => word_of_float(random.pick(FLOATS)),
                3 => random.pick(&[word_of_bool(true), word_of_bool(false), 2, 0]),
                _ => self.arrays[random.below(2)],
            },
            (_, Rep::Int) => random.pick(INTS) as u64,
            (_, Rep::Float) => random.pick(FLOATS).to_bits(),
            (_, Rep::Bool) => random.next() >> 9 & 1,
            (_, Rep::Ptr) => self.arrays[0],
        }
    }

    fn immediate(&self, random: &mut Random, uop: &UopInfo, i: usize) -> u64 {
        let immediate = uop.immediates[i];
        match immediate.name {
            "offset" => 8 * random.below(5) as u64,
            "index" if uop.inputs.iter().any(|input| input.name == "pair") => {
                random.below(2) as u64
            }
            "index" => random.pick(&[0_u64, 1, 2, 7]),
            "expected" => self.arrays[random.below(2)],
            "count" => random.pick(&[1_u64, 2]),
            _ if immediate.bits == 32 => random.pick(SMALL) as u64,
            _ => random.pick(INTS) as u64 ^ random.next() << random.below(64),
        }
    }
}

/// Are the outcomes equal, all NaNs being one?
fn same(rep: Option<Rep>, native: Outcome, expected: Outcome) -> bool {
    match (rep, native, expected) {
        (Some(Rep::Float), Outcome::Value(a), Outcome::Value(b)) => {
            a == b || f64::from_bits(a).is_nan() && f64::from_bits(b).is_nan()
        }
        _ => native == expected,
    }
}

/// One way to run a stencil.
struct Case<'a> {
    uop: &'static UopInfo,
    stencil: &'a Stencil,
    inputs: Vec<u64>,
    immediates: Vec<u64>,
    registers: Vec<u8>,
    /// Byte offset in the frame of each input, then of the result.
    slots: Vec<i64>,
}

impl<'a> Case<'a> {
    fn new(world: &World, random: &mut Random, stencil: &'a Stencil) -> Case<'a> {
        let uop = TABLE.info(stencil.uop);
        let mut inputs: Vec<u64> = uop
            .inputs
            .iter()
            .map(|input| world.input(random, input.name, input.rep))
            .collect();
        for (i, input) in inputs.iter_mut().enumerate() {
            if stencil.key.input(i) == Shape::Const {
                *input = random.pick(SMALL) as u64;
            }
        }
        // Equal inputs, now and then: they may share a register, and comparisons see them equal.
        if let [first, second, ..] = &mut inputs[..]
            && uop.inputs[0].rep == uop.inputs[1].rep
            && uop.inputs[1].name != "array"
            && stencil.key.input(1) != Shape::Const
            && random.below(4) == 0
        {
            *second = *first;
        }
        let immediates: Vec<u64> = (0..uop.immediates.len())
            .map(|i| world.immediate(random, uop, i))
            .collect();
        let mut slots: Vec<i64> = (0..=inputs.len() as i64)
            .map(|i| 8 * (i + 1) - 16)
            .collect();
        if random.below(3) == 0 && !inputs.is_empty() {
            slots[inputs.len()] = slots[random.below(inputs.len())];
        }
        let registers = registers(random, stencil, &inputs);
        Case {
            uop,
            stencil,
            inputs,
            immediates,
            registers,
            slots,
        }
    }

    fn hole(&self, value: HoleValue) -> i64 {
        match value {
            HoleValue::Input(i) if self.stencil.key.input(usize::from(i)) == Shape::Const => {
                self.inputs[usize::from(i)] as i64
            }
            HoleValue::Input(i) => self.slots[usize::from(i)],
            HoleValue::Output => self.slots[self.inputs.len()],
            HoleValue::Immediate(i) => self.immediates[usize::from(i)] as i64,
        }
    }

    fn check(&self, world: &mut World, seed: u64) {
        let mut frame = vec![0xaaaa_u64; 24];
        let base = &raw mut frame[8];
        let env = |world: &mut World| Env {
            vm: world.vm.as_ctx(),
            base,
        };
        for (i, input) in self.inputs.iter().enumerate() {
            if self.stencil.key.input(i) == Shape::Mem {
                frame[(8 + self.slots[i] / 8) as usize] = *input;
            }
        }
        let before = frame.clone();
        world.reset(seed);
        let mut context = Context::new(TABLE.pool, world.vm.as_ctx());
        for i in 0..16 {
            context.gprs[i] = 0x1111_0000_0000_0000 + i as u64;
            context.xmms[i] = 1000.0 + i as f64;
        }
        for (operand, register) in self.stencil.operands.iter().zip(&self.registers) {
            if let OperandRole::Input(i) = operand.role {
                let bits = self.inputs[usize::from(i)];
                match operand.bank {
                    Bank::Gpr => context.gprs[usize::from(*register)] = bits,
                    Bank::Xmm => context.xmms[usize::from(*register)] = f64::from_bits(bits),
                }
            }
        }
        let registers_before = (context.gprs, context.xmms.map(f64::to_bits));
        let body = Body::of_stencil(self.stencil, &self.registers, |value| self.hole(value));
        let left = body.run(&mut context, base);
        if left == Left::Slow {
            let slow = self
                .uop
                .slow
                .expect("only uops with a slow function are slow");
            // SAFETY: that is the signature of slow functions, and the input is what the uop was given.
            unsafe {
                let slow: extern "sysv64" fn(*mut u8, u64) = std::mem::transmute(slow());
                slow(world.vm.as_ctx(), self.inputs[0]);
            }
        }
        let native_memory = world.memory();
        let native_frame = frame.clone();
        let native = self.outcome(left, &context, &native_frame);
        self.check_registers(left, &registers_before, &context);
        if left == Left::Exit || self.stencil.key.result() == Shape::Reg && !self.uop.takes_base {
            assert_eq!(native_frame, before, "wrote the frame: {}", self.describe());
        }

        world.reset(seed);
        frame.clone_from(&before);
        // SAFETY: inputs are what the uop expects; the environment is there.
        let expected = unsafe { (self.uop.eval)(env(world), &self.inputs, &self.immediates) };
        assert!(
            same(self.uop.result.map(|result| result.rep), native, expected),
            "natively {native:x?}, by eval {expected:x?}: {}",
            self.describe()
        );
        assert_eq!(native_memory, world.memory(), "memory: {}", self.describe());
        assert_eq!(
            left == Left::Slow,
            !world.vm.dropped.is_empty(),
            "slow: {}",
            self.describe()
        );
    }

    fn outcome(&self, left: Left, context: &Context, frame: &[u64]) -> Outcome {
        if left == Left::Exit {
            return Outcome::Exit;
        }
        if self.uop.result.is_none() {
            return Outcome::Done;
        }
        if self.stencil.key.result() == Shape::Mem {
            return Outcome::Value(frame[(8 + self.slots[self.inputs.len()] / 8) as usize]);
        }
        let output = self
            .stencil
            .operands
            .iter()
            .position(|operand| operand.role == OperandRole::Output)
            .expect("a result in a register has an operand");
        let register = usize::from(self.registers[output]);
        Outcome::Value(match self.stencil.operands[output].bank {
            Bank::Gpr => context.gprs[register],
            Bank::Xmm => context.xmms[register].to_bits(),
        })
    }

    /// Only the output and temporaries may have changed.
    fn check_registers(&self, left: Left, before: &([u64; 16], [u64; 16]), context: &Context) {
        let may_change = |bank: Bank, register: u8| {
            self.stencil
                .operands
                .iter()
                .zip(&self.registers)
                .any(|(operand, r)| {
                    operand.bank == bank
                        && *r == register
                        && !matches!(operand.role, OperandRole::Input(_))
                })
        };
        for i in GPRS {
            if !may_change(Bank::Gpr, i) {
                let at = usize::from(i);
                assert_eq!(
                    context.gprs[at],
                    before.0[at],
                    "changed gpr {i} ({left:?}): {}",
                    self.describe()
                );
            }
        }
        for i in 0..16 {
            if !may_change(Bank::Xmm, i) {
                let at = usize::from(i);
                assert_eq!(
                    context.xmms[at].to_bits(),
                    before.1[at],
                    "changed xmm{i} ({left:?}): {}",
                    self.describe()
                );
            }
        }
    }

    fn describe(&self) -> String {
        let shapes: Vec<Shape> = (0..self.inputs.len())
            .map(|i| self.stencil.key.input(i))
            .collect();
        format!(
            "{} {shapes:?} -> {:?}, inputs {:x?}, immediates {:x?}, registers {:?} of {:?}",
            self.uop.name,
            self.stencil.key.result(),
            self.inputs,
            self.immediates,
            self.registers,
            self.stencil.operands
        )
    }
}

/// Registers for the operands: as close as the stencil allows.
fn registers(random: &mut Random, stencil: &Stencil, inputs: &[u64]) -> Vec<u8> {
    let mut free = [GPRS.to_vec(), (0..15).collect()];
    let mut registers: Vec<u8> = Vec::new();
    for (at, operand) in stencil.operands.iter().enumerate() {
        let mut shared = None;
        for (other, register) in stencil.operands[..at].iter().zip(&registers) {
            if other.bank != operand.bank {
                continue;
            }
            let may = match (other.role, operand.role) {
                (OperandRole::Input(_), OperandRole::Output) => !other.late,
                (OperandRole::Input(a), OperandRole::Input(b)) => {
                    inputs[usize::from(a)] == inputs[usize::from(b)]
                }
                _ => false,
            };
            // An input that shares its register with a late one is late itself.
            let is_late = |r: u8| {
                stencil.operands[..at]
                    .iter()
                    .zip(&registers)
                    .any(|(o, s)| *s == r && o.bank == operand.bank && o.late)
            };
            let output = operand.role == OperandRole::Output;
            if may && random.below(2) == 0 && !(output && is_late(*register)) {
                shared = Some(*register);
            }
        }
        let free = &mut free[usize::from(operand.bank == Bank::Xmm)];
        registers.push(shared.unwrap_or_else(|| {
            let i = random.below(free.len());
            free.swap_remove(i)
        }));
    }
    registers
}

#[test]
fn stencils_do_what_their_bodies_do() {
    let mut world = World::new();
    let mut random = Random(0x9e37_79b9_7f4a_7c15);
    for stencil in TABLE.stencils {
        for _ in 0..40 {
            let case = Case::new(&world, &mut random, stencil);
            eprintln!("{}", case.describe());
            case.check(&mut world, random.next());
        }
    }
}

#[test]
fn calls_do_what_their_functions_do() {
    let mut world = World::new();
    let mut random = Random(0x2545_f491_4f6c_dd1d);
    for uop in TABLE.uops {
        let Some(info) = uop.call else { continue };
        if uop.fields.alloc {
            // A new object each time: neither the same word nor words to be made of numbers. The filetests run these.
            continue;
        }
        for _ in 0..60 {
            let inputs: Vec<u64> = uop
                .inputs
                .iter()
                .map(|input| world.input(&mut random, input.name, input.rep))
                .collect();
            let immediates: Vec<u64> = (0..uop.immediates.len())
                .map(|i| world.immediate(&mut random, uop, i))
                .collect();
            let seed = random.next();
            world.reset(seed);
            let mut context = Context::new(TABLE.pool, world.vm.as_ctx());
            context.gprs = [0x5555; 16];
            let values = inputs.iter().chain(&immediates);
            for ((bank, register), value) in uop.call_arguments().zip(values) {
                match bank {
                    Bank::Gpr => context.gprs[usize::from(register)] = *value,
                    Bank::Xmm => context.xmms[usize::from(register)] = f64::from_bits(*value),
                }
            }
            let form = call::form(uop.result.map(|result| result.rep.bank()), uop.exits);
            let left =
                Body::of_call(form, (info.address)()).run(&mut context, std::ptr::null_mut());
            for register in call::PRESERVED_GPRS {
                assert_eq!(context.gprs[usize::from(register)], 0x5555, "{}", uop.name);
            }
            let native = match (left, uop.call_result()) {
                (Left::Exit, _) => Outcome::Exit,
                (_, None) => Outcome::Done,
                (_, Some((Bank::Gpr, register))) => {
                    Outcome::Value(context.gprs[usize::from(register)])
                }
                (_, Some((Bank::Xmm, register))) => {
                    Outcome::Value(context.xmms[usize::from(register)].to_bits())
                }
            };
            let memory = world.memory();
            world.reset(seed);
            let env = Env {
                vm: world.vm.as_ctx(),
                base: std::ptr::null_mut(),
            };
            // SAFETY: inputs are what the uop expects.
            let expected = unsafe { (uop.eval)(env, &inputs, &immediates) };
            assert!(
                same(uop.result.map(|result| result.rep), native, expected),
                "{} of {inputs:x?} {immediates:x?}: natively {native:x?}, by eval {expected:x?}",
                uop.name
            );
            assert_eq!(memory, world.memory(), "{}", uop.name);
        }
    }
}
