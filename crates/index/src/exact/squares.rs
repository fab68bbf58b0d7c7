//! Bits in rows, read as columns.

/// Swaps rows and columns of a square of bits.
pub(super) fn transpose(square: &mut [u64; 64]) {
    // Halves change places over the corner, then quarters in each, down to single bits.
    for width in [32, 16, 8, 4, 2, 1] {
        let low_bits = u64::MAX / ((1 << width) + 1);
        for part in square.chunks_exact_mut(2 * width) {
            let (upper, lower) = part.split_at_mut(width);
            for (upper, lower) in upper.iter_mut().zip(lower) {
                let other = (*upper >> width ^ *lower) & low_bits;
                *upper ^= other << width;
                *lower ^= other;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_square_turns_about_its_diagonal(square in prop::array::uniform32(any::<(u64, u64)>())) {
            let square: Vec<u64> = square.iter().flat_map(|&(a, b)| [a, b]).collect();
            let mut turned: [u64; 64] = square.clone().try_into().unwrap();
            transpose(&mut turned);
            for (row, line) in square.iter().enumerate() {
                for (column, other) in turned.iter().enumerate() {
                    prop_assert_eq!(line >> column & 1, other >> row & 1);
                }
            }
        }
    }
}
