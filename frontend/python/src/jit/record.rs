//! Recording: turning what the interpreter is about to do into a trace of uops.
//!
//! The second instantiation of the interpreter loop calls [`step`] before each instruction. The recorder looks at the
//! instruction and at the values it will work on, appends the uops that do the same under guards for what it saw, and
//! lets the interpreter go on. It predicts where the program goes next; should the program go elsewhere (an exception,
//! a frame it did not push), the recording is given up.
//!
//! A recording ends where it began (a loop), at the entry of another trace (a jump), or where it can't go on (it leaves).

use sashiko_backend::Assumption;
use sashiko_trace::recorded::{
    End, ExitId, Origin, Recorded, Recorder, Resume, Slot, StackOp, TraceId,
};

use super::expand::{self, Next};
use super::watch;
use crate::finalizer;
use crate::interp::registers::Registers;
use crate::layout::{EMPTY, FRAME_CALLER, FRAME_FUNCTION, Word};
use crate::liveness::{self, Locals};
use crate::objects::code::Code;
use crate::objects::function::Function;
use crate::opcode as op;
use crate::uops_table::{TABLE, op as uop};
use crate::value::incref;
use crate::vm::Vm;

/// Longest recording, in bytecode instructions.
const MAX_INSTRUCTIONS: usize = 2_000;
/// Deepest inlining of Python calls.
pub(super) const MAX_INLINED: usize = 12;
/// Frames of the same code that may be under way at once, the first included: so often recursion is unrolled.
const MAX_RECURSION: usize = 3;
/// Instructions after which calls are not inlined any more.
const MAX_INLINING: usize = 500;
/// Back edges, other than the loop's own, that a recording may go through.
const MAX_BACK_EDGES: usize = 4;

/// The instruction the interpreter is about to execute, with its argument put together.
#[derive(Clone, Copy)]
pub struct Cursor {
    /// The code that runs.
    pub code: *const Code,
    /// Offset of its first unit in code units: the `EXTENDED_ARG` before it, if there is one.
    pub start: u32,
    /// Offset of the instruction itself.
    pub pc: u32,
    /// Its opcode.
    pub op: u8,
    /// Its whole argument.
    pub arg: u32,
    /// Base of the frame.
    pub base: *mut Word,
    /// First free word of the operand stack.
    pub sp: *mut Word,
}

impl Cursor {
    /// The instruction at the registers' `pc`.
    pub fn at(registers: &Registers) -> Cursor {
        let code = registers.code();
        let start = registers.offset();
        let (mut pc, mut arg) = (start, 0);
        while code.units[pc].op == op::EXTENDED_ARG {
            arg = (arg | u32::from(code.units[pc].arg)) << 8;
            pc += 1;
        }
        let unit = code.units[pc];
        arg |= u32::from(unit.arg);
        let (base, sp) = (registers.base, registers.sp);
        Cursor {
            code,
            start: start as u32,
            pc: pc as u32,
            op: unit.op,
            arg,
            base,
            sp,
        }
    }

    /// The word `depth` below the top of the stack, borrowed.
    pub fn peek(&self, depth: usize) -> Word {
        // SAFETY: the bytecode's stack effects keep operands above the frame's locals.
        unsafe { *self.sp.sub(depth + 1) }
    }

    /// Local `index`, borrowed.
    pub fn local(&self, index: u32) -> Word {
        // SAFETY: the compiler numbers locals from 0 to the size of the frame.
        unsafe { *self.base.add(index as usize) }
    }

    /// The function that runs.
    pub fn function(&self) -> *mut Function {
        // SAFETY: a live frame has its function in its header.
        unsafe { *self.base.offset(FRAME_FUNCTION) as *mut Function }
    }

    /// The code that runs.
    pub fn code(&self) -> &Code {
        // SAFETY: the running function holds its code.
        unsafe { &*self.code }
    }
}

