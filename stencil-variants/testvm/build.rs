//! Turns the uops of the test VM into stencils.

fn main() {
    sashiko_build::Vm::new("testvm")
        .uops("src/uops.rs")
        .calls("src/calls.rs")
        .include("src/layout.rs")
        .build_or_exit();
}
