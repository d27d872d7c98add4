//! Register holes of an instruction: found by flipping bits, proved by decoding every assignment.
//!
//! Where in its bytes an instruction keeps the number of a register depends on its encoding (REX, VEX of two or three
//! bytes, `ModRM`, SIB), and we do not want to know. Every operand is given register 10, whose number needs the
//! extension bit and is one bit away from no fixed register; then each bit of the encoding is flipped in turn. A flip
//! that changes one register of one operand, and nothing else, is a bit of that register's number.
//!
//! The proof does not rely on that reasoning: each instruction is patched with every combination of allocatable
//! registers, decoded, and compared with the instruction it should be. Instructions do not depend on each other, so
//! proving each proves the stencil. Results are remembered by the bytes of the encoding.

use std::collections::{BTreeMap, HashMap};

use iced_x86::{
    Code, ConstantOffsets, Decoder, DecoderOptions, Encoder, Instruction, Mnemonic, Register,
};
use sashiko_stencils::Bank;

use crate::flow::Rejection;
use crate::registers::{Position, named, positions, register};

/// The register every operand has in the canonical encoding.
pub(crate) const CANONICAL: u8 = 10;

/// General registers that operands can have: all but `rsp`, `rbp`, `r12`, `r13`.
pub(crate) const GPRS: [u8; 12] = [0, 1, 2, 3, 6, 7, 8, 9, 10, 11, 14, 15];
/// XMM registers that operands can have: all but `xmm15`.
pub(crate) const XMMS: [u8; 15] = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14];

/// Where an instruction keeps the number of the register at `position`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct RegisterBits {
    pub(crate) position: Position,
    pub(crate) low_byte: u8,
    pub(crate) low_bit: u8,
    pub(crate) high_byte: u8,
    pub(crate) high_bit: u8,
}

impl RegisterBits {
    /// Changes the register in `bytes` from `a` to `b` where `number` is `a ^ b`.
    pub(crate) fn flip(self, bytes: &mut [u8], number: u8) {
        bytes[usize::from(self.low_byte)] ^= (number & 7) << self.low_bit;
        bytes[usize::from(self.high_byte)] ^= (number >> 3) << self.high_bit;
    }
}

/// An encoded instruction with register 0 in its register holes.
#[derive(Clone, Debug)]
pub(crate) struct Template {
    pub(crate) bytes: Vec<u8>,
    pub(crate) registers: Vec<RegisterBits>,
    pub(crate) constants: ConstantOffsets,
}

/// What has been proved, by canonical bytes and the positions that are holes.
#[derive(Default)]
pub(crate) struct Prober {
    proved: HashMap<(Vec<u8>, Vec<Position>), Template>,
    codes: BTreeMap<u32, Vec<Code>>,
    /// Decoded combinations so far.
    pub(crate) decoded: u64,
}

impl Prober {
    pub(crate) fn new() -> Prober {
        let mut codes: BTreeMap<u32, Vec<Code>> = BTreeMap::new();
        for code in Code::values() {
            codes.entry(code.mnemonic() as u32).or_default().push(code);
        }
        Prober {
            codes,
            ..Prober::default()
        }
    }

    /// The template of `ins`, in which the registers at `holes` are [`CANONICAL`].
    pub(crate) fn template(
        &mut self,
        ins: &Instruction,
        holes: &[Position],
    ) -> Result<Template, Rejection> {
        let Some((bytes, constants)) = self.encode(ins) else {
            return Err(Rejection::new(
                "has no encoding with other registers",
                ins,
                "make it #[uop(call)]",
            ));
        };
        let key = (bytes, holes.to_vec());
        if let Some(template) = self.proved.get(&key) {
            return Ok(template.clone());
        }
        let template = self.probe(&key.0, holes, constants)?;
        self.proved.insert(key, template.clone());
        Ok(template)
    }

    /// Encodes `ins`. Forms that only the accumulator has are replaced by the general one.
    fn encode(&self, ins: &Instruction) -> Option<(Vec<u8>, ConstantOffsets)> {
        if let Some(encoded) = encode(ins) {
            return Some(encoded);
        }
        let mnemonic: Mnemonic = ins.mnemonic();
        self.codes[&(mnemonic as u32)].iter().find_map(|&code| {
            let info = code.op_code();
            let alike = info.mode64()
                && info.op_count() == ins.op_count()
                && info.encoding() == ins.code().op_code().encoding();
            if !alike {
                return None;
            }
            let mut general = *ins;
            general.set_code(code);
            let encoded = encode(&general)?;
            let decoded = decode(&encoded.0);
            let same = decoded.code() == code
                && positions(&decoded) == positions(ins)
                && (0..ins.op_count()).all(|i| decoded.op_kind(i) == ins.op_kind(i))
                && decoded.memory_displacement64() == ins.memory_displacement64()
                && decoded.immediates_equal(ins);
            same.then_some(encoded)
        })
    }

