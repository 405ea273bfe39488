package onnx

import "math"

// opdef is what the reader knows about one operator of the default set.
type opdef struct {
	min, max int    // inputs; min of them must be present
	attrs    string // attributes that exist in any version, separated by blanks
	fold     folder // for constant inputs; nil: not folded
	run      func(n *node) error
	shapes   bool // fold needs only the shapes of its inputs
}

const many = math.MaxInt

// ops is the operator table. Adding an operator is one line here and its rule in
// a file of its family.
var ops map[string]opdef

func init() {
	const window = "auto_pad dilations kernel_shape pads strides"
	ops = map[string]opdef{
		"Add":                {2, 2, "axis broadcast", foldArith, runBinary, false},
		"And":                {2, 2, "axis broadcast", foldArith, nil, false},
		"AveragePool":        {1, 1, window + " ceil_mode count_include_pad", nil, runPool, false},
		"BatchNormalization": {5, 5, "epsilon is_test momentum spatial training_mode", nil, runBatchNorm, false},
		"Cast":               {1, 1, "to saturate round_mode", foldCast, runCast, false},
		"Abs":                {1, 1, "", foldUnary, nil, false},
		"Ceil":               {1, 1, "", foldUnary, nil, false},
		"Clip":               {1, 3, "max min", foldClip, runClip, false},
		"Concat":             {1, many, "axis", foldConcat, runConcat, false},
		"Constant":           {0, 0, "value value_int value_ints value_float value_floats value_string value_strings sparse_value", foldConstant, nil, false},
		"ConstantOfShape":    {1, 1, "value", foldConstantOfShape, nil, false},
		"Conv":               {2, 3, window + " group", nil, runConv, false},
		"Cos":                {1, 1, "", foldUnary, nil, false},
		"Div":                {2, 2, "axis broadcast", foldArith, runBinary, false},
		"Dropout":            {1, 3, "is_test ratio seed", nil, runDropout, false},
		"Equal":              {2, 2, "axis broadcast", foldCompare, nil, false},
		"Erf":                {1, 1, "", foldUnary, nil, false},
		"Exp":                {1, 1, "", foldUnary, runAct, false},
		"Expand":             {2, 2, "", foldExpand, runExpand, false},
		"Flatten":            {1, 1, "axis", foldReshape, runFlatten, false},
		"Floor":              {1, 1, "", foldUnary, nil, false},
		"Gather":             {2, 2, "axis", foldGather, runGather, false},
		"Gemm":               {2, 3, "alpha beta broadcast transA transB", nil, runGemm, false},
		"GlobalAveragePool":  {1, 1, "", nil, runGlobalPool, false},
		"GlobalMaxPool":      {1, 1, "", nil, runGlobalPool, false},
		"Greater":            {2, 2, "axis broadcast", foldCompare, nil, false},
		"GreaterOrEqual":     {2, 2, "", foldCompare, nil, false},
		"HardSigmoid":        {1, 1, "alpha beta", nil, runAct, false},
		"HardSwish":          {1, 1, "", nil, runAct, false},
		"Identity":           {1, 1, "", nil, runIdentity, false},
		"LRN":                {1, 1, "alpha beta bias size", nil, runLRN, false},
		"LeakyRelu":          {1, 1, "alpha", nil, runAct, false},
		"Less":               {2, 2, "axis broadcast", foldCompare, nil, false},
		"LessOrEqual":        {2, 2, "", foldCompare, nil, false},
		"Log":                {1, 1, "", foldUnary, runAct, false},
		"MatMul":             {2, 2, "", nil, runMatMul, false},
		"Max":                {1, many, "", foldArith, nil, false},
		"MaxPool":            {1, 1, window + " ceil_mode storage_order", nil, runPool, false},
		"Min":                {1, many, "", foldArith, nil, false},
		"Mod":                {2, 2, "fmod", foldMod, nil, false},
		"Mul":                {2, 2, "axis broadcast", foldArith, runBinary, false},
		"Neg":                {1, 1, "", foldUnary, nil, false},
		"Not":                {1, 1, "", foldUnary, nil, false},
		"Or":                 {2, 2, "axis broadcast", foldArith, nil, false},
		"Pad":                {1, 4, "mode pads paddings value", nil, runPad, false},
		"Pow":                {2, 2, "axis broadcast", foldPow, nil, false},
		"Range":              {3, 3, "", foldRange, nil, false},
		"Reciprocal":         {1, 1, "", foldUnary, nil, false},
		"ReduceMax":          {1, 2, "axes keepdims noop_with_empty_axes", foldReduce, nil, false},
		"ReduceMean":         {1, 2, "axes keepdims noop_with_empty_axes", foldReduce, runReduce, false},
		"ReduceMin":          {1, 2, "axes keepdims noop_with_empty_axes", foldReduce, nil, false},
		"ReduceProd":         {1, 2, "axes keepdims noop_with_empty_axes", foldReduce, nil, false},
		"ReduceSum":          {1, 2, "axes keepdims noop_with_empty_axes", foldReduce, runReduce, false},
		"Relu":               {1, 1, "", foldUnary, runAct, false},
		"Reshape":            {1, 2, "allowzero shape", foldReshape, runReshape, false},
		"Round":              {1, 1, "", foldUnary, nil, false},
		"Shape":              {1, 1, "start end", foldShape, nil, true},
		"Sigmoid":            {1, 1, "", foldUnary, runAct, false},
		"Sign":               {1, 1, "", foldUnary, nil, false},
		"Sin":                {1, 1, "", foldUnary, nil, false},
		"Size":               {1, 1, "", foldSize, nil, true},
		"Slice":              {1, 5, "axes ends starts", foldSlice, runSlice, false},
		"Softmax":            {1, 1, "axis", nil, runSoftmax, false},
		"Split":              {1, 2, "axis num_outputs split", foldSplit, runSplit, false},
		"Sqrt":               {1, 1, "", foldUnary, nil, false},
		"Squeeze":            {1, 2, "axes", foldReshape, runReshape, false},
		"Sub":                {2, 2, "axis broadcast", foldArith, runBinary, false},
		"Sum":                {1, many, "", foldSum, runSum, false},
		"Tanh":               {1, 1, "", foldUnary, runAct, false},
		"Tile":               {2, 2, "", foldTile, nil, false},
		"Transpose":          {1, 1, "perm", foldTranspose, runTranspose, false},
		"Unsqueeze":          {1, 2, "axes", foldReshape, runReshape, false},
		"Where":              {3, 3, "", foldWhere, nil, false},
		"Xor":                {2, 2, "axis broadcast", foldArith, nil, false},
	}
}
