//! Insertion and deletion on games with known answers.

use whysim::Result;
use whysim::evaluate::{Coalition, Game, Order, Scores, curves};

/// v(S) = the sum of w_ij over the kept tokens of A and B.
struct Bilinear {
    weights: Vec<Vec<f64>>,
}

impl Game for Bilinear {
    fn players(&self) -> [usize; 2] {
        [self.weights.len(), self.weights[0].len()]
    }

    fn values(&mut self, coalitions: &[Coalition]) -> Result<Vec<f64>> {
        let value = |c: &Coalition| {
            let row = |(row, _): (&Vec<f64>, &bool)| {
                row.iter().zip(&c.b).filter(|(_, kept)| **kept).map(|(w, _)| w).sum::<f64>()
            };
            self.weights.iter().zip(&c.a).filter(|(_, kept)| **kept).map(row).sum()
        };
        Ok(coalitions.iter().map(value).collect())
    }
}

/// v(S) = the sum of the kept players' own values.
struct Additive {
    values: [Vec<f64>; 2],
}

impl Game for Additive {
    fn players(&self) -> [usize; 2] {
        [self.values[0].len(), self.values[1].len()]
    }

    fn values(&mut self, coalitions: &[Coalition]) -> Result<Vec<f64>> {
        let sum =
            |values: &[f64], kept: &[bool]| values.iter().zip(kept).filter(|(_, k)| **k).map(|(v, _)| v).sum::<f64>();
        Ok(coalitions.iter().map(|c| sum(&self.values[0], &c.a) + sum(&self.values[1], &c.b)).collect())
    }
}

fn scores(tokens: [Vec<f64>; 2]) -> Scores {
    let players = [0, 1].map(|side| (0..tokens[side].len()).collect());
    let matrix = vec![vec![0.0; tokens[1].len()]; tokens[0].len()];
    Scores { matrix, players, tokens }
}

/// A cheap generator: the same numbers in every run.
fn random(state: &mut u64) -> f64 {
    *state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
    (*state >> 11) as f64 / (1u64 << 53) as f64 - 0.5
}

#[test]
fn the_games_own_values_give_the_best_area_and_the_hand_value() {
    // Ten players worth 1 to 10. With k kept: most = sum of the k largest, least = sum of the k
    // smallest; difference k (10 - k). The trapezoid rule over k = 0..10 gives (0 + 9 + 16 + 21 +
    // 24 + 25 + 24 + 21 + 16 + 9 + 0) / 10.
    let own = [vec![3.0, 1.0, 10.0, 4.0], vec![2.0, 9.0, 5.0, 8.0, 6.0, 7.0]];
    let mut game = Additive { values: own.clone() };
    let best = curves(&mut game, &scores(own.clone()), Order::First).unwrap();
    assert!((best.area() - 16.5).abs() < 1e-12, "{}", best.area());
    assert_eq!((best.range(), best.most[1], best.least[1]), (55.0, 10.0, 1.0));
    let worst = scores(own.map(|side| side.iter().map(|v| -v).collect()));
    assert!((curves(&mut game, &worst, Order::First).unwrap().area() + 16.5).abs() < 1e-12);
    let mut state = 3;
    let mut total = 0.0;
    for _ in 0..500 {
        let drawn = [4, 6].map(|n| (0..n).map(|_| random(&mut state)).collect());
        let area = curves(&mut game, &scores(drawn), Order::First).unwrap().area();
        assert!(area <= 16.5 + 1e-12);
        total += area / 500.0;
    }
    assert!(total.abs() < 1.0, "random scores give {total} on average");
}

#[test]
fn second_order_finds_the_block_that_first_order_sums_hide() {
    // Tokens 0, 1 of A and 0, 1 of B are worth a lot together. Token 2 of A has the largest row
    // sum, but it is spread over many.
    let mut weights = vec![vec![0.0; 8]; 4];
    (weights[0][0], weights[0][1], weights[1][0], weights[1][1]) = (1.0, 1.0, 1.0, 1.0);
    weights[2] = vec![0.5; 8];
    let players = [(0..4).collect(), (0..8).collect()];
    let scores = Scores::new(weights.clone(), players);
    let mut game = Bilinear { weights };
    let first = curves(&mut game, &scores, Order::First).unwrap();
    let second = curves(&mut game, &scores, Order::Second).unwrap();
    // Five of the twelve tokens: the block and token 2, worth 4 + 2 x 0.5.
    assert_eq!(second.most[4], 5.0);
    assert!(second.most.iter().zip(&first.most).all(|(second, first)| second >= first), "{first:?}\n{second:?}");
    assert!(second.least.iter().zip(&first.least).all(|(second, first)| second <= first), "{first:?}\n{second:?}");
    assert!(second.area() > 0.0 && second.most[10] == second.least[10] && second.most[0] == 0.0);
}

#[test]
fn special_tokens_count_for_the_sums_and_are_no_players() {
    // Row 0 and column 0 are special.
    let matrix = vec![vec![7.0, 1.0, 2.0], vec![3.0, 4.0, 5.0]];
    let scores = Scores::new(matrix, [vec![1], vec![1, 2]]);
    assert_eq!(scores.tokens, [vec![12.0], vec![5.0, 7.0]]);
}
