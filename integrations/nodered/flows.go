package nodered

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"github.com/gowebpki/jcs"
)

// node is one entry of a flow set: a tab, a subflow, a group, or a node in one
// of them. raw is the entry as it was read; it is what is sent back.
type node struct {
	ID   string
	Type string
	Z    string // id of the tab or subflow it is in; empty: of the whole instance
	// Placed says that it has a place in the editor. Entries without are
	// configuration nodes, which others share.
	Placed      bool
	Credentials bool
	raw         json.RawMessage
}

// The types of entries that are no nodes.
const (
	typeTab     = "tab"
	typeSubflow = "subflow"
	typeGroup   = "group"
)

// parseFlows reads a flow set: a list of entries, or an object with such a list
// under "flows", as the admin API gives it; a revision in it is ignored.
func parseFlows(data []byte) ([]node, error) {
	data = bytes.TrimSpace(data)
	if len(data) > maxFlows {
		return nil, fmt.Errorf("%d bytes; at most %d are deployed", len(data), maxFlows)
	}
	var list []json.RawMessage
	if bytes.HasPrefix(data, []byte("{")) {
		var whole struct {
			Flows *[]json.RawMessage `json:"flows"`
		}
		if err := json.Unmarshal(data, &whole); err != nil || whole.Flows == nil {
			return nil, errors.New("not a list of nodes, and no object with one under \"flows\"")
		}
		list = *whole.Flows
	} else if err := json.Unmarshal(data, &list); err != nil || list == nil {
		return nil, errors.New("not a list of nodes")
	}
	nodes := make([]node, 0, len(list))
	for i, raw := range list {
		n, err := parseNode(raw)
		if err != nil {
			return nil, fmt.Errorf("entry %d: %w", i+1, err)
		}
		nodes = append(nodes, n)
	}
	return nodes, nil
}

func parseNode(raw json.RawMessage) (node, error) {
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(raw, &fields); err != nil || fields == nil {
		return node{}, errors.New("not an object")
	}
	n := node{raw: raw, Credentials: fields["credentials"] != nil}
	for name, into := range map[string]*string{"id": &n.ID, "type": &n.Type, "z": &n.Z} {
		if v := fields[name]; len(v) > 0 && v[0] == '"' {
			if err := json.Unmarshal(v, into); err != nil {
				return node{}, fmt.Errorf("its %s cannot be read", name)
			}
		}
	}
	_, x := fields["x"]
	_, y := fields["y"]
	n.Placed = x && y
	return n, nil
}

// digest is the SHA-256 of what a flow set means to Node-RED, whose own revision
// is one of its bytes. Node-RED looks nodes up by id and starts them container
// by container, so it does not matter how entries of different tabs, subflows
// and groups stand among each other, nor how fields of an entry are ordered. The
// order of tabs and of nodes within one matters: it is the order in which they
// start, and of two that serve one path the first one wins. Credentials are
// Node-RED's to keep and never part of a flow set that is read.
func digest(nodes []node) (string, error) {
	canonical, err := canonicalFlows(nodes)
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256(canonical)
	return "sha256:" + hex.EncodeToString(sum[:]), nil
}

// canonicalFlows writes the flow set in the one order that stands for all
// equivalent ones, each entry in its RFC 8785 form.
func canonicalFlows(nodes []node) ([]byte, error) {
	tabs := map[string]int{}
	for _, n := range nodes {
		if n.Type == typeTab {
			tabs[n.ID] = len(tabs)
		}
	}
	sorted := slices.Clone(nodes)
	slices.SortStableFunc(sorted, func(a, b node) int {
		if c := cmp.Compare(a.class(), b.class()); c != 0 {
			return c
		}
		switch a.class() {
		case classTab:
			return 0
		case classSubflow, classGroup:
			return cmp.Compare(a.ID, b.ID)
		}
		return compareContainers(tabs, a.Z, b.Z)
	})
	var b bytes.Buffer
	b.WriteByte('[')
	for i, n := range sorted {
		if i > 0 {
			b.WriteByte(',')
		}
		entry, err := canonicalNode(n)
		if err != nil {
			return nil, fmt.Errorf("node %.60q: %w", n.ID, err)
		}
		b.Write(entry)
	}
	b.WriteByte(']')
	return b.Bytes(), nil
}

// The classes of entries, in their canonical order.
const (
	classTab = iota
	classSubflow
	classGroup
	classConfig
	classNode
)

func (n node) class() int {
	switch {
	case n.Type == typeTab:
		return classTab
	case n.Type == typeSubflow:
		return classSubflow
	case n.Type == typeGroup:
		return classGroup
	case !n.Placed:
		return classConfig
	}
	return classNode
}

// compareContainers orders by tab, in the tabs' own order, then by subflow or
// whatever else an entry says that it is in, by id.
func compareContainers(tabs map[string]int, a, b string) int {
	i, inTabA := tabs[a]
	j, inTabB := tabs[b]
	switch {
	case inTabA && inTabB:
		return cmp.Compare(i, j)
	case inTabA:
		return -1
	case inTabB:
		return 1
	}
	return cmp.Compare(a, b)
}

func canonicalNode(n node) ([]byte, error) {
	raw := []byte(n.raw)
	if n.Credentials {
		var err error
		if raw, err = edited(n.raw, func(fields map[string]json.RawMessage) { delete(fields, "credentials") }); err != nil {
			return nil, err
		}
	}
	return jcs.Transform(raw)
}

// edited gives an entry with some of its fields changed.
func edited(raw json.RawMessage, change func(fields map[string]json.RawMessage)) (json.RawMessage, error) {
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(raw, &fields); err != nil {
		return nil, err
	}
	change(fields)
	return json.Marshal(fields)
}

// rawFlows is the flow set as it is sent.
func rawFlows(nodes []node) []json.RawMessage {
	out := make([]json.RawMessage, 0, len(nodes))
	for _, n := range nodes {
		out = append(out, n.raw)
	}
	return out
}
