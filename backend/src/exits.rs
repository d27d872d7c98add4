//! Into machine code and out of it: the entry, the common exit, and slow calls.
//!
//! These are the only routines written in assembly. They are part of the program, not of the arena: the arena holds a
//! small *thunk* for each, so that code reaches them with a 32-bit displacement.
//!
//! - [`enter`] saves what the caller expects to keep, sets the frame base (`rbp`) and the context (`r12`) and jumps to
//!   a trace.
//! - A failing check jumps to its *exit stub* in the cold region: `push number; jmp common`, ten bytes. The common
//!   routine saves every register into the [`Context`] and returns to whoever called [`enter`]; the engine rebuilds the VM's
//!   state from there. When a side trace is linked, the stub is overwritten with a jump to it: registers are as the
//!   exit left them.
//! - A slow uop jumps to its *slow stub*: `mov r13, input; call thunk; jmp back`. The routine behind the thunk saves
//!   all registers on the native stack, so that the slow function clobbers nothing.
//!
//! - A trace that ends because its frame is done says so and goes to the other common routine, which saves nothing and
//!   returns to whoever called [`enter`] as well.
//!
//! Traces keep `rsp` a multiple of 16, so that calls find the stack as the System V convention wants it.

use std::arch::naked_asm;
use std::mem::offset_of;

use sashiko_stencils::context::{Context, VM_OFFSET};

use crate::moves::{self, Code};

/// Bytes of an exit stub.
pub const EXIT_STUB: u32 = 10;
/// Bytes of the end of a trace that returns.
pub const RETURN: u32 = 17;
/// Most bytes of a slow stub.
pub const SLOW_STUB: u32 = 20;
/// Most bytes of a thunk.
const THUNK: usize = 32;

const GPRS: usize = offset_of!(Context, gprs);
const XMMS: usize = offset_of!(Context, xmms);
const EXIT: usize = offset_of!(Context, exit);
const TOP_AT: usize = offset_of!(Context, top_at);

/// Runs the code at `code` with frame base `base` until it leaves through an exit (false) or returns (true). Which exit or end it
/// was and the frame base are in `context` then; after an exit, the other registers too.
///
/// # Safety
/// `code` must be the entry of a published trace of the engine `context` belongs to, and `base` a frame as that trace
/// expects it, with room for every word it uses.
#[unsafe(naked)]
pub unsafe extern "sysv64" fn enter(code: usize, base: *mut u64, context: *mut Context) -> bool {
    naked_asm!(
        "push rbx",
        "push rbp",
        "push r12",
        "push r13",
        "push r14",
        "push r15",
        "sub rsp, 8",
        "mov rbp, rsi",
        "mov r12, rdx",
        "jmp rdi",
    )
}

/// The common exit: the other half of [`enter`]. Reached with the exit's number on the stack.
#[unsafe(naked)]
unsafe extern "sysv64" fn leave() {
    naked_asm!(
        "mov [r12 + {gprs}], rax",
        "mov [r12 + {gprs} + 8], rcx",
        "mov [r12 + {gprs} + 16], rdx",
        "mov [r12 + {gprs} + 24], rbx",
        "mov [r12 + {gprs} + 40], rbp",
        "mov [r12 + {gprs} + 48], rsi",
        "mov [r12 + {gprs} + 56], rdi",
        "mov [r12 + {gprs} + 64], r8",
        "mov [r12 + {gprs} + 72], r9",
        "mov [r12 + {gprs} + 80], r10",
        "mov [r12 + {gprs} + 88], r11",
        "mov [r12 + {gprs} + 112], r14",
        "mov [r12 + {gprs} + 120], r15",
        "vmovsd [r12 + {xmms}], xmm0",
        "vmovsd [r12 + {xmms} + 8], xmm1",
        "vmovsd [r12 + {xmms} + 16], xmm2",
        "vmovsd [r12 + {xmms} + 24], xmm3",
        "vmovsd [r12 + {xmms} + 32], xmm4",
        "vmovsd [r12 + {xmms} + 40], xmm5",
        "vmovsd [r12 + {xmms} + 48], xmm6",
        "vmovsd [r12 + {xmms} + 56], xmm7",
        "vmovsd [r12 + {xmms} + 64], xmm8",
        "vmovsd [r12 + {xmms} + 72], xmm9",
        "vmovsd [r12 + {xmms} + 80], xmm10",
        "vmovsd [r12 + {xmms} + 88], xmm11",
        "vmovsd [r12 + {xmms} + 96], xmm12",
        "vmovsd [r12 + {xmms} + 104], xmm13",
        "vmovsd [r12 + {xmms} + 112], xmm14",
        "pop qword ptr [r12 + {exit}]",
        "xor eax, eax",
        "add rsp, 8",
        "pop r15",
        "pop r14",
        "pop r13",
        "pop r12",
        "pop rbp",
        "pop rbx",
        "ret",
        gprs = const GPRS,
        xmms = const XMMS,
        exit = const EXIT,
    )
}

