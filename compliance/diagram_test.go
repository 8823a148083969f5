package compliance_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lowcodex/countersign/compliance"
)

type light string

// A machine is drawn with all its states, edges, beginnings and ends, and nothing else.
func TestMachine_IsDrawnWhole(t *testing.T) {
	m := compliance.Machine[light]{
		Name: "Traffic light", Prefix: "l", States: []light{"red", "green", "off"}, Initial: []light{"red"},
		Edges: []compliance.Edge[light]{{From: "red", To: "green", Cause: "free"}, {From: "green", To: "off", Cause: "night"}},
	}
	require.Equal(t, `stateDiagram-v2
  [*] --> red
  red --> green: free
  green --> off: night
  off --> [*]
`, m.Diagram())
	m.Final = []light{"red", "off"}
	require.Equal(t, `stateDiagram-v2
  state "Traffic light" as Trafficlight {
    state "red" as l_red
    state "green" as l_green
    state "off" as l_off
    [*] --> l_red
    l_red --> l_green: free
    l_green --> l_off: night
    l_red --> [*]
    l_off --> [*]
  }
`, compliance.Diagram(m.Box()))
}
