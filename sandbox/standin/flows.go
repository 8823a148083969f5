package standin

import (
	"encoding/json"
	"fmt"
)

// FirstVersion is what every installation serves at the first start.
const FirstVersion = "1.0"

// Health is how a version of the yard's flows behaves.
type Health string

// The ways in which a version behaves.
const (
	Works Health = "works"
	Sick  Health = "sick"  // it answers, and says that it is not well: the smoke test fails
	Mute  Health = "mute"  // its route is gone, so that nothing answers the test
	Wrong Health = "wrong" // it says that it is well, and names no gate: the contract test fails
)

// Flows is a flow set in which the yard tells how it is, at GET /yard/status.
func Flows(version string, h Health) string {
	said := map[string]any{"ok": h != Sick, "version": version}
	if h != Wrong {
		said["gate"] = "north"
	}
	body, err := json.Marshal(said)
	if err != nil {
		panic(err) // texts only
	}
	path := "/yard/status"
	if h == Mute {
		path = "/yard/state"
	}
	flows, err := json.Marshal([]map[string]any{
		{"id": "yard", "type": "tab", "label": fmt.Sprintf("Yard %s", version)},
		{"id": "yard-in", "type": "http in", "z": "yard", "url": path, "method": "get", "x": 120, "y": 60, "wires": [][]string{{"yard-set"}}},
		{"id": "yard-set", "type": "change", "z": "yard", "x": 320, "y": 60, "wires": [][]string{{"yard-out"}},
			"rules": []map[string]string{{"t": "set", "p": "payload", "pt": "msg", "to": string(body), "tot": "json"}}},
		{"id": "yard-out", "type": "http response", "z": "yard", "x": 520, "y": 60, "wires": []string{}},
	})
	if err != nil {
		panic(err) // texts and numbers only
	}
	return string(flows)
}