/// The end of a trace that returns: as [`leave`], but the number is in the context already, and no register is wanted.
#[unsafe(naked)]
unsafe extern "sysv64" fn back() {
    naked_asm!(
        "mov [r12 + {base}], rbp",
        "mov eax, 1",
        "add rsp, 8",
        "pop r15",
        "pop r14",
        "pop r13",
        "pop r12",
        "pop rbp",
        "pop rbx",
        "ret",
        base = const GPRS + 40,
    )
}

/// Calls a slow function: its address on the stack above the return address, its input in `r13`. Nothing but `r13` and
/// flags is changed.
#[unsafe(naked)]
unsafe extern "sysv64" fn slow() {
    naked_asm!(
        "push rax",
        "push rcx",
        "push rdx",
        "push rsi",
        "push rdi",
        "push r8",
        "push r9",
        "push r10",
        "push r11",
        "sub rsp, 120",
        "vmovsd [rsp], xmm0",
        "vmovsd [rsp + 8], xmm1",
        "vmovsd [rsp + 16], xmm2",
        "vmovsd [rsp + 24], xmm3",
        "vmovsd [rsp + 32], xmm4",
        "vmovsd [rsp + 40], xmm5",
        "vmovsd [rsp + 48], xmm6",
        "vmovsd [rsp + 56], xmm7",
        "vmovsd [rsp + 64], xmm8",
        "vmovsd [rsp + 72], xmm9",
        "vmovsd [rsp + 80], xmm10",
        "vmovsd [rsp + 88], xmm11",
        "vmovsd [rsp + 96], xmm12",
        "vmovsd [rsp + 104], xmm13",
        "vmovsd [rsp + 112], xmm14",
        "mov rdi, [r12 + {vm}]",
        "mov rsi, r13",
        // Behind 15 floats and 9 registers.
        "call [rsp + 192]",
        "vmovsd xmm0, [rsp]",
        "vmovsd xmm1, [rsp + 8]",
        "vmovsd xmm2, [rsp + 16]",
        "vmovsd xmm3, [rsp + 24]",
        "vmovsd xmm4, [rsp + 32]",
        "vmovsd xmm5, [rsp + 40]",
        "vmovsd xmm6, [rsp + 48]",
        "vmovsd xmm7, [rsp + 56]",
        "vmovsd xmm8, [rsp + 64]",
        "vmovsd xmm9, [rsp + 72]",
        "vmovsd xmm10, [rsp + 80]",
        "vmovsd xmm11, [rsp + 88]",
        "vmovsd xmm12, [rsp + 96]",
        "vmovsd xmm13, [rsp + 104]",
        "vmovsd xmm14, [rsp + 112]",
        "add rsp, 120",
        "pop r11",
        "pop r10",
        "pop r9",
        "pop r8",
        "pop rdi",
        "pop rsi",
        "pop rdx",
        "pop rcx",
        "pop rax",
        "lea rsp, [rsp + 8]",
        "ret",
        vm = const VM_OFFSET,
    )
}

/// Where the thunks lie: offsets from the beginning of their code.
#[derive(Clone, Debug, Default)]
pub struct Thunks {
    /// The common exit.
    pub leave: u32,
    /// The end of traces that return.
    pub back: u32,
    /// The slow call of each uop, by number; 0 for uops that have none.
    pub slow: Vec<u32>,
}

impl Thunks {
    /// Writes the thunks for slow functions at the given addresses (by uop, `None` where there is none).
    pub fn write(code: &mut Code, functions: impl Iterator<Item = Option<usize>>) -> Thunks {
        let begin = |code: &mut Code| {
            moves::align(code, THUNK);
            code.len() as u32
        };
        let leave_at = begin(code);
        jump_absolute(code, leave as *const () as usize);
        let back_at = begin(code);
        jump_absolute(code, back as *const () as usize);
        let mut written: Vec<(usize, u32)> = Vec::new();
        let slow = functions
            .map(|function| {
                let Some(function) = function else { return 0 };
                if let Some((_, at)) = written.iter().find(|(known, _)| *known == function) {
                    return *at;
                }
                let at = begin(code);
                // push [rip + 14]: behind the jump and the address it uses.
                code.extend_from_slice(&[0xff, 0x35, 14, 0, 0, 0]);
                jump_absolute(code, slow as *const () as usize);
                code.extend_from_slice(&(function as u64).to_le_bytes());
                written.push((function, at));
                at
            })
            .collect();
        Thunks {
            leave: leave_at,
            back: back_at,
            slow,
        }
    }
}

/// `jmp [rip]` and the address: 14 bytes.
fn jump_absolute(code: &mut Code, target: usize) {
    code.extend_from_slice(&[0xff, 0x25, 0, 0, 0, 0]);
    code.extend_from_slice(&(target as u64).to_le_bytes());
}

