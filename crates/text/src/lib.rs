//! Thai text: normalisation, segmentation and dates, with exact offsets
