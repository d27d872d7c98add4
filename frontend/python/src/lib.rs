//! sashiko-python.
