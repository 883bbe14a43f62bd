//! Options that are chosen by name: one list for the program, Python and error messages.

use crate::error::{Error, Result};

/// A value with a fixed name.
pub trait Named: Copy + PartialEq + 'static {
    /// What errors call the option.
    const OPTION: &'static str;
    /// Every value with its name, in the order in which they are listed.
    const NAMES: &'static [(&'static str, Self)];

    /// The value's name.
    fn name(self) -> &'static str {
        Self::NAMES.iter().find(|(_, value)| *value == self).map_or("", |(name, _)| name)
    }

    /// The value with this name.
    ///
    /// # Errors
    /// [`Error::Option`], listing the names, when there is none.
    fn named(name: &str) -> Result<Self> {
        of_names(Self::OPTION, Self::NAMES, name)
    }
}

/// The value with this name in a list.
///
/// # Errors
/// [`Error::Option`], listing the names, when there is none.
pub fn of_names<T: Copy>(option: &'static str, names: &[(&str, T)], name: &str) -> Result<T> {
    let found = names.iter().find(|(known, _)| *known == name);
    found.map(|&(_, value)| value).ok_or_else(|| {
        let known: Vec<String> = names.iter().map(|(name, _)| format!("\"{name}\"")).collect();
        let expected = match known.split_last() {
            Some((last, others)) if !others.is_empty() => format!("{} or {last}", others.join(", ")),
            _ => known.concat(),
        };
        Error::Option { option, expected, got: format!("\"{name}\"") }
    })
}

/// Implements [`Named`], and `FromStr` and `Display` by it: `named!(Type, "option", [("name",
/// Variant), ...])`.
macro_rules! named {
    ($type:ty, $option:literal, [$(($name:literal, $variant:ident)),+ $(,)?]) => {
        impl $crate::names::Named for $type {
            const OPTION: &'static str = $option;
            const NAMES: &'static [(&'static str, Self)] = &[$(($name, <$type>::$variant)),+];
        }

        impl std::str::FromStr for $type {
            type Err = $crate::Error;

            fn from_str(name: &str) -> $crate::Result<Self> {
                $crate::names::Named::named(name)
            }
        }

        impl std::fmt::Display for $type {
            fn fmt(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
                f.write_str($crate::names::Named::name(*self))
            }
        }
    };
}
pub(crate) use named;

impl Named for whysim_core::Precision {
    const OPTION: &'static str = "precision";
    const NAMES: &'static [(&'static str, Self)] = &[("float32", Self::Float32), ("bfloat16", Self::BFloat16)];
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Clone, Copy, Debug, PartialEq)]
    enum Fruit {
        Apple,
        Pear,
    }

    named!(Fruit, "fruit", [("apple", Apple), ("pear", Pear)]);

    #[test]
    fn names_are_read_and_written_and_listed_when_wrong() {
        assert_eq!("pear".parse::<Fruit>().unwrap(), Fruit::Pear);
        assert_eq!(Fruit::Apple.to_string(), "apple");
        let error = Fruit::named("plum").unwrap_err().to_string();
        assert_eq!(error, "fruit must be \"apple\" or \"pear\", not \"plum\"");
    }
}