/// The recording began in the last round of a loop.
pub(super) const LEFT_THE_LOOP: &str = "left the loop";

/// What became of a step.
pub enum Verdict {
    /// Execute the instruction and go on recording.
    Continue,
    /// Have the function called that is about to be called, with that many operands behind callable and receiver, and go
    /// on recording when it has returned.
    Call(usize),
    /// The recording is complete; nothing of this instruction is in it.
    Finished(Box<Recorded>),
    /// It is given up.
    Aborted(&'static str),
}

/// What made a recording begin.
#[derive(Clone, Copy, Debug)]
pub enum From {
    /// A hot back edge.
    BackEdge {
        /// The recording is good even if it leaves the loop.
        may_leave: bool,
    },
    /// A function that is called often, behind its `RESUME`.
    Call,
    /// A hot exit.
    Exit {
        /// Which.
        exit: ExitId,
        /// The trace ended there, so what it stopped before may be where another one begins.
        at_end: bool,
    },
}

/// An iterator is being asked for an item.
#[derive(Clone, Copy)]
struct Asking {
    /// Where the program goes with an item.
    item: u32,
    /// Where it goes with an item that was unpacked at once.
    pair: Option<u32>,
    /// The value sent.
    sent: Option<Word>,
}

/// A recording under way.
pub struct Recording {
    /// What it writes to.
    pub(super) recorder: Recorder,
    /// Base of the frame the trace is entered with.
    root: *mut Word,
    start: (*const Code, u32),
    globals: Word,
    /// The code and offset of the instruction before this one.
    previous: (*const Code, u32),
    /// Bases of the frames that wait for an inlined call, innermost last.
    pub(super) inlined: Vec<*mut Word>,
    /// Of each, and of the innermost frame: is the function that runs the very one it was when recorded?
    known: Vec<bool>,
    /// Codes of functions that the trace makes.
    made: Vec<*const Code>,
    /// Where the program must be next.
    expected: Option<(*mut Word, u32)>,
    /// A call runs that is not part of the recording: frames above the expected one don't count.
    waiting: bool,
    /// A `FOR_ITER` or `SEND` whose iterator is being asked.
    asking: Option<Asking>,
    /// Frames of generators resumed in the trace: their bases, and the number of operations recorded then.
    resumed: Vec<(Slot, usize)>,
    /// The next instruction is part of the expansion before it; the program goes on here.
    fused: Option<u32>,
    /// Objects the trace names as constants, owned by it.
    pub(super) kept: Vec<Word>,
    /// What it assumes.
    assumptions: Vec<Assumption>,
    /// Something it assumes has changed.
    pub(super) broken: bool,
    instructions: usize,
    /// Back edges it went through, other than its own.
    back_edges: usize,
    from: From,
    /// The frames that were worked in and are not left, and which of their locals have not been let go; innermost last.
    frames: Vec<(*mut Word, Locals)>,
}

/// What a local holds that nobody will read: an integer, so that it is of a kind without a count that every pass knows.
const DEAD: Word = crate::layout::word_of_int(0);

impl Recording {
    /// Begins at `cursor`, in a frame at or above `root`, the base that slots are counted from.
    pub fn new(cursor: &Cursor, root: *mut Word, from: From) -> Recording {
        let parent = match from {
            From::BackEdge { .. } | From::Call => None,
            From::Exit { exit, .. } => Some(exit),
        };
        let slot = |word: *mut Word| {
            // SAFETY: both point into the value stack.
            Slot(unsafe { word.offset_from(root) } as i32)
        };
        let origin = Origin {
            code: 0,
            pc: cursor.start,
            line: cursor.code().position_at(cursor.pc as usize).line,
        };
        let resume = Resume {
            origin,
            frame: slot(cursor.base),
            top: slot(cursor.sp),
        };
        let mut recorder = Recorder::new(&TABLE, resume, parent);
        recorder.code(&name_of(cursor.code()));
        let mut recording = Recording {
            recorder,
            root,
            start: (cursor.code, cursor.start),
            // SAFETY: the running function is alive.
            globals: unsafe { (*cursor.function()).globals },
            previous: (cursor.code, cursor.start),
            inlined: Vec::new(),
            known: Vec::new(),
            made: Vec::new(),
            expected: None,
            asking: None,
            waiting: false,
            resumed: Vec::new(),
            fused: None,
            kept: Vec::new(),
            assumptions: Vec::new(),
            broken: false,
            instructions: 0,
            back_edges: 0,
            from,
            // What a side trace finds in its slots is its parent's business; a loop lets go of what is dead at its head.
            frames: match from {
                From::BackEdge { .. } | From::Call => vec![(cursor.base, !0)],
                From::Exit { .. } => Vec::new(),
            },
        };
        recording.keep(cursor.function() as Word);
        recording.keep(cursor.code as Word);
        // A side trace may begin inside calls that its parent inlined.
        let mut base = cursor.base;
        while base != root {
            // SAFETY: the exit rebuilt the headers of these frames, and each names its caller.
            base = unsafe { base.sub(*base.offset(FRAME_CALLER) as usize) };
            recording.inlined.insert(0, base);
        }
        recording
    }

