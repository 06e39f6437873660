//! The one binary. Everything it does is in the library beside it.

fn main() -> std::process::ExitCode {
    earmark::main()
}
