// Command gateway receives what Slack and Jira send and hands it to the
// processes. It holds no state and may run any number of times.
package main

import (
	"context"
	"flag"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"syscall"
	_ "time/tzdata" // one zone database ships with the binary (C25)

	"go.temporal.io/sdk/contrib/envconfig"

	"github.com/lowcodex/countersign/app"
)

func main() { os.Exit(run()) }

func run() int {
	manifest := flag.String("slack-manifest", "", "print the Slack app's manifest for a gateway at this `address`, and end")
	socket := flag.Bool("slack-socket-manifest", false, "print the Slack app's manifest for a gateway that Slack cannot reach (SLACK_APP_TOKEN), and end")
	flag.Parse()
	switch {
	case *socket:
		return write(app.SlackSocketManifest())
	case *manifest != "":
		return write(app.SlackManifest(*manifest))
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	log := slog.New(slog.NewJSONHandler(os.Stderr, nil))
	if err := app.Main(ctx, envconfig.EnvLookupOS, log, app.RoleGateway); err != nil {
		fmt.Fprintln(os.Stderr, "gateway:", err)
		return 1
	}
	return 0
}

func write(manifest []byte, err error) int {
	if err == nil {
		_, err = os.Stdout.Write(manifest)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "gateway:", err)
		return 1
	}
	return 0
}
