use super::*;
use proptest::prelude::*;

proptest! {
    #[test]
    fn tokens_add_up_to_the_text(text in any::<String>()) {
        let joined: String = Segmenter::embedded().segment(&text).iter().map(|token| token.text).collect();
        prop_assert_eq!(joined, text);
    }
}
