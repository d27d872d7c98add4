//! The stack form: what a VM's recorder wrote while the program ran, one uop a line.
//!
//! A frame is an array of 64-bit *slots* reached from the frame base: locals, frame headers and the operand stack are
//! all slots, an inlined call's included, at constant offsets from the base the trace was entered with. A recorded
//! uop takes its inputs from the top of the operand stack (popping them) or from places further down (peeking), and
//! pushes its result. The uop interpreter can run this form as it is.
//!
//! # What an exit needs
//!
//! When a uop leaves the trace, the VM goes on at the beginning of the *instruction* the uop belongs to, with the
//! operand stack as it was then. So within an instruction no slot below that stack depth may be overwritten before
//! the last uop that can exit: guards come first, results are pushed above and moved down ([`StackOp::Nip`]) last.
//! [`Recorder::instruction`] begins an instruction. The lift checks the rule.

use sashiko_stencils::{UopId, UopTable};

/// A 64-bit slot, counted from the frame base. Negative ones lie below it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Slot(pub i32);

/// Where in the VM's program something comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
pub struct Origin {
    /// The VM's name for the unit of code (index into [`Recorded::codes`]).
    pub code: u32,
    /// Offset of the instruction in that unit, in the VM's own measure.
    pub pc: u32,
    /// Source line, 0 if unknown.
    pub line: u32,
}

/// Where the VM goes on after an exit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Resume {
    /// The instruction to go on with.
    pub origin: Origin,
    /// The base of the frame it runs in, as a slot of this trace (0 unless calls were inlined).
    pub frame: Slot,
    /// First slot above the operand stack: slots from here on hold nothing.
    pub top: Slot,
}

/// One operation of the stack form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StackOp {
    /// Runs a uop on inputs popped from the stack (the last on top), pushes its result if it has one.
    Uop {
        /// The uop.
        uop: UopId,
        /// Its immediates.
        immediates: Vec<u64>,
    },
    /// Runs a uop on inputs found at the given depths (0 is the top), popping nothing, pushes its result if it has one.
    Peek {
        /// The uop.
        uop: UopId,
        /// Where its inputs lie.
        depths: Vec<u16>,
        /// Its immediates.
        immediates: Vec<u64>,
    },
    /// Pushes the word in a slot.
    Load(Slot),
    /// Pops a word into a slot.
    Store(Slot),
    /// Pushes a constant word.
    Const(u64),
    /// Pushes a copy of the word at a depth.
    Copy(u16),
    /// Exchanges the top with the word at a depth.
    Swap(u16),
    /// Pops a word and forgets it.
    Drop,
    /// Pops the top, pops `n` more and forgets them, pushes the top again.
    Nip(u16),
    /// From here on instructions belong to the frame based at `frame`, and the operand stack's first free slot is `top`.
    Frame {
        /// Base of the frame.
        frame: Slot,
        /// First free slot.
        top: Slot,
    },
    /// A VM instruction begins: exits from here on resume at it.
    Instruction(Origin),
}

/// How a recording ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// It came back to where it started: the trace is a loop.
    Loop,
    /// It reached the entry of another trace, in the frame the recording is in (which is at slot 0).
    Jump(TraceId),
    /// It stops here; the VM goes on at the instruction that begins here.
    Leave,
    /// The frame the trace was entered with is done, and the trace goes back to whoever entered it. Slots below the top of
    /// the stack hold what the VM wants of it (its result, say); the frame itself, from there on, holds nothing.
    Return,
}

/// A trace of the engine.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TraceId(pub u32);

/// An exit of a trace of the engine.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ExitId {
    /// The trace.
    pub trace: TraceId,
    /// The exit in it.
    pub index: u32,
}

/// A finished recording. Two are equal if they say the same, however they number their code units.
#[derive(Clone, Debug)]
pub struct Recorded {
    /// Names of the code units that origins speak of, for people.
    pub codes: Vec<String>,
    /// Where the trace begins: its entry state, which for a loop is also its back edge's state.
    pub start: Resume,
    /// The operations, in order.
    pub ops: Vec<StackOp>,
    /// How it ended.
    pub end: End,
    /// The exit it goes on from, for a side trace.
    pub parent: Option<ExitId>,
}

impl Recorded {
    /// The name of the code unit that `origin` is in; `?` if it has none.
    pub fn code_name(&self, origin: Origin) -> &str {
        self.codes
            .get(origin.code as usize)
            .map_or("?", String::as_str)
    }

    fn same_origin(&self, origin: Origin, other: &Recorded, theirs: Origin) -> bool {
        (origin.pc, origin.line) == (theirs.pc, theirs.line)
            && self.code_name(origin) == other.code_name(theirs)
    }
}

impl PartialEq for Recorded {
    fn eq(&self, other: &Recorded) -> bool {
        let same_op = |(a, b): (&StackOp, &StackOp)| match (a, b) {
            (StackOp::Instruction(a), StackOp::Instruction(b)) => self.same_origin(*a, other, *b),
            (a, b) => a == b,
        };
        (self.start.frame, self.start.top) == (other.start.frame, other.start.top)
            && self.same_origin(self.start.origin, other, other.start.origin)
            && (self.end, self.parent) == (other.end, other.parent)
            && self.ops.len() == other.ops.len()
            && self.ops.iter().zip(&other.ops).all(same_op)
    }
}