    /// Keeps `word` alive as long as the trace.
    pub(super) fn keep(&mut self, word: Word) {
        if crate::layout::is_pointer(word) && !self.kept.contains(&word) {
            incref(word);
            self.kept.push(word);
        }
    }

    /// The trace is right only as long as this holds.
    pub(super) fn assume(&mut self, assumption: Assumption) {
        if !self.assumes(assumption) {
            self.assumptions.push(assumption);
        }
    }

    /// Does it assume this?
    pub(super) fn assumes(&self, assumption: Assumption) -> bool {
        self.assumptions.contains(&assumption)
    }

    /// What it assumes.
    pub(super) fn assumptions(&self) -> &[Assumption] {
        &self.assumptions
    }

    /// The objects the trace names, handed to whoever owns the trace.
    pub fn take_kept(&mut self) -> Vec<Word> {
        std::mem::take(&mut self.kept)
    }

    /// The exit it goes on from.
    pub fn parent(&self) -> Option<ExitId> {
        match self.from {
            From::Exit { exit, .. } => Some(exit),
            From::BackEdge { .. } | From::Call => None,
        }
    }

    /// Is it the recording of a function?
    pub fn is_function(&self) -> bool {
        matches!(self.from, From::Call)
    }

    /// The globals of the function it began in.
    pub fn globals(&self) -> Word {
        self.globals
    }

    /// Where it began.
    pub fn start(&self) -> (*const Code, u32) {
        self.start
    }

    pub(super) fn slot_of(&self, word: *mut Word) -> Slot {
        // SAFETY: both point into the value stack.
        Slot(unsafe { word.offset_from(self.root) } as i32)
    }

    /// May a frame that runs `code` be inlined above the one at `cursor`? Recursion is unrolled a few times.
    pub(super) fn may_inline(&self, code: *const Code, cursor: &Cursor) -> bool {
        let frames = self.inlined.iter().chain([&cursor.base]);
        // SAFETY: the frames are under way, and have their functions in their headers.
        let codes =
            frames.map(|base| unsafe { (*(*base.offset(FRAME_FUNCTION) as *const Function)).code });
        let same = codes.filter(|&known| std::ptr::eq(known, code)).count();
        same < MAX_RECURSION && self.inlined.len() < MAX_INLINED
    }

    /// Is it so long that calls had better not be inlined?
    pub(super) fn is_long(&self) -> bool {
        self.instructions >= MAX_INLINING
    }

    /// A frame is about to be inlined: was its function guarded to be the very one, or only to run its code?
    pub(super) fn knows(&mut self, the_very_one: bool) {
        self.known.resize(self.inlined.len(), false);
        self.known.push(the_very_one);
    }

