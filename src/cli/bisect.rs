//! `bisect`: finds the first wrong rewrite.
//!
//! A program that ends differently with the JIT on is run again and again in processes of its own (it may crash), with the
//! optimizer stopped after so many rewrites. Between a number with which it ends as it should and a larger one with which it
//! does not, halving finds two neighbours; the rewrite between them is the culprit, and the child that makes it as its last
//! one describes it. If the program goes wrong without any rewrite, the same search goes over the number of traces.

use std::env;
use std::fmt::Write as _;
use std::path::PathBuf;
use std::process::{self, Command};
use std::time::{Duration, Instant};
use std::{fs, io};

use sashiko_backend::culprit::Culprit;
use sashiko_optimizer::Switches;

use super::child::{self, Ended};
use super::{UsageError, args, settings};

/// Status if a wrong rewrite was found.
const FOUND: u8 = 1;
/// Status if the program goes wrong without any rewrite.
const NOT_A_REWRITE: u8 = 3;

/// Finds the first wrong rewrite in the program that `arguments` name.
pub(crate) fn bisect(arguments: &args::Bisect) -> Result<u8, UsageError> {
    let config = settings::config(&arguments.compile)?;
    let mut search = Search::new(arguments)?;
    let Some(difference) = search.goes_wrong(&[])? else {
        println!("with the JIT and without it the program ends the same way");
        return Ok(0);
    };
    println!("with the JIT the program ends differently: {difference}");
    if search.goes_wrong(&["--fuel", "0"])?.is_some() {
        search.find_trace()?;
        return Ok(NOT_A_REWRITE);
    }
    let wrong = search.find_rewrite()?;
    search.report(wrong, config.switches)?;
    Ok(FOUND)
}

struct Search<'a> {
    arguments: &'a args::Bisect,
    /// How the program should end.
    right: Ended,
    limit: Duration,
    /// Where a child describes its last rewrite.
    explanation: PathBuf,
    runs: u32,
}

impl Drop for Search<'_> {
    fn drop(&mut self) {
        // It is not there if no child wrote it.
        let _ = fs::remove_file(&self.explanation);
    }
}

