// Package resize resamples 8-bit RGB pictures exactly.
//
// A picture is bytes in rows of interleaved channels, [H W 3]. Two arithmetics
// exist, both in integers, so every machine gives the same bytes:
//
//	Pillow  two passes, the intermediate rounded to 8 bit, 22-bit weights:
//	        byte-equal to Resample.c of Pillow <= 12 (torchvision, timm); Pillow 13
//	        orders the passes otherwise where the height shrinks much more than
//	        the width (aspect-keeping rules are not touched by that)
//	Exact   22-bit weights, no intermediate rounding, one final rounding half
//	        to even, cut to 0…255. These are the bytes of
//
//	        Cast to float → Resize (linear or cubic, antialias=1, exclude_outside=1,
//	        cubic_coeff_a=-0.5, keep_aspect_ratio_policy=not_smaller, half_pixel)
//	        → Round → Clip(0, 255) → CenterCropPad
//
//	        in ONNX Runtime; a byte differs by one only where the true value lies
//	        within about 1e-3 of a half. An exported graph that has Round and Clip
//	        therefore sees what training saw; without them a value differs by up to
//	        0.5 of 255, and by a cubic filter's overshoot.
//
// On amd64 with AVX2 both run in vector kernels with the same integers.
//
// [Spec] adds the size and offset rules of DATA §7 and computes only the crop
// window: same weights, same bytes as cropping the whole resized picture.
package resize
