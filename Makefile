# gotl-gpu. `make help` lists the targets. No target needs root.
GO        ?= go
comma     := ,
space     := $(subst ,, )
VERSION   ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo devel)
FUZZTIME  ?= 30s
BENCHFLAGS ?=
PKGS      ?= ./...
LINTER     = github.com/golangci/golangci-lint/v2/cmd/golangci-lint@v2.15.0

# Looked up when a recipe runs, that is after `deps`.
TAGLIST    = $(if $(shell ls .deps/jpeg/lib 2>/dev/null),libjpeg) $(CUDA)
TAGS       = $(subst $(space),$(comma),$(strip $(TAGLIST)))
# The GPU part is compiled where its headers are; nothing of CUDA is linked.
CUDA       = $(if $(wildcard .deps/cuda/include/cuda.h),cuda)
GOFLAGS_   = $(if $(TAGS),-tags $(TAGS))
CHECKTAGS  = -tags invariants$(if $(TAGS),$(comma)$(TAGS))
LDFLAGS    = -s -w -X main.version=$(VERSION)
JPEG_OWN   = $(shell test -f .deps/jpeg/lib/libjpeg.a -a ! -L .deps/jpeg/lib/libjpeg.a && echo yes)
SHIMS      = ./dnnl/... $(wildcard ./transfer/dataset/jpeg)

# What CMake found: ONEDNN_SOURCE, ONEDNN_VERSION, ONEDNN_INCLUDE, ONEDNN_LIB.
-include build/native.mk

export CGO_ENABLED = 1
# A libjpeg unpacked into .deps/ is not on the compiler's own path.
# gorgonia.org/cu finds cuda.h and an empty libcuda.a only through these; raise
# GOTL_COMPAT with any change of the headers, which Go's build cache does not see.
CUDA_C     = -I$(CURDIR)/cuda/driver/compat -I$(CURDIR)/.deps/cuda/include -DGOTL_COMPAT=1
CUDA_LD    = -Wl,--as-needed -L$(CURDIR)/cuda/driver/cushim/stub -ldl
export CGO_CFLAGS  = -g -O2$(if $(JPEG_OWN), -I$(CURDIR)/.deps/jpeg/include)$(if $(CUDA), $(CUDA_C))
export CGO_LDFLAGS = -g -O2$(if $(JPEG_OWN), -L$(CURDIR)/.deps/jpeg/lib)$(if $(CUDA), $(CUDA_LD))

.PHONY: help deps deps-ort deps-cuda kernels build demo demo-net test test-cuda vet race asan accept lint fuzz bench bench-peers bench-check clean distclean native

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

deps: ## native parts into .deps/: oneDNN (the system's or the pinned wheels), libjpeg-turbo, CUDA headers
	@.ci/deps onednn jpeg cuda

deps-ort: ## ONNX Runtime into .deps/, the outside judge of the tests
	@.ci/deps ort

deps-cuda: ## nvcc into .deps/, for make kernels only (100 MB)
	@.ci/deps nvcc

# Turing, Ampere, Hopper, Blackwell, and PTX for what comes later.
FATBIN_ARCH = $(foreach a,75 80 90 100,-gencode arch=compute_$(a)$(comma)code=sm_$(a)) -gencode arch=compute_90$(comma)code=compute_90
kernels: deps-cuda ## build/kernels.fatbin from kernels/*.cu, the same bytes from any folder
	@mkdir -p build
	cd kernels && ../.deps/nvcc/bin/nvcc -fatbin -O3 -std=c++17 --fmad=false $(FATBIN_ARCH) -x cu -o ../build/kernels.fatbin all.inc
	@sha256sum build/kernels.fatbin

native: deps ## which oneDNN and JPEG library were found
	@$(MAKE) --no-print-directory native-print

.PHONY: native-print
native-print:
	@echo "oneDNN: $(ONEDNN_SOURCE) $(ONEDNN_VERSION) $(ONEDNN_LIB)"
	@echo "JPEG:   $(if $(TAGS),libjpeg-turbo,Go's image/jpeg)"