    /// The trace makes functions that run `code`.
    pub(super) fn will_make(&mut self, code: *const Code) {
        self.made.push(code);
    }

    /// Does the trace make functions that run `code`?
    pub(super) fn makes(&self, code: *const Code) -> bool {
        self.made.contains(&code)
    }

    /// Is this the first instruction of a side trace?
    pub(super) fn begins(&self) -> bool {
        self.parent().is_some() && self.instructions <= 1
    }

    /// Is the running function known to be the very one that runs now?
    pub(super) fn knows_function(&self) -> bool {
        !self.inlined.is_empty() && self.known.get(self.inlined.len() - 1) == Some(&true)
    }

    /// Records what the iterator that was just asked had to say, given where the program went.
    fn answered(&mut self, cursor: &Cursor, asked: Asking) {
        // `end` is expected unless told otherwise.
        let Some((base, expected)) = &mut self.expected else {
            return;
        };
        if asked
            .pair
            .is_some_and(|pair| (cursor.base, cursor.start) == (*base, pair))
        {
            *expected = cursor.start;
            self.recorder.peek(uop::PAIR_NEXT, &[0], &[]);
            self.recorder.peek(uop::PAIR_SECOND, &[], &[]);
            return self.recorder.swap(1);
        }
        let has_item = (cursor.base, cursor.start) == (*base, asked.item);
        if has_item {
            *expected = asked.item;
        }
        let Some(sent) = asked.sent else {
            let uop = if has_item {
                uop::ITER_NEXT
            } else {
                uop::ITER_DONE
            };
            return self.recorder.peek(uop, &[0], &[]);
        };
        let uop = if has_item {
            uop::SEND_NEXT
        } else {
            uop::SEND_DONE
        };
        self.recorder.peek(uop, &[1, 0], &[]);
        if crate::layout::is_pointer(sent) {
            self.recorder.copy(1);
            self.recorder.uop(uop::DECREF, &[]);
        }
        self.recorder.nip(1);
    }

    /// The words of a generator were laid out at `base`.
    pub(super) fn note_resumed(&mut self, base: Slot) {
        self.resumed.retain(|&(other, _)| other < base);
        self.resumed.push((base, self.recorder.len()));
    }

    /// Is `slot` of the generator's frame at `base` as it was laid out?
    pub(super) fn unchanged_since_resumed(&self, base: Slot, slot: Slot) -> bool {
        let resumed = self.resumed.iter().find(|&&(other, _)| other == base);
        resumed.is_some_and(|&(_, at)| !self.recorder.stored_since(at, slot))
    }

    fn begin_instruction(&mut self, cursor: &Cursor) {
        let code = self.recorder.code(&name_of(cursor.code()));
        let line = cursor.code().position_at(cursor.pc as usize).line;
        self.recorder.instruction(Origin {
            code,
            pc: cursor.start,
            line,
        });
    }

    /// Lets go of the locals that nobody will read any more, those that carry no count: from here on they hold [`DEAD`], in the
    /// trace as in the frame. So what they held need not be kept for the exits, and not round the loop either.
    fn let_go(&mut self, cursor: &Cursor, live: Locals) {
        self.frames.retain(|(base, _)| *base <= cursor.base);
        if self
            .frames
            .last()
            .is_none_or(|(base, _)| *base != cursor.base)
        {
            self.frames.push((cursor.base, live));
        }
        let written = liveness::written_by(cursor.op, cursor.arg);
        let Some((_, held)) = self.frames.last_mut() else {
            return;
        };
        let mut dying = *held & !live;
        *held = live | written;
        let locals = cursor.code().locals.len() as u32;
        let mut gone = Vec::new();
        while dying.trailing_zeros() < locals.min(Locals::BITS) {
            let index = dying.trailing_zeros();
            dying &= dying - 1;
            let seen = cursor.local(index);
            // A loop carries what is in a slot at its head, even if that is nothing.
            let at_head = self.instructions == 1;
            if !crate::layout::is_pointer(seen) && (seen != EMPTY || at_head) {
                gone.push(index);
            }
        }
        if gone.is_empty() {
            return;
        }
        let frame = self.recorder.frame().0;
        for &index in &gone {
            self.recorder.load(Slot(frame + index as i32));
            self.recorder.peek(uop::GUARD_UNCOUNTED, &[0], &[]);
            self.recorder.drop_top();
        }
        for index in gone {
            self.recorder.constant(DEAD);
            self.recorder.store(Slot(frame + index as i32));
            // SAFETY: it is a local of the running frame, holds no reference, and nobody reads it.
            unsafe { *cursor.base.add(index as usize) = DEAD };
        }
        // What exits from here on finds the locals gone, and begins with the instruction all the same.
        self.begin_instruction(cursor);
    }

