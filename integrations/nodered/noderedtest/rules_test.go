package noderedtest_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lowcodex/countersign/integrations/nodered/noderedtest"
)

const token = "sesame-0123456789"

// both runs a test against the real Node-RED and against the stand-in, each
// fresh: what holds for one must hold for the other.
func both(t *testing.T, test func(t *testing.T, base string)) {
	t.Run("stand-in", func(t *testing.T) {
		s, err := noderedtest.New(noderedtest.Options{Token: token})
		require.NoError(t, err)
		server := httptest.NewServer(s)
		t.Cleanup(server.Close)
		test(t, server.URL)
	})
	t.Run("real", func(t *testing.T) {
		p, err := noderedtest.Launch(t.Context(), noderedtest.LaunchOptions{Install: noderedtest.Need(t), Dir: t.TempDir(), Token: token})
		require.NoError(t, err)
		t.Cleanup(func() { require.NoError(t, p.Stop()) })
		test(t, p.URL)
	})
}

// exchange is one request and what must come back.
type exchange struct {
	name, method, path string
	header             map[string]string
	body               string
	noToken            bool
	token              string
	status             int
	kind               string // media type
	says               string // regular expression over the body
}

func (e exchange) do(t *testing.T, base string) (status int, kind, body string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), e.method, base+e.path, strings.NewReader(e.body))
	require.NoError(t, err)
	if e.body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	if !e.noToken {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	if e.token != "" {
		req.Header.Set("Authorization", "Bearer "+e.token)
	}
	for name, value := range e.header {
		req.Header.Set(name, value)
	}
	resp, err := http.DefaultClient.Do(req)
	require.NoError(t, err)
	defer func() { require.NoError(t, resp.Body.Close()) }()
	text, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	kind, _, _ = strings.Cut(resp.Header.Get("Content-Type"), ";")
	return resp.StatusCode, kind, string(text)
}

func v2() map[string]string { return map[string]string{"Node-RED-API-Version": "v2"} }

// flow is a tab that answers GET on a path with a word and a status.
func flow(id, path, word string) string {
	return fmt.Sprintf(`{"id":%[1]q,"type":"tab","label":%[1]q},
		{"id":"%[1]s-in","type":"http in","z":%[1]q,"url":%[2]q,"method":"get","x":1,"y":1,"wires":[["%[1]s-set"]]},
		{"id":"%[1]s-set","type":"change","z":%[1]q,"rules":[{"t":"set","p":"payload","pt":"msg","to":%[3]q,"tot":"str"}],"x":2,"y":1,"wires":[["%[1]s-out"]]},
		{"id":"%[1]s-out","type":"http response","z":%[1]q,"x":3,"y":1,"wires":[]}`, id, path, word)
}

