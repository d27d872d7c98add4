//! The arguments, as `clap` reads them; `--help` is the first page of the documentation.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

#[derive(Debug, Parser)]
#[command(
    name = "sashiko",
    version,
    about = "Runs Python programs through a register-allocating, optimizing JIT made of stencils.",
    after_help = EXAMPLES,
    arg_required_else_help = true
)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
}

const EXAMPLES: &str = "\
Examples:
  sashiko run nbody.py 1000             run a program; stdout, stderr and status are what python3's would be
  sashiko run --stats nbody.py          ... and say what was compiled, what left the traces and why
  sashiko run --jit off nbody.py        interpret only
  sashiko dump nbody.py                 every stage of every trace, from bytecode to machine code
  sashiko bisect wrong.py               the first rewrite that makes the program end differently
  sashiko dump --stage asm --trace 0 --policy plain --passes none nbody.py
                                        the first trace as plain copy-and-patch would have it

Environment:
  SASHIKO_JIT=0|1                       the default of --jit
  SASHIKO_JIT_THRESHOLD=N               rounds of a loop before it is compiled (1: at once)
  SASHIKO_STRESS=exits[:SEED]           leave compiled code at random though nothing failed: the output must not change";

const POLICIES: &str = "\
Policies (where values live between uops):
  plain           in memory, every one: copy-and-patch as CPython 3.13 and 3.14 do it
  stack-cache:K   the last K values in registers, K = 0..6: like CPython 3.15 with K = 3
  linear          loop-carried values pinned to registers, one pass over the trace
  ion             regalloc2's backtracking allocator: the best code, the longest compile
  fastalloc       regalloc2's single-pass allocator

Passes are switched from left to right: `--passes none,+store-forward` keeps one, `--passes -refcount` drops one,
`--passes all` is the default. A wrong name is answered with the list of them.";

const BISECT: &str = "\
The program is run many times: it should read no input, and end the same way each time. A run that takes ten times as long
as the first one (and five seconds more) is ended, and counts as wrong. SASHIKO_JIT_THRESHOLD=1 makes more code be compiled.

Exit status: 0 if the program ends the same way with and without the JIT, 1 if a wrong rewrite was found,
3 if it goes wrong without any rewrite (the trace is named then).";

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Runs a Python program.
    #[command(after_help = POLICIES)]
    Run(Run),
    /// Finds the first rewrite that makes a Python program end differently than without the JIT
    #[command(after_help = BISECT)]
    Bisect(Bisect),
    /// Runs a Python program (silently) and prints every stage of what the JIT made of it.
    #[command(after_help = POLICIES)]
    Dump(Dump),
}

#[derive(Debug, Args)]
pub(crate) struct Run {
    /// Compile hot code, or interpret only [default: on, or what SASHIKO_JIT says]
    #[arg(long, value_name = "on|off")]
    pub(crate) jit: Option<Switch>,
    /// At the end, print to stderr what was compiled, what left the traces and why, and where time went
    #[arg(long)]
    pub(crate) stats: bool,
    /// At the end, write the statistics to a file as JSON
    #[arg(long, value_name = "FILE")]
    pub(crate) stats_json: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) compile: Compile,
    #[command(flatten)]
    pub(crate) program: Program,
}

#[derive(Debug, Args)]
pub(crate) struct Bisect {
    /// What the right output is: that of the interpreter (`off`), or of another Python, as `python3`
    #[arg(long, value_name = "off|COMMAND", default_value = "off")]
    pub(crate) against: String,
    #[command(flatten)]
    pub(crate) compile: Compile,
    #[command(flatten)]
    pub(crate) program: Program,
}

#[derive(Debug, Args)]
pub(crate) struct Dump {
    /// Print this stage; may be given several times [default: all stages]
    #[arg(long = "stage", value_name = "STAGE")]
    pub(crate) stages: Vec<Stage>,
    /// Print only the trace with this number
    #[arg(long, value_name = "N")]
    pub(crate) trace: Option<u32>,
    /// The form: both hold the same
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub(crate) format: Format,
    #[command(flatten)]
    pub(crate) compile: Compile,
    #[command(flatten)]
    pub(crate) program: Program,
}

