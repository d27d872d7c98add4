//! What the optimizer may distinguish: kinds of values, and parts of memory that do not overlap.

use sashiko_stencils::uop::Kinds;

sashiko_stencils::kinds! {
    /// No value.
    UNBOUND,
    /// A small integer.
    INT,
    /// A float.
    FLOAT,
    /// `True` or `False`.
    BOOL,
    /// `None`.
    NONE_TYPE,
    /// `str`.
    STR,
    /// `list`.
    LIST,
    /// `tuple`.
    TUPLE,
    /// `dict`.
    DICT,
    /// Iterator over a range.
    RANGE_ITER,
    /// Iterator over a list.
    LIST_ITER,
    /// Iterator over a tuple.
    TUPLE_ITER,
    /// Generator.
    GENERATOR,
    /// Any other object.
    OBJECT,
}

/// Kinds of values that have no reference count.
pub const UNCOUNTED: Kinds = Kinds(UNBOUND.0 | INT.0 | FLOAT.0 | BOOL.0 | NONE_TYPE.0);

/// Every kind there is.
const EVERY: u64 = (1 << KIND_NAMES.len()) - 1;
/// Kinds of objects: they have a reference count.
pub const COUNTED: Kinds = Kinds(EVERY & !UNCOUNTED.0);
/// Kinds of values, as a bound local has one.
pub const BOUND: Kinds = Kinds(EVERY & !UNBOUND.0);
/// Kinds of what is not `None`.
pub const NOT_NONE: Kinds = Kinds(EVERY & !NONE_TYPE.0);

sashiko_stencils::aliases! {
    /// `len` and `items` of lists.
    LIST_SHAPE,
    /// The items of lists.
    LIST_ITEMS,
    /// State of iterators.
    ITERATORS,
    /// Shapes of instances.
    SHAPES,
    /// Attributes of instances.
    FIELDS,
    /// Keys of dicts.
    DICT_KEYS,
    /// Values of dicts.
    DICT_VALUES,
    /// Versions of classes and functions.
    VERSIONS,
    /// Contents of cells.
    CELLS,
    /// Where generators are suspended, and the words of their frames.
    GENERATORS,
    /// The exception that is being handled.
    HANDLED,
    /// What traces assume ([`crate::jit::watch`]): changed by whatever may run Python code.
    ASSUMPTIONS,
    /// Items of tuples.
    TUPLES,
    /// Lengths of tuples.
    TUPLE_LENS,
    /// Functions and receivers of bound methods.
    METHODS,
    /// Where calls leave a second result.
    RESULTS,
    /// Everything else.
    OTHER,
}
