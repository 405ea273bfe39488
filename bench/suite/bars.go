package suite

// bar is a smallest ratio and the one to aim for. Source: design page BENCH, §2 to §4.
type bar struct{ need, beyond float64 }

// figure says what a bar is set for. Net "" is every network.
type figure struct{ suite, net, task, unit, kind string }

var bars = map[figure]bar{
	rate("resnet18", "full"):           {1.1, 1.6},
	rate("resnet50", "full"):           {1.15, 1.6},
	rate("mobilenet_v2", "full"):       {1.8, 2.5},
	rate("efficientnet_lite0", "full"): {1.8, 2.5},

	rate("resnet18", "affine"):           {1.1, 1.6},
	rate("resnet50", "affine"):           {1.15, 1.6},
	rate("mobilenet_v2", "affine"):       {1.8, 2.5},
	rate("efficientnet_lite0", "affine"): {1.8, 2.5},

	rate("resnet18", "last"):           {1, 1.6},
	rate("resnet50", "last"):           {1.2, 1.6},
	rate("mobilenet_v2", "last"):       {1.5, 2.5},
	rate("efficientnet_lite0", "last"): {1.5, 2.5},

	rate("resnet18", "head"):           {1.05, 3},
	rate("resnet50", "head"):           {1.05, 3},
	rate("mobilenet_v2", "head"):       {2, 3},
	rate("efficientnet_lite0", "head"): {2, 3},

	rate("", "cached-last"): {1.8, 3},
	rate("", "cached-head"): {100, 1000},
	rate("", "infer"):       {1, 1.3},

	// peak memory: at most half for head, three quarters for full
	{"engine", "", "head", "MB", Frameworks}: {2, 0},
	{"engine", "", "full", "MB", Frameworks}: {4. / 3, 0},

	// resident memory without libraries within 10 % of the plan
	{"engine", "", "full", "MB", Plan}:   {.9, 0},
	{"engine", "", "affine", "MB", Plan}: {.9, 0},
	{"engine", "", "head", "MB", Plan}:   {.9, 0},

	// the whole step within 5 % of its primitives run bare
	{"engine", "", "full", "img/s", BareDNNL}:   {1 / 1.05, 0},
	{"engine", "", "affine", "img/s", BareDNNL}: {1 / 1.05, 0},
	{"engine", "", "last", "img/s", BareDNNL}:   {1 / 1.05, 0},
	{"engine", "", "head", "img/s", BareDNNL}:   {1 / 1.05, 0},
	{"engine", "", "infer", "img/s", BareDNNL}:  {1 / 1.05, 0},

	{"job", "", "head 4 views", "s", Frameworks}:    {6, 0},
	{"job", "", "head 1 view", "s", Frameworks}:     {10, 0},
	{"job", "", "finetune", "s", Frameworks}:        {2.5, 0},
	{"job", "", "head to 97 %", "s", Frameworks}:    {8, 0},
	{"job", "", "head 4 views", "MB", Frameworks}:   {3, 0},
	{"job", "", "head 1 view", "MB", Frameworks}:    {3, 0},
	{"job", "", "finetune", "MB", Frameworks}:       {3, 0},
	{"job", "", "compare schemes", "s", Frameworks}: {1, 0},

	{"job", "", "compare schemes, digits", "s", Frameworks}: {1, 0},

	{"cold", "", "predict, cold", "s", Limit}:       {1, 0},
	{"cold", "", "help", "s", Limit}:                {1, 0},
	{"cold", "", "size of the binary", "MB", Limit}: {1, 0},
	{"cold", "", "predict, cold", "s", Frameworks}:  {1, 0},
}

func rate(net, task string) figure { return figure{"engine", net, task, "img/s", Frameworks} }

// Bar returns the smallest ratio of r, 0 if there is none.
func Bar(r Row) float64 { return barOf(r).need }

// Beyond returns the ratio to aim for, 0 if there is none.
func Beyond(r Row) float64 { return barOf(r).beyond }

func barOf(r Row) bar {
	f := figure{r.Suite, r.Net, r.Task, r.Unit, kind(r.Peer)}
	b, ok := bars[f]
	if !ok {
		f.net = ""
		b = bars[f]
	}
	return b
}
