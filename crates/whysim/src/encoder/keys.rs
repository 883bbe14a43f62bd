//! Every key of a model's files: honoured, without effect, or refused with its value.
//!
//! A key that is not listed gets a note, since it may matter. docs/models.md has the same table.

use serde_json::{Map, Value};

use super::family;
use super::treatment::Treatment::{Ignored, Only, Read};
use super::treatment::{Keys, Treatment};
use crate::error::{Error, Result};
use crate::folder::Folder;

/// The files with their keys; those of config.json that matter to all families.
pub const KEYS: [(&str, Keys); 5] = [
    (CONFIG_FILE, CONFIG),
    ("tokenizer_config.json", TOKENIZER),
    ("sentence_bert_config.json", TRANSFORMER),
    ("config_sentence_transformers.json", MODEL),
    ("adapter_config.json", ADAPTER),
];

const CONFIG_FILE: &str = "config.json";

/// The keys of config.json that matter to models of one `model_type`.
pub fn of_family(model_type: &str) -> impl Iterator<Item = &'static (&'static str, Treatment)> {
    family::kind(model_type).into_iter().flat_map(|kind| kind.keys).flat_map(|keys| keys.iter())
}

const ENCODERS_ONLY: &str = "only encoders, whose tokens see the whole text, are supported";
const PLAIN_WEIGHTS: &str = "quantized weights are not supported: save the model without quantization";

#[rustfmt::skip]
const CONFIG: Keys = &[
    ("model_type", Read), ("vocab_size", Read), ("pad_token_id", Read), ("output_hidden_states", Read),
    ("tokenizer_class", Read), ("auto_map", Read),
    // Training reads them.
    ("hidden_dropout_prob", Ignored), ("attention_probs_dropout_prob", Ignored), ("dropout", Ignored),
    ("attention_dropout", Ignored),
    // What cannot be honoured.
    ("add_cross_attention", Only("false", ENCODERS_ONLY)),
    ("is_encoder_decoder", Only("false", ENCODERS_ONLY)),
    ("pruned_heads", Only("{}", "pruned heads are not supported: save the model without pruning")),
    ("quantization_config", Only("null", PLAIN_WEIGHTS)),
    ("layer_norm_type", Only("null", "only LayerNorm is supported here")),
    // Records, and settings of training, generation and other tasks.
    ("_name_or_path", Ignored), ("_attn_implementation", Ignored), ("_attn_implementation_autoset", Ignored),
    ("_commit_hash", Ignored), ("_num_labels", Ignored), ("adapters", Ignored), ("architectures", Ignored),
    ("attn_implementation", Ignored), ("bad_words_ids", Ignored), ("begin_suppress_tokens", Ignored),
    ("bos_token_id", Ignored), ("chunk_size_feed_forward", Ignored), ("classifier_dropout", Ignored),
    ("cross_attention_hidden_size", Ignored), ("decoder_start_token_id", Ignored), ("directionality", Ignored),
    ("diversity_penalty", Ignored), ("do_sample", Ignored), ("dtype", Ignored), ("early_stopping", Ignored),
    ("embedding_size", Ignored), ("encoder_no_repeat_ngram_size", Ignored), ("eos_token_id", Ignored),
    ("exponential_decay_length_penalty", Ignored), ("finetuning_task", Ignored), ("forced_bos_token_id", Ignored),
    ("forced_eos_token_id", Ignored), ("gradient_checkpointing", Ignored), ("id2label", Ignored),
    ("initializer_range", Ignored), ("label2id", Ignored), ("length_penalty", Ignored), ("max_length", Ignored),
    ("min_length", Ignored), ("model_max_length", Ignored), ("no_repeat_ngram_size", Ignored),
    ("num_beam_groups", Ignored), ("num_beams", Ignored), ("num_labels", Ignored),
    ("num_return_sequences", Ignored), ("output_attentions", Ignored), ("output_past", Ignored),
    ("output_scores", Ignored), ("pooler_fc_size", Ignored), ("pooler_num_attention_heads", Ignored),
    ("pooler_num_fc_layers", Ignored), ("pooler_size_per_head", Ignored), ("pooler_type", Ignored),
    ("prefix", Ignored), ("problem_type", Ignored), ("qa_dropout", Ignored), ("remove_invalid_values", Ignored),
    ("repetition_penalty", Ignored), ("return_dict", Ignored), ("return_dict_in_generate", Ignored),
    ("sep_token_id", Ignored), ("seq_classif_dropout", Ignored), ("sinusoidal_pos_embds", Ignored),
    ("suppress_tokens", Ignored), ("task_specific_params", Ignored), ("temperature", Ignored),
    ("tf_legacy_loss", Ignored), ("tie_encoder_decoder", Ignored), ("tie_weights_", Ignored),
    ("tie_word_embeddings", Ignored), ("top_k", Ignored), ("top_p", Ignored), ("torch_dtype", Ignored),
    ("torchscript", Ignored), ("transformers_version", Ignored), ("typical_p", Ignored), ("use_bfloat16", Ignored),
    ("use_cache", Ignored), ("cls_token_id", Ignored), ("mask_token_id", Ignored), ("unk_token_id", Ignored),
];