    /// A frame at `base` is about to be entered by the instruction at `cursor`: the trace knows all its locals.
    fn entered(&mut self, cursor: &Cursor, base: *mut Word) {
        if base > cursor.base {
            self.frames.push((base, !0));
        }
    }

    /// Is it of a loop, and good only if it comes back?
    fn must_stay(&self) -> bool {
        matches!(self.from, From::BackEdge { may_leave: false })
    }

    fn finish(&mut self, end: End) -> Verdict {
        let empty = Recorder::new(
            &TABLE,
            Resume {
                origin: Origin::default(),
                frame: Slot(0),
                top: Slot(0),
            },
            None,
        );
        let recorder = std::mem::replace(&mut self.recorder, empty);
        let mut recorded = recorder.finish(end);
        if finalizer::exist() {
            run_finalizers(&mut recorded);
        } else {
            self.assume(watch::NO_FINALIZERS);
        }
        Verdict::Finished(Box::new(recorded))
    }
}

impl Drop for Recording {
    fn drop(&mut self) {
        for word in self.kept.drain(..) {
            crate::value::decref(word);
        }
    }
}

/// References are dropped in a way that may run Python code.
fn run_finalizers(recorded: &mut Recorded) {
    for op in &mut recorded.ops {
        if let StackOp::Uop { uop, .. } | StackOp::Peek { uop, .. } = op {
            *uop = match *uop {
                uop::DECREF => uop::DECREF_FINALIZING,
                uop::DECREF_OBJECT => uop::DECREF_OBJECT_FINALIZING,
                other => other,
            };
        }
    }
}

/// Offset behind an `UNPACK_SEQUENCE` of two at `offset`, if there is one.
fn pair_behind(code: &Code, offset: u32) -> Option<u32> {
    let unit = code.units.get(offset as usize)?;
    let unpacks = op::generic(unit.op) == op::UNPACK_SEQUENCE && unit.arg == 2;
    unpacks.then(|| offset + 1 + op::caches(unit.op) as u32)
}

/// The name of a code unit in dumps: file and qualified name.
pub fn name_of(code: &Code) -> String {
    let text = |word| crate::objects::string::cast_str(word).map_or("?", |text| text.as_str());
    format!("{}:{}", text(code.filename), text(code.qualname))
}

/// Begins the recording of a side trace with the pending exception that the instruction at `cursor` raised.
pub fn begin_raised(
    vm: &mut Vm,
    recording: &mut Recording,
    cursor: &Cursor,
) -> Result<(), &'static str> {
    recording.instructions += 1;
    recording.begin_instruction(cursor);
    if let Next::In(base, pc) = expand::take_raised(vm, recording, cursor)? {
        recording.expected = Some((base, pc));
    }
    Ok(())
}