/// Writes the stub of exit `number`: `push number; jmp leave`.
#[inline]
pub fn exit_stub(code: &mut Code, start: usize, number: u32, leave: usize) {
    let behind = start + code.len() + EXIT_STUB as usize;
    let distance = (leave.wrapping_sub(behind) as i32).to_le_bytes();
    let mut stub = [0x68, 0, 0, 0, 0, 0xe9, 0, 0, 0, 0];
    stub[1..5].copy_from_slice(&number.to_le_bytes());
    stub[6..10].copy_from_slice(&distance);
    code.extend_from_slice(&stub);
}

/// The bytes that undo [`link`] in the stub of exit `number`.
pub fn unlink(number: u32) -> [u8; 5] {
    let mut bytes = [0x68, 0, 0, 0, 0];
    bytes[1..].copy_from_slice(&number.to_le_bytes());
    bytes
}

/// Writes the end of a trace that returns: `mov qword ptr [r12 + EXIT], number; jmp back`.
pub fn return_code(code: &mut Code, start: usize, number: u32, back: usize) {
    code.extend_from_slice(&[0x49, 0xc7, 0x84, 0x24]);
    code.extend_from_slice(&(EXIT as u32).to_le_bytes());
    code.extend_from_slice(&number.to_le_bytes());
    moves::jump(code, start, back);
}

/// Writes the address `top` bytes above the frame base to where the VM wants it. Changes `rax` and `r13`.
pub fn say_top(code: &mut Code, top: i32) {
    // mov rax, [r12 + TOP_AT]; lea r13, [rbp + top]; mov [rax], r13
    code.extend_from_slice(&[0x49, 0x8b, 0x84, 0x24]);
    code.extend_from_slice(&(TOP_AT as u32).to_le_bytes());
    code.extend_from_slice(&[0x4c, 0x8d, 0xad]);
    code.extend_from_slice(&top.to_le_bytes());
    code.extend_from_slice(&[0x4c, 0x89, 0x28]);
}

/// The bytes that turn the exit stub at address `stub` into a jump to `target`.
pub fn link(stub: usize, target: usize) -> [u8; 5] {
    let mut code = Code::new();
    moves::jump(&mut code, stub, target);
    code.try_into().expect("a jump is five bytes")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::arena::Arena;
    use crate::moves::{Place, emit_move};

    extern "sysv64" fn scribble(vm: *mut u64, input: u64) {
        // SAFETY: the test's context points to a local array of 2.
        unsafe {
            *vm = input;
            *vm.add(1) += 1;
            std::arch::asm!(
                "vxorpd xmm0, xmm0, xmm0", "vxorpd xmm14, xmm14, xmm14", "xor ecx, ecx", "xor r11d, r11d",
                out("xmm0") _, out("xmm14") _, out("rcx") _, out("r11") _,
            );
        }
    }

    #[test]
    fn entry_slow_call_and_exit_keep_registers_and_stack() {
        let mut arena = Arena::new(1 << 16).unwrap();
        let mut code = Code::new();
        let function = scribble as *const () as usize;
        let thunks = Thunks::write(
            &mut code,
            [None, Some(function), Some(function)].into_iter(),
        );
        assert_eq!(thunks.slow[1], thunks.slow[2]);
        let mut placement = arena.reserve(1024, 64).unwrap();
        let start = arena.address(placement.hot.start);
        moves::align(&mut code, 32);
        let entry = start + code.len();
        // A trace by hand: fill all registers, call slowly, exit number 77.
        for number in (0..16).filter(|n| ![4, 5, 12, 13].contains(n)) {
            emit_move(
                &mut code,
                Place::Const(1000 + u64::from(number)),
                Place::Gpr(number),
            );
        }
        for number in 0..15 {
            emit_move(
                &mut code,
                Place::Const((f64::from(number) + 0.5).to_bits()),
                Place::Xmm(number),
            );
        }
        emit_move(&mut code, Place::Memory(8), Place::Gpr(13));
        code.push(0xe8);
        moves::displacement(&mut code, start, start + thunks.slow[1] as usize);
        exit_stub(&mut code, start, 77, start + thunks.leave as usize);
        arena.publish(&mut placement, &code, &[], &[]).unwrap();

        let mut vm = [0u64; 2];
        let mut context = Context::new(&[], vm.as_mut_ptr().cast());
        let mut frame = [5u64, 6];
        // SAFETY: the code above leaves through its exit, uses two words of frame, and the VM pointer is good.
        unsafe { enter(entry, frame.as_mut_ptr(), &raw mut context) };
        assert_eq!(vm, [6, 1]);
        assert_eq!(context.exit, 77);
        assert_eq!(context.gprs[5], frame.as_ptr() as u64);
        for number in (0..16).filter(|n| ![4, 5, 12, 13].contains(n)) {
            assert_eq!(context.gprs[number], 1000 + number as u64);
        }
        for number in 0..15 {
            assert_eq!(
                context.xmms[number].to_bits(),
                (number as f64 + 0.5).to_bits()
            );
        }
    }
}
