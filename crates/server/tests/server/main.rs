//! The server as its clients meet it: real sockets, a real store and a real index in a temporary folder.

#![expect(clippy::expect_used, clippy::indexing_slicing, reason = "a test ends with the message")]

mod api;
mod client;
mod operation;
mod pages;
mod world;
