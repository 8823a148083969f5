package nodered

import (
	"encoding/json"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/lowcodex/countersign/compliance"
)

func contentOf(t require.TestingT, flows string) string {
	nodes, err := parseFlows([]byte(flows))
	require.NoError(t, err)
	d, err := digest(nodes)
	require.NoError(t, err)
	return d
}

const twoTabs = `[{"id":"a","type":"tab","label":"A"},{"id":"b","type":"tab"},
	{"id":"s","type":"subflow","name":"S"},{"id":"r","type":"subflow"},{"id":"g","type":"group","z":"a","x":1,"y":1},
	{"id":"c1","type":"mqtt-broker","host":"h"},{"id":"c2","type":"tls-config"},
	{"id":"a1","type":"http in","z":"a","x":1,"y":1,"n":1.50},{"id":"a2","type":"http in","z":"a","x":1,"y":2},
	{"id":"b1","type":"debug","z":"b","x":1,"y":1},{"id":"s1","type":"debug","z":"s","x":1,"y":1}]`

func TestDigestTable(t *testing.T) {
	base := contentOf(t, twoTabs)
	for name, c := range map[string]struct {
		from, to string
		same     bool
	}{
		"spacing":                    {`"label":"A"`, `"label" :  "A"`, true},
		"order of fields":            {`"id":"a","type":"tab"`, `"type":"tab","id":"a"`, true},
		"a number written otherwise": {`1.50`, `15e-1`, true},
		"an escaped letter":          {`"label":"A"`, `"label":"\u0041"`, true},
		"credentials":                {`"host":"h"`, `"host":"h","credentials":{"user":"u"}`, true},
		"order of subflows":          {`{"id":"s","type":"subflow","name":"S"},{"id":"r","type":"subflow"}`, `{"id":"r","type":"subflow"},{"id":"s","type":"subflow","name":"S"}`, true},
		"a node of another tab":      {`{"id":"b1","type":"debug","z":"b","x":1,"y":1},{"id":"s1","type":"debug","z":"s","x":1,"y":1}`, `{"id":"s1","type":"debug","z":"s","x":1,"y":1},{"id":"b1","type":"debug","z":"b","x":1,"y":1}`, true},
		"order of tabs":              {`{"id":"a","type":"tab","label":"A"},{"id":"b","type":"tab"}`, `{"id":"b","type":"tab"},{"id":"a","type":"tab","label":"A"}`, false},
		"order of nodes in a tab":    {`{"id":"a1","type":"http in","z":"a","x":1,"y":1,"n":1.50},{"id":"a2","type":"http in","z":"a","x":1,"y":2}`, `{"id":"a2","type":"http in","z":"a","x":1,"y":2},{"id":"a1","type":"http in","z":"a","x":1,"y":1,"n":1.50}`, false},
		"order of shared nodes":      {`{"id":"c1","type":"mqtt-broker","host":"h"},{"id":"c2","type":"tls-config"}`, `{"id":"c2","type":"tls-config"},{"id":"c1","type":"mqtt-broker","host":"h"}`, false},
		"a value":                    {`"label":"A"`, `"label":"B"`, false},
		"a place":                    {`"x":1,"y":2`, `"x":1,"y":3`, false},
		"disabled":                   {`"label":"A"`, `"label":"A","disabled":true`, false},
		"another tab":                {`"z":"b"`, `"z":"a"`, false},
		"a field more":               {`"host":"h"`, `"host":"h","port":1`, false},
	} {
		t.Run(name, func(t *testing.T) {
			require.Contains(t, twoTabs, c.from)
			changed := contentOf(t, strings.Replace(twoTabs, c.from, c.to, 1))
			require.Equal(t, c.same, changed == base)
		})
	}
	require.NotEqual(t, contentOf(t, `[{"id":"a","type":"tab"},{"id":"b","type":"tab"}]`), contentOf(t, `[{"id":"b","type":"tab"},{"id":"a","type":"tab"}]`), "empty tabs, too")
	require.Equal(t, base, contentOf(t, `{"rev":"abc","flows":`+twoTabs+`}`), "the revision is ignored")
}

