//! The shortest way from one sequence to another (Myers, "An O(ND) Difference Algorithm and Its
//! Variations", Algorithmica 1, 1986).

use std::ops::Range;

/// Insertions and deletions beyond which the rest counts as changed: time and memory grow with the
/// square of their number.
const MOST: usize = 1000;

/// Where two sequences differ: runs of the first in place of which the second has others, in order.
/// Beyond [`MOST`] changes, all between the common beginning and end is one run.
pub(super) fn changes(a: &[u32], b: &[u32]) -> Vec<(Range<usize>, Range<usize>)> {
    let head = a.iter().zip(b).take_while(|(a, b)| a == b).count();
    let rest = a.len().min(b.len()) - head;
    let tail = a.iter().rev().zip(b.iter().rev()).take(rest).take_while(|(a, b)| a == b).count();
    let (inner_a, inner_b) = (&a[head..a.len() - tail], &b[head..b.len() - tail]);
    if inner_a.is_empty() && inner_b.is_empty() {
        return Vec::new();
    }
    let shared = way(inner_a, inner_b).unwrap_or_default();
    let mut runs = Vec::new();
    let (mut i, mut j) = (0, 0);
    for (x, y) in shared.into_iter().chain([(inner_a.len(), inner_b.len())]) {
        if x > i || y > j {
            runs.push((head + i..head + x, head + j..head + y));
        }
        (i, j) = (x + 1, y + 1);
    }
    runs
}

/// The items that both have on a shortest way, as pairs of indices in order; None where it is too
/// long.
fn way(a: &[u32], b: &[u32]) -> Option<Vec<(usize, usize)>> {
    let (n, m) = (a.len() as isize, b.len() as isize);
    let most = ((n + m) as usize).min(MOST) as isize;
    let middle = most + 1;
    // The furthest x on each diagonal k = x - y, by k + middle; and the same of every step before.
    let mut furthest = vec![0isize; 2 * middle as usize + 1];
    let mut before: Vec<Vec<isize>> = Vec::new();
    for d in 0..=most {
        before.push(furthest[(middle - d) as usize..=(middle + d) as usize].to_vec());
        for k in (-d..=d).step_by(2) {
            let at = |k: isize| furthest[(middle + k) as usize];
            let down = k == -d || (k != d && at(k - 1) < at(k + 1));
            let mut x = if down { at(k + 1) } else { at(k - 1) + 1 };
            while x < n && x - k < m && a[x as usize] == b[(x - k) as usize] {
                x += 1;
            }
            furthest[(middle + k) as usize] = x;
            if x >= n && x - k >= m {
                return Some(back(&before, (n, m)));
            }
        }
    }
    None
}

/// Goes back from the end, over what each step could reach.
fn back(before: &[Vec<isize>], (mut x, mut y): (isize, isize)) -> Vec<(usize, usize)> {
    let mut shared = Vec::new();
    for (d, reached) in before.iter().enumerate().rev() {
        let d = d as isize;
        let at = |k: isize| reached[(k + d) as usize];
        let k = x - y;
        // At step 0 there was nothing before but the common beginning.
        let from = match d {
            0 => (0, 0),
            _ => {
                let inside = |k: isize| k.abs() < d;
                let low = if inside(k - 1) { at(k - 1) } else { -1 };
                let high = if inside(k + 1) { at(k + 1) } else { -1 };
                let down = k == -d || (k != d && low < high);
                let k = if down { k + 1 } else { k - 1 };
                (at(k), at(k) - k)
            }
        };
        while x > from.0 && y > from.1 {
            (x, y) = (x - 1, y - 1);
            shared.push((x as usize, y as usize));
        }
        (x, y) = from;
    }
    shared.reverse();
    shared
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Length of the longest common subsequence, by its definition.
    fn longest(a: &[u32], b: &[u32]) -> usize {
        let mut table = vec![vec![0; b.len() + 1]; a.len() + 1];
        for i in 0..a.len() {
            for j in 0..b.len() {
                table[i + 1][j + 1] = if a[i] == b[j] { table[i][j] + 1 } else { table[i][j + 1].max(table[i + 1][j]) };
            }
        }
        table[a.len()][b.len()]
    }

    #[test]
    fn what_is_outside_the_changes_is_equal_and_as_long_as_can_be() {
        let mut state = 3u64;
        let mut random = |below: u32| {
            state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
            (state >> 33) as u32 % below
        };
        for _ in 0..2000 {
            let mut list = || (0..random(12)).map(|_| random(4)).collect::<Vec<u32>>();
            let (a, b) = (list(), list());
            let runs = changes(&a, &b);
            let outside = |list: &[u32], runs: Vec<Range<usize>>| -> Vec<u32> {
                let kept = (0..list.len()).filter(|i| !runs.iter().any(|run| run.contains(i)));
                kept.map(|i| list[i]).collect()
            };
            let (left, right): (Vec<_>, Vec<_>) = runs.into_iter().unzip();
            let (left, right) = (outside(&a, left), outside(&b, right));
            assert_eq!(left, right, "{a:?} {b:?}");
            assert_eq!(left.len(), longest(&a, &b), "{a:?} {b:?}");
        }
    }

    #[test]
    fn beyond_the_limit_the_middle_is_one_change() {
        let a: Vec<u32> = (0..3000).collect();
        let b: Vec<u32> = [0].into_iter().chain(5000..8000).chain([2999]).collect();
        assert_eq!(changes(&a, &b), [(1..2999, 1..3001)]);
        assert_eq!(changes(&a, &a), []);
        assert_eq!(changes(&[], &[7]), [(0..0, 0..1)]);
    }
}
