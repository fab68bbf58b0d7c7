//! Reads and checks pipelines, wires the stages, schedules
