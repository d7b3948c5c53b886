// SPDX-License-Identifier: Apache-2.0

package v1

import "maps"

// The texts are the comments of the types. API servers and "kubectl explain" describe the fields with them.

var lifecycleOrderDoc = map[string]string{
	"type": "Type is the role of this container in its Pod. A Standard container does the work of the Pod: the Pod is complete " +
		"when all of its Standard containers have finished, and they alone decide whether it has succeeded. A Sidecar serves the " +
		"Standard containers: it is stopped when they have finished, and each of them waits for it to be Ready and is stopped " +
		"before it, unless dependsOn or before of any container says otherwise.\n\nAt least one container of a Pod must be " +
		"Standard. An init container with restartPolicy Always can only be a Sidecar; other init containers and ephemeral " +
		"containers must not have a type. A Sidecar that is not an init container and has no restartPolicy of its own gets the " +
		"restartPolicy Always. If not specified, the container is Standard.\n\nThis is an alpha field and requires enabling the " +
		"ContainerDependencies feature gate.",
	"dependsOn": "DependsOn lists containers of this Pod, by name or by type, that this container waits for. It is started " +
		"when the condition of every entry holds, and it is stopped before the containers that it waits for. A container that has " +
		"been started does not wait again when it is restarted in the same Pod sandbox.\n\nA container cannot wait for itself, and " +
		"entries by name must not form a cycle. An entry by name takes precedence over an entry by type, and an entry by type over " +
		"what follows from the types of two containers. An entry by type is ignored for a container if the two would otherwise " +
		"wait for each other, directly or through other containers.\n\nEach name and each type can be listed once. Must not be set " +
		"on init containers and ephemeral containers.\n\nThis is an alpha field and requires enabling the ContainerDependencies " +
		"feature gate.",
	"before": "Before lists containers of this Pod, by name or by type, that wait for this container, as if each of them had " +
		"an entry for this container with the same condition in its dependsOn. An entry by name for this container in the " +
		"dependsOn of such a container takes precedence over an entry by name here, and an entry by type over an entry by type. A " +
		"name that the Pod does not have is ignored.\n\nEach name and each type can be listed once. Must not be set on ephemeral " +
		"containers, nor on init containers unless their restartPolicy is Always.\n\nThis is an alpha field and requires enabling " +
		"the ContainerDependencies feature gate.",
	"preStopTiming": "PreStopTiming is when the preStop hook of this container runs while the Pod terminates. In either case, " +
		"the stop signal is sent when it is the turn of the container. PreStopTiming has no effect if the container has no preStop " +
		"hook, or is stopped for another reason than the termination of the Pod, such as a failed liveness probe.\n\nIf not " +
		"specified, the hook of an init container with restartPolicy Always runs AtTermination, and that of any other container " +
		"InTurn. Must not be set on ephemeral containers, nor on init containers unless their restartPolicy is Always.\n\nThis is " +
		"an alpha field and requires enabling the ContainerDependencies feature gate.",
	"stopTimeoutSeconds": "StopTimeoutSeconds is the time in seconds that this container may take to stop while the Pod " +
		"terminates, from the moment when it is its turn; a preStop hook that runs InTurn is part of that time. The container is " +
		"killed when the time is over. Must be at least 1 and at most the terminationGracePeriodSeconds of the Pod, which also " +
		"limits all containers together.\n\nIf not specified, the container may take what is left of the " +
		"terminationGracePeriodSeconds, less 2 seconds for each group of containers that is stopped later. Must not be set on " +
		"ephemeral containers, nor on init containers unless their restartPolicy is Always.\n\nThis is an alpha field and requires " +
		"enabling the ContainerDependencies feature gate.",
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
	"": "ContainerDependency selects containers of a Pod, by name or by type, and the condition on which one container waits " +
		"for another. Exactly one of container and type must be set.",
	"container": "Container is the name of a container of this Pod. In dependsOn, it can also be the name of an init container " +
		"with restartPolicy Always.",
	"type": "Type selects all other containers of this Pod that have this type.",
	"condition": "Condition is what must be true of a container before the container that waits for it is started. Completed " +
		"and Succeeded must not be used with a type, for a container that is restarted whenever it exits, nor when a Sidecar waits " +
		"for a Standard container. Defaults to Ready.",
	"optional": "Optional specifies what happens if the Pod has no container of this name that can be selected: if true, this " +
		"entry is ignored, and if false, the Pod is invalid. It does not make the condition optional for a container that exists. " +
		"It has no effect with a type, which may select no container, nor in before for a name that the Pod does not have, which " +
		"is always ignored. Defaults to false.",
}

// SwaggerDoc returns the descriptions of the fields by name, and that of the type under the empty name.
func (ContainerDependency) SwaggerDoc() map[string]string {
	return containerDependencyDoc
}
