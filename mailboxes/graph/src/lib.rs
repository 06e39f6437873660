//! earmark-graph
