//! Decimation: no more points than a plot can show, and every peak among them.

use crate::readings::Sample;

/// At most two samples for each of `columns` equal stretches from `first` to `last`: the lowest and the
/// highest, in their order, so that no peak is lost; and the very first and last. Few samples stay as
/// they are.
pub(crate) fn decimate(samples: &[Sample], (first, last): (i64, i64), columns: i32) -> Vec<Sample> {
    let columns = i128::from(columns.max(1));
    let ([begin, .., end], true) = (samples, samples.len() as i128 > 2 * columns) else {
        return samples.to_vec();
    };
    let length = (i128::from(last) - i128::from(first)).max(1);
    let column_of =
        |sample: &Sample| ((i128::from(sample.at) - i128::from(first)) * columns / length).min(columns - 1);

    let mut kept = vec![*begin];
    for column in samples.chunk_by(|one, other| column_of(one) == column_of(other)) {
        let (mut lowest, mut highest) = (0, 0);
        for (index, sample) in column.iter().enumerate() {
            if sample.value < column[lowest].value {
                lowest = index;
            }
            if sample.value > column[highest].value {
                highest = index;
            }
        }
        kept.push(column[lowest.min(highest)]);
        if lowest != highest {
            kept.push(column[lowest.max(highest)]);
        }
    }
    kept.push(*end);
    kept.dedup();
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn peaks_survive() {
        let value = |at: i64| if at == 7_777 { 1_000_000 } else { at % 13 };
        let samples: Vec<Sample> = (0..100_000).map(|at| Sample { at, value: value(at) }).collect();
        let kept = decimate(&samples, (0, 100_000), 300);
        assert!(kept.len() <= 602, "{}", kept.len());
        assert!(kept.contains(&Sample { at: 7_777, value: 1_000_000 }));
        assert!(kept.windows(2).all(|pair| pair[0].at < pair[1].at));
        assert_eq!((kept[0].at, kept[kept.len() - 1].at), (0, 99_999));
    }

    #[test]
    fn few_samples_stay() {
        let samples = [Sample { at: 3, value: 1 }];
        assert_eq!(decimate(&samples, (0, 10), 300), samples);
        assert!(decimate(&[], (0, 10), 300).is_empty());
    }
}
