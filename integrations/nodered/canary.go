package nodered

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"slices"
	"strings"

	"github.com/lowcodex/countersign/compliance"
)

// Everything that a probe leaves on a target has an id with this beginning, so
// that any later probe recognises it.
const canaryPrefix = "countersign-canary-"

// CanaryPath begins the path at which a probe's canary is called.
const CanaryPath = "/" + canaryPrefix

func isCanary(n node) bool { return strings.HasPrefix(n.ID, canaryPrefix) }

// canary is a flow of a probe's own: one tab that answers with a word.
type canary struct{ id string }

func newCanary(key string) canary {
	sum := sha256.Sum256([]byte(key))
	return canary{canaryPrefix + hex.EncodeToString(sum[:6])}
}

func (k canary) path() string { return "/" + k.id }

// nodes are the canary's entries, answering with word. They are of core types.
func (k canary) nodes(word string) []node {
	entry := func(suffix string, fields map[string]any) node {
		fields["id"] = k.id + suffix
		if suffix != "" {
			fields["z"], fields["y"] = k.id, 60
		}
		raw, _ := json.Marshal(fields) // strings and numbers only
		n, _ := parseNode(raw)
		return n
	}
	return []node{
		entry("", map[string]any{"type": typeTab, "label": "Countersign canary", "info": "A write probe is running. It takes this away again."}),
		entry("-in", map[string]any{"type": "http in", "url": k.path(), "method": "get", "x": 100, "wires": [][]string{{k.id + "-word"}}}),
		entry("-word", map[string]any{"type": "change", "x": 300, "wires": [][]string{{k.id + "-out"}},
			"rules": []map[string]string{{"t": "set", "p": "payload", "pt": "msg", "to": word, "tot": "str"}}}),
		entry("-out", map[string]any{"type": "http response", "x": 500, "wires": []string{}}),
	}
}

func withoutCanary(nodes []node) []node {
	return slices.DeleteFunc(slices.Clone(nodes), isCanary)
}

// errText is a failure's text for a step.
func errText(err error) string { return compliance.Cut(err.Error(), 300) }
