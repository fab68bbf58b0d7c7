//! The store port on SQLite, with the behaviour suite every store must pass