/// Looks at the instruction at `cursor` before it is executed. `entry` tells which trace begins at a place, if any.
pub fn step(
    vm: &mut Vm,
    recording: &mut Recording,
    cursor: &Cursor,
    entry: impl Fn(*const Code, u32) -> Option<TraceId>,
) -> Verdict {
    if recording.waiting
        && recording
            .expected
            .is_some_and(|(base, _)| base < cursor.base)
    {
        return Verdict::Continue;
    }
    recording.waiting = false;
    let previous = std::mem::replace(&mut recording.previous, (cursor.code, cursor.pc));
    if let Some(asked) = recording.asking.take() {
        recording.answered(cursor, asked);
    }
    if let Some((base, pc)) = recording.expected
        && (base, pc) != (cursor.base, cursor.start)
    {
        return Verdict::Aborted("went elsewhere");
    }
    if let Some(then) = recording.fused.take() {
        recording.expected = Some((cursor.base, then));
        return Verdict::Continue;
    }
    if recording.slot_of(cursor.sp) != recording.recorder.top() {
        return Verdict::Aborted("stack out of step");
    }
    let at_root = recording.recorder.frame() == Slot(0);
    let first = recording.instructions == 0;
    if at_root && !first {
        let at_start =
            recording.start == (cursor.code, cursor.start) && recording.inlined.is_empty();
        if at_start && recording.parent().is_none() {
            // Coming back from above means that the loop was left and entered anew: that is not its hot path.
            return if previous.0 == cursor.code && previous.1 >= cursor.start {
                recording.finish(End::Loop)
            } else {
                Verdict::Aborted(LEFT_THE_LOOP)
            };
        }
    }
    let at_end = matches!(recording.from, From::Exit { at_end: true, .. });
    if at_root
        && (!first || at_end)
        && let Some(trace) = entry(cursor.code, cursor.start)
    {
        let outer = recording.start.0 == cursor.code && cursor.start < recording.start.1;
        if outer && recording.must_stay() {
            return Verdict::Aborted(LEFT_THE_LOOP);
        }
        recording.begin_instruction(cursor);
        return recording.finish(End::Jump(trace));
    }
    let back = !first && previous.0 == cursor.code && cursor.start < previous.1;
    recording.back_edges += usize::from(back);
    let long = recording.instructions >= MAX_INSTRUCTIONS;
    if back && (long || recording.back_edges > MAX_BACK_EDGES) {
        // A loop that is not hot yet, within what is recorded.
        recording.begin_instruction(cursor);
        return recording.finish(End::Leave);
    }
    if long {
        return Verdict::Aborted("trace too long");
    }
    recording.instructions += 1;
    recording.begin_instruction(cursor);
    let Some(live) = cursor.code().live_at(cursor.start) else {
        return Verdict::Aborted("looks at its own locals");
    };
    recording.let_go(cursor, live);
    match expand::expand(vm, recording, cursor) {
        Ok(Next::At(pc)) => recording.expected = Some((cursor.base, pc)),
        Ok(Next::Over(pc)) => {
            recording.expected = Some((cursor.base, pc));
            recording.waiting = true;
        }
        Ok(Next::Fused { branch, then }) => {
            recording.expected = Some((cursor.base, branch));
            recording.fused = Some(then);
        }
        Ok(Next::Item { item, end, sent }) => {
            let pair = pair_behind(cursor.code(), item);
            recording.asking = Some(Asking { item, pair, sent });
            // A generator may run for the answer.
            recording.waiting = true;
            recording.expected = Some((cursor.base, end));
        }
        Ok(Next::In(base, pc)) => {
            recording.entered(cursor, base);
            recording.expected = Some((base, pc));
        }
        Ok(Next::Called { count, then }) => {
            recording.expected = Some((cursor.base, then));
            return Verdict::Call(count);
        }
        Ok(Next::Return) if recording.must_stay() => return Verdict::Aborted(LEFT_THE_LOOP),
        Ok(Next::Return) => return recording.finish(End::Return),
        Ok(Next::Leave) if !first => return recording.finish(End::Leave),
        Ok(Next::Leave) => return Verdict::Aborted("can't leave where it began"),
        Err(reason) => return Verdict::Aborted(reason),
    }
    Verdict::Continue
}
