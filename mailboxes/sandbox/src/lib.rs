//! earmark-sandbox
