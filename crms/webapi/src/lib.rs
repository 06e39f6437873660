//! earmark-webapi
