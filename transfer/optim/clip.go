package optim

import "math"

// ClipNorm scales all gradients by min(1, limit/(‖g‖+1e-6)), ‖g‖ their common
// Euclidean norm, and returns ‖g‖. limit 0: no clipping. Source:
// torch.nn.utils.clip_grad_norm_.
func ClipNorm(grads [][]float64, limit float64) float64 {
	sum := 0.0
	for _, g := range grads {
		for _, x := range g {
			sum += x * x
		}
	}
	norm := math.Sqrt(sum)
	if f := limit / (norm + 1e-6); limit > 0 && f < 1 {
		for _, g := range grads {
			for i := range g {
				g[i] *= f
			}
		}
	}
	return norm
}