// Shuffling everything that Node-RED does not order by changes nothing; what it
// does order by is kept by the shuffle.
func TestPropertyDigestIgnoresOrderBetweenContainers(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var list []json.RawMessage
		require.NoError(t, json.Unmarshal([]byte(twoTabs), &list))
		r := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 1))
		// One queue for each thing whose inner order counts, drawn from at random.
		var queues [][]json.RawMessage
		index := map[string]int{}
		for _, raw := range list {
			n, err := parseNode(raw)
			require.NoError(t, err)
			key := n.Z
			switch n.class() {
			case classTab:
				key = "tabs"
			case classSubflow, classGroup:
				key = "alone " + n.ID
			case classConfig:
				key = "config " + n.Z
			}
			if _, ok := index[key]; !ok {
				index[key] = len(queues)
				queues = append(queues, nil)
			}
			queues[index[key]] = append(queues[index[key]], raw)
		}
		var mixed []json.RawMessage
		for len(queues) > 0 {
			i := r.IntN(len(queues))
			mixed = append(mixed, queues[i][0])
			if queues[i] = queues[i][1:]; len(queues[i]) == 0 {
				queues = slices.Delete(queues, i, i+1)
			}
		}
		data, err := json.Marshal(mixed)
		require.NoError(t, err)
		require.Equal(t, contentOf(t, twoTabs), contentOf(t, string(data)))
	})
}

func TestParseFlowsRefuses(t *testing.T) {
	for _, text := range []string{"", "null", "1", `"x"`, "{}", `{"flows":null}`, `{"flows":{}}`, "[1]", "[null]", "[[]]", "[", "[]x", `{"flows":[]}x`} {
		_, err := parseFlows([]byte(text))
		require.Error(t, err, text)
	}
	_, err := parseFlows([]byte("[]"))
	require.NoError(t, err)
}

// Switching off for a trial is undone exactly by the comparison: a backup that
// comes back altered is not taken for itself.
func TestReadBackSeesEveryChange(t *testing.T) {
	nodes, err := parseFlows([]byte(twoTabs))
	require.NoError(t, err)
	quiet, err := switchedOff(nodes)
	require.NoError(t, err)
	p := compliance.Package{Artifact: compliance.Artifact{Content: contentOf(t, twoTabs)}}
	got, err := readBack(p, quiet, quiet)
	require.NoError(t, err)
	require.Equal(t, p.Artifact.Content, got)
	for i := range quiet {
		altered := slices.Clone(quiet)
		altered[i].raw, err = edited(altered[i].raw, func(f map[string]json.RawMessage) { f["odd"] = json.RawMessage("1") })
		require.NoError(t, err)
		got, err = readBack(p, quiet, altered)
		require.NoError(t, err)
		require.NotEqual(t, p.Artifact.Content, got)
	}
}

func FuzzDigest(f *testing.F) {
	f.Add([]byte(twoTabs))
	f.Add([]byte(`{"flows":[],"rev":"x"}`))
	f.Add([]byte(`[{"id":"a","type":"tab","credentials":{}}]`))
	f.Add([]byte(`[{"id":1,"z":null,"x":1e999}]`))
	f.Fuzz(func(t *testing.T, data []byte) {
		nodes, err := parseFlows(data)
		if err != nil {
			return
		}
		first, err := digest(nodes)
		if err != nil {
			return
		}
		// What is sent to Node-RED and read back means the same.
		sent, err := json.Marshal(rawFlows(nodes))
		if err != nil {
			return
		}
		again, err := parseFlows(sent)
		require.NoError(t, err)
		second, err := digest(again)
		require.NoError(t, err)
		require.Equal(t, first, second)
		_, report := inspect(data)
		require.LessOrEqual(t, len(report.Problems), maxFindings)
		_, _ = switchedOff(nodes)
	})
}
