//! Signals, score, routing and the state machine of an issue: pure functions