/// How traces are compiled.
#[derive(Debug, Args)]
pub(crate) struct Compile {
    /// Switch optimizer passes: `-name`, `+name`, `none`, `all`, separated by commas
    #[arg(long, value_name = "SWITCHES", allow_hyphen_values = true)]
    pub(crate) passes: Option<String>,
    /// Where values live between uops: plain, stack-cache:K, linear, ion, fastalloc
    #[arg(long, value_name = "POLICY")]
    pub(crate) policy: Option<String>,
    /// Stop optimizing after N rewrites: halving N finds the rewrite that breaks a program
    #[arg(long, value_name = "N")]
    pub(crate) fuel: Option<u64>,
    /// Compile no more than N traces
    #[arg(long, value_name = "N")]
    pub(crate) max_traces: Option<u32>,
    /// Room for machine code, in KiB, 64 at least; when it is full, all of it is dropped [default: 65536]
    #[arg(long, value_name = "KIB")]
    pub(crate) code_kib: Option<u32>,
    /// When fuel runs out, describe the last rewrite in FILE
    #[arg(long, value_name = "FILE", hide = true)]
    pub(crate) explain: Option<PathBuf>,
}

/// What to run.
#[derive(Debug, Args)]
pub(crate) struct Program {
    /// Run this text instead of a file; what follows are the program's arguments
    #[arg(
        short = 'c',
        value_names = ["CODE", "ARGS"],
        num_args = 1..,
        allow_hyphen_values = true,
        conflicts_with = "file"
    )]
    pub(crate) code: Vec<String>,
    /// The program (`-`: read it from stdin), and its arguments, even those that begin with `-`
    #[arg(
        value_names = ["FILE", "ARGS"],
        num_args = 1..,
        trailing_var_arg = true,
        required_unless_present = "code"
    )]
    pub(crate) file: Vec<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Switch {
    On,
    Off,
}

/// A stage of the way from source to machine code, in order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, ValueEnum)]
pub(crate) enum Stage {
    /// The bytecode of the program
    Bytecode,
    /// What the recorder wrote, one uop a line
    Recorded,
    /// The SSA form, before any pass
    Lifted,
    /// The SSA form, after all passes
    Optimized,
    /// What passes removed, and by which rule
    Removed,
    /// The place of every value, and the moves
    Plan,
    /// Machine code, with uops and source lines
    Asm,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// For people
    Text,
    /// For programs; has a `schema` version
    Json,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(arguments: &[&str]) -> Run {
        let arguments = ["sashiko", "run"].iter().chain(arguments);
        match Cli::try_parse_from(arguments)
            .expect("the arguments are good")
            .command
        {
            Command::Run(run) => run,
            Command::Bisect(_) | Command::Dump(_) => unreachable!("`run` was asked for"),
        }
    }

    #[test]
    fn arguments_behind_the_file_belong_to_the_program() {
        let run = run(&["--stats", "x.py", "--jit", "off", "-c", "--", "-1"]);
        assert_eq!(run.program.file, ["x.py", "--jit", "off", "-c", "--", "-1"]);
        assert!(run.stats && run.jit.is_none() && run.program.code.is_empty());
    }

    #[test]
    fn arguments_behind_the_code_belong_to_the_program() {
        let run = run(&["--jit", "off", "-c", "print(1)", "-x", "--stats", "y"]);
        assert_eq!(run.program.code, ["print(1)", "-x", "--stats", "y"]);
        assert_eq!(run.jit, Some(Switch::Off));
        assert!(!run.stats);
    }

    #[test]
    fn a_dash_is_a_file() {
        assert_eq!(run(&["-", "-v"]).program.file, ["-", "-v"]);
    }

    #[test]
    fn passes_may_begin_with_a_dash() {
        let run = run(&["--passes", "-refcount,+unbox", "x.py"]);
        assert_eq!(run.compile.passes.as_deref(), Some("-refcount,+unbox"));
    }

    #[test]
    fn what_cannot_be_is_refused() {
        for arguments in [
            &["run"][..],
            &["run", "--bogus", "x.py"],
            &["run", "--jit", "maybe", "x.py"],
            &["run", "--fuel", "-1", "x.py"],
            &["dump", "--stage", "nonsense", "x.py"],
            &["sew"],
        ] {
            let arguments = ["sashiko"].iter().chain(arguments);
            let error = Cli::try_parse_from(arguments).expect_err("refused");
            assert_eq!(error.exit_code(), 2);
        }
    }

    #[test]
    fn the_definition_is_sound() {
        use clap::CommandFactory as _;
        Cli::command().debug_assert();
    }
}
