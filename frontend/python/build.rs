//! Makes stencils of the VM's uops.

fn main() {
    sashiko_build::Vm::new("python")
        .include("src/layout.rs")
        .uops("src/uops.rs")
        .calls("src/calls.rs")
        .build_or_exit();
}
