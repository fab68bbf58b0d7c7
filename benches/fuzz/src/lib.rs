//! The targets of `benches/src/fuzz`, for libFuzzer. How to run: the head of `Cargo.toml`.

#[path = "../../src/fuzz/mod.rs"]
pub mod fuzz;
