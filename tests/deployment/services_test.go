package deployment

import (
	"context"
	"maps"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/compose-spec/compose-go/v2/types"
	"github.com/stretchr/testify/require"

	"github.com/lowcodex/countersign/tests/harness"
)

// environment is the variables of a service as they are here.
func (s *shape) environment(service types.ServiceConfig) []string {
	env := map[string]string{"PATH": os.Getenv("PATH")}
	for name, value := range set(service) {
		if place, ok := s.places[value]; ok {
			value = place
		}
		if secret, ok := secretOf(value); ok {
			value = filepath.Join(s.folder("/run/secrets"), secret)
		}
		for _, v := range service.Volumes {
			rest, ok := strings.CutPrefix(value, v.Target)
			switch {
			case !ok:
			case v.Type == types.VolumeTypeBind:
				value = filepath.Join(v.Source, rest)
			default:
				value = filepath.Join(s.folder(v.Target), rest)
			}
		}
		env[name] = value
	}
	maps.Copy(env, s.beside[service.Name])
	var out []string
	for _, name := range slices.Sorted(maps.Keys(env)) {
		out = append(out, name+"="+env[name])
	}
	return out
}

// program is what a service runs, and what it writes once it does.
func (s *shape) program(service types.ServiceConfig) (path string, args []string, says string) {
	switch first := append(append([]string{}, service.Entrypoint...), "/worker")[0]; {
	case service.Name == "temporal":
		return harness.Build(s.t, "go.temporal.io/server/cmd/server"), []string{"start"}, ""
	case first == "/gateway":
		return harness.Build(s.t, "./cmd/gateway"), service.Command, `"running"`
	case first == "/worker":
		return harness.Build(s.t, "./worker"), service.Command, `"running"`
	default:
		return first, append(slices.Clone(service.Entrypoint[1:]), service.Command...), ""
	}
}

// start starts services in this order and returns when they say that they run.
func (s *shape) start(names ...string) {
	s.t.Helper()
	for _, name := range names {
		service := s.project.Services[name]
		path, args, says := s.program(service)
		p := launch(s.t, says, s.environment(service), path, args...)
		s.running[name] = p
		if says != "" {
			p.awaitReady(s.t)
		}
	}
}

// kill ends services as a failure of the machine would.
func (s *shape) kill(names ...string) {
	for _, name := range names {
		s.running[name].kill()
	}
}

// stop ends services as `docker compose stop` does.
func (s *shape) stop(names ...string) {
	s.t.Helper()
	for _, name := range names {
		s.running[name].stop(s.t)
	}
}

// run runs a service that ends by itself, with the server's own tools.
func (s *shape) run(name string) {
	s.t.Helper()
	tools := s.folder("/tools")
	tool := filepath.Join(tools, "temporal-sql-tool")
	if _, err := os.Lstat(tool); err != nil {
		require.NoError(s.t, os.Symlink(harness.Build(s.t, "go.temporal.io/server/cmd/tools/sql"), tool))
	}
	service := s.project.Services[name]
	path, args, _ := s.program(service)
	ctx, cancel := context.WithTimeout(s.t.Context(), harness.StoryWithin)
	defer cancel()
	cmd := exec.CommandContext(ctx, path, args...)
	cmd.Env = append(s.environment(service), "PATH="+tools+":"+os.Getenv("PATH"))
	out, err := cmd.CombinedOutput()
	require.NoError(s.t, err, "%s: %s", name, out)
}

// ready waits until the gateway says that requests may be sent to it.
func (s *shape) ready() {
	s.t.Helper()
	s.eventually("gateway", func() bool {
		resp, err := http.Get(s.Gateway + "/readyz")
		if err != nil {
			return false
		}
		defer resp.Body.Close()
		return resp.StatusCode == http.StatusOK
	})
}

// well waits until services are healthy, by the health checks of the file.
func (s *shape) well(names ...string) {
	s.t.Helper()
	for _, name := range names {
		said := ""
		check := s.project.Services[name].HealthCheck.Test
		require.Equal(s.t, []string{"CMD", "/worker"}, []string(check[:2]))
		u, err := url.Parse(check[len(check)-1])
		require.NoError(s.t, err)
		u.Host = s.ports.at(name)
		s.eventually(name, func() bool {
			out, err := exec.CommandContext(s.t.Context(), harness.Build(s.t, "./worker"), append(slices.Clone(check[2:len(check)-1]), u.String())...).CombinedOutput()
			said = string(out)
			return err == nil
		})
		require.Empty(s.t, said)
	}
}

// eventually asks until a service answers as it should; one that has ended fails the test.
func (s *shape) eventually(name string, answers func() bool) {
	s.t.Helper()
	deadline := time.Now().Add(harness.StoryWithin)
	for !answers() {
		select {
		case <-s.running[name].ended:
			require.FailNow(s.t, "it has ended", "%s: %s", name, s.running[name].said())
		case <-time.After(100 * time.Millisecond): // a port that opens announces itself to nobody
		}
		require.True(s.t, time.Now().Before(deadline), "%s does not answer", name)
	}
}
