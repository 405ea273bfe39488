// Package dataset turns a folder or table of labelled pictures into batches.
//
//	Scan ──► Set ──► Split ──► Loader ──► Epoch.Next ──► Batch ──► Normalizer
//	 │        │                  │
//	 │        rows sorted by     tickets → workers → ring of batches,
//	 │        path; the row      delivered in order
//	 │        number is the
//	 │        sample index
//	 adapter: imagefolder, csv, jsonl; header checks, SHA-256
//
// A row of a batch comes from one of three sources:
//
//	fixed view    Cache (the row itself), else the whole file, exactly
//	random view   with Cache.Side: the picture reduced to a short side of Side, from
//	              the Cache or the file; else the part of the file that the view
//	              shows, at 1/2, 1/4, 1/8 where LoaderOptions.Decode allows it
//
// A batch is uint8 in the network's size:
//
//	Pixels [N H W 3], row i at i·H·W·3
//
// A training loop in short:
//
//	set, err := dataset.Scan(ctx, dataset.Options{Path: dir, GroupBy: "labels.csv:person"})
//	err = set.Split(dataset.SplitOptions{Val: .2, Seed: 42})
//	pre, err := dataset.LoadPreset(dataset.FindSidecar(model), resize.ONNX)
//	view, err := augment.New("basic", augment.Settings{Pre: pre, Classes: set.Classes, Seed: 42})
//	train, err := dataset.NewLoader(set, dataset.LoaderOptions{Indices: set.Indices(dataset.Train),
//		View: view, Batch: 32, Shuffle: true, Seed: 42, Cache: dataset.OpenCache(dataset.CacheOptions{Memory: 1 << 30, Side: 256})})
//	norm := pre.Normalizer()
//	for e := range uint32(epochs) {
//		pass, err := train.Epoch(ctx, e)
//		for b, err := pass.Next(ctx); err == nil; b, err = pass.Next(ctx) {
//			norm.NCHW(input, b.Pixels, b.N, b.H, b.W)
//		}
//		pass.Close()
//	}
//
// Labels are names until Scan fixes the class order. What an epoch contains and
// in which order is a function of (seed, epoch); workers, caches and timing
// never change a byte. Set and its rows are read-only while a Loader runs.
package dataset
