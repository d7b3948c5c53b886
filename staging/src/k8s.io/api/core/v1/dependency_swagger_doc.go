// SPDX-License-Identifier: Apache-2.0

package v1

import "maps"

// The texts are the comments of the types. API servers and "kubectl explain" describe the fields with them.

var lifecycleOrderDoc = map[string]string{
	"type": "Type is the role of this container in its pod: Standard or Sidecar. A Standard container does the pod's work: " +
		"the pod is complete when all of them have finished, and they alone decide whether it succeeded. A Sidecar serves the Standard " +
		"containers: each of them waits for it to be Ready and is stopped before it, and it is stopped when they have finished. A wait that " +
		"dependsOn or before of other containers contradict is dropped. At least one container of a pod must be Standard. May not be set on " +
		"init containers and ephemeral containers. Defaults to Standard. This is an alpha field and requires the ContainerDependencies " +
		"feature gate.",
	"dependsOn": "DependsOn lists the containers of this pod that this container waits for. It is started when the condition of " +
		"every entry holds, and they are stopped after it. A container that has been started waits no more when it is restarted in the same " +
		"pod sandbox. Containers may not wait for one another in a circle, nor for themselves. May not be set on init containers and " +
		"ephemeral containers. This is an alpha field and requires the ContainerDependencies feature gate.",
	"before": "Before lists names of containers that wait for this container to be Ready, as if each of them had this " +
		"container in its dependsOn. What such a container says in its own dependsOn about this one takes precedence. \"*\" stands for " +
		"every Standard container without \"*\" in its own list. A name that the pod does not have is ignored. May not be set on init " +
		"containers and ephemeral containers. This is an alpha field and requires the ContainerDependencies feature gate.",
	"stopTimeoutSeconds": "StopTimeoutSeconds is the time in seconds that this container may take to stop when the pod is terminated, " +
		"its preStop hook included, from the moment when it is its turn. After that it is killed. Must be at least 1 and at most the " +
		"terminationGracePeriodSeconds of the pod, which goes on to limit all containers together. Defaults to what is left of that period, " +
		"less 2 seconds for each group of containers that is stopped later. May not be set on init containers and ephemeral containers. " +
		"This is an alpha field and requires the ContainerDependencies feature gate.",
}

// SwaggerDoc also describes the ordering fields.
//
//upstream:wrap (Lifecycle).SwaggerDoc body=735fd423aeb4e02b
func (Lifecycle) SwaggerDoc() map[string]string {
	docs := maps.Clone(Lifecycle{}.upstreamSwaggerDoc())
	maps.Copy(docs, lifecycleOrderDoc)
	return docs
}

var containerDependencyDoc = map[string]string{
	"": "ContainerDependency is a container that another container of the same pod waits for.",
	"container": "Container is the name of the container to wait for. It is one of the containers of this pod, or one of its " +
		"initContainers whose restartPolicy is Always; all other init containers have finished anyway, and may not be named. Required.",
	"condition": "Condition is what must be true of that container. Started: it runs, its postStart hook is done and its startup probe " +
		"has passed. Ready: it is Started and its readiness probe passes, if it has one. Completed: it has exited and its restart policy " +
		"does not start it again. Succeeded: it is Completed, with exit code 0. Completed and Succeeded may not be used for a container " +
		"that is always restarted, nor by a Sidecar for a Standard container. Defaults to Ready.",
	"optional": "Optional tells what a container means that the pod does not have: true ignores this entry, false makes the pod " +
		"invalid. It does not make the condition of a container that exists optional. Defaults to false.",
}

// SwaggerDoc returns the descriptions of the fields by name, and that of the type under the empty name.
func (ContainerDependency) SwaggerDoc() map[string]string {
	return containerDependencyDoc
}