#[rustfmt::skip]
const TOKENIZER: Keys = &[
    ("tokenizer_class", Read), ("do_lower_case", Read), ("strip_accents", Read), ("keep_accents", Read), ("tokenize_chinese_chars", Read),
    ("add_prefix_space", Read), ("trim_offsets", Read), ("bos_token", Read), ("eos_token", Read),
    ("unk_token", Read), ("sep_token", Read), ("pad_token", Read), ("cls_token", Read), ("mask_token", Read),
    ("additional_special_tokens", Read), ("extra_special_tokens", Read), ("model_specific_special_tokens", Read),
    ("added_tokens_decoder", Read), ("model_max_length", Read), ("truncation_side", Read),
    ("split_special_tokens", Read),
    // Without effect in transformers 5 too, or on decoding, padding and other tasks only.
    ("add_bos_token", Ignored), ("add_eos_token", Ignored), ("auto_map", Ignored), ("backend", Ignored),
    ("chat_template", Ignored), ("clean_text", Ignored), ("clean_up_tokenization_spaces", Ignored),
    ("do_basic_tokenize", Ignored), ("errors", Ignored), ("from_slow", Ignored), ("full_tokenizer_file", Ignored),
    ("init_inputs", Ignored), ("is_local", Ignored), ("legacy", Ignored), ("local_files_only", Ignored),
    ("max_len", Ignored), ("max_length", Ignored), ("model_input_names", Ignored), ("name_or_path", Ignored),
    ("never_split", Ignored), ("pad_to_multiple_of", Ignored), ("pad_token_type_id", Ignored),
    ("padding_side", Ignored), ("processor_class", Ignored), ("sp_model_kwargs", Ignored),
    ("spaces_between_special_tokens", Ignored), ("special_tokens_map_file", Ignored), ("stride", Ignored), ("tokenizer_file", Ignored),
    ("transformers_version", Ignored), ("truncation_strategy", Ignored), ("use_fast", Ignored),
    ("vocab_file", Ignored), ("merges_file", Ignored), ("vocab_size", Ignored), ("wordpieces_prefix", Ignored), ("extra_ids", Ignored),
    ("word_tokenizer_type", Ignored), ("subword_tokenizer_type", Ignored), ("mecab_kwargs", Ignored),
    ("sudachi_kwargs", Ignored), ("jumanpp_kwargs", Ignored), ("do_word_tokenize", Ignored),
    ("do_subword_tokenize", Ignored),
];

const TEXT_ONLY: &str = "only the text of a transformer's last layer is supported";
const ONE_VECTOR: &str = "models with several vectors for a text are not supported";

