package main

import (
	"context"
	"fmt"
	"slices"
	"strings"
)

// What can be measured apart.
const (
	partChange        = "change"
	partIncident      = "incident"
	partPatch         = "patch"
	partCertification = "certification"
	partWaiting       = "waiting"
)

// parts are in the order in which they are measured.
func parts() []string {
	return []string{partChange, partIncident, partPatch, partCertification, partWaiting}
}

// parts are those that were asked for.
func (o options) parts() ([]string, error) {
	if o.part == "all" {
		return parts(), nil
	}
	var out []string
	for _, part := range strings.Split(o.part, ",") {
		if !slices.Contains(parts(), part) {
			return nil, fmt.Errorf("there is no part %q to measure; there are %s, and all", part, strings.Join(parts(), ", "))
		}
		out = append(out, part)
	}
	return out, nil
}

// measure adds one part to the report.
func (r *report) measure(ctx context.Context, p programs, o options, part string, modes []bool) (err error) {
	switch part {
	case partChange:
		for _, codec := range modes {
			m, err := measure(ctx, p, o, codec)
			if err != nil {
				return err
			}
			r.Modes = append(r.Modes, m)
		}
		return rest(ctx, p, o, r)
	case partIncident:
		r.Incidents, err = measureIncidents(ctx, p, o)
	case partPatch:
		r.Patch, err = measurePatch(ctx, p, o)
	case partCertification:
		r.Trackers, err = measureTrackers(ctx, p, o)
	case partWaiting:
		r.Waiting, err = measureWaiting(ctx, p, o)
	}
	return err
}
