//! Turns uop bodies into stencils, from a VM's `build.rs`.
//!
//! ```no_run
//! // in `main` of build.rs
//! sashiko_build::Vm::new("tally")
//!     .uops("src/uops.rs")
//!     .calls("src/calls.rs")
//!     .include("src/layout.rs")
//!     .build_or_exit();
//! ```
//!
//! Each uop body is an ordinary Rust function. The builder wraps it in functions of one fixed signature, one for each
//! combination of operand shapes, compiles them with the rustc that compiles the VM, and takes the machine code out of
//! the object file. Nothing but stable rustc is needed. The table it writes is included by
//! `sashiko_stencils::include_uops!()`.
//!
//! # The way of a uop
//!
//! `source` and `declaration` read it, `facts` judges what is said of it, `wrap` writes the wrappers,
//! `object_file` compiles them; then for each wrapper `flow` decodes and straightens, `registers` checks the
//! contract and names the operands, `probe` finds the register holes and proves them, `assemble` puts the stencil
//! together; and `table` and `glue` write it all down.
//!
//! # Invariants
//!
//! - A uop that is not called has its all-register stencil, or the build fails and says why. Other shapes are left out
//!   when they can't be made (`SASHIKO_BUILD_VERBOSE=1` lists them).
//! - Every register hole of every stencil was proved by decoding all register assignments of its instruction.
//! - Equal sources give equal tables, byte for byte.

#![expect(
    clippy::result_large_err,
    reason = "a build that fails has time to move its message"
)]

mod assemble;
mod attribute;
mod compose;
mod declaration;
mod error;
mod facts;
mod flow;
mod fold;
mod glue;
mod object_file;
mod probe;
mod registers;
mod source;
mod table;
mod wrap;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

pub use error::{Error, Mistake, Place};

use assemble::Assembled;
use declaration::{Declaration, declarations, plain_functions};
use error::Mistakes;
use facts::{BitPaths, Universe, Uop};
use flow::Rejection;
use probe::Prober;
use source::{FileRole, Source};
use wrap::{Module, Variant};

/// A VM whose uops are to become stencils.
#[derive(Clone, Debug)]
pub struct Vm {
    name: String,
    files: Vec<(FileRole, PathBuf)>,
    root: Option<PathBuf>,
    out_dir: Option<PathBuf>,
}

/// What was built.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Summary {
    /// The text of the table.
    pub table: String,
    /// Number of uops.
    pub uops: usize,
    /// Number of stencils.
    pub stencils: usize,
    /// Combinations of registers that were decoded and compared.
    pub proved: u64,
    /// Shapes that were left out: stencil and reason.
    pub dropped: Vec<(String, String)>,
}

impl Vm {
    /// A VM called `name` in dumps.
    pub fn new(name: impl Into<String>) -> Vm {
        Vm {
            name: name.into(),
            files: Vec::new(),
            root: None,
            out_dir: None,
        }
    }

    /// A file of uop bodies that become stencils. Its module path is its path below `src`.
    #[must_use]
    pub fn uops(self, path: impl Into<PathBuf>) -> Vm {
        self.file(FileRole::Uops, path)
    }

    /// A file of called uops (`#[uop(call)]`) and slow functions. It is read for facts, not compiled into stencils.
    #[must_use]
    pub fn calls(self, path: impl Into<PathBuf>) -> Vm {
        self.file(FileRole::Calls, path)
    }

    /// A file that the uops use: compiled beside them, so it may use nothing but `core`.
    #[must_use]
    pub fn include(self, path: impl Into<PathBuf>) -> Vm {
        self.file(FileRole::Include, path)
    }

    /// The folder that paths are relative to, if not the crate's (`CARGO_MANIFEST_DIR`).
    #[must_use]
    pub fn root(mut self, root: impl Into<PathBuf>) -> Vm {
        self.root = Some(root.into());
        self
    }

