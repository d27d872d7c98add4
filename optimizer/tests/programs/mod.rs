//! Random programs of the test VM, recorded as a VM would record them: reference counts and all.
//!
//! The generator keeps track of what kind of value is where, so that a recording makes sense: it runs through to the
//! end on the inputs it was "recorded" with, and leaves early on others.

use std::fmt::Write as _;

use sashiko_stencils::Rep;
use sashiko_stencils::UopTable;
use sashiko_stencils::info::Env;
use sashiko_testvm::layout::{self, is_pointer, word_of_bool, word_of_float, word_of_int};
use sashiko_testvm::{TABLE, TestVm, op};
use sashiko_trace::exit::Rebuild;
use sashiko_trace::generate::Random;
use sashiko_trace::ir::{End, ExitId, Origin, Resume, Slot, TraceId};
use sashiko_trace::recorded::{Recorded, Recorder};

/// Local variables: slots 0.. of the frame. Slot 0 counts rounds.
pub(crate) const LOCALS: i32 = 7;
/// Slots of the frame, operand stack included, with room to spare.
pub(crate) const SLOTS: usize = 48;
/// Arrays of ints that locals hold: local `4 + i` owns array `i`. The last local owns the outer array.
const ARRAYS: usize = 2;
/// Arrays that the outer array owns.
const INNER: usize = 3;
const ROUNDS: i64 = 5;

/// What the generator knows of a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Int,
    Float,
    Bool,
    /// An array of ints.
    Array,
    /// An array of arrays of ints, which it owns.
    Outer,
    /// A pair of elements of these kinds.
    Pair(Element, Element),
}

/// What a pair may hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Element {
    Int,
    Float,
    Array,
    /// A pair of ints.
    Ints,
}

impl Element {
    fn of(kind: Kind) -> Option<Element> {
        match kind {
            Kind::Int => Some(Element::Int),
            Kind::Float => Some(Element::Float),
            Kind::Array => Some(Element::Array),
            Kind::Pair(Element::Int, Element::Int) => Some(Element::Ints),
            Kind::Bool | Kind::Outer | Kind::Pair(..) => None,
        }
    }

    fn kind(self) -> Kind {
        match self {
            Element::Int => Kind::Int,
            Element::Float => Kind::Float,
            Element::Array => Kind::Array,
            Element::Ints => Kind::Pair(Element::Int, Element::Int),
        }
    }
}

/// A recording, and what it was recorded with.
pub(crate) struct Program {
    pub(crate) recorded: Recorded,
    pub(crate) locals: Vec<Kind>,
    /// By instruction: what locals and stack hold where it begins.
    states: Vec<(Vec<Kind>, Vec<Kind>)>,
}

struct Generator {
    random: Random,
    recorder: Recorder,
    locals: Vec<Kind>,
    stack: Vec<Kind>,
    pc: u32,
    code: u32,
    states: Vec<(Vec<Kind>, Vec<Kind>)>,
}

/// The program of `seed`, of about `length` VM instructions.
pub(crate) fn program(seed: u64, length: usize) -> Program {
    let mut random = Random::new(seed);
    let mut locals = vec![Kind::Int];
    for _ in 1..4 {
        locals.push(match random.below(4) {
            0 | 1 => Kind::Int,
            2 => Kind::Float,
            _ => Kind::Bool,
        });
    }
    locals.extend([Kind::Array; ARRAYS]);
    locals.push(Kind::Outer);
    let start = Resume {
        origin: Origin::default(),
        frame: Slot(0),
        top: Slot(LOCALS),
    };
    let mut recorder = Recorder::new(&TABLE, start, None);
    let code = recorder.code("fuzz");
    let is_loop = !random.one_in(3);
    let mut generator = Generator {
        random,
        recorder,
        locals: locals.clone(),
        stack: Vec::new(),
        pc: 0,
        code,
        states: Vec::new(),
    };
    for _ in 0..length {
        generator.any();
    }
    while !generator.stack.is_empty() {
        generator.pop();
    }
    let end = if is_loop {
        // What a local holds at the end must be what it held at the beginning, or the loop is left by a guard.
        generator.count_round();
        End::Loop
    } else if generator.random.one_in(2) {
        generator.instruction();
        End::Leave
    } else {
        generator.instruction();
        End::Jump(TraceId(1))
    };
    Program {
        recorded: generator.recorder.finish(end),
        locals,
        states: generator.states,
    }
}

