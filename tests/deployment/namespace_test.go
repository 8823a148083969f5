package deployment

import (
	"regexp"
	"strings"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	sdklog "go.temporal.io/sdk/log"
	"google.golang.org/protobuf/types/known/durationpb"

	"github.com/lowcodex/countersign/connect"
	"github.com/lowcodex/countersign/tests/harness"
)

// createNamespace does what the service of that name does with Temporal's command
// line, which is not a Go module, and connects the test.
func (s *shape) createNamespace() {
	s.t.Helper()
	command := strings.Join(s.project.Services["namespace"].Command, " ")
	said := regexp.MustCompile(`namespace create -n (\S+) --retention (\S+)`).FindStringSubmatch(command)
	require.NotNil(s.t, said, command)
	retention, err := time.ParseDuration(said[2])
	require.NoError(s.t, err)
	var engine client.Client
	s.eventually("temporal", func() bool {
		engine, err = client.DialContext(soon(s.t), client.Options{HostPort: s.ports.at("FRONTEND_GRPC_PORT"), Logger: sdklog.NewStructuredLogger(quiet())})
		return err == nil
	})
	defer engine.Close()
	_, err = engine.WorkflowService().RegisterNamespace(soon(s.t), &workflowservice.RegisterNamespaceRequest{
		Namespace: said[1], WorkflowExecutionRetentionPeriod: durationpb.New(retention),
	})
	require.NoError(s.t, err)
	s.Client, err = connect.Dial(soon(s.t), connect.Options{
		Env: harness.Env(s.asMap("gateway")), Wait: harness.StoryWithin,
	})
	require.NoError(s.t, err)
	s.t.Cleanup(s.Client.Close)
}

func (s *shape) asMap(service string) map[string]string {
	env := map[string]string{}
	for _, e := range s.environment(s.project.Services[service]) {
		name, value, _ := strings.Cut(e, "=")
		env[name] = value
	}
	return env
}
