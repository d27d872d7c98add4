//! The loop itself.
//!
//! The registers stay in machine registers only if their address is never taken: functions that are not inlined get a
//! copy (`&r.copy()`).

use sashiko_trace::recorded::TraceId;

use crate::core_types::generators::{self, Links};
use crate::error::Raised;
use crate::interp::exceptions::{self, Origin};
use crate::interp::iteration::{self, Step};
use crate::interp::registers::Registers;
use crate::interp::special::{self, Use};
use crate::interp::{Stop, arith, attrs, build, cache, calls, frames, functions, misc, names};
use crate::jit::{self, Action};
use crate::layout::{
    Cell, EMPTY, FALSE, FRAME_LOCALS, List, NONE, SHAPE_DICT, SHAPE_GENERATOR, SHAPE_LIST,
    SHAPE_SET, SHAPE_STR, SHAPE_TUPLE, TRUE, Tuple, Word, has_shape, int_of, is_bool, is_int,
    word_of_bool, word_of_int,
};
use crate::objects::code::CODE_GENERATOR;
use crate::objects::{dict, list};
use crate::opcode as op;
use crate::operator::UnaryOp;
use crate::types::iterators::Pair;
use crate::value::{Value, decref, incref};
use crate::vm::Vm;

/// Why the loop ended.
pub(super) enum Exit {
    /// The frame it was entered with is done.
    Stop(Stop),
    /// To be gone on with in the other instantiation: recording or not.
    Switch(Registers, bool),
    /// To be gone on with in compiled code: this trace.
    Enter(Registers, TraceId),
}

#[inline(always)]
fn is(word: Word, shape: u32) -> bool {
    // SAFETY: a live value on the stack.
    unsafe { has_shape(word, shape) }
}