build: deps ## bin/gotl-gpu
	$(GO) build -trimpath $(GOFLAGS_) -ldflags '$(LDFLAGS)' -o bin/gotl-gpu ./cmd/gotl-gpu

test-cuda: build ## the GPU part on the stand-in driver, no GPU needed
	@test -n '$(CUDA)' || { echo 'test-cuda: no CUDA headers in .deps/cuda (make deps fetches them)' >&2; exit 1; }
	$(GO) test $(GOFLAGS_) ./cuda/... ./kernels/...

demo: build ## the main job on drawn pictures, under a minute, no network
	bin/gotl-gpu demo

demo-net: build ## trains the demo's small network again
	bin/gotl-gpu demo --make-net

test: deps deps-ort build vet ## everything that must pass
	$(GO) test $(GOFLAGS_) -timeout 60m $(PKGS)

vet: deps
	$(GO) vet $(GOFLAGS_) $(PKGS)
	$(GO) vet $(CHECKTAGS) $(PKGS)

race: deps deps-ort ## short tests under the race detector and the invariants tag
	$(GO) test -race -short $(CHECKTAGS) -timeout 60m $(PKGS)

# LeakSanitizer's tracer crashes at exit now and then beside Go's threads; leaks are
# found by dnnl's live counters, which every test checks.
asan: deps ## C shims under AddressSanitizer
	ASAN_OPTIONS=allocator_may_return_null=1:detect_leaks=0 $(GO) test -asan -short $(CHECKTAGS) -timeout 60m $(SHIMS)

.deps/bin/golangci-lint: Makefile
	GOBIN='$(CURDIR)/.deps/bin' $(GO) install $(LINTER)
	@touch $@

lint: deps .deps/bin/golangci-lint ## gofmt, vet, golangci-lint (built once, 3 minutes)
	@bad=$$(gofmt -s -l $$(git ls-files -co --exclude-standard '*.go')); \
	if [ -n "$$bad" ]; then echo "gofmt -s -w these:"; echo "$$bad"; exit 1; fi
	$(MAKE) --no-print-directory vet
	.deps/bin/golangci-lint run $(if $(TAGS),--build-tags $(TAGS)) $(PKGS)

accept: deps deps-ort ## whole jobs on every network and data set of the test material (hours)
	$(GO) test $(GOFLAGS_)$(if $(TAGS),$(comma),-tags )accept -run '^TestAccept' -v -timeout 10h ./transfer

fuzz: deps ## every Fuzz target for FUZZTIME (30s)
	@GO='$(GO)' TAGS='$(TAGS)' .ci/fuzz $(FUZZTIME) $(PKGS)

BENCH = bin/bench-driver run -results bench/results

.PHONY: bench-build bench-bare
bench-build: build
	$(GO) build -trimpath $(GOFLAGS_) -o bin/bench-worker ./bench/worker
	$(GO) build -trimpath $(GOFLAGS_) -o bin/bench-driver ./bench/driver

# The line of bench/bare/main.c.
bench-bare: deps
	@mkdir -p bin
	$(CC) -O2 -std=gnu11 -fopenmp -Wall -I$(ONEDNN_INCLUDE) bench/bare/*.c $(ONEDNN_LIB) \
		-Wl,-rpath,'$$ORIGIN/../.deps/onednn/lib' -lm -o bin/bench-bare

bench: bench-build ## the engine's own table, under 5 minutes; what today's file has is not measured again
	$(BENCH) -rounds 3 -seconds 0.5 -min-steps 1 $(BENCHFLAGS) engine

bench-peers: bench-build bench-bare ## against PyTorch, ONNX Runtime and bare oneDNN: hours, several GB, resumable
	@bench/peers/install.sh
	$(BENCH) -peers $(BENCHFLAGS)

bench-check: bench-build ## fails if a result FILE misses a bar
	@bin/bench-driver check '$(FILE)'

clean: ## removes bin/ and build/
	rm -rf bin build

distclean: clean ## removes .deps/ too
	rm -rf .deps
