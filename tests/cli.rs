//! The command line: what it takes, what it refuses and how, what a dump holds.

use std::path::PathBuf;
use std::process::Command;
use std::sync::OnceLock;
use std::time::Duration;

mod support;
use support::Ended;

const LIMIT: Duration = Duration::from_mins(2);
const NBODY: &str = "examples/python/nbody.py";

fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_sashiko"));
    command
        .args(arguments)
        .env_remove("SASHIKO_JIT")
        .env_remove("SASHIKO_JIT_THRESHOLD")
        .current_dir(env!("CARGO_MANIFEST_DIR"));
    command
}

fn sashiko(arguments: &[&str]) -> Ended {
    support::run(&mut command(arguments), LIMIT).expect("it runs to its end")
}

/// A file in the folder that cargo keeps for tests.
fn scratch(name: &str, content: &[u8]) -> String {
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    std::fs::write(&path, content).expect("it can be written");
    path.to_str().expect("its name is text").to_owned()
}

/// It ends with status 2 and says each of `words` on stderr, nothing on stdout.
fn refused(arguments: &[&str], words: &[&str]) {
    let ended = sashiko(arguments);
    assert_eq!(ended.status, Some(2), "status of {arguments:?}: {ended:?}");
    assert_eq!(ended.stdout, "", "{arguments:?}");
    for word in words {
        assert!(
            ended.stderr.contains(word),
            "`{word}` of {arguments:?} in: {}",
            ended.stderr
        );
    }
}

#[test]
fn help_teaches() {
    let help = sashiko(&["--help"]);
    assert_eq!(help.status, Some(0));
    assert!(help.stdout.contains("Examples:") && help.stdout.contains("SASHIKO_JIT"));
    let help = sashiko(&["run", "--help"]);
    for word in [
        "plain",
        "stack-cache:K",
        "linear",
        "ion",
        "fastalloc",
        "--fuel",
        "--stats-json",
    ] {
        assert!(help.stdout.contains(word), "{word}");
    }
    assert_eq!(sashiko(&["--version"]).status, Some(0));
}

#[test]
fn no_arguments_are_a_usage_error() {
    refused(&[], &["Usage"]);
    refused(&["run"], &["FILE"]);
    refused(&["sew"], &["sew"]);
    refused(&["run", "--bogus", NBODY], &["--bogus"]);
}

#[test]
fn what_cannot_be_read_is_refused() {
    refused(
        &["run", "no/such/file.py"],
        &["no/such/file.py", "no such file"],
    );
    refused(&["run", "examples"], &["examples", "directory"]);
    refused(&["dump", "no/such/file.py"], &["no/such/file.py"]);
    let junk = scratch("junk.py", b"x = 1\ny = \xff\xfe\x00\x01");
    refused(&["run", &junk], &["junk.py", "line 2", "UTF-8"]);
    let null = scratch("null.py", b"x = 1\0");
    refused(&["run", &null], &["null byte"]);
}

#[test]
fn wrong_names_are_answered_with_the_right_ones() {
    refused(
        &["run", "--policy", "greedy", NBODY],
        &["greedy", "plain", "stack-cache:K", "ion"],
    );
    refused(
        &["run", "--policy", "stack-cache:9", NBODY],
        &["stack-cache:9"],
    );
    refused(
        &["run", "--passes", "-sew", NBODY],
        &["sew", "store-forward", "dce"],
    );
    refused(&["run", "--passes", "é", NBODY], &["é"]);
    refused(&["run", "--jit", "maybe", NBODY], &["maybe", "on", "off"]);
    refused(&["run", "--fuel", "much", NBODY], &["much"]);
    refused(
        &["dump", "--stage", "soup", NBODY],
        &["soup", "lifted", "asm"],
    );
    refused(&["dump", "--trace", "9999", NBODY, "10"], &["9999"]);
}

#[test]
fn wrong_variables_are_refused() {
    for (name, value) in [("SASHIKO_JIT", "perhaps"), ("SASHIKO_JIT_THRESHOLD", "0")] {
        let mut command = command(&["run", "-c", "pass"]);
        let ended = support::run(command.env(name, value), LIMIT).expect("it runs");
        assert_eq!(ended.status, Some(2));
        assert!(
            ended.stderr.contains(name) && ended.stderr.contains(value),
            "{}",
            ended.stderr
        );
    }
}