/// Carries out instructions from `r` on. With `failing`, an exception is pending there already.
#[expect(
    clippy::too_many_lines,
    reason = "one arm for each instruction: splitting the match would hide the machine"
)]
#[expect(clippy::cognitive_complexity, reason = "the same")]
pub(super) fn run<const RECORD: bool>(vm: &mut Vm, entry: Registers, failing: bool) -> Exit {
    // Not `mut entry`: a parameter of this size lies in the caller's memory, and would stay there.
    let mut r = Registers {
        pc: entry.pc,
        sp: entry.sp,
        base: entry.base,
    };
    let mut consts = r.code().consts.as_ptr();
    let mut fault = failing.then_some(Origin::New);
    loop {
        if let Some(origin) = fault.take() {
            match exceptions::unwind(vm, r, origin) {
                Some(handler) => {
                    r = handler;
                    consts = r.code().consts.as_ptr();
                }
                None => return Exit::Stop(Stop::Raised(Raised)),
            }
        }
        let origin = 'instructions: loop {
            macro_rules! attempt {
                ($outcome:expr) => {
                    match $outcome {
                        Ok(value) => value,
                        Err(Raised) => break 'instructions Origin::New,
                    }
                };
            }
            macro_rules! switch {
                ($registers:expr) => {{
                    r = $registers;
                    consts = r.code().consts.as_ptr();
                }};
            }
            // What may have pushed the frame of a special method, in which the program goes on then.
            macro_rules! enters {
                ($outcome:expr) => {
                    if let Some(entered) = attempt!($outcome) {
                        switch!(entered);
                        continue 'instructions;
                    }
                };
            }
            macro_rules! drop_top {
                ($count:expr) => {
                    // SAFETY: the operands were on the stack.
                    r.sp = unsafe { r.sp.sub($count) }
                };
            }
            // All forms check: the compiler emits the unchecked ones for variables that may be unbound, too.
            macro_rules! load_fast {
                ($index:expr) => {{
                    // SAFETY: the compiler's indices stay within the frame.
                    let word = unsafe { *r.local($index) };
                    if word == EMPTY {
                        let Raised = names::unbound_local(vm, r, $index);
                        break 'instructions Origin::New;
                    }
                    r.push_borrowed(word);
                }};
            }
            // The result of a binary fast path, or the generic form.
            macro_rules! binary {
                ($fast:expr, $generic:expr, $caches:expr, owned: $owned:expr) => {{
                    let (left, right) = (r.peek(2), r.peek(1));
                    match $fast(left, right) {
                        Some(word) => {
                            r.poke(2, word);
                            if $owned {
                                decref(left);
                                decref(right);
                            }
                        }
                        None => enters!($generic),
                    }
                    drop_top!(1);
                    r.skip($caches);
                }};
            }
            // A specialized call, or the generic form.
            macro_rules! call {
                ($specialized:expr, $count:expr) => {
                    match $specialized {
                        Some(next) => switch!(next),
                        None => switch!(attempt!(calls::call(vm, r, $count))),
                    }
                };
            }
            // An attribute in general; the program goes on behind it, or in the function that computes it.
            macro_rules! generic_attr {
                ($arg:expr) => {
                    match attempt!(attrs::load_attr(vm, r, $arg)) {
                        Some(entered) => switch!(entered),
                        None => {
                            if $arg & 1 != 0 {
                                // SAFETY: the generic form wrote the second word.
                                r.sp = unsafe { r.sp.add(1) };
                            }
                            r.skip(attrs::LOAD_CACHE);
                        }
                    }
                };
            }
            // An attribute found by a fast path (borrowed), or the generic form.
            macro_rules! load_attr {
                ($found:expr, $arg:expr) => {{
                    let owner = r.peek(1);
                    match $found(&r.copy(), owner) {
                        Some(value) => {
                            incref(value);
                            r.poke(1, value);
                            decref(owner);
                            if $arg & 1 != 0 {
                                r.push(EMPTY);
                            }
                        }
                        None => {
                            generic_attr!($arg);
                            continue 'instructions;
                        }
                    }
                    r.skip(attrs::LOAD_CACHE);
                }};
            }
            macro_rules! load_method {
                ($found:expr, $arg:expr) => {{
                    let owner = r.peek(1);
                    match $found(&r.copy(), owner) {
                        Some(function) => {
                            incref(function);
                            r.poke(1, function);
                            r.push(owner);
                        }
                        None => {
                            generic_attr!($arg);
                            continue 'instructions;
                        }
                    }
                    r.skip(attrs::LOAD_CACHE);
                }};
            }
            macro_rules! for_iter {
                ($step:expr, $arg:expr) => {
                    match $step(r.peek(1)) {
                        Step::Item(item) => {
                            r.push(item);
                            r.skip(1);
                        }
                        Step::End => r.skip(2 + $arg),
                        Step::Other => match attempt!(iteration::for_iter(vm, r)) {
                            Some(item) => {
                                r.push_value(item);
                                r.skip(1);
                            }
                            None => r.skip(2 + $arg),
                        },
                    }
                };
            }
            macro_rules! unpack {
                ($arg:expr, $list:expr) => {{
                    match build::exact_items(r.peek(1), $arg, $list) {
                        Some(items) => build::spread_items(&mut r, items),
                        None => {
                            attempt!(build::unpack_sequence(vm, r, $arg));
                            // SAFETY: one word was replaced by `arg`.
                            r.sp = unsafe { r.sp.sub(1).add($arg) };
                        }
                    }
                    r.skip(1);
                }};
            }
            macro_rules! subscript {
                ($shape:expr, $type:ty, $arg:expr) => {{
                    let (container, index) = (r.peek(2), r.peek(1));
                    let item = if is(container, $shape) && is_int(index) {
                        // SAFETY: a live list or tuple.
                        build::item_at(
                            unsafe { (*(container as *const $type)).items() },
                            int_of(index),
                        )
                    } else {
                        None
                    };
                    match item {
                        Some(item) => {
                            incref(item);
                            r.poke(2, item);
                            decref(container);
                        }
                        None => enters!(arith::binary_op(vm, r, $arg)),
                    }
                    drop_top!(1);
                    r.skip(5);
                }};
            }
            if RECORD {
                match jit::step(vm, &r.copy()) {
                    jit::Step::Continue => {}
                    jit::Step::Stop => return Exit::Switch(r, false),
                    jit::Step::Enter(trace) => return Exit::Enter(r, trace),
                    jit::Step::Called(after) => {
                        r = after;
                        continue 'instructions;
                    }
                    jit::Step::Raised(at) => {
                        r = at;
                        break 'instructions Origin::New;
                    }
                }
            }
            // SAFETY: `pc` is at an instruction.
            let unit = unsafe { *r.pc };
            r.skip(1);
            let mut opcode = unit.op;
            let mut arg = unit.arg as usize;
            'extended: loop {
                match opcode {
                    op::RESUME if !RECORD && arg == 0 => {
                        // A generator is entered where it was left: its traces are its consumers'.
                        if frames::counts_down(&r.copy()) && r.code().flags & CODE_GENERATOR == 0 {
                            r.publish(vm);
                            match jit::call(vm, &r.copy()) {
                                Action::Interpret(_) => {}
                                Action::Record => return Exit::Switch(r, true),
                                Action::Enter(trace) => return Exit::Enter(r, trace),
                            }
                        }
                    }
                    op::RESUME_JIT if !RECORD => {
                        if let Some(trace) = frames::compiled(&r.copy())
                            && jit::has_room(vm, r.base)
                        {
                            r.publish(vm);
                            return Exit::Enter(r, trace);
                        }
                    }
                    op::NOP | op::NOT_TAKEN | op::RESUME | op::RESUME_CHECK | op::RESUME_JIT => {}
                    op::EXTENDED_ARG => {
                        // SAFETY: an instruction follows.
                        let unit = unsafe { *r.pc };
                        r.skip(1);
                        opcode = unit.op;
                        arg = arg << 8 | unit.arg as usize;
                        continue 'extended;
                    }

                    // Locals and constants.
                    op::LOAD_FAST | op::LOAD_FAST_BORROW | op::LOAD_FAST_CHECK => load_fast!(arg),
                    op::LOAD_FAST_LOAD_FAST | op::LOAD_FAST_BORROW_LOAD_FAST_BORROW => {
                        load_fast!(arg >> 4);
                        load_fast!(arg & 15);
                    }
                    op::LOAD_FAST_AND_CLEAR => {
                        // SAFETY: as above.
                        let word = unsafe { std::mem::replace(&mut *r.local(arg), EMPTY) };
                        r.push(word);
                    }
                    op::STORE_FAST => {
                        let word = r.pop();
                        // SAFETY: as above.
                        decref(unsafe { std::mem::replace(&mut *r.local(arg), word) });
                    }
                    op::STORE_FAST_LOAD_FAST => {
                        let word = r.pop();
                        // SAFETY: as above.
                        decref(unsafe { std::mem::replace(&mut *r.local(arg >> 4), word) });
                        load_fast!(arg & 15);
                    }
                    op::STORE_FAST_STORE_FAST => {
                        let first = r.pop();
                        let second = r.pop();
                        // SAFETY: as above.
                        unsafe {
                            decref(std::mem::replace(&mut *r.local(arg >> 4), first));
                            decref(std::mem::replace(&mut *r.local(arg & 15), second));
                        }
                    }
                    op::DELETE_FAST => {
                        // SAFETY: as above.
                        let word = unsafe { std::mem::replace(&mut *r.local(arg), EMPTY) };
                        if word == EMPTY {
                            let Raised = names::unbound_local(vm, r, arg);
                            break 'instructions Origin::New;
                        }
                        decref(word);
                    }
                    op::LOAD_CONST | op::LOAD_CONST_MORTAL | op::LOAD_CONST_IMMORTAL => {
                        // SAFETY: the compiler's indices are in bounds.
                        r.push_borrowed(unsafe { *consts.add(arg) });
                    }
                    op::LOAD_SMALL_INT => r.push(word_of_int(arg as i64)),
                    op::LOAD_COMMON_CONSTANT => {
                        let value = misc::common_constant(vm, arg);
                        r.push_value(value);
                    }

                    // The stack.
                    op::POP_TOP | op::POP_ITER | op::END_FOR => decref(r.pop()),
                    op::PUSH_NULL => r.push(EMPTY),
                    op::COPY => r.push_borrowed(r.peek(arg)),
                    op::SWAP => {
                        let (top, other) = (r.peek(1), r.peek(arg));
                        r.poke(1, other);
                        r.poke(arg, top);
                    }

                    // Cells.
                    op::MAKE_CELL => {
                        // SAFETY: as for locals.
                        unsafe {
                            let place = r.local(arg);
                            *place = vm.new_cell(*place).into_word();
                        }
                    }
                    op::COPY_FREE_VARS => functions::copy_free_vars(&r.copy(), arg),
                    op::LOAD_DEREF => {
                        // SAFETY: the compiler's indices name cells.
                        let word = unsafe { (*(*r.local(arg) as *mut Cell)).value };
                        if word == EMPTY {
                            let Err(Raised) = names::load_cell(vm, r, arg) else {
                                unreachable!("the cell is empty")
                            };
                            break 'instructions Origin::New;
                        }
                        r.push_borrowed(word);
                    }
                    op::STORE_DEREF => {
                        let word = r.pop();
                        // SAFETY: as above.
                        decref(unsafe {
                            std::mem::replace(&mut (*(*r.local(arg) as *mut Cell)).value, word)
                        });
                    }
                    op::DELETE_DEREF => attempt!(names::delete_cell(vm, r, arg)),

                    // Globals and names.
                    op::LOAD_GLOBAL => {
                        let word = attempt!(names::load_global(vm, r, arg));
                        r.push(word);
                        if arg & 1 != 0 {
                            r.push(EMPTY);
                        }
                        r.skip(names::GLOBAL_CACHE);
                    }
                    op::LOAD_GLOBAL_MODULE => {
                        match names::module_global(&r.copy()) {
                            Some(word) => r.push_borrowed(word),
                            None => {
                                let word = attempt!(names::load_global(vm, r, arg));
                                r.push(word);
                            }
                        }
                        if arg & 1 != 0 {
                            r.push(EMPTY);
                        }
                        r.skip(names::GLOBAL_CACHE);
                    }
                    op::LOAD_GLOBAL_BUILTIN => {
                        match names::builtin_global(vm, &r.copy()) {
                            Some(word) => r.push_borrowed(word),
                            None => {
                                let word = attempt!(names::load_global(vm, r, arg));
                                r.push(word);
                            }
                        }
                        if arg & 1 != 0 {
                            r.push(EMPTY);
                        }
                        r.skip(names::GLOBAL_CACHE);
                    }
                    op::LOAD_NAME => {
                        let value = attempt!(names::load_name(vm, r, arg));
                        r.push_value(value);
                    }
                    op::STORE_NAME => {
                        let value = r.pop_value();
                        names::store_name(&r.copy(), arg, value);
                    }
                    op::STORE_GLOBAL => {
                        let value = r.pop_value();
                        names::store_global(&r.copy(), arg, value);
                    }
                    op::DELETE_NAME => attempt!(names::delete_name(vm, r, arg, false)),
                    op::DELETE_GLOBAL => attempt!(names::delete_name(vm, r, arg, true)),
                    op::LOAD_LOCALS => r.push_borrowed(r.namespace()),
                    op::LOAD_FROM_DICT_OR_GLOBALS => {
                        attempt!(names::load_from_dict_or_globals(vm, r, arg));
                    }
                    op::LOAD_FROM_DICT_OR_DEREF => {
                        attempt!(names::load_from_dict_or_deref(vm, r, arg));
                    }
                    op::SETUP_ANNOTATIONS => misc::setup_annotations(vm, &r.copy()),

                    // Operators.
                    op::BINARY_OP => {
                        enters!(arith::binary_op(vm, r, arg));
                        drop_top!(1);
                        r.skip(5);
                    }
                    op::BINARY_OP_ADD_INT => {
                        binary!(arith::add_int, arith::binary_op(vm, r, arg), 5, owned: false);
                    }
                    op::BINARY_OP_SUBTRACT_INT => {
                        binary!(arith::subtract_int, arith::binary_op(vm, r, arg), 5, owned: false);
                    }
                    op::BINARY_OP_MULTIPLY_INT => {
                        binary!(arith::multiply_int, arith::binary_op(vm, r, arg), 5, owned: false);
                    }
                    op::BINARY_OP_ADD_FLOAT => {
                        let fast = |a, b| arith::float_op(a, b, |a, b| a + b);
                        binary!(fast, arith::binary_op(vm, r, arg), 5, owned: false);
                    }
                    op::BINARY_OP_SUBTRACT_FLOAT => {
                        let fast = |a, b| arith::float_op(a, b, |a, b| a - b);
                        binary!(fast, arith::binary_op(vm, r, arg), 5, owned: false);
                    }
                    op::BINARY_OP_MULTIPLY_FLOAT => {
                        let fast = |a, b| arith::float_op(a, b, |a, b| a * b);
                        binary!(fast, arith::binary_op(vm, r, arg), 5, owned: false);
                    }
                    op::BINARY_OP_EXTEND => {
                        // SAFETY: `pc` is at the cache.
                        let kinds = unsafe { arith::cached_kinds(r.pc) };
                        let fast = |a, b| arith::extended(arg as u8, kinds, a, b);
                        binary!(fast, arith::binary_op(vm, r, arg), 5, owned: false);
                    }
                    op::BINARY_OP_ADD_UNICODE => {
                        if is(r.peek(2), SHAPE_STR) && is(r.peek(1), SHAPE_STR) {
                            arith::concat_strings(vm, &r.copy());
                        } else {
                            enters!(arith::binary_op(vm, r, arg));
                        }
                        drop_top!(1);
                        r.skip(5);
                    }
                    op::BINARY_OP_SUBSCR_LIST_INT => subscript!(SHAPE_LIST, List, arg),
                    op::BINARY_OP_SUBSCR_TUPLE_INT => subscript!(SHAPE_TUPLE, Tuple, arg),
                    op::BINARY_OP_SUBSCR_STR_INT => {
                        let (text, index) = (r.peek(2), r.peek(1));
                        let item = if is(text, SHAPE_STR) && is_int(index) {
                            build::char_at(vm, text, int_of(index))
                        } else {
                            None
                        };
                        match item {
                            Some(item) => {
                                r.poke(2, item.into_word());
                                decref(text);
                            }
                            None => enters!(arith::binary_op(vm, r, arg)),
                        }
                        drop_top!(1);
                        r.skip(5);
                    }
                    op::BINARY_OP_SUBSCR_DICT => {
                        let (container, key) = (r.peek(2), r.peek(1));
                        let mut found = None;
                        if is(container, SHAPE_DICT) {
                            r.publish(vm);
                            found = attempt!(dict::get(vm, container, key));
                        }
                        match found {
                            Some(value) => {
                                r.poke(2, value.into_word());
                                decref(container);
                                decref(key);
                            }
                            None => enters!(arith::binary_op(vm, r, arg)),
                        }
                        drop_top!(1);
                        r.skip(5);
                    }
                    op::COMPARE_OP => {
                        enters!(arith::compare_op(vm, r, arg));
                        drop_top!(1);
                        r.skip(1);
                    }
                    op::COMPARE_OP_INT => {
                        let fast = |a, b| arith::compare_ints(arg, a, b);
                        binary!(fast, arith::compare_op(vm, r, arg), 1, owned: false);
                    }
                    op::COMPARE_OP_FLOAT => {
                        let fast = |a, b| arith::compare_floats(arg, a, b);
                        binary!(fast, arith::compare_op(vm, r, arg), 1, owned: false);
                    }
                    op::COMPARE_OP_STR => {
                        let fast = |a, b| arith::compare_strings(arg, a, b);
                        binary!(fast, arith::compare_op(vm, r, arg), 1, owned: true);
                    }
                    op::CONTAINS_OP => {
                        enters!(arith::contains_op(vm, r, arg));
                        drop_top!(1);
                        r.skip(1);
                    }
                    op::CONTAINS_OP_DICT | op::CONTAINS_OP_SET => {
                        let (item, container) = (r.peek(2), r.peek(1));
                        let shape = if opcode == op::CONTAINS_OP_DICT {
                            SHAPE_DICT
                        } else {
                            SHAPE_SET
                        };
                        if is(container, shape) {
                            r.publish(vm);
                            let found = attempt!(dict::contains(vm, container, item));
                            r.poke(2, word_of_bool(found != (arg & 1 != 0)));
                            decref(item);
                            decref(container);
                        } else {
                            enters!(arith::contains_op(vm, r, arg));
                        }
                        drop_top!(1);
                        r.skip(1);
                    }
                    op::IS_OP => {
                        let right = r.pop();
                        let left = r.peek(1);
                        r.poke(1, word_of_bool((left == right) != (arg & 1 != 0)));
                        decref(left);
                        decref(right);
                    }
                    op::UNARY_NEGATIVE => {
                        let operand = r.peek(1);
                        if is_int(operand) && crate::layout::fits_int(-int_of(operand)) {
                            r.poke(1, word_of_int(-int_of(operand)));
                        } else if crate::layout::is_float(operand) {
                            r.poke(
                                1,
                                crate::layout::word_of_float(-crate::layout::float_of(operand)),
                            );
                        } else {
                            enters!(arith::unary(vm, r, UnaryOp::Negative));
                        }
                    }
                    op::UNARY_INVERT => enters!(arith::unary(vm, r, UnaryOp::Invert)),
                    op::UNARY_NOT => {
                        // The operand is `True` or `False`, which differ in the last bit.
                        let operand = r.peek(1);
                        r.poke(1, operand ^ 1);
                    }
                    op::TO_BOOL => {
                        enters!(arith::to_bool(vm, r));
                        r.skip(3);
                    }
                    op::TO_BOOL_BOOL => {
                        if !is_bool(r.peek(1)) {
                            enters!(arith::to_bool(vm, r));
                        }
                        r.skip(3);
                    }
                    op::TO_BOOL_INT => {
                        let operand = r.peek(1);
                        if is_int(operand) {
                            r.poke(1, word_of_bool(int_of(operand) != 0));
                        } else {
                            enters!(arith::to_bool(vm, r));
                        }
                        r.skip(3);
                    }
                    op::TO_BOOL_NONE => {
                        if r.peek(1) == NONE {
                            r.poke(1, FALSE);
                        } else {
                            enters!(arith::to_bool(vm, r));
                        }
                        r.skip(3);
                    }
                    op::TO_BOOL_LIST => {
                        let operand = r.peek(1);
                        if is(operand, SHAPE_LIST) {
                            // SAFETY: a live list.
                            r.poke(
                                1,
                                word_of_bool(unsafe { (*(operand as *const List)).len } != 0),
                            );
                            decref(operand);
                        } else {
                            enters!(arith::to_bool(vm, r));
                        }
                        r.skip(3);
                    }
                    op::TO_BOOL_STR => {
                        let operand = r.peek(1);
                        if is(operand, SHAPE_STR) {
                            let text = crate::objects::string::as_str(operand).unwrap_or("");
                            r.poke(1, word_of_bool(!text.is_empty()));
                            decref(operand);
                        } else {
                            enters!(arith::to_bool(vm, r));
                        }
                        r.skip(3);
                    }
                    op::TO_BOOL_ALWAYS_TRUE => {
                        let operand = r.peek(1);
                        // SAFETY: `pc` is at the cache.
                        let version = unsafe { cache::read_u32(r.pc, 1) };
                        if vm.class_of(operand).prefix.version == version {
                            r.poke(1, TRUE);
                            decref(operand);
                        } else {
                            enters!(arith::to_bool(vm, r));
                        }
                        r.skip(3);
                    }

                    // Subscripts.
                    op::STORE_SUBSCR => {
                        enters!(arith::store_subscr(vm, r));
                        drop_top!(3);
                        r.skip(1);
                    }
                    op::STORE_SUBSCR_LIST_INT => {
                        let (value, container, key) = (r.peek(3), r.peek(2), r.peek(1));
                        let mut stored = false;
                        if is(container, SHAPE_LIST) && is_int(key) {
                            // SAFETY: a live list.
                            let items = unsafe { (*(container as *mut List)).items_mut() };
                            let index = int_of(key);
                            let index = if index < 0 {
                                index + items.len() as i64
                            } else {
                                index
                            };
                            if let Some(place) = items.get_mut(index as usize) {
                                let old = std::mem::replace(place, value);
                                decref(old);
                                decref(container);
                                stored = true;
                            }
                        }
                        if !stored {
                            enters!(arith::store_subscr(vm, r));
                        }
                        drop_top!(3);
                        r.skip(1);
                    }
                    op::STORE_SUBSCR_DICT => {
                        let (value, container, key) = (r.peek(3), r.peek(2), r.peek(1));
                        if is(container, SHAPE_DICT) {
                            r.publish(vm);
                            attempt!(dict::set(
                                vm,
                                container,
                                Value::borrowed(key),
                                Value::borrowed(value)
                            ));
                            decref(value);
                            decref(container);
                            decref(key);
                        } else {
                            enters!(arith::store_subscr(vm, r));
                        }
                        drop_top!(3);
                        r.skip(1);
                    }
                    op::DELETE_SUBSCR => {
                        attempt!(arith::delete_subscr(vm, r));
                        drop_top!(2);
                    }
                    op::BINARY_SLICE => {
                        attempt!(arith::binary_slice(vm, r));
                        drop_top!(2);
                    }
                    op::STORE_SLICE => {
                        attempt!(arith::store_slice(vm, r));
                        drop_top!(4);
                    }

                    // Attributes.
                    op::LOAD_ATTR => generic_attr!(arg),
                    op::LOAD_ATTR_INSTANCE_VALUE => load_attr!(attrs::instance_value, arg),
                    op::LOAD_ATTR_WITH_HINT => load_attr!(attrs::overflow_value, arg),
                    op::LOAD_ATTR_NONDESCRIPTOR_WITH_VALUES => {
                        load_attr!(attrs::shape_and_version, arg);
                    }
                    op::LOAD_ATTR_CLASS => load_attr!(attrs::class_value, arg),
                    op::LOAD_ATTR_MODULE => load_attr!(attrs::module_value, arg),
                    op::LOAD_ATTR_METHOD_WITH_VALUES => load_method!(attrs::shape_and_version, arg),
                    op::LOAD_ATTR_METHOD_NO_DICT => load_method!(attrs::method_no_dict, arg),
                    op::LOAD_ATTR_PROPERTY => {
                        match attrs::shape_and_version(&r.copy(), r.peek(1)) {
                            Some(getter) => {
                                let mut after = r;
                                after.skip(attrs::LOAD_CACHE);
                                // SAFETY: the guards say that the getter takes one argument.
                                switch!(attempt!(unsafe {
                                    calls::enter_getter(vm, &after, getter)
                                }));
                            }
                            None => generic_attr!(arg),
                        }
                    }
                    op::STORE_ATTR => {
                        enters!(attrs::store_attr(vm, r, arg));
                        drop_top!(2);
                        r.skip(attrs::STORE_CACHE);
                    }
                    op::STORE_ATTR_INSTANCE_VALUE => {
                        let (value, owner) = (r.peek(2), r.peek(1));
                        if attrs::store_instance_value(&r.copy(), owner, value) {
                            decref(owner);
                        } else {
                            enters!(attrs::store_attr(vm, r, arg));
                        }
                        drop_top!(2);
                        r.skip(attrs::STORE_CACHE);
                    }
                    op::STORE_ATTR_ADD_VALUE => {
                        let (value, owner) = (r.peek(2), r.peek(1));
                        if attrs::store_add_value(&r.copy(), owner, value) {
                            decref(owner);
                        } else {
                            enters!(attrs::store_attr(vm, r, arg));
                        }
                        drop_top!(2);
                        r.skip(attrs::STORE_CACHE);
                    }
                    op::DELETE_ATTR => {
                        attempt!(attrs::delete_attr(vm, r, arg));
                        drop_top!(1);
                    }
                    op::LOAD_SUPER_ATTR => {
                        attempt!(attrs::load_super_attr(vm, r, arg));
                        drop_top!(2 - (arg & 1));
                        r.skip(1);
                    }
                    op::IMPORT_NAME => {
                        attempt!(attrs::import_name(vm, r, arg));
                        drop_top!(1);
                    }
                    op::IMPORT_FROM => {
                        let value = attempt!(attrs::import_from(vm, r, arg));
                        r.push_value(value);
                    }

                    // Calls.
                    op::CALL => switch!(attempt!(calls::call(vm, r, arg))),
                    op::CALL_PY_EXACT_ARGS => {
                        call!(attempt!(calls::call_py_exact(vm, &r.copy(), arg)), arg);
                    }
                    op::CALL_BOUND_METHOD_EXACT_ARGS => {
                        call!(attempt!(calls::call_bound_exact(vm, &r.copy(), arg)), arg);
                    }
                    op::CALL_ALLOC_AND_ENTER_INIT => {
                        call!(attempt!(calls::call_alloc_init(vm, &r.copy(), arg)), arg);
                    }
                    op::CALL_BUILTIN_O
                    | op::CALL_BUILTIN_FAST
                    | op::CALL_BUILTIN_FAST_WITH_KEYWORDS
                    | op::CALL_METHOD_DESCRIPTOR_O
                    | op::CALL_METHOD_DESCRIPTOR_FAST
                    | op::CALL_METHOD_DESCRIPTOR_NOARGS
                    | op::CALL_METHOD_DESCRIPTOR_FAST_WITH_KEYWORDS => {
                        call!(attempt!(calls::call_native(vm, &r.copy(), arg)), arg);
                    }
                    op::CALL_LEN => call!(attempt!(calls::call_len(vm, &r.copy())), arg),
                    op::CALL_ISINSTANCE => call!(calls::call_isinstance(vm, &r.copy()), arg),
                    op::CALL_LIST_APPEND => call!(calls::call_list_append(vm, &r.copy()), arg),
                    op::CALL_TYPE_1 => call!(calls::call_type_1(vm, &r.copy()), arg),
                    op::CALL_STR_1 | op::CALL_TUPLE_1 | op::CALL_BUILTIN_CLASS => {
                        call!(attempt!(calls::call_builtin_class(vm, &r.copy(), arg)), arg);
                    }
                    op::CALL_PY_GENERAL
                    | op::CALL_BOUND_METHOD_GENERAL
                    | op::CALL_NON_PY_GENERAL => {
                        let mut after = r;
                        after.skip(calls::CALL_CACHE);
                        r.publish(vm);
                        switch!(attempt!(calls::call_any(vm, after, arg, &[])));
                    }
                    op::CALL_KW => switch!(attempt!(calls::call_kw(vm, r, arg))),
                    op::CALL_FUNCTION_EX => switch!(attempt!(calls::call_function_ex(vm, r))),
                    op::RETURN_VALUE => {
                        let mut result = r.pop();
                        // SAFETY: part of every frame.
                        if unsafe { *r.base.offset(FRAME_LOCALS) } != EMPTY {
                            if let Some(generator) = generators::running_in(&r.copy()) {
                                match generators::return_from(vm, generator, r, result) {
                                    Ok(consumer) => switch!(consumer),
                                    Err(result) => return Exit::Stop(Stop::Return(result)),
                                }
                                break 'extended;
                            }
                            // SAFETY: as above.
                            if let Some(used) = Use::of(unsafe { *r.base.offset(FRAME_LOCALS) }) {
                                if used.may_decline() && vm.is_not_implemented_word(result) {
                                    // SAFETY: the running function is alive.
                                    unsafe { (*r.function()).declines = true };
                                }
                                let Some(caller) = misc::leave(vm, &r.copy()) else {
                                    unreachable!("special methods are entered from Python code")
                                };
                                switch!(caller);
                                switch!(attempt!(special::finish(vm, caller, used, result)));
                                break 'extended;
                            }
                            result = attempt!(misc::return_special(vm, r, result));
                        }
                        match misc::leave(vm, &r.copy()) {
                            Some(mut caller) => {
                                caller.push(result);
                                switch!(caller);
                            }
                            None => return Exit::Stop(Stop::Return(Value::from_owned(result))),
                        }
                    }
                    op::MAKE_FUNCTION => {
                        let function = functions::make_function(vm, &r.copy());
                        r.poke(1, function.into_word());
                    }
                    op::SET_FUNCTION_ATTRIBUTE => {
                        functions::set_function_attribute(&r.copy(), arg);
                        let function = r.pop();
                        r.poke(1, function);
                    }
                    op::LOAD_BUILD_CLASS => {
                        let name = vm.names.__build_class__;
                        let word = dict::get_name(vm.builtins.word(), name).unwrap_or(NONE);
                        r.push_borrowed(word);
                    }
                    op::CALL_INTRINSIC_1 => attempt!(misc::intrinsic_1(vm, r, arg)),

                    // Generators.
                    op::RETURN_GENERATOR => {
                        // SAFETY: the frame moves into the generator.
                        let (generator, caller) = unsafe {
                            let caller = crate::interp::frames::caller_of(&r.copy());
                            (generators::from_frame(vm, &r.copy()), caller)
                        };
                        vm.depth -= 1;
                        match caller {
                            Some(mut caller) => {
                                caller.push_value(generator);
                                switch!(caller);
                            }
                            None => return Exit::Stop(Stop::Return(generator)),
                        }
                    }
                    op::YIELD_VALUE => {
                        let value = r.pop();
                        match generators::suspend(vm, r) {
                            Ok(mut consumer) => {
                                consumer.push(value);
                                switch!(consumer);
                            }
                            Err(generator) => {
                                let value = Value::from_owned(value);
                                return Exit::Stop(Stop::Yield(value, generator));
                            }
                        }
                    }
                    op::SEND | op::SEND_GEN => {
                        let behind = r.offset() + 1;
                        let links = Links {
                            item: behind,
                            end: behind + arg,
                            wants_value: true,
                        };
                        match generators::enter(vm, r, 2, links, RECORD) {
                            Some(entered) => switch!(entered),
                            None => {
                                let yielded = attempt!(iteration::send(vm, r));
                                r.skip(if yielded { 1 } else { 1 + arg });
                            }
                        }
                    }
                    op::END_SEND => {
                        let value = r.pop();
                        decref(r.peek(1));
                        r.poke(1, value);
                    }
                    op::CLEANUP_THROW => match misc::cleanup_throw(vm, r) {
                        Ok(value) => {
                            build::drop_operands(&r.copy(), 3);
                            drop_top!(3);
                            r.push(NONE);
                            r.push_value(value);
                        }
                        Err(Raised) => break 'instructions Origin::Reraised,
                    },

                    // Jumps.
                    op::POP_JUMP_IF_FALSE => {
                        let jump = r.pop() == FALSE;
                        r.skip(if jump { 1 + arg } else { 1 });
                    }
                    op::POP_JUMP_IF_TRUE => {
                        let jump = r.pop() == TRUE;
                        r.skip(if jump { 1 + arg } else { 1 });
                    }
                    op::POP_JUMP_IF_NONE => {
                        let word = r.pop();
                        decref(word);
                        r.skip(if word == NONE { 1 + arg } else { 1 });
                    }
                    op::POP_JUMP_IF_NOT_NONE => {
                        let word = r.pop();
                        decref(word);
                        r.skip(if word == NONE { 1 } else { 1 + arg });
                    }
                    op::JUMP_FORWARD => r.skip(arg),
                    op::JUMP_BACKWARD_NO_INTERRUPT => {
                        let edge = r.pc;
                        r.skip_back(arg);
                        if !RECORD && vm.edges.count(edge) {
                            r.publish(vm);
                            match jit::bare_back_edge(vm, &r.copy()) {
                                Action::Interpret(_) => vm.edges.restart(edge),
                                Action::Record => return Exit::Switch(r, true),
                                Action::Enter(trace) => return Exit::Enter(r, trace),
                            }
                        }
                    }
                    op::JUMP_BACKWARD_JIT if !RECORD => {
                        // SAFETY: the instruction's cache holds the number of a trace.
                        let trace = TraceId(u32::from(unsafe { cache::read_u16(r.pc, 0) }));
                        let edge = r.pc;
                        r.skip(1);
                        r.skip_back(arg);
                        if jit::is_valid(vm, trace, edge) && jit::has_room(vm, r.base) {
                            r.publish(vm);
                            return Exit::Enter(r, trace);
                        }
                    }
                    op::JUMP_BACKWARD_JIT | op::JUMP_BACKWARD_NO_JIT => {
                        r.skip(1);
                        r.skip_back(arg);
                    }
                    op::JUMP_BACKWARD => {
                        let edge = r.pc;
                        r.skip(1);
                        r.skip_back(arg);
                        // SAFETY: `edge` is the instruction's cache.
                        if !RECORD && unsafe { cache::count_down(edge) } {
                            r.publish(vm);
                            match jit::back_edge(vm, &r.copy(), edge) {
                                // SAFETY: as above.
                                Action::Interpret(runs) => unsafe { cache::restart(edge, runs) },
                                Action::Record => return Exit::Switch(r, true),
                                Action::Enter(trace) => return Exit::Enter(r, trace),
                            }
                        }
                    }

                    // Iteration.
                    op::GET_ITER | op::GET_YIELD_FROM_ITER => attempt!(iteration::get_iter(vm, r)),
                    op::FOR_ITER | op::FOR_ITER_GEN => {
                        if is(r.peek(1), SHAPE_GENERATOR) {
                            let behind = r.offset() + 1;
                            let links = Links {
                                item: behind,
                                end: behind + 1 + arg,
                                wants_value: false,
                            };
                            if let Some(entered) = generators::enter(vm, r, 1, links, RECORD) {
                                switch!(entered);
                                break 'extended;
                            }
                        }
                        match attempt!(iteration::next_pair(vm, r)) {
                            Pair::Items(first, second) => {
                                r.push_value(second);
                                r.push_value(first);
                                // Over the unpacking, too.
                                r.skip(1 + 2);
                            }
                            Pair::End => r.skip(2 + arg),
                            Pair::Unknown => for_iter!(|_| Step::Other, arg),
                        }
                    }
                    op::FOR_ITER_RANGE => for_iter!(iteration::range_step, arg),
                    op::FOR_ITER_LIST => for_iter!(iteration::list_step, arg),
                    op::FOR_ITER_TUPLE => for_iter!(iteration::tuple_step, arg),
                    op::UNPACK_SEQUENCE => {
                        attempt!(build::unpack_sequence(vm, r, arg));
                        // SAFETY: one word was replaced by `arg`.
                        r.sp = unsafe { r.sp.sub(1).add(arg) };
                        r.skip(1);
                    }
                    op::UNPACK_SEQUENCE_TUPLE | op::UNPACK_SEQUENCE_TWO_TUPLE => {
                        unpack!(arg, false);
                    }
                    op::UNPACK_SEQUENCE_LIST => unpack!(arg, true),
                    op::UNPACK_EX => {
                        let (before, after) = (arg & 0xff, arg >> 8);
                        attempt!(build::unpack_ex(vm, r, before, after));
                        // SAFETY: one word was replaced by that many.
                        r.sp = unsafe { r.sp.add(before + after) };
                    }

                    // Building.
                    op::BUILD_TUPLE => {
                        let value = build::tuple(vm, &r.copy(), arg);
                        drop_top!(arg);
                        r.push_value(value);
                    }
                    op::BUILD_LIST => {
                        let value = build::list(vm, &r.copy(), arg);
                        drop_top!(arg);
                        r.push_value(value);
                    }
                    op::BUILD_MAP => {
                        let value = attempt!(build::map(vm, r, arg));
                        build::drop_operands(&r.copy(), arg * 2);
                        drop_top!(arg * 2);
                        r.push_value(value);
                    }
                    op::BUILD_SET => {
                        let value = attempt!(build::set(vm, r, arg));
                        build::drop_operands(&r.copy(), arg);
                        drop_top!(arg);
                        r.push_value(value);
                    }
                    op::BUILD_STRING => {
                        let value = build::string(vm, &r.copy(), arg);
                        build::drop_operands(&r.copy(), arg);
                        drop_top!(arg);
                        r.push_value(value);
                    }
                    op::BUILD_SLICE => {
                        let value = build::slice(vm, &r.copy(), arg);
                        drop_top!(arg);
                        r.push_value(value);
                    }
                    op::LIST_APPEND => {
                        let item = r.pop_value();
                        list::cast_list(r.peek(arg))
                            .expect("LIST_APPEND appends to a list")
                            .push(item);
                    }
                    op::LIST_EXTEND => {
                        attempt!(build::list_extend(vm, r, arg));
                        drop_top!(1);
                    }
                    op::SET_ADD => {
                        attempt!(build::set_add(vm, r, arg));
                        drop_top!(1);
                    }
                    op::SET_UPDATE => {
                        attempt!(build::set_update(vm, r, arg));
                        drop_top!(1);
                    }
                    op::MAP_ADD => {
                        attempt!(build::map_add(vm, r, arg));
                        drop_top!(2);
                    }
                    op::DICT_UPDATE => {
                        attempt!(build::dict_update(vm, r, arg, false));
                        drop_top!(1);
                    }
                    op::DICT_MERGE => {
                        attempt!(build::dict_update(vm, r, arg, true));
                        drop_top!(1);
                    }
                    op::FORMAT_SIMPLE => attempt!(build::format_simple(vm, r)),
                    op::FORMAT_WITH_SPEC => {
                        attempt!(build::format_with_spec(vm, r));
                        drop_top!(1);
                    }
                    op::CONVERT_VALUE => attempt!(build::convert_value(vm, r, arg)),

                    // Patterns.
                    op::GET_LEN => {
                        let len = attempt!(build::get_len(vm, r));
                        r.push_value(len);
                    }
                    op::MATCH_SEQUENCE => {
                        let answer = build::is_sequence(r.peek(1));
                        r.push(word_of_bool(answer));
                    }
                    op::MATCH_MAPPING => {
                        let answer = dict::cast_dict(r.peek(1)).is_some();
                        r.push(word_of_bool(answer));
                    }
                    op::MATCH_KEYS => {
                        let values = attempt!(build::match_keys(vm, r));
                        r.push_value(values);
                    }
                    op::MATCH_CLASS => {
                        let values = attempt!(build::match_class(vm, r, arg));
                        build::drop_operands(&r.copy(), 3);
                        drop_top!(3);
                        r.push_value(values);
                    }

                    // Exceptions.
                    op::RAISE_VARARGS => break 'instructions exceptions::raise(vm, r, arg),
                    op::RERAISE => {
                        let mut copy = r;
                        exceptions::reraise(vm, &mut copy);
                        r = copy;
                        break 'instructions Origin::Reraised;
                    }
                    op::PUSH_EXC_INFO => {
                        let mut copy = r;
                        exceptions::push_exc_info(vm, &mut copy);
                        r = copy;
                    }
                    op::POP_EXCEPT => {
                        let mut copy = r;
                        exceptions::pop_except(vm, &mut copy);
                        r = copy;
                    }
                    op::CHECK_EXC_MATCH => {
                        let matches = attempt!(exceptions::check_match(vm, r));
                        decref(r.peek(1));
                        r.poke(1, word_of_bool(matches));
                    }
                    op::LOAD_SPECIAL => {
                        attempt!(exceptions::load_special(vm, r, arg));
                        // SAFETY: a second word was written.
                        r.sp = unsafe { r.sp.add(1) };
                    }
                    op::WITH_EXCEPT_START => {
                        let answer = attempt!(exceptions::with_except_start(vm, r));
                        r.push_value(answer);
                    }
                    _ => {
                        let Raised = misc::missing(vm, &r.copy(), opcode);
                        break 'instructions Origin::New;
                    }
                }
                break 'extended;
            }
        };
        fault = Some(origin);
    }
}
