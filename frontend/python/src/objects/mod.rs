//! The built-in object types as data: their layout, how they are made and taken apart. Their *behaviour* — methods,
//! operators — is in [`crate::types`]; dispatch is in [`crate::protocol`].

pub mod bigint;
pub mod cell;
pub mod code;
pub mod dict;
pub mod exception;
pub mod function;
pub mod instance;
pub mod iterators;
pub mod list;
pub mod method;
pub mod module;
pub mod native;
pub mod range;
pub mod slice;
pub mod special;
pub mod string;
pub mod tuple;
