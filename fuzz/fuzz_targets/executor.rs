#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    tenantry_fuzz::wait_for(tenantry_fuzz::executor::check(bytes));
});
