//! `tally run [--jit on|off] [--policy P] [--passes S] [--threshold N] [--dump] [--stats] FILE`

use std::io;
use std::process::ExitCode;

use sashiko::Config;
use sashiko_tally::jit::Jit;
use sashiko_tally::machine::Machine;
use sashiko_tally::program::Program;

const USAGE: &str = "\
usage: tally run [OPTIONS] FILE

  --jit on|off       compile hot loops, or interpret only [on]
  --policy POLICY    plain, stack-cache:K, linear, ion, fastalloc [linear]
  --passes SWITCHES  -name, +name, none, all
  --threshold N      rounds of a loop before it is recorded [50]
  --dump             at the end, print every stage of every trace to stderr
  --stats            at the end, print figures to stderr, as JSON";

struct Options {
    file: String,
    jit: bool,
    config: Config,
    threshold: u32,
    dump: bool,
    stats: bool,
}

fn options(mut arguments: impl Iterator<Item = String>) -> Result<Options, String> {
    let mut options = Options {
        file: String::new(),
        jit: true,
        config: Config::default(),
        threshold: 50,
        dump: false,
        stats: false,
    };
    if arguments.next().as_deref() != Some("run") {
        return Err("say what to do: `tally run FILE`".to_owned());
    }
    while let Some(argument) = arguments.next() {
        let mut value = || {
            let value = arguments.next();
            value.ok_or_else(|| format!("a value must follow {argument}"))
        };
        match argument.as_str() {
            "--jit" => {
                options.jit = match value()?.as_str() {
                    "on" => true,
                    "off" => false,
                    other => return Err(format!("--jit is on or off, not {other}")),
                }
            }
            "--policy" => {
                options.config.policy = value()?.parse().map_err(|error| format!("{error}"))?;
            }
            "--passes" => {
                options.config.switches = value()?.parse().map_err(|error| format!("{error}"))?;
            }
            "--threshold" => {
                options.threshold = value()?.parse().map_err(|error| format!("{error}"))?;
            }
            "--dump" => options.dump = true,
            "--stats" => options.stats = true,
            _ if argument.starts_with('-') => return Err(format!("there is no option {argument}")),
            _ if options.file.is_empty() => options.file = argument,
            _ => return Err("only one program can be run".to_owned()),
        }
    }
    if options.file.is_empty() {
        return Err("name a program".to_owned());
    }
    options.config.keep_dumps = options.dump;
    Ok(options)
}

fn run(options: &Options) -> Result<ExitCode, String> {
    let file = &options.file;
    let source = std::fs::read_to_string(file).map_err(|error| format!("{file}: {error}"))?;
    let program = Program::parse(&source).map_err(|error| format!("{file}, {error}"))?;
    let jit = if options.jit {
        let jit = Jit::new(&program, options.config.clone(), options.threshold);
        jit.inspect_err(|why| eprintln!("tally: {why}")).ok()
    } else {
        None
    };
    let output = Box::new(io::BufWriter::new(io::stdout()));
    let mut machine = Machine::new(&program, output, jit);
    let result = machine.run();
    if let Some(jit) = machine.jit() {
        if options.dump || options.stats {
            jit.failures()
                .iter()
                .for_each(|error| eprintln!("not compiled: {error}"));
        }
        if options.dump {
            jit.engine()
                .dumps()
                .iter()
                .for_each(|dump| eprintln!("{dump}"));
        }
        if options.stats {
            let stats = jit.engine().stats();
            eprintln!(
                "{}",
                serde_json::to_string_pretty(&stats).map_err(|error| error.to_string())?
            );
        }
    }
    let status = result.map_err(|error| format!("{file}, {error}"))?;
    Ok(ExitCode::from(status as u8))
}

fn main() -> ExitCode {
    let options = match options(std::env::args().skip(1)) {
        Ok(options) => options,
        Err(message) => {
            eprintln!("tally: {message}\n\n{USAGE}");
            return ExitCode::from(2);
        }
    };
    run(&options).unwrap_or_else(|message| {
        eprintln!("tally: {message}");
        ExitCode::FAILURE
    })
}
