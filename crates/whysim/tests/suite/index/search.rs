//! Search: the same as comparing with every text.

use whysim::Similarity;
use whysim::corpus::Corpus;
use whysim::highlight;
use whysim::index::{Options, Search, Stored};

use super::{Place, contents, embeddings, parts_of, sentences};

/// The positions and scores by comparing with every embedding.
fn by_hand(query: &[f32], values: &[f32], dim: usize, similarity: Similarity) -> Vec<(usize, f64)> {
    let wide = |x: &[f32]| x.iter().map(|&v| f64::from(v)).collect::<Vec<_>>();
    let scores = values.chunks_exact(dim).map(|e| similarity.of(&wide(query), &wide(e)));
    let mut all: Vec<(usize, f64)> = scores.enumerate().collect();
    all.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
    all
}

#[test]
fn it_finds_what_comparing_with_every_text_finds() {
    let place = Place::new();
    let lines = sentences(200);
    // Texts that are there twice have equal scores.
    let files = [place.write("a.txt", [&lines[..], &lines[..50]].concat().join("\n"))];
    for (similarity, precision) in
        [(Similarity::Cos, Stored::Float32), (Similarity::Dot, Stored::Float32), (Similarity::Cos, Stored::Float16)]
    {
        std::fs::remove_dir_all(place.path("index")).ok();
        place.build(&files, &Options { similarity: Some(similarity), precision, ..parts_of(32) });
        let index = place.index();
        let values = embeddings(&index);
        let query = &place.encoder.embed(&["the dog is not on the table"], None).unwrap()[0];
        for top in [1, 10, 249, 1000] {
            let near = index.nearest(query, top, &()).unwrap();
            let expected = by_hand(query, &values, index.dim(), similarity);
            assert_eq!(near.len(), top.min(250));
            for (found, (position, score)) in near.iter().zip(expected) {
                assert!((found.score - score).abs() < 1e-12, "{similarity} {precision}");
                assert_eq!(found.position, position);
            }
        }
        assert!(index.nearest(query, 0, &()).unwrap().is_empty());
    }
}

#[test]
fn half_precision_moves_scores_by_its_rounding() {
    let place = Place::new();
    let files = [place.write("a.txt", sentences(64).join("\n"))];
    place.build(&files, &Options::default());
    let whole = embeddings(&place.index());
    std::fs::remove_dir_all(place.path("index")).unwrap();
    place.build(&files, &Options { precision: Stored::Float16, ..Options::default() });
    for (half, whole) in embeddings(&place.index()).iter().zip(&whole) {
        assert!((half - whole).abs() <= whole.abs() / 2048.0 + 1e-7, "{half} {whole}");
    }
}

#[test]
fn hits_are_texts_and_where_they_come_from() {
    let place = Place::new();
    let files = [place.write("a.csv", "key,text,by\n1,the dog runs,Ann\n2,red wine,Bo\n3,a piano,Cy\n")];
    let reading = whysim::index::Reading { id: Some("key".into()), ..Default::default() };
    place.build(&files, &Options { reading, ..Options::default() });
    let search = Search { top: 2, margin: Some(Search::by_words()), ..Search::default() };
    let found = place.index().search(&place.encoder, "red wine", &search, &()).unwrap();
    let hits = &found.hits;
    assert_eq!((hits.len(), hits[0].record.id.as_str(), hits[0].record.line), (2, "2", 3));
    assert_eq!((hits[0].record.text.as_str(), hits[0].record.metadata.as_str()), ("red wine", "{\"by\":\"Bo\"}"));
    assert!((hits[0].score - 1.0).abs() < 1e-6 && hits[1].score < hits[0].score);
    let margin = found.margin.as_ref().unwrap();
    assert!((margin.margin - (hits[0].score - hits[1].score)).abs() < 1e-5);
    assert_eq!((margin.better.b.text.as_str(), &margin.worse.b.text), ("red wine", &hits[1].record.text));
    let json: serde_json::Value = serde_json::to_value(&found).unwrap();
    assert_eq!((&json["hits"][0]["metadata"]["by"], &json["hits"][0]["id"]), (&"Bo".into(), &"2".into()));
    let alone = place.index().search(&place.encoder, "red wine", &Search { top: 1, ..search }, &()).unwrap();
    assert!(alone.margin.is_none() && alone.hits == hits[..1]);
}

