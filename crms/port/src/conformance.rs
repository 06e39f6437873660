//! The suite that every CRM connector runs.
