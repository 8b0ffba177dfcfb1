#![no_main]

libfuzzer_sys::fuzz_target!(|text: &str| {
    tenantry_fuzz::wait_for(tenantry_fuzz::analyser::check(text));
});
