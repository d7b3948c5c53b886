// SPDX-License-Identifier: Apache-2.0

// Package fakeapi is an API server for tests. It has the objects that it is given, answers what a client of the plugin asks, and changes
// nothing.
package fakeapi

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/labels"
)

// Server is the handler.
type Server struct {
	Objects []*unstructured.Unstructured
	// Metrics has the text of the metrics of a node's kubelet, by the name of the node.
	Metrics map[string]string
	// Forbidden are the resources that the client may not read.
	Forbidden []string
	// After has the number of requests after which a path is not found any more.
	After map[string]int
	// asked counts the requests by path. The lock guards it.
	asked map[string]int
	lock  sync.Mutex
}

// types are the types that the server has, by group and version.
var types = map[string][]metav1.APIResource{
	"v1": {
		resource("pods", "Pod", true, "po"), resource("events", "Event", true, "ev"), resource("nodes", "Node", false, "no"),
		resource("namespaces", "Namespace", false, "ns"), resource("configmaps", "ConfigMap", true, "cm"),
	},
	"apps/v1": {
		resource("deployments", "Deployment", true, "deploy"), resource("statefulsets", "StatefulSet", true, "sts"),
		resource("daemonsets", "DaemonSet", true, "ds"),
	},
	"batch/v1": {resource("jobs", "Job", true), resource("cronjobs", "CronJob", true, "cj")},
}

func resource(name, kind string, namespaced bool, short ...string) metav1.APIResource {
	return metav1.APIResource{
		Name: name, SingularName: strings.ToLower(kind), Kind: kind, Namespaced: namespaced, Verbs: metav1.Verbs{"get", "list"}, ShortNames: short,
	}
}

// count counts a request, and returns how many there have been of its path.
func (s *Server) count(path string) int {
	s.lock.Lock()
	defer s.lock.Unlock()
	if s.asked == nil {
		s.asked = map[string]int{}
	}
	s.asked[path]++
	return s.asked[path]
}

// Asked returns how many requests there have been, by path.
func (s *Server) Asked() map[string]int {
	s.lock.Lock()
	defer s.lock.Unlock()
	return maps.Clone(s.asked)
}

// ServeHTTP implements http.Handler.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	asked := s.count(r.URL.Path)
	path := strings.Trim(r.URL.Path, "/")
	switch after, limited := s.After[r.URL.Path]; {
	case limited && asked > after:
		notFound(w, path)
	case path == "api":
		answer(w, map[string]any{"kind": "APIVersions", "versions": []string{"v1"}})
	case path == "apis":
		answer(w, map[string]any{"kind": "APIGroupList", "apiVersion": "v1", "groups": groups()})
	case path == "version":
		answer(w, map[string]any{"major": "1", "minor": "37", "gitVersion": "v1.37.1"})
	case strings.HasPrefix(path, "api/"):
		s.version(w, r, "v1", strings.TrimPrefix(strings.TrimPrefix(path, "api/v1"), "/"))
	case strings.HasPrefix(path, "apis/"):
		parts := strings.SplitN(strings.TrimPrefix(path, "apis/"), "/", 3)
		if len(parts) < 2 {
			notFound(w, path)
			return
		}
		s.version(w, r, parts[0]+"/"+parts[1], strings.Join(parts[2:], ""))
	default:
		notFound(w, path)
	}
}

func groups() []any {
	var all []any
	for version := range types {
		if group, short, ok := strings.Cut(version, "/"); ok {
			v := map[string]any{"groupVersion": version, "version": short}
			all = append(all, map[string]any{"name": group, "versions": []any{v}, "preferredVersion": v})
		}
	}
	return all
}

// version answers a request below a group and version.
func (s *Server) version(w http.ResponseWriter, r *http.Request, version, path string) {
	if path == "" {
		answer(w, map[string]any{"kind": "APIResourceList", "apiVersion": "v1", "groupVersion": version, "resources": types[version]})
		return
	}
	parts := strings.Split(path, "/")
	if len(parts) == 4 && parts[0] == "nodes" && strings.Join(parts[2:], "/") == "proxy/metrics" {
		text, ok := s.Metrics[parts[1]]
		if !ok {
			refuse(w, "nodes/proxy")
			return
		}
		_, _ = fmt.Fprint(w, text)
		return
	}
	namespace := ""
	if parts[0] == "namespaces" && len(parts) > 2 {
		namespace, parts = parts[1], parts[2:]
	}
	i := slices.IndexFunc(types[version], func(t metav1.APIResource) bool { return t.Name == parts[0] })
	switch {
	case i < 0:
		notFound(w, path)
	case slices.Contains(s.Forbidden, parts[0]):
		refuse(w, parts[0])
	case len(parts) == 1:
		s.list(w, r, version, types[version][i].Kind, namespace)
	default:
		s.get(w, version, types[version][i].Kind, namespace, parts[1])
	}
}

func (s *Server) get(w http.ResponseWriter, version, kind, namespace, name string) {
	for _, o := range s.Objects {
		if o.GetAPIVersion() == version && o.GetKind() == kind && o.GetNamespace() == namespace && o.GetName() == name {
			answer(w, o.Object)
			return
		}
	}
	notFound(w, strings.ToLower(kind)+"s "+strconv.Quote(name))
}

func (s *Server) list(w http.ResponseWriter, r *http.Request, version, kind, namespace string) {
	selector, err := labels.Parse(r.URL.Query().Get("labelSelector"))
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	items := []any{}
	for _, o := range s.Objects {
		if o.GetAPIVersion() == version && o.GetKind() == kind && (namespace == "" || o.GetNamespace() == namespace) &&
			selector.Matches(labels.Set(o.GetLabels())) && selected(o, r.URL.Query().Get("fieldSelector")) {
			items = append(items, o.Object)
		}
	}
	begin, _ := strconv.Atoi(r.URL.Query().Get("continue"))
	end := len(items)
	meta := map[string]any{"resourceVersion": "1"}
	if limit, err := strconv.Atoi(r.URL.Query().Get("limit")); err == nil && limit > 0 && begin+limit < end {
		end = begin + limit
		meta["continue"] = strconv.Itoa(end)
	}
	answer(w, map[string]any{"kind": kind + "List", "apiVersion": version, "metadata": meta, "items": items[begin:end]})
}

// selected reports whether the object has the fields, such as involvedObject.name=x.
func selected(o *unstructured.Unstructured, selector string) bool {
	for _, one := range strings.Split(selector, ",") {
		path, want, ok := strings.Cut(one, "=")
		if !ok {
			continue
		}
		if got, _, _ := unstructured.NestedString(o.Object, strings.Split(path, ".")...); got != strings.TrimPrefix(want, "=") {
			return false
		}
	}
	return true
}

func answer(w http.ResponseWriter, object any) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(object)
}

func notFound(w http.ResponseWriter, what string) {
	status(w, http.StatusNotFound, metav1.StatusReasonNotFound, what+" not found")
}

func refuse(w http.ResponseWriter, what string) {
	status(w, http.StatusForbidden, metav1.StatusReasonForbidden, "user cannot read "+what)
}

func status(w http.ResponseWriter, code int, reason metav1.StatusReason, message string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(code)
	_ = json.NewEncoder(w).Encode(metav1.Status{
		TypeMeta: metav1.TypeMeta{Kind: "Status", APIVersion: "v1"}, Status: metav1.StatusFailure, Code: int32(code), Reason: reason, Message: message,
	})
}