    /// The folder to write to, if not cargo's (`OUT_DIR`).
    #[must_use]
    pub fn out_dir(mut self, out_dir: impl Into<PathBuf>) -> Vm {
        self.out_dir = Some(out_dir.into());
        self
    }

    fn file(mut self, role: FileRole, path: impl Into<PathBuf>) -> Vm {
        self.files.push((role, path.into()));
        self
    }

    /// Builds the table, and tells cargo when to build it again. On mistakes prints them and ends the process with
    /// status 1.
    pub fn build_or_exit(&self) {
        println!("cargo:rerun-if-env-changed=RUSTC");
        println!("cargo:rerun-if-env-changed=SASHIKO_BUILD_VERBOSE");
        for (_, path) in &self.files {
            println!("cargo:rerun-if-changed={}", path.display());
        }
        match self.build() {
            Ok(summary) => {
                if std::env::var_os("SASHIKO_BUILD_VERBOSE").is_some_and(|value| value != "0") {
                    summary.print();
                }
            }
            Err(error) => {
                eprintln!("{error}");
                std::process::exit(1);
            }
        }
    }

    /// Builds the table and writes it to `uops_table.rs` in the output folder.
    ///
    /// # Errors
    /// All mistakes found, each with its uop, place, instruction and remedy.
    pub fn build(&self) -> Result<Summary, Error> {
        let root = folder(self.root.as_ref(), "CARGO_MANIFEST_DIR")?;
        let out_dir = folder(self.out_dir.as_ref(), "OUT_DIR")?;
        let target = supported_target()?;
        let mut mistakes = Mistakes::default();
        let sources: Vec<Source> = self
            .files
            .iter()
            .filter_map(|(role, path)| mistakes.take(Source::read(*role, &root, path)))
            .collect();
        mistakes.check()?;
        let mut declared: Vec<Declaration> = Vec::new();
        let (mut bodies, mut functions) = (Vec::new(), Vec::new());
        for source in &sources {
            for (declaration, body) in declarations(source, &mut mistakes) {
                declared.push(declaration);
                bodies.push(body);
            }
            functions.extend(plain_functions(source));
        }
        mistakes.check()?;
        let kinds = BitPaths::collect(&sources, "kinds", "Kinds");
        let aliases = BitPaths::collect(&sources, "aliases", "Aliases");
        let universe = Universe {
            declarations: &declared,
            bodies: &bodies,
            functions: &functions,
            kinds: &kinds,
            aliases: &aliases,
        };
        let uops = facts::uops(&universe, &mut mistakes);
        mistakes.check()?;
        let crate_dir = out_dir.join("sashiko");
        let modules = write_modules(&sources, &crate_dir)?;
        let made = Workshop {
            target,
            folder: &crate_dir,
            modules: &modules,
            declarations: &declared,
        }
        .make()?;
        self.finish(&uops, made, &kinds, &aliases, &out_dir)
    }

    fn finish(
        &self,
        uops: &[Uop],
        made: Made,
        kinds: &BitPaths,
        aliases: &BitPaths,
        out_dir: &Path,
    ) -> Result<Summary, Error> {
        let mut stencils = made.stencils;
        let pool = lay_out_pool(&mut stencils)?;
        if stencils.len() > usize::from(u16::MAX) {
            return Err(Mistake::general(
                format!("{} stencils; a table holds {}", stencils.len(), u16::MAX),
                "give uops fewer inputs, so that they have fewer shapes",
            )
            .into());
        }
        let table = table::Table {
            name: &self.name,
            uops,
            stencils: &stencils,
            pool: &pool,
            kinds,
            aliases,
        }
        .text();
        write_if_changed(&out_dir.join("uops_table.rs"), &table)?;
        Ok(Summary {
            uops: uops.len(),
            stencils: stencils.len(),
            proved: made.proved,
            dropped: made.dropped,
            table,
        })
    }
}

