//! Runs rustc on the wrapper crate and takes the functions out of the object file.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

use object::{
    Object, ObjectSection, ObjectSymbol, RelocationFlags, RelocationTarget, SymbolSection,
};

use crate::error::Mistake;

/// Flags that were found to make functions into stencils. `kernel`, so that every 32-bit hole is sign-extended; no red
/// zone, so that whatever spills moves `rsp` and is seen.
const FLAGS: &[&str] = &[
    "--edition=2024",
    "--crate-type=lib",
    "--crate-name=stencils",
    "--emit=obj",
    "-Copt-level=3",
    "-Cpanic=abort",
    "-Crelocation-model=static",
    "-Ccode-model=kernel",
    "-Ccodegen-units=1",
    "-Cno-redzone=yes",
    "-Cdebuginfo=0",
    "-Ctarget-feature=+bmi1,+bmi2,+avx,+popcnt",
    "-Awarnings",
];

/// Compiles the crate at `root` into the object file `object`.
pub(crate) fn compile(
    rustc: &Path,
    target: Option<&str>,
    root: &Path,
    object: &Path,
) -> Result<(), Mistake> {
    let mut command = Command::new(rustc);
    command.args(FLAGS).arg("-o").arg(object).arg(root);
    if let Some(target) = target {
        command.arg("--target").arg(target);
    }
    let output = command.output().map_err(|error| {
        Mistake::general(
            format!("cannot run {}: {error}", rustc.display()),
            "cargo sets RUSTC for build scripts; outside of one, set it to a stable rustc",
        )
    })?;
    if output.status.success() {
        return Ok(());
    }
    Err(Mistake::general(
        format!(
            "the uops do not compile on their own:\n{}",
            String::from_utf8_lossy(&output.stderr).trim_end()
        ),
        "files given to sashiko_build::Vm may use only `core`, `sashiko_stencils::uop` and each other; name what else \
         they use with `.include(..)`, and put what needs `std` into a called uop",
    ))
}

/// What a relocation points to.
#[derive(Clone, Debug)]
pub(crate) enum Referent {
    /// A symbol defined elsewhere, or a function of ours.
    Symbol(String),
    /// Bytes of a section of constants, from the place pointed to on, up to 64 of them; empty if the place can be
    /// written or is itself relocated.
    Data { bytes: Vec<u8>, section: String },
}

/// A place in a function's code that depends on an address.
#[derive(Clone, Debug)]
pub(crate) struct Relocation {
    /// ELF relocation type.
    pub(crate) kind: u32,
    pub(crate) referent: Referent,
    /// Of a symbol: added to its address, as it stands in the file.
    pub(crate) addend: i64,
}

/// A function of the object file.
#[derive(Clone, Debug, Default)]
pub(crate) struct Function {
    pub(crate) code: Vec<u8>,
    /// By offset in the code.
    pub(crate) relocations: BTreeMap<u64, Relocation>,
}

/// The functions in the object file at `path`, by name. Functions that were merged appear under each of their names.
pub(crate) fn functions(path: &Path) -> Result<BTreeMap<String, Function>, Mistake> {
    let unreadable = |what: String| {
        Mistake::general(
            format!("cannot read the object file of the stencils: {what}"),
            "the builder reads ELF for x86-64; build for such a target",
        )
    };
    let data = std::fs::read(path).map_err(|error| unreadable(error.to_string()))?;
    let file = object::File::parse(&*data).map_err(|error| unreadable(error.to_string()))?;
    let mut functions = BTreeMap::new();
    for symbol in file.symbols() {
        if symbol.kind() != object::SymbolKind::Text || !symbol.is_definition() {
            continue;
        }
        let SymbolSection::Section(index) = symbol.section() else {
            continue;
        };
        let read = || -> object::Result<(String, Function)> {
            let section = file.section_by_index(index)?;
            let range = symbol.address()..symbol.address() + symbol.size();
            let code = section.data()?[range.start as usize..range.end as usize].to_vec();
            let mut relocations = BTreeMap::new();
            for (offset, relocation) in section.relocations() {
                if range.contains(&offset) {
                    let at = offset - range.start;
                    relocations.insert(at, resolve(&file, &code, at, &relocation)?);
                }
            }
            let function = Function { code, relocations };
            Ok((symbol.name()?.to_owned(), function))
        };
        let (name, function) = read().map_err(|error| unreadable(error.to_string()))?;
        functions.insert(name, function);
    }
    Ok(resolve_thunks(&functions))
}

fn resolve(
    file: &object::File<'_>,
    code: &[u8],
    at: u64,
    relocation: &object::Relocation,
) -> object::Result<Relocation> {
    let RelocationFlags::Elf { r_type, .. } = relocation.flags() else {
        return Ok(Relocation {
            kind: u32::MAX,
            referent: Referent::Symbol("an object file that is not ELF".to_owned()),
            addend: 0,
        });
    };
    let kind = r_type.0;
    let addend = relocation.addend();
    let symbol = match relocation.target() {
        RelocationTarget::Symbol(index) => Some(file.symbol_by_index(index)?),
        _ => None,
    };
    let Some(symbol) = symbol else {
        return Ok(Relocation {
            kind,
            referent: Referent::Symbol("an absolute address".to_owned()),
            addend,
        });
    };
    let referent = match symbol.section() {
        SymbolSection::Section(index) if symbol.kind() != object::SymbolKind::Text => {
            let section = file.section_by_index(index)?;
            let mut bytes = Vec::new();
            // From the end of the instruction on is what the processor counts from.
            let next = next_instruction(code, at);
            let start = symbol.address() as i64 + addend + (next - at) as i64;
            let data = section.data()?;
            let constant = section.name()?.starts_with(".rodata");
            let plain = section.relocations().next().is_none();
            if constant && plain && usize::try_from(start).is_ok_and(|start| start < data.len()) {
                let start = start as usize;
                bytes.extend_from_slice(&data[start..data.len().min(start + 64)]);
            }
            Referent::Data {
                bytes,
                section: section.name()?.to_owned(),
            }
        }
        _ => Referent::Symbol(symbol.name()?.to_owned()),
    };
    Ok(Relocation {
        kind,
        referent,
        addend,
    })
}

/// Where the instruction that contains offset `at` ends.
fn next_instruction(code: &[u8], at: u64) -> u64 {
    let mut decoder = iced_x86::Decoder::with_ip(64, code, 0, iced_x86::DecoderOptions::NONE);
    while decoder.can_decode() {
        let instruction = decoder.decode();
        if instruction.next_ip() > at {
            return instruction.next_ip();
        }
    }
    code.len() as u64
}

/// Functions that LLVM merged into "jump to the other one" get the other one's code.
fn resolve_thunks(functions: &BTreeMap<String, Function>) -> BTreeMap<String, Function> {
    let target = |function: &Function| -> Option<Function> {
        let (1, Some((_, relocation))) = (
            function.relocations.len(),
            function.relocations.first_key_value(),
        ) else {
            return None;
        };
        let Referent::Symbol(name) = &relocation.referent else {
            return None;
        };
        let is_jump = matches!(function.code.len(), 5) && function.code[0] == 0xe9;
        is_jump.then(|| functions.get(name).cloned()).flatten()
    };
    functions
        .iter()
        .map(|(name, function)| {
            let function = target(function).unwrap_or_else(|| function.clone());
            (name.clone(), function)
        })
        .collect()
}
