//! How Python values lie in memory: the one page that the VM, its uops and the stencil builder all read.
//!
//! The uop bodies in `uops/` are compiled twice: into the VM, and, alone with this file, into stencils. So this
//! file uses nothing but `core`, and holds only what compiled code touches: the encoding of a [`Word`] and the
//! `repr(C)` prefixes of the objects that have a fast path. Everything else about an object is in its own module.
//!
//! # Words
//!
//! | range                                | meaning                                                       |
//! |--------------------------------------|---------------------------------------------------------------|
//! | `0`                                  | no value: an unbound local, an empty slot                     |
//! | `2`, `6`, `7`                        | `None`, `False`, `True`                                       |
//! | `16 ..= 2^47 - 1`                    | pointer to a [`Header`] (reference-counted)                   |
//! | `1 << 48 | low 48 bits`              | an integer of 48 bits, two's complement                       |
//! | `2 << 48 ..`                         | a float: its bits plus `2 << 48` (NaNs are made canonical)    |
//!
//! Pointers are what they are, so that an object is reached without masking; a float is checked and decoded by one
//! subtraction (a borrow means "not a float"); small integers decode by a shift pair that drops the tag.
//! Integers beyond 48 bits are objects ([`SHAPE_BIGINT`]); an integer that fits is never one.

/// A tagged Python value.
pub type Word = u64;

/// No value.
pub const EMPTY: Word = 0;
/// `None`.
pub const NONE: Word = 2;
/// `False`; `True` is the next word, so a `bool` boxes by addition.
pub const FALSE: Word = 6;
/// `True`.
pub const TRUE: Word = 7;
/// The lowest word that can be a pointer.
pub const MIN_POINTER: Word = 16;
/// The tag of a small integer, in place.
pub const INT_TAG: Word = 1 << 48;
/// What is added to the bits of a float.
pub const FLOAT_OFFSET: Word = 2 << 48;
/// The largest integer that is immediate.
pub const INT_MAX: i64 = (1 << 47) - 1;
/// The smallest integer that is immediate.
pub const INT_MIN: i64 = -(1 << 47);

/// Is `word` a pointer to an object?
#[inline(always)]
pub const fn is_pointer(word: Word) -> bool {
    // One comparison for both bounds: specials wrap round to the top. A bound at a power of two is a shift and needs no
    // constant; it lies below the integers, of which the smallest would otherwise pass.
    word.wrapping_sub(MIN_POINTER) < 1 << 47
}

/// Is `word` a small integer?
#[inline(always)]
pub const fn is_int(word: Word) -> bool {
    word >> 48 == 1
}

/// Is `word` a float?
#[inline(always)]
pub const fn is_float(word: Word) -> bool {
    word >= FLOAT_OFFSET
}

/// Is `word` `True` or `False`?
#[inline(always)]
pub const fn is_bool(word: Word) -> bool {
    word | 1 == TRUE
}

/// The small integer in `word`; meaningless if it holds none.
#[inline(always)]
pub const fn int_of(word: Word) -> i64 {
    ((word << 16) as i64) >> 16
}

/// The float in `word`; meaningless if it holds none.
#[inline(always)]
pub const fn float_of(word: Word) -> f64 {
    f64::from_bits(word.wrapping_sub(FLOAT_OFFSET))
}

/// Does `value` fit in a small integer?
#[inline(always)]
pub const fn fits_int(value: i64) -> bool {
    (value << 16) >> 16 == value
}

/// The word of a small integer; `value` must fit ([`fits_int`]).
#[inline(always)]
pub const fn word_of_int(value: i64) -> Word {
    // The tag comes in at the low end, and both are turned: no constant is needed.
    ((value as u64) << 16 | INT_TAG >> 48).rotate_right(16)
}

