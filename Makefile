# SPDX-License-Identifier: Apache-2.0
.PHONY: demo test kubelet report clean

demo: ## Run an ordered pod on a real kubelet on this machine and watch it.
	hack/demo.sh $(if $(MANIFEST),-manifest $(MANIFEST))

test: ## Run all tests.
	hack/test.sh

kubelet: ## Build _output/bin/kubelet.
	hack/build.sh kubelet

report: ## Show what would break against another upstream version: make report VERSION=v1.36.3
	go run ./hack/assemble report -version $(or $(VERSION),v1.36.3)

clean: ## Remove all that was built.
	rm -rf _output
