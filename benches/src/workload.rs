//! What is run, and in which ways.

/// A program of `examples/python` with its sizes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Workload {
    /// Its name, without `.py`.
    pub(crate) name: &'static str,
    /// A size at which python3 takes some tenths of a second: for whole processes.
    pub(crate) size: u32,
    /// A smaller size, at which python3 takes about 50 ms: what is repeated in one process.
    pub(crate) small: u32,
}

const fn workload(name: &'static str, size: u32, small: u32) -> Workload {
    Workload { name, size, small }
}

/// All programs.
pub(crate) const WORKLOADS: [Workload; 17] = [
    workload("nbody", 100_000, 20_000),
    workload("spectral_norm", 240, 130),
    workload("bubble_sort", 2_500, 1_500),
    workload("richards", 10, 2),
    workload("fib", 28, 25),
    workload("mandelbrot", 320, 200),
    workload("matmul", 180, 100),
    workload("sieve", 2_000_000, 1_000_000),
    workload("fannkuch", 9, 8),
    workload("float_points", 200_000, 50_000),
    workload("deltablue", 400, 100),
    workload("chaos", 20_000, 4_000),
    workload("raytrace", 100, 40),
    workload("generators", 15, 13),
    workload("nqueens", 8, 7),
    workload("wordcount", 200_000, 50_000),
    workload("string_building", 100_000, 20_000),
];

/// Who runs a program.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Runs {
    /// `sashiko run` with these options.
    Sashiko(&'static [&'static str]),
    /// Another implementation, if it is on the path.
    Peer(&'static str),
}

/// A way of running a program.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Configuration {
    /// Its name in reports.
    pub(crate) name: &'static str,
    /// What runs the program.
    pub(crate) runs: Runs,
}

/// All ways; the first is what the others are compared with.
pub(crate) const CONFIGURATIONS: [Configuration; 6] = [
    Configuration {
        name: "jit",
        runs: Runs::Sashiko(&["--jit", "on"]),
    },
    Configuration {
        name: "ion",
        runs: Runs::Sashiko(&["--jit", "on", "--policy", "ion"]),
    },
    Configuration {
        name: "plain",
        runs: Runs::Sashiko(&["--jit", "on", "--policy", "plain", "--passes", "none"]),
    },
    Configuration {
        name: "off",
        runs: Runs::Sashiko(&["--jit", "off"]),
    },
    Configuration {
        name: "python3",
        runs: Runs::Peer("python3"),
    },
    Configuration {
        name: "pypy3",
        runs: Runs::Peer("pypy3"),
    },
];
