//! Hand-encoded moves: what the plan puts between stencils.
//!
//! Moves are so common and so small that copying a stencil for each would waste bytes: here each has its shortest
//! form (8-bit displacements, 32-bit constants). Memory is always reached from the frame base (`rbp`). Two scratch
//! registers, `r13` and `xmm15`, never hold a value across steps. Flags never live across steps either, so a zero may
//! be made with `xor`.

use sashiko_regalloc::plan::{SCRATCH_GPR, Spill};
use sashiko_trace::ir::Slot;

/// Most bytes one move takes (a 64-bit constant through the scratch register to memory).
pub const MAX_MOVE: usize = 20;

/// A place a move reads or writes, as the machine sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// A general register.
    Gpr(u8),
    /// An XMM register.
    Xmm(u8),
    /// Eight bytes at this offset from the frame base.
    Memory(i32),
    /// These bits.
    Const(u64),
}

/// Offsets of slots and spill slots from the frame base.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FrameLayout {
    /// The first spill slot, as a slot: above every slot the trace uses.
    pub extent: i32,
}

impl FrameLayout {
    /// Offset of `slot` in bytes.
    pub const fn slot(self, slot: Slot) -> i32 {
        slot.0 * 8
    }

    /// Offset of `spill` in bytes.
    pub const fn spill(self, spill: Spill) -> i32 {
        (self.extent + spill.0 as i32) * 8
    }
}

/// Bytes of code that grow.
pub type Code = Vec<u8>;

/// `to = from`.
///
/// # Panics
/// If `to` is a constant: a plan never moves there.
pub fn emit_move(code: &mut Code, from: Place, to: Place) {
    use Place::{Const, Gpr, Memory, Xmm};
    match (from, to) {
        (_, Const(_)) => panic!("a move's destination is a place, not a constant"),
        (from, to) if from == to => {}
        (Gpr(from), Gpr(to)) => move_gpr(code, from, to),
        (Gpr(from), Memory(at)) => store_gpr(code, from, at),
        (Memory(at), Gpr(to)) => load_gpr(code, at, to),
        (Const(bits), Gpr(to)) => constant_gpr(code, bits, to),
        (Xmm(from), Xmm(to)) => move_xmm(code, from, to),
        (Xmm(from), Memory(at)) => access_xmm(code, 0x11, from, at),
        (Memory(at), Xmm(to)) => access_xmm(code, 0x10, to, at),
        (Gpr(from), Xmm(to)) => exchange_banks(code, 0x6e, to, from),
        (Xmm(from), Gpr(to)) => exchange_banks(code, 0x7e, from, to),
        (Const(0), Xmm(to)) => zero_xmm(code, to),
        (Const(bits), Xmm(to)) => {
            constant_gpr(code, bits, SCRATCH_GPR);
            exchange_banks(code, 0x6e, to, SCRATCH_GPR);
        }
        (Memory(from), Memory(to)) => {
            load_gpr(code, from, SCRATCH_GPR);
            store_gpr(code, SCRATCH_GPR, to);
        }
        (Const(bits), Memory(to)) => constant_memory(code, bits, to),
    }
}

/// `jmp rel32` from the end of `code`, which begins at address `start`, to `target`.
pub fn jump(code: &mut Code, start: usize, target: usize) {
    code.push(0xe9);
    displacement(code, start, target);
}

/// The four bytes of a displacement that reaches `target` from behind them.
pub fn displacement(code: &mut Code, start: usize, target: usize) {
    let behind = start + code.len() + 4;
    let distance = target.wrapping_sub(behind) as i32;
    code.extend_from_slice(&distance.to_le_bytes());
}

/// Pads `code` with as few instructions as possible that do nothing, to a multiple of `align` bytes.
pub fn align(code: &mut Code, align: usize) {
    const NOPS: [&[u8]; 9] = [
        &[0x90],
        &[0x66, 0x90],
        &[0x0f, 0x1f, 0x00],
        &[0x0f, 0x1f, 0x40, 0x00],
        &[0x0f, 0x1f, 0x44, 0x00, 0x00],
        &[0x66, 0x0f, 0x1f, 0x44, 0x00, 0x00],
        &[0x0f, 0x1f, 0x80, 0x00, 0x00, 0x00, 0x00],
        &[0x0f, 0x1f, 0x84, 0x00, 0x00, 0x00, 0x00, 0x00],
        &[0x66, 0x0f, 0x1f, 0x84, 0x00, 0x00, 0x00, 0x00, 0x00],
    ];
    let mut missing = code.len().next_multiple_of(align) - code.len();
    while missing > 0 {
        let nop = NOPS[missing.min(NOPS.len()) - 1];
        code.extend_from_slice(nop);
        missing -= nop.len();
    }
}

/// An instruction of `prefix`, and `[rbp + at]` with `reg` in the middle field of the `ModRM` byte.
#[inline]
fn access_frame<const N: usize>(code: &mut Code, prefix: [u8; N], reg: u8, at: i32) {
    code.extend_from_slice(&prefix);
    let reg = (reg & 7) << 3;
    if let Ok(short) = i8::try_from(at) {
        code.extend_from_slice(&[0x45 | reg, short as u8]);
    } else {
        let [a, b, c, d] = at.to_le_bytes();
        code.extend_from_slice(&[0x85 | reg, a, b, c, d]);
    }
}

