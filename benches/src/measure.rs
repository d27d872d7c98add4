//! Time of whole processes.

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// One run: how long it took, and what it printed.
#[derive(Debug)]
pub(crate) struct Sample {
    pub(crate) time: Duration,
    pub(crate) stdout: Vec<u8>,
    pub(crate) stderr: Vec<u8>,
}

/// Runs `command` once.
///
/// # Errors
/// If it can't be started or does not end well.
pub(crate) fn sample(command: &mut Command) -> Result<Sample, String> {
    let start = Instant::now();
    let output = command
        .stdin(Stdio::null())
        .output()
        .map_err(|error| format!("{command:?} can't be started: {error}"))?;
    let time = start.elapsed();
    if !output.status.success() {
        return Err(format!(
            "{command:?} ended with {}: {}",
            output.status,
            String::from_utf8_lossy(&output.stderr).trim_end()
        ));
    }
    Ok(Sample {
        time,
        stdout: output.stdout,
        stderr: output.stderr,
    })
}

/// Middle of `times`, in seconds.
pub(crate) fn median(times: &[f64]) -> f64 {
    let mut sorted = times.to_vec();
    sorted.sort_by(f64::total_cmp);
    let middle = sorted.len() / 2;
    match sorted.len() {
        0 => f64::NAN,
        n if n % 2 == 1 => sorted[middle],
        _ => f64::midpoint(sorted[middle - 1], sorted[middle]),
    }
}

/// Half the distance between the quartiles, as a part of the median: how far a figure can be trusted.
pub(crate) fn spread(times: &[f64]) -> f64 {
    let mut sorted = times.to_vec();
    sorted.sort_by(f64::total_cmp);
    let n = sorted.len();
    if n < 2 {
        return 0.0;
    }
    (sorted[3 * (n - 1) / 4] - sorted[(n - 1) / 4]) / 2.0 / median(times)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_is_the_middle() {
        assert!((median(&[3.0, 1.0, 2.0]) - 2.0).abs() < 1e-12);
        assert!((median(&[4.0, 1.0, 2.0, 3.0]) - 2.5).abs() < 1e-12);
        assert!(median(&[]).is_nan());
    }

    #[test]
    fn equal_times_have_no_spread() {
        assert!(spread(&[2.0, 2.0, 2.0]).abs() < 1e-12);
        assert!(spread(&[1.0, 2.0, 3.0, 4.0, 5.0]) > 0.3);
    }
}
