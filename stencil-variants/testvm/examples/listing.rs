//! Prints the stencils of the test VM, disassembled: `cargo run -p sashiko-testvm --example listing [uop]..`.
//!
//! Every operand is given a register of its own, so that the listing shows which is which.

use iced_x86::{Decoder, DecoderOptions, Formatter, IntelFormatter};
use sashiko_stencils::{Bank, Stencil};
use sashiko_testvm::TABLE;

fn main() {
    let wanted: Vec<String> = std::env::args().skip(1).collect();
    for stencil in TABLE.stencils {
        let uop = TABLE.info(stencil.uop);
        if wanted.is_empty() || wanted.iter().any(|name| name == uop.name) {
            print(stencil);
        }
    }
}

fn print(stencil: &Stencil) {
    let uop = TABLE.info(stencil.uop);
    let shapes: Vec<_> = (0..uop.inputs.len())
        .map(|i| stencil.key.input(i))
        .collect();
    println!("{} {shapes:?} -> {:?}", uop.name, stencil.key.result());
    let mut bytes = stencil.bytes.to_vec();
    let gprs = [0_u8, 1, 2, 3, 8, 9, 10, 11, 14, 15];
    for patch in stencil.patches {
        let operand = stencil.operands[usize::from(patch.operand)];
        let number = match operand.bank {
            Bank::Gpr => gprs[usize::from(patch.operand)],
            Bank::Xmm => patch.operand,
        };
        bytes[usize::from(patch.low_byte)] ^= (number & 7) << patch.low_bit;
        bytes[usize::from(patch.high_byte)] ^= (number >> 3) << patch.high_bit;
    }
    for operand in stencil.operands {
        println!("    {operand:?}");
    }
    for hole in stencil.holes {
        println!("    {hole:?}");
    }
    let mut formatter = IntelFormatter::new();
    for instruction in Decoder::with_ip(64, &bytes, 0, DecoderOptions::NONE) {
        let mut text = String::new();
        formatter.format(&instruction, &mut text);
        let at = instruction.ip();
        let jumps = |offsets: &[u8]| {
            offsets
                .iter()
                .any(|offset| (at..instruction.next_ip()).contains(&u64::from(*offset)))
        };
        let note = if jumps(stencil.exits) {
            "   ; exit"
        } else if jumps(stencil.slow) {
            "   ; slow"
        } else {
            ""
        };
        println!("  {at:3} {text}{note}");
    }
}
