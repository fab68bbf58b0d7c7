#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| praden_fuzz::fuzz::query::reads(input));