#[inline]
fn move_gpr(code: &mut Code, from: u8, to: u8) {
    let rex = 0x48 | (from >> 3) << 2 | to >> 3;
    code.extend_from_slice(&[rex, 0x89, 0xc0 | (from & 7) << 3 | (to & 7)]);
}

#[inline]
fn load_gpr(code: &mut Code, at: i32, to: u8) {
    access_frame(code, [0x48 | (to >> 3) << 2, 0x8b], to, at);
}

#[inline]
fn store_gpr(code: &mut Code, from: u8, at: i32) {
    access_frame(code, [0x48 | (from >> 3) << 2, 0x89], from, at);
}

/// `to = bits`, in the shortest form.
pub fn constant_gpr(code: &mut Code, bits: u64, to: u8) {
    let (low, high) = (to & 7, to >> 3);
    if bits == 0 {
        if high == 1 {
            code.push(0x45);
        }
        code.extend_from_slice(&[0x31, 0xc0 | low << 3 | low]);
    } else if let Ok(short) = u32::try_from(bits) {
        if high == 1 {
            code.push(0x41);
        }
        code.push(0xb8 | low);
        code.extend_from_slice(&short.to_le_bytes());
    } else if let Ok(short) = i32::try_from(bits as i64) {
        code.extend_from_slice(&[0x48 | high, 0xc7, 0xc0 | low]);
        code.extend_from_slice(&short.to_le_bytes());
    } else {
        code.extend_from_slice(&[0x48 | high, 0xb8 | low]);
        code.extend_from_slice(&bits.to_le_bytes());
    }
}

fn constant_memory(code: &mut Code, bits: u64, at: i32) {
    if let Ok(short) = i32::try_from(bits as i64) {
        access_frame(code, [0x48, 0xc7], 0, at);
        code.extend_from_slice(&short.to_le_bytes());
    } else {
        constant_gpr(code, bits, SCRATCH_GPR);
        store_gpr(code, SCRATCH_GPR, at);
    }
}

/// `vmovaps to, from`: the whole register, so that nothing depends on what `to` held.
fn move_xmm(code: &mut Code, from: u8, to: u8) {
    match (from >= 8, to >= 8) {
        (true, true) => code.extend_from_slice(&[0xc4, 0x41, 0x78, 0x28]),
        // The mirrored opcode has its extensible field on the other side and keeps the short prefix.
        (true, false) => {
            code.extend_from_slice(&[0xc5, 0x78, 0x29, 0xc0 | (from & 7) << 3 | to]);
            return;
        }
        (false, true) => code.extend_from_slice(&[0xc5, 0x78, 0x28]),
        (false, false) => code.extend_from_slice(&[0xc5, 0xf8, 0x28]),
    }
    code.push(0xc0 | (to & 7) << 3 | (from & 7));
}

/// `vmovsd` to (0x10) or from (0x11) register `xmm`.
fn access_xmm(code: &mut Code, opcode: u8, xmm: u8, at: i32) {
    let prefix = if xmm >= 8 { 0x7b } else { 0xfb };
    access_frame(code, [0xc5, prefix, opcode], xmm, at);
}

/// `vmovq`, to (0x6e) or from (0x7e) register `xmm`.
fn exchange_banks(code: &mut Code, opcode: u8, xmm: u8, gpr: u8) {
    let extension = (!(xmm >> 3) & 1) << 7 | 0x40 | (!(gpr >> 3) & 1) << 5 | 1;
    let operands = 0xc0 | (xmm & 7) << 3 | (gpr & 7);
    code.extend_from_slice(&[0xc4, extension, 0xf9, opcode, operands]);
}

fn zero_xmm(code: &mut Code, to: u8) {
    let prefix = if to >= 8 { 0x78 } else { 0xf8 };
    code.extend_from_slice(&[0xc5, prefix, 0x57, 0xc0 | (to & 7) << 3]);
}

#[cfg(test)]
mod tests {
    use iced_x86::{Decoder, DecoderOptions, Formatter, IntelFormatter};

    use super::*;

    const GPR: [&str; 16] = [
        "rax", "rcx", "rdx", "rbx", "rsp", "rbp", "rsi", "rdi", "r8", "r9", "r10", "r11", "r12",
        "r13", "r14", "r15",
    ];

    fn disassemble(code: &[u8]) -> Vec<String> {
        let mut formatter = IntelFormatter::new();
        formatter.options_mut().set_hex_prefix("0x");
        formatter.options_mut().set_hex_suffix("");
        formatter
            .options_mut()
            .set_space_after_operand_separator(true);
        formatter.options_mut().set_branch_leading_zeros(false);
        let decoder = Decoder::with_ip(64, code, 0x1000, DecoderOptions::NONE);
        decoder
            .into_iter()
            .map(|instruction| {
                assert!(!instruction.is_invalid(), "{code:02x?}");
                let mut text = String::new();
                formatter.format(&instruction, &mut text);
                text
            })
            .collect()
    }