#[test]
fn syntax_errors_end_with_status_1() {
    let file = scratch("syntax.py", b"x = 1\nif x\n    print(x)\n");
    let ended = sashiko(&["run", &file]);
    assert_eq!(ended.status, Some(1));
    assert!(
        ended.stderr.contains("SyntaxError") && ended.stderr.contains("line 2"),
        "{}",
        ended.stderr
    );
    assert_eq!(ended.stdout, "");
}

#[test]
fn the_programs_arguments_are_its_own() {
    let file = scratch("argv.py", b"import sys\nprint(sys.argv[1:])\n");
    let ended = sashiko(&["run", &file, "--jit", "off", "-", "-c", "x"]);
    assert_eq!(ended.stdout, "['--jit', 'off', '-', '-c', 'x']\n");
    let code = "import sys; print(sys.argv)";
    assert_eq!(
        sashiko(&["run", "-c", code, "-x", "--stats"]).stdout,
        "['-c', '-x', '--stats']\n"
    );
}

#[test]
fn the_program_may_come_from_stdin() {
    let mut command = command(&["run", "-", "a"]);
    let source = "import sys\nprint(6 * 7, sys.argv)\n";
    let ended = support::run_with_input(&mut command, source, LIMIT).expect("it runs");
    assert_eq!(
        (ended.stdout.as_str(), ended.status),
        ("42 ['-', 'a']\n", Some(0))
    );
}

#[test]
fn the_programs_status_is_ours() {
    assert_eq!(
        sashiko(&["run", "-c", "import sys; sys.exit(7)"]).status,
        Some(7)
    );
    let ended = sashiko(&["run", "-c", "1 // 0"]);
    assert_eq!(ended.status, Some(1));
    assert!(
        ended.stderr.contains("ZeroDivisionError"),
        "{}",
        ended.stderr
    );
}

#[test]
fn statistics_go_to_stderr_and_to_a_file() {
    let json = scratch("stats.json", b"");
    let ended = sashiko(&["run", "--stats", "--stats-json", &json, NBODY, "200"]);
    assert_eq!(ended.status, Some(0));
    assert_eq!(ended.stdout.lines().count(), 2, "{}", ended.stdout);
    for subject in [
        "traces", "entered", "exits", "uops", "removed", "code", "time",
    ] {
        assert!(
            ended.stderr.contains(subject),
            "{subject} in: {}",
            ended.stderr
        );
    }
    let text = std::fs::read_to_string(json).expect("it was written");
    let stats: serde_json::Value = serde_json::from_str(&text).expect("it is JSON");
    assert!(stats["traces"]["compiled"].is_u64(), "{text}");
}

#[test]
fn statistics_that_cannot_be_written_are_an_error() {
    let ended = sashiko(&[
        "run",
        "--stats-json",
        "/no/such/folder/x.json",
        "-c",
        "pass",
    ]);
    assert_eq!(ended.status, Some(2));
    assert!(
        ended.stderr.contains("/no/such/folder/x.json"),
        "{}",
        ended.stderr
    );
}

/// A loop that is compiled wherever the machine can run compiled code.
fn hot() -> String {
    static HOT: OnceLock<String> = OnceLock::new();
    let source = b"total = 0\nfor i in range(30000):\n    total += i\nprint(total)\n";
    HOT.get_or_init(|| scratch("hot.py", source)).clone()
}

/// `text` without addresses, which differ from run to run: hexadecimal numbers are cut to their prefix.
fn without_addresses(text: &str) -> String {
    let mut parts = text.split("0x");
    let mut kept = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        kept.push_str("0x");
        kept.push_str(part.trim_start_matches(|digit: char| digit.is_ascii_hexdigit()));
    }
    kept
}

fn compiles() -> bool {
    cfg!(all(target_arch = "x86_64", unix)) && {
        let ended = sashiko(&["dump", "--stage", "asm", &hot()]);
        !ended
            .stdout
            .contains("nothing of this program was compiled")
    }
}

#[test]
fn a_dump_has_every_stage() {
    let ended = sashiko(&["dump", &hot()]);
    assert_eq!(ended.status, Some(0), "{}", ended.stderr);
    assert!(ended.stdout.contains("-- bytecode"), "{}", ended.stdout);
    assert!(
        !ended.stdout.contains("449985000"),
        "what the program prints is no part of a dump"
    );
    if compiles() {
        for stage in ["recorded", "lifted", "optimized", "plan", "asm"] {
            let title = format!(": {stage}\n");
            assert!(
                ended.stdout.contains(&title),
                "{stage} in: {}",
                ended.stdout
            );
        }
    }
}

