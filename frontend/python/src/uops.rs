//! The uops of the Python VM: one inline function each, from which come stencils, the uop interpreter, folding, facts.
//!
//! - [`facts`]: kinds of values and alias classes, which the facts of uops speak of;
//! - [`checks`]: conversions and checks between tagged words and raw values, reference counts;
//! - [`integers`], [`floats`], [`objects`]: raw operations;
//! - [`instructions`]: compositions of these, one for each specialized bytecode.
//!
//! Values on the operand stack own a reference, so expansions of bytecodes (in `jit/expand`) speak of counts
//! explicitly: uops here borrow their inputs, and a result that comes out of an object is borrowed from it until an
//! [`checks::incref`] follows.

pub mod checks;
pub mod facts;
pub mod floats;
pub mod generators;
pub mod instructions;
pub mod integers;
pub mod objects;