// The stand-in is no looser than Node-RED: one table, both answer alike.
func TestRulesOfTheAdminAPI(t *testing.T) {
	rev := regexp.QuoteMeta("4f53cda18c2baa0c0354bb5f9a3ecbe5ed12ab4d8e11ba873c2f11161202b945") // of []
	table := []exchange{
		{name: "no token", method: "GET", path: "/flows", header: v2(), noToken: true, status: 401, says: "^Unauthorized$"},
		{name: "wrong token", method: "GET", path: "/flows", header: v2(), token: "wrong-wrong-wrong", status: 401, says: "^Unauthorized$"},
		{name: "no token for a save", method: "POST", path: "/flows", body: `{"flows":[]}`, header: v2(), noToken: true, status: 401},
		{name: "no token for nodes", method: "GET", path: "/nodes", noToken: true, status: 401},
		{name: "no token for the state", method: "GET", path: "/flows/state", noToken: true, status: 401},
		{name: "empty at first", method: "GET", path: "/flows", header: v2(), status: 200, kind: "application/json", says: `"flows":\[\],"rev":"` + rev + `"`},
		{name: "version 1", method: "GET", path: "/flows", status: 200, kind: "application/json", says: `^\[\]\s*$`},
		{name: "version 3", method: "GET", path: "/flows", header: map[string]string{"Node-RED-API-Version": "v3"}, status: 400, says: "invalid_api_version"},
		{name: "save version 3", method: "POST", path: "/flows", body: `{}`, header: map[string]string{"Node-RED-API-Version": "v3"}, status: 400, says: "invalid_api_version"},
		{name: "state", method: "GET", path: "/flows/state", status: 200, kind: "application/json", says: `^{"state":"start"}\s*$`},
		{name: "node types", method: "GET", path: "/nodes", header: map[string]string{"Accept": "application/json"}, status: 200, kind: "application/json", says: `"types":\["http in"`},
		{name: "no flows", method: "POST", path: "/flows", body: `{}`, header: v2(), status: 400, kind: "application/json", says: "unexpected_error"},
		{name: "a list in version 2", method: "POST", path: "/flows", body: `[]`, header: v2(), status: 400, says: "unexpected_error"},
		{name: "flows are no list", method: "POST", path: "/flows", body: `{"flows":{}}`, header: v2(), status: 400, says: "forEach is not a function"},
		{name: "no JSON", method: "POST", path: "/flows", body: `zz`, header: v2(), status: 400, kind: "text/html"},
		{name: "null", method: "POST", path: "/flows", body: `null`, header: v2(), status: 400, kind: "text/html"},
		{name: "stale revision", method: "POST", path: "/flows", body: `{"rev":"zz","flows":[]}`, header: v2(), status: 409, kind: "application/json", says: "version_mismatch"},
		{name: "too large", method: "POST", path: "/flows", body: `{"flows":["` + strings.Repeat("x", 6<<20) + `"]}`, header: v2(), status: 413, kind: "text/html", says: "too large"},
		{name: "no route", method: "GET", path: "/nowhere", status: 404, kind: "text/html", says: "<pre>Cannot GET /nowhere</pre>"},
		{name: "any entry is kept", method: "POST", path: "/flows", body: `{"flows":[{"x":1}]}`, header: v2(), status: 200, says: `"rev":"[0-9a-f]{64}"`},
		{name: "that revision", method: "GET", path: "/flows", header: v2(), status: 200, says: `"flows":\[{"x":1}\]`},
		{name: "version 1 saves a list", method: "POST", path: "/flows", body: `[{"id":"t","type":"tab"}]`, status: 204},
		{name: "credentials are kept apart", method: "POST", path: "/flows", body: `{"flows":[{"id":"b","type":"mqtt-broker","credentials":{"user":"u","password":"p"}}]}`, header: v2(), status: 200},
		{name: "and not given back", method: "GET", path: "/flows", header: v2(), status: 200, says: `"flows":\[{"id":"b","type":"mqtt-broker"}\]`},
	}
	both(t, func(t *testing.T, base string) {
		for _, e := range table {
			status, kind, body := e.do(t, base)
			require.Equal(t, e.status, status, "%s: %.200s", e.name, body)
			if e.kind != "" {
				require.Equal(t, e.kind, kind, e.name)
			}
			require.Regexp(t, e.says, body, e.name)
		}
	})
}

func save(t *testing.T, base, rev, deployment, flows string) string {
	t.Helper()
	body := `{"flows":[` + flows + `]}`
	if rev != "" {
		body = `{"rev":"` + rev + `","flows":[` + flows + `]}`
	}
	header := v2()
	header["Node-RED-Deployment-Type"] = deployment
	status, _, text := exchange{method: "POST", path: "/flows", body: body, header: header}.do(t, base)
	require.Equal(t, 200, status, text)
	var answer struct{ Rev string }
	require.NoError(t, json.Unmarshal([]byte(text), &answer))
	return answer.Rev
}

func eventually(t *testing.T, base, path string, status int, says string) {
	t.Helper()
	require.Eventually(t, func() bool {
		got, _, body := exchange{method: "GET", path: path, noToken: true}.do(t, base)
		return got == status && strings.Contains(body, says)
	}, 10*time.Second, 10*time.Millisecond, "%s never answers %d %s", path, status, says)
}

// What is saved is served a moment later, without the token; what is removed is not.
func TestRulesOfServing(t *testing.T) {
	both(t, func(t *testing.T, base string) {
		first := save(t, base, "", "full", flow("a", "/hello", "one"))
		eventually(t, base, "/hello", 200, "one")
		second := save(t, base, first, "full", flow("a", "/hello", "two")+","+flow("b", "/other/:id", "three"))
		require.NotEqual(t, first, second)
		eventually(t, base, "/hello", 200, "two")
		eventually(t, base, "/other/7", 200, "three")
		eventually(t, base, "/other", 404, "Cannot GET")
		require.Equal(t, first, save(t, base, second, "full", flow("a", "/hello", "one")), "the same content has the same revision")
		eventually(t, base, "/other/7", 404, "Cannot GET /other/7")
		status, _, _ := exchange{method: "POST", path: "/hello"}.do(t, base)
		require.Equal(t, 404, status, "another method is another route")
	})
}

