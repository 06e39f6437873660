//! The world that tests live in: engine, sandbox Exchange and embedded CRM in one process on
//! virtual time, and the interpreter of the scenario files.
//!
//! Read [`world`] first; [`scenario`] turns a text file into steps on it; [`clock`] and
//! [`random`] are what makes it repeatable. Two modules let a seed decide what happens:
//! [`simulation`] gives each message one act at a time, so that a model knows the exact outcome
//! whatever goes wrong; [`walk`] lets acts collide and checks what must hold all the same.
//! [`promises`] knows which file holds what was promised.
//! [`mod@bench`] prepares the outside world for the ports' conformance suites.
//!
//! Invariants: no thread, no timer, no socket takes part; time moves only when a step says so;
//! equal steps give an equal world.

pub mod bench;
pub mod clock;
mod memory_file;
pub mod promises;
pub mod random;
pub mod scenario;
pub mod sim;
pub mod simulation;
pub mod walk;
pub mod world;

pub use clock::VirtualClock;
pub use random::SeededRandom;
pub use world::World;