/// A recording that goes on from `exit` of a trace of `program`, which is a loop, where the VM would resume at `start`, and
/// comes back to the loop. It counts as a round.
pub(crate) fn returning_program(
    program: &Program,
    start: Resume,
    exit: ExitId,
    seed: u64,
    length: usize,
) -> Recorded {
    let mut generator = Generator::from_exit(program, start, exit, seed);
    for _ in 0..length {
        generator.any();
    }
    while !generator.stack.is_empty() {
        generator.pop();
    }
    generator.count_round();
    // Where it comes back to.
    generator
        .recorder
        .instruction(program.recorded.start.origin);
    generator.recorder.finish(End::Jump(exit.trace))
}

/// A recording that goes on from `exit` of a trace of `program`, where the VM would resume at `start`.
pub(crate) fn side_program(
    program: &Program,
    start: Resume,
    exit: ExitId,
    seed: u64,
    length: usize,
) -> Recorded {
    let mut generator = Generator::from_exit(program, start, exit, seed);
    for _ in 0..length {
        generator.any();
    }
    let jumps = generator.random.one_in(2);
    if jumps {
        while !generator.stack.is_empty() {
            generator.pop();
        }
    }
    generator.instruction();
    let end = if jumps {
        End::Jump(TraceId(0))
    } else {
        End::Leave
    };
    generator.recorder.finish(end)
}

impl Generator {
    fn from_exit(program: &Program, start: Resume, exit: ExitId, seed: u64) -> Generator {
        let mut recorder = Recorder::new(&TABLE, start, Some(exit));
        let code = recorder.code("fuzz");
        let (locals, stack) = program.states[start.origin.pc as usize].clone();
        assert_eq!(LOCALS + stack.len() as i32, start.top.0);
        Generator {
            random: Random::new(seed),
            recorder,
            locals,
            stack,
            pc: start.origin.pc,
            code,
            states: program.states[..start.origin.pc as usize].to_vec(),
        }
    }

    fn instruction(&mut self) {
        self.states.push((self.locals.clone(), self.stack.clone()));
        self.recorder.instruction(Origin {
            code: self.code,
            pc: self.pc,
            line: self.pc / 3,
        });
        self.pc += 1;
    }

    fn top(&self, depth: usize) -> Option<Kind> {
        self.stack
            .len()
            .checked_sub(depth + 1)
            .map(|i| self.stack[i])
    }

    fn any(&mut self) {
        match (self.random.below(20), self.top(0), self.top(1)) {
            (8 | 16, Some(Kind::Pair(a, b)), _) => self.pair_get(a, b),
            (17, Some(Kind::Pair(..)), _) => self.pair_tag(),
            (9 | 18, Some(Kind::Pair(a, b)), Some(value)) => self.pair_swap(a, b, value),
            (12 | 16..=19, Some(b), Some(a)) => self.pair_new(a, b),
            (0, Some(_), _) => self.pop(),
            (1 | 2, Some(_), _) => self.store(),
            (3 | 4, Some(Kind::Int), Some(Kind::Int)) => self.arithmetic(op::ADD_INT, Kind::Int),
            (5, Some(Kind::Int), Some(Kind::Int)) => self.arithmetic(op::SUB_INT, Kind::Int),
            (3 | 4, Some(Kind::Float), Some(Kind::Float)) => {
                self.arithmetic(op::ADD_FLOAT, Kind::Float);
            }
            (5, Some(Kind::Float), Some(Kind::Float)) => {
                self.arithmetic(op::MUL_FLOAT, Kind::Float);
            }
            (6, Some(Kind::Int), Some(Kind::Int)) => self.arithmetic(op::LT_INT, Kind::Bool),
            (6, Some(Kind::Bool), _) => self.test(),
            (7, Some(Kind::Array | Kind::Outer), _) => self.array_len(),
            (7..=10, Some(Kind::Array | Kind::Outer), _) => self.index(),
            (7 | 8, Some(Kind::Int), Some(Kind::Array)) => self.array_load(Kind::Int),
            (7 | 8, Some(Kind::Int), Some(Kind::Outer)) => self.array_load(Kind::Array),
            (9 | 10, Some(Kind::Int), Some(Kind::Array)) if self.top(2) == Some(Kind::Int) => {
                self.array_store();
            }
            (9 | 10, Some(Kind::Int), Some(Kind::Outer)) if self.top(2) == Some(Kind::Array) => {
                self.array_store();
            }
            (11, Some(_), Some(_)) => self.swap(),
            (12, _, _) => self.constant(),
            (13, Some(_), _) => self.log(),
            (14, _, _) if self.random.one_in(6) => self.frame_load(),
            (14, _, _) if self.random.one_in(3) && self.stack.len() < 10 => self.churn(),
            (15, Some(_), _) => self.copy(),
            _ if self.stack.len() < 12 => self.load(),
            _ => self.pop(),
        }
    }

