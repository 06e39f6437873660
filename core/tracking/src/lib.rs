//! earmark-tracking