/// The word of a float.
#[inline(always)]
pub const fn word_of_float(value: f64) -> Word {
    // Arithmetic on x86 only makes the one quiet NaN (either sign), which does not overflow the offset; NaNs with a
    // payload come in only where bits are read from outside, and those places go through `canonical`.
    value.to_bits().wrapping_add(FLOAT_OFFSET)
}

/// `value`, with every NaN made the canonical one, so that its word can't run into another range.
pub const fn canonical(value: f64) -> f64 {
    if value.is_nan() { f64::NAN } else { value }
}

/// The word of a truth value.
#[inline(always)]
pub const fn word_of_bool(value: bool) -> Word {
    FALSE + value as u64
}

/// What every object begins with.
#[repr(C)]
pub struct Header {
    /// Number of references. 32 bits cannot overflow: 2^32 references take 32 GiB. Immortal objects start at 2^30.
    pub refcount: u32,
    /// What the object looks like: a `SHAPE_*` constant for built-in types, a node of a class's shape tree for
    /// instances. One compare of this field guards type and layout at once.
    pub shape: u32,
    /// The object's class (a [`Header`] too).
    pub class: *mut Header,
}

/// The header of the object that `word` points to.
///
/// # Safety
/// `word` must satisfy [`is_pointer`] and its object be alive.
#[inline(always)]
pub const unsafe fn header(word: Word) -> *mut Header {
    word as *mut Header
}

/// Is `word` an object of shape `shape`?
///
/// # Safety
/// `word` must be a live value.
#[inline(always)]
pub unsafe fn has_shape(word: Word, shape: u32) -> bool {
    // SAFETY: a pointer word points to a live header.
    is_pointer(word) && unsafe { (*header(word)).shape == shape }
}

