// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// patience is how long a completion may ask the cluster, and names how many names it offers.
const (
	patience = 3 * time.Second
	names    = 500
)

// complete completes the values of a flag.
func complete(c *cobra.Command, flag string, values ...string) {
	_ = c.RegisterFlagCompletionFunc(flag, cobra.FixedCompletions(values, cobra.ShellCompDirectiveNoFileComp))
}

// completeConfig completes the flags that choose the cluster.
func (b *base) completeConfig(root *cobra.Command) {
	fromConfig := func(list func() []string) cobra.CompletionFunc {
		return func(_ *cobra.Command, _ []string, typed string) ([]string, cobra.ShellCompDirective) {
			return startingWith(list(), typed), cobra.ShellCompDirectiveNoFileComp
		}
	}
	_ = root.RegisterFlagCompletionFunc("namespace", fromConfig(b.namespaces))
	_ = root.RegisterFlagCompletionFunc("context", fromConfig(func() []string {
		raw, err := b.config.ToRawKubeConfigLoader().RawConfig()
		var found []string
		for name := range raw.Contexts {
			if err == nil {
				found = append(found, name)
			}
		}
		return found
	}))
}

// means reports whether what was typed is the name of a type, its singular or its short name.
func means(typed, plural, short string) bool {
	return typed == plural || typed == strings.TrimSuffix(plural, "s") || typed == short
}

func startingWith(list []string, typed string) []string {
	list = slices.DeleteFunc(list, func(name string) bool { return !strings.HasPrefix(name, typed) })
	slices.Sort(list)
	return list
}

func (b *base) namespaces() []string {
	client, err := b.client()
	if err != nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	list, err := client.CoreV1().Namespaces().List(ctx, metav1.ListOptions{Limit: names})
	if err != nil {
		return nil
	}
	var found []string
	for i := range list.Items {
		found = append(found, list.Items[i].Name)
	}
	return found
}

// completeNames completes pods by name, and TYPE/NAME of Deployments and their like.
func (b *base) completeNames(_ *cobra.Command, given []string, typed string) ([]string, cobra.ShellCompDirective) {
	client, err := b.client()
	if err != nil {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	namespace, _, err := b.config.ToRawKubeConfigLoader().Namespace()
	if err != nil {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	options := metav1.ListOptions{Limit: names}
	var found []string
	prefix, _, typedType := strings.Cut(typed, "/")
	if !typedType || means(prefix, "pods", "po") {
		list, err := client.CoreV1().Pods(namespace).List(ctx, options)
		for i := 0; err == nil && i < len(list.Items); i++ {
			name := list.Items[i].Name
			if typedType {
				name = prefix + "/" + name
			}
			found = append(found, name)
		}
	}
	if typedType && means(prefix, "deployments", "deploy") {
		list, err := client.AppsV1().Deployments(namespace).List(ctx, options)
		for i := 0; err == nil && i < len(list.Items); i++ {
			found = append(found, prefix+"/"+list.Items[i].Name)
		}
	}
	found = slices.DeleteFunc(found, func(name string) bool { return slices.Contains(given, name) })
	return startingWith(found, typed), cobra.ShellCompDirectiveNoFileComp
}