impl<'a> Search<'a> {
    fn new(arguments: &'a args::Bisect) -> Result<Search<'a>, UsageError> {
        if arguments
            .program
            .file
            .first()
            .is_some_and(|file| file == "-")
        {
            let message = "bisect runs the program many times: give it a file, not standard input";
            return Err(UsageError(message.to_owned()));
        }
        let name = format!("sashiko-bisect-{}.json", process::id());
        let mut search = Search {
            arguments,
            right: Ended {
                stdout: Vec::new(),
                stderr: Vec::new(),
                status: None,
            },
            limit: Duration::from_hours(1),
            explanation: env::temp_dir().join(name),
            runs: 0,
        };
        let start = Instant::now();
        search.right = search.reference()?;
        search.limit = start.elapsed() * 10 + Duration::from_secs(5);
        let again = search.reference()?;
        match search.right.difference(&again, true) {
            None => Ok(search),
            Some(difference) => Err(UsageError(format!(
                "the program ends differently each time, JIT or not ({difference}): it can't be bisected"
            ))),
        }
    }

    /// How the program ends without the JIT.
    fn reference(&mut self) -> Result<Ended, UsageError> {
        let program = &self.arguments.program;
        if self.arguments.against == "off" {
            return self.run(&["--jit", "off"]);
        }
        let mut command = Command::new(&self.arguments.against);
        if let [code, rest @ ..] = &program.code[..] {
            command.arg("-c").arg(code).args(rest);
        }
        command.args(&program.file);
        child::run(&mut command, self.limit).map_err(|error| {
            let name = &self.arguments.against;
            UsageError(format!("can't run '{name}': {error}"))
        })
    }

    /// Runs the program with `options` added to those the user gave.
    fn run(&mut self, options: &[&str]) -> Result<Ended, UsageError> {
        let cannot =
            |error: io::Error| UsageError(format!("can't run a program of its own: {error}"));
        let mut command = Command::new(env::current_exe().map_err(cannot)?);
        command
            .arg("run")
            .args(self.options(options))
            .args(self.program());
        self.runs += 1;
        child::run(&mut command, self.limit).map_err(cannot)
    }

    /// In what the program differs with `options`, if it does.
    fn goes_wrong(&mut self, options: &[&str]) -> Result<Option<String>, UsageError> {
        let options = [&["--jit", "on"], options].concat();
        let ended = self.run(&options)?;
        // Tracebacks of another Python are its own.
        let stderr = self.arguments.against == "off";
        Ok(self.right.difference(&ended, stderr))
    }

    /// The smallest number found for which the program goes wrong with `option`, while it does not with one less.
    fn halve(&mut self, option: &str) -> Result<u64, UsageError> {
        let (mut right, mut wrong) = (0u64, 64u64);
        while self.goes_wrong(&[option, &wrong.to_string()])?.is_none() {
            (right, wrong) = (wrong, wrong * 4);
            if wrong > 1 << 40 {
                let message = format!(
                    "the program goes wrong without {option}, but not with it: it may depend on time or addresses"
                );
                return Err(UsageError(message));
            }
        }
        while wrong - right > 1 {
            let middle = right.midpoint(wrong);
            if self.goes_wrong(&[option, &middle.to_string()])?.is_some() {
                wrong = middle;
            } else {
                right = middle;
            }
        }
        Ok(wrong)
    }

    fn find_rewrite(&mut self) -> Result<u64, UsageError> {
        self.halve("--fuel")
    }

    /// Without any rewrite the program goes wrong: which trace does it, and is it the policy?
    fn find_trace(&mut self) -> Result<(), UsageError> {
        println!("it does so without any rewrite too: the optimizer is not to blame");
        let traces = self.halve("--max-traces")?;
        println!("the first wrong trace is number {}", traces - 1);
        let plain = self.goes_wrong(&["--fuel", "0", "--policy", "plain"])?;
        println!(
            "with `--policy plain` it goes {}",
            match plain {
                Some(_) => "wrong too: look at the recording, the uops' bodies and the exits",
                None => "right: look at the plan",
            }
        );
        println!("look at it:  {}", self.dump(&["--fuel", "0"], traces - 1));
        self.reproduce("--max-traces", traces);
        Ok(())
    }

    fn report(&mut self, wrong: u64, switches: Switches) -> Result<(), UsageError> {
        let fuel = wrong.to_string();
        let path = self.explanation.to_string_lossy().into_owned();
        let last = self.goes_wrong(&["--fuel", &fuel, "--explain", &path])?;
        println!("the first wrong rewrite is number {wrong}");
        let culprit: Option<Culprit> = fs::read(&self.explanation)
            .ok()
            .and_then(|bytes| serde_json::from_slice(&bytes).ok());
        let Some(culprit) = culprit else {
            let message = format!(
                "what rewrite {wrong} is could not be found out: no description in '{path}'"
            );
            return Err(UsageError(message));
        };
        if let Some(difference) = last {
            println!("with it:     {difference}");
        }
        println!(
            "it is:       {}/{} in trace {} at {}",
            culprit.pass, culprit.rule, culprit.trace, culprit.start
        );
        for source in &culprit.sources {
            println!("from:        {source}");
        }
        for line in &culprit.removed {
            println!("  - {line}");
        }
        for line in &culprit.added {
            println!("  + {line}");
        }
        // Switches are read from left to right, so the last word counts.
        let without = format!("{switches},-{}", culprit.pass);
        let without = self.goes_wrong(&["--passes", &without])?;
        println!(
            "without it:  `--passes -{}` makes the program end {}",
            culprit.pass,
            match without {
                None => "as it should",
                Some(_) =>
                    "wrongly as well: there is more than one culprit, or the pass is innocent",
            }
        );
        println!(
            "look at it:  {}",
            self.dump(&["--fuel", &fuel], u64::from(culprit.trace))
        );
        self.reproduce("--fuel", wrong);
        Ok(())
    }

    fn reproduce(&self, option: &str, wrong: u64) {
        let command = |number: u64| {
            let options = self.options(&[option, &number.to_string()]);
            self.shell("run", &options)
        };
        println!("right with:  {}", command(wrong - 1));
        println!("wrong with:  {}", command(wrong));
        println!("{} runs", self.runs);
    }

    /// A command that shows the trace.
    fn dump(&self, options: &[&str], trace: u64) -> String {
        let trace = trace.to_string();
        let options = [options, &["--trace", &trace]].concat();
        self.shell("dump", &self.options(&options))
    }

    /// The options the user gave, and `more`, which go before them.
    fn options(&self, more: &[&str]) -> Vec<String> {
        let compile = &self.arguments.compile;
        let mut options: Vec<String> = more.iter().map(|&text| text.to_owned()).collect();
        let given = [
            ("--passes", compile.passes.clone()),
            ("--policy", compile.policy.clone()),
            ("--fuel", compile.fuel.map(|fuel| fuel.to_string())),
            ("--code-kib", compile.code_kib.map(|kib| kib.to_string())),
            (
                "--max-traces",
                compile.max_traces.map(|traces| traces.to_string()),
            ),
        ];
        for (option, value) in given {
            if let Some(value) = value.filter(|_| !more.contains(&option)) {
                options.extend([option.to_owned(), value]);
            }
        }
        options
    }

    fn program(&self) -> Vec<String> {
        let program = &self.arguments.program;
        match &program.code[..] {
            [] => program.file.clone(),
            code => ["-c".to_owned()]
                .into_iter()
                .chain(code.iter().cloned())
                .collect(),
        }
    }

    /// A command for people to copy.
    fn shell(&self, command: &str, options: &[String]) -> String {
        let mut text = String::new();
        for name in [settings::THRESHOLD, settings::STRESS] {
            if let Ok(value) = env::var(name) {
                let _ = write!(text, "{name}={value} ");
            }
        }
        let _ = write!(text, "sashiko {command}");
        for word in options.iter().chain(&self.program()) {
            let plain = |c: char| c.is_ascii_alphanumeric() || "-_./,+:=".contains(c);
            if !word.is_empty() && word.chars().all(plain) {
                let _ = write!(text, " {word}");
            } else {
                let _ = write!(text, " '{}'", word.replace('\'', r"'\''"));
            }
        }
        text
    }
}