impl Eq for Recorded {}

/// Writes a [`Recorded`], operation by operation, while the VM runs.
#[derive(Debug)]
pub struct Recorder {
    table: &'static UopTable,
    recorded: Recorded,
    top: Slot,
    frame: Slot,
}

impl Recorder {
    /// Begins a recording at `start`.
    pub fn new(table: &'static UopTable, start: Resume, parent: Option<ExitId>) -> Recorder {
        let recorded = Recorded {
            codes: Vec::new(),
            start,
            ops: Vec::new(),
            end: End::Leave,
            parent,
        };
        Recorder {
            table,
            recorded,
            top: start.top,
            frame: start.frame,
        }
    }

    /// The number of a code unit called `name`, for [`Origin::code`].
    pub fn code(&mut self, name: &str) -> u32 {
        let codes = &mut self.recorded.codes;
        let known = codes.iter().position(|code| code == name);
        known.unwrap_or_else(|| {
            codes.push(name.to_owned());
            codes.len() - 1
        }) as u32
    }

    /// First free slot of the operand stack.
    pub fn top(&self) -> Slot {
        self.top
    }

    /// Base of the current frame.
    pub fn frame(&self) -> Slot {
        self.frame
    }

    /// Number of operations so far.
    pub fn len(&self) -> usize {
        self.recorded.ops.len()
    }

    /// Is nothing recorded yet?
    pub fn is_empty(&self) -> bool {
        self.recorded.ops.is_empty()
    }

    fn push(&mut self, op: StackOp, pops: i32, pushes: i32) {
        self.recorded.ops.push(op);
        self.top.0 += pushes - pops;
    }

    /// Was a word put into `slot` by a [`StackOp::Store`] since there were `from` operations?
    pub fn stored_since(&self, from: usize, slot: Slot) -> bool {
        let since = self.recorded.ops.iter().skip(from);
        since
            .into_iter()
            .any(|op| matches!(op, StackOp::Store(place) if *place == slot))
    }

    /// A VM instruction begins.
    pub fn instruction(&mut self, origin: Origin) {
        self.push(StackOp::Instruction(origin), 0, 0);
    }

    /// Runs `uop` on inputs popped from the stack.
    ///
    /// # Panics
    /// If the number of immediates is not the uop's.
    pub fn uop(&mut self, uop: UopId, immediates: &[u64]) {
        let info = self.table.info(uop);
        assert_eq!(
            immediates.len(),
            info.immediates.len(),
            "immediates of `{}`",
            info.name
        );
        let op = StackOp::Uop {
            uop,
            immediates: immediates.to_vec(),
        };
        self.push(
            op,
            info.inputs.len() as i32,
            i32::from(info.result.is_some()),
        );
    }

    /// Runs `uop` on inputs at `depths`, popping nothing.
    ///
    /// # Panics
    /// If the numbers of inputs or immediates are not the uop's.
    pub fn peek(&mut self, uop: UopId, depths: &[u16], immediates: &[u64]) {
        let info = self.table.info(uop);
        assert_eq!(
            immediates.len(),
            info.immediates.len(),
            "immediates of `{}`",
            info.name
        );
        assert_eq!(depths.len(), info.inputs.len(), "inputs of `{}`", info.name);
        let op = StackOp::Peek {
            uop,
            depths: depths.to_vec(),
            immediates: immediates.to_vec(),
        };
        self.push(op, 0, i32::from(info.result.is_some()));
    }

    /// Pushes the word in `slot`.
    pub fn load(&mut self, slot: Slot) {
        self.push(StackOp::Load(slot), 0, 1);
    }

    /// Pops a word into `slot`.
    pub fn store(&mut self, slot: Slot) {
        self.push(StackOp::Store(slot), 1, 0);
    }

    /// Pushes a constant word.
    pub fn constant(&mut self, word: u64) {
        self.push(StackOp::Const(word), 0, 1);
    }

    /// Pushes a copy of the word at `depth`.
    pub fn copy(&mut self, depth: u16) {
        self.push(StackOp::Copy(depth), 0, 1);
    }

    /// Exchanges the top with the word at `depth`.
    pub fn swap(&mut self, depth: u16) {
        self.push(StackOp::Swap(depth), 0, 0);
    }

    /// Pops a word and forgets it.
    pub fn drop_top(&mut self) {
        self.push(StackOp::Drop, 1, 0);
    }

    /// Removes `n` words from below the top.
    pub fn nip(&mut self, n: u16) {
        self.push(StackOp::Nip(n), i32::from(n), 0);
    }

    /// Instructions from here on belong to the frame at `frame`; its first free slot is `top`.
    pub fn enter_frame(&mut self, frame: Slot, top: Slot) {
        self.recorded.ops.push(StackOp::Frame { frame, top });
        self.frame = frame;
        self.top = top;
    }

    /// Ends the recording.
    pub fn finish(mut self, end: End) -> Recorded {
        self.recorded.end = end;
        self.recorded
    }
}
