//! Agencies compiled into one automaton; mentions with their bytes