    fn moved(from: Place, to: Place) -> Vec<String> {
        let mut code = Code::new();
        emit_move(&mut code, from, to);
        assert!(code.len() <= MAX_MOVE);
        disassemble(&code)
    }

    fn memory(at: i32) -> String {
        match at {
            0 => "[rbp]".to_owned(),
            1.. => format!("[rbp+{}]", hex(at.unsigned_abs().into())),
            _ => format!("[rbp-{}]", hex(at.unsigned_abs().into())),
        }
    }

    fn hex(n: u64) -> String {
        if n < 10 {
            n.to_string()
        } else {
            format!("0x{n:X}")
        }
    }

    #[test]
    fn moves_between_registers_and_memory_decode_to_what_was_meant() {
        for a in 0..16u8 {
            for b in 0..16u8 {
                if a != b {
                    let want = format!("mov {}, {}", GPR[b as usize], GPR[a as usize]);
                    assert_eq!(moved(Place::Gpr(a), Place::Gpr(b)), [want]);
                    let want = format!("vmovaps xmm{b}, xmm{a}");
                    assert_eq!(moved(Place::Xmm(a), Place::Xmm(b)), [want]);
                }
                let want = format!("vmovq xmm{b}, {}", GPR[a as usize]);
                assert_eq!(moved(Place::Gpr(a), Place::Xmm(b)), [want]);
                let want = format!("vmovq {}, xmm{a}", GPR[b as usize]);
                assert_eq!(moved(Place::Xmm(a), Place::Gpr(b)), [want]);
            }
            for at in [-0x1000, -129, -128, -8, 0, 8, 120, 127, 128, 0x1000] {
                let (register, place) = (GPR[a as usize], memory(at));
                let want = format!("mov {register}, {place}");
                assert_eq!(moved(Place::Memory(at), Place::Gpr(a)), [want]);
                let want = format!("mov {place}, {register}");
                assert_eq!(moved(Place::Gpr(a), Place::Memory(at)), [want]);
                let want = format!("vmovsd xmm{a}, qword ptr {place}");
                let got = moved(Place::Memory(at), Place::Xmm(a)).concat();
                assert_eq!(
                    got.replace("qword ptr ", ""),
                    want.replace("qword ptr ", "")
                );
                let want = format!("vmovsd {place}, xmm{a}");
                let got = moved(Place::Xmm(a), Place::Memory(at)).concat();
                assert_eq!(got.replace("qword ptr ", ""), want);
            }
        }
        assert!(moved(Place::Gpr(3), Place::Gpr(3)).is_empty());
    }

    #[test]
    fn constants_take_their_shortest_form() {
        let short = |bits: u64, register: u8| {
            let mut code = Code::new();
            constant_gpr(&mut code, bits, register);
            (code.len(), disassemble(&code).concat())
        };
        assert_eq!(short(0, 1), (2, "xor ecx, ecx".into()));
        assert_eq!(short(0, 9), (3, "xor r9d, r9d".into()));
        assert_eq!(short(0xffff_ffff, 2), (5, "mov edx, 0xFFFFFFFF".into()));
        assert_eq!(short(7, 14), (6, "mov r14d, 7".into()));
        assert_eq!(short(-2i64 as u64, 11).0, 7);
        assert_eq!(short(-2i64 as u64, 11).1, "mov r11, 0xFFFFFFFFFFFFFFFE");
        assert_eq!(
            short(0x1234_5678_9abc_def0, 6),
            (10, "mov rsi, 0x123456789ABCDEF0".into())
        );
        let wide = 0x4000_0000_0000_0001;
        assert_eq!(
            moved(Place::Const(wide), Place::Xmm(12)),
            ["mov r13, 0x4000000000000001", "vmovq xmm12, r13"]
        );
        assert_eq!(
            moved(Place::Const(0), Place::Xmm(12)),
            ["vxorps xmm12, xmm0, xmm0"]
        );
        assert_eq!(
            moved(Place::Const(wide), Place::Memory(-8)),
            ["mov r13, 0x4000000000000001", "mov [rbp-8], r13"]
        );
        assert_eq!(
            moved(Place::Const(-1i64 as u64), Place::Memory(0x400)).len(),
            1
        );
        assert_eq!(
            moved(Place::Memory(8), Place::Memory(16)),
            ["mov r13, [rbp+8]", "mov [rbp+0x10], r13"]
        );
    }

    #[test]
    fn padding_is_nops_only() {
        for length in 0..40 {
            let mut code = vec![0xc3; length];
            align(&mut code, 32);
            assert_eq!(code.len() % 32, 0);
            for text in disassemble(&code[length..]) {
                // A two-byte nop is an exchange of a register with itself.
                assert!(text.contains("nop") || text == "xchg ax, ax", "{text}");
            }
        }
    }

    #[test]
    fn jumps_reach_both_ways() {
        let mut code = vec![0x90];
        jump(&mut code, 0x1000, 0x1000);
        jump(&mut code, 0x1000, 0x2000);
        assert_eq!(disassemble(&code)[1..], ["jmp 0x1000", "jmp 0x2000"]);
    }
}