/// The folder that was given, or that cargo names in `variable`.
fn folder(given: Option<&PathBuf>, variable: &str) -> Result<PathBuf, Error> {
    given
            .cloned()
            .or_else(|| std::env::var_os(variable).map(PathBuf::from))
            .ok_or_else(|| {
                Mistake::general(
                    format!("{variable} is not set"),
                    "call sashiko_build from a build script, or give the folder with `.root(..)` and `.out_dir(..)`",
                )
                .into()
            })
}

impl Summary {
    fn print(&self) {
        println!(
            "cargo:warning={} uops, {} stencils, {} register assignments proved",
            self.uops, self.stencils, self.proved
        );
        for (stencil, why) in &self.dropped {
            println!("cargo:warning=left out {stencil}: {why}");
        }
    }
}

/// The target to compile for, if it is one the builder can read.
fn supported_target() -> Result<Option<String>, Error> {
    let Ok(target) = std::env::var("TARGET") else {
        return Ok(None);
    };
    let is_elf = !["apple", "windows", "uefi"]
        .iter()
        .any(|part| target.contains(part));
    if target.starts_with("x86_64") && is_elf {
        return Ok(Some(target));
    }
    Err(Mistake::general(
        format!("no stencils can be made for {target}"),
        "build for an x86_64 ELF target, such as x86_64-unknown-linux-gnu",
    )
    .into())
}

fn write_if_changed(path: &Path, text: &str) -> Result<(), Error> {
    if std::fs::read_to_string(path).is_ok_and(|old| old == text) {
        return Ok(());
    }
    std::fs::write(path, text).map_err(|error| {
        Mistake::general(
            format!("cannot write {}: {error}", path.display()),
            "the output folder must be writable",
        )
        .into()
    })
}

/// Writes the texts that are compiled into stencils.
fn write_modules(sources: &[Source], folder: &Path) -> Result<Vec<Module>, Error> {
    std::fs::create_dir_all(folder).map_err(|error| {
        Mistake::general(
            format!("cannot make {}: {error}", folder.display()),
            "the output folder must be writable",
        )
    })?;
    // The attribute is a macro that this crate does not have; any item of that name will do for imports.
    let prelude = sashiko_stencils::PRELUDE.replace(
        "pub use super::uop_attribute as uop;",
        "pub use core::marker as uop;",
    );
    write_if_changed(&folder.join("prelude.rs"), &prelude)?;
    let mut modules = Vec::new();
    for source in sources
        .iter()
        .filter(|source| source.role != FileRole::Calls)
    {
        let path = folder.join(format!("{}.rs", source.module.join("-")));
        write_if_changed(&path, &source.stencil_text())?;
        modules.push(Module {
            path: source.module.clone(),
            given: source.given.display().to_string(),
            file: path.display().to_string(),
        });
    }
    Ok(modules)
}

/// Where stencils are made.
struct Workshop<'a> {
    target: Option<String>,
    folder: &'a Path,
    modules: &'a [Module],
    declarations: &'a [Declaration],
}

/// What was made.
#[derive(Default)]
struct Made {
    stencils: Vec<(Variant, Assembled)>,
    dropped: Vec<(String, String)>,
    proved: u64,
    mistakes: Vec<Mistake>,
}

