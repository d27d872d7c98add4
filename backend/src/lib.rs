//! sashiko-backend.
