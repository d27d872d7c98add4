//! The `#[uop]` attribute.
//!
//! What it says is read by the stencil builder from the source text; for the compiler of the VM it only makes the
//! function an inline one. It checks nothing, so that there is one place (the builder) that explains mistakes.

use proc_macro::TokenStream;

/// Marks a function as a uop. The items it takes are described in `sashiko_stencils::uop`.
#[proc_macro_attribute]
pub fn uop(_items: TokenStream, function: TokenStream) -> TokenStream {
    let mut marked: TokenStream = "#[inline(always)] #[allow(clippy::inline_always)]"
        .parse()
        .expect("is Rust");
    marked.extend(function);
    marked
}
