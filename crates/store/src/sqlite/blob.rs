//! Token ends as bytes: the lengths between them in LEB128. A Thai word takes one byte.

/// Packs ascending ends.
pub(super) fn pack(ends: &[u32]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(ends.len() + 8);
    let mut start = 0;
    for &end in ends {
        let mut length = end.saturating_sub(start);
        start = end;
        while length >= 0x80 {
            bytes.push(length as u8 | 0x80);
            length >>= 7;
        }
        bytes.push(length as u8);
    }
    bytes
}

/// Unpacks what [`pack`] packed. Bytes that were damaged give ends that will not fit their text, which the reader of the
/// text checks.
pub(super) fn unpack(bytes: &[u8]) -> Vec<u32> {
    let mut ends = Vec::with_capacity(bytes.len());
    let (mut end, mut length, mut shift) = (0_u32, 0_u32, 0_u32);
    for &byte in bytes {
        length |= u32::from(byte & 0x7F).checked_shl(shift).unwrap_or(0);
        if byte & 0x80 == 0 {
            end = end.saturating_add(length);
            ends.push(end);
            (length, shift) = (0, 0);
        } else {
            shift += 7;
        }
    }
    ends
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ends_come_back_as_they_were() {
        for ends in [vec![], vec![0], vec![3, 9, 9, 300], vec![127, 255, 16_639, u32::MAX]] {
            assert_eq!(unpack(&pack(&ends)), ends);
        }
        assert_eq!(pack(&[3, 130, 260]), [3, 127, 0x82, 0x01]);
    }

    #[test]
    fn damaged_bytes_do_not_panic() {
        let _ = unpack(&[0xFF; 40]);
    }
}
