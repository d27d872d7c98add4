//! The singletons that are objects: `NotImplemented` and `Ellipsis`; and plain `object()`.

use crate::layout::Header;
use crate::object::Object;

/// An object without contents.
#[repr(C)]
pub struct Bare {
    /// Shape [`crate::layout::SHAPE_OTHER`].
    pub header: Header,
}

impl Object for Bare {
    unsafe fn drop_contents(&mut self) {}
}
