//! Makes stencils of the VM's uops.

fn main() {
    sashiko_build::Vm::new("python")
        .include("src/layout.rs")
        .uops("src/uops/facts.rs")
        .uops("src/uops/checks.rs")
        .uops("src/uops/integers.rs")
        .uops("src/uops/floats.rs")
        .uops("src/uops/objects.rs")
        .uops("src/uops/generators.rs")
        .uops("src/uops/instructions.rs")
        .calls("src/calls.rs")
        .calls("src/calls/iteration.rs")
        .calls("src/calls/natives.rs")
        .calls("src/calls/objects.rs")
        .calls("src/calls/exceptions.rs")
        .build_or_exit();
}