macro_rules! shapes {
    ($($(#[$doc:meta])* $name:ident),* $(,)?) => {
        shapes!(@ 1u32; $($(#[$doc])* $name),*);
    };
    (@ $n:expr; $(#[$doc:meta])* $name:ident $(, $($rest:tt)*)?) => {
        $(#[$doc])* pub const $name: u32 = $n;
        $(shapes!(@ $n + 1; $($rest)*);)?
    };
}

shapes! {
    /// An integer beyond 48 bits.
    SHAPE_BIGINT,
    /// `str`.
    SHAPE_STR,
    /// `list`.
    SHAPE_LIST,
    /// `tuple`.
    SHAPE_TUPLE,
    /// `dict`.
    SHAPE_DICT,
    /// `set` and `frozenset` have classes of their own and share their layout.
    SHAPE_SET,
    /// `range` whose bounds are machine integers.
    SHAPE_RANGE,
    /// `slice`.
    SHAPE_SLICE,
    /// A closure cell.
    SHAPE_CELL,
    /// A Python function.
    SHAPE_FUNCTION,
    /// A bound method.
    SHAPE_METHOD,
    /// A function of the VM, written in Rust.
    SHAPE_NATIVE,
    /// A class.
    SHAPE_CLASS,
    /// A module.
    SHAPE_MODULE,
    /// A code object.
    SHAPE_CODE,
    /// Iterator over a range of machine integers.
    SHAPE_RANGE_ITER,
    /// Iterator over a list.
    SHAPE_LIST_ITER,
    /// Iterator over a tuple.
    SHAPE_TUPLE_ITER,
    /// A generator.
    SHAPE_GENERATOR,
    /// Any other built-in object.
    SHAPE_OTHER,
    /// The first shape of instances of Python classes; all above it are theirs.
    SHAPE_FIRST_INSTANCE,
}

/// `list`.
#[repr(C)]
pub struct List {
    /// Shape [`SHAPE_LIST`].
    pub header: Header,
    /// `capacity` words, of which the first `len` are live and owned.
    pub items: *mut Word,
    /// Number of items.
    pub len: usize,
    /// Room, in words.
    pub capacity: usize,
}

/// `tuple`; its items follow.
#[repr(C)]
pub struct Tuple {
    /// Shape [`SHAPE_TUPLE`].
    pub header: Header,
    /// Number of items.
    pub len: usize,
    /// The items themselves begin here.
    pub items: [Word; 0],
}

/// `range` of machine integers.
#[repr(C)]
pub struct Range {
    /// Shape [`SHAPE_RANGE`].
    pub header: Header,
    /// First value.
    pub start: i64,
    /// Bound, exclusive.
    pub stop: i64,
    /// Difference of neighbours, not zero.
    pub step: i64,
}

/// Iterator over a range: `next` is valid while `remaining` is not zero. `start + step * len` always fits an `i64`.
#[repr(C)]
pub struct RangeIter {
    /// Shape [`SHAPE_RANGE_ITER`].
    pub header: Header,
    /// The next value.
    pub next: i64,
    /// Difference of neighbours.
    pub step: i64,
    /// Number of values still to come.
    pub remaining: u64,
}

/// Iterator over a list or a tuple.
#[repr(C)]
pub struct SeqIter {
    /// Shape [`SHAPE_LIST_ITER`] or [`SHAPE_TUPLE_ITER`].
    pub header: Header,
    /// The list or tuple, owned; [`EMPTY`] once exhausted.
    pub seq: Word,
    /// Index of the next item.
    pub index: usize,
}

/// An instance of a Python class: attribute `i` of its shape is `inline[i]` while `i` is less than the number of
/// inline slots the shape names, and in `overflow` beyond it.
#[repr(C)]
pub struct Instance {
    /// Shape at least [`SHAPE_FIRST_INSTANCE`].
    pub header: Header,
    /// Attributes that have no inline slot: null, or words owned by the object.
    pub overflow: *mut Word,
    /// Attributes in the order of the shape; unset ones are [`EMPTY`].
    pub inline: [Word; 0],
}

/// A closure cell.
#[repr(C)]
pub struct Cell {
    /// Shape [`SHAPE_CELL`].
    pub header: Header,
    /// Its contents, owned; [`EMPTY`] while unbound.
    pub value: Word,
}

/// The prefix of a `str` that compiled code reads; its bytes follow the rest.
#[repr(C)]
pub struct StrPrefix {
    /// Shape [`SHAPE_STR`].
    pub header: Header,
    /// Hash of the contents; 0 until it is asked for.
    pub hash: u64,
    /// Length in bytes.
    pub bytes: usize,
    /// Length in code points.
    pub chars: usize,
}

/// A generator; the words of its frame follow, slots first, then operand stack. While it runs they are in a frame on the
/// value stack, and what is here is stale.
#[repr(C)]
pub struct Generator {
    /// Shape [`SHAPE_GENERATOR`].
    pub header: Header,
    /// While suspended, the address of the code unit it goes on with, with [`GENERATOR_HANDLING`] if it handles an
    /// exception meanwhile. Otherwise [`GENERATOR_RUNNING`] or [`GENERATOR_FINISHED`].
    pub resume: u64,
    /// The function, owned until the generator is finished, then [`EMPTY`]. A frame that runs borrows it.
    pub function: Word,
    /// The exception it was handling when it yielded, owned.
    pub handled: Word,
    /// `__qualname__`, owned.
    pub name: Word,
    /// The generator that delegates to this one and is resumed when this one ends, borrowed; [`EMPTY`] if none is. Means
    /// something only while this one runs.
    pub delegator: Word,
    /// Number of words that are owned while it is suspended; 0 otherwise.
    pub len: u32,
    /// Number of words that there is room for.
    pub capacity: u32,
    /// The words begin here.
    pub words: [Word; 0],
}

/// [`Generator::resume`] of one that has returned, or has raised.
pub const GENERATOR_FINISHED: u64 = 0;
/// [`Generator::resume`] of one whose frame is on the value stack.
pub const GENERATOR_RUNNING: u64 = 1;
/// Bit of [`Generator::resume`]: it handles an exception.
pub const GENERATOR_HANDLING: u64 = 1 << 63;

/// What compiled code sees of the VM.
#[repr(C)]
pub struct VmPrefix {
    /// The exception being handled (owned), [`EMPTY`] if there is none.
    pub handled: Word,
    /// The second of two items that a call gave, owned, until it is taken.
    pub second: Word,
}

/// One entry of a dict, in insertion order.
#[repr(C)]
pub struct DictEntry {
    /// The key, owned; [`EMPTY`] marks a deleted entry.
    pub key: Word,
    /// The value, owned.
    pub value: Word,
    /// Hash of the key.
    pub hash: u64,
}

/// The prefix of a `dict` that compiled code reads; the index behind it belongs to the dict module.
#[repr(C)]
pub struct DictPrefix {
    /// Shape [`SHAPE_DICT`].
    pub header: Header,
    /// Entries in insertion order, deleted ones included.
    pub entries: *mut DictEntry,
    /// Number of entries, deleted ones included.
    pub used: usize,
    /// Number of entries, deleted ones not included: Python's `len`.
    pub live: usize,
    /// Changes to a fresh value, unique among all dicts, whenever a key is added or removed or entries move; storing
    /// to a present key leaves it. 0 means that none was handed out yet.
    pub keys_version: u32,
}

/// The prefix of a function that compiled code reads.
#[repr(C)]
pub struct FunctionPrefix {
    /// Shape [`SHAPE_FUNCTION`].
    pub header: Header,
    /// Unique among functions made so far, and renewed when code or defaults are replaced; 0 means "not specializable".
    pub version: u32,
}

/// More of a function, which follows its prefix.
#[repr(C)]
pub struct FunctionBody {
    /// Version and shape.
    pub prefix: FunctionPrefix,
    /// Its code, owned.
    pub code: *mut Header,
    /// The globals it sees, a dict, owned.
    pub globals: Word,
    /// The builtins it sees, a dict, owned.
    pub builtins: Word,
    /// Tuple of cells, owned; [`EMPTY`] if it has no free variables.
    pub closure: Word,
}

/// The prefix of a bound method that compiled code reads.
#[repr(C)]
pub struct Method {
    /// Shape [`SHAPE_METHOD`].
    pub header: Header,
    /// The function, owned.
    pub function: Word,
    /// The receiver, owned.
    pub receiver: Word,
}

/// The prefix of a class that compiled code reads.
#[repr(C)]
pub struct ClassPrefix {
    /// Shape [`SHAPE_CLASS`].
    pub header: Header,
    /// Renewed whenever an attribute of the class or of one of its bases changes; unique among all classes.
    pub version: u32,
}

/// Words of a frame below its first local. A frame lies on the value stack as
/// `[header words][locals, cells, free variables][operand stack]`; the *base* is the address of the first local.
pub const FRAME_WORDS: usize = 4;
/// The function that runs, owned (a module or class body has one too); its code is reached through it.
pub const FRAME_FUNCTION: isize = -4;
/// Where the caller goes on, raw: instruction offset in code units. In the frame of a generator the lower half is where
/// its consumer goes on with an item, and the upper half, but for [`RETURN_WANTED`], where it goes on at the end.
pub const FRAME_RETURN: isize = -3;
/// Distance from this base down to the caller's base in words, raw; 0 marks the frame the interpreter was entered with.
pub const FRAME_CALLER: isize = -2;
/// The namespace of a module or class body, owned; [`EMPTY`] in functions, except in an `__init__` that was entered by a
/// call of its class: there it is the instance, owned, which the frame returns in place of `None`. In the frame of a
/// generator it is the generator, borrowed (and so is [`FRAME_FUNCTION`]): the consumer holds it while it runs. In the frame
/// of a special method that an operator entered it is a small integer: how the result is used.
pub const FRAME_LOCALS: isize = -1;
/// Bit of [`FRAME_RETURN`] in the frame of a generator: the consumer wants the value that the generator returns.
pub const RETURN_WANTED: u64 = 1 << 63;
