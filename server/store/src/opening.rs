//! Why a store did not open.

use shopbell_durable::OpenError as EngineError;

/// Why a store did not open.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Its directory cannot be used, or what it holds cannot be read.
    #[error(transparent)]
    Engine(#[from] EngineError),
}
