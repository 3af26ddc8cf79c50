//! How fast Plimsoll is, measured.
