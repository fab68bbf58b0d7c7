//! The query language: parser, tree and errors that point at the place
