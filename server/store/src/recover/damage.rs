//! Whether there is anything to recover, and whether it is ours.

use std::path::Path;

use shopbell_domain::ports::StoreError;
use shopbell_durable::{Found, OpenError as EngineError, Options, Salvage, Store, Verification};

use super::RecoverError;
use crate::{
    check,
    engine::Ground,
    key::Key,
    keys::{self, Keys},
    opening::{self, Belonging, OpenError},
};

/// What is wrong with the store, if anything is, and whether its log is whole all the same.
pub(super) fn damage(
    dir: &Path,
    options: Options,
    keys: &Keys,
) -> Result<Option<(String, bool)>, RecoverError> {
    match Store::open(dir, Options { verification: Verification::AtOpen, ..options }) {
        Ok(store) => match opening::check(&store, keys, dir)
            .and_then(|()| check::run(Ground::new(&store, keys), |_| ()).map_err(RecoverError::from))
        {
            Ok(report) if report.problem_count == 0 => Ok(None),
            Ok(report) => {
                Ok(Some((format!("{} of its records do not fit together", report.problem_count), true)))
            }
            Err(RecoverError::Store(StoreError::Damaged(reason))) => Ok(Some((reason, false))),
            Err(other) => Err(other),
        },
        Err(EngineError::Damaged { reason, .. }) => Ok(Some((reason, false))),
        Err(other) => Err(OpenError::from(other).into()),
    }
}

/// Refuses a store that another vault sealed, or none.
pub(super) fn belongs(salvage: &Salvage, ground: Ground<'_>, dir: &Path) -> Result<(), RecoverError> {
    let (mut said, mut sealed, mut ours) = (None, 0_u64, 0_u64);
    let layout = Key::Layout.encode();
    salvage
        .entries(|Found { entry, .. }| {
            if entry.key == layout {
                said = opening::said(ground, &entry.value).ok().or(said);
            }
            if let Some((key, _)) = keys::parts(&entry.value) {
                sealed += 1;
                ours += u64::from(!ground.keys().is_gone(key));
            }
        })
        .map_err(OpenError::from)?;
    match said {
        Some(Belonging::Here) => Ok(()),
        Some(Belonging::Earlier) => Err(OpenError::Earlier { dir: dir.to_owned() }.into()),
        None if ours > 0 || salvage.is_empty() => Ok(()),
        None if sealed == 0 => Err(OpenError::Unsealed { dir: dir.to_owned() }.into()),
        _ => {
            let vault = ground.keys().dir().to_owned();
            Err(OpenError::OtherVault { dir: dir.to_owned(), vault }.into())
        }
    }
}