    fn probe(
        &mut self,
        canonical: &[u8],
        holes: &[Position],
        constants: ConstantOffsets,
    ) -> Result<Template, Rejection> {
        let mut bytes = canonical.to_vec();
        let ins = decode(&bytes);
        let registers = holes
            .iter()
            .map(|position| register_bits(&mut bytes, &ins, *position))
            .collect::<Result<Vec<_>, _>>()?;
        for bits in &registers {
            bits.flip(&mut bytes, CANONICAL);
        }
        let template = Template {
            bytes,
            registers,
            constants,
        };
        self.prove(&template, &ins)?;
        Ok(template)
    }

    /// Patches in every combination of registers and compares what is decoded with what is wanted.
    fn prove(&mut self, template: &Template, ins: &Instruction) -> Result<(), Rejection> {
        let places: Vec<(RegisterBits, Bank, usize)> = template
            .registers
            .iter()
            .filter_map(|bits| {
                let named = positions(ins).into_iter().find(|p| p.0 == bits.position)?.1;
                let (reg, size) = register(named)?;
                Some((*bits, reg.bank, size))
            })
            .collect();
        let choices: Vec<&[u8]> = places
            .iter()
            .map(|(_, bank, _)| match bank {
                Bank::Gpr => &GPRS[..],
                Bank::Xmm => &XMMS[..],
            })
            .collect();
        let combinations: usize = choices.iter().map(|choice| choice.len()).product();
        for combination in 0..combinations {
            let (mut bytes, mut wanted) = (template.bytes.clone(), *ins);
            let mut rest = combination;
            for ((bits, bank, size), choice) in places.iter().zip(&choices) {
                let number = choice[rest % choice.len()];
                rest /= choice.len();
                bits.flip(&mut bytes, number);
                bits.position.set(&mut wanted, named(*bank, number, *size));
            }
            let decoded = decode(&bytes);
            self.decoded += 1;
            let same = decoded == wanted
                && decoded.code() == wanted.code()
                && decoded.len() == bytes.len()
                && decoded.memory_displacement64() == wanted.memory_displacement64()
                && decoded.immediates_equal(&wanted);
            if !same {
                let mut defect = Rejection::new(
                    format!("patching registers made `{decoded}` of `{wanted}`"),
                    ins,
                    "this is a defect of sashiko-build: report it with the uop's source",
                );
                defect.is_defect = true;
                return Err(defect);
            }
        }
        Ok(())
    }
}

trait Immediates {
    fn immediates_equal(&self, other: &Instruction) -> bool;
}

impl Immediates for Instruction {
    fn immediates_equal(&self, other: &Instruction) -> bool {
        (0..self.op_count()).all(|i| self.try_immediate(i).ok() == other.try_immediate(i).ok())
    }
}

fn encode(ins: &Instruction) -> Option<(Vec<u8>, ConstantOffsets)> {
    let mut encoder = Encoder::new(64);
    encoder.encode(ins, 0).ok()?;
    let constants = encoder.get_constant_offsets();
    Some((encoder.take_buffer(), constants))
}

fn decode(bytes: &[u8]) -> Instruction {
    Decoder::with_ip(64, bytes, 0, DecoderOptions::NONE).decode()
}

/// Finds the bits of the register number at `position`.
fn register_bits(
    bytes: &mut [u8],
    ins: &Instruction,
    position: Position,
) -> Result<RegisterBits, Rejection> {
    let mut found: [Vec<(u8, u8)>; 4] = Default::default();
    for byte in 0..bytes.len() {
        for bit in 0..8 {
            bytes[byte] ^= 1 << bit;
            if let Some(weight) = changed_bit(ins, &decode(bytes), position) {
                found[weight].push((byte as u8, bit));
            }
            bytes[byte] ^= 1 << bit;
        }
    }
    if let [[low], [second], [third], [high]] =
        [&found[0][..], &found[1][..], &found[2][..], &found[3][..]]
        && *second == (low.0, low.1 + 1)
        && *third == (low.0, low.1 + 2)
    {
        return Ok(RegisterBits {
            position,
            low_byte: low.0,
            low_bit: low.1,
            high_byte: high.0,
            high_bit: high.1,
        });
    }
    Err(Rejection::new(
        "names a register that cannot be chosen freely",
        ins,
        "make it #[uop(call)]",
    ))
}

/// Which bit of the register at `position` differs in `flipped`, if that is all that differs.
fn changed_bit(ins: &Instruction, flipped: &Instruction, position: Position) -> Option<usize> {
    if flipped.is_invalid() || flipped.code() != ins.code() || flipped.len() != ins.len() {
        return None;
    }
    let (old, new) = (positions(ins), positions(flipped));
    if old.len() != new.len() {
        return None;
    }
    let mut differing = None;
    let mut restored = *flipped;
    for (old, new) in old.into_iter().zip(new) {
        if old.0 != new.0 {
            return None;
        }
        if old.1 != new.1 {
            if old.0 != position || differing.is_some() {
                return None;
            }
            differing = Some((old.1, new.1));
            old.0.set(&mut restored, old.1);
        }
    }
    if restored != *ins {
        return None;
    }
    let (old, new): (Register, Register) = differing?;
    let ((old, old_size), (new, new_size)) = (register(old)?, register(new)?);
    let difference = old.number ^ new.number;
    let alike = old.bank == new.bank && old_size == new_size && difference.is_power_of_two();
    alike.then(|| difference.trailing_zeros() as usize)
}
