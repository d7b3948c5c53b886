// SPDX-License-Identifier: Apache-2.0

package actor

import (
	"strconv"

	v1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
)

const (
	// SitePort is where a Serving container answers requests.
	SitePort = 8080
	// SlowPath is the path of a page that takes half a second.
	SlowPath = "/cgi-bin/slow"
)

const siteScript = `
open_site() {
	mkdir -p /tmp/site/cgi-bin
	echo quick > /tmp/site/index.html
	printf '#!/bin/sh\nprintf "Content-Length: 5\\r\\n\\r\\n"; sleep 0.5; echo slow\n' > /tmp/site/cgi-bin/slow
	chmod +x /tmp/site/cgi-bin/slow
	httpd -p "$SITE_PORT" -h /tmp/site
}

# The children of httpd have its name too, so this breaks the requests that are being answered.
close_site() { killall httpd; }
`

// Serving makes an improvising container answer HTTP requests once it has recorded that it is up. It is ready as soon as it answers. On
// SIGTERM it drops all requests, those too that it is answering: who calls it must have been told before.
func Serving(c *v1.Container) {
	c.Env = append(c.Env, v1.EnvVar{Name: "SITE_PORT", Value: strconv.Itoa(SitePort)})
	c.ReadinessProbe = &v1.Probe{
		ProbeHandler:  v1.ProbeHandler{HTTPGet: &v1.HTTPGetAction{Path: "/", Port: intstr.FromInt32(SitePort)}},
		PeriodSeconds: 1,
	}
}
