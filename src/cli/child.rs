//! Running a program in a process of its own, to see how it ends: it may crash, or never end.

use std::io::{self, Read};
use std::process::{Command, ExitStatus, Stdio};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

/// How a program ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Ended {
    /// What it wrote to standard output.
    pub(crate) stdout: Vec<u8>,
    /// What it wrote to standard error.
    pub(crate) stderr: Vec<u8>,
    /// Its exit status; `None` if it took too long and was ended.
    pub(crate) status: Option<ExitStatus>,
}

/// Runs `command` with nothing to read, for at most `limit`.
///
/// # Errors
/// If it cannot be started.
pub(crate) fn run(command: &mut Command, limit: Duration) -> io::Result<Ended> {
    let start = Instant::now();
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()?;
    let stdout = child.stdout.take().map(reader);
    let stderr = child.stderr.take().map(reader);
    let mut pause = Duration::from_micros(200);
    let status = loop {
        if let Some(status) = child.try_wait()? {
            break Some(status);
        }
        if start.elapsed() > limit {
            child.kill()?;
            child.wait()?;
            break None;
        }
        thread::sleep(pause);
        pause = (pause * 2).min(Duration::from_millis(10));
    };
    let text = |reader: Option<JoinHandle<Vec<u8>>>| {
        let bytes = reader.map(|reader| reader.join().unwrap_or_default());
        bytes.unwrap_or_default()
    };
    Ok(Ended {
        stdout: text(stdout),
        stderr: text(stderr),
        status,
    })
}

fn reader(mut from: impl Read + Send + 'static) -> JoinHandle<Vec<u8>> {
    thread::spawn(move || {
        let mut bytes = Vec::new();
        // What was read before an error is what there is to compare.
        let _ = from.read_to_end(&mut bytes);
        bytes
    })
}

impl Ended {
    /// In what `self` differs from `other`, for people; `None` if in nothing. `stderr`: does what they wrote there count?
    pub(crate) fn difference(&self, other: &Ended, stderr: bool) -> Option<String> {
        if self.status != other.status {
            let show = |status: Option<ExitStatus>| match status {
                Some(status) => status.to_string(),
                None => "no end in time".to_owned(),
            };
            let (left, right) = (show(self.status), show(other.status));
            return Some(format!("{left} became {right}"));
        }
        let streams = [
            ("stdout", &self.stdout, &other.stdout),
            ("stderr", &self.stderr, &other.stderr),
        ];
        streams[..=usize::from(stderr)]
            .iter()
            .find(|(_, left, right)| left != right)
            .map(|(name, left, right)| {
                let (left, right) = (
                    String::from_utf8_lossy(left),
                    String::from_utf8_lossy(right),
                );
                let (mut left, mut right) = (left.lines(), right.lines());
                let show = |line: Option<&str>| {
                    line.map_or("nothing".to_owned(), |line| format!("`{line}`"))
                };
                let mut number = 1;
                loop {
                    match (left.next(), right.next()) {
                        (Some(one), Some(two)) if one == two => number += 1,
                        (one, two) => {
                            let (one, two) = (show(one), show(two));
                            break format!("line {number} of {name}: {one} became {two}");
                        }
                    }
                }
            })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shell(script: &str) -> Ended {
        let mut command = Command::new("sh");
        run(command.args(["-c", script]), Duration::from_millis(500)).expect("sh is there")
    }

    #[test]
    fn differences_are_named() {
        let right = shell("echo a; echo b; echo c >&2");
        let differs = |script| right.difference(&shell(script), true);
        assert_eq!(differs("echo a; echo b; echo c >&2"), None);
        let said = |script, words: &str| {
            let difference = differs(script).expect("they differ");
            assert!(difference.contains(words), "{difference}");
        };
        said(
            "echo a; echo x; echo c >&2",
            "line 2 of stdout: `b` became `x`",
        );
        said("echo a; echo c >&2", "`b` became nothing");
        said("echo a; echo b; echo d >&2", "line 1 of stderr");
        said("echo a; echo b; echo c >&2; exit 3", "3");
        said("exec sleep 5", "no end in time");
        assert_eq!(right.difference(&shell("echo a; echo b"), false), None);
    }
}
