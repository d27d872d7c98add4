//! What is run, and in which ways.

/// A program of `examples/python` with its sizes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Workload {
    /// Its name, without `.py`.
    pub(crate) name: &'static str,
    /// A size at which python3 takes about half a second.
    pub(crate) size: u32,
    /// A small size: the difference between the two is time without start and warm-up.
    pub(crate) small: u32,
}

const fn workload(name: &'static str, size: u32, small: u32) -> Workload {
    Workload { name, size, small }
}

/// All programs.
pub(crate) const WORKLOADS: [Workload; 9] = [
    workload("nbody", 100_000, 20_000),
    workload("spectral_norm", 240, 100),
    workload("bubble_sort", 2_500, 1_000),
    workload("richards", 10, 2),
    workload("fib", 28, 24),
    workload("mandelbrot", 320, 140),
    workload("matmul", 180, 100),
    workload("sieve", 2_000_000, 400_000),
    workload("fannkuch", 9, 8),
];

/// A way of running a program.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Configuration {
    /// Its name in reports.
    pub(crate) name: &'static str,
    /// Options of `sashiko run`; `None`: it is python3.
    pub(crate) options: Option<&'static [&'static str]>,
}

/// All ways; the first is what the others are compared with.
pub(crate) const CONFIGURATIONS: [Configuration; 5] = [
    Configuration {
        name: "jit",
        options: Some(&["--jit", "on"]),
    },
    Configuration {
        name: "ion",
        options: Some(&["--jit", "on", "--policy", "ion"]),
    },
    Configuration {
        name: "plain",
        options: Some(&["--jit", "on", "--policy", "plain", "--passes", "none"]),
    },
    Configuration {
        name: "off",
        options: Some(&["--jit", "off"]),
    },
    Configuration {
        name: "python3",
        options: None,
    },
];
