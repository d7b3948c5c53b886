# SPDX-License-Identifier: Apache-2.0
.PHONY: demo cluster test lint kubelet report clean

demo: ## Run an ordered pod on a real kubelet on this machine and watch it.
	hack/demo.sh $(if $(MANIFEST),-manifest $(MANIFEST))

cluster: ## Bring up a one-node cluster on this machine, with our API server and kubelet.
	hack/cluster.sh

test: ## Run all tests.
	hack/test.sh

lint: ## Run golangci-lint.
	hack/lint.sh

kubelet: ## Build _output/bin/kubelet.
	hack/build.sh kubelet

report: ## Show what would break against another upstream version: make report VERSION=v1.36.3
	go run ./hack/assemble report -version $(or $(VERSION),v1.36.3)

clean: ## Remove everything that was built.
	rm -rf _output
