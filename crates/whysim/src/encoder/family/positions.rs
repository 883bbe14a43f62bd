//! How token positions are numbered, where a table has a row for each.

/// The rule of a family.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Positions {
    /// 0, 1, 2, …
    Counted,
    /// Non-padding tokens count up from padding + 1; padding tokens have the position `padding`.
    AfterPadding(u32),
}

impl Positions {
    /// The position of every token in one row of ids.
    pub(crate) fn of(self, ids: &[u32]) -> Vec<u32> {
        match self {
            Self::Counted => (0..ids.len() as u32).collect(),
            Self::AfterPadding(padding) => {
                let mut last = padding;
                let mut next = |id| {
                    if id == padding {
                        return padding;
                    }
                    last += 1;
                    last
                };
                ids.iter().map(|&id| next(id)).collect()
            }
        }
    }

    /// The position of padding tokens, if they have one of their own.
    pub(crate) fn padding(self) -> Option<u32> {
        match self {
            Self::Counted => None,
            Self::AfterPadding(padding) => Some(padding),
        }
    }

    /// The number of leading rows reserved in the position table.
    pub(crate) fn offset(self) -> usize {
        match self {
            Self::Counted => 0,
            Self::AfterPadding(padding) => padding as usize + 1,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Positions;

    #[test]
    fn the_reference_of_roberta_has_padding_positions() {
        assert_eq!(Positions::AfterPadding(1).of(&[0, 1, 1, 1, 2]), [2, 1, 1, 1, 3]);
        assert_eq!(Positions::AfterPadding(1).of(&[0, 8, 9, 2, 1]), [2, 3, 4, 5, 1]);
        assert_eq!(Positions::Counted.of(&[5, 0, 0]), [0, 1, 2]);
    }
}