#[test]
fn a_dump_as_json_holds_what_the_text_holds() {
    let ended = sashiko(&["dump", "--format", "json", &hot()]);
    let dump: serde_json::Value = serde_json::from_str(&ended.stdout).expect("it is JSON");
    assert_eq!(dump["schema"], 1);
    assert!(dump["bytecode"].is_array());
    let traces = dump["traces"]
        .as_array()
        .expect("there is a list of traces");
    assert_eq!(compiles(), !traces.is_empty());
    for trace in traces {
        for stage in ["recorded", "lifted", "optimized", "plan", "asm"] {
            assert!(!trace[stage].is_null(), "{stage} of {trace}");
        }
    }
    let ended = sashiko(&["dump", "--format", "json", "--stage", "plan", &hot()]);
    let dump: serde_json::Value = serde_json::from_str(&ended.stdout).expect("it is JSON");
    assert!(dump["bytecode"].is_null());
    for trace in dump["traces"]
        .as_array()
        .expect("there is a list of traces")
    {
        assert!(trace["lifted"].is_null() && !trace["plan"].is_null());
    }
}

#[test]
fn a_dump_can_be_cut_to_a_stage() {
    let ended = sashiko(&["dump", "--stage", "bytecode", &hot()]);
    assert!(ended.stdout.starts_with("-- bytecode\n") && !ended.stdout.contains("-- trace"));
    assert!(ended.stdout.contains("FOR_ITER"), "{}", ended.stdout);
}

#[test]
fn fuel_stops_the_optimizer() {
    if !compiles() {
        return;
    }
    let optimized = |fuel: &str| {
        let arguments = ["dump", "--stage", "optimized", "--fuel", fuel, &hot()];
        without_addresses(&sashiko(&arguments).stdout)
    };
    assert_ne!(optimized("0"), optimized("1000000"));
    assert_eq!(optimized("5"), optimized("5"), "dumps are deterministic");
}

/// A program whose traces subtract and compare.
const SUBTRACTS: &str = "\
def run(n):
    total = 0.0
    step = 0.5
    for i in range(n):
        total = total * 0.5 - step
        step = total - step * 0.25
    return total
print(run(3000), run(3001))
";

#[test]
fn bisect_finds_the_wrong_rewrite() {
    let path = scratch("bisected.py", SUBTRACTS.as_bytes());
    let found = sashiko(&["bisect", "--passes", "default,+sabotage", &path]);
    assert_eq!(found.status, Some(1), "{found:?}");
    for words in [
        "line 1 of stdout",
        "sabotage/exchange-wrongly",
        "in trace 0",
        "  - v",
        "  + v",
        "float_sub",
        "`--passes -sabotage` makes the program end as it should",
    ] {
        assert!(found.stdout.contains(words), "{words}: {}", found.stdout);
    }
    let number = found.stdout.split("rewrite is number ").nth(1);
    let number: u64 = number
        .and_then(|rest| rest.split_whitespace().next()?.parse().ok())
        .expect("it says which");
    let with_fuel = |fuel: u64| {
        let fuel = fuel.to_string();
        let options = [
            "run",
            "--passes",
            "default,+sabotage",
            "--fuel",
            &fuel,
            &path,
        ];
        sashiko(&options).stdout
    };
    let right = sashiko(&["run", "--jit", "off", &path]).stdout;
    assert_eq!(with_fuel(number - 1), right);
    assert_ne!(with_fuel(number), right);
}

#[test]
fn bisect_says_that_nothing_is_wrong() {
    let path = scratch("not_bisected.py", SUBTRACTS.as_bytes());
    let found = sashiko(&["bisect", &path]);
    assert_eq!(found.status, Some(0), "{found:?}");
    assert!(found.stdout.contains("ends the same way"), "{found:?}");
    refused(&["bisect", "-"], &["standard input"]);
    refused(
        &["bisect", "--against", "/no/such/python", &path],
        &["/no/such/python"],
    );
    refused(
        &["bisect", "-c", "import time; print(time.perf_counter())"],
        &["differently each time"],
    );
}

#[test]
fn dumps_say_what_was_removed_and_by_which_rule() {
    let path = scratch("removed.py", SUBTRACTS.as_bytes());
    let dump = sashiko(&["dump", "--stage", "removed", &path]);
    assert_eq!(dump.status, Some(0));
    for words in [
        "load_slot s",
        " by store-forward/load",
        "guard",
        "by expand/steps",
        "line 5",
    ] {
        assert!(dump.stdout.contains(words), "{words}: {}", dump.stdout);
    }
    assert!(!dump.stdout.contains("by \n") && !dump.stdout.contains("/\n"));
}
