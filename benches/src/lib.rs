//! The scales: programs that measure, compare and check their own answers.
