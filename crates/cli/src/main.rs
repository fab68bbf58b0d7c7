//! The command line of Praden.
fn main() {}
