//! earmark-http
