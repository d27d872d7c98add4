//! Running a program to its end: output, status, and a limit on the time it may take.

use std::io::Read;
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

/// How a program ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Ended {
    /// What it wrote to standard output.
    pub(crate) stdout: String,
    /// What it wrote to standard error.
    pub(crate) stderr: String,
    /// Its exit status; `None` if a signal ended it.
    pub(crate) status: Option<i32>,
}

/// Runs `command` to its end, with `input` on its standard input.
///
/// # Errors
/// If it can't be started, or is not done within `limit` (it is killed then).
pub(crate) fn run_with_input(
    command: &mut Command,
    input: &str,
    limit: Duration,
) -> Result<Ended, String> {
    let start = Instant::now();
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|error| format!("{command:?} can't be started: {error}"))?;
    // Programs that don't read their input close it: not our concern.
    let mut stdin = child.stdin.take().expect("stdin is piped");
    let _ = std::io::Write::write_all(&mut stdin, input.as_bytes());
    drop(stdin);
    let stdout = reader(child.stdout.take().expect("stdout is piped"));
    let stderr = reader(child.stderr.take().expect("stderr is piped"));
    let status = loop {
        if let Some(status) = child.try_wait().map_err(|error| error.to_string())? {
            break status;
        }
        if start.elapsed() > limit {
            let _ = child.kill();
            let _ = child.wait();
            return Err(format!("{command:?} was not done after {limit:?}"));
        }
        thread::sleep(Duration::from_millis(2));
    };
    Ok(Ended {
        stdout: stdout.join().expect("the reader does not panic"),
        stderr: stderr.join().expect("the reader does not panic"),
        status: status.code(),
    })
}

/// Runs `command` to its end, with nothing to read.
///
/// # Errors
/// As [`run_with_input`].
pub(crate) fn run(command: &mut Command, limit: Duration) -> Result<Ended, String> {
    run_with_input(command, "", limit)
}

fn reader(mut from: impl Read + Send + 'static) -> thread::JoinHandle<String> {
    thread::spawn(move || {
        let mut bytes = Vec::new();
        let _ = from.read_to_end(&mut bytes);
        String::from_utf8_lossy(&bytes).into_owned()
    })
}