#[test]
fn hits_have_the_highlights_of_their_texts() {
    let place = Place::new();
    let long = format!("{} red wine", "the dog runs after a cat ".repeat(60));
    let files = [place.write("a.txt", format!("red wine is here\nthe dog runs\n{long}\n"))];
    for similarity in [Similarity::Cos, Similarity::Dot] {
        std::fs::remove_dir_all(place.path("index")).ok();
        place.build(&files, &Options { similarity: Some(similarity), ..Options::default() });
        let asked = highlight::Options { least: 0.0, ..highlight::Options::default() };
        let search = Search { highlight: Some(asked.clone()), ..Search::default() };
        let found = place.index().search(&place.encoder, "red wine", &search, &()).unwrap();
        assert!(found.doubtful.is_empty());
        let texts: Vec<&str> = found.hits.iter().map(|hit| hit.record.text.as_str()).collect();
        let alone = place.encoder.highlight("red wine", &texts, None, &asked, similarity, &()).unwrap();
        for (hit, expected) in found.hits.iter().zip(&alone) {
            let one = hit.highlight.as_ref().unwrap();
            assert_eq!(one, expected);
            assert_eq!(one.windows.is_empty(), hit.record.text != long);
        }
        let json = serde_json::to_value(&found).unwrap();
        let one = &json["hits"][0];
        assert!(one["text"].is_string() && one["highlight"]["text"].is_null() && one["highlight"]["spans"].is_array());
    }
}

/// The first text gets the embedding of the second, in a file whose size and time are as they were.
#[test]
fn embeddings_that_are_not_the_models_are_doubtful() {
    for similarity in [Similarity::Cos, Similarity::Dot] {
        let place = Place::new();
        let files = [place.write("a.txt", "the dog runs\nred wine is on the table\n")];
        place.build(&files, &Options { similarity: Some(similarity), ..Options::default() });
        let search = Search { highlight: Some(highlight::Options::default()), ..Search::default() };
        let found = || place.index().search(&place.encoder, "a dog", &search, &()).unwrap();
        assert!(found().doubtful.is_empty());
        let path = place.path("index/part-000001.vectors.arrow");
        let time = path.metadata().unwrap().modified().unwrap();
        let mut bytes = std::fs::read(&path).unwrap();
        let numbers: Vec<u8> = embeddings(&place.index()).into_iter().flat_map(f32::to_le_bytes).collect();
        let at = bytes.windows(numbers.len()).position(|window| window == numbers).unwrap();
        let row = numbers.len() / 2;
        bytes.copy_within(at + row..at + 2 * row, at);
        std::fs::write(&path, &bytes).unwrap();
        std::fs::File::options().write(true).open(&path).unwrap().set_modified(time).unwrap();
        let found = found();
        assert_eq!(found.doubtful.len(), 1, "{similarity}");
        assert_eq!(found.hits[found.doubtful[0]].record.text, "the dog runs");
    }
}

#[test]
fn rounding_to_16_bits_is_not_doubtful() {
    let place = Place::new();
    let files = [place.write("a.txt", sentences(40).join("\n"))];
    for similarity in [Similarity::Cos, Similarity::Dot] {
        std::fs::remove_dir_all(place.path("index")).ok();
        let options = Options { precision: Stored::Float16, similarity: Some(similarity), ..Options::default() };
        place.build(&files, &options);
        let search = Search { top: 40, highlight: Some(highlight::Options::default()), ..Search::default() };
        let found = place.index().search(&place.encoder, "a dog", &search, &()).unwrap();
        assert!(found.doubtful.is_empty(), "{similarity}");
        let apart = found.hits.iter().map(|hit| (hit.score - hit.highlight.as_ref().unwrap().score).abs());
        assert!(apart.fold(0.0, f64::max) > 0.0, "{similarity}");
    }
}

#[test]
fn no_bit_depends_on_the_number_of_threads() {
    let place = Place::new();
    place.build(&[place.write("a.txt", sentences(300).join("\n"))], &parts_of(16));
    let index = place.index();
    let query = &place.encoder.embed(&["wine"], None).unwrap()[0];
    let with = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| index.nearest(query, 40, &()).unwrap())
    };
    assert_eq!(with(1), with(5));
}

#[test]
fn a_corpus_is_read_in_any_pieces() {
    let place = Place::new();
    let lines = sentences(40);
    let file = place.write("a.txt", lines.join("\n"));
    place.build(std::slice::from_ref(&file), &parts_of(16));
    // Rows in the middle of parts are no longer texts of the index.
    place.write("a.txt", [&lines[..5], &lines[5..7], &lines[7..20], &lines[20..33]].concat().join("\n"));
    place.build(std::slice::from_ref(&file), &parts_of(16));
    let index = place.index();
    assert_eq!((index.len(), contents(&index).len()), (33, 33));
    let (all, dim) = (embeddings(&index), index.dim());
    for (from, to) in [(0, 1), (3, 29), (15, 17), (32, 33), (7, 7)] {
        let mut some = vec![0.0; (to - from) * dim];
        index.read(from..to, &mut some).unwrap();
        assert_eq!(some, all[from * dim..to * dim]);
    }
}
