//! Read-only results: what was proved of them stays true.

/// Makes `$name` a read-only `$record`: its fields are read through `Deref`, and only this crate
/// makes one.
macro_rules! sealed {
    ($name:ident, $record:ident) => {
        impl std::ops::Deref for $name {
            type Target = $record;

            fn deref(&self) -> &$record {
                &self.0
            }
        }

        /// Tests need results that are wrong.
        #[cfg(test)]
        impl std::ops::DerefMut for $name {
            fn deref_mut(&mut self) -> &mut $record {
                &mut self.0
            }
        }
    };
}
pub(crate) use sealed;
