//! The scales: programs that measure, compare and check their own answers.

pub mod corpus;
pub mod fuzz;
pub mod text_f1;
