package harness

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lowcodex/countersign/integrations/nodered/noderedtest"
)

// FleetToken is the bearer token of every instance of a fleet.
const FleetToken = "sesame-0123456789"

// Fleet is the yard of the example policy: a source, a scratch place, and a
// target for each ring, of which production has two.
type Fleet struct {
	*noderedtest.Fleet
	t testing.TB
}

// StartFleet starts the yard's instances: Node-RED itself where real is set, in
// which case the test is skipped where it is not installed (see
// noderedtest.Need), else stand-ins. Every target serves the word "old".
func StartFleet(t testing.TB, real bool) *Fleet {
	t.Helper()
	if real {
		noderedtest.Need(t)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 3*time.Minute)
	defer cancel()
	f, err := noderedtest.StartFleet(ctx, noderedtest.FleetOptions{
		Names: []string{"yard-dev", "yard-scratch", "yard-staging", "yard-canary", "yard-chicago", "yard-gate"},
		Dir:   t.TempDir(), Token: FleetToken, Standin: !real,
	})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, f.Close()) })
	fleet := &Fleet{f, t}
	for _, i := range f.Instances {
		if i.Name != "yard-scratch" {
			fleet.Save(i.Name, Yard("old"))
		}
	}
	return fleet
}

// Yard is a flow set that answers GET /yard/status with its word. The word
// "broken" makes it say that the yard is not well.
func Yard(word string) string {
	body := fmt.Sprintf(`{\"ok\":%t,\"gate\":\"north\",\"word\":\"%s\"}`, word != "broken", word)
	return `[{"id":"y","type":"tab","label":"yard"},
	 {"id":"y-in","type":"http in","z":"y","url":"/yard/status","method":"get","x":1,"y":1,"wires":[["y-set"]]},
	 {"id":"y-set","type":"change","z":"y","rules":[{"t":"set","p":"payload","pt":"msg","to":"` + body + `","tot":"json"}],"x":2,"y":1,"wires":[["y-out"]]},
	 {"id":"y-out","type":"http response","z":"y","x":3,"y":1,"wires":[]}]`
}

// Instance is one of the fleet by its name.
func (f *Fleet) Instance(name string) noderedtest.Instance {
	f.t.Helper()
	for _, i := range f.Instances {
		if i.Name == name {
			return i
		}
	}
	require.FailNow(f.t, "no such instance", name)
	return noderedtest.Instance{}
}

// Save puts a flow set on an instance as somebody in its editor does, and waits
// until it is served.
func (f *Fleet) Save(name, flows string) {
	f.t.Helper()
	i := f.Instance(name)
	req, err := http.NewRequestWithContext(context.Background(), http.MethodPost, i.URL+"/flows", strings.NewReader(flows))
	require.NoError(f.t, err)
	req.Header.Set("Authorization", "Bearer "+i.Token)
	req.Header.Set("Content-Type", "application/json")
	resp, err := http.DefaultClient.Do(req)
	require.NoError(f.t, err)
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	require.NoError(f.t, err)
	require.Less(f.t, resp.StatusCode, 300, "%s", body)
	word := regexp.MustCompile(`word\\":\\"(\w+)`).FindStringSubmatch(flows)[1]
	require.Eventually(f.t, func() bool { return f.Serves(name) == word }, 20*time.Second, 20*time.Millisecond)
}

// Serves is the word that an instance answers with; empty when it does not.
func (f *Fleet) Serves(name string) string {
	resp, err := http.Get(f.Instance(name).URL + "/yard/status")
	if err != nil {
		return ""
	}
	defer resp.Body.Close()
	var body struct{ Word string }
	data, _ := io.ReadAll(resp.Body)
	_ = json.NewDecoder(bytes.NewReader(data)).Decode(&body) // a page has no word
	return body.Word
}

// QuickRings edits the example policy in dir: rings soak for as long as given,
// and the yard's calendar is always open.
func QuickRings(t testing.TB, soak time.Duration) func(dir string) {
	return func(dir string) {
		edit := func(file string, change func(string) string) {
			path := filepath.Join(dir, "rules", file)
			b, err := os.ReadFile(path)
			require.NoError(t, err)
			after := change(string(b))
			require.NotEqual(t, string(b), after)
			require.NoError(t, os.WriteFile(path, []byte(after), 0o600))
		}
		edit("patch.yaml", func(s string) string {
			return regexp.MustCompile(`soak: \w+`).ReplaceAllString(s, "soak: "+soak.String())
		})
		edit("systems.yaml", func(s string) string { return strings.Replace(s, "        calendar: yard\n", "", 1) })
	}
}
