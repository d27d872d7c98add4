//! The block of memory that compiled code reaches through its context register (`r12`).
//!
//! It holds what every trace of a thread shares: the constant pool that stencils read their wide constants from, the
//! VM's own pointer (handed to `ctx` parameters), and where the common exit routine saves the registers.

/// Wide constants a table may need.
pub const POOL_ENTRIES: usize = 128;

/// What `r12` points to while compiled code runs.
#[repr(C, align(64))]
#[derive(Debug)]
pub struct Context {
    /// Constants of stencils, 16 bytes each ([`UopTable::pool`](crate::UopTable)).
    pub pool: [[u8; 16]; POOL_ENTRIES],
    /// The VM's context pointer.
    pub vm: *mut u8,
    /// Where the VM wants to know which words of the frame's memory are free while a call runs, if it does: compiled code
    /// writes there the address of the first one above what it uses.
    pub top_at: *mut *mut u64,
    /// The exit that was taken.
    pub exit: u64,
    /// General registers at the exit, by number.
    pub gprs: [u64; 16],
    /// Low halves of the XMM registers at the exit.
    pub xmms: [f64; 16],
    /// Checks until an exit is taken for no reason, in code made under stress.
    pub countdown: u32,
}

/// Offset of [`Context::vm`] in bytes; the stencil builder writes it into stencils.
pub const VM_OFFSET: usize = POOL_ENTRIES * 16;
const _: () = assert!(core::mem::offset_of!(Context, vm) == VM_OFFSET);

impl Context {
    /// A context for stencils with constant pool `pool`, serving the VM at `vm`.
    pub fn new(pool: &[[u8; 16]], vm: *mut u8) -> Context {
        assert!(
            pool.len() <= POOL_ENTRIES,
            "the constant pool of the stencils has {} entries of {POOL_ENTRIES}",
            pool.len()
        );
        let mut context = Context {
            pool: [[0; 16]; POOL_ENTRIES],
            vm,
            top_at: core::ptr::null_mut(),
            exit: 0,
            gprs: [0; 16],
            xmms: [0.0; 16],
            countdown: 1,
        };
        context.pool[..pool.len()].copy_from_slice(pool);
        context
    }
}
