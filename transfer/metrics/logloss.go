package metrics

import "math"

// minProb is the float32 epsilon: a smaller probability cannot be told from 0
// next to 1, and scikit-learn clips float32 there too.
const minProb = 1.0 / (1 << 23)

// LogLoss returns the mean of -ln p of the true class, p held in
// [2⁻²³, 1-2⁻²³]. NaN without rows. The training loss, from logits, is not clipped.
func LogLoss(probs []float32, labels []int, k int) float64 {
	if len(labels) == 0 {
		return math.NaN()
	}
	sum := 0.0
	for i, y := range labels {
		sum += PictureLoss(probs[i*k+y])
	}
	return sum / float64(len(labels))
}

// PictureLoss is one picture's term of [LogLoss]; p belongs to its true class.
func PictureLoss(p float32) float64 {
	return -math.Log(min(max(float64(p), minProb), 1-minProb))
}
