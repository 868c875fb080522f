//! Parses arguments, hands over to [`switchboard::cli`], turns the result into an exit code.

fn main() {}
