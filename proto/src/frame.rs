//! BLE advertisement bytes.