impl Workshop<'_> {
    /// Makes all stencils, a part of the uops on each processor.
    fn make(&self) -> Result<Made, Error> {
        let variants: Vec<Variant> = self
            .declarations
            .iter()
            .enumerate()
            .filter(|(_, uop)| !uop.attribute.call)
            .flat_map(|(i, uop)| wrap::variants(i, uop))
            .collect();
        let processors = std::thread::available_parallelism().map_or(1, usize::from);
        let parts = processors.min(variants.len() / MIN_PART).max(1);
        let chunks: Vec<&[Variant]> = variants
            .chunks(variants.len().div_ceil(parts).max(1))
            .collect();
        let results: Vec<Result<Made, Error>> = std::thread::scope(|scope| {
            let threads: Vec<_> = chunks
                .iter()
                .enumerate()
                .map(|(i, chunk)| scope.spawn(move || self.part(i, chunk)))
                .collect();
            threads
                .into_iter()
                .map(|thread| {
                    thread
                        .join()
                        .unwrap_or_else(|panic| std::panic::resume_unwind(panic))
                })
                .collect()
        });
        let mut all = Made::default();
        for made in results {
            let made = made?;
            all.stencils.extend(made.stencils);
            all.dropped.extend(made.dropped);
            all.mistakes.extend(made.mistakes);
            all.proved += made.proved;
        }
        if all.mistakes.is_empty() {
            Ok(all)
        } else {
            Err(Error {
                mistakes: all.mistakes,
            })
        }
    }

    fn part(&self, number: usize, variants: &[Variant]) -> Result<Made, Error> {
        let root = self.folder.join(format!("part{number}.rs"));
        let object = self.folder.join(format!("part{number}.o"));
        let text = wrap::crate_text(self.modules, self.declarations, variants);
        write_if_changed(&root, &text)?;
        let rustc = std::env::var_os("RUSTC").map_or_else(|| PathBuf::from("rustc"), PathBuf::from);
        object_file::compile(&rustc, self.target.as_deref(), &root, &object)
            .map_err(|mistake| self.in_source(mistake))?;
        let functions = object_file::functions(&object)?;
        let mut prober = Prober::new();
        let mut made = Made::default();
        for variant in variants {
            let uop = &self.declarations[variant.uop];
            let symbol = variant.symbol();
            let Some(function) = functions.get(&symbol) else {
                return Err(Mistake::general(
                    format!("the object file has no `{symbol}`"),
                    "this is a defect of sashiko-build: report it",
                )
                .into());
            };
            match assemble::assemble(function, &variant.signature, &mut prober) {
                Ok(stencil) => made.stencils.push((variant.clone(), stencil)),
                Err(why) if variant.is_all_register() || why.is_defect => {
                    made.mistakes.push(mistake(uop, &why));
                }
                Err(why) => made.dropped.push((
                    format!("{} {:?}", uop.name, variant.key),
                    format!("{}: {}", why.what, why.instruction),
                )),
            }
        }
        made.proved = prober.decoded;
        Ok(made)
    }

    /// Names the author's files where rustc names the copies.
    fn in_source(&self, mut mistake: Mistake) -> Mistake {
        for module in self.modules {
            mistake.what = mistake.what.replace(&module.file, &module.given);
        }
        mistake
    }
}

/// Fewest stencils worth a process of their own.
const MIN_PART: usize = 150;

fn mistake(uop: &Declaration, why: &Rejection) -> Mistake {
    Mistake {
        uop: Some(uop.name.clone()),
        place: Some(uop.place.clone()),
        what: why.what.clone(),
        instruction: Some(why.instruction.clone()),
        remedy: why.remedy.to_owned(),
    }
}

/// Gives each wide constant a place in the pool, and stencils the displacements.
fn lay_out_pool(stencils: &mut [(Variant, Assembled)]) -> Result<Vec<[u8; 16]>, Error> {
    let mut pool: Vec<[u8; 16]> = Vec::new();
    let mut places: BTreeMap<[u8; 16], usize> = BTreeMap::new();
    for (_, stencil) in stencils {
        for (at, constant) in std::mem::take(&mut stencil.pool) {
            let place = *places.entry(constant).or_insert_with(|| {
                pool.push(constant);
                pool.len() - 1
            });
            let displacement = (16 * place) as u32;
            let at = usize::from(at);
            stencil.bytes[at..at + 4].copy_from_slice(&displacement.to_le_bytes());
        }
    }
    if pool.len() > sashiko_stencils::context::POOL_ENTRIES {
        return Err(Mistake::general(
            format!(
                "the stencils need {} wide constants; a context has room for {}",
                pool.len(),
                sashiko_stencils::context::POOL_ENTRIES
            ),
            "use fewer different float constants in uop bodies, or raise POOL_ENTRIES",
        )
        .into());
    }
    Ok(pool)
}
