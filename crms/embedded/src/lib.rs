//! earmark-embedded
