//! earmark-odata