#[rustfmt::skip]
const TRANSFORMER: Keys = &[
    ("max_seq_length", Read), ("do_lower_case", Read),
    ("transformer_task", Only("\"feature-extraction\"", TEXT_ONLY)),
    ("module_output_name", Only("\"token_embeddings\"", TEXT_ONLY)),
    ("modality_config", Only(r#"{"text":{"method":"forward","method_output_name":"last_hidden_state"}}"#, TEXT_ONLY)),
    ("processing_kwargs", Only("{}", "arguments of the tokenizer's calls are not supported")),
    ("query_length", Only("null", ONE_VECTOR)), ("document_length", Only("null", ONE_VECTOR)),
    ("query_expansion", Only("null", ONE_VECTOR)),
    ("tokenizer_name_or_path", Only("null", "the tokenizer's files must be in the model's folder")),
    ("backend", Only("\"torch\"", "only PyTorch's weights are supported")),
    ("model_args", Only("{}", ARGUMENTS)), ("model_kwargs", Only("{}", ARGUMENTS)),
    ("tokenizer_args", Only("{}", ARGUMENTS)), ("processor_kwargs", Only("{}", ARGUMENTS)),
    ("config_args", Only("{}", ARGUMENTS)), ("config_kwargs", Only("{}", ARGUMENTS)),
    ("unpad_inputs", Ignored), ("cache_dir", Ignored),
];

const ARGUMENTS: &str = "arguments of transformers' loading functions are not supported, apart from those that change no number: \
                         set them in the files that they are for";

/// Arguments that change no number.
const HARMLESS: [&str; 8] = [
    "attn_implementation",
    "device_map",
    "dtype",
    "low_cpu_mem_usage",
    "torch_dtype",
    "trust_remote_code",
    "use_fast",
    "use_safetensors",
];

#[rustfmt::skip]
const MODEL: Keys = &[
    ("prompts", Read), ("default_prompt_name", Read), ("similarity_fn_name", Read), ("truncate_dim", Read),
    ("model_type", Only("\"SentenceTransformer\"", "only models with one dense vector for a text are supported")),
    ("__version__", Ignored),
];

const PLAIN_LORA: &str = "only plain LoRA and rsLoRA are supported: merge the adapter into its base (PEFT's merge_and_unload) and \
                          save that";

#[rustfmt::skip]
const ADAPTER: Keys = &[
    ("r", Read), ("lora_alpha", Read), ("use_rslora", Read), ("rank_pattern", Read), ("alpha_pattern", Read),
    ("base_model_name_or_path", Read), ("revision", Read),
    ("peft_type", Only("\"LORA\"", PLAIN_LORA)), ("modules_to_save", Only("null", PLAIN_LORA)),
    ("use_dora", Only("false", PLAIN_LORA)), ("bias", Only("\"none\"", PLAIN_LORA)),
    ("lora_bias", Only("false", PLAIN_LORA)), ("fan_in_fan_out", Only("false", PLAIN_LORA)),
    ("layer_replication", Only("null", PLAIN_LORA)), ("target_parameters", Only("null", PLAIN_LORA)),
    ("trainable_token_indices", Only("null", PLAIN_LORA)), ("use_qalora", Only("false", PLAIN_LORA)),
    ("use_bdlora", Only("null", PLAIN_LORA)), ("alora_invocation_tokens", Only("null", PLAIN_LORA)),
    ("arrow_config", Only("null", PLAIN_LORA)), ("corda_config", Only("null", PLAIN_LORA)),
    ("eva_config", Ignored), ("kasa_config", Only("null", PLAIN_LORA)), ("loftq_config", Only("{}", PLAIN_LORA)),
    ("lora_ga_config", Only("null", PLAIN_LORA)), ("monteclora_config", Only("null", PLAIN_LORA)),
    ("velora_config", Ignored), ("auto_mapping", Ignored), ("ensure_weight_tying", Ignored),
    ("exclude_modules", Ignored), ("inference_mode", Ignored), ("init_lora_weights", Read),
    ("layers_pattern", Ignored), ("layers_to_transform", Ignored), ("lora_dropout", Ignored),
    ("megatron_config", Ignored), ("megatron_core", Ignored), ("peft_version", Ignored),
    ("qalora_group_size", Ignored), ("target_modules", Ignored), ("task_type", Ignored),
];

/// Refuses the values in `file` that cannot be honoured; returns a note on unknown keys.
pub(super) fn check(folder: &Folder, file: &str) -> Result<Option<String>> {
    let (Some(keys), Some(map)) = (keys(file), folder.optional_json::<Map<String, Value>>(file)?) else {
        return Ok(None);
    };
    let own = map.get("model_type").and_then(Value::as_str).filter(|_| file == CONFIG_FILE);
    let mut unknown = Vec::new();
    for (key, value) in &map {
        let mut all = own.into_iter().flat_map(of_family).chain(keys);
        match all.find(|(name, _)| name == key).map(|(_, treatment)| treatment) {
            Some(Only(json, problem)) if !value.is_null() && !allowed(value, json) => {
                return Err(Error::setting(&folder.file(file), key, value, problem));
            }
            Some(_) => {}
            // Special tokens may have any role.
            None if key.ends_with("_token") => {}
            None => unknown.push(format!("`{key}`")),
        }
    }
    Ok((!unknown.is_empty()).then(|| {
        format!(
            "{file} has keys that whysim does not know: {}; if one of them changes embeddings, those here are wrong",
            unknown.join(", ")
        )
    }))
}

fn keys(file: &str) -> Option<Keys> {
    KEYS.iter().find(|(name, _)| *name == file).map(|(_, keys)| *keys)
}

/// Whether a value is the only one that is allowed, apart from what changes no number.
fn allowed(value: &Value, json: &str) -> bool {
    let only: Value = serde_json::from_str(json).unwrap_or_default();
    match (value, &only) {
        (Value::Object(map), Value::Object(only)) if only.is_empty() => {
            map.keys().all(|key| HARMLESS.contains(&key.as_str()))
        }
        (Value::Array(all), Value::Null) => all.is_empty(),
        (Value::Object(all), Value::Null) => all.is_empty(),
        (Value::Bool(on), Value::Null) => !on,
        // Other modalities besides text do no harm.
        (Value::Object(map), Value::Object(only)) => only.iter().all(|(key, value)| map.get(key) == Some(value)),
        _ => *value == only,
    }
}