    /// Pushes a local, and a reference to it.
    fn load(&mut self) {
        let local = self.random.below(self.locals.len());
        self.load_local(local);
    }

    fn load_local(&mut self, local: usize) {
        self.instruction();
        self.recorder.load(Slot(local as i32));
        self.recorder.peek(op::INCREF, &[0], &[]);
        self.stack.push(self.locals[local]);
    }

    fn copy(&mut self) {
        self.instruction();
        self.recorder.copy(0);
        self.recorder.peek(op::INCREF, &[0], &[]);
        self.stack.extend(self.top(0));
    }

    fn constant(&mut self) {
        self.instruction();
        let (word, kind) = match self.random.below(3) {
            0 => (
                word_of_float(self.random.below(9) as f64 / 4.0),
                Kind::Float,
            ),
            1 => (word_of_bool(self.random.one_in(2)), Kind::Bool),
            _ => (word_of_int(self.random.below(4) as i64), Kind::Int),
        };
        self.recorder.constant(word);
        self.stack.push(kind);
    }

    /// Pushes an index, as a constant.
    fn index(&mut self) {
        self.instruction();
        let index = self.random.below(2) as i64;
        self.recorder.constant(word_of_int(index));
        self.stack.push(Kind::Int);
    }

    /// Takes an array out of the outer one, puts another in its place, and uses the first: only the stack holds it now.
    fn churn(&mut self) {
        let outer = self.locals.iter().position(|kind| *kind == Kind::Outer);
        let array = self.locals.iter().position(|kind| *kind == Kind::Array);
        let (Some(outer), Some(array)) = (outer, array) else {
            return;
        };
        self.load_local(outer);
        self.index();
        self.array_load(Kind::Array);
        if self.random.one_in(2) {
            self.copy();
            self.swap();
            self.log();
        }
        self.load_local(array);
        self.load_local(outer);
        self.index();
        self.array_store();
        if self.random.one_in(2) {
            self.array_len();
        } else {
            self.index();
            self.array_load(Kind::Int);
        }
    }

    /// Pops into a local and drops what it held.
    fn store(&mut self) {
        self.instruction();
        let local = 1 + self.random.below(self.locals.len() - 1);
        self.recorder.load(Slot(local as i32));
        self.recorder.swap(1);
        self.recorder.store(Slot(local as i32));
        self.recorder.uop(op::DECREF, &[]);
        self.locals[local] = self.stack.pop().unwrap();
    }

    fn pop(&mut self) {
        self.instruction();
        self.recorder.uop(op::DECREF, &[]);
        self.stack.pop();
    }

    fn swap(&mut self) {
        self.instruction();
        self.recorder.swap(1);
        let top = self.stack.len();
        self.stack.swap(top - 1, top - 2);
    }

    fn arithmetic(&mut self, uop: sashiko_stencils::UopId, result: Kind) {
        self.instruction();
        self.recorder.uop(uop, &[]);
        self.stack.truncate(self.stack.len() - 2);
        self.stack.push(result);
    }

    /// Goes on only if the truth value on top is the one it "was".
    fn test(&mut self) {
        self.instruction();
        self.recorder.peek(op::UNBOX_BOOL, &[0], &[]);
        let guard = if self.random.one_in(2) {
            op::GUARD_TRUE
        } else {
            op::GUARD_FALSE
        };
        self.recorder.uop(guard, &[]);
        self.recorder.drop_top();
        self.stack.pop();
    }

    fn array_len(&mut self) {
        self.instruction();
        self.recorder.peek(op::GUARD_ARRAY, &[0], &[]);
        self.recorder.peek(op::ARRAY_LEN, &[0], &[]);
        self.recorder.uop(op::BOX_INT, &[]);
        self.recorder.swap(1);
        self.recorder.uop(op::DECREF, &[]);
        self.stack.pop();
        self.stack.push(Kind::Int);
    }

