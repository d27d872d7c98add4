//! sashiko-stencils.