// Of two nodes that serve one path the first one wins: their order means something.
func TestRulesOfOrder(t *testing.T) {
	both(t, func(t *testing.T, base string) {
		rev := save(t, base, "", "full", flow("a", "/same", "from a")+","+flow("b", "/same", "from b"))
		eventually(t, base, "/same", 200, "from a")
		rev = save(t, base, rev, "full", flow("b", "/same", "from b")+","+flow("a", "/same", "from a"))
		eventually(t, base, "/same", 200, "from b")
		// Disabled tabs and nodes serve nothing.
		off := strings.Replace(flow("a", "/same", "from a"), `"type":"tab"`, `"type":"tab","disabled":true`, 1)
		rev = save(t, base, rev, "full", off+","+flow("b", "/same", "from b"))
		eventually(t, base, "/same", 200, "from b")
		d := strings.Replace(flow("a", "/same", "from a"), `"type":"http in"`, `"type":"http in","d":true`, 1)
		save(t, base, rev, "full", d+","+flow("c", "/c", "from c"))
		eventually(t, base, "/c", 200, "from c")
		eventually(t, base, "/same", 404, "Cannot GET")
	})
}

// A flow set with a type that is not installed is accepted, kept, and stops everything.
func TestRulesOfMissingTypes(t *testing.T) {
	both(t, func(t *testing.T, base string) {
		rev := save(t, base, "", "full", flow("a", "/hello", "one"))
		eventually(t, base, "/hello", 200, "one")
		rev = save(t, base, rev, "full", flow("a", "/hello", "one")+`,{"id":"n","type":"nobody-has-this","z":"a","x":9,"y":9,"wires":[]}`)
		eventually(t, base, "/hello", 404, "Cannot GET")
		status, _, body := exchange{method: "GET", path: "/flows", header: v2()}.do(t, base)
		require.Equal(t, 200, status)
		require.Contains(t, body, rev, "and it is served as the present revision")
		save(t, base, rev, "full", flow("a", "/hello", "one"))
		eventually(t, base, "/hello", 200, "one")
	})
}

// A flow that leads to no response never answers.
func TestRulesOfDeadEnds(t *testing.T) {
	both(t, func(t *testing.T, base string) {
		dead := strings.Replace(flow("a", "/dead", "one"), `[["a-out"]]`, `[[]]`, 1)
		save(t, base, "", "full", dead+","+flow("b", "/alive", "two"))
		eventually(t, base, "/alive", 200, "two")
		client := http.Client{Timeout: 300 * time.Millisecond}
		_, err := client.Get(base + "/dead")
		require.ErrorContains(t, err, "Client.Timeout")
	})
}

// An instance keeps its flows over a restart.
func TestRulesOfRestarts(t *testing.T) {
	t.Run("stand-in", func(t *testing.T) {
		dir := t.TempDir()
		s, err := noderedtest.New(noderedtest.Options{Dir: dir})
		require.NoError(t, err)
		require.NoError(t, s.Save("["+flow("a", "/hello", "one")+"]"))
		s, err = noderedtest.New(noderedtest.Options{Dir: dir})
		require.NoError(t, err)
		server := httptest.NewServer(s)
		t.Cleanup(server.Close)
		eventually(t, server.URL, "/hello", 200, "one")
	})
	t.Run("real", func(t *testing.T) {
		o := noderedtest.LaunchOptions{Install: noderedtest.Need(t), Dir: t.TempDir(), Token: token}
		p, err := noderedtest.Launch(t.Context(), o)
		require.NoError(t, err)
		t.Cleanup(func() { _ = p.Stop() })
		save(t, p.URL, "", "full", flow("a", "/hello", "one"))
		require.NoError(t, p.Kill())
		p, err = noderedtest.Launch(t.Context(), o)
		require.NoError(t, err)
		t.Cleanup(func() { require.NoError(t, p.Stop()) })
		eventually(t, p.URL, "/hello", 200, "one")
	})
}

// A fleet is real where the program is, else stand-ins; it ends whole.
func TestFleet(t *testing.T) {
	for _, standin := range []bool{true, false} {
		t.Run(fmt.Sprintf("standin=%v", standin), func(t *testing.T) {
			if !standin {
				noderedtest.Need(t)
			}
			f, err := noderedtest.StartFleet(t.Context(), noderedtest.FleetOptions{
				Names: []string{"lab", "staging", "production"}, Dir: t.TempDir(), Token: token, Standin: standin,
			})
			require.NoError(t, err)
			require.Equal(t, !standin, f.Real)
			require.Len(t, f.Instances, 3)
			for _, i := range f.Instances {
				save(t, i.URL, "", "full", flow(i.Name, "/who", i.Name))
			}
			for _, i := range f.Instances {
				eventually(t, i.URL, "/who", 200, i.Name)
			}
			require.NoError(t, f.Close())
			for _, i := range f.Instances {
				_, err := http.Get(i.URL + "/who")
				require.Error(t, err)
			}
		})
	}
}