    fn array_load(&mut self, element: Kind) {
        self.instruction();
        self.recorder.peek(op::GUARD_ARRAY, &[1], &[]);
        self.recorder.peek(op::UNBOX_INT, &[0], &[]);
        self.recorder.peek(op::ARRAY_LOAD, &[2, 0], &[]);
        self.recorder.peek(op::INCREF, &[0], &[]);
        self.recorder.nip(2);
        self.recorder.swap(1);
        self.recorder.uop(op::DECREF, &[]);
        self.stack.truncate(self.stack.len() - 2);
        self.stack.push(element);
    }

    fn array_store(&mut self) {
        self.instruction();
        self.recorder.peek(op::GUARD_ARRAY, &[1], &[]);
        self.recorder.peek(op::UNBOX_INT, &[0], &[]);
        self.recorder.peek(op::ARRAY_LOAD, &[2, 0], &[]);
        // value, array, index, raw index, old
        self.recorder.peek(op::ARRAY_STORE, &[3, 1, 4], &[]);
        self.recorder.uop(op::DECREF, &[]);
        self.recorder.drop_top();
        self.recorder.drop_top();
        self.recorder.uop(op::DECREF, &[]);
        self.recorder.drop_top();
        self.stack.truncate(self.stack.len() - 3);
    }

    /// Two elements become a pair.
    fn pair_new(&mut self, a: Kind, b: Kind) {
        let (Some(a), Some(b)) = (Element::of(a), Element::of(b)) else {
            return self.load();
        };
        self.instruction();
        let tag = self.random.below(3) as u64;
        self.recorder.peek(op::PAIR_NEW, &[1, 0], &[tag]);
        self.recorder.nip(2);
        self.stack.truncate(self.stack.len() - 2);
        self.stack.push(Kind::Pair(a, b));
    }

    /// A pair becomes one of its elements.
    fn pair_get(&mut self, a: Element, b: Element) {
        self.instruction();
        let index = self.random.below(2);
        self.recorder.peek(op::PAIR_GET, &[0], &[index as u64]);
        self.recorder.peek(op::INCREF, &[0], &[]);
        self.recorder.swap(1);
        self.recorder.uop(op::DECREF, &[]);
        self.stack.pop();
        self.stack.push([a, b][index].kind());
    }

    fn pair_tag(&mut self) {
        self.instruction();
        let tag = self.random.below(3) as u64;
        if self.random.one_in(2) {
            self.recorder.peek(op::PAIR_RETAG, &[0], &[tag]);
        } else {
            self.recorder.peek(op::GUARD_TAG, &[0], &[tag]);
        }
    }

    /// Puts a value into a pair, in place of one of its kind.
    fn pair_swap(&mut self, a: Element, b: Element, value: Kind) {
        let Some(index) = [a, b].iter().position(|element| element.kind() == value) else {
            return self.swap();
        };
        self.instruction();
        self.recorder.peek(op::PAIR_SWAP, &[0, 1], &[index as u64]);
        self.recorder.uop(op::DECREF, &[]);
        self.recorder.nip(1);
        self.stack.pop();
        self.stack.pop();
        self.stack.push(Kind::Pair(a, b));
    }

    fn log(&mut self) {
        self.instruction();
        self.recorder.peek(op::LOG, &[0], &[]);
        self.pop();
    }

    /// Sees slots: memory must be true.
    fn frame_load(&mut self) {
        self.instruction();
        let local = self.random.below(self.locals.len());
        let offset = 8 * local as u64;
        self.recorder.uop(op::FRAME_LOAD, &[offset]);
        self.recorder.peek(op::INCREF, &[0], &[]);
        self.stack.push(self.locals[local]);
    }

    /// `s0 += 1`, and on if that is less than [`ROUNDS`].
    fn count_round(&mut self) {
        self.instruction();
        self.recorder.load(Slot(0));
        self.recorder.constant(word_of_int(1));
        self.recorder.uop(op::ADD_INT, &[]);
        self.recorder.store(Slot(0));
        self.instruction();
        self.recorder.load(Slot(0));
        self.recorder.constant(word_of_int(ROUNDS));
        self.recorder.uop(op::LT_INT, &[]);
        self.recorder.uop(op::UNBOX_BOOL, &[]);
        self.recorder.uop(op::GUARD_TRUE, &[]);
    }
}

