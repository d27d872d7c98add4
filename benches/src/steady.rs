//! Time inside a process that is warm.
//!
//! A JIT is judged by what it comes to when it knows the program. Every program of `examples/python` ends by calling
//! `main()`; here that line is replaced by a driver that calls it for a second, so that peers that warm up slowly are
//! warm, then some times more, and writes the median of those to standard error.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::measure::Sample;

/// How the programs end.
const TAIL: &str = "if __name__ == \"__main__\":\n    main()\n";

/// What they end with instead.
const DRIVER: &str = r#"
def _steady():
    from time import perf_counter

    begin = perf_counter()
    main()
    rounds = 1
    while rounds < 4 or perf_counter() - begin < 1.0:
        main()
        rounds += 1
    times = []
    for _ in range(11):
        begin = perf_counter()
        main()
        times.append(perf_counter() - begin)
    times.sort()
    sys.stderr.write("%.9f\n" % times[5])


_steady()
"#;

/// The program at `source` with the driver, as a file of its own.
///
/// # Errors
/// If it can't be read or written, or does not end as expected.
pub(crate) fn program(source: &Path) -> Result<PathBuf, String> {
    let text = fs::read_to_string(source)
        .map_err(|error| format!("{} can't be read: {error}", source.display()))?;
    let body = text.strip_suffix(TAIL).ok_or_else(|| {
        format!(
            "{} does not end with a call of main() under `if __name__ == \"__main__\":`",
            source.display()
        )
    })?;
    let name = source.file_stem().unwrap_or_default().to_string_lossy();
    let path =
        std::env::temp_dir().join(format!("sashiko-steady-{}-{name}.py", std::process::id()));
    fs::write(&path, format!("{body}{DRIVER}"))
        .map_err(|error| format!("{} can't be written: {error}", path.display()))?;
    Ok(path)
}

/// A run of such a program: the time the driver measured, and what `main` printed, once.
///
/// # Errors
/// If the driver wrote no time.
pub(crate) fn within(sample: Sample) -> Result<Sample, String> {
    let text = String::from_utf8_lossy(&sample.stderr);
    let seconds: f64 = text
        .trim()
        .parse()
        .map_err(|_| format!("the driver wrote no time but {:?}", text.trim()))?;
    Ok(Sample {
        time: Duration::from_secs_f64(seconds),
        stdout: once(&sample.stdout).to_vec(),
        stderr: sample.stderr,
    })
}

/// The shortest text whose repetition `printed` is.
fn once(printed: &[u8]) -> &[u8] {
    let ends = printed
        .iter()
        .enumerate()
        .filter(|(_, byte)| **byte == b'\n');
    ends.map(|(i, _)| &printed[..=i])
        .find(|text| printed.chunks(text.len()).all(|chunk| chunk == *text))
        .unwrap_or(printed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn repeated_output_is_taken_once() {
        assert_eq!(once(b"a\nb\na\nb\n"), b"a\nb\n");
        assert_eq!(once(b"a\na\na\n"), b"a\n");
        assert_eq!(once(b"a\nb\n"), b"a\nb\n");
        assert_eq!(once(b""), b"");
    }
}
