//! A small world of Thai outlets, served on loopback