/// The VM with its frame, as a run starts from it and leaves it.
pub(crate) struct Machine {
    pub(crate) vm: TestVm,
    pub(crate) arrays: Vec<u64>,
    pub(crate) memory: Vec<u64>,
}

impl Machine {
    /// Locals of the kinds `program` was recorded with, but for one local if `surprise` says so.
    pub(crate) fn new(program: &Program, seed: u64, surprise: bool) -> Machine {
        let mut random = Random::new(seed);
        let mut vm = TestVm::new();
        let mut arrays: Vec<u64> = (0..ARRAYS + INNER)
            .map(|i| {
                let items: Vec<u64> = (0..3 + i as i64).map(word_of_int).collect();
                vm.array(&items)
            })
            .collect();
        let outer = vm.array(&arrays[ARRAYS..]);
        arrays.push(outer);
        let mut memory = vec![layout::EMPTY; SLOTS];
        for (local, kind) in program.locals.iter().enumerate() {
            memory[local] = match kind {
                Kind::Int => word_of_int(random.below(3) as i64),
                Kind::Float => word_of_float(random.below(8) as f64 / 2.0),
                Kind::Bool => word_of_bool(random.one_in(2)),
                Kind::Array => arrays[local - 4],
                Kind::Outer => outer,
                Kind::Pair(..) => unreachable!("no program begins with one"),
            };
        }
        memory[0] = word_of_int(0);
        if surprise {
            let local = 1 + random.below(3);
            memory[local] = match random.below(3) {
                0 => layout::NIL,
                1 => word_of_float(0.5),
                _ => word_of_int(2),
            };
        }
        let arrays_of_outer = arrays[ARRAYS + random.below(INNER)];
        let mut machine = Machine { vm, arrays, memory };
        if surprise && random.one_in(2) {
            // Two names for one object.
            machine.memory[4] = arrays_of_outer;
            machine.add_reference(arrays_of_outer);
        }
        machine
    }

    pub(crate) fn env(&mut self) -> Env {
        Env {
            vm: self.vm.as_ctx(),
            base: self.memory.as_mut_ptr(),
        }
    }

    /// A word: arrays by number, pairs by what they hold.
    fn name(&self, word: u64, depth: usize) -> String {
        if let Some(i) = self.arrays.iter().position(|array| *array == word) {
            return format!("array{i}");
        }
        match self.vm.pair_of(word).filter(|_| depth < 6) {
            None if self.vm.is_pair(word) => "pair".to_owned(),
            None => format!("{word:x}"),
            Some(pair) => {
                let elements = self.vm.items(word).into_iter();
                let elements: Vec<String> = elements
                    .map(|element| self.name(element, depth + 1))
                    .collect();
                let (count, tag) = (pair.array.refcount, pair.tag);
                format!("pair x{count} tag {tag} ({})", elements.join(" "))
            }
        }
    }

    /// All that can be seen of it, below `top`: arrays are told by number, not by address.
    pub(crate) fn state(&self, top: Slot) -> String {
        let name = |word: &u64| self.name(*word, 0);
        let names = |words: &[u64]| words.iter().map(name).collect::<Vec<_>>().join(" ");
        let mut state = format!("slots [{}]", names(&self.memory[..top.0 as usize]));
        for array in &self.arrays {
            let refcount = self.vm.array_of(*array).refcount;
            let _ = write!(
                state,
                "\n{} x{refcount}: {}",
                name(array),
                names(&self.vm.items(*array))
            );
        }
        state
            + &format!(
                "\nlog [{}] dropped [{}]",
                names(&self.vm.log),
                names(&self.vm.dropped)
            )
    }
}

impl Rebuild for Machine {
    fn box_value(&mut self, rep: Rep, bits: u64) -> u64 {
        match rep {
            Rep::Int => word_of_int(bits as i64),
            Rep::Float => word_of_float(f64::from_bits(bits)),
            Rep::Bool => word_of_bool(bits != 0),
            Rep::Word | Rep::Ptr => bits,
        }
    }

    fn add_reference(&mut self, word: u64) {
        if is_pointer(word) {
            // SAFETY: pointer words of this VM point to arrays that live as long as it does.
            unsafe { (*(word as *mut layout::Array)).refcount += 1 };
        }
    }

    fn vm_pointer(&mut self) -> *mut u8 {
        self.vm.as_ctx()
    }
}

/// The table, for callers that import this module only.
pub(crate) fn table() -> &'static UopTable {
    &TABLE
}
