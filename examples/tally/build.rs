//! Makes stencils of the uops.

fn main() {
    sashiko_build::Vm::new("tally")
        .include("src/heap.rs")
        .uops("src/uops.rs")
        .calls("src/calls.rs")
        .build_or_exit();
}
