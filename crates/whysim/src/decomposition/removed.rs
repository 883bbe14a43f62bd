//! A text decomposed by removing parts of it.

use std::sync::Arc;

use super::{Decomposition, Options, Parts, Recipe};
use crate::decomposition::ends::Ends;
use crate::encoder::{Encoder, Identity};
use crate::error::{Error, Result};
use crate::path::{Rule, Steps};
use crate::progress::{Part, Progress};
use crate::removal::{self, Coalitions, Empty, Game, Players, Variants};
use crate::text::Reference;
use whysim_core::Precision;

/// # Errors
/// If one of the path's options is set, which would have no effect.
pub(crate) fn check(options: &Options) -> Result<()> {
    let is_set = [
        ("layer", options.layer.is_some(), options.layer.map_or(String::new(), |layer| layer.to_string())),
        ("rule", options.rule != Rule::default(), options.rule.to_string()),
        ("steps", options.steps != Steps::default(), format!("{:?}", options.steps)),
        ("reference", options.reference != Reference::default(), options.reference.to_string()),
        ("precision", options.precision != Precision::default(), options.precision.to_string()),
    ];
    match is_set.into_iter().find(|(_, is_set, _)| *is_set) {
        Some((option, _, got)) => {
            let expected = "left out for contributions by removal, which have no path".into();
            Err(Error::Option { option, expected, got })
        }
        None => Ok(()),
    }
}

impl Encoder {
    /// Decomposes a text by removal. `which` names it in errors. `progress` is told of every text
    /// that is embedded, and asked before every batch whether to stop.
    pub(super) fn remove(
        &self,
        text: &str,
        options: &Options,
        removal: &removal::Options,
        which: &str,
        progress: &dyn Progress,
    ) -> Result<Decomposition> {
        check(options)?;
        let adapted = self.for_prompt(options.prompt.as_deref())?;
        let encoder = adapted.as_deref().unwrap_or(self);
        let prompt = encoder.prompt(options.prompt.as_deref())?;
        let tokens = encoder.tokenize(prompt, text, which)?;
        let Players { rows, members } = Players::of(text, &tokens.tokens, options.unit);
        let left_out = encoder.left_out(prompt)?;
        let variants = Variants { encoder, left_out, rule: removal.game.rule, tokens: &tokens, members: &members };
        let most = removal.most(rows.len(), which)?;
        let coalitions = Coalitions::new(rows.len(), removal.game.index, most, removal.seed);
        let kept = [&coalitions.kept[..], &[vec![true; rows.len()], vec![false; rows.len()]]].concat();
        let part = Part::of_steps(progress, "embedding parts of the text", kept.len());
        let mut embeddings = variants.embed(&kept, &part)?;
        let (mut none, all) = (embeddings.pop().unwrap_or_default(), embeddings.pop().unwrap_or_default());
        if removal.game.empty == Empty::Zero {
            none.fill(0.0);
        }
        let estimate = coalitions.estimate(&embeddings, [&all, &none], removal.game.index)?;
        let parts = Parts {
            recipe: Recipe::removed(encoder.identity(), encoder.normalizes(), options, removal.game),
            text,
            tokens: rows,
            truncated: tokens.truncated,
            values: &estimate.values,
            deviations: &estimate.deviations,
            embedding: &all,
            reference: &none,
            length: encoder.uncut_length(text, options, which)?,
            steps: kept.len(),
            tolerance: None,
        };
        Decomposition::new(parts).finite(which)
    }

    /// What the model's last `Normalize` divides the embedding by, where dimensions were cut after
    /// it; None where it is the embedding's own length.
    fn uncut_length(&self, text: &str, options: &Options, which: &str) -> Result<Option<f64>> {
        if !self.is_cut() || !self.normalizes() {
            return Ok(None);
        }
        let last = Options { layer: Some(self.deepest() as i64), ..options.clone() };
        Ok(Ends::of(self, text, &last, which)?.length)
    }
}

impl Recipe {
    /// How a text is decomposed by removal. normalizes: whether the model's last module is
    /// `Normalize`.
    pub(crate) fn removed(model: &Arc<Identity>, normalizes: bool, options: &Options, game: Game) -> Self {
        Self {
            model: model.clone(),
            layers: 0,
            layer: 0,
            rule: options.rule,
            reference: options.reference.clone(),
            unit: options.unit,
            precision: options.precision,
            normalizes,
            removal: Some(game),
        }
    }
}
