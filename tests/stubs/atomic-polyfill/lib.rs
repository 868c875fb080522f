//! Nothing. `heapless` asks for this crate on processors without compare-and-swap only, where no server runs.
#![no_std]

compile_error!("there is no atomic-polyfill: this processor has no compare-and-swap");
